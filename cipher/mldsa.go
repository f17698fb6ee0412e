package cipher

import (
	"crypto"

	"filippo.io/mldsa"
)

// MLDSAPublicKey is a key of FIPS 204, of type KeyMLDSA44, KeyMLDSA65 or KeyMLDSA87.
type MLDSAPublicKey struct{ std *mldsa.PublicKey }

// mldsaParameters returns the parameter set of a key type.
func mldsaParameters(t KeyType) (p mldsa.Parameters, ok bool) {
	switch t {
	case KeyMLDSA44:
		return mldsa.MLDSA44(), true
	case KeyMLDSA65:
		return mldsa.MLDSA65(), true
	case KeyMLDSA87:
		return mldsa.MLDSA87(), true
	}
	return p, false
}

// NewMLDSAPublicKey makes a key of a type from its encoding (FIPS 204, Algorithm 22), 1312, 1952 or 2592 bytes, which are not
// kept. Another length or type is an error that wraps ErrBadKey.
func NewMLDSAPublicKey(t KeyType, b []byte) (*MLDSAPublicKey, error) {
	p, ok := mldsaParameters(t)
	if !ok {
		return nil, badKey("%v is no kind of ML-DSA key", t)
	}
	std, err := mldsa.NewPublicKey(p, b)
	if err != nil {
		return nil, badKey("not an %v key: %d bytes", t, len(b))
	}
	return &MLDSAPublicKey{std}, nil
}

// MLDSASeedSize is the length in bytes of the seed that an ML-DSA private key is made from (FIPS 204, Algorithm 6).
const MLDSASeedSize = mldsa.PrivateKeySize

// NewMLDSAPrivateKey makes a key of a type from its seed of MLDSASeedSize bytes, which is the form in which such keys are kept
// (RFC 9881, Section 6), and is not kept here. Errors wrap ErrBadKey.
func NewMLDSAPrivateKey(t KeyType, seed []byte) (PrivateKey, error) {
	p, ok := mldsaParameters(t)
	if !ok || len(seed) != MLDSASeedSize {
		return nil, badKey("not the seed of an ML-DSA key: %v, %d bytes", t, len(seed))
	}
	std, err := mldsa.NewPrivateKey(p, seed)
	if err != nil {
		return nil, badKey("not the seed of an ML-DSA key: %v", err)
	}
	return NewPrivateKey(std)
}

// Type returns KeyMLDSA44, KeyMLDSA65 or KeyMLDSA87.
func (k *MLDSAPublicKey) Type() KeyType {
	switch k.std.Parameters() {
	case mldsa.MLDSA44():
		return KeyMLDSA44
	case mldsa.MLDSA65():
		return KeyMLDSA65
	}
	return KeyMLDSA87
}

// Bits returns the length of the encoded key in bits.
func (k *MLDSAPublicKey) Bits() int { return 8 * k.std.Parameters().PublicKeySize() }

// Curve returns 0.
func (k *MLDSAPublicKey) Curve() GroupID { return 0 }

// Equal reports whether o is the same key.
func (k *MLDSAPublicKey) Equal(o PublicKey) bool {
	m, ok := o.(*MLDSAPublicKey)
	return ok && k.std.Equal(m.std)
}

// Std returns the *mldsa.PublicKey, which the caller doesn't change.
func (k *MLDSAPublicKey) Std() crypto.PublicKey { return k.std }

// Bytes returns the encoding, a fresh slice.
func (k *MLDSAPublicKey) Bytes() []byte { return k.std.Bytes() }

func (k *MLDSAPublicKey) verify(_ Algorithm, message, _, sig []byte) bool {
	return mldsa.Verify(k.std, message, sig, nil) == nil
}
