package x509lite

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"tlsengine/cipher"
)

// Revocation says whose status Verify looks up in the CRLs and OCSP responses at hand.
type Revocation uint8

// The modes, as OpenSSL has them. A trust anchor that ends a chain is not looked up: whoever doesn't want it takes it out of the
// pool.
const (
	NoRevocation    Revocation = iota // nothing is looked up
	RevocationLeaf                    // the leaf's status must be known (X509_V_FLAG_CRL_CHECK)
	RevocationChain                   // every one's below the anchor, and of who signed CRLs and responses (X509_V_FLAG_CRL_CHECK_ALL)
)

// maxCRLs bounds the lists of one issuer that are considered for one distribution point.
const maxCRLs = 256

// checkRevocation judges the finished chain. All that is missing is noted, so that it can be fetched at once.
func (b *pathBuilder) checkRevocation() bool {
	last := 0
	switch b.o.Revocation {
	case NoRevocation:
		return true
	case RevocationChain:
		last = max(b.depth-2, 0)
	}
	known := true
	for i := range last + 1 {
		s := statusCheck{b: b, c: b.chain[i], from: min(i+1, b.depth-1), staple: i == 0 && b.o.OCSP != nil && b.chain[i].MustStaple()}
		code, detail := s.run()
		switch {
		case code == OK:
			continue
		case code == CertRevoked || code == BudgetExceeded:
			b.failAt(i, code, detail)
			return false
		}
		b.lack(s.missing(code))
		if known && code == CertRejected {
			b.rule = s.rule
		}
		if known {
			b.failAt(i, code, detail)
		}
		known = false
	}
	return known
}

// statusCheck finds out whether one certificate is revoked: RFC 5280, Section 6.3.3, and RFC 6960. The chain is whole when it is
// made.
type statusCheck struct {
	b      *pathBuilder
	c      *Certificate
	from   int  // where in the chain the issuers of the certificate begin
	staple bool // only an OCSP response will do: RFC 7633, Section 4.2.3.1

	good    bool      // an OCSP response says so
	covered reasonSet // reasons_mask: the reasons that lists were found for
	revoked string    // why and when, "" if neither list nor response has it
	code    Code      // the most telling of what was wrong with lists and responses
	detail  string
	rule    string // of the list's form, if that is what was wrong
}

// issuer is the certificate's, on this path.
func (s *statusCheck) issuer() *Certificate { return s.b.chain[s.from] }

func (s *statusCheck) done() bool {
	return s.revoked != "" || s.covered == allReasons || s.code == BudgetExceeded
}

// run asks both. A response that says "good" doesn't outweigh a list that says "revoked": the peer chooses what it staples.
func (s *statusCheck) run() (Code, string) {
	s.responses()
	s.lists()
	return s.verdict()
}

// lists goes through the distribution points, then through what else the issuer published.
func (s *statusCheck) lists() {
	if s.c.has(extCRLPoints) && !s.done() {
		eachPoint(der(s.c.ext[extCRLPoints].of(s.c.raw)), func(p *distributionPoint) bool {
			s.point(p)
			return !s.done()
		})
	}
	if !s.done() {
		// RFC 5280, Section 6.3.3, at the end: as for a point of all reasons with the name of the certificate's issuer.
		s.point(&distributionPoint{name: pointName{full: directoryOf(s.c.RawIssuer())}, reasons: allReasons})
	}
}

// verdict sums up.
func (s *statusCheck) verdict() (Code, string) {
	switch {
	case s.revoked != "":
		return CertRevoked, s.revoked
	case s.code == BudgetExceeded:
		return s.code, s.detail
	case s.good:
		return OK, ""
	case s.staple:
		return OCSPVerifyNeeded, "the certificate asks for a stapled response"
	case s.covered == allReasons:
		return OK, ""
	case s.code != OK:
		return s.code, s.detail
	case s.b.o.CRLs == nil && s.b.o.OCSP != nil:
		return OCSPVerifyNeeded, s.wanted()
	}
	return UnableToGetCRL, s.wanted()
}

