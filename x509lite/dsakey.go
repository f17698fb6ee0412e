package x509lite

import (
	"math/big"

	"golang.org/x/crypto/cryptobyte/asn1"

	"tlsengine/cipher"
)

// encodeDSA gives a DSA key as RFC 3279, Section 2.3.2 has it, with its parameters.
func encodeDSA(k *cipher.DSAPublicKey) (id OID, parameters string, bits []byte, err error) {
	p, q, g, y := k.Numbers()
	list, value := newBuilder(), newBuilder()
	list.AddASN1(asn1.SEQUENCE, func(b *builder) {
		for _, n := range []*big.Int{p, q, g} {
			b.AddASN1BigInt(n)
		}
	})
	value.AddASN1BigInt(y)
	bits, err = value.Bytes()
	return oidDSA, string(list.BytesOrPanic()), bits, err
}

// parseDSAPrivateKey reads what PKCS #8 holds for DSA: the private value, an INTEGER, under the domain parameters of RFC 3279,
// Section 2.3.2.
func parseDSAPrivateKey(inner, parameters der) (cipher.PrivateKey, error) {
	var v der
	var p, q, g, x []byte
	if !readSequence(&parameters, &v) || !parameters.Empty() ||
		!readUint(&v, &p) || !readUint(&v, &q) || !readUint(&v, &g) || !v.Empty() ||
		!readUint(&inner, &x) || !inner.Empty() {
		return nil, malformed("private key", "is not a DSA key: three positive INTEGERs as parameters, one as the key")
	}
	return cipher.NewDSAPrivateKey(p, q, g, x)
}

// marshalDSAValue writes the private value, big-endian, as parseDSAPrivateKey reads it, and clears it.
func marshalDSAValue(x []byte) ([]byte, error) {
	defer clear(x)
	b := newBuilder()
	addUnsigned(b, x)
	return b.Bytes()
}
