package x509lite

import "golang.org/x/crypto/cryptobyte/asn1"

// crlRule is one demand on the form of a revocation list. A new one is a row in crlRules.
type crlRule struct {
	name   string // what VerifyError.Rule shows
	source string // document and section
	broken func(*crlForm) bool
}

// crlForm is a list with what one look at its entries tells.
type crlForm struct {
	*CRL
	entries entryForm
}

// entryForm says what is wrong with any of the entries.
type entryForm struct {
	times, removed, reasons, dates, issuers bool
}

// crlRules are the demands of RFC 5280 on the form of lists that parsing doesn't make already (version 2 if there are extensions,
// the same algorithm inside and outside of what is signed, an issuer with a name, extensions of entries only where they may be)
// or the default does (what is critical is understood). Two are left out: Sections 5.2.1 and 5.2.3 want a key identifier and a
// number in each list, which `openssl ca` leaves out unless it is told otherwise. Nothing is decided by them here: a list's
// signature is tried with each key of its issuer, and a delta goes only with lists that have a number.
var crlRules = [...]crlRule{
	{"crl-times-encoding", "RFC 5280, Sections 5.1.2.4 to 5.1.2.6",
		func(l *crlForm) bool { return !l.timesEncodedRight() || l.entries.times }},
	{"crl-next-update-present", "RFC 5280, Section 5.1.2.5", func(l *crlForm) bool { return !l.hasNext }},
	{"crl-entries-absent-if-none", "RFC 5280, Section 5.1.2.6", func(l *crlForm) bool { return l.count == 0 && l.hasEntriesField() }},
	{"crl-authority-key-identifier-not-critical", "RFC 5280, Section 4.2.1.1",
		func(l *crlForm) bool { return l.isCritical(oidAuthorityKeyID, true) }},
	{"crl-issuer-alt-name-not-critical", "RFC 5280, Section 5.2.2",
		func(l *crlForm) bool { return l.isCritical(oidIssuerAltName, true) }},
	{"crl-number-not-critical", "RFC 5280, Section 5.2.3", func(l *crlForm) bool { return l.isCritical(oidCRLNumber, true) }},
	{"crl-number-20-bytes", "RFC 5280, Section 5.2.3", func(l *crlForm) bool { return l.number.n > 20 || l.base.n > 20 }},
	{"crl-delta-indicator-critical", "RFC 5280, Section 5.2.4", func(l *crlForm) bool { return l.isCritical(oidDeltaCRL, false) }},
	{"crl-issuing-point-critical", "RFC 5280, Section 5.2.5", func(l *crlForm) bool { return l.isCritical(oidIssuingPoint, false) }},
	{"crl-issuing-point-not-empty", "RFC 5280, Section 5.2.5", func(l *crlForm) bool { return l.scope.raw.n == 2 }},
	{"crl-not-for-attributes", "RFC 5280, Section 5.2.5", func(l *crlForm) bool { return l.scope.attributes }},
	{"crl-freshest-not-critical", "RFC 5280, Section 5.2.6", func(l *crlForm) bool { return l.isCritical(oidFreshestCRL, true) }},
	{"crl-freshest-not-in-delta", "RFC 5280, Section 5.2.6", func(l *crlForm) bool {
		_, has := l.extension(oidFreshestCRL)
		return has && l.base.n > 0
	}},
	{"crl-authority-info-not-critical", "RFC 5280, Section 5.2.7",
		func(l *crlForm) bool { return l.isCritical(oidAuthorityInfoAccess, true) }},
	{"crl-remove-only-in-delta", "RFC 5280, Section 5.3.1", func(l *crlForm) bool { return l.entries.removed && l.base.n == 0 }},
	{"crl-reason-not-critical", "RFC 5280, Section 5.3.1", func(l *crlForm) bool { return l.entries.reasons }},
	{"crl-invalidity-date-not-critical", "RFC 5280, Section 5.3.2", func(l *crlForm) bool { return l.entries.dates }},
	{"crl-certificate-issuer-critical", "RFC 5280, Section 5.3.3", func(l *crlForm) bool { return l.entries.issuers }},
}

// brokenRule returns the first rule that the list breaks, nil if it keeps all. It looks at all entries, once in the list's life.
func (l *CRL) brokenRule() *crlRule {
	l.formOnce.Do(func() {
		f := crlForm{CRL: l, entries: l.entriesForm()}
		for i := range crlRules {
			if r := &crlRules[i]; r.broken(&f) {
				l.broken = r
				return
			}
		}
	})
	return l.broken
}

func (l *CRL) extension(id OID) (e Extension, ok bool) {
	for e := range l.Extensions() {
		if e.ID == id {
			return e, true
		}
	}
	return Extension{}, false
}

// isCritical reports whether the extension is there and critical, or, for false, there and not critical.
func (l *CRL) isCritical(id OID, critical bool) bool {
	e, has := l.extension(id)
	return has && e.Critical == critical
}

// entriesForm looks at every entry.
func (l *CRL) entriesForm() (f entryForm) {
	var e Revoked
	for d := der(l.entries.of(l.raw)); !d.Empty(); {
		element := d
		if !readEntry(&d, &e) {
			break
		}
		var v der
		readSequence(&element, &v)
		v.SkipASN1(asn1.INTEGER)
		f.times = f.times || !skipTime(&v, e.Date.Unix())
		f.removed = f.removed || e.Reason == RemoveFromCRL
		for x := range e.Extensions() {
			f.reasons = f.reasons || x.ID == oidReasonCode && x.Critical
			f.dates = f.dates || x.ID == oidInvalidityDate && x.Critical
			f.issuers = f.issuers || x.ID == oidCertificateIssuer && !x.Critical
		}
	}
	return f
}

// behindIssuer gives what follows the issuer's name in tbsCertList, which was checked when it was parsed.
func (l *CRL) behindIssuer() der {
	whole := der(l.RawTBS())
	var v der
	readSequence(&whole, &v)
	v.SkipOptionalASN1(asn1.INTEGER)
	v.SkipASN1(asn1.SEQUENCE) // signature
	v.SkipASN1(asn1.SEQUENCE) // issuer
	return v
}

// timesEncodedRight reports whether both updates have the type that their year asks for.
func (l *CRL) timesEncodedRight() bool {
	v := l.behindIssuer()
	return skipTime(&v, l.thisUpdate) && (!l.hasNext || skipTime(&v, l.nextUpdate))
}

// hasEntriesField reports whether revokedCertificates is there, be it empty.
func (l *CRL) hasEntriesField() bool { return l.entries.at > 0 }
