package handshake

import (
	"bytes"

	"tlsengine/cipher"
	"tlsengine/handshake/keyschedule"
	"tlsengine/record"
)

// This file takes a server before TLS 1.3 from the client's key exchange to the end of the handshake.

// server12WaitClientKeyExchange waits for the client's half of the key exchange.
type server12WaitClientKeyExchange struct {
	handshaking
	suite *cipher.Suite
	own   *cipher.Ephemeral
	chain *unverifiedPeer // nil if the client sent no certificate
}

func (*server12WaitClientKeyExchange) Name() string        { return "server12.WaitClientKeyExchange" }
func (*server12WaitClientKeyExchange) Expects() MessageSet { return Messages(TypeClientKeyExchange) }
func (s *server12WaitClientKeyExchange) clone() State {
	return &server12WaitClientKeyExchange{suite: s.suite, own: cloneEphemeral(s.own), chain: s.chain}
}

func (s *server12WaitClientKeyExchange) On(c *Context, m Message, out *Flight) (State, error) {
	kx := m.(*ClientKeyExchange)
	half := receivedHalf{suite: s.suite, chain: s.chain, sealed: bytes.Clone(kx.Encrypted)}
	var err error
	x := exchangeOf(s.suite)
	if x.agreement != nil {
		if half.public, err = x.agreement.share(s.own.Group(), kx.Public); err != nil {
			return nil, badShare(err)
		}
	}
	if x.psk {
		op := &FindPSK{params: c.params, Role: ServerRole, Identity: bytes.Clone(kx.Identity), Value: c.options.Value}
		return &server12FindingPSK{receivedHalf: half, own: s.own, op: op}, nil
	}
	return half.agree(c, s.own)
}

// receivedHalf is what a server has of the client for the key exchange.
type receivedHalf struct {
	suite  *cipher.Suite
	chain  *unverifiedPeer // nil if the client sent no certificate
	public []byte          // its share, if the two agree in a group
	sealed []byte          // the secret that it sent to our key, if the suite has RSA key transport
	psk    *PSK            // nil if the suite has none
}

// server12FindingPSK waits for the key that the client named.
type server12FindingPSK struct {
	waits
	receivedHalf
	own *cipher.Ephemeral
	op  *FindPSK
}

func (*server12FindingPSK) Name() string           { return "server12.FindingPSK" }
func (s *server12FindingPSK) Operation() Operation { return s.op }

func (s *server12FindingPSK) clone() State {
	return &server12FindingPSK{receivedHalf: s.receivedHalf, own: cloneEphemeral(s.own), op: s.op.clone()}
}

func (s *server12FindingPSK) Resume(c *Context, out *Flight) (State, error) {
	if s.op.err != nil {
		return nil, refused(s.op.err, record.Fail(record.AlertInternalError, record.ReasonPSKIdentityNotFound, "finding a PSK failed"))
	}
	if s.op.value == nil {
		// RFC 4279, Section 2: an identity that the server doesn't know may be told so.
		return nil, record.Fail(record.AlertUnknownPSKIdentity, record.ReasonPSKIdentityNotFound,
			"there is no PSK for the client's identity of %d bytes", len(s.op.Identity))
	}
	half := s.receivedHalf
	half.psk = s.op.value
	c.info.peer().PSK = s.op.value
	return half.agree(c, s.own)
}

// agree makes the secret; own is our half of an agreement, nil if there is none.
func (h receivedHalf) agree(c *Context, own *cipher.Ephemeral) (State, error) {
	if own != nil {
		op := &KeyAgreement{group: own.Group(), own: own, peer: h.public}
		return &server12Agreeing{receivedHalf: h, op: op}, nil
	}
	if exchangeOf(h.suite).transport {
		op := &Decrypt{
			key: c.info.Credential.key, ciphertext: h.sealed, offered: c.helloVersion,
			seed: c.random.seed(UsePremaster, cipher.KeyTransportSeedSize),
		}
		return &server12Decrypting{receivedHalf: h, op: op}, nil
	}
	return h.derive(c, nil), nil
}

// derive makes the master secret. secret is what the exchange has given beside the PSK.
func (h receivedHalf) derive(c *Context, secret []byte) State {
	master := c.master(h.suite, premaster(secret, h.psk))
	if h.chain == nil {
		return newServer12WaitChangeCipherSpec(c, &master)
	}
	return &server12WaitCertificateVerify{master: master, chain: h.chain}
}

// server12Agreeing waits for the shared secret of the key exchange.
type server12Agreeing struct {
	waits
	receivedHalf
	op *KeyAgreement
}

func (*server12Agreeing) Name() string           { return "server12.Agreeing" }
func (s *server12Agreeing) Operation() Operation { return s.op }

