package cipher

// alone is a KEM without a curve beside it (draft-ietf-tls-mlkem). A seed is the KEM's.
type alone struct{ kem kem }

func (a alone) generate(g *Group, seed []byte) (*Ephemeral, error) {
	d, err := a.kem.generate(seed)
	if err != nil {
		return nil, err
	}
	return &Ephemeral{group: g, share: d.encapsulationKey(), secret: privateHalves{kem: d}}, nil
}

func (a alone) respond(g *Group, peerShare, seed []byte) (share, secret []byte, err error) {
	if seed != nil {
		seed = seed[:messageSize]
	}
	secret, ciphertext, err := a.kem.encapsulate(peerShare, seed)
	if err != nil {
		return nil, nil, badShare(g, "not an encapsulation key")
	}
	return ciphertext, secret, nil
}

func (a alone) agree(e *Ephemeral, peerShare []byte) (secret []byte, err error) {
	// A ciphertext that doesn't fit gives a secret of its own (implicit rejection), so only the length could be an error.
	if secret, err = e.secret.kem.Decapsulate(peerShare); err != nil {
		return nil, badShare(e.group, "not a ciphertext")
	}
	return secret, nil
}
