package x509lite

import (
	"time"

	"golang.org/x/crypto/cryptobyte/asn1"
)

// strictRules are the demands of RFC 5280 on the form of certificates that parsing doesn't make already (extensions only in
// version 3, key identifiers that are not critical, the same algorithm inside and outside of what is signed, names that aren't
// empty lists) or the default does (what is never critical, authorityInfoAccess for example, isn't understood if it is).
var strictRules = [...]formRule{
	{"serial-number-positive", "RFC 5280, Section 4.1.2.2", CertRejected, func(f *formCheck) bool {
		serial := f.c.RawSerial()
		return serial[0]&0x80 != 0 || len(serial) == 1 && serial[0] == 0
	}},
	{"serial-number-20-bytes", "RFC 5280, Section 4.1.2.2", CertRejected, func(f *formCheck) bool {
		return len(f.c.RawSerial()) > 20
	}},
	{"issuer-not-empty", "RFC 5280, Section 4.1.2.4", IssuerNameEmpty, func(f *formCheck) bool { return f.c.Issuer().Empty() }},
	{"validity-encoding", "RFC 5280, Section 4.1.2.5", CertRejected, func(f *formCheck) bool { return !f.c.timesEncodedRight() }},
	{"subject-not-empty", "RFC 5280, Section 4.1.2.6", SubjectNameEmpty, func(f *formCheck) bool {
		return f.c.Subject().Empty() && (f.c.isCA || f.c.has(extKeyUsage) && f.c.AllowsUsage(CRLSign) || !f.c.has(extSubjectAltName))
	}},
	{"no-unique-identifiers", "RFC 5280, Section 4.1.2.8", CertRejected, func(f *formCheck) bool { return f.c.hasUniqueID() }},
	{"authority-key-identifier-present", "RFC 5280, Section 4.2.1.1", MissingAuthorityKeyID, func(f *formCheck) bool {
		return f.c.version == 3 && !f.anchor && f.c.AuthorityKeyID() == nil && !(f.c.isCA && f.c.selfSigned())
	}},
	{"subject-key-identifier-present", "RFC 5280, Section 4.2.1.2", MissingSubjectKeyID, func(f *formCheck) bool {
		return f.c.version == 3 && f.c.isCA && f.c.SubjectKeyID() == nil
	}},
	{"key-usage-in-ca", "RFC 5280, Section 4.2.1.3", CAMissingKeyUsage,
		func(f *formCheck) bool { return f.c.isCA && !f.c.has(extKeyUsage) }},
	{"key-usage-not-empty", "RFC 5280, Section 4.2.1.3", InvalidExtension,
		func(f *formCheck) bool { return f.c.has(extKeyUsage) && f.c.keyUsage == 0 }},
	{"key-cert-sign-only-in-ca", "RFC 5280, Sections 4.2.1.3 and 4.2.1.9", KeyCertSignNotCA, func(f *formCheck) bool {
		return f.c.has(extKeyUsage) && f.c.AllowsUsage(KeyCertSign) && !f.c.isCA
	}},
	{"policies-distinct", "RFC 5280, Section 4.2.1.4", InvalidPolicyExtension, func(f *formCheck) bool {
		ids := f.c.PolicyIDs()
		return len(compact(ids)) < len(f.c.PolicyIDs())
	}},
	{"policy-mappings-in-ca", "RFC 5280, Section 4.2.1.5", InvalidPolicyExtension,
		func(f *formCheck) bool { return f.c.has(extPolicyMappings) && !f.c.isCA }},
	{"subject-alt-name-critical-if-alone", "RFC 5280, Section 4.2.1.6", SANNotCritical, func(f *formCheck) bool {
		return f.c.Subject().Empty() && f.c.critical&(1<<extSubjectAltName) == 0
	}},
	{"basic-constraints-critical-in-ca", "RFC 5280, Section 4.2.1.9", CABasicConstraintsNotCritical, func(f *formCheck) bool {
		return f.c.isCA && f.c.critical&(1<<extBasicConstraints) == 0
	}},
	{"path-length-only-in-ca", "RFC 5280, Section 4.2.1.9", PathLengthNotCA, func(f *formCheck) bool {
		_, bounded := f.c.MaxPathLen()
		return bounded && !f.c.isCA
	}},
	{"path-length-with-key-cert-sign", "RFC 5280, Section 4.2.1.9", PathLengthWithoutKeyCertSign, func(f *formCheck) bool {
		_, bounded := f.c.MaxPathLen()
		return bounded && !(f.c.has(extKeyUsage) && f.c.AllowsUsage(KeyCertSign))
	}},
	{"name-constraints-critical", "RFC 5280, Section 4.2.1.10", InvalidExtension,
		func(f *formCheck) bool { return f.c.notCritical(extNameConstraints) }},
	{"name-constraints-in-ca", "RFC 5280, Section 4.2.1.10", InvalidExtension,
		func(f *formCheck) bool { return f.c.has(extNameConstraints) && !f.c.isCA }},
	{"policy-constraints-critical", "RFC 5280, Section 4.2.1.11", InvalidExtension,
		func(f *formCheck) bool { return f.c.notCritical(extPolicyConstraints) }},
	{"distribution-point-names-something", "RFC 5280, Section 4.2.1.13", InvalidExtension,
		func(f *formCheck) bool { return f.c.hasEmptyPoint() }},
	{"inhibit-any-policy-critical", "RFC 5280, Section 4.2.1.14", InvalidExtension,
		func(f *formCheck) bool { return f.c.notCritical(extInhibitAnyPolicy) }},
	{"ml-dsa-key-usage", "RFC 9881, Section 5", InvalidExtension, func(f *formCheck) bool {
		const others = KeyEncipherment | DataEncipherment | KeyAgreement | EncipherOnly | DecipherOnly
		k := f.c.PublicKey()
		return k != nil && mldsaStrength(k.Type()) > 0 && f.c.has(extKeyUsage) && f.c.keyUsage&others != 0
	}},
	{"no-tolerated-defect", "RFC 5280, Section 4.1", CertRejected, func(f *formCheck) bool { return f.c.tolerated != 0 }},
}

