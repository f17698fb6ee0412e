package x509lite

import (
	"errors"
	"fmt"
	"slices"

	"golang.org/x/crypto/cryptobyte/asn1"
)

// Anchor is a trusted certificate with what it is trusted for.
type Anchor struct {
	Certificate *Certificate
	Trust       TrustSettings // zero: for everything
}

// TrustSettings are what stands beside the certificate in OpenSSL's "TRUSTED CERTIFICATE" blocks (`openssl x509 -addtrust`, and
// what p11-kit extracts). Nothing in the certificate itself changes with them.
type TrustSettings struct {
	Trusted  []OID  // purposes that it is trusted for, UsageAny for all; nil: all, empty: none
	Rejected []OID  // purposes that it is not trusted for, whatever Trusted says
	Alias    string // name for people
	KeyID    []byte // key identifier, when the certificate has none of its own
}

// Allows reports whether chains for the purpose may end here. As in OpenSSL, a rejected purpose comes before a trusted one, and
// one that a list of trusted purposes doesn't have is rejected.
func (s *TrustSettings) Allows(p Purpose) bool {
	is := func(id OID) bool { return id == p.usage() || id == UsageAny }
	if slices.ContainsFunc(s.Rejected, is) {
		return false
	}
	return s.Trusted == nil || slices.ContainsFunc(s.Trusted, is)
}

// usage returns the purpose's OID in extended key usages.
func (p Purpose) usage() OID {
	switch p {
	case ServerAuth:
		return UsageServerAuth
	case ClientAuth:
		return UsageClientAuth
	}
	return UsageAny
}

// trustedLabel is the label of OpenSSL's blocks with settings.
const trustedLabel = "TRUSTED CERTIFICATE"

// anchor reads the block, whose bytes are kept; ok is false if it is of another kind.
func (b *PEMBlock) anchor() (a Anchor, ok bool, err error) {
	switch {
	case certificateLabel(b.Type):
		a.Certificate, err = parseOwned(b.Bytes)
	case b.Type == trustedLabel:
		a, err = parseTrusted(b.Bytes)
	default:
		return a, false, nil
	}
	if err != nil {
		err = fmt.Errorf("certificate in line %d: %w", b.Line, err)
	}
	return a, true, err
}

// parseTrusted reads a certificate and, if there is something behind it, its settings.
func parseTrusted(encoding []byte) (Anchor, error) {
	d := der(encoding)
	var certificate der
	if !d.ReadASN1Element(&certificate, asn1.SEQUENCE) {
		return Anchor{}, malformed("certificate", "is not a SEQUENCE in DER")
	}
	c, err := ParseCertificate(certificate)
	if err != nil {
		return Anchor{}, err
	}
	a := Anchor{Certificate: c}
	if !d.Empty() && !a.Trust.read(d) {
		return Anchor{}, malformed("trust settings", "are malformed")
	}
	return a, nil
}

// read reads OpenSSL's X509_CERT_AUX: trusted and rejected purposes, alias, key identifier, and others that nobody uses.
func (s *TrustSettings) read(d der) bool {
	var v, list der
	if !readSequence(&d, &v) || !d.Empty() {
		return false
	}
	if v.PeekASN1Tag(asn1.SEQUENCE) && (!readSequence(&v, &list) || !readOIDs(list, &s.Trusted)) {
		return false
	}
	if v.PeekASN1Tag(tagContextConstructed(0)) && (!v.ReadASN1(&list, tagContextConstructed(0)) || !readOIDs(list, &s.Rejected)) {
		return false
	}
	if v.PeekASN1Tag(asn1.UTF8String) {
		var alias der
		if !v.ReadASN1(&alias, asn1.UTF8String) || !checkString(asn1.UTF8String, alias) {
			return false
		}
		s.Alias = string(alias)
	}
	if v.PeekASN1Tag(asn1.OCTET_STRING) {
		var id der
		if !v.ReadASN1(&id, asn1.OCTET_STRING) {
			return false
		}
		s.KeyID = slices.Clone([]byte(id))
	}
	return v.SkipOptionalASN1(tagContextConstructed(1)) && v.Empty()
}

// readOIDs reads all of list; none at all is an empty slice, not nil.
func readOIDs(list der, out *[]OID) bool {
	*out = []OID{}
	for !list.Empty() {
		var id []byte
		if !readOID(&list, &id) {
			return false
		}
		*out = append(*out, OID(id))
	}
	return true
}

// ParseAnchorsPEM returns the certificates of a PEM text with their trust settings, in order: "CERTIFICATE" blocks and OpenSSL's
// "TRUSTED CERTIFICATE". Blocks of other kinds are skipped. A block that is broken does not keep the others out: the error joins
// what was wrong, with line numbers, at most ten of them, and a text without any certificate gives ErrNoCertificate. text is not
// kept. Certificates share pieces of memory, of 64 KiB at most: one that is kept keeps its neighbours' bytes.
func ParseAnchorsPEM(text []byte) ([]Anchor, error) {
	var list []Anchor
	err := eachAnchor(text, func(a Anchor) { list = append(list, a) })
	return list, err
}

func eachAnchor(text []byte, visit func(Anchor)) error {
	r := pemReader{rest: text, together: true}
	var wrong faults
	none := true
	for b, err := range r.blocks() {
		var a Anchor
		ok := false
		if err == nil {
			a, ok, err = b.anchor()
		}
		switch {
		case err != nil:
			wrong.add(err)
		case ok:
			visit(a)
			none = false
		}
	}
	if none {
		wrong.add(ErrNoCertificate)
	}
	return errors.Join(wrong...)
}

// maxFaults bounds how many faults of a text are told.
const maxFaults = 10

// faults are what is wrong with the blocks of a text of which one broken doesn't keep the others out.
type faults []error

func (f *faults) add(err error) {
	if len(*f) < maxFaults {
		*f = append(*f, err)
	}
}
