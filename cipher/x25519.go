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
	var l ladder
	l.climb(&k, peerShare)
	n, d := x25519Fraction(&k)
	// Both results are fractions, and one inversion does for two: 1/z2 = d/(z2 d), 1/d = z2/(z2 d).
	l.a.Multiply(&l.z2, &d)
	l.a.Invert(&l.a)
	d.Multiply(&d, &l.a)
	l.x2.Multiply(&l.x2, &d)
	l.a.Multiply(&l.z2, &l.a)
	n.Multiply(&n, &l.a)
	secret = l.x2.Bytes()
	l = ladder{}
	if err := checkX25519(g, secret); err != nil {
		return nil, nil, err
	}
	return n.Bytes(), secret, nil
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
	n, d := x25519Fraction(k)
	d.Invert(&d)
	return n.Multiply(&n, &d).Bytes()
}

// x25519Fraction returns X25519(k, 9) as a fraction n/d. RFC 7748, Section 4.1: u = (1+y)/(1-y), where y is Y/Z. d is never zero:
// a clamped scalar is no multiple of the base point's order. It runs in constant time.
func x25519Fraction(k *[32]byte) (n, d field.Element) {
	var s edwards25519.Scalar
	if _, err := s.SetBytesWithClamping(k[:]); err != nil {
		panic(err) // only for a length other than 32
	}
	var p edwards25519.Point
	_, y, z, _ := p.ScalarBaseMult(&s).ExtendedCoordinates()
	s = edwards25519.Scalar{}
	n.Add(z, y)
	d.Subtract(z, y)
	return n, d
}

func x25519Agree(g *Group, k *[32]byte, peerShare []byte) ([]byte, error) {
	secret := make([]byte, 32)
	x25519Ladder(secret, k, peerShare)
	if err := checkX25519(g, secret); err != nil {
		return nil, err
	}
	return secret, nil
}

// checkX25519 refuses a secret that the peer has chosen.
func checkX25519(g *Group, secret []byte) error {
	// RFC 7748, Section 6.1 and RFC 8446, Section 7.4.2: an all-zero result, from a point of small order, is refused.
	var or byte
	for _, b := range secret {
		or |= b
	}
	if or == 0 {
		return badShare(g, "a point of small order")
	}
	return nil
}

// x25519Ladder writes X25519(k, u) into out (RFC 7748, Section 5). It runs in constant time.
func x25519Ladder(out []byte, k *[32]byte, u []byte) {
	var l ladder
	l.climb(k, u)
	l.z2.Invert(&l.z2)
	l.x2.Multiply(&l.x2, &l.z2)
	copy(out, l.x2.Bytes())
	l = ladder{}
}

// ladder is the state of RFC 7748's Montgomery ladder under the RFC's names: the points (x2:z2) and (x3:z3), whose difference
// is x1, and the values on the way to the next two. It is one struct so that its space is cleared once and not at each step.
type ladder struct {
	x1, x2, z2, x3, z3       field.Element
	a, aa, b, bb, c, d, e, f field.Element
}

// climb makes x2/z2 = X25519(k, u) (RFC 7748, Section 5), in constant time; for a point of small order z2 is zero.
func (l *ladder) climb(k *[32]byte, u []byte) {
	// RFC 7748, Section 5: the top bit of u is ignored and values of 2^255-19 and more are accepted, as SetBytes does.
	if _, err := l.x1.SetBytes(u); err != nil {
		panic(err) // only for a length other than 32
	}
	l.x2.One()
	l.x3.Set(&l.x1)
	l.z3.One()
	scalar := *k
	scalar[0] &= 248
	scalar[31] = scalar[31]&127 | 64
	swap := 0
	for t := 254; t >= 0; t-- {
		bit := int(scalar[t/8]>>(t%8)) & 1
		l.swap(swap ^ bit)
		swap = bit
		l.step()
	}
	l.swap(swap)
	clear(scalar[:])
}

// swap exchanges the points if bit is 1.
func (l *ladder) swap(bit int) {
	l.x2.Swap(&l.x3, bit)
	l.z2.Swap(&l.z3, bit)
}

// step replaces (x3:z3) by the sum of both points and (x2:z2) by its double.
func (l *ladder) step() {
	l.d.Subtract(&l.x3, &l.z3)
	l.b.Subtract(&l.x2, &l.z2)
	l.a.Add(&l.x2, &l.z2)
	l.c.Add(&l.x3, &l.z3)
	l.d.Multiply(&l.d, &l.a) // DA
	l.c.Multiply(&l.c, &l.b) // CB
	l.bb.Square(&l.b)
	l.aa.Square(&l.a)
	l.x3.Add(&l.d, &l.c)
	l.z3.Subtract(&l.d, &l.c)
	l.x2.Multiply(&l.aa, &l.bb)
	l.e.Subtract(&l.aa, &l.bb)
	l.z3.Square(&l.z3)
	l.f.Mult32(&l.e, 121665) // a24
	l.x3.Square(&l.x3)
	l.f.Add(&l.aa, &l.f)
	l.z3.Multiply(&l.x1, &l.z3)
	l.z2.Multiply(&l.e, &l.f)
}
