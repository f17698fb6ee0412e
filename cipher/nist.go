package cipher

import (
	"crypto/ecdh"
	"crypto/elliptic"
	"crypto/rand"

	"filippo.io/bigmod"
)

// nist is ECDH on a prime curve: shares are uncompressed points, the secret is the x-coordinate (RFC 8446, Sections 4.2.8.2
// and 7.4.2; RFC 8422, Section 5.10).
type nist struct {
	curve ecdh.Curve
	order curveOrder
}

// extraSeed is how many bytes a seed has beyond the scalar's length, so that its reduction is even to within 2^-128,
// twice what FIPS 186-5, Appendix A.2.1 asks.
const extraSeed = 16

// private makes a key from the seed or, if that is nil, from crypto/rand.
func (n nist) private(seed []byte) (*ecdh.PrivateKey, error) {
	if seed == nil {
		return n.curve.GenerateKey(rand.Reader)
	}
	scalar := n.order.scalar(seed)
	defer clear(scalar)
	return n.curve.NewPrivateKey(scalar)
}

func (n nist) generate(g *Group, seed []byte) (*Ephemeral, error) {
	key, err := n.private(seed)
	if err != nil {
		return nil, err
	}
	return &Ephemeral{group: g, share: key.PublicKey().Bytes(), secret: privateHalves{nist: key}}, nil
}

func (n nist) respond(g *Group, peerShare, seed []byte) (share, secret []byte, err error) {
	peer, err := n.point(g, peerShare)
	if err != nil {
		return nil, nil, err
	}
	key, err := n.private(seed)
	if err != nil {
		return nil, nil, err
	}
	if secret, err = key.ECDH(peer); err != nil {
		return nil, nil, badShare(g, err.Error())
	}
	return key.PublicKey().Bytes(), secret, nil
}

func (n nist) agree(e *Ephemeral, peerShare []byte) (secret []byte, err error) {
	peer, err := n.point(e.group, peerShare)
	if err != nil {
		return nil, err
	}
	if secret, err = e.secret.nist.ECDH(peer); err != nil {
		return nil, badShare(e.group, err.Error())
	}
	return secret, nil
}

// point reads the peer's share.
func (n nist) point(g *Group, share []byte) (*ecdh.PublicKey, error) {
	// RFC 8446, Section 4.2.8.2: the peer's point must be on the curve and not at infinity, which NewPublicKey checks; the
	// length has already ruled out compressed points.
	peer, err := n.curve.NewPublicKey(share)
	if err != nil {
		return nil, badShare(g, "not a point of the curve")
	}
	return peer, nil
}

// curveOrder makes private keys for a curve whose base point has order n.
type curveOrder struct {
	n, minusOne *bigmod.Modulus // n, n-1
	wide        *bigmod.Modulus // a power of two above every seed: room for a number not yet reduced
}

var (
	orderP256 = newCurveOrder(elliptic.P256())
	orderP384 = newCurveOrder(elliptic.P384())
	orderP521 = newCurveOrder(elliptic.P521())
)

// newCurveOrder takes the order of c's base point.
func newCurveOrder(c elliptic.Curve) curveOrder {
	n := c.Params().N.Bytes()
	minusOne := append([]byte(nil), n...)
	minusOne[len(n)-1]-- // n is an odd prime: no borrow
	wide := make([]byte, 1+len(n)+extraSeed)
	wide[0] = 1
	return curveOrder{modulus(n), modulus(minusOne), modulus(wide)}
}

func modulus(b []byte) *bigmod.Modulus {
	m, err := bigmod.NewModulus(b)
	if err != nil {
		panic(err) // only for 0 and 1
	}
	return m
}

// scalar returns (seed mod n-1) + 1, a private key in [1, n-1], in constant time (FIPS 186-5, Appendix A.2.1).
func (o curveOrder) scalar(seed []byte) []byte {
	s, err := bigmod.NewNat().SetBytes(seed, o.wide)
	if err != nil {
		panic(err) // Group has checked the length
	}
	k := bigmod.NewNat().Mod(s, o.minusOne)
	k.Add(bigmod.NewNat().SetUint(1).ExpandFor(o.n), o.n)
	clear(s.Bits())
	b := k.Bytes(o.n)
	clear(k.Bits())
	return b
}
