package x509lite

import (
	"bytes"
	"fmt"
	"iter"
	"math/big"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/cryptobyte/asn1"

	"tlsengine/cipher"
)

// CRL is a certificate revocation list (RFC 5280, Section 5) whose DER was checked whole. It is immutable and may be shared
// between goroutines. Its entries are decoded when they are looked at; an index of them is made at the first search and kept,
// 16 bytes for an entry.
type CRL struct {
	raw []byte // the only copy; everything of type span is a part of it

	tbs, algorithm, issuer, entries, extensions, signature span
	number, base, authorityKeyID, unknownCritical          span // contents; empty if absent

	thisUpdate, nextUpdate int64 // seconds since 1970
	hasNext                bool
	version                uint8
	signedWith             cipher.Algorithm
	count                  int
	scope                  crlScope

	indexOnce sync.Once
	index     crlIndex

	formOnce sync.Once
	broken   *crlRule // the first rule about form that the list breaks

	// signer is what signerKey gives for the key that was last found to have signed the list, so that it is computed once.
	signer atomic.Pointer[[32]byte]
}

// crlScope is issuingDistributionPoint (RFC 5280, Section 5.2.5): which certificates of which issuers the list speaks of.
type crlScope struct {
	raw                           span // the extension's contents; empty if there is none
	name                          pointName
	users, cas, attributes, other bool // onlyContains...; other: indirectCRL
	reasons                       reasonSet
}

// maxCRL bounds the length in bytes.
const maxCRL = 1<<28 - 1

// ParseCRL checks the DER of a certificate revocation list and returns it. encoding is copied. The error is a *ParseError.
func ParseCRL(encoding []byte) (*CRL, error) {
	if len(encoding) > maxCRL {
		return nil, malformed("certificateList", "is longer than 256 MB")
	}
	d := der(encoding)
	if !d.SkipASN1(asn1.SEQUENCE) || !d.Empty() {
		return nil, malformed("certificateList", "is not one SEQUENCE in DER with nothing behind it")
	}
	return parseOwnedCRL(bytes.Clone(encoding))
}

// parseOwnedCRL is ParseCRL for bytes that nobody else will change.
func parseOwnedCRL(raw []byte) (*CRL, error) {
	l := &CRL{raw: raw, version: 1, scope: crlScope{reasons: allReasons}}
	d := der(raw)
	var outer, tbs, algorithm der
	var signature []byte
	if len(raw) > maxCRL || !readSequence(&d, &outer) || !d.Empty() {
		return nil, malformed("certificateList", "is not one SEQUENCE in DER with nothing behind it")
	}
	if !outer.ReadASN1Element(&tbs, asn1.SEQUENCE) || !outer.ReadASN1Element(&algorithm, asn1.SEQUENCE) ||
		!readOctetBits(&outer, &signature) || !outer.Empty() {
		return nil, malformed("certificateList", "is not of tbsCertList, signatureAlgorithm and signatureValue")
	}
	l.tbs, l.algorithm, l.signature = spanOf(raw, tbs), spanOf(raw, algorithm), spanOf(raw, signature)
	var id []byte
	var parameters der
	a := algorithm
	if !readAlgorithm(&a, &id, &parameters) {
		return nil, malformed("signatureAlgorithm", "is not an OID with at most one parameter")
	}
	l.signedWith = signatureAlgorithm(id, parameters)
	if err := l.parseTBS(tbs, algorithm); err != nil {
		return nil, err
	}
	return l, nil
}

