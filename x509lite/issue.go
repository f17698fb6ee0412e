package x509lite

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
	"net/netip"
	"time"

	"golang.org/x/crypto/cryptobyte/asn1"

	"tlsengine/cipher"
)

// Template says what a certificate to be issued shall hold; Sign only reads it. Sign fills in what RFC 5280 wants besides: version
// 3, key identifiers, and which extensions are critical.
type Template struct {
	Subject Name // see NewName and Subject; may be empty for a leaf, subjectAltName is then critical

	DNSNames []string // A-labels
	IPs      []netip.Addr
	Emails   []string
	URIs     []string

	NotBefore, NotAfter time.Time // both within the validity; fractions of a second are cut off

	IsCA       bool
	MaxPathLen *int // with IsCA: how many CAs may follow; nil for any number

	KeyUsage    KeyUsage // 0: for a CA KeyCertSign and CRLSign, for a leaf DigitalSignature
	ExtKeyUsage []OID    // for example UsageServerAuth; nil: for a CA none, for a leaf serverAuth and clientAuth

	// Serial is the serial number, positive and of at most 20 bytes. nil: the first 16 bytes of a hash of key, subject, names and
	// times, so that certificates that differ have different ones.
	Serial *big.Int

	// Extra are extensions added as they stand.
	Extra []Extension

	// Algorithm signs; zero: the one that fits the issuer's key best.
	Algorithm cipher.Algorithm
}

// Key purposes for Template.ExtKeyUsage.
const (
	UsageAny             = oidAnyUsage
	UsageServerAuth      = oidServerAuth
	UsageClientAuth      = oidClientAuth
	UsageCodeSigning     = oidCodeSigning
	UsageEmailProtection = oidEmailProtection
	UsageTimeStamping    = oidTimeStamping
	UsageOCSPSigning     = oidOCSPSigning
)

// NewName returns a name of one common name and, if not empty, one organization.
func NewName(commonName, organization string) Name {
	b := newBuilder()
	b.AddASN1(asn1.SEQUENCE, func(b *builder) {
		if organization != "" {
			addAttribute(b, oidOrganization, organization)
		}
		if commonName != "" {
			addAttribute(b, oidCommonName, commonName)
		}
	})
	return Name{b.BytesOrPanic()} // only names of gigabytes fail
}

// addAttribute writes an RDN of one attribute. RFC 5280, Section 4.1.2.4: UTF8String.
func addAttribute(b *builder, id OID, value string) { addTypedAttribute(b, id, asn1.UTF8String, value) }

// ErrTemplate is the error, wrapped with more, for a Template, CRLTemplate or Subject that nothing valid can be made of.
var ErrTemplate = errors.New("x509lite: the template makes nothing valid")

// Sign issues a certificate for public and returns its DER, a fresh slice. issuer is the issuer's certificate, nil for a
// self-signed one, whose key public then must be; key is the issuer's private key. seed is for cipher.PrivateKey: nil for
// crypto/rand, otherwise the certificate is a function of the arguments. Errors, wrapped: ErrTemplate, those of
// Certificate.CheckKey, ErrUnsupportedKey, ErrUnsupportedAlgorithm, and those of the key.
func (t *Template) Sign(issuer *Certificate, public cipher.PublicKey, key cipher.PrivateKey, seed []byte) ([]byte, error) {
	if err := t.check(issuer, public, key); err != nil {
		return nil, err
	}
	spki, err := MarshalPublicKey(public)
	if err != nil {
		return nil, err
	}
	algorithm := t.Algorithm
	if algorithm == (cipher.Algorithm{}) {
		algorithm = DefaultAlgorithm(key.Public())
	}
	identifier, err := marshalAlgorithm(algorithm)
	if err != nil {
		return nil, err
	}
	tbs, err := t.marshalTBS(issuer, spki, identifier)
	if err != nil {
		return nil, err
	}
	signature, err := key.SignAlgorithm(algorithm, tbs, seed)
	if err != nil {
		return nil, err
	}
	b := newBuilder()
	b.AddASN1(asn1.SEQUENCE, func(b *builder) {
		b.AddBytes(tbs)
		b.AddBytes(identifier)
		b.AddASN1BitString(signature)
	})
	return b.Bytes()
}

