package x509lite

import (
	"fmt"

	"golang.org/x/crypto/cryptobyte/asn1"

	"tlsengine/cipher"
)

// errNoEd448 is the error for an Ed448 key where no package brings the functions.
var errNoEd448 = fmt.Errorf("%w: Ed448 needs a package that brings it, such as tlsengine/cipher/goldilocks", ErrUnsupportedKey)

// parseEd448Key reads the bits of a public key (RFC 8410, Section 4).
func parseEd448Key(key, parameters der) (cipher.PublicKey, error) {
	if cipher.Ed448.Info() == nil {
		return nil, errNoEd448
	}
	// RFC 8410, Section 3: no parameters.
	if !parameters.Empty() {
		return nil, malformed("subjectPublicKeyInfo", "has parameters beside an Ed448 key")
	}
	return orNil(cipher.NewEd448PublicKey(key))
}

// parseEd448PrivateKey reads CurvePrivateKey (RFC 8410, Section 7).
func parseEd448PrivateKey(inner der) (cipher.PrivateKey, error) {
	if cipher.Ed448.Info() == nil {
		return nil, errNoEd448
	}
	var seed der
	if !inner.ReadASN1(&seed, asn1.OCTET_STRING) || !inner.Empty() || len(seed) != cipher.Ed448KeySize {
		return nil, malformed("private key", "is not the 57 bytes of an Ed448 key")
	}
	return cipher.NewEd448PrivateKey(seed)
}
