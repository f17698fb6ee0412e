package x509lite

import (
	"bytes"
	"encoding/binary"
	"iter"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/crypto/cryptobyte/asn1"
)

// String types of attribute values that cryptobyte doesn't name (X.680, Section 8.6).
const (
	tagNumericString   = asn1.Tag(18)
	tagVisibleString   = asn1.Tag(26)
	tagUniversalString = asn1.Tag(28)
	tagBMPString       = asn1.Tag(30)
)

// Name is a distinguished name (RFC 5280, Section 4.1.2.4): a view of its DER encoding, decoded when asked. The zero Name has no
// encoding; an empty subject is the encoding of an empty SEQUENCE.
type Name struct{ der []byte }

// Attribute is one type and value of a Name.
type Attribute struct {
	Type  OID
	Value string // in UTF-8; of a type that is no string, the value's DER
	RDN   int    // number of the relative distinguished name that it is in, from 0
}

// ParseName checks the DER of a name and returns it. The slice is kept.
func ParseName(encoding []byte) (Name, error) {
	d := der(encoding)
	var element der
	if !d.ReadASN1Element(&element, asn1.SEQUENCE) || !d.Empty() || !checkName(element) {
		return Name{}, malformed("name", "is not a SEQUENCE of sets of attributes")
	}
	return Name{encoding}, nil
}

// Raw returns the DER encoding, to be read only.
func (n Name) Raw() []byte { return n.der }

// Empty reports whether the name has no attributes.
func (n Name) Empty() bool { return len(n.der) <= 2 }

// Attributes goes through the attributes in the order of the encoding.
func (n Name) Attributes() iter.Seq[Attribute] {
	return func(yield func(Attribute) bool) {
		eachAttribute(n.der, func(rdn int, id []byte, tag asn1.Tag, value der) bool {
			return yield(Attribute{OID(id), decodeString(tag, value), rdn})
		})
	}
}

// CommonName returns the last, most specific, common name, "" if there is none.
func (n Name) CommonName() string { return n.last(oidCommonName) }

func (n Name) last(id OID) string {
	found := ""
	for a := range n.Attributes() {
		if a.Type == id {
			found = a.Value
		}
	}
	return found
}

// Equal compares as RFC 5280, Section 7.1 says: type of string, case, and amount of white space make no difference. (Unicode
// is compared without normalization forms: "é" in one code point and in two are different.)
func (n Name) Equal(o Name) bool {
	if bytes.Equal(n.der, o.der) {
		return true
	}
	var a, b [nameSpace]byte
	return bytes.Equal(canonicalName(a[:0], n.der), canonicalName(b[:0], o.der))
}

// attributeNames are the short names that OpenSSL and RFC 4519 use.
var attributeNames = map[OID]string{
	oidCommonName: "CN", oidSurname: "SN", oidSerialNumber: "serialNumber", oidCountry: "C", oidLocality: "L", oidState: "ST",
	oidStreet: "street", oidOrganization: "O", oidOrganizationalUnit: "OU", oidTitle: "title", oidBusinessCategory: "businessCategory",
	oidPostalCode: "postalCode", oidGivenName: "GN", oidOrganizationID: "organizationIdentifier", oidEmailAddress: "emailAddress",
	oidDomainComponent: "DC", oidUserID: "UID",
}

// String returns the name for people, "C=US, O=Example, CN=example.org": in the order of the encoding, with what could forge a
// second attribute or line escaped.
func (n Name) String() string {
	var b strings.Builder
	rdn := -1
	for a := range n.Attributes() {
		switch {
		case rdn < 0:
		case a.RDN == rdn:
			b.WriteString(" + ")
		default:
			b.WriteString(", ")
		}
		rdn = a.RDN
		if short, ok := attributeNames[a.Type]; ok {
			b.WriteString(short)
		} else {
			b.WriteString(a.Type.String())
		}
		b.WriteByte('=')
		writeEscaped(&b, a.Value)
	}
	return b.String()
}