// check refuses what RFC 5280 forbids and what would not verify.
func (t *Template) check(issuer *Certificate, public cipher.PublicKey, key cipher.PrivateKey) error {
	fail := func(format string, args ...any) error {
		return fmt.Errorf("%w: "+format, append([]any{ErrTemplate}, args...)...)
	}
	switch {
	case public == nil || key == nil:
		return fail("the subject's public and the issuer's private key are needed")
	case issuer == nil && !public.Equal(key.Public()):
		return fail("a self-signed certificate is for the public half of the key that signs")
	case issuer != nil:
		if err := issuer.CheckKey(key); err != nil {
			return err
		}
	}
	switch {
	case !t.NotBefore.Before(t.NotAfter):
		return fail("it ends (%v) before it begins (%v)", t.NotAfter, t.NotBefore)
	case t.Subject.Empty() && (t.IsCA || !t.hasAltNames()):
		// RFC 5280, Sections 4.1.2.6 and 4.2.1.6.
		return fail("a CA needs a subject, a leaf a subject or another name")
	case t.Serial != nil && (t.Serial.Sign() <= 0 || t.Serial.BitLen() > 159):
		// RFC 5280, Section 4.1.2.2.
		return fail("the serial number is not positive or longer than 20 bytes")
	case t.MaxPathLen != nil && (!t.IsCA || *t.MaxPathLen < 0):
		return fail("a path length is for CAs, and not negative")
	}
	for _, names := range [][]string{t.DNSNames, t.Emails, t.URIs} {
		for _, n := range names {
			if n == "" || !ascii([]byte(n)) {
				return fail("the name %q is empty or not ASCII: give A-labels", n)
			}
		}
	}
	for _, a := range t.IPs {
		if !a.IsValid() {
			return fail("one of the IP addresses is the zero netip.Addr, which is none")
		}
	}
	for _, n := range t.URIs {
		if !(GeneralName{URIName, []byte(n)}).wellFormed() {
			return fail("the URI %q has no scheme", n)
		}
	}
	return nil
}

func (t *Template) hasAltNames() bool {
	return len(t.DNSNames)+len(t.IPs)+len(t.Emails)+len(t.URIs) > 0
}

// DefaultAlgorithm returns the algorithm that fits a key best: ECDSA with the hash of the curve's size, RSA with SHA-256 (PSS
// only for keys that allow nothing else, with the hash that they name), Ed25519, ML-DSA.
func DefaultAlgorithm(k cipher.PublicKey) cipher.Algorithm {
	switch k.Type() {
	case cipher.KeyECDSA:
		switch k.Curve() {
		case cipher.CurveP384:
			return cipher.Algorithm{Kind: cipher.ECDSA, Hash: cipher.SHA384}
		case cipher.CurveP521:
			return cipher.Algorithm{Kind: cipher.ECDSA, Hash: cipher.SHA512}
		}
		return cipher.Algorithm{Kind: cipher.ECDSA, Hash: cipher.SHA256}
	case cipher.KeyEd25519:
		return cipher.Algorithm{Kind: cipher.EdDSA}
	case cipher.KeyEd448:
		return cipher.Algorithm{Kind: cipher.EdDSA448}
	case cipher.KeyDSA:
		return cipher.Algorithm{Kind: cipher.DSA, Hash: cipher.SHA256}
	case cipher.KeyRSAPSS:
		return defaultPSS(k.(*cipher.RSAPublicKey).Restriction())
	}
	for _, r := range mldsaRows {
		if r.key == k.Type() {
			return r.sign
		}
	}
	return cipher.Algorithm{Kind: cipher.RSAPKCS1, Hash: cipher.SHA256}
}

// defaultPSS is what a key that is bound to only's hash and least salt signs with: salt as long as the hash, as in TLS, if it
// may.
func defaultPSS(only cipher.Algorithm) cipher.Algorithm {
	hash := cipher.SHA256
	if only.Hash != 0 {
		hash = only.Hash
	}
	return cipher.Algorithm{Kind: cipher.RSAPSS, Hash: hash, SaltLen: max(hash.Size(), only.SaltLen)}
}

