package x509lite

import (
	"bytes"
	"time"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"tlsengine/cipher"
)

// builder writes DER.
type builder = cryptobyte.Builder

func newBuilder() *builder { return cryptobyte.NewBuilder(nil) }

// derNull is the encoding of NULL.
const derNull = "\x05\x00"

func addOID(b *builder, id OID) {
	b.AddASN1(asn1.OBJECT_IDENTIFIER, func(b *builder) { b.AddBytes([]byte(id)) })
}

// addAlgorithm writes an AlgorithmIdentifier; parameters is their encoding, "" for none.
func addAlgorithm(b *builder, id OID, parameters string) {
	b.AddASN1(asn1.SEQUENCE, func(b *builder) {
		addOID(b, id)
		b.AddBytes([]byte(parameters))
	})
}

// addTime writes a time as RFC 5280, Section 4.1.2.5 wants it: UTCTime through 2049, GeneralizedTime from 2050 on.
func addTime(b *builder, t time.Time) {
	if t = t.UTC(); t.Year() >= 1950 && t.Year() < 2050 {
		b.AddASN1UTCTime(t)
	} else {
		b.AddASN1GeneralizedTime(t)
	}
}

// addBits writes a BIT STRING whose bits have names: without trailing zeros (X.690, Section 11.2.2).
func addBits(b *builder, bits uint16) {
	b.AddASN1(asn1.BIT_STRING, func(b *builder) {
		var v [2]byte
		last := -1
		for i := range 16 {
			if bits&(1<<i) != 0 {
				v[i/8] |= 0x80 >> (i % 8)
				last = i
			}
		}
		if last < 0 {
			b.AddUint8(0)
			return
		}
		b.AddUint8(uint8(7 - last%8))
		b.AddBytes(v[:last/8+1])
	})
}

// addUnsigned writes a big-endian number, which is not 0, as an INTEGER.
func addUnsigned(b *builder, magnitude []byte) {
	b.AddASN1(asn1.INTEGER, func(b *builder) {
		magnitude := bytes.TrimLeft(magnitude, "\x00")
		if magnitude[0]&0x80 != 0 {
			b.AddUint8(0)
		}
		b.AddBytes(magnitude)
	})
}

// encodeKey gives the parts of a key's SubjectPublicKeyInfo.
func encodeKey(k cipher.PublicKey) (id OID, parameters string, bits []byte, err error) {
	switch k := k.(type) {
	case *cipher.RSAPublicKey:
		b := newBuilder()
		std := rsaOf(k)
		b.AddASN1(asn1.SEQUENCE, func(b *builder) {
			b.AddASN1BigInt(std.N)
			b.AddASN1Int64(int64(std.E))
		})
		bits, err = b.Bytes()
		if k.Type() == cipher.KeyRSAPSS {
			return oidRSASSAPSS, pssRestriction(k.Restriction()), bits, err
		}
		return oidRSAEncryption, derNull, bits, err
	case *cipher.ECDSAPublicKey:
		if parameters, err = curveParameters(k.Curve()); err != nil {
			return "", "", nil, err
		}
		bits, err = ecdsaOf(k).Bytes()
		return oidECPublicKey, parameters, bits, err
	case cipher.Ed25519PublicKey:
		return oidEd25519, "", append([]byte(nil), k[:]...), nil
	case cipher.Ed448PublicKey:
		return oidEd448, "", append([]byte(nil), k[:]...), nil
	case *cipher.DSAPublicKey:
		return encodeDSA(k)
	case *cipher.MLDSAPublicKey:
		for _, r := range mldsaRows {
			if r.key == k.Type() {
				return r.id, "", k.Bytes(), nil
			}
		}
	}
	return "", "", nil, ErrUnsupportedKey
}

// pssRestriction gives the parameters of a key of RSASSA-PSS, none if it isn't bound.
func pssRestriction(only cipher.Algorithm) string {
	if only == (cipher.Algorithm{}) {
		return ""
	}
	b := newBuilder()
	addPSSParameters(b, only)
	return string(b.BytesOrPanic())
}

// curveParameters gives the ECParameters of a named curve (RFC 5480, Section 2.1.1).
func curveParameters(curve cipher.GroupID) (string, error) {
	for _, r := range curveRows {
		if r.group == curve {
			return "\x06" + string(rune(len(r.id))) + string(r.id), nil
		}
	}
	return "", ErrUnsupportedKey
}
