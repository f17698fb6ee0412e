package cipher

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"errors"
	"fmt"
)

// SignatureKind is a family of signature algorithms.
type SignatureKind uint8

// The families, named as in RFC 8446, Section 4.2.3.
const (
	RSAPKCS1    SignatureKind = iota + 1 // RSASSA-PKCS1-v1_5, RFC 8017, Section 8.2
	RSAPSS                               // RSASSA-PSS, RFC 8017, Section 8.1, MGF1 with the same hash
	ECDSA                                // FIPS 186-5, DER-encoded (RFC 3279, Section 2.2.3)
	EdDSA                                // RFC 8032, without pre-hash
	DSA                                  // FIPS 186-4, DER-encoded (RFC 3279, Section 2.2.2)
	PureMLDSA44                          // FIPS 204, each parameter set a family of its own, pure, without context (RFC 9881)
	PureMLDSA65
	PureMLDSA87
	EdDSA448 // Ed448 of RFC 8032, without pre-hash and context; EdDSA is Ed25519
)

// hashless reports whether the family hashes in its own way: its algorithms have no Hash, and sign no digests.
func (k SignatureKind) hashless() bool {
	switch k {
	case EdDSA, EdDSA448, PureMLDSA44, PureMLDSA65, PureMLDSA87:
		return true
	}
	return false
}

// String returns the family's usual name.
func (k SignatureKind) String() string {
	switch k {
	case RSAPKCS1:
		return "RSA"
	case RSAPSS:
		return "RSA-PSS"
	case ECDSA:
		return "ECDSA"
	case EdDSA:
		return "EdDSA"
	case DSA:
		return "DSA"
	case EdDSA448:
		return "Ed448"
	case PureMLDSA44:
		return "ML-DSA-44"
	case PureMLDSA65:
		return "ML-DSA-65"
	case PureMLDSA87:
		return "ML-DSA-87"
	}
	return fmt.Sprintf("SignatureKind(%d)", uint8(k))
}

// Algorithm is a signature algorithm as certificates name it: the hash is not bound to a curve, and that of EdDSA and ML-DSA is
// zero. Algorithms are comparable.
type Algorithm struct {
	Kind    SignatureKind
	Hash    Hash
	SaltLen int // RSAPSS only: length of the salt in bytes; in TLS always the hash's
}

// String returns the algorithm for people, "RSA-PSS with SHA256" for example.
func (a Algorithm) String() string {
	if a.Hash == 0 {
		return a.Kind.String()
	}
	return a.Kind.String() + " with " + a.Hash.String()
}

// fitsType reports whether a key of type t makes signatures of the algorithm's family.
func (a Algorithm) fitsType(t KeyType) bool {
	switch a.Kind {
	case RSAPKCS1:
		return t == KeyRSA
	case RSAPSS:
		return t == KeyRSA || t == KeyRSAPSS
	case ECDSA:
		return t == KeyECDSA
	case EdDSA:
		return t == KeyEd25519
	case DSA:
		return t == KeyDSA
	case EdDSA448:
		return t == KeyEd448
	case PureMLDSA44:
		return t == KeyMLDSA44
	case PureMLDSA65:
		return t == KeyMLDSA65
	case PureMLDSA87:
		return t == KeyMLDSA87
	}
	return false
}

// check refuses algorithms that are none.
func (a Algorithm) check() error {
	switch {
	case a.Kind.hashless() && a.Hash != 0, !a.Kind.hashless() && !a.Hash.Known(), a.Hash == MD5SHA1 && a.Kind != RSAPKCS1:
		return fmt.Errorf("cipher: %v can't be with hash %v", a.Kind, a.Hash)
	case a.Kind == RSAPSS && a.SaltLen <= 0:
		// crypto/rsa would read 0 as "any length" and -1 as "the hash's".
		return fmt.Errorf("cipher: RSA-PSS without salt is not supported (salt length %d)", a.SaltLen)
	}
	return nil
}

// ErrBadSignature is the error for a signature that the key did not make over the message. Nothing says why not.
var ErrBadSignature = errors.New("the signature is not valid")

// ErrWrongKey is the error, possibly wrapped, for a key that can't be used with the algorithm.
var ErrWrongKey = errors.New("the key doesn't fit the signature algorithm")

func wrongKey(a Algorithm, t KeyType) error {
	return fmt.Errorf("%w: %v by a key of type %v", ErrWrongKey, a, t)
}

// restricted gives the error for an RSA-PSS key whose parameters don't allow a.
func restricted(k PublicKey, a Algorithm) error {
	if r, ok := k.(*RSAPublicKey); ok && !r.allows(a) {
		return fmt.Errorf("%w: %v with %d bytes of salt by a key that is for %v with %d bytes or more",
			ErrWrongKey, a, a.SaltLen, r.only, r.only.SaltLen)
	}
	return nil
}

// VerifySignature checks that sig is a's signature of message under k. It returns nil, ErrBadSignature, or ErrWrongKey if k
// is of another type than a or restricted to another algorithm. No slice is kept.
func VerifySignature(a Algorithm, k PublicKey, message, sig []byte) error {
	if k == nil || !a.fitsType(k.Type()) {
		var t KeyType
		if k != nil {
			t = k.Type()
		}
		return wrongKey(a, t)
	}
	if err := a.check(); err != nil {
		return err
	}
	if err := restricted(k, a); err != nil {
		return err
	}
	var digest []byte
	if a.Hash != 0 {
		digest = a.Hash.Sum(make([]byte, 0, MaxHashSize), message)
	}
	if !k.verify(a, message, digest, sig) {
		return ErrBadSignature
	}
	return nil
}

func (k *RSAPublicKey) verify(a Algorithm, _, digest, sig []byte) bool {
	if a.Kind == RSAPSS {
		return rsa.VerifyPSS(&k.std, a.Hash.Std(), digest, sig, &rsa.PSSOptions{SaltLength: a.SaltLen}) == nil
	}
	return rsa.VerifyPKCS1v15(&k.std, a.Hash.Std(), digest, sig) == nil
}

func (k *ECDSAPublicKey) verify(_ Algorithm, _, digest, sig []byte) bool {
	return ecdsa.VerifyASN1(&k.std, digest, sig)
}

func (k Ed25519PublicKey) verify(_ Algorithm, message, _, sig []byte) bool {
	return ed25519.Verify(k.std(), message, sig)
}
