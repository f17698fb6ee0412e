package x509lite

import (
	"crypto/sha256"
	"math/big"
	"sync"
	"sync/atomic"
	"time"

	"tlsengine/cipher"
)

// Certificate is an X.509 certificate whose DER was checked whole. It is immutable and may be shared between goroutines and
// connections. What path building needs is kept decoded; the rest is decoded each time it is asked for and not stored, but for
// the public key and the fingerprint, which are made once, when first asked for.
//
// Slices that the methods return are views of the one copy of the DER, to be read only, unless they say otherwise.
type Certificate struct {
	raw []byte // the only copy; everything of type span is a part of it

	tbs, serial, algorithm, issuer, subject, spki, signature  span
	extensions, unknownCritical, subjectKeyID, authorityKeyID span

	ext               [extensionCount]span // contents of the known extensions that are present
	present, critical uint16               // sets of extension

	notBefore, notAfter int64 // seconds since 1970
	signedWith          cipher.Algorithm
	keyUsage            KeyUsage
	altKinds            uint16 // set of GeneralNameKind in subjectAltName
	pathLen             int32
	version             uint8
	purposes            uint8 // set of Purpose, and anyUsage
	isCA                bool
	tolerated           Leniency

	keyOnce sync.Once
	key     cipher.PublicKey
	keyErr  error

	fingerprintOnce sync.Once
	fingerprint     [sha256.Size]byte

	selfIssued atomic.Int32 // 0 until asked, then selfIssuedNo or selfIssuedYes
	known      atomic.Pointer[identity]
}

// Raw returns the whole DER encoding.
func (c *Certificate) Raw() []byte { return c.raw }

// RawTBS returns the element that is signed, tbsCertificate.
func (c *Certificate) RawTBS() []byte { return c.tbs.of(c.raw) }

// RawSubject returns the element of the subject's name.
func (c *Certificate) RawSubject() []byte { return c.subject.of(c.raw) }

// RawIssuer returns the element of the issuer's name.
func (c *Certificate) RawIssuer() []byte { return c.issuer.of(c.raw) }

// RawSPKI returns the element subjectPublicKeyInfo: what is hashed for pinning.
func (c *Certificate) RawSPKI() []byte { return c.spki.of(c.raw) }

// RawSignature returns the signature's bytes.
func (c *Certificate) RawSignature() []byte { return c.signature.of(c.raw) }

// RawSignatureAlgorithm returns the element AlgorithmIdentifier of the signature.
func (c *Certificate) RawSignatureAlgorithm() []byte { return c.algorithm.of(c.raw) }

// Version returns 1, 2 or 3.
func (c *Certificate) Version() int { return int(c.version) }

// SerialNumber returns the serial number, a fresh value.
func (c *Certificate) SerialNumber() *big.Int { return integer(c.RawSerial()) }

// RawSerial returns the contents of the serial number's INTEGER: what identifies it in a CRL, sign included.
func (c *Certificate) RawSerial() []byte { return c.serial.of(c.raw) }

// Subject returns the subject's name.
func (c *Certificate) Subject() Name { return Name{c.RawSubject()} }

// Issuer returns the issuer's name.
func (c *Certificate) Issuer() Name { return Name{c.RawIssuer()} }

// NotBefore returns the first second of the validity, in UTC.
func (c *Certificate) NotBefore() time.Time { return time.Unix(c.notBefore, 0).UTC() }

// NotAfter returns the last second of the validity, in UTC.
func (c *Certificate) NotAfter() time.Time { return time.Unix(c.notAfter, 0).UTC() }

// PublicKey returns the subject's key, nil if it can't be used; PublicKeyError then says why.
func (c *Certificate) PublicKey() cipher.PublicKey {
	c.readKey()
	return c.key
}

// PublicKeyError returns nil, or why the certificate has no PublicKey: see ParsePublicKey.
func (c *Certificate) PublicKeyError() error {
	c.readKey()
	return c.keyErr
}

func (c *Certificate) readKey() {
	c.keyOnce.Do(func() { c.key, c.keyErr = parsePublicKey(c.RawSPKI(), c.tolerated) })
}

// SignatureAlgorithm returns the algorithm of the signature, the zero Algorithm if it is not known here.
func (c *Certificate) SignatureAlgorithm() cipher.Algorithm { return c.signedWith }

