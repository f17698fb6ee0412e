package cipher

import (
	"crypto/mlkem"
	"crypto/mlkem/mlkemtest"
)

// hybrid is a curve and a KEM side by side: shares and secrets are both halves' one after the other, in the order of the
// row (draft-ietf-tls-ecdhe-mlkem, Section 4). A seed is the curve's seed followed by the KEM's.
type hybrid struct {
	curve *Group
	kem   kem
	order halves
}

// halves says which half comes first in shares and secrets.
type halves uint8

const (
	kemFirst halves = iota
	curveFirst
)

// kem is a parameter set of ML-KEM (FIPS 203). Seeds may be nil for crypto/rand.
type kem interface {
	generate(seed []byte) (decapsulator, error)                      // seed: d || z, 64 bytes
	encapsulate(ek, m []byte) (secret, ciphertext []byte, err error) // m: 32 bytes
}

// decapsulator is a private key of ML-KEM.
type decapsulator interface {
	Decapsulate(ciphertext []byte) (secret []byte, err error)
	encapsulationKey() []byte
}

// messageSize is the length of m in FIPS 203, Algorithm 17. Respond takes it from the front of the KEM's part of the seed.
const messageSize = 32

// join returns the halves in the row's order, in a fresh slice.
func (h hybrid) join(kem, curve []byte) []byte {
	b := make([]byte, 0, len(kem)+len(curve))
	if h.order == kemFirst {
		return append(append(b, kem...), curve...)
	}
	return append(append(b, curve...), kem...)
}

// split is the opposite of join: views of the halves of b, whose length has been checked.
func (h hybrid) split(b []byte, curveLen int) (kem, curve []byte) {
	if h.order == kemFirst {
		n := len(b) - curveLen
		return b[:n:n], b[n:]
	}
	return b[curveLen:], b[:curveLen:curveLen]
}

// seeds cuts a seed; nil gives two nils.
func (h hybrid) seeds(seed []byte) (curve, kem []byte) {
	if seed == nil {
		return nil, nil
	}
	return seed[:h.curve.seedSize], seed[h.curve.seedSize:]
}

func (h hybrid) generate(g *Group, seed []byte) (*Ephemeral, error) {
	curveSeed, kemSeed := h.seeds(seed)
	e, err := h.curve.Generate(curveSeed)
	if err != nil {
		return nil, err
	}
	d, err := h.kem.generate(kemSeed)
	if err != nil {
		return nil, err
	}
	e.group = g
	e.secret.kem = d
	e.share = h.join(d.encapsulationKey(), e.share)
	return e, nil
}

func (h hybrid) respond(g *Group, peerShare, seed []byte) (share, secret []byte, err error) {
	curveSeed, kemSeed := h.seeds(seed)
	if kemSeed != nil {
		kemSeed = kemSeed[:messageSize]
	}
	ek, curvePeer := h.split(peerShare, h.curve.ShareSize)
	// FIPS 203, Section 7.2, asked for by draft-ietf-tls-ecdhe-mlkem, Section 4: an encapsulation key is checked before use.
	kemSecret, ciphertext, err := h.kem.encapsulate(ek, kemSeed)
	if err != nil {
		return nil, nil, badShare(g, "not an encapsulation key")
	}
	defer clear(kemSecret)
	curveShare, curveSecret, err := h.curve.exchange.respond(h.curve, curvePeer, curveSeed)
	if err != nil {
		return nil, nil, err
	}
	defer clear(curveSecret)
	return h.join(ciphertext, curveShare), h.join(kemSecret, curveSecret), nil
}

func (h hybrid) agree(e *Ephemeral, peerShare []byte) (secret []byte, err error) {
	ciphertext, curvePeer := h.split(peerShare, h.curve.AnswerSize)
	curveSecret, err := h.curve.exchange.agree(e, curvePeer)
	if err != nil {
		return nil, err
	}
	defer clear(curveSecret)
	// A ciphertext that doesn't fit gives a secret of its own (implicit rejection), so only the length could be an error.
	kemSecret, err := e.secret.kem.Decapsulate(ciphertext)
	if err != nil {
		return nil, badShare(e.group, "not a ciphertext")
	}
	defer clear(kemSecret)
	return h.join(kemSecret, curveSecret), nil
}

// kem768 is ML-KEM-768.
type kem768 struct{}

type decapsulator768 struct{ *mlkem.DecapsulationKey768 }

func (d decapsulator768) encapsulationKey() []byte { return d.EncapsulationKey().Bytes() }

func (kem768) generate(seed []byte) (decapsulator, error) {
	if seed == nil {
		d, err := mlkem.GenerateKey768()
		return decapsulator768{d}, err
	}
	d, err := mlkem.NewDecapsulationKey768(seed)
	return decapsulator768{d}, err
}

func (kem768) encapsulate(ek, m []byte) (secret, ciphertext []byte, err error) {
	key, err := mlkem.NewEncapsulationKey768(ek)
	if err != nil {
		return nil, nil, err
	}
	if m != nil {
		return mlkemtest.Encapsulate768(key, m)
	}
	secret, ciphertext = key.Encapsulate()
	return secret, ciphertext, nil
}

// kem1024 is ML-KEM-1024.
type kem1024 struct{}

type decapsulator1024 struct{ *mlkem.DecapsulationKey1024 }

func (d decapsulator1024) encapsulationKey() []byte { return d.EncapsulationKey().Bytes() }

func (kem1024) generate(seed []byte) (decapsulator, error) {
	if seed == nil {
		d, err := mlkem.GenerateKey1024()
		return decapsulator1024{d}, err
	}
	d, err := mlkem.NewDecapsulationKey1024(seed)
	return decapsulator1024{d}, err
}

func (kem1024) encapsulate(ek, m []byte) (secret, ciphertext []byte, err error) {
	key, err := mlkem.NewEncapsulationKey1024(ek)
	if err != nil {
		return nil, nil, err
	}
	if m != nil {
		return mlkemtest.Encapsulate1024(key, m)
	}
	secret, ciphertext = key.Encapsulate()
	return secret, ciphertext, nil
}