func (c *Certificate) notCritical(e extension) bool { return c.has(e) && c.critical&(1<<e) == 0 }

// hasEmptyPoint reports whether a distribution point has neither name nor issuer.
func (c *Certificate) hasEmptyPoint() bool {
	empty := false
	if c.has(extCRLPoints) {
		eachPoint(der(c.ext[extCRLPoints].of(c.raw)), func(p *distributionPoint) bool {
			empty = p.name.absent() && p.issuer == nil
			return !empty
		})
	}
	return empty
}

// fields gives the validity's contents and what stands behind the key in tbsCertificate, which was checked when it was parsed.
func (c *Certificate) fields() (validity, tail der) {
	whole := der(c.RawTBS())
	var v der
	readSequence(&whole, &v)
	if c.version > 1 {
		v.SkipASN1(tagContextConstructed(0))
	}
	v.SkipASN1(asn1.INTEGER)
	v.SkipASN1(asn1.SEQUENCE) // signature
	v.SkipASN1(asn1.SEQUENCE) // issuer
	readSequence(&v, &validity)
	v.SkipASN1(asn1.SEQUENCE) // subject
	v.SkipASN1(asn1.SEQUENCE) // subjectPublicKeyInfo
	return validity, v
}

// Times from 2050 on, and before 1950, are GeneralizedTime (RFC 5280, Section 4.1.2.5).
var firstUTCTime, firstGeneralized = midnight(1950, time.January, 1), midnight(2050, time.January, 1)

// timesEncodedRight reports whether both times have the type that their year asks for.
func (c *Certificate) timesEncodedRight() bool {
	validity, _ := c.fields()
	return skipTime(&validity, c.notBefore) && skipTime(&validity, c.notAfter)
}

// skipTime takes a time, which was read before, and reports whether it has the type that its year asks for.
func skipTime(d *der, at int64) bool {
	tag := asn1.UTCTime
	if at >= firstGeneralized || at < firstUTCTime {
		tag = asn1.GeneralizedTime
	}
	return d.SkipASN1(tag)
}

// hasUniqueID reports whether one of the two unique identifiers is there.
func (c *Certificate) hasUniqueID() bool {
	_, tail := c.fields()
	return tail.PeekASN1Tag(tagContext(1)) || tail.PeekASN1Tag(tagContext(2))
}