// writeEscaped writes a value so that it can't be taken for more than one.
func writeEscaped(b *strings.Builder, s string) {
	const hex = "0123456789ABCDEF"
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case strings.ContainsRune(`,+=\"<>;`, r):
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == utf8.RuneError && n == 1, !unicode.IsPrint(r):
			for _, c := range []byte(s[i : i+n]) {
				b.WriteByte('\\')
				b.WriteByte(hex[c>>4])
				b.WriteByte(hex[c&15])
			}
		default:
			b.WriteRune(r)
		}
		i += n
	}
}

// eachAttribute calls visit for each attribute of a name's element until it returns false; false also for a malformed name.
func eachAttribute(name []byte, visit func(rdn int, id []byte, tag asn1.Tag, value der) bool) bool {
	tag, names, _, ok := element(name)
	if !ok || tag != asn1.SEQUENCE {
		return false
	}
	for rdn := 0; len(names) > 0; rdn++ {
		var set, pair der
		if tag, set, names, ok = element(names); !ok || tag != asn1.SET || len(set) == 0 {
			return false
		}
		for len(set) > 0 {
			if tag, pair, set, ok = element(set); !ok || tag != asn1.SEQUENCE {
				return false
			}
			id, kind, value, ok := typeAndValue(pair)
			if !ok || !visit(rdn, id, kind, value) {
				return false
			}
		}
	}
	return true
}

// typeAndValue takes the contents of an AttributeTypeAndValue apart.
func typeAndValue(pair der) (id []byte, tag asn1.Tag, value der, ok bool) {
	first, id, rest, ok := element(pair)
	if !ok || first != asn1.OBJECT_IDENTIFIER || !validOID(id) {
		return nil, 0, nil, false
	}
	tag, value, rest, ok = element(rest)
	return id, tag, value, ok && len(rest) == 0
}

// checkName checks a name's element whole, strings included.
func checkName(name []byte) bool {
	return eachAttribute(name, func(_ int, _ []byte, tag asn1.Tag, value der) bool { return checkString(tag, value) })
}

// checkString reports whether value may be in a string of that type (X.680, Section 41). Values that are no strings pass.
func checkString(tag asn1.Tag, value []byte) bool {
	switch tag {
	case asn1.PrintableString:
		for _, b := range value {
			if !printable[b] {
				return false
			}
		}
	case asn1.UTF8String:
		return utf8.Valid(value)
	case asn1.IA5String, tagVisibleString:
		return ascii(value)
	case tagNumericString:
		for _, b := range value {
			if b != ' ' && (b < '0' || b > '9') {
				return false
			}
		}
	case tagBMPString:
		return len(value)%2 == 0
	case tagUniversalString:
		return len(value)%4 == 0
	}
	return true
}

// printable is PrintableString's alphabet, with the "*" and "&" that certificates in use have as well.
var printable = func() (set [256]bool) {
	for _, c := range []byte("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 '()+,-./:=?*&") {
		set[c] = true
	}
	return set
}()

func ascii(v []byte) bool {
	for _, b := range v {
		if b >= 0x80 {
			return false
		}
	}
	return true
}

// decodeString gives the value in UTF-8.
func decodeString(tag asn1.Tag, value []byte) string {
	switch tag {
	case asn1.UTF8String, asn1.PrintableString, asn1.IA5String, tagNumericString, tagVisibleString:
		return string(value)
	case asn1.T61String, tagBMPString, tagUniversalString:
		return string(appendUTF8(nil, tag, value))
	}
	return string(value)
}

