package x509lite

import (
	"strings"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"tlsengine/cipher"
)

// Missing is a revocation status that Verify looked for in vain, and all that is needed to get it. Whoever can fetch adds one of
// the CRLs to VerifyOptions.CRLs or a response to VerifyOptions.OCSP and calls Verify again.
type Missing struct {
	Certificate *Certificate // whose status it is; RawSerial and Issuer say what a list or response must speak of
	Issuer      *Certificate // who issued it, on the path that was tried
	Code        Code         // what stood in the way: UnableToGetCRL or OCSPVerifyNeeded if nothing was at hand
	CRLs        []MissingCRL // all of these are needed, one at least, unless there is an OCSP response
	Responders  []string     // URIs of OCSP responders, by the certificate's words; may be empty. OCSPRequest makes what they want
}

// MissingCRL is a revocation list that would say something new.
type MissingCRL struct {
	Issuer Name     // who issues the list, a view of the certificate
	URIs   []string // where it is published, by the certificate's words: each is the same list; may be empty
}

// Bounds of what is reported.
const (
	maxMissing     = 16 // statuses; VerifyError.Missing says so too
	maxMissingCRLs = 16 // lists for one status
)

// String returns one line for people.
func (m *Missing) String() string {
	var b strings.Builder
	b.WriteString("status of " + m.Certificate.label() + ", serial number " + m.Certificate.SerialNumber().String())
	for _, l := range m.CRLs {
		b.WriteString("; " + l.String())
	}
	if len(m.Responders) > 0 {
		b.WriteString("; OCSP responder " + quote(strings.Join(m.Responders, " ")))
	}
	return b.String()
}

// String returns one line for people.
func (l *MissingCRL) String() string {
	text := "CRL of " + quote(l.Issuer.String())
	if len(l.URIs) > 0 {
		text += ", published at " + quote(strings.Join(l.URIs, " "))
	}
	return text
}

// missing tells what would settle the status, after the search.
func (s *statusCheck) missing(code Code) Missing {
	m := Missing{Certificate: s.c, Issuer: s.issuer(), Code: code, Responders: s.c.OCSPServers()}
	if s.c.has(extCRLPoints) {
		eachPoint(der(s.c.ext[extCRLPoints].of(s.c.raw)), func(p *distributionPoint) bool {
			if p.reasons&^s.covered != 0 {
				m.CRLs = append(m.CRLs, MissingCRL{p.listIssuer(s.c), p.uris()})
			}
			return len(m.CRLs) < maxMissingCRLs
		})
	}
	if len(m.CRLs) == 0 {
		m.CRLs = []MissingCRL{{Issuer: s.c.Issuer()}}
	}
	return m
}

// listIssuer gives the name of who issues the lists for the point.
func (p *distributionPoint) listIssuer(c *Certificate) Name {
	if names := directories(p.issuer); len(names) > 0 {
		return names[0]
	}
	return c.Issuer()
}

// lack notes a status that is unknown, once.
func (b *pathBuilder) lack(m Missing) {
	for i := range b.missing {
		if b.missing[i].Certificate == m.Certificate && b.missing[i].Issuer == m.Issuer {
			return
		}
	}
	if len(b.missing) < maxMissing {
		b.missing = append(b.missing, m)
	}
}

// OCSPRequest returns the DER of an unsigned request for the certificate's status (RFC 6960, Section 4.1.1), a fresh slice, to be
// sent to one of OCSPServers. The issuer is named with SHA-1, which all responders know; there is no nonce, so that responders
// may answer with what they have.
func OCSPRequest(c, issuer *Certificate) []byte {
	b := newBuilder()
	sequence := func(b *builder, contents func(*builder)) {
		b.AddASN1(asn1.SEQUENCE, cryptobyte.BuilderContinuation(contents))
	}
	sequence(b, func(b *builder) { // OCSPRequest
		sequence(b, func(b *builder) { // TBSRequest
			sequence(b, func(b *builder) { // requestList
				sequence(b, func(b *builder) { // Request
					sequence(b, func(b *builder) { // CertID
						addAlgorithm(b, oidSHA1, derNull)
						b.AddASN1OctetString(digest(cipher.SHA1, c.RawIssuer()))
						b.AddASN1OctetString(digest(cipher.SHA1, issuer.keyBits()))
						b.AddASN1(asn1.INTEGER, func(b *builder) { b.AddBytes(c.RawSerial()) })
					})
				})
			})
		})
	})
	return b.BytesOrPanic()
}