// IsCA reports whether basicConstraints is there and says cA.
func (c *Certificate) IsCA() bool { return c.isCA }

// HasBasicConstraints reports whether basicConstraints is there.
func (c *Certificate) HasBasicConstraints() bool { return c.has(extBasicConstraints) }

// MaxPathLen returns how many certificates that are not self-issued may stand between this one and the leaf; ok is false if
// there is no bound.
func (c *Certificate) MaxPathLen() (n int, ok bool) {
	if !c.has(extBasicConstraints) || c.pathLen == noPathLen {
		return 0, false
	}
	return int(c.pathLen), true
}

// KeyUsage returns the set of uses; ok is false if the certificate doesn't restrict them.
func (c *Certificate) KeyUsage() (uses KeyUsage, ok bool) { return c.keyUsage, c.has(extKeyUsage) }

// AllowsUsage reports whether the key may be used in all of these ways: keyUsage is absent or has them.
func (c *Certificate) AllowsUsage(uses KeyUsage) bool {
	return !c.has(extKeyUsage) || c.keyUsage&uses == uses
}

// ExtKeyUsage returns the purposes of extKeyUsage in a fresh slice, nil if the certificate doesn't restrict them.
func (c *Certificate) ExtKeyUsage() []OID {
	if !c.has(extExtKeyUsage) {
		return nil
	}
	var ids []OID
	d := der(c.ext[extExtKeyUsage].of(c.raw))
	var list der
	for readSequence(&d, &list); !list.Empty(); {
		var id []byte
		if !readOID(&list, &id) {
			break
		}
		ids = append(ids, OID(id))
	}
	return ids
}

// Allows reports whether extKeyUsage is absent or has the purpose or anyExtendedKeyUsage.
func (c *Certificate) Allows(p Purpose) bool {
	return p == AnyPurpose || !c.has(extExtKeyUsage) || c.purposes&(1<<p|1<<anyUsage) != 0
}

// SubjectKeyID returns the key identifier of the subject's key, nil if there is none.
func (c *Certificate) SubjectKeyID() []byte { return c.optional(c.subjectKeyID) }

// AuthorityKeyID returns the key identifier of the issuer's key, nil if there is none.
func (c *Certificate) AuthorityKeyID() []byte { return c.optional(c.authorityKeyID) }

func (c *Certificate) optional(s span) []byte {
	if s.n == 0 {
		return nil
	}
	return s.of(c.raw)
}

// Fingerprint returns the SHA-256 of the DER.
func (c *Certificate) Fingerprint() [sha256.Size]byte {
	c.fingerprintOnce.Do(func() { c.fingerprint = sha256.Sum256(c.raw) })
	return c.fingerprint
}

// Equal reports whether the two are the same bytes.
func (c *Certificate) Equal(o *Certificate) bool {
	return c == o || o != nil && string(c.raw) == string(o.raw)
}

const (
	selfIssuedNo = iota + 1
	selfIssuedYes
)

// SelfIssued reports whether subject and issuer are the same name (RFC 5280, Section 3.2). The names are compared once.
func (c *Certificate) SelfIssued() bool {
	known := c.selfIssued.Load()
	if known == 0 {
		known = selfIssuedNo
		if c.Subject().Equal(c.Issuer()) {
			known = selfIssuedYes
		}
		c.selfIssued.Store(known)
	}
	return known == selfIssuedYes
}

// CheckSignature checks that the issuer's key made the certificate's signature; nothing else is looked at. Errors:
// cipher.ErrBadSignature, cipher.ErrWrongKey, ErrUnsupportedKey or cipher.ErrBadKey (wrapped), ErrUnsupportedAlgorithm.
func (c *Certificate) CheckSignature(issuer *Certificate) error {
	if err := issuer.PublicKeyError(); err != nil {
		return err
	}
	if c.signedWith == (cipher.Algorithm{}) {
		return ErrUnsupportedAlgorithm
	}
	return cipher.VerifySignature(c.signedWith, issuer.key, c.RawTBS(), c.RawSignature())
}

// label names the certificate in messages: its common name or, without one, its first DNS name or whole subject.
func (c *Certificate) label() string {
	name := Name{c.RawSubject()}
	if cn := name.CommonName(); cn != "" {
		return quote(cn)
	}
	for n := range c.SubjectAltNames() {
		if n.Kind == DNSName {
			return quote(string(n.Value))
		}
	}
	return quote(name.String())
}