// directoryOf gives the contents of GeneralNames that hold the one name.
func directoryOf(name []byte) der {
	b := newBuilder()
	b.AddASN1(tagContextConstructed(uint8(DirectoryName)), func(b *builder) { b.AddBytes(name) })
	out, err := b.Bytes()
	if err != nil {
		return nil
	}
	return out
}

// wanted says in few words what the caller could supply; see Missing for all of it.
func (s *statusCheck) wanted() string {
	text := "CRL of " + quote(s.c.Issuer().String())
	if s.covered != 0 {
		text = "further " + text + ", for other reasons"
	}
	if uris := s.c.CRLPoints(); len(uris) > 0 {
		text += ", published at " + quote(strings.Join(uris, " "))
	}
	return text
}

// problemRank orders what can be wrong with responses and lists by how far they came.
var problemRank = []Code{OCSPVerifyFailed, OCSPCertUnknown, DifferentCRLScope, UnhandledCriticalCRLExtension, CRLNotYetValid,
	CRLHasExpired,
	CertRejected, UnableToGetCRLIssuer, KeyUsageNoCRLSign, CRLPathValidation, CADigestTooWeak, CRLSignatureFailure, BudgetExceeded}

// problem notes what is wrong with a response or a list.
func (s *statusCheck) problem(code Code, detail string) {
	if slices.Index(problemRank, code) > slices.Index(problemRank, s.code) {
		s.code, s.detail = code, detail
	}
}

// listProblem notes what is wrong with a list; more may say what the list's name doesn't.
func (s *statusCheck) listProblem(code Code, l *CRL, more string) { s.problem(code, l.label()+more) }

// point looks at the lists for one distribution point, the newest first.
func (s *statusCheck) point(p *distributionPoint) {
	if s.b.o.CRLs == nil {
		return
	}
	issuers := []Name{s.c.Issuer()}
	if p.issuer != nil {
		issuers = directories(p.issuer)
	}
	for _, issuer := range issuers {
		lists := s.b.o.CRLs.IssuedBy(issuer)
		lists = slices.Clone(lists[:min(len(lists), maxCRLs)])
		// A certificate may name very many points and issuers.
		if s.b.comparisons -= 1 + len(lists); s.b.comparisons < 0 {
			s.code, s.detail = BudgetExceeded, "too many distribution points"
			return
		}
		slices.SortStableFunc(lists, func(x, y *CRL) int { return int(min(max(y.thisUpdate-x.thisUpdate, -1), 1)) })
		for _, l := range lists {
			if l.base.n == 0 && l.Issuer().Equal(issuer) {
				s.consider(p, l, lists)
			}
			if s.done() {
				return
			}
		}
	}
}

// consider takes a complete list, and the delta to it if there is one, into account.
func (s *statusCheck) consider(p *distributionPoint, l *CRL, siblings []*CRL) {
	if !s.inScope(p, l) {
		s.listProblem(DifferentCRLScope, l, "")
		return
	}
	// RFC 5280, Section 6.3.3 (d) and (e): only if it says something new.
	reasons := l.scope.reasons & p.reasons
	if reasons&^s.covered == 0 {
		return
	}
	if code := l.usable(s.b.now); code != OK {
		s.listProblem(code, l, "")
		return
	}
	if r := s.brokenRule(l); r != nil {
		s.listProblem(CertRejected, l, ": "+r.name+": "+r.source)
		s.rule = r.name
		return
	}
	key, ok := s.signer(l)
	if !ok {
		return
	}
	s.covered |= reasons // (l)
	if d := s.delta(l, key, siblings); d != nil {
		if r, found := d.Find(s.c.Issuer(), s.c.RawSerial()); found {
			// (i) and (k): the delta is the newer of the two, and may take back what the complete list has.
			if r.Reason != RemoveFromCRL {
				s.note(&r, d)
			}
			return
		}
	}
	if r, found := l.Find(s.c.Issuer(), s.c.RawSerial()); found { // (j)
		s.note(&r, l)
	}
}

