package x509lite

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"fmt"
	"math/big"

	"filippo.io/mldsa"
	"golang.org/x/crypto/cryptobyte/asn1"

	"tlsengine/cipher"
)

// ParsePrivateKey reads a DER key of any of the three forms: PKCS#8 (RFC 5958), PKCS#1 (RFC 8017, Appendix A.1.2), SEC 1 (RFC
// 5915). The slice is not kept. Errors: *ParseError, ErrUnsupportedKey or cipher.ErrBadKey, wrapped.
//
// The forms are told apart by what stands behind the version number: a SEQUENCE, an INTEGER, or an OCTET STRING.
func ParsePrivateKey(encoding []byte) (cipher.PrivateKey, error) {
	d := der(encoding)
	var v der
	var version int
	if readSequence(&d, &v) && readSmall(&v, asn1.INTEGER, &version) {
		switch {
		case v.PeekASN1Tag(asn1.SEQUENCE):
			return parsePKCS8(encoding)
		case v.PeekASN1Tag(asn1.INTEGER):
			return parsePKCS1(encoding)
		case v.PeekASN1Tag(asn1.OCTET_STRING):
			return parseSEC1(encoding)
		}
	}
	return nil, malformed("private key", "is none of PKCS#8, PKCS#1 and SEC 1")
}

// newPrivateKey is cipher.NewPrivateKey behind a parser of the standard library's key.
func newPrivateKey(s crypto.Signer, err error) (cipher.PrivateKey, error) {
	if err != nil {
		return nil, err
	}
	return cipher.NewPrivateKey(s)
}

// parsePKCS8 reads OneAsymmetricKey (RFC 5958, Section 2).
func parsePKCS8(encoding []byte) (cipher.PrivateKey, error) {
	d := der(encoding)
	var v, parameters, inner der
	var id []byte
	var version int
	if !readSequence(&d, &v) || !d.Empty() || !readSmall(&v, asn1.INTEGER, &version) || version > 1 ||
		!readAlgorithm(&v, &id, &parameters) || !v.ReadASN1(&inner, asn1.OCTET_STRING) ||
		!v.SkipOptionalASN1(tagContextConstructed(0)) || !v.SkipOptionalASN1(tagContext(1)) || !v.Empty() {
		return nil, malformed("private key", "is not PKCS#8")
	}
	switch OID(id) {
	case oidRSAEncryption:
		return parsePKCS1(inner)
	case oidRSASSAPSS:
		return parsePSSPrivateKey(inner, parameters)
	case oidECPublicKey:
		var curve []byte
		if !readOID(&parameters, &curve) || !parameters.Empty() {
			return nil, malformed("private key", "has no named curve")
		}
		return newPrivateKey(readSEC1(inner, curve))
	case oidEd25519:
		var seed der
		if !inner.ReadASN1(&seed, asn1.OCTET_STRING) || !inner.Empty() || len(seed) != ed25519.SeedSize {
			return nil, malformed("private key", "is not the 32 bytes of an Ed25519 key")
		}
		return cipher.NewPrivateKey(ed25519.NewKeyFromSeed(seed))
	case oidDSA:
		return parseDSAPrivateKey(inner, parameters)
	case oidEd448:
		return parseEd448PrivateKey(inner)
	}
	if t := mldsaByOID(id); t != 0 {
		return parseMLDSAPrivateKey(t, inner, parameters)
	}
	return nil, fmt.Errorf("%w: %v", ErrUnsupportedKey, OID(id))
}

// parsePSSPrivateKey reads the key of id-RSASSA-PSS. RFC 4055, Section 3.1: parameters bind it to a hash and a least salt.
func parsePSSPrivateKey(inner, parameters der) (cipher.PrivateKey, error) {
	k, err := readPKCS1(inner)
	if err != nil {
		return nil, err
	}
	if parameters.Empty() {
		return cipher.NewRSAPSSPrivateKey(k)
	}
	only := readPSS(parameters)
	if only == (cipher.Algorithm{}) {
		return nil, fmt.Errorf("%w: RSA-PSS with parameters that are malformed, or mix hashes", ErrUnsupportedKey)
	}
	return cipher.NewRestrictedPSSPrivateKey(k, only)
}

func parsePKCS1(encoding []byte) (cipher.PrivateKey, error) {
	return newPrivateKey(readPKCS1(encoding))
}