func (s *server12Agreeing) clone() State {
	return &server12Agreeing{receivedHalf: s.receivedHalf, op: s.op.clone()}
}

func (s *server12Agreeing) Resume(c *Context, out *Flight) (State, error) {
	if err := s.op.err; err != nil {
		return nil, badShare(err)
	}
	secret := s.op.value.secret
	next := s.derive(c, s.op.group.Premaster(secret))
	clear(secret)
	return next, nil
}

// server12WaitCertificateVerify waits for the client's proof that it has the certificate's key.
type server12WaitCertificateVerify struct {
	handshaking
	master keyschedule.Master12
	chain  *unverifiedPeer
}

func (*server12WaitCertificateVerify) Name() string        { return "server12.WaitClientCertificateVerify" }
func (*server12WaitCertificateVerify) Expects() MessageSet { return Messages(TypeCertificateVerify) }
func (s *server12WaitCertificateVerify) clone() State      { c := *s; return &c }

func (s *server12WaitCertificateVerify) On(c *Context, m Message, out *Flight) (State, error) {
	cv := m.(*CertificateVerify)
	// RFC 5246, Section 7.4.8: all handshake messages before this one are signed.
	content := c.dialect.proof.content(c, &s.master, s.chain.key())
	if err := s.chain.checkProof(c, cv.Scheme, content, cv.Signature, c.dialect.signing, c.dialect.proof.verify); err != nil {
		return nil, err
	}
	c.flushIncoming()
	c.transcript.DropRaw()
	return &server12VerifyingPeer{master: s.master, chain: s.chain, op: s.chain.verification(c)}, nil
}

// server12VerifyingPeer waits for the verdict on the client.
type server12VerifyingPeer struct {
	waits
	master keyschedule.Master12
	chain  *unverifiedPeer
	op     *VerifyPeer
}

func (*server12VerifyingPeer) Name() string           { return "server12.VerifyingPeer" }
func (s *server12VerifyingPeer) Operation() Operation { return s.op }

func (s *server12VerifyingPeer) clone() State {
	return &server12VerifyingPeer{master: s.master, chain: s.chain, op: s.op.clone()}
}

func (s *server12VerifyingPeer) Resume(c *Context, out *Flight) (State, error) {
	if err := s.chain.takeVerdict(c, s.op); err != nil {
		return nil, err
	}
	return newServer12WaitChangeCipherSpec(c, &s.master), nil
}

// newServer12WaitChangeCipherSpec goes on when all that the client authenticates with was checked.
func newServer12WaitChangeCipherSpec(c *Context, master *keyschedule.Master12) State {
	block := c.keyBlock(master)
	return &server12WaitChangeCipherSpec{finishing12: finishing12{master: *master, block: block}}
}

// server12WaitChangeCipherSpec waits for the client to switch to the new keys.
type server12WaitChangeCipherSpec struct {
	handshaking
	finishing12
}

func (*server12WaitChangeCipherSpec) Name() string        { return "server12.WaitChangeCipherSpec" }
func (*server12WaitChangeCipherSpec) Expects() MessageSet { return Messages(PseudoChangeCipherSpec) }
func (s *server12WaitChangeCipherSpec) clone() State      { c := *s; return &c }

func (s *server12WaitChangeCipherSpec) On(c *Context, m Message, out *Flight) (State, error) {
	out.installRead12(s.block.Client())
	if c.nextProtocol {
		return &server12WaitNextProtocol{finishing12: s.finishing12}, nil
	}
	return &server12WaitFinished{finishing12: s.finishing12}, nil
}

// server12WaitFinished waits for the client's Finished.
type server12WaitFinished struct {
	handshaking
	finishing12
}

func (*server12WaitFinished) Name() string        { return "server12.WaitFinished" }
func (*server12WaitFinished) Expects() MessageSet { return Messages(TypeFinished) }
func (s *server12WaitFinished) clone() State      { c := *s; return &c }

func (s *server12WaitFinished) On(c *Context, m Message, out *Flight) (State, error) {
	want := s.master.ClientFinished(c.runningBefore(), c.sum[:])
	if err := checkFinished(m.(*Finished), want.Bytes()); err != nil {
		return nil, err
	}
	out.endPeerFlight()
	switch {
	case c.resumed != nil:
		return connect12(c, &s.master, verifyData12{client: want, server: s.first}, out), nil
	case c.keepsake.promised:
		now := finishing12{s.master, s.block, want}
		return &server12SealingTicket{finishing12: now, op: c.sealing(newSession12(c, &s.master))}, nil
	}
	verify := sendFinished12(c, &s.master, &s.block, out)
	return connect12(c, &s.master, verifyData12{client: want, server: verify}, out), nil
}
