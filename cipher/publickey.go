package cipher

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"errors"
	"fmt"
	"math"
	"math/big"

	"filippo.io/mldsa"
)

// KeyType is a type of public key, as certificates tell it.
type KeyType uint8

// The key types of this engine. A KeyRSA key (rsaEncryption) makes PKCS#1 and PSS signatures, a KeyRSAPSS key
// (id-RSASSA-PSS) PSS signatures only (RFC 4055, Section 1.2).
const (
	KeyRSA KeyType = iota + 1
	KeyRSAPSS
	KeyECDSA
	KeyEd25519
	KeyDSA
	KeyMLDSA44
	KeyMLDSA65
	KeyMLDSA87
	KeyEd448
)

// String returns the type's name as OpenSSL prints it.
func (t KeyType) String() string {
	switch t {
	case 0:
		return "none"
	case KeyRSA:
		return "RSA"
	case KeyRSAPSS:
		return "RSA-PSS"
	case KeyECDSA:
		return "EC"
	case KeyEd25519:
		return "ED25519"
	case KeyDSA:
		return "DSA"
	case KeyEd448:
		return "ED448"
	case KeyMLDSA44:
		return "ML-DSA-44"
	case KeyMLDSA65:
		return "ML-DSA-65"
	case KeyMLDSA87:
		return "ML-DSA-87"
	}
	return fmt.Sprintf("KeyType(%d)", uint8(t))
}

// PublicKey is a key that verifies signatures: a *RSAPublicKey, *ECDSAPublicKey, Ed25519PublicKey, *DSAPublicKey, *MLDSAPublicKey
// or Ed448PublicKey, and nothing else. Keys are immutable and may be shared.
type PublicKey interface {
	Type() KeyType         // what the row of a SignatureScheme asks for
	Bits() int             // length of the modulus, of the curve's field, or of the encoded key
	Curve() GroupID        // of an ECDSA key, else 0
	Equal(PublicKey) bool  // same type and same key
	Std() crypto.PublicKey // the standard library's form, which the caller doesn't change

	// verify checks sig; the algorithm fits the key, digest is the message's or nil for EdDSA and ML-DSA.
	verify(a Algorithm, message, digest, sig []byte) bool
}

// ErrBadKey is the error, wrapped with the reason, for a public key that is none.
var ErrBadKey = errors.New("the public key is not valid")

func badKey(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrBadKey}, args...)...)
}

// MaxRSABits is the largest modulus of a key from a peer. Cost grows with the square of the length: at this one a check
// takes some two milliseconds.
const MaxRSABits = 16384

// minRSABits keeps crypto/rsa's answer to still shorter keys, an error at each use, out of the handshake.
const minRSABits = 1024

// RSAPublicKey is an RSA key of type KeyRSA or KeyRSAPSS.
type RSAPublicKey struct {
	std  rsa.PublicKey
	pss  bool
	only Algorithm // of a KeyRSAPSS key with parameters: the hash, and the least salt; zero: any
}

// Restricted returns the key as one for a's hash only, and for salts of a's length and more (RFC 4055, Section 3.1): for the
// parameters in the certificate of a KeyRSAPSS key. Another key, or an a that is not RSAPSS, is an error that wraps ErrBadKey.
func (k *RSAPublicKey) Restricted(a Algorithm) (*RSAPublicKey, error) {
	if !k.pss || a.Kind != RSAPSS || !a.Hash.Known() || a.SaltLen < 0 {
		return nil, badKey("only RSA-PSS keys are restricted, to RSA-PSS")
	}
	other := *k
	other.only = a
	return &other, nil
}

// Restriction returns what Restricted was told, the zero Algorithm if the key isn't bound.
func (k *RSAPublicKey) Restriction() Algorithm { return k.only }

// allows reports whether the key's restriction, if it has one, lets it make a's signatures.
func (k *RSAPublicKey) allows(a Algorithm) bool {
	return k.only == (Algorithm{}) || a.Hash == k.only.Hash && a.SaltLen >= k.only.SaltLen
}

// NewRSAPublicKey makes a key of modulus n and exponent e, both big-endian without sign (leading zeros are fine). pss says
// that the key is of type KeyRSAPSS. The slices are not kept. Errors wrap ErrBadKey: n even, shorter than 1024 bits or
// longer than MaxRSABits; e even, less than 3 or not below 2^31 (what crypto/rsa takes).
func NewRSAPublicKey(n, e []byte, pss bool) (*RSAPublicKey, error) {
	for len(e) > 0 && e[0] == 0 {
		e = e[1:]
	}
	if len(e) > 4 || len(n) > MaxRSABits/8+1 {
		return nil, badKey("RSA numbers of %d and %d bytes are too long", len(n), len(e))
	}
	exponent := 0
	for _, b := range e {
		exponent = exponent<<8 | int(b)
	}
	return newRSAPublicKey(&rsa.PublicKey{N: new(big.Int).SetBytes(n), E: exponent}, pss)
}

// newRSAPublicKey is NewRSAPublicKey for numbers that are read already.
func newRSAPublicKey(k *rsa.PublicKey, pss bool) (*RSAPublicKey, error) {
	switch bits := k.N.BitLen(); {
	case bits < minRSABits || bits > MaxRSABits:
		return nil, badKey("an RSA modulus of %d bits, not %d to %d", bits, minRSABits, MaxRSABits)
	case k.N.Bit(0) == 0:
		return nil, badKey("an even RSA modulus")
	case k.E < 3 || k.E&1 == 0 || k.E > math.MaxInt32:
		return nil, badKey("an RSA exponent that is even, less than 3 or over 2^31-1")
	}
	return &RSAPublicKey{std: *k, pss: pss}, nil
}

