package x509lite

import (
	"bytes"
	"errors"
	"strconv"

	"golang.org/x/crypto/cryptobyte/asn1"

	"tlsengine/cipher"
)

// ErrUnsupportedAlgorithm is the error for a signature whose algorithm is not known here.
var ErrUnsupportedAlgorithm = errors.New("x509lite: the signature's algorithm is not supported")

// maxCertificate bounds the length in bytes: what fits TLS's own vector, and the offsets of a span with room to spare.
const maxCertificate = 1<<24 - 1

// ParseCertificate checks the DER of a certificate (RFC 5280, Section 4.1) and returns it. encoding is copied. The error is a
// *ParseError. A key or signature of an unknown algorithm is no error here; PublicKey and Verify refuse it.
func ParseCertificate(encoding []byte) (*Certificate, error) { return ParseLenient(encoding, 0) }

// ParseLenient is ParseCertificate that lets the given defects pass; Tolerated tells which were there.
func ParseLenient(encoding []byte, allow Leniency) (*Certificate, error) {
	if len(encoding) > maxCertificate {
		return nil, malformed("certificate", "is longer than "+strconv.Itoa(maxCertificate)+" bytes")
	}
	// What is no single SEQUENCE of all the bytes is refused before it is copied.
	d := der(encoding)
	if !d.SkipASN1(asn1.SEQUENCE) || !d.Empty() {
		return nil, malformed("certificate", "is not one SEQUENCE in DER with nothing behind it")
	}
	return parseAllowing(bytes.Clone(encoding), allow)
}

// parseOwned is ParseCertificate for bytes that nobody else will change.
func parseOwned(raw []byte) (*Certificate, error) { return parseAllowing(raw, 0) }

func parseAllowing(raw []byte, allow Leniency) (*Certificate, error) {
	c := &Certificate{raw: raw}
	d := der(raw)
	var outer, tbs, algorithm der
	var signature []byte
	if len(raw) > maxCertificate || !readSequence(&d, &outer) || !d.Empty() {
		return nil, malformed("certificate", "is not one SEQUENCE in DER with nothing behind it")
	}
	if !outer.ReadASN1Element(&tbs, asn1.SEQUENCE) || !outer.ReadASN1Element(&algorithm, asn1.SEQUENCE) ||
		!readOctetBits(&outer, &signature) || !outer.Empty() {
		return nil, malformed("certificate", "is not of tbsCertificate, signatureAlgorithm and signatureValue")
	}
	c.tbs, c.algorithm, c.signature = spanOf(raw, tbs), spanOf(raw, algorithm), spanOf(raw, signature)
	var id []byte
	var parameters der
	a := algorithm
	if !readAlgorithm(&a, &id, &parameters) {
		return nil, malformed("signatureAlgorithm", "is not an OID with at most one parameter")
	}
	c.signedWith = signatureAlgorithm(id, parameters)
	if err := c.parseTBS(tbs, algorithm); err != nil {
		return nil, err
	}
	c.findKeyDefects(allow)
	if err := c.refuseDefects(allow); err != nil {
		return nil, err
	}
	return c, nil
}

// parseTBS reads tbsCertificate, field after field (RFC 5280, Section 4.1.2).
func (c *Certificate) parseTBS(element, outerAlgorithm der) error {
	var v, algorithm der
	readSequence(&element, &v)
	if err := c.parseVersion(&v); err != nil {
		return err
	}
	var serial der
	if !v.ReadASN1(&serial, asn1.INTEGER) || len(serial) == 0 {
		return malformed("serialNumber", "is not an INTEGER")
	}
	if !minimalInteger(serial) {
		c.tolerated |= PaddedSerial
		serial = withoutPadding(serial)
	}
	// RFC 5280, Section 4.1.2.2: serial numbers are positive. Zero is let pass, as older CAs have it.
	if serial[0]&0x80 != 0 {
		c.tolerated |= NegativeSerial
	}
	// RFC 5280, Section 4.1.1.2: the algorithm inside the signed part is the same as outside.
	if !v.ReadASN1Element(&algorithm, asn1.SEQUENCE) || !bytes.Equal(algorithm, outerAlgorithm) {
		return malformed("signature", "names another algorithm than signatureAlgorithm")
	}
	var issuer, subject, spki der
	if !v.ReadASN1Element(&issuer, asn1.SEQUENCE) || !c.checkOwnName(issuer) {
		return malformed("issuer", "is not a well-formed name")
	}
	if err := c.parseValidity(&v); err != nil {
		return err
	}
	if !v.ReadASN1Element(&subject, asn1.SEQUENCE) || !bytes.Equal(subject, issuer) && !c.checkOwnName(subject) {
		return malformed("subject", "is not a well-formed name")
	}
	var key, id []byte
	var parameters der
	if !v.ReadASN1Element(&spki, asn1.SEQUENCE) {
		return malformed("subjectPublicKeyInfo", "is missing")
	}
	info := spki
	if !readKeyInfo(&info, &id, &parameters, &key) {
		return malformed("subjectPublicKeyInfo", "is not of an algorithm and a BIT STRING of whole bytes")
	}
	c.serial, c.issuer, c.subject, c.spki = spanOf(c.raw, serial), spanOf(c.raw, issuer), spanOf(c.raw, subject), spanOf(c.raw, spki)
	return c.parseTail(&v)
}

