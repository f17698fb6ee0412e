package x509lite

import "tlsengine/cipher"

// parseDSAPrivateKey reads what PKCS #8 holds for DSA: the private value, an INTEGER, under the
// domain parameters of RFC 3279, Section 2.3.2.
func parseDSAPrivateKey(inner, parameters der) (cipher.PrivateKey, error) {
	var v der
	var p, q, g, x []byte
	if !readSequence(&parameters, &v) || !parameters.Empty() || !readUint(&v, &p) || !readUint(&v, &q) || !readUint(&v, &g) || !v.Empty() ||
		!readUint(&inner, &x) || !inner.Empty() {
		return nil, malformed("private key", "is not a DSA key: three positive INTEGERs as parameters, one as the key")
	}
	return cipher.NewDSAPrivateKey(p, q, g, x)
}
