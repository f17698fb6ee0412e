package x509lite

import (
	"errors"
	"fmt"

	"golang.org/x/crypto/cryptobyte/asn1"

	"tlsengine/cipher"
)

// ErrUnsupportedKey is the error, wrapped with the algorithm, for a public or private key of a kind that this package doesn't
// read. The certificate that holds it is still a certificate: it parses, and is useless for verifying.
var ErrUnsupportedKey = errors.New("x509lite: the key's algorithm is not supported")

// curveRows are the curves of keys in certificates and files. A curve is added here and in package cipher.
var curveRows = [...]struct {
	id    OID
	group cipher.GroupID
}{{oidP256, cipher.CurveP256}, {oidP384, cipher.CurveP384}, {oidP521, cipher.CurveP521}, {oidP224, cipher.CurveP224}}

func curveByOID(id []byte) cipher.GroupID {
	for _, r := range curveRows {
		if string(r.id) == string(id) {
			return r.group
		}
	}
	return 0
}

// ParsePublicKey reads a SubjectPublicKeyInfo (RFC 5280, Section 4.1.2.7). The error wraps ErrUnsupportedKey for an algorithm
// not known here, cipher.ErrBadKey for a key that is none, and is a *ParseError for bad DER. spki is not kept.
func ParsePublicKey(spki []byte) (cipher.PublicKey, error) { return parsePublicKey(spki, 0) }

// parsePublicKey is ParsePublicKey that lets defects of keys pass.
func parsePublicKey(spki []byte, allow Leniency) (cipher.PublicKey, error) {
	var id, key []byte
	var parameters der
	d := der(spki)
	if !readKeyInfo(&d, &id, &parameters, &key) || !d.Empty() {
		return nil, malformed("subjectPublicKeyInfo", "is not a SEQUENCE of an algorithm and a BIT STRING")
	}
	switch OID(id) {
	case oidRSAEncryption:
		// RFC 3279, Section 2.3.1: the parameters are NULL.
		if !isNull(parameters) && !(parameters.Empty() && allow&KeyParametersLeftOut != 0) {
			return nil, malformed("subjectPublicKeyInfo", "has RSA parameters that are not NULL")
		}
		return parseRSAKey(key, false, allow)
	case oidRSASSAPSS:
		return parsePSSKey(key, parameters, allow)
	case oidDSA:
		return parseDSAKey(key, parameters)
	case oidECPublicKey:
		var curve []byte
		if !readOID(&parameters, &curve) || !parameters.Empty() {
			return nil, malformed("subjectPublicKeyInfo", "has no named curve, which RFC 5480 requires")
		}
		group := curveByOID(curve)
		if group == 0 {
			return nil, fmt.Errorf("%w: elliptic curve %v", ErrUnsupportedKey, OID(curve))
		}
		return orNil(cipher.NewECDSAPublicKey(group, key))
	case oidEd25519:
		// RFC 8410, Section 3: no parameters.
		if !parameters.Empty() {
			return nil, malformed("subjectPublicKeyInfo", "has parameters beside an Ed25519 key")
		}
		return orNil(cipher.NewEd25519PublicKey(key))
	}
	if OID(id) == oidEd448 {
		return parseEd448Key(key, parameters)
	}
	if t := mldsaByOID(id); t != 0 {
		return parseMLDSAKey(t, key, parameters)
	}
	return nil, fmt.Errorf("%w: %v", ErrUnsupportedKey, OID(id))
}

// readKeyInfo takes a SubjectPublicKeyInfo apart.
func readKeyInfo(d *der, id *[]byte, parameters *der, key *[]byte) bool {
	var v der
	return readSequence(d, &v) && readAlgorithm(&v, id, parameters) && readOctetBits(&v, key) && v.Empty()
}

