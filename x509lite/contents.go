package x509lite

import (
	"iter"
	"strings"

	"golang.org/x/crypto/cryptobyte/asn1"
)

// Extensions that decide nothing in a path: read when somebody asks. One that is malformed gives what nothing gives.

const (
	oidIssuerAltName       OID = "\x55\x1d\x12"
	oidAuthorityInfoAccess OID = "\x2b\x06\x01\x05\x05\x07\x01\x01"
	oidSubjectInfoAccess   OID = "\x2b\x06\x01\x05\x05\x07\x01\x0b"
	oidTLSFeature          OID = "\x2b\x06\x01\x05\x05\x07\x01\x18"
	oidAccessOCSP          OID = "\x2b\x06\x01\x05\x05\x07\x30\x01"
	oidAccessIssuers       OID = "\x2b\x06\x01\x05\x05\x07\x30\x02"
	oidQualifierCPS        OID = "\x2b\x06\x01\x05\x05\x07\x02\x01"
	oidQualifierNotice     OID = "\x2b\x06\x01\x05\x05\x07\x02\x02"
)

// Extension returns the extension of this type; ok is false if there is none.
func (c *Certificate) Extension(id OID) (e Extension, ok bool) {
	for e := range c.Extensions() {
		if e.ID == id {
			return e, true
		}
	}
	return e, false
}

// IssuerAltNames goes through the names of issuerAltName (RFC 5280, Section 4.2.1.7) in the order of the certificate.
func (c *Certificate) IssuerAltNames() iter.Seq[GeneralName] {
	return func(yield func(GeneralName) bool) {
		var list der
		e, _ := c.Extension(oidIssuerAltName)
		d := der(e.Value)
		if readSequence(&d, &list) && d.Empty() {
			eachGeneralName(list, yield)
		}
	}
}

// Access is an AccessDescription (RFC 5280, Section 4.2.2.1): a service of the issuer, and where it is.
type Access struct {
	Method   OID // AccessOCSP or AccessIssuers, or another
	Location GeneralName
}

// Methods of authorityInfoAccess.
const (
	AccessOCSP    = oidAccessOCSP    // an OCSP responder
	AccessIssuers = oidAccessIssuers // certificates of the issuer
)

// AuthorityInfo goes through authorityInfoAccess in the order of the certificate. Nothing is fetched from there by this package.
func (c *Certificate) AuthorityInfo() iter.Seq[Access] {
	return func(yield func(Access) bool) {
		e, _ := c.Extension(oidAuthorityInfoAccess)
		eachAccess(e.Value, yield)
	}
}

// eachAccess goes through AuthorityInfoAccessSyntax until visit returns false; false then, and for a malformed encoding.
func eachAccess(d der, visit func(Access) bool) bool {
	var list der
	if !readSequence(&d, &list) || !d.Empty() || list.Empty() {
		return false
	}
	for !list.Empty() {
		var v der
		var id []byte
		var a Access
		if !readSequence(&list, &v) || !readOID(&v, &id) || !readGeneralName(&v, &a.Location) || !v.Empty() {
			return false
		}
		a.Method = OID(id)
		if !visit(a) {
			return false
		}
	}
	return true
}

// OCSPServers returns the URIs of OCSP responders in authorityInfoAccess, in order, in a fresh slice.
func (c *Certificate) OCSPServers() []string { return c.accessURIs(AccessOCSP) }

// IssuerURLs returns the URIs of certificates of the issuer in authorityInfoAccess, in order, in a fresh slice.
func (c *Certificate) IssuerURLs() []string { return c.accessURIs(AccessIssuers) }

func (c *Certificate) accessURIs(method OID) []string {
	var uris []string
	for a := range c.AuthorityInfo() {
		if a.Method == method && a.Location.Kind == URIName {
			uris = append(uris, strings.ToValidUTF8(string(a.Location.Value), "?"))
		}
	}
	return uris
}

// featureStatusRequest is TLS's extension status_request: what makes a certificate "must-staple".
const featureStatusRequest = 5