// marshalAlgorithm writes the AlgorithmIdentifier of a signature.
func marshalAlgorithm(a cipher.Algorithm) ([]byte, error) {
	b := newBuilder()
	if a.Kind == cipher.RSAPSS {
		addPSS(b, a)
		return b.Bytes()
	}
	for i := range signatureRows {
		if r := &signatureRows[i]; r.algorithm == a {
			parameters := ""
			if r.null {
				parameters = derNull
			}
			addAlgorithm(b, r.id, parameters)
			return b.Bytes()
		}
	}
	return nil, fmt.Errorf("%w: %v", ErrUnsupportedAlgorithm, a)
}

// addPSS writes RSASSA-PSS with its parameters (RFC 4055, Section 3.1).
func addPSS(b *builder, a cipher.Algorithm) {
	b.AddASN1(asn1.SEQUENCE, func(b *builder) {
		addOID(b, oidRSASSAPSS)
		addPSSParameters(b, a)
	})
}

// addPSSParameters writes RSASSA-PSS-params, whose defaults, SHA-1 and 20 bytes of salt, are left out (X.690, Section 11.5).
func addPSSParameters(b *builder, a cipher.Algorithm) {
	var hash OID
	for _, id := range []OID{oidSHA224, oidSHA256, oidSHA384, oidSHA512} {
		if hashByOID(id) == a.Hash {
			hash = id
		}
	}
	b.AddASN1(asn1.SEQUENCE, func(b *builder) {
		if hash != "" {
			b.AddASN1(tagContextConstructed(0), func(b *builder) { addAlgorithm(b, hash, derNull) })
			b.AddASN1(tagContextConstructed(1), func(b *builder) {
				b.AddASN1(asn1.SEQUENCE, func(b *builder) {
					addOID(b, oidMGF1)
					addAlgorithm(b, hash, derNull)
				})
			})
		}
		if a.SaltLen != defaultPSSSalt {
			b.AddASN1(tagContextConstructed(2), func(b *builder) { b.AddASN1Int64(int64(a.SaltLen)) })
		}
	})
}

// marshalTBS writes tbsCertificate (RFC 5280, Section 4.1.2).
func (t *Template) marshalTBS(issuer *Certificate, spki, algorithm []byte) ([]byte, error) {
	subject := t.Subject.der
	if len(subject) == 0 {
		subject = []byte{byte(asn1.SEQUENCE), 0}
	}
	issuerName, authority := subject, keyID(spki)
	if issuer != nil {
		issuerName, authority = issuer.RawSubject(), issuer.SubjectKeyID()
		if authority == nil {
			authority = keyID(issuer.RawSPKI())
		}
	}
	extensions, err := t.marshalExtensions(spki, authority)
	if err != nil {
		return nil, err
	}
	serial := t.Serial
	if serial == nil {
		serial = t.derivedSerial(spki, subject, extensions)
	}
	b := newBuilder()
	b.AddASN1(asn1.SEQUENCE, func(b *builder) {
		b.AddASN1(tagContextConstructed(0), func(b *builder) { b.AddASN1Int64(2) })
		b.AddASN1BigInt(serial)
		b.AddBytes(algorithm)
		b.AddBytes(issuerName)
		b.AddASN1(asn1.SEQUENCE, func(b *builder) {
			addTime(b, t.NotBefore)
			addTime(b, t.NotAfter)
		})
		b.AddBytes(subject)
		b.AddBytes(spki)
		b.AddASN1(tagContextConstructed(3), func(b *builder) { b.AddBytes(extensions) })
	})
	return b.Bytes()
}

// derivedSerial hashes what distinguishes certificates of an issuer. The top bits are set so that it is positive and not short.
func (t *Template) derivedSerial(spki, subject, extensions []byte) *big.Int {
	h := sha256.New()
	for _, part := range [][]byte{spki, subject, extensions} {
		h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(part))))
		h.Write(part)
	}
	times := binary.BigEndian.AppendUint64(nil, uint64(t.NotBefore.Unix()))
	h.Write(binary.BigEndian.AppendUint64(times, uint64(t.NotAfter.Unix())))
	sum := h.Sum(nil)[:16]
	sum[0] = sum[0]&0x3f | 0x40
	return new(big.Int).SetBytes(sum)
}

// keyID is RFC 7093, Section 2, method 1: the first 20 bytes of the SHA-256 of the key's bits.
func keyID(spki []byte) []byte {
	var id, key []byte
	var parameters der
	d := der(spki)
	readKeyInfo(&d, &id, &parameters, &key)
	sum := sha256.Sum256(key)
	return sum[:20]
}