// appendUTF8 decodes the string types that are not ASCII or UTF-8. T61 is read as Latin-1, which is what its users meant.
func appendUTF8(dst []byte, tag asn1.Tag, value []byte) []byte {
	switch tag {
	case asn1.T61String:
		for _, b := range value {
			dst = utf8.AppendRune(dst, rune(b))
		}
	case tagBMPString:
		for i := 0; i+1 < len(value); i += 2 {
			r := rune(value[i])<<8 | rune(value[i+1])
			if utf16.IsSurrogate(r) && i+3 < len(value) {
				if pair := utf16.DecodeRune(r, rune(value[i+2])<<8|rune(value[i+3])); pair != unicode.ReplacementChar {
					r = pair
					i += 2
				}
			}
			dst = utf8.AppendRune(dst, r)
		}
	case tagUniversalString:
		for i := 0; i+3 < len(value); i += 4 {
			dst = utf8.AppendRune(dst, rune(value[i])<<24|rune(value[i+1])<<16|rune(value[i+2])<<8|rune(value[i+3]))
		}
	default:
		dst = append(dst, value...)
	}
	return dst
}

// nameSpace is how much of a stack buffer a usual canonical name needs; a longer one goes to the heap.
const nameSpace = 384

// canonicalName appends a form of the name that is equal exactly for equal names: for each RDN a mark, then for each of its
// attributes, in order of the bytes, type, kind of value, and the value folded, each variable part behind its length.
func canonicalName(dst, name []byte) []byte {
	var space [8]int
	starts := space[:0]
	rdn := -1
	eachAttribute(name, func(n int, id []byte, tag asn1.Tag, value der) bool {
		if n != rdn {
			sortParts(dst, starts)
			rdn, starts = n, starts[:0]
			dst = append(dst, byte(asn1.SET))
		}
		starts = append(starts, len(dst))
		dst = append(dst, byte(asn1.SEQUENCE))
		dst = binary.BigEndian.AppendUint32(dst, uint32(len(id)))
		dst = append(dst, id...)
		dst = appendFolded(dst, tag, value)
		return true
	})
	sortParts(dst, starts)
	return dst
}

// sortParts puts the parts of b that begin at starts, the last to b's end, into the order of their bytes.
func sortParts(b []byte, starts []int) {
	if len(starts) < 2 {
		return
	}
	parts := make([][]byte, len(starts))
	for i, at := range starts {
		end := len(b)
		if i+1 < len(starts) {
			end = starts[i+1]
		}
		parts[i] = bytes.Clone(b[at:end])
	}
	slices.SortFunc(parts, bytes.Compare)
	copy(b[starts[0]:], bytes.Join(parts, nil))
}

// appendFolded appends a value so that RFC 5280, Section 7.1's equal ones are the same bytes: its kind, its length, and itself.
func appendFolded(dst []byte, tag asn1.Tag, value []byte) []byte {
	at := len(dst) + 1
	switch tag {
	case asn1.UTF8String, asn1.PrintableString, asn1.IA5String, tagNumericString, tagVisibleString:
		dst = append(dst, byte(asn1.UTF8String), 0, 0, 0, 0)
		dst = appendFoldedText(dst, value)
	case asn1.T61String, tagBMPString, tagUniversalString:
		dst = append(dst, byte(asn1.UTF8String), 0, 0, 0, 0)
		dst = appendFoldedText(dst, appendUTF8(nil, tag, value))
	default:
		dst = append(dst, byte(tag), 0, 0, 0, 0)
		dst = append(dst, value...)
	}
	binary.BigEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	return dst
}

// appendFoldedText appends text in lower case, with white space trimmed and each run of it as one blank.
func appendFoldedText(dst, text []byte) []byte {
	start := len(dst)
	space := false
	for i := 0; i < len(text); {
		r, n := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRune(text[i:])
		}
		i += n
		if unicode.IsSpace(r) {
			space = true
			continue
		}
		if space && len(dst) > start {
			dst = append(dst, ' ')
		}
		space = false
		switch {
		case 'A' <= r && r <= 'Z':
			dst = append(dst, byte(r)+'a'-'A')
		case r < utf8.RuneSelf:
			dst = append(dst, byte(r))
		case r == utf8.RuneError && n == 1: // what is no text is only equal to itself
			dst = append(dst, text[i-1])
		default:
			dst = utf8.AppendRune(dst, unicode.ToLower(r))
		}
	}
	return dst
}
