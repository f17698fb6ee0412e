package cipher

import (
	"bytes"
	"crypto/rand"
	"fmt"

	"filippo.io/bigmod"
	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// dsaSigner is a private key of FIPS 186-4 that signs in constant time; crypto/dsa, which doesn't, is used to verify only.
type dsaSigner struct {
	public *DSAPublicKey
	p, q   *bigmod.Modulus
	g, x   *bigmod.Nat // modulo p, modulo q
}

// NewDSAPrivateKey makes a key from the domain parameters p, q and g and the private value x, all big-endian without sign.
// The slices are not kept. Errors are those of NewDSAPublicKey, and ErrBadKey for an x that is not between 0 and q.
func NewDSAPrivateKey(p, q, g, x []byte) (PrivateKey, error) {
	// g is an element of the group, and stands for the public value until that is known.
	public, err := NewDSAPublicKey(p, q, g, g)
	if err != nil {
		return nil, err
	}
	k := &dsaSigner{p: modulus(p), q: modulus(q)}
	if k.x, err = bigmod.NewNat().SetBytes(bytes.TrimLeft(x, "\x00"), k.q); err != nil || k.x.IsZero() == 1 {
		return nil, badKey("a DSA private value outside its range")
	}
	if k.g, err = bigmod.NewNat().SetBytes(bytes.TrimLeft(g, "\x00"), k.p); err != nil {
		return nil, badKey("a DSA generator outside its range")
	}
	y := bigmod.NewNat().Exp(k.g, k.x.Bytes(k.q), k.p)
	if k.public, err = public.WithValue(y.Bytes(k.p)); err != nil {
		return nil, err
	}
	return k, nil
}

// Public returns the public half.
func (k *dsaSigner) Public() PublicKey { return k.public }

// PrivateValue returns x, big-endian, a fresh slice that the caller clears when done: for writing the key to a file.
func (k *dsaSigner) PrivateValue() []byte { return k.x.Bytes(k.q) }

// Sign makes a signature of TLS.
func (k *dsaSigner) Sign(s SignatureScheme, message, seed []byte) ([]byte, error) {
	if !s.Fits(k.public) {
		return nil, wrongScheme(s, k.public)
	}
	return k.SignAlgorithm(s.Info().Algorithm, message, seed)
}

// SignAlgorithm makes a signature of a certificate.
func (k *dsaSigner) SignAlgorithm(a Algorithm, message, seed []byte) ([]byte, error) {
	if err := a.check(); err != nil {
		return nil, err
	}
	if a.Kind != DSA {
		return nil, wrongKey(a, KeyDSA)
	}
	return k.sign(a.Hash, a.Hash.Sum(make([]byte, 0, MaxHashSize), message), seed)
}

// SignDigest signs a digest made elsewhere.
func (k *dsaSigner) SignDigest(s SignatureScheme, digest, seed []byte) ([]byte, error) {
	if err := s.checkDigest(k.public, digest); err != nil {
		return nil, err
	}
	return k.sign(s.Info().Algorithm.Hash, digest, seed)
}

// sign is FIPS 186-4, Section 4.6, with the number k of RFC 6979: a function of key and digest, or, with a nil seed, of
// randomness too (Section 3.6), so that a fault in the computation gives nothing away.
func (k *dsaSigner) sign(h Hash, digest, seed []byte) ([]byte, error) {
	if seed != nil && len(seed) < SignSeedSize {
		return nil, errSignSeed
	}
	var extra []byte
	if seed == nil {
		extra = make([]byte, 32)
		rand.Read(extra)
	}
	z := k.reduce(digest)
	x := k.x.Bytes(k.q)
	defer clear(x)
	d := newNonces(h, x, z.Bytes(k.q), extra)
	defer d.clear()
	for {
		if sig, ok := k.signWith(d.next(k.q.Size()), z); ok {
			return sig, nil
		}
	}
}

// reduce takes the leftmost bits of a digest, as many as q has, modulo q.
func (k *dsaSigner) reduce(digest []byte) *bigmod.Nat {
	z, err := bigmod.NewNat().SetOverflowingBytes(digest[:min(len(digest), k.q.Size())], k.q)
	if err != nil {
		panic(err) // only for more bits than q has, which are whole bytes
	}
	return z
}

// signWith signs the reduced digest z with the number that belongs to this signature alone, unless that won't do.
func (k *dsaSigner) signWith(number []byte, z *bigmod.Nat) ([]byte, bool) {
	once, err := bigmod.NewNat().SetBytes(number, k.q)
	if err != nil || once.IsZero() == 1 {
		return nil, false // a number that is thrown away is no secret
	}
	defer clear(once.Bits())
	r := bigmod.NewNat().Mod(bigmod.NewNat().Exp(k.g, number, k.p), k.q)
	// q is a prime, and so the inverse is the power of q-2, in constant time.
	less := k.q.Nat().SubOne(k.q).SubOne(k.q).Bytes(k.q)
	inverse := bigmod.NewNat().Exp(once, less, k.q)
	defer clear(inverse.Bits())
	s := bigmod.NewNat().Mod(r, k.q)
	s.Mul(k.x, k.q).Add(z, k.q).Mul(inverse, k.q)
	if r.IsZero()|s.IsZero() == 1 {
		return nil, false
	}
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		addUnsigned(b, r.Bytes(k.q))
		addUnsigned(b, s.Bytes(k.q))
	})
	return b.BytesOrPanic(), true
}

// addUnsigned adds a big-endian number as a DER INTEGER.
func addUnsigned(b *cryptobyte.Builder, n []byte) {
	for len(n) > 1 && n[0] == 0 {
		n = n[1:]
	}
	b.AddASN1(asn1.INTEGER, func(b *cryptobyte.Builder) {
		if n[0]&0x80 != 0 {
			b.AddUint8(0)
		}
		b.AddBytes(n)
	})
}

// nonces is the generator of RFC 6979, Section 3.2, with the RFC's names.
type nonces struct {
	h    Hash
	k, v []byte
	used bool
}

// newNonces starts from the private value and the digest, both of q's length, and additional data that may be nil.
func newNonces(h Hash, x, digest, extra []byte) *nonces {
	d := &nonces{h: h, k: make([]byte, h.Size()), v: make([]byte, h.Size())}
	for i := range d.v {
		d.v[i] = 1
	}
	for _, step := range []byte{0, 1} {
		HMAC(h, d.k, d.k, d.v, []byte{step}, x, digest, extra)
		HMAC(h, d.v, d.k, d.v)
	}
	return d
}

// next returns the next size bytes.
func (d *nonces) next(size int) []byte {
	if d.used {
		HMAC(d.h, d.k, d.k, d.v, []byte{0})
		HMAC(d.h, d.v, d.k, d.v)
	}
	d.used = true
	var t []byte
	for len(t) < size {
		HMAC(d.h, d.v, d.k, d.v)
		t = append(t, d.v...)
	}
	return t[:size]
}

func (d *nonces) clear() {
	clear(d.k)
	clear(d.v)
}

// Format hides the key under every verb of fmt.
func (k *dsaSigner) Format(f fmt.State, _ rune) { f.Write([]byte(k.String())) }

// String hides the key.
func (k *dsaSigner) String() string { return "DSA private key" }

// GoString hides the key.
func (k *dsaSigner) GoString() string { return k.String() }
