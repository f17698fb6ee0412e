package cipher

import (
	"crypto/rand"

	"filippo.io/edwards25519"
	"filippo.io/edwards25519/field"
)

// x25519 is the key exchange of RFC 7748, Section 6.1. A seed is the private key itself.
//
// crypto/ecdh computes the public key each time it is given a private one, and by the slow ladder. Here the public key is a
// multiple of Edwards25519's base point out of a table, mapped to the Montgomery curve by the birational map of
// RFC 7748, Section 4.1, and a key agreement is one ladder and nothing else.
type x25519 struct{}

func (x25519) generate(g *Group, seed []byte) (*Ephemeral, error) {
	e := &Ephemeral{group: g}
	k := &e.secret.x25519
	x25519Private(k, seed)
	e.share = x25519Public(k)
	return e, nil
}

func (x25519) respond(g *Group, peerShare, seed []byte) (share, secret []byte, err error) {
	var k [32]byte
	defer clear(k[:])
	x25519Private(&k, seed)
	if secret, err = x25519Agree(g, &k, peerShare); err != nil {
		return nil, nil, err
	}
	return x25519Public(&k), secret, nil
}

func (x25519) agree(e *Ephemeral, peerShare []byte) (secret []byte, err error) {
	return x25519Agree(e.group, &e.secret.x25519, peerShare)
}

// x25519Private fills k from the seed or, if that is nil, from crypto/rand.
func x25519Private(k *[32]byte, seed []byte) {
	if seed == nil {
		rand.Read(k[:])
		return
	}
	copy(k[:], seed)
}

// x25519Public returns X25519(k, 9). It runs in constant time.
func x25519Public(k *[32]byte) []byte {
	var s edwards25519.Scalar
	if _, err := s.SetBytesWithClamping(k[:]); err != nil {
		panic(err) // only for a length other than 32
	}
	public := new(edwards25519.Point).ScalarBaseMult(&s).BytesMontgomery()
	s = edwards25519.Scalar{}
	return public
}

func x25519Agree(g *Group, k *[32]byte, peerShare []byte) ([]byte, error) {
	secret := make([]byte, 32)
	x25519Ladder(secret, k, peerShare)
	// RFC 7748, Section 6.1 and RFC 8446, Section 7.4.2: an all-zero result, from a point of small order, is refused.
	var or byte
	for _, b := range secret {
		or |= b
	}
	if or == 0 {
		return nil, badShare(g, "a point of small order")
	}
	return secret, nil
}

// x25519Ladder writes X25519(k, u) into out (RFC 7748, Section 5). It runs in constant time; names follow the RFC.
func x25519Ladder(out []byte, k *[32]byte, u []byte) {
	var x1, x2, z2, x3, z3 field.Element
	// RFC 7748, Section 5: the top bit of u is ignored and values of 2^255-19 and more are accepted, as SetBytes does.
	if _, err := x1.SetBytes(u); err != nil {
		panic(err) // only for a length other than 32
	}
	x2.One()
	x3.Set(&x1)
	z3.One()
	scalar := *k
	scalar[0] &= 248
	scalar[31] = scalar[31]&127 | 64
	swap := 0
	for t := 254; t >= 0; t-- {
		bit := int(scalar[t/8]>>(t%8)) & 1
		swap ^= bit
		x2.Swap(&x3, swap)
		z2.Swap(&z3, swap)
		swap = bit
		ladderStep(&x1, &x2, &z2, &x3, &z3)
	}
	x2.Swap(&x3, swap)
	z2.Swap(&z3, swap)
	z2.Invert(&z2)
	x2.Multiply(&x2, &z2)
	copy(out, x2.Bytes())
	clear(scalar[:])
}

// ladderStep doubles (x2:z2) and adds it to (x3:z3), their difference being x1.
func ladderStep(x1, x2, z2, x3, z3 *field.Element) {
	var a, b, c, d, aa, bb, e, da, cb field.Element
	a.Add(x2, z2)
	aa.Square(&a)
	b.Subtract(x2, z2)
	bb.Square(&b)
	e.Subtract(&aa, &bb)
	c.Add(x3, z3)
	d.Subtract(x3, z3)
	da.Multiply(&d, &a)
	cb.Multiply(&c, &b)
	x3.Add(&da, &cb)
	x3.Square(x3)
	z3.Subtract(&da, &cb)
	z3.Square(z3)
	z3.Multiply(x1, z3)
	x2.Multiply(&aa, &bb)
	z2.Mult32(&e, 121665) // a24
	z2.Add(&aa, z2)
	z2.Multiply(&e, z2)
}