// readPKCS1 reads RSAPrivateKey of two primes (RFC 8017, Appendix A.1.2).
func readPKCS1(encoding []byte) (crypto.Signer, error) {
	d := der(encoding)
	var v der
	var version int
	if !readSequence(&d, &v) || !d.Empty() || !readSmall(&v, asn1.INTEGER, &version) || version != 0 {
		return nil, malformed("private key", "is not PKCS#1 of two primes")
	}
	var numbers [8]*big.Int // n, e, d, p, q, d mod p-1, d mod q-1, 1/q mod p
	for i := range numbers {
		var magnitude []byte
		if !readUint(&v, &magnitude) || len(magnitude) > cipher.MaxRSABits/8 {
			return nil, malformed("private key", "is not PKCS#1: eight positive INTEGERs behind the version")
		}
		numbers[i] = new(big.Int).SetBytes(magnitude)
	}
	if !v.Empty() || !numbers[1].IsInt64() || numbers[1].Int64() > 1<<31-1 {
		return nil, malformed("private key", "is not PKCS#1, or has an exponent above 2^31-1")
	}
	k := &rsa.PrivateKey{
		PublicKey: rsa.PublicKey{N: numbers[0], E: int(numbers[1].Int64())},
		D:         numbers[2], Primes: []*big.Int{numbers[3], numbers[4]},
		Precomputed: rsa.PrecomputedValues{Dp: numbers[5], Dq: numbers[6], Qinv: numbers[7]},
	}
	k.Precompute()
	if err := k.Validate(); err != nil {
		return nil, fmt.Errorf("%w: the numbers of the RSA private key don't belong together", cipher.ErrBadKey)
	}
	return k, nil
}

// parseSEC1 reads an ECPrivateKey that names its curve itself.
func parseSEC1(encoding []byte) (cipher.PrivateKey, error) {
	return newPrivateKey(readSEC1(encoding, nil))
}

// readSEC1 reads ECPrivateKey (RFC 5915, Section 3); outer is the curve's OID from around it, nil if there is none.
func readSEC1(encoding, outer []byte) (crypto.Signer, error) {
	d := der(encoding)
	var v, scalar, field der
	var version int
	if !readSequence(&d, &v) || !d.Empty() || !readSmall(&v, asn1.INTEGER, &version) || version != 1 ||
		!v.ReadASN1(&scalar, asn1.OCTET_STRING) {
		return nil, malformed("private key", "is not SEC 1")
	}
	curveID := outer
	if v.PeekASN1Tag(tagContextConstructed(0)) {
		if !v.ReadASN1(&field, tagContextConstructed(0)) || !readOID(&field, &curveID) || !field.Empty() ||
			outer != nil && !bytes.Equal(outer, curveID) {
			return nil, malformed("private key", "has no named curve, or two")
		}
	}
	var public []byte
	if v.PeekASN1Tag(tagContextConstructed(1)) {
		if !v.ReadASN1(&field, tagContextConstructed(1)) || !readOctetBits(&field, &public) || !field.Empty() {
			return nil, malformed("private key", "holds a malformed public key")
		}
	}
	curve := stdCurve(curveByOID(curveID))
	if !v.Empty() || curve == nil {
		return nil, fmt.Errorf("%w: elliptic curve %v", ErrUnsupportedKey, OID(curveID))
	}
	return ecdsaFromScalar(curve, scalar, public)
}

// ecdsaFromScalar makes the key; public, if not nil, must be its point.
func ecdsaFromScalar(curve elliptic.Curve, scalar, public []byte) (crypto.Signer, error) {
	size := (curve.Params().BitSize + 7) / 8
	// RFC 5915, Section 3: as long as the group's order. Old writers left out leading zeros, older ones had more of them.
	for len(scalar) > size && scalar[0] == 0 {
		scalar = scalar[1:]
	}
	padded := make([]byte, max(size, len(scalar)))
	defer clear(padded)
	copy(padded[len(padded)-len(scalar):], scalar)
	k, err := ecdsa.ParseRawPrivateKey(curve, padded)
	if err != nil {
		return nil, fmt.Errorf("%w: the number is not within the order of the curve", cipher.ErrBadKey)
	}
	if public != nil {
		p, err := ecdsa.ParseUncompressedPublicKey(curve, public)
		if len(public) == size+1 { // compressed: the private number says all that is needed
			return k, nil
		}
		if err != nil || !p.Equal(&k.PublicKey) {
			return nil, fmt.Errorf("%w: the public point beside the private key is another's", cipher.ErrBadKey)
		}
	}
	return k, nil
}

func stdCurve(id cipher.GroupID) elliptic.Curve {
	switch id {
	case cipher.CurveP224:
		return elliptic.P224()
	case cipher.CurveP256:
		return elliptic.P256()
	case cipher.CurveP384:
		return elliptic.P384()
	case cipher.CurveP521:
		return elliptic.P521()
	}
	return nil
}