// Features returns the TLS extensions that the server must answer if the client offers them (RFC 7633, Section 4), in a fresh
// slice.
func (c *Certificate) Features() []int {
	e, ok := c.Extension(oidTLSFeature)
	if !ok {
		return nil
	}
	features, _ := readFeatures(e.Value)
	return features
}

func readFeatures(d der) (features []int, ok bool) {
	var list der
	if !readSequence(&d, &list) || !d.Empty() {
		return nil, false
	}
	for !list.Empty() {
		var n int
		if !readSmall(&list, asn1.INTEGER, &n) {
			return nil, false
		}
		features = append(features, n)
	}
	return features, true
}

// MustStaple reports whether the certificate is only to be believed together with a stapled OCSP response (RFC 7633, Section
// 4.2.3.1).
func (c *Certificate) MustStaple() bool {
	for _, f := range c.Features() {
		if f == featureStatusRequest {
			return true
		}
	}
	return false
}

// PolicyInfo is one policy with what it says to people (RFC 5280, Section 4.2.1.4).
type PolicyInfo struct {
	ID         OID
	Qualifiers []PolicyQualifier
}

// PolicyQualifier is a text or an address for people; Verify doesn't look at it.
type PolicyQualifier struct {
	ID           OID
	CPS          string   // address of a certification practice statement
	Notice       string   // explicitText of a user notice, in UTF-8
	Organization string   // whose notices Numbers are
	Numbers      []string // of notices that the organization published, in decimal

	hasNotice bool
}

// Policies returns certificatePolicies with their qualifiers, in order, in a fresh slice. PolicyIDs gives the identifiers alone.
func (c *Certificate) Policies() []PolicyInfo {
	e, ok := c.Extension(oidPolicies)
	if !ok {
		return nil
	}
	return policiesOf(e.Value)
}

// policiesOf reads the contents of certificatePolicies.
func policiesOf(d der) []PolicyInfo {
	var policies []PolicyInfo
	var list der
	for readSequence(&d, &list); !list.Empty(); {
		var v, qualifiers der
		var id []byte
		if !readSequence(&list, &v) || !readOID(&v, &id) {
			return policies
		}
		p := PolicyInfo{ID: OID(id)}
		if !v.Empty() && readSequence(&v, &qualifiers) {
			p.Qualifiers = readQualifiers(qualifiers)
		}
		policies = append(policies, p)
	}
	return policies
}

// readQualifiers reads what it understands of PolicyQualifierInfos.
func readQualifiers(list der) []PolicyQualifier {
	var found []PolicyQualifier
	for !list.Empty() {
		var v der
		var id []byte
		if !readSequence(&list, &v) || !readOID(&v, &id) {
			break
		}
		q := PolicyQualifier{ID: OID(id)}
		switch q.ID {
		case oidQualifierCPS:
			var uri der
			v.ReadASN1(&uri, asn1.IA5String)
			q.CPS = string(uri)
		case oidQualifierNotice:
			var notice der
			if readSequence(&v, &notice) {
				q.readNotice(notice)
			}
		}
		found = append(found, q)
	}
	return found
}

// readNotice reads UserNotice: a reference to notices by number, and a text, both optional.
func (q *PolicyQualifier) readNotice(d der) {
	if d.PeekASN1Tag(asn1.SEQUENCE) {
		var v, numbers, value der
		var tag asn1.Tag
		if !readSequence(&d, &v) || !v.ReadAnyASN1(&value, &tag) || !readSequence(&v, &numbers) {
			return
		}
		q.Organization = decodeString(tag, value)
		for !numbers.Empty() {
			var n der
			if !numbers.ReadASN1(&n, asn1.INTEGER) || len(n) > 64 {
				return
			}
			q.Numbers = append(q.Numbers, integer(n).String())
		}
	}
	var value der
	var tag asn1.Tag
	if d.ReadAnyASN1(&value, &tag) {
		q.Notice, q.hasNotice = decodeString(tag, value), true
	}
}
