package cipher

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"slices"
)

// This file is the seam for X448 and Ed448, which neither the standard library nor the libraries of this module have. A package
// that is imported for it hands their functions in; until then the two have numbers and no rows.

// X448Functions is RFC 7748, Section 6.2, in constant time. Keys and shares are 56 bytes.
type X448Functions interface {
	// Public returns the share of a private key, a fresh slice.
	Public(private []byte) []byte
	// Shared returns the secret, a fresh slice; ok is false for a peer's point of small order.
	Shared(private, peer []byte) (secret []byte, ok bool)
}

// Ed448Functions is Ed448 of RFC 8032, Section 5.2, with an empty context. Seeds and public keys are 57 bytes, signatures 114.
type Ed448Functions interface {
	// Public returns the public key of a seed, a fresh slice.
	Public(seed []byte) []byte
	// Sign returns a signature, a fresh slice. It runs in constant time.
	Sign(seed, message []byte) []byte
	// Verify reports whether sig, of any length, is a signature.
	Verify(public, message, sig []byte) bool
}

// RegisterX448 adds the group X448 to the table, behind the other curves. It is for the init function of a package that brings
// the functions: the tables are not locked. A second call panics.
func RegisterX448(f X448Functions) {
	if GroupByID(X448) != nil {
		panic("cipher: X448 is registered twice")
	}
	row := &Group{
		ID: X448, Name: "x448", Min: VersionSSL30,
		ShareSize: x448Size, AnswerSize: x448Size, SecretSize: x448Size, seedSize: x448Size, exchange: x448{f},
	}
	at := slices.IndexFunc(groupRows, func(g *Group) bool { return g.FiniteField })
	groupRows = slices.Insert(groupRows, at, row)
}

// RegisterEd448 adds the scheme Ed448 to the table, behind the other schemes that nothing speaks against, and makes
// NewEd448PublicKey and NewEd448PrivateKey work. It is for the init function of a package, as RegisterX448.
func RegisterEd448(f Ed448Functions) {
	if ed448 != nil {
		panic("cipher: Ed448 is registered twice")
	}
	ed448 = f
	row := &Scheme{
		ID: Ed448, Name: "ed448", OpenSSL: "ed448", Algorithm: Algorithm{Kind: EdDSA448}, KeyType: KeyEd448,
		Min: VersionTLS12, Max: VersionTLS13,
	}
	at := slices.IndexFunc(schemeRows, func(s *Scheme) bool { return s.PostQuantum })
	schemeRows = slices.Insert(schemeRows, at, row)
}

const x448Size = 56

// x448 is the key exchange of RFC 7748, Section 6.2. A seed is the private key itself.
type x448 struct{ functions X448Functions }

func x448Private(seed []byte) []byte {
	k := make([]byte, x448Size)
	if seed == nil {
		rand.Read(k)
	} else {
		copy(k, seed)
	}
	return k
}

func (x x448) generate(g *Group, seed []byte) (*Ephemeral, error) {
	k := x448Private(seed)
	return &Ephemeral{group: g, share: x.functions.Public(k), secret: privateHalves{exponent: k}}, nil
}

func (x x448) respond(g *Group, peerShare, seed []byte) (share, secret []byte, err error) {
	k := x448Private(seed)
	defer clear(k)
	if secret, err = x.shared(g, k, peerShare); err != nil {
		return nil, nil, err
	}
	return x.functions.Public(k), secret, nil
}

func (x x448) agree(e *Ephemeral, peerShare []byte) (secret []byte, err error) {
	return x.shared(e.group, e.secret.exponent, peerShare)
}

func (x x448) shared(g *Group, k, peerShare []byte) ([]byte, error) {
	// RFC 8446, Section 7.4.2: an all-zero result is refused.
	secret, ok := x.functions.Shared(k, peerShare)
	if !ok || subtle.ConstantTimeCompare(secret, make([]byte, x448Size)) == 1 {
		return nil, badShare(g, "a point of small order")
	}
	return secret, nil
}

