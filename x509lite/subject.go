package x509lite

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/cryptobyte/asn1"
)

// Subject holds the fields of a name that `openssl req` asks for. Those that are empty are left out.
type Subject struct {
	Country            string // two capital letters of ISO 3166
	State              string // or province; its full name
	Locality           string // city
	Organization       string
	OrganizationalUnit string
	CommonName         string
	Email              string // RFC 5280, Section 4.1.2.6: only for old software; belongs into Template.Emails in any case
}

// stringForm is what the values of an attribute are made of.
type stringForm struct {
	tag   asn1.Tag
	valid func(string) bool
	want  string // for people
}

var (
	countryForm = stringForm{asn1.PrintableString, validCountry, "two capital letters"}
	textForm    = stringForm{asn1.UTF8String, validText, "text without control characters"}
	emailForm   = stringForm{asn1.IA5String, validMailbox, "an address of ASCII characters, local-part@domain"}
)

// Name returns the name, with the fields in the order of the struct, from the widest to the narrowest. The error wraps
// ErrTemplate and tells which field can't be in a name.
func (s Subject) Name() (Name, error) {
	b := newBuilder()
	var bad error
	b.AddASN1(asn1.SEQUENCE, func(b *builder) { bad = s.add(b) })
	if bad != nil {
		return Name{}, bad
	}
	encoding, err := b.Bytes()
	return Name{encoding}, err
}

// add writes the fields. The longest values, in characters, are the upper bounds of RFC 5280, Appendix A.1.
func (s Subject) add(b *builder) error {
	for _, f := range [...]struct {
		id      OID
		value   string
		form    *stringForm
		longest int
	}{
		{oidCountry, s.Country, &countryForm, 2},
		{oidState, s.State, &textForm, 128},
		{oidLocality, s.Locality, &textForm, 128},
		{oidOrganization, s.Organization, &textForm, 64},
		{oidOrganizationalUnit, s.OrganizationalUnit, &textForm, 64},
		{oidCommonName, s.CommonName, &textForm, MaxCommonName},
		{oidEmailAddress, s.Email, &emailForm, 255},
	} {
		switch {
		case f.value == "":
			continue
		case !f.form.valid(f.value):
			return fmt.Errorf("%w: %s %s is not %s", ErrTemplate, f.id.LongName(), quote(f.value), f.form.want)
		case utf8.RuneCountInString(f.value) > f.longest:
			return fmt.Errorf("%w: %s has more than %d characters", ErrTemplate, f.id.LongName(), f.longest)
		}
		addTypedAttribute(b, f.id, f.form.tag, f.value)
	}
	return nil
}

// MaxCommonName is the longest common name in characters (RFC 5280, Appendix A.1).
const MaxCommonName = 64

// validCountry: RFC 5280, Appendix A.1: a PrintableString of two characters.
func validCountry(s string) bool {
	return len(s) == 2 && 'A' <= s[0] && s[0] <= 'Z' && 'A' <= s[1] && s[1] <= 'Z'
}

func validText(s string) bool {
	return utf8.ValidString(s) && strings.IndexFunc(s, unicode.IsControl) < 0
}

// validMailbox looks at the outer form of RFC 5280, Section 4.2.1.6's Mailbox: no name before it, no brackets around it.
func validMailbox(s string) bool {
	at := strings.LastIndexByte(s, '@')
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return at > 0 && validDomain(s[at+1:]) && !strings.ContainsAny(s, "<>")
}

// addTypedAttribute writes an RDN of one attribute.
func addTypedAttribute(b *builder, id OID, tag asn1.Tag, value string) {
	b.AddASN1(asn1.SET, func(b *builder) {
		b.AddASN1(asn1.SEQUENCE, func(b *builder) {
			addOID(b, id)
			b.AddASN1(tag, func(b *builder) { b.AddBytes([]byte(value)) })
		})
	})
}