// parseTBS reads tbsCertList, field after field (RFC 5280, Section 5.1.2).
func (l *CRL) parseTBS(element, outerAlgorithm der) error {
	var v, algorithm, issuer der
	readSequence(&element, &v)
	if v.PeekASN1Tag(asn1.INTEGER) {
		n := 0
		// RFC 5280, Section 5.1.2.1: version 2 if it is given.
		if !readSmall(&v, asn1.INTEGER, &n) || n != 1 {
			return malformed("version", "is not v2 (v1 is not written)")
		}
		l.version = 2
	}
	// RFC 5280, Section 5.1.1.2: the algorithm inside the signed part is the same as outside.
	if !v.ReadASN1Element(&algorithm, asn1.SEQUENCE) || !bytes.Equal(algorithm, outerAlgorithm) {
		return malformed("signature", "names another algorithm than signatureAlgorithm")
	}
	// RFC 5280, Section 5.1.2.3: the issuer has a name.
	if !v.ReadASN1Element(&issuer, asn1.SEQUENCE) || !checkName(issuer) || len(issuer) <= 2 {
		return malformed("issuer", "is not a well-formed name, or empty")
	}
	l.issuer = spanOf(l.raw, issuer)
	if !readTime(&v, &l.thisUpdate) {
		return malformed("thisUpdate", "is not a time of the form YYMMDDhhmmssZ or YYYYMMDDhhmmssZ")
	}
	if l.hasNext = v.PeekASN1Tag(asn1.UTCTime) || v.PeekASN1Tag(asn1.GeneralizedTime); l.hasNext && !readTime(&v, &l.nextUpdate) {
		return malformed("nextUpdate", "is not a time of the form YYMMDDhhmmssZ or YYYYMMDDhhmmssZ")
	}
	if v.PeekASN1Tag(asn1.SEQUENCE) {
		var list der
		if !readSequence(&v, &list) {
			return malformed("revokedCertificates", "is not a SEQUENCE")
		}
		l.entries = spanOf(l.raw, list)
	}
	if err := l.parseTail(&v); err != nil {
		return err
	}
	return l.checkEntries()
}

// parseTail reads the extensions, and that nothing follows.
func (l *CRL) parseTail(v *der) error {
	if v.PeekASN1Tag(tagContextConstructed(0)) {
		var field, list der
		// RFC 5280, Section 5.1.2.7: only in version 2.
		if l.version < 2 || !v.ReadASN1(&field, tagContextConstructed(0)) || !readSequence(&field, &list) || !field.Empty() ||
			list.Empty() {
			return malformed("crlExtensions", "are malformed, or in a list of version 1")
		}
		l.extensions = spanOf(l.raw, list)
		if err := l.parseExtensions(list); err != nil {
			return err
		}
	}
	if !v.Empty() {
		return malformed("tbsCertList", "has something behind its last field")
	}
	return nil
}

func (l *CRL) parseExtensions(list der) error {
	count := 0
	for d := list; !d.Empty(); count++ {
		before := list[:len(list)-len(d)]
		var id []byte
		var critical bool
		var value der
		if !readExtension(&d, &id, &critical, &value) || count >= maxExtensions {
			return malformed("crlExtensions", "are not each an OID, a flag and an OCTET STRING, or more than 128")
		}
		// RFC 5280, Section 4.2: no extension twice.
		if occurs(before, id) {
			return malformed("extension "+OID(id).String(), "is there twice")
		}
		if known, ok := l.parseExtension(OID(id), value); !ok {
			return malformed("extension "+OID(id).String(), "is malformed")
		} else if !known && critical && l.unknownCritical.n == 0 {
			l.unknownCritical = spanOf(l.raw, id)
		}
	}
	return nil
}

// parseExtension reads one extension of RFC 5280, Section 5.2. known: what it demands is done when certificates are checked.
func (l *CRL) parseExtension(id OID, value der) (known, ok bool) {
	var contents der
	switch id {
	case oidCRLNumber, oidDeltaCRL:
		// RFC 5280, Section 5.2.3: not negative.
		ok = value.ReadASN1(&contents, asn1.INTEGER) && value.Empty() && minimalInteger(contents) && contents[0]&0x80 == 0
		if id == oidCRLNumber {
			l.number = spanOf(l.raw, contents)
		} else {
			l.base = spanOf(l.raw, contents)
		}
		return true, ok
	case oidAuthorityKeyID:
		var c Certificate
		c.raw = l.raw
		ok = c.readAuthorityKeyID(value)
		l.authorityKeyID = c.authorityKeyID
		return true, ok
	case oidIssuingPoint:
		return true, l.parseScope(value)
	}
	return false, true
}