// CheckKey checks that a private key belongs to the certificate: nil, or an error that wraps ErrKeyMismatch or says why the
// certificate's key can't be used.
func (c *Certificate) CheckKey(k cipher.PrivateKey) error {
	if err := c.PublicKeyError(); err != nil {
		return err
	}
	public := k.Public()
	// The same RSA key may be called rsaEncryption in its file and RSASSA-PSS in the certificate.
	if c.key.Equal(public) || samePoint(c.key, public) {
		return nil
	}
	return fmt.Errorf("%w: the certificate %s has a key of type %v and %d bits, the private key is of type %v and %d bits",
		ErrKeyMismatch, c.label(), c.key.Type(), c.key.Bits(), public.Type(), public.Bits())
}

// samePoint compares RSA keys without regard to their type.
func samePoint(a, b cipher.PublicKey) bool {
	x, ok := a.Std().(*rsa.PublicKey)
	return ok && x.Equal(b.Std())
}

func rsaOf(k cipher.PublicKey) *rsa.PublicKey     { return k.Std().(*rsa.PublicKey) }
func ecdsaOf(k cipher.PublicKey) *ecdsa.PublicKey { return k.Std().(*ecdsa.PublicKey) }

// MarshalPKCS8 returns the key's OneAsymmetricKey (RFC 5958), a fresh slice that the caller clears when done. Keys that are not
// in memory, in hardware for example, give an error that wraps ErrUnsupportedKey.
func MarshalPKCS8(k cipher.PrivateKey) ([]byte, error) {
	id, parameters, _, err := encodeKey(k.Public())
	if err != nil {
		return nil, err
	}
	inner, err := marshalContents(k)
	if err != nil {
		return nil, err
	}
	defer clear(inner)
	b := newBuilder()
	b.AddASN1(asn1.SEQUENCE, func(b *builder) {
		b.AddASN1Int64(0)
		addAlgorithm(b, id, parameters)
		b.AddASN1OctetString(inner)
	})
	return b.Bytes()
}

// marshalContents writes what OneAsymmetricKey holds for the key: what the parsers above take.
func marshalContents(k cipher.PrivateKey) ([]byte, error) {
	switch k := k.(type) {
	case interface{ Signer() crypto.Signer }:
		switch s := k.Signer().(type) {
		case *rsa.PrivateKey:
			return marshalPKCS1(s)
		case *ecdsa.PrivateKey:
			return marshalSEC1(s)
		case ed25519.PrivateKey:
			return marshalSeed(s.Seed())
		case *mldsa.PrivateKey:
			return marshalMLDSA(s)
		}
	case interface{ Seed() []byte }:
		return marshalSeed(k.Seed())
	case interface{ PrivateValue() []byte }:
		return marshalDSAValue(k.PrivateValue())
	}
	return nil, fmt.Errorf("%w: %T doesn't show its contents", ErrUnsupportedKey, k)
}

// marshalSeed writes CurvePrivateKey (RFC 8410, Section 7), and clears the seed.
func marshalSeed(seed []byte) ([]byte, error) {
	defer clear(seed)
	b := newBuilder()
	b.AddASN1OctetString(seed)
	return b.Bytes()
}

func marshalPKCS1(k *rsa.PrivateKey) ([]byte, error) {
	if len(k.Primes) != 2 {
		return nil, fmt.Errorf("%w: RSA with other than two primes", ErrUnsupportedKey)
	}
	k.Precompute()
	b := newBuilder()
	b.AddASN1(asn1.SEQUENCE, func(b *builder) {
		b.AddASN1Int64(0)
		for _, n := range []*big.Int{k.N, big.NewInt(int64(k.E)), k.D, k.Primes[0], k.Primes[1], k.Precomputed.Dp, k.Precomputed.Dq,
			k.Precomputed.Qinv} {
			b.AddASN1BigInt(n)
		}
	})
	return b.Bytes()
}

func marshalSEC1(k *ecdsa.PrivateKey) ([]byte, error) {
	scalar, err := k.Bytes()
	if err != nil {
		return nil, err
	}
	defer clear(scalar)
	point, err := k.PublicKey.Bytes()
	if err != nil {
		return nil, err
	}
	b := newBuilder()
	b.AddASN1(asn1.SEQUENCE, func(b *builder) {
		b.AddASN1Int64(1)
		b.AddASN1OctetString(scalar)
		b.AddASN1(tagContextConstructed(1), func(b *builder) { b.AddASN1BitString(point) })
	})
	return b.Bytes()
}
