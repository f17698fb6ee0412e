package x509lite

import (
	"math/big"
	"strings"
	"time"

	"golang.org/x/crypto/cryptobyte/asn1"
)

// Leniency is a set of defects of certificates. Whoever has to live with one names it to ParseLenient; nothing is let pass
// otherwise, and what was let pass is told: Certificate.Tolerated, Verdict.Tolerated. The strict degree refuses all of them. A
// defect is added here, with its row in defects and the line that finds it.
//
// Four irregularities have no name here, for they are everywhere, harmless, and read alike by everyone: a serial number of zero,
// a BOOLEAN that says FALSE, "*" and "&" in a PrintableString, and RSA signature algorithms without the NULL.
type Leniency uint16

// The defects. What is let pass is read as the comments say.
const (
	NegativeSerial         Leniency = 1 << iota // RFC 5280, Section 4.1.2.2: the serial number is positive
	PaddedSerial                                // X.690, Section 8.3.2: the serial number begins with bytes that say nothing; dropped
	WrittenVersion                              // X.690, Section 11.5: version 1, the default, is written
	ExtensionsBeforeV3                          // RFC 5280, Section 4.1.2.9: extensions in version 1 or 2; they count
	EmptyExtensions                             // RFC 5280, Section 4.1.2.9: a list of no extensions
	TimeForms                                   // RFC 5280, Section 4.1.2.5: no seconds, fractions (cut off), or offsets
	StringCharacters                            // X.680, Section 41: strings in names that hold what their type can't
	CriticalKeyIdentifiers                      // RFC 5280, Sections 4.2.1.1 and 4.2.1.2: key identifiers are critical; they aren't
	MalformedHints                              // malformed key identifiers or distribution points, not critical, count as absent
	KeyParametersLeftOut                        // RFC 3279, Section 2.3.1: an RSA key without the NULL
	NegativeModulus                             // RFC 8017, Appendix A.1.1: RSA numbers that lack the leading zero; read without sign

	keyDefects = KeyParametersLeftOut | NegativeModulus // without leave, only PublicKey fails
)

// defects are the parts in which the defects are, and what is wrong with them.
var defects = [...]struct {
	is             Leniency
	field, problem string
}{
	{NegativeSerial, "serialNumber", "is negative"},
	{PaddedSerial, "serialNumber", "is longer than it needs to be"},
	{WrittenVersion, "version", "says v1, which is not written"},
	{ExtensionsBeforeV3, "extensions", "are in a certificate before version 3"},
	{EmptyExtensions, "extensions", "are an empty list"},
	{TimeForms, "validity", "is not two times of the forms YYMMDDhhmmssZ or YYYYMMDDhhmmssZ"},
	{StringCharacters, "issuer or subject", "holds characters that its type of string doesn't have"},
	{CriticalKeyIdentifiers, "extension", "with a key identifier is critical"},
	{MalformedHints, "extension", "with key identifier or distribution points is malformed"},
	{KeyParametersLeftOut, "subjectPublicKeyInfo", "lacks the NULL of RSA"},
	{NegativeModulus, "subjectPublicKeyInfo", "holds negative RSA numbers"},
}

// String names the defects.
func (l Leniency) String() string {
	var parts []string
	for _, d := range defects {
		if l&d.is != 0 {
			parts = append(parts, d.field+" "+d.problem)
		}
	}
	return strings.Join(parts, ", ")
}

// Tolerated returns the defects that the certificate has and ParseLenient was told to let pass.
func (c *Certificate) Tolerated() Leniency { return c.tolerated }

// refuseDefects gives the error for the first defect that is not allowed.
func (c *Certificate) refuseDefects(allow Leniency) error {
	if c.tolerated&^allow == 0 {
		return nil
	}
	for _, d := range defects {
		if c.tolerated&^allow&d.is != 0 {
			return malformed(d.field, d.problem)
		}
	}
	return nil
}

// Tolerated returns the defects of all certificates of the chain together.
func (v *Verdict) Tolerated() Leniency {
	var all Leniency
	for _, c := range v.Chain {
		all |= c.tolerated
	}
	return all
}

// findKeyDefects notes the defects of the key that the caller allows. Nobody else pays for the search.
func (c *Certificate) findKeyDefects(allow Leniency) {
	var id, key []byte
	var parameters der
	d := der(c.RawSPKI())
	if allow&keyDefects == 0 || !readKeyInfo(&d, &id, &parameters, &key) || OID(id) != oidRSAEncryption && OID(id) != oidRSASSAPSS {
		return
	}
	if OID(id) == oidRSAEncryption && parameters.Empty() {
		c.tolerated |= KeyParametersLeftOut & allow
	}
	d = der(key)
	var numbers, n, e der
	if readSequence(&d, &numbers) && numbers.ReadASN1(&n, asn1.INTEGER) && numbers.ReadASN1(&e, asn1.INTEGER) && len(n) > 0 &&
		len(e) > 0 &&
		(n[0]|e[0])&0x80 != 0 {
		c.tolerated |= NegativeModulus & allow
	}
}

// withoutPadding drops the leading bytes that DER wouldn't have (X.690, Section 8.3.2), of an INTEGER's contents, one byte at
// least.
func withoutPadding(v []byte) []byte {
	for !minimalInteger(v) {
		v = v[1:]
	}
	return v
}

// readOtherTime takes a time of the forms that X.680 has besides those of RFC 5280: without seconds, with a fraction, with an
// offset. One of local time, which isn't a moment, is none of them.
func readOtherTime(d *der, unix *int64) bool {
	var v der
	var tag asn1.Tag
	if !d.ReadAnyASN1(&v, &tag) || len(v) > 40 || !ascii(v) {
		return false
	}
	text := string(v)
	forms := []string{"200601021504Z0700", "20060102150405Z0700"}
	switch tag {
	case asn1.UTCTime:
		// RFC 5280, Section 4.1.2.5.1: two digits of 50 and above are of the twentieth century.
		century := "20"
		if text >= "50" {
			century = "19"
		}
		text = century + text
		if strings.ContainsAny(text, ".,") {
			return false
		}
	case asn1.GeneralizedTime:
	default:
		return false
	}
	for _, form := range forms {
		// Parse takes a fraction of seconds too.
		if t, err := time.Parse(form, text); err == nil {
			*unix = t.Unix()
			return true
		}
	}
	return false
}

// integer gives the value of an INTEGER's contents: two's complement (X.690, Section 8.3.3).
func integer(contents []byte) *big.Int {
	v := new(big.Int).SetBytes(contents)
	if len(contents) > 0 && contents[0]&0x80 != 0 {
		v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(8*len(contents))))
	}
	return v
}
