package cipher

import (
	"crypto"
	"crypto/dsa" //lint:ignore SA1019 only this file uses it, and only to verify
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// DSAPublicKey is a key of FIPS 186-4, for old certificates, CRLs and servers. crypto/dsa is deprecated as a choice for new
// systems, which this is not.
type DSAPublicKey struct{ std dsa.PublicKey }

// dsaSizes are the lengths in bits that FIPS 186-4, Section 4.2 allows for p and q.
var dsaSizes = [...]struct{ p, q int }{{1024, 160}, {2048, 224}, {2048, 256}, {3072, 256}}

// NewDSAPublicKey makes a key from the domain parameters p, q and g and the public value y, all big-endian without sign. The
// slices are not kept. Errors wrap ErrBadKey: lengths that FIPS 186-4 doesn't have, q that doesn't divide p-1, g or y that isn't
// an element of the group of order q. That p and q are primes is left to who certified the key.
func NewDSAPublicKey(p, q, g, y []byte) (*DSAPublicKey, error) {
	const longest = 3072/8 + 1 // bytes of the largest p, and a zero in front
	if max(len(p), len(q), len(g), len(y)) > longest {
		return nil, badKey("a DSA number is longer than 3072 bits")
	}
	k := &DSAPublicKey{}
	k.std.P, k.std.Q, k.std.G = new(big.Int).SetBytes(p), new(big.Int).SetBytes(q), new(big.Int).SetBytes(g)
	if err := k.checkParameters(); err != nil {
		return nil, err
	}
	return k.WithValue(y)
}

// WithValue returns the key of another public value under the same parameters: what a certificate says that leaves them out
// (RFC 3279, Section 2.3.2). The slice is not kept. Errors are those of NewDSAPublicKey.
func (k *DSAPublicKey) WithValue(y []byte) (*DSAPublicKey, error) {
	if len(y) > (k.std.P.BitLen()+7)/8+1 {
		return nil, badKey("a DSA public value that is longer than p")
	}
	other := &DSAPublicKey{dsa.PublicKey{Parameters: k.std.Parameters, Y: new(big.Int).SetBytes(y)}}
	if !k.inGroup(other.std.Y) {
		return nil, badKey("a DSA public value outside its group")
	}
	return other, nil
}

// checkParameters refuses p, q and g that are no domain parameters.
func (k *DSAPublicKey) checkParameters() error {
	known := false
	for _, s := range dsaSizes {
		known = known || k.std.P.BitLen() == s.p && k.std.Q.BitLen() == s.q
	}
	if !known {
		return badKey("DSA parameters of %d and %d bits", k.std.P.BitLen(), k.std.Q.BitLen())
	}
	// FIPS 186-4, Section 4.1: q divides p-1, and g generates the subgroup of order q. An even p would break the arithmetic.
	rest := new(big.Int).Sub(k.std.P, big.NewInt(1))
	if k.std.P.Bit(0) == 0 || rest.Mod(rest, k.std.Q).Sign() != 0 || !k.inGroup(k.std.G) {
		return badKey("DSA parameters that don't belong together")
	}
	return nil
}

// inGroup reports whether v is an element of order q, so neither 0 nor 1 (SP 800-56A, Section 5.6.2.3.1).
func (k *DSAPublicKey) inGroup(v *big.Int) bool {
	one := big.NewInt(1)
	return v.Cmp(one) > 0 && v.Cmp(k.std.P) < 0 && new(big.Int).Exp(v, k.std.Q, k.std.P).Cmp(one) == 0
}

// Type returns KeyDSA.
func (k *DSAPublicKey) Type() KeyType { return KeyDSA }

// Bits returns the length of p in bits.
func (k *DSAPublicKey) Bits() int { return k.std.P.BitLen() }

// Curve returns 0.
func (k *DSAPublicKey) Curve() GroupID { return 0 }

// Equal reports whether o is the same key under the same parameters.
func (k *DSAPublicKey) Equal(o PublicKey) bool {
	d, ok := o.(*DSAPublicKey)
	return ok && k.std.P.Cmp(d.std.P) == 0 && k.std.Q.Cmp(d.std.Q) == 0 && k.std.G.Cmp(d.std.G) == 0 && k.std.Y.Cmp(d.std.Y) == 0
}

// Numbers returns the domain parameters and the public value. Read only.
func (k *DSAPublicKey) Numbers() (p, q, g, y *big.Int) { return k.std.P, k.std.Q, k.std.G, k.std.Y }

// Std returns the *dsa.PublicKey, which the caller doesn't change.
func (k *DSAPublicKey) Std() crypto.PublicKey { return &k.std }

// verify reads Dss-Sig-Value (RFC 3279, Section 2.2.2), in DER and nothing behind it.
func (k *DSAPublicKey) verify(_ Algorithm, _, digest, sig []byte) bool {
	r, s := new(big.Int), new(big.Int)
	d, v := cryptobyte.String(sig), cryptobyte.String(nil)
	if !d.ReadASN1(&v, asn1.SEQUENCE) || !d.Empty() || !v.ReadASN1Integer(r) || !v.ReadASN1Integer(s) || !v.Empty() {
		return false
	}
	// FIPS 186-4, Section 4.7: 0 < r, s < q; Section 4.6: the leftmost bits of the digest, as many as q has.
	if r.Sign() <= 0 || s.Sign() <= 0 || r.Cmp(k.std.Q) >= 0 || s.Cmp(k.std.Q) >= 0 {
		return false
	}
	if n := k.std.Q.BitLen() / 8; len(digest) > n {
		digest = digest[:n]
	}
	return dsa.Verify(&k.std, digest, r, s)
}