// ed448 is nil until a package brings it.
var ed448 Ed448Functions

// Ed448KeySize is the length in bytes of public keys and of seeds.
const Ed448KeySize = 57

// Ed448PublicKey is a key of RFC 8032, Section 5.2.
type Ed448PublicKey [Ed448KeySize]byte

// NewEd448PublicKey makes a key from its 57 bytes, which are not kept. An error wraps ErrBadKey: another length, or no package
// was imported that brings Ed448. Bytes that are no point make a key under which nothing verifies.
func NewEd448PublicKey(b []byte) (Ed448PublicKey, error) {
	if ed448 == nil {
		return Ed448PublicKey{}, badKey("Ed448 needs a package that brings it, such as tlsengine/cipher/goldilocks")
	}
	if len(b) != Ed448KeySize {
		return Ed448PublicKey{}, badKey("an Ed448 key of %d bytes, not %d", len(b), Ed448KeySize)
	}
	return Ed448PublicKey(b), nil
}

// Type returns KeyEd448.
func (k Ed448PublicKey) Type() KeyType { return KeyEd448 }

// Bits returns 456, the length of the key in bits.
func (k Ed448PublicKey) Bits() int { return 8 * len(k) }

// Curve returns 0: Edwards448 is no group of key exchange.
func (k Ed448PublicKey) Curve() GroupID { return 0 }

// Equal reports whether o is the same key.
func (k Ed448PublicKey) Equal(o PublicKey) bool {
	e, ok := o.(Ed448PublicKey)
	return ok && k == e
}

// Std returns the 57 bytes, a fresh slice: the standard library has no type for them.
func (k Ed448PublicKey) Std() crypto.PublicKey { return k[:] }

func (k Ed448PublicKey) verify(_ Algorithm, message, _, sig []byte) bool {
	return ed448.Verify(k[:], message, sig)
}

// ed448Signer is a private key of RFC 8032, Section 5.2.
type ed448Signer struct {
	public Ed448PublicKey
	seed   [Ed448KeySize]byte
}

// NewEd448PrivateKey makes a key from its seed of 57 bytes (RFC 8410, Section 7), which are not kept. Errors are those of
// NewEd448PublicKey.
func NewEd448PrivateKey(seed []byte) (PrivateKey, error) {
	if _, err := NewEd448PublicKey(seed); err != nil {
		return nil, err
	}
	public, err := NewEd448PublicKey(ed448.Public(seed))
	if err != nil {
		return nil, err
	}
	return &ed448Signer{public, [Ed448KeySize]byte(seed)}, nil
}

// Public returns the public half.
func (k *ed448Signer) Public() PublicKey { return k.public }

// Sign makes a signature of TLS.
func (k *ed448Signer) Sign(s SignatureScheme, message, seed []byte) ([]byte, error) {
	if !s.Fits(k.public) {
		return nil, wrongScheme(s, k.public)
	}
	return k.SignAlgorithm(s.Info().Algorithm, message, seed)
}

// SignAlgorithm makes a signature of a certificate.
func (k *ed448Signer) SignAlgorithm(a Algorithm, message, seed []byte) ([]byte, error) {
	if err := a.check(); err != nil {
		return nil, err
	}
	if a.Kind != EdDSA448 {
		return nil, wrongKey(a, KeyEd448)
	}
	if seed != nil && len(seed) < SignSeedSize {
		return nil, errSignSeed
	}
	return ed448.Sign(k.seed[:], message), nil
}

// Seed returns the seed, a fresh slice that the caller clears when done: for writing the key to a file.
func (k *ed448Signer) Seed() []byte { return bytes.Clone(k.seed[:]) }

// Format hides the key under every verb of fmt.
func (k *ed448Signer) Format(f fmt.State, _ rune) { f.Write([]byte(k.String())) }

// String hides the key.
func (k *ed448Signer) String() string { return "ED448 private key" }

// GoString hides the key.
func (k *ed448Signer) GoString() string { return k.String() }
