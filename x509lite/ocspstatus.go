package x509lite

import (
	"fmt"

	"golang.org/x/crypto/cryptobyte/asn1"
)

// OCSPSource finds OCSP responses. Its method may be called from several goroutines.
type OCSPSource interface {
	// About returns responses that may speak of the certificate, in any order; the slice is only read. What they say is checked by
	// whoever asks.
	About(c *Certificate) []*OCSPResponse
}

// OCSPStore is an OCSPSource in memory, for stapled responses and those that somebody fetched. The zero value is empty. Once
// filled it may be read from any number of goroutines.
type OCSPStore struct {
	bySerial map[string][]*OCSPResponse // key: contents of the serial number's INTEGER
}

// Add adds a response. Of one that speaks of many certificates, the first 1000 are looked at.
func (s *OCSPStore) Add(r *OCSPResponse) {
	if s.bySerial == nil {
		s.bySerial = make(map[string][]*OCSPResponse)
	}
	n := 0
	for a := range r.Answers() {
		if n++; n > maxAnswers {
			break
		}
		list := s.bySerial[string(a.Serial)]
		if len(list) == 0 || list[len(list)-1] != r {
			s.bySerial[string(a.Serial)] = append(list, r)
		}
	}
}

// About returns the responses about certificates with this serial number; the slice is the store's.
func (s *OCSPStore) About(c *Certificate) []*OCSPResponse {
	if s == nil {
		return nil
	}
	return s.bySerial[string(c.RawSerial())]
}

// maxResponses bounds the responses that are considered for one certificate.
const maxResponses = 8

// responses takes the OCSP responses at hand into account.
func (s *statusCheck) responses() {
	b := s.b
	if b.o.OCSP == nil {
		return
	}
	o := OCSPOptions{Time: b.o.Time, SecurityBits: b.o.SecurityBits}
	list := b.o.OCSP.About(s.c)
	for _, r := range list[:min(len(list), maxResponses)] {
		if b.signatures -= r.cost(s.issuer()); b.signatures < 0 {
			s.code, s.detail = BudgetExceeded, "too many OCSP responses to check"
			return
		}
		a, responder, err := r.check(s.c, s.issuer(), &o)
		switch {
		case err != nil:
			s.problem(OCSPVerifyFailed, err.Error())
		case !s.responderStands(responder): // which noted the problem
		case a.Status == StatusRevoked:
			s.revoked = fmt.Sprintf("on %s, %v, says the OCSP response", dayOf(a.RevokedAt.Unix()), a.Reason)
		case a.Status == StatusUnknown:
			s.problem(OCSPCertUnknown, "")
		default:
			s.good = true
		}
		if s.done() {
			return
		}
	}
}

// cost bounds the signatures that check makes for a response by the issuer's choice, in units of signatureCost.
func (r *OCSPResponse) cost(issuer *Certificate) int {
	key := issuer.PublicKey()
	if key == nil {
		return 1
	}
	n := 1
	for d := der(r.certificates.of(r.raw)); n <= maxResponders && !d.Empty() && d.SkipASN1(asn1.SEQUENCE); {
		n++
	}
	return n * signatureCost(key)
}

// responderStands judges the status of a delegated responder, nil if the issuer answered itself. RFC 6960, Section 4.2.2.2.1:
// with id-pkix-ocsp-nocheck it is to be trusted while its certificate lives; otherwise CRLs tell, and where they don't, it is for
// the caller to say. Here that is Revocation: for whole chains, as for signers of CRLs, the status must be known.
func (s *statusCheck) responderStands(c *Certificate) bool {
	if c == nil {
		return true
	}
	if _, exempt := c.Extension(oidOCSPNoCheck); exempt {
		return true
	}
	own := statusCheck{b: s.b, c: c, from: s.from}
	own.lists()
	switch code, detail := own.verdict(); {
	case code == OK:
		return true
	case code == BudgetExceeded:
		s.code, s.detail = code, detail
	case code == CertRevoked:
		s.problem(OCSPVerifyFailed, "the responder "+c.label()+" is revoked "+detail)
	case s.b.o.Revocation == RevocationChain:
		s.b.lack(own.missing(code))
		s.problem(OCSPVerifyFailed, "the status of the responder "+c.label()+" is unknown: "+detail)
	default:
		return true
	}
	return false
}
