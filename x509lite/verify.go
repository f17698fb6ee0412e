package x509lite

import "time"

// VerifyOptions say what to trust and for what. The zero value trusts nothing.
type VerifyOptions struct {
	Roots         *Pool          // trust anchors; nil: none
	Intermediates []*Certificate // what the peer sent beside the leaf, in any order, strangers included
	Time          time.Time      // the moment at which all must be valid; there is no other clock
	Purpose       Purpose        // ServerAuth if left out
	Hostname      string         // host name or IP literal that the leaf must be for; "": not checked
	HostRules     HostRules      // which rules about names are relaxed

	// Degree is how exactly the form of certificates is looked at: Default, Strict or WebPKI.
	Degree Degree

	// Anchors says which certificates of Roots may end a chain; AnyAnchor if left out.
	Anchors Anchors

	// PeerFirst tries the certificates of Intermediates before those of Roots, as OpenSSL does without X509_V_FLAG_TRUSTED_FIRST.
	// Other chains are looked for all the same.
	PeerFirst bool

	// Policies are the inputs for certificate policies; the zero value asks for none.
	Policies PolicyInputs

	// Revocation says whose status must be known: NoRevocation if left out. CRLs and OCSP are where it is looked up, either may
	// be nil. With OCSP, a certificate that asks for a stapled response must have one. Nothing is fetched: VerifyError.Missing
	// says what would be needed, and Verify may be called again with it. Signers that aren't in the chain are looked for in
	// Intermediates and Roots.
	Revocation Revocation
	CRLs       CRLSource
	OCSP       OCSPSource

	// Signatures remembers signatures that were found valid; nil: none is.
	Signatures SignatureCache

	// SecurityBits is the least strength of keys and hashes (NIST SP 800-57, Part 1, Table 2): 0 means 112, that is RSA of
	// 2048 bits, curves of 224, and SHA-224. SHA-1 counts 63, RSA of 1024 bits 80. Signatures of trust anchors don't count.
	SecurityBits int
}

// SignatureCache remembers that signatures were valid, and nothing else: dates, names, constraints and usages are judged each
// time. Its methods may be called from several goroutines. A key is a hash of the issuer's public key with its algorithm, and of
// the whole certificate: signature, its algorithm, and all that is signed.
type SignatureCache interface {
	Valid(key [32]byte) bool
	Remember(key [32]byte)
}

// Anchors says which trusted certificates end a chain.
type Anchors uint8

// The two kinds.
const (
	AnyAnchor         Anchors = iota // each of them, intermediates and leaves included (X509_V_FLAG_PARTIAL_CHAIN)
	SelfSignedAnchors                // self-signed ones; others only help to find a way there
)

// Verdict is the outcome of a successful Verify.
type Verdict struct {
	Chain []*Certificate // leaf first, trust anchor last; the leaf alone if it is itself trusted

	policies PolicyInputs
}

// Verify looks for a path from the leaf to a trust anchor that RFC 5280, Section 6 allows for the purpose, and returns the first
// found. The error is a *VerifyError. o is not changed, and not kept but for Policies.Acceptable, which the verdict refers to.
//
// The work is bounded: signatures checked that cost as much as 100 usual ones, 200 issuers tried, chains of at most 16.
func Verify(leaf *Certificate, o *VerifyOptions) (*Verdict, error) {
	b := pathBuilder{o: *o, now: o.Time.Unix(), signatures: maxSignatures, steps: maxSteps, comparisons: maxComparisons}
	chain := b.build(leaf)
	if chain == nil {
		return nil, b.failure(leaf)
	}
	// Last, so that a wrong name is reported only of a certificate that is otherwise trusted.
	if o.Hostname != "" {
		if err := leaf.VerifyHostnameBy(o.Hostname, o.HostRules); err != nil {
			code := HostnameMismatch
			if _, ok := parseIP(o.Hostname); ok {
				code = IPAddressMismatch
			}
			return nil, &VerifyError{Code: code, Certificate: leaf, Detail: err.Error(), Err: err}
		}
	}
	v := &usualVerdict{Verdict: Verdict{policies: o.Policies}}
	v.Chain = append(v.room[:0], chain...)
	return &v.Verdict, nil
}

// usualVerdict has room for a usual chain: a leaf, an intermediate, a root.
type usualVerdict struct {
	Verdict
	room [3]*Certificate
}