// parseScope reads issuingDistributionPoint.
func (l *CRL) parseScope(d der) bool {
	s := &l.scope
	s.raw = spanOf(l.raw, d)
	var v der
	if !readSequence(&d, &v) || !d.Empty() || !readPointName(&v, &s.name) || !readTaggedFlag(&v, 1, &s.users) ||
		!readTaggedFlag(&v, 2, &s.cas) || !readReasons(&v, 3, &s.reasons) || !readTaggedFlag(&v, 4, &s.other) ||
		!readTaggedFlag(&v, 5, &s.attributes) || !v.Empty() {
		return false
	}
	// RFC 5280, Section 5.2.5: of the three "only" at most one.
	only := 0
	for _, set := range [...]bool{s.users, s.cas, s.attributes} {
		if set {
			only++
		}
	}
	return only <= 1
}

// readTaggedFlag takes [n] BOOLEAN DEFAULT FALSE if it is next.
func readTaggedFlag(d *der, n uint8, out *bool) bool {
	if !d.PeekASN1Tag(tagContext(n)) {
		return true
	}
	var v der
	if !d.ReadASN1(&v, tagContext(n)) || len(v) != 1 || v[0] != 0 && v[0] != 0xff {
		return false
	}
	*out = v[0] != 0
	return true
}

// Raw returns the whole DER encoding, to be read only.
func (l *CRL) Raw() []byte { return l.raw }

// RawTBS returns the element that is signed, tbsCertList, to be read only.
func (l *CRL) RawTBS() []byte { return l.tbs.of(l.raw) }

// Issuer returns the name of who issued the list, not always that of the certificates' issuer.
func (l *CRL) Issuer() Name { return Name{l.issuer.of(l.raw)} }

// ThisUpdate returns when the list was issued, in UTC.
func (l *CRL) ThisUpdate() time.Time { return time.Unix(l.thisUpdate, 0).UTC() }

// NextUpdate returns until when the next list will be issued, in UTC; ok is false if the list doesn't say.
func (l *CRL) NextUpdate() (t time.Time, ok bool) {
	if !l.hasNext {
		return time.Time{}, false
	}
	return time.Unix(l.nextUpdate, 0).UTC(), true
}

// Number returns the number of the list, nil if it has none.
func (l *CRL) Number() *big.Int { return l.optionalNumber(l.number) }

// BaseNumber returns the number of the list that this one is the difference to, nil if it is complete.
func (l *CRL) BaseNumber() *big.Int { return l.optionalNumber(l.base) }

func (l *CRL) optionalNumber(s span) *big.Int {
	if s.n == 0 {
		return nil
	}
	return integer(s.of(l.raw))
}

// Len returns the number of entries.
func (l *CRL) Len() int { return l.count }

// SignatureAlgorithm returns the algorithm of the signature, the zero Algorithm if it is not known here.
func (l *CRL) SignatureAlgorithm() cipher.Algorithm { return l.signedWith }

// Extensions goes through all extensions of the list, known and unknown, in its order.
func (l *CRL) Extensions() iter.Seq[Extension] { return extensionsOf(l.extensions.of(l.raw)) }

// AuthorityKeyID returns the identifier of the key that signed, nil if it isn't given.
func (l *CRL) AuthorityKeyID() []byte {
	if l.authorityKeyID.n == 0 {
		return nil
	}
	return l.authorityKeyID.of(l.raw)
}

// CheckSignature checks that the key made the list's signature; nothing else is looked at. Errors: cipher.ErrBadSignature,
// cipher.ErrWrongKey (wrapped), ErrUnsupportedAlgorithm.
func (l *CRL) CheckSignature(key cipher.PublicKey) error {
	if l.signedWith == (cipher.Algorithm{}) {
		return ErrUnsupportedAlgorithm
	}
	return cipher.VerifySignature(l.signedWith, key, l.RawTBS(), l.signature.of(l.raw))
}

// label names the list in messages.
func (l *CRL) label() string {
	kind := "CRL"
	if l.base.n > 0 {
		kind = "delta CRL"
	}
	return fmt.Sprintf("%s of %s from %s", kind, quote(l.Issuer().String()), dayOf(l.thisUpdate))
}
