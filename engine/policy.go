package engine

import (
	"slices"

	"tlsengine/cipher"
)

// A Policy is a choice of versions and algorithms that some authority prescribes. It is what a configuration can keep to, and
// no more: who must follow such rules also finds some for keys, certificates and machines among them.
//
// The zero Config follows none: it takes what is sound, which is more than any of these takes.
type Policy struct {
	source string
	lowest cipher.Version
	suites []cipher.SuiteID
	groups []cipher.GroupID
	// schemes are what both ends may sign with.
	schemes  []cipher.SignatureScheme
	ownOrder bool
	// unreplayable: no early data, which somebody could send again.
	unreplayable bool
}

// PolicySP80052 is for servers and clients of the government of the United States: TLS 1.2 and 1.3, AES-GCM with ephemeral
// keys, the NIST's curves (NIST SP 800-52, revision 2, August 2019). Suites with CBC, which the publication allows with
// encrypt-then-MAC, are left out.
var PolicySP80052 = &Policy{
	source: "NIST SP 800-52r2",
	lowest: cipher.VersionTLS12,
	suites: []cipher.SuiteID{
		cipher.TLS_AES_128_GCM_SHA256, cipher.TLS_AES_256_GCM_SHA384,
		cipher.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, cipher.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
		cipher.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, cipher.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	},
	groups: []cipher.GroupID{cipher.CurveP256, cipher.CurveP384},
	schemes: []cipher.SignatureScheme{
		cipher.ECDSAP256SHA256, cipher.RSAPSSRSAESHA256, cipher.RSAPKCS1SHA256,
		cipher.ECDSAP384SHA384, cipher.RSAPSSRSAESHA384, cipher.RSAPKCS1SHA384,
		cipher.RSAPSSRSAESHA512, cipher.RSAPKCS1SHA512,
	},
}

// PolicyWPA3 is for the 192-bit mode of WPA3-Enterprise, whose stations speak EAP-TLS: P-384, AES-256-GCM, and SHA-384 or more
// (WPA3 Specification 3.1, Section 3.5).
var PolicyWPA3 = &Policy{
	source: "WPA3 3.1, 192-bit mode",
	lowest: cipher.VersionTLS12,
	suites: []cipher.SuiteID{
		cipher.TLS_AES_256_GCM_SHA384,
		cipher.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, cipher.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	},
	groups: []cipher.GroupID{cipher.CurveP384},
	schemes: []cipher.SignatureScheme{
		cipher.ECDSAP384SHA384, cipher.RSAPSSRSAESHA384, cipher.RSAPKCS1SHA384, cipher.RSAPSSRSAESHA512, cipher.RSAPKCS1SHA512,
	},
}

// PolicyCNSA1 is the first suite of algorithms for national security systems of the United States (RFC 9151), and before its
// own groups ML-KEM-1024, which the second demands: for the time in which both are about. RSA key transport is part of it, at
// the end.
var PolicyCNSA1 = &Policy{
	source: "RFC 9151",
	lowest: cipher.VersionTLS12,
	suites: []cipher.SuiteID{
		cipher.TLS_AES_256_GCM_SHA384,
		cipher.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, cipher.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
		cipher.TLS_DHE_RSA_WITH_AES_256_GCM_SHA384, cipher.TLS_RSA_WITH_AES_256_GCM_SHA384,
	},
	groups:   []cipher.GroupID{cipher.MLKEM1024, cipher.CurveP384, cipher.FFDHE3072, cipher.FFDHE4096},
	schemes:  signaturesOfCNSA1,
	ownOrder: true,

	unreplayable: true,
}

// signaturesOfCNSA1 are those of RFC 9151, Sections 6.2 and 7.1.
var signaturesOfCNSA1 = []cipher.SignatureScheme{
	cipher.ECDSAP384SHA384, cipher.RSAPSSPSSSHA384, cipher.RSAPSSRSAESHA384, cipher.RSAPKCS1SHA384,
}

// PolicyCNSA2Secrecy is the first step to the second suite of algorithms for such systems: its key exchange, ML-KEM-1024 with
// AES-256 in TLS 1.3, and still the signatures of the first, for nobody certifies ML-DSA yet. What is recorded today stays
// secret.
var PolicyCNSA2Secrecy = &Policy{
	source:  "CNSA 2.0, with RFC 9151's signatures",
	lowest:  cipher.VersionTLS13,
	suites:  []cipher.SuiteID{cipher.TLS_AES_256_GCM_SHA384},
	groups:  []cipher.GroupID{cipher.MLKEM1024},
	schemes: signaturesOfCNSA1, unreplayable: true,
}

// PolicyCNSA2 is the second suite as a whole (draft-becker-cnsa2-tls-profile): ML-KEM-1024, AES-256 and ML-DSA-87.
var PolicyCNSA2 = &Policy{
	source:  "CNSA 2.0",
	lowest:  cipher.VersionTLS13,
	suites:  []cipher.SuiteID{cipher.TLS_AES_256_GCM_SHA384},
	groups:  []cipher.GroupID{cipher.MLKEM1024},
	schemes: []cipher.SignatureScheme{cipher.MLDSA87}, unreplayable: true,
}

// String says where the rules stand.
func (p *Policy) String() string { return p.source }

// Schemes returns what the policy lets both ends sign with, the best first: handshake.NewCredential takes it, so that no other
// is used for a credential of ours. The slice is the caller's.
func (p *Policy) Schemes() []cipher.SignatureScheme { return slices.Clone(p.schemes) }

// Apply sets c's versions, suites, groups and schemes, and on servers whose order counts. Whatever it was before is lost; what
// is set afterwards is no longer the policy's. Those of CNSA turn early data off. Key shares go back to what follows from the
// groups.
func (p *Policy) Apply(c *Config) {
	c.MinVersion, c.MaxVersion, c.WithoutVersions = p.lowest, cipher.VersionTLS13, nil
	c.Suites, c.OldSuites = slices.Clone(p.suites), nil
	c.Groups, c.KeyShares = slices.Clone(p.groups), nil
	c.Schemes, c.CertificateSchemes = p.Schemes(), nil
	c.PreferOwnOrder = p.ownOrder
	if p.unreplayable {
		// RFC 9151, Section 7.3: early_data must not be sent.
		c.MaxEarlyData = 0
	}
}