// Type returns KeyRSA or KeyRSAPSS.
func (k *RSAPublicKey) Type() KeyType {
	if k.pss {
		return KeyRSAPSS
	}
	return KeyRSA
}

// Bits returns the length of the modulus in bits.
func (k *RSAPublicKey) Bits() int { return k.std.N.BitLen() }

// Curve returns 0.
func (k *RSAPublicKey) Curve() GroupID { return 0 }

// Equal reports whether o is the same key of the same type, whatever restricts it.
func (k *RSAPublicKey) Equal(o PublicKey) bool {
	r, ok := o.(*RSAPublicKey)
	return ok && k.pss == r.pss && k.std.Equal(&r.std)
}

// Std returns the *rsa.PublicKey, which the caller doesn't change.
func (k *RSAPublicKey) Std() crypto.PublicKey { return &k.std }

// ECDSAPublicKey is a point on P-224, P-256, P-384 or P-521.
type ECDSAPublicKey struct {
	std   ecdsa.PublicKey
	curve GroupID
}

// curveByID returns the curve of an ECDSA key, nil if there is none.
func curveByID(id GroupID) elliptic.Curve {
	switch id {
	case CurveP224:
		return elliptic.P224()
	case CurveP256:
		return elliptic.P256()
	case CurveP384:
		return elliptic.P384()
	case CurveP521:
		return elliptic.P521()
	}
	return nil
}

// NewECDSAPublicKey makes a key from an uncompressed point (SEC 1, Section 2.3.4). The slice is not kept. Errors wrap
// ErrBadKey: another curve than CurveP224, P256, P384, P521, another form, a point that is not on the curve.
func NewECDSAPublicKey(curve GroupID, point []byte) (*ECDSAPublicKey, error) {
	c := curveByID(curve)
	if c == nil {
		return nil, badKey("ECDSA on group %v is not supported", curve)
	}
	std, err := ecdsa.ParseUncompressedPublicKey(c, point)
	if err != nil {
		return nil, badKey("not an uncompressed point of %v", curve)
	}
	return &ECDSAPublicKey{std: *std, curve: curve}, nil
}

// newECDSAPublicKey checks a point of the standard library's form.
func newECDSAPublicKey(k *ecdsa.PublicKey) (*ECDSAPublicKey, error) {
	for _, id := range []GroupID{CurveP256, CurveP384, CurveP521, CurveP224} {
		if curveByID(id) == k.Curve {
			point, err := k.Bytes()
			if err != nil {
				return nil, badKey("not a point of %v", id)
			}
			return NewECDSAPublicKey(id, point)
		}
	}
	return nil, badKey("ECDSA on this curve is not supported")
}

// Type returns KeyECDSA.
func (k *ECDSAPublicKey) Type() KeyType { return KeyECDSA }

// Bits returns the length of the curve's field in bits.
func (k *ECDSAPublicKey) Bits() int { return k.std.Params().BitSize }

// Curve returns the curve.
func (k *ECDSAPublicKey) Curve() GroupID { return k.curve }

// Equal reports whether o is the same point of the same curve.
func (k *ECDSAPublicKey) Equal(o PublicKey) bool {
	e, ok := o.(*ECDSAPublicKey)
	return ok && k.std.Equal(&e.std)
}

// Std returns the *ecdsa.PublicKey, which the caller doesn't change.
func (k *ECDSAPublicKey) Std() crypto.PublicKey { return &k.std }

// Ed25519PublicKey is a key of RFC 8032.
type Ed25519PublicKey [ed25519.PublicKeySize]byte

// NewEd25519PublicKey makes a key from its 32 bytes, which are not kept; another length is an error that wraps ErrBadKey.
// Bytes that are no point make a key under which nothing verifies.
func NewEd25519PublicKey(b []byte) (Ed25519PublicKey, error) {
	if len(b) != ed25519.PublicKeySize {
		return Ed25519PublicKey{}, badKey("an Ed25519 key of %d bytes, not 32", len(b))
	}
	return Ed25519PublicKey(b), nil
}

func (k *Ed25519PublicKey) std() ed25519.PublicKey { return k[:] }

// Type returns KeyEd25519.
func (k Ed25519PublicKey) Type() KeyType { return KeyEd25519 }

// Bits returns 256, the length of the key in bits.
func (k Ed25519PublicKey) Bits() int { return 8 * len(k) }

// Curve returns 0: Edwards25519 is no group of key exchange.
func (k Ed25519PublicKey) Curve() GroupID { return 0 }

// Equal reports whether o is the same key.
func (k Ed25519PublicKey) Equal(o PublicKey) bool {
	e, ok := o.(Ed25519PublicKey)
	return ok && k == e
}

// Std returns a fresh ed25519.PublicKey.
func (k Ed25519PublicKey) Std() crypto.PublicKey { return ed25519.PublicKey(k[:]) }

// NewPublicKey takes a key of the standard library: *rsa.PublicKey (as KeyRSA), *ecdsa.PublicKey or ed25519.PublicKey; or a
// *mldsa.PublicKey of filippo.io/mldsa. Others are an error that wraps ErrBadKey.
func NewPublicKey(std crypto.PublicKey) (PublicKey, error) {
	switch k := std.(type) {
	case *rsa.PublicKey:
		return newRSAPublicKey(k, false)
	case *ecdsa.PublicKey:
		return newECDSAPublicKey(k)
	case ed25519.PublicKey:
		return NewEd25519PublicKey(k)
	case *mldsa.PublicKey:
		return &MLDSAPublicKey{k}, nil
	}
	return nil, badKey("%T is not supported", std)
}