func (s *statusCheck) note(r *Revoked, l *CRL) {
	s.revoked = fmt.Sprintf("on %s, %v, says the %s", dayOf(r.Date.Unix()), r.Reason, l.label())
}

// brokenRule gives the rule about form that the degree asks for and the list breaks.
func (s *statusCheck) brokenRule(l *CRL) *crlRule {
	if s.b.o.Degree == Default {
		return nil
	}
	return l.brokenRule()
}

// usable checks what a list is checked by alone.
func (l *CRL) usable(now int64) Code {
	switch {
	// RFC 5280, Section 5.2: what is critical and not understood makes a list useless.
	case l.unknownCritical.n > 0:
		return UnhandledCriticalCRLExtension
	// RFC 5280, Section 5.1.2.4 and 5.1.2.5, and Section 6.3.3 (a).
	case now < l.thisUpdate:
		return CRLNotYetValid
	case l.hasNext && now > l.nextUpdate:
		return CRLHasExpired
	}
	return OK
}

// inScope is RFC 5280, Section 6.3.3 (b): is the list for this point and this kind of certificate.
func (s *statusCheck) inScope(p *distributionPoint, l *CRL) bool {
	sc := &l.scope
	// (b)(1): another issuer's list must say that it speaks of others.
	if p.issuer != nil && !sc.other {
		return false
	}
	// (b)(2)(ii) to (iv).
	if sc.users && s.c.isCA || sc.cas && !s.c.isCA || sc.attributes {
		return false
	}
	// (b)(2)(i): the names have one in common.
	if sc.name.absent() {
		return true
	}
	wanted := p.issuer
	if !p.name.absent() {
		base := s.c.Issuer()
		if p.issuer != nil {
			base = l.Issuer()
		}
		wanted = p.name.absolute(base)
	}
	found := sharesName(sc.name.absolute(l.Issuer()), wanted, &s.b.comparisons)
	if s.b.comparisons < 0 {
		s.listProblem(BudgetExceeded, l, ", too many names of distribution points")
	}
	return found
}

// delta gives the newest list of differences to l that is usable, nil if there is none: RFC 5280, Section 6.3.3 (c) and (h).
func (s *statusCheck) delta(l *CRL, key cipher.PublicKey, siblings []*CRL) *CRL {
	var best *CRL
	for _, d := range siblings {
		if d.base.n == 0 || l.number.n == 0 || d.number.n == 0 || !d.Issuer().Equal(l.Issuer()) {
			continue
		}
		base, number, complete := d.base.of(d.raw), d.number.of(d.raw), l.number.of(l.raw)
		// Section 5.2.4: the complete list is not older than the delta's base, and older than the delta.
		if compareNumbers(base, complete) > 0 || compareNumbers(complete, number) >= 0 {
			continue
		}
		if best != nil && compareNumbers(number, best.number.of(best.raw)) <= 0 {
			continue
		}
		// The same scope, and the same key.
		if !bytes.Equal(d.scope.raw.of(d.raw), l.scope.raw.of(l.raw)) || !bytes.Equal(d.AuthorityKeyID(), l.AuthorityKeyID()) {
			continue
		}
		if d.usable(s.b.now) == OK && s.brokenRule(d) == nil && s.b.checkCRLSignature(d, nil, key) == OK {
			best = d
		}
	}
	return best
}

// compareNumbers compares the contents of two INTEGERs that are not negative.
func compareNumbers(a, b []byte) int {
	a, b = bytes.TrimLeft(a, "\x00"), bytes.TrimLeft(b, "\x00")
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return bytes.Compare(a, b)
}
