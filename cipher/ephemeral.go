package cipher

import (
	"bytes"
	"crypto/ecdh"
	"fmt"
)

// Ephemeral is the initiator's half of one key exchange: a private key and the share that goes to the peer. It is made by
// Group.Generate, and its methods but Clear may be called from several goroutines.
type Ephemeral struct {
	group  *Group
	share  []byte
	secret privateHalves
}

// privateHalves holds the keys of every kind of group; a row's exchange knows which are in use.
type privateHalves struct {
	x25519 [32]byte         // unclamped
	nist   *ecdh.PrivateKey // immutable
	kem    decapsulator     // immutable

	exponent []byte // of finite fields and X448; cleared by Clear
}

// Group returns the row that made e.
func (e *Ephemeral) Group() *Group { return e.group }

// Share returns the bytes for the peer, Group().ShareSize of them. They belong to e and are valid until Clear; the caller
// doesn't change them.
func (e *Ephemeral) Share() []byte { return e.share }

// Agree takes the responder's share and returns the secret, a fresh slice of Group().SecretSize bytes, which the caller
// clears when done. A share that is not valid gives ErrBadShare. It may be called more than once.
func (e *Ephemeral) Agree(peerShare []byte) (secret []byte, err error) {
	if len(peerShare) != e.group.AnswerSize {
		return nil, badShare(e.group, fmt.Sprintf("%d bytes in place of %d", len(peerShare), e.group.AnswerSize))
	}
	return e.group.exchange.agree(e, peerShare)
}

// Part returns the classical half of a hybrid as an ephemeral key of group g, so that a client which offers both pays for
// one. It returns nil if e is no hybrid with g. The private key is copied and the share is a view of e's: clear both.
func (e *Ephemeral) Part(g *Group) *Ephemeral {
	h, ok := e.group.exchange.(hybrid)
	if !ok || h.curve != g {
		return nil
	}
	_, curveShare := h.split(e.share, g.ShareSize)
	return &Ephemeral{group: g, share: curveShare, secret: privateHalves{x25519: e.secret.x25519, nist: e.secret.nist}}
}

// Clone returns a copy that outlives a Clear of e.
func (e *Ephemeral) Clone() *Ephemeral {
	c := *e
	c.secret.exponent = bytes.Clone(e.secret.exponent)
	return &c
}

// Clear forgets the private key; Agree is not called afterwards. What the standard library holds of it can only be left
// to the garbage collector.
func (e *Ephemeral) Clear() {
	clear(e.secret.exponent)
	e.secret = privateHalves{}
}

// Format hides the private key under every verb of fmt.
func (e *Ephemeral) Format(f fmt.State, _ rune) { f.Write([]byte(e.String())) }

// String hides the private key.
func (e *Ephemeral) String() string { return "ephemeral " + e.group.Name + " key" }

// GoString hides the private key.
func (e *Ephemeral) GoString() string { return e.String() }