// parseRSAKey reads an RSAPublicKey (RFC 8017, Appendix A.1.1).
func parseRSAKey(key []byte, pss bool, allow Leniency) (cipher.PublicKey, error) {
	var v der
	var n, e []byte
	d := der(key)
	read := readUint
	if allow&NegativeModulus != 0 {
		read = readUnsigned
	}
	if !readSequence(&d, &v) || !d.Empty() || !read(&v, &n) || !read(&v, &e) || !v.Empty() {
		return nil, malformed("subjectPublicKeyInfo", "holds no RSAPublicKey of two positive INTEGERs")
	}
	return orNil(cipher.NewRSAPublicKey(n, e, pss))
}

// parsePSSKey reads an RSA-PSS key, with parameters or without. RFC 4055, Section 3.1: those in a key bind the hash, and are
// the least for the salt.
func parsePSSKey(key []byte, parameters der, allow Leniency) (cipher.PublicKey, error) {
	k, err := parseRSAKey(key, true, allow)
	if err != nil || parameters.Empty() {
		return k, err
	}
	a := readPSS(parameters)
	if a == (cipher.Algorithm{}) {
		return nil, fmt.Errorf("%w: RSA-PSS with parameters that are malformed, or mix hashes", ErrUnsupportedKey)
	}
	return orNil(k.(*cipher.RSAPublicKey).Restricted(a))
}

// errInherited is the error, which wraps ErrUnsupportedKey, for a DSA key that leaves its parameters to its issuer's.
var errInherited = fmt.Errorf("%w: DSA with the parameters of the issuer's key", ErrUnsupportedKey)

// parseDSAKey reads Dss-Parms and DSAPublicKey (RFC 3279, Section 2.3.2).
func parseDSAKey(key []byte, parameters der) (cipher.PublicKey, error) {
	y, ok := dsaValue(key)
	if !ok {
		return nil, malformed("subjectPublicKeyInfo", "holds no DSA public value")
	}
	if parameters.Empty() {
		return nil, errInherited
	}
	var v der
	var p, q, g []byte
	if !readSequence(&parameters, &v) || !parameters.Empty() || !readUint(&v, &p) || !readUint(&v, &q) || !readUint(&v, &g) ||
		!v.Empty() {
		return nil, malformed("subjectPublicKeyInfo", "has DSA parameters that are not three positive INTEGERs")
	}
	return orNil(cipher.NewDSAPublicKey(p, q, g, y))
}

// dsaValue reads DSAPublicKey.
func dsaValue(key []byte) (y []byte, ok bool) {
	d := der(key)
	ok = readUint(&d, &y) && d.Empty()
	return y, ok
}

// inherit gives the key of a certificate whose issuer has the key above: its own unless it leaves its parameters to the issuer's
// (RFC 5280, Section 6.1.4 (d) to (f)).
func (c *Certificate) inherit(above cipher.PublicKey) (cipher.PublicKey, error) {
	c.readKey()
	if c.keyErr != errInherited {
		return c.key, c.keyErr
	}
	from, ok := above.(*cipher.DSAPublicKey)
	if !ok {
		return nil, errInherited
	}
	var id, key []byte
	var parameters der
	d := der(c.RawSPKI())
	readKeyInfo(&d, &id, &parameters, &key)
	y, _ := dsaValue(key)
	return orNil(from.WithValue(y))
}

// orNil keeps a typed nil out of the interface.
func orNil[K cipher.PublicKey](k K, err error) (cipher.PublicKey, error) {
	if err != nil {
		return nil, err
	}
	return k, nil
}

// MarshalPublicKey returns the SubjectPublicKeyInfo of a key, a fresh slice. A key of a kind that has none gives ErrUnsupportedKey.
func MarshalPublicKey(k cipher.PublicKey) ([]byte, error) {
	id, parameters, bits, err := encodeKey(k)
	if err != nil {
		return nil, err
	}
	b := newBuilder()
	b.AddASN1(asn1.SEQUENCE, func(b *builder) {
		addAlgorithm(b, id, parameters)
		b.AddASN1BitString(bits)
	})
	return b.Bytes()
}