// parseVersion reads [0] EXPLICIT Version DEFAULT v1.
func (c *Certificate) parseVersion(v *der) error {
	c.version = 1
	if !v.PeekASN1Tag(tagContextConstructed(0)) {
		return nil
	}
	var field der
	n := 0
	// X.690, Section 11.5: v1, the default, is not written.
	if !v.ReadASN1(&field, tagContextConstructed(0)) || !readSmall(&field, asn1.INTEGER, &n) || !field.Empty() || n > 2 {
		return malformed("version", "is neither v2 nor v3 (v1 is not written)")
	}
	if n == 0 {
		c.tolerated |= WrittenVersion
	}
	c.version = uint8(n + 1)
	return nil
}

func (c *Certificate) parseValidity(v *der) error {
	var validity der
	if !readSequence(v, &validity) || !c.readTime(&validity, &c.notBefore) || !c.readTime(&validity, &c.notAfter) ||
		!validity.Empty() {
		return malformed("validity", "is not two times of the forms YYMMDDhhmmssZ or YYYYMMDDhhmmssZ")
	}
	return nil
}

// readTime is the function of that name, and notes other forms.
func (c *Certificate) readTime(d *der, unix *int64) bool {
	again := *d
	if readTime(d, unix) {
		return true
	}
	c.tolerated |= TimeForms
	*d = again
	return readOtherTime(d, unix)
}

// checkOwnName is checkName, and notes strings that only have the wrong characters.
func (c *Certificate) checkOwnName(name []byte) bool {
	return eachAttribute(name, func(_ int, _ []byte, tag asn1.Tag, value der) bool {
		if !checkString(tag, value) {
			c.tolerated |= StringCharacters
		}
		return true
	})
}

// parseTail reads what may follow the key: unique identifiers and extensions.
func (c *Certificate) parseTail(v *der) error {
	for i := uint8(1); i <= 2; i++ {
		if !v.PeekASN1Tag(tagContext(i)) {
			continue
		}
		var bits []byte
		var unused int
		// RFC 5280, Section 4.1.2.8: only in versions 2 and 3.
		if c.version < 2 || !readBits(v, tagContext(i), &bits, &unused) {
			return malformed("uniqueID", "is malformed, or in a certificate of version 1")
		}
	}
	if v.PeekASN1Tag(tagContextConstructed(3)) {
		var field, list der
		if c.version < 3 {
			c.tolerated |= ExtensionsBeforeV3
		}
		if !v.ReadASN1(&field, tagContextConstructed(3)) || !readSequence(&field, &list) || !field.Empty() {
			return malformed("extensions", "are malformed")
		}
		if err := c.parseExtensions(list); err != nil {
			return err
		}
	}
	if !v.Empty() {
		return malformed("tbsCertificate", "has something behind its last field")
	}
	return nil
}

// unknownAlgorithm reports whether the signature can't be checked here.
func (c *Certificate) unknownAlgorithm() bool { return c.signedWith == (cipher.Algorithm{}) }

// quote makes s fit for one line of a message: control characters and quotes escaped, length bounded.
func quote(s string) string {
	const most = 120
	if len(s) > most {
		s = s[:most] + "..."
	}
	return strconv.Quote(s)
}
