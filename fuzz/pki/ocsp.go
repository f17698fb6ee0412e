package pki

import (
	"math/big"
	"time"

	encoding "encoding/asn1"
	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"tlsengine/cipher"
	"tlsengine/x509lite"
)

// Status is what a Staple says about a certificate (RFC 6960, Section 4.2.1): an OCSP CertStatus by the number of its tag.
type Status uint8

// The statuses.
const (
	Good Status = iota
	Revoked
	Unknown
)

// Staple returns the root's OCSP response about a certificate that it issued, made at a time and good for a week.
func (p *PKI) Staple(about *x509lite.Certificate, status Status, at time.Time) []byte {
	var data, response, whole cryptobyte.Builder
	data.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(context(1), func(b *cryptobyte.Builder) { b.AddBytes(p.Root.RawSubject()) })
		b.AddASN1GeneralizedTime(at)
		b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) { p.addAnswer(b, about, status, at) })
		})
	})
	tbs := data.BytesOrPanic()
	signature := must(p.rootKey.Sign(cipher.ECDSAP256SHA256, tbs, make([]byte, cipher.SignSeedSize)))
	response.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddBytes(tbs)
		b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(encoding.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}) // ecdsa-with-SHA256
		})
		b.AddASN1BitString(signature)
	})
	whole.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1Enum(0) // successful
		b.AddASN1(context(0), func(b *cryptobyte.Builder) {
			b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
				b.AddASN1ObjectIdentifier(encoding.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 1}) // id-pkix-ocsp-basic
				b.AddASN1OctetString(response.BytesOrPanic())
			})
		})
	})
	return whole.BytesOrPanic()
}

// addAnswer writes the contents of a SingleResponse.
func (p *PKI) addAnswer(b *cryptobyte.Builder, about *x509lite.Certificate, status Status, at time.Time) {
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddASN1ObjectIdentifier(encoding.ObjectIdentifier{1, 3, 14, 3, 2, 26}) // SHA-1
			b.AddASN1NULL()
		})
		b.AddASN1OctetString(cipher.SHA1.Sum(nil, p.Root.RawSubject()))
		b.AddASN1OctetString(cipher.SHA1.Sum(nil, publicKeyBits(p.Root)))
		b.AddASN1BigInt(new(big.Int).SetBytes(about.RawSerial()))
	})
	switch status {
	case Revoked:
		b.AddASN1(context(1), func(b *cryptobyte.Builder) { b.AddASN1GeneralizedTime(at) })
	default:
		b.AddASN1(asn1.Tag(status).ContextSpecific(), func(*cryptobyte.Builder) {})
	}
	b.AddASN1GeneralizedTime(at)
	b.AddASN1(context(0), func(b *cryptobyte.Builder) { b.AddASN1GeneralizedTime(at.AddDate(0, 0, 7)) })
}

// context is the tag [n] of a constructed value.
func context(n uint8) asn1.Tag { return asn1.Tag(n).ContextSpecific().Constructed() }

// publicKeyBits returns the contents of the BIT STRING subjectPublicKey.
func publicKeyBits(c *x509lite.Certificate) []byte {
	info, rest := cryptobyte.String(c.RawSPKI()), cryptobyte.String(nil)
	var bits []byte
	if !info.ReadASN1(&rest, asn1.SEQUENCE) || !rest.SkipASN1(asn1.SEQUENCE) || !rest.ReadASN1BitStringAsBytes(&bits) {
		panic("pki: a certificate of our own has no public key")
	}
	return bits
}
