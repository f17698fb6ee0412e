package x509lite

import (
	"time"

	"tlsengine/cipher"
)

const day = 24 * 60 * 60

// webLifetimes are the longest validities of servers' certificates, in days, by when they begin, the latest first: Baseline
// Requirements, Section 6.3.2.
var webLifetimes = [...]struct{ from, days int64 }{
	{midnight(2029, time.March, 15), 47},
	{midnight(2027, time.March, 15), 100},
	{midnight(2026, time.March, 15), 200},
	{midnight(2020, time.September, 1), 398},
	{midnight(2018, time.March, 1), 825},
}

func midnight(year int, month time.Month, day int) int64 {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix()
}

// webRules are demands of the CA/Browser Forum's Baseline Requirements for servers' certificates (version 2). Anchors are
// whoever's choice they are.
var webRules = [...]formRule{
	{"web-key-type", "Baseline Requirements, Section 6.1.5", CertRejected, func(f *formCheck) bool {
		return !webKey(f.c.PublicKey())
	}},
	{"web-signature-hash", "Baseline Requirements, Section 7.1.3.2", CADigestTooWeak, func(f *formCheck) bool {
		h := f.c.signedWith.Hash
		return !f.anchor && h != cipher.SHA256 && h != cipher.SHA384 && h != cipher.SHA512
	}},
	{"web-lifetime", "Baseline Requirements, Section 6.3.2", CertRejected, func(f *formCheck) bool {
		if f.depth > 0 {
			return false
		}
		for _, l := range webLifetimes {
			if f.c.notBefore >= l.from {
				return f.c.notAfter-f.c.notBefore+1 > l.days*day
			}
		}
		return false
	}},
	{"web-purpose-named", "Baseline Requirements, Sections 7.1.2.7.10 and 7.1.2.10.6", InvalidPurpose, func(f *formCheck) bool {
		// anyExtendedKeyUsage is no name of a purpose; a CA may be without the extension, a server may not.
		named := f.c.purposes&(1<<f.purpose) != 0
		return f.purpose == ServerAuth && !f.anchor && !named && (f.depth == 0 || f.c.has(extExtKeyUsage))
	}},
	{"web-leaf-is-no-ca", "Baseline Requirements, Section 7.1.2.7.8", CertRejected,
		func(f *formCheck) bool { return f.depth == 0 && f.c.isCA }},
	{"web-subject-alt-name", "Baseline Requirements, Section 7.1.2.7.12", CertRejected, func(f *formCheck) bool {
		return f.depth == 0 && (f.c.altKinds == 0 || f.c.altKinds&^(1<<DNSName|1<<IPAddress) != 0)
	}},
}

// webKey reports whether a key is of a kind that the Web PKI has.
func webKey(k cipher.PublicKey) bool {
	if k == nil {
		return false
	}
	switch k.Type() {
	case cipher.KeyRSA:
		return k.Bits() >= 2048 && k.Bits()%8 == 0
	case cipher.KeyECDSA:
		return k.Curve() == cipher.CurveP256 || k.Curve() == cipher.CurveP384 || k.Curve() == cipher.CurveP521
	}
	return false
}
