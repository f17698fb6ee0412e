package x509lite

import (
	"golang.org/x/crypto/cryptobyte/asn1"

	"tlsengine/cipher"
)

// signatureRow is a signature algorithm whose identifier says all there is. A new one is a row here; RSA-PSS, whose
// parameters vary, is read by readPSS.
type signatureRow struct {
	id        OID
	algorithm cipher.Algorithm
	null      bool // the parameters are NULL, as RFC 4055, Section 5 wants for RSA; otherwise there are none
}

var signatureRows = [...]signatureRow{
	{"\x2a\x86\x48\xce\x3d\x04\x03\x02", cipher.Algorithm{Kind: cipher.ECDSA, Hash: cipher.SHA256}, false},
	{"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b", cipher.Algorithm{Kind: cipher.RSAPKCS1, Hash: cipher.SHA256}, true},
	{"\x2a\x86\x48\xce\x3d\x04\x03\x03", cipher.Algorithm{Kind: cipher.ECDSA, Hash: cipher.SHA384}, false},
	{"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c", cipher.Algorithm{Kind: cipher.RSAPKCS1, Hash: cipher.SHA384}, true},
	{"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d", cipher.Algorithm{Kind: cipher.RSAPKCS1, Hash: cipher.SHA512}, true},
	{oidEd25519, cipher.Algorithm{Kind: cipher.EdDSA}, false},
	{oidEd448, cipher.Algorithm{Kind: cipher.EdDSA448}, false},
	// RFC 9881, Section 2: the parameters are absent.
	{oidMLDSA44, cipher.Algorithm{Kind: cipher.PureMLDSA44}, false},
	{oidMLDSA65, cipher.Algorithm{Kind: cipher.PureMLDSA65}, false},
	{oidMLDSA87, cipher.Algorithm{Kind: cipher.PureMLDSA87}, false},
	{"\x2a\x86\x48\xce\x3d\x04\x03\x04", cipher.Algorithm{Kind: cipher.ECDSA, Hash: cipher.SHA512}, false},
	{"\x2a\x86\x48\xce\x3d\x04\x03\x01", cipher.Algorithm{Kind: cipher.ECDSA, Hash: cipher.SHA224}, false},
	{"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0e", cipher.Algorithm{Kind: cipher.RSAPKCS1, Hash: cipher.SHA224}, true},
	{"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05", cipher.Algorithm{Kind: cipher.RSAPKCS1, Hash: cipher.SHA1}, true},
	{"\x2a\x86\x48\xce\x3d\x04\x01", cipher.Algorithm{Kind: cipher.ECDSA, Hash: cipher.SHA1}, false},
	// RFC 3279, Section 2.2.2 and RFC 5758, Section 3.1: old certificates have these.
	{"\x2a\x86\x48\xce\x38\x04\x03", cipher.Algorithm{Kind: cipher.DSA, Hash: cipher.SHA1}, false},
	{"\x60\x86\x48\x01\x65\x03\x04\x03\x01", cipher.Algorithm{Kind: cipher.DSA, Hash: cipher.SHA224}, false},
	{"\x60\x86\x48\x01\x65\x03\x04\x03\x02", cipher.Algorithm{Kind: cipher.DSA, Hash: cipher.SHA256}, false},
	{"\x60\x86\x48\x01\x65\x03\x04\x03\x03", cipher.Algorithm{Kind: cipher.DSA, Hash: cipher.SHA384}, false},
	{"\x60\x86\x48\x01\x65\x03\x04\x03\x04", cipher.Algorithm{Kind: cipher.DSA, Hash: cipher.SHA512}, false},
}

// readAlgorithm takes an AlgorithmIdentifier: its OID, and its parameters as they stand (nothing if there are none).
func readAlgorithm(d *der, id *[]byte, parameters *der) bool {
	var v der
	if !readSequence(d, &v) || !readOID(&v, id) {
		return false
	}
	*parameters = v
	if v.Empty() {
		return true
	}
	var one der
	var tag asn1.Tag
	return v.ReadAnyASN1(&one, &tag) && v.Empty()
}

// signatureAlgorithm gives the algorithm of an identifier, the zero Algorithm if it or its parameters are not known here.
func signatureAlgorithm(id []byte, parameters der) cipher.Algorithm {
	for i := range signatureRows {
		r := &signatureRows[i]
		if string(r.id) != string(id) {
			continue
		}
		// Without parameters is accepted for RSA as well: RFC 4055, Section 5 wants NULL written and both understood.
		if parameters.Empty() || r.null && isNull(parameters) {
			return r.algorithm
		}
		return cipher.Algorithm{}
	}
	if string(id) == string(oidRSASSAPSS) {
		return readPSS(parameters)
	}
	return cipher.Algorithm{}
}

func isNull(d []byte) bool { return len(d) == 2 && d[0] == byte(asn1.NULL) && d[1] == 0 }

// defaultPSSSalt is how many bytes of salt parameters mean that leave the length out (RFC 4055, Section 3.1).
const defaultPSSSalt = 20

// readPSS reads RSASSA-PSS-params (RFC 4055, Section 3.1): what is left out means SHA-1, and salt of 20 bytes. The mask
// must be made with the same hash as the digest, as in TLS.
func readPSS(parameters der) cipher.Algorithm {
	var v, field der
	if !readSequence(&parameters, &v) || !parameters.Empty() {
		return cipher.Algorithm{}
	}
	hash, mask, salt := cipher.SHA1, cipher.SHA1, defaultPSSSalt
	ok := true
	if v.PeekASN1Tag(tagContextConstructed(0)) {
		ok = v.ReadASN1(&field, tagContextConstructed(0)) && readHash(&field, &hash) && field.Empty()
	}
	if ok && v.PeekASN1Tag(tagContextConstructed(1)) {
		var id []byte
		var inner der
		ok = v.ReadASN1(&field, tagContextConstructed(1)) && readAlgorithm(&field, &id, &inner) && field.Empty() &&
			OID(id) == oidMGF1 && readHash(&inner, &mask) && inner.Empty()
	}
	if ok && v.PeekASN1Tag(tagContextConstructed(2)) {
		ok = v.ReadASN1(&field, tagContextConstructed(2)) && readSmall(&field, asn1.INTEGER, &salt) && field.Empty()
	}
	if ok && v.PeekASN1Tag(tagContextConstructed(3)) {
		// RFC 4055, Section 3.1: the trailer is number 1, of which there is no other.
		var trailer int
		ok = v.ReadASN1(&field, tagContextConstructed(3)) && readSmall(&field, asn1.INTEGER, &trailer) && field.Empty() && trailer == 1
	}
	if !ok || !v.Empty() || hash != mask {
		return cipher.Algorithm{}
	}
	return cipher.Algorithm{Kind: cipher.RSAPSS, Hash: hash, SaltLen: salt}
}

// readHash takes the AlgorithmIdentifier of a hash function, with NULL or without parameters (RFC 4055, Section 2.1).
func readHash(d *der, out *cipher.Hash) bool {
	var id []byte
	var parameters der
	if !readAlgorithm(d, &id, &parameters) || !parameters.Empty() && !isNull(parameters) {
		return false
	}
	*out = hashByOID(OID(id))
	return *out != 0
}

func hashByOID(id OID) cipher.Hash {
	switch id {
	case oidSHA1:
		return cipher.SHA1
	case oidSHA224:
		return cipher.SHA224
	case oidSHA256:
		return cipher.SHA256
	case oidSHA384:
		return cipher.SHA384
	case oidSHA512:
		return cipher.SHA512
	}
	return 0
}
