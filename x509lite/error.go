package x509lite

import (
	"fmt"
	"strconv"
	"strings"
)

// ParseError tells which part of an encoding is malformed. Nothing of a file or certificate that gives one is used.
type ParseError struct {
	Field   string // the RFC's name of the part, "tbsCertificate.validity" for example
	Problem string // what is wrong with it, to be read behind Field
}

// Error returns one line.
func (e *ParseError) Error() string { return "x509lite: " + e.Field + " " + e.Problem }

func malformed(field, problem string) error { return &ParseError{field, problem} }

// Code says why a certificate was refused, in OpenSSL's numbers (X509_V_ERR_..., which is also what Python shows as verify_code).
type Code int

// The codes that Verify gives.
const (
	OK                            Code = 0
	UnableToGetIssuer             Code = 2
	UnableToGetCRL                Code = 3
	CertSignatureFailure          Code = 7
	CRLSignatureFailure           Code = 8
	CertNotYetValid               Code = 9
	CertHasExpired                Code = 10
	CRLNotYetValid                Code = 11
	CRLHasExpired                 Code = 12
	DepthZeroSelfSigned           Code = 18
	SelfSignedInChain             Code = 19
	UnableToGetIssuerLocally      Code = 20
	CertChainTooLong              Code = 22
	CertRevoked                   Code = 23
	InvalidCA                     Code = 24
	PathLengthExceeded            Code = 25
	InvalidPurpose                Code = 26
	KeyUsageNoCertSign            Code = 32
	CertRejected                  Code = 28
	UnableToGetCRLIssuer          Code = 33
	UnhandledCriticalExtension    Code = 34
	KeyUsageNoCRLSign             Code = 35
	UnhandledCriticalCRLExtension Code = 36
	InvalidExtension              Code = 41
	InvalidPolicyExtension        Code = 42
	NoExplicitPolicy              Code = 43
	DifferentCRLScope             Code = 44
	PermittedViolation            Code = 47
	ExcludedViolation             Code = 48
	UnsupportedConstraintType     Code = 51
	UnsupportedNameSyntax         Code = 53
	CRLPathValidation             Code = 54
	HostnameMismatch              Code = 62
	IPAddressMismatch             Code = 64
	EndEntityKeyTooSmall          Code = 66
	CAKeyTooSmall                 Code = 67
	CADigestTooWeak               Code = 68
	OCSPVerifyNeeded              Code = 73
	OCSPVerifyFailed              Code = 74
	OCSPCertUnknown               Code = 75
	PathLengthNotCA               Code = 80
	PathLengthWithoutKeyCertSign  Code = 81
	KeyCertSignNotCA              Code = 82
	IssuerNameEmpty               Code = 83
	SubjectNameEmpty              Code = 84
	MissingAuthorityKeyID         Code = 85
	MissingSubjectKeyID           Code = 86
	SANNotCritical                Code = 88
	CABasicConstraintsNotCritical Code = 89
	CAMissingKeyUsage             Code = 92
	UnsupportedSignatureOrKey     Code = 6 // X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY; also an unknown signature algorithm
	BudgetExceeded                Code = 1 // X509_V_ERR_UNSPECIFIED: OpenSSL has no such limit
)

// codeTexts says for each code what is so, in our words.
var codeTexts = map[Code]string{
	OK:                            "ok",
	BudgetExceeded:                "gave up: too many possible paths",
	UnsupportedSignatureOrKey:     "the issuer's key or the signature's algorithm is not supported",
	UnableToGetIssuer:             "trusted, but not self-signed, and no trusted certificate of its issuer is at hand",
	UnableToGetCRL:                "its revocation status is unknown: a CRL is missing",
	CRLSignatureFailure:           "the signature on a CRL is not the issuer's",
	CRLNotYetValid:                "its revocation status is unknown: the CRL is not yet valid",
	CRLHasExpired:                 "its revocation status is unknown: the CRL has expired",
	CertRevoked:                   "revoked",
	UnableToGetCRLIssuer:          "its revocation status is unknown: nobody at hand has signed the CRL",
	KeyUsageNoCRLSign:             "its revocation status is unknown: the CRL's issuer may not sign CRLs",
	UnhandledCriticalCRLExtension: "its revocation status is unknown: the CRL has a critical extension that is not understood",
	DifferentCRLScope:             "its revocation status is unknown: the CRL at hand is for other certificates",
	CRLPathValidation:             "its revocation status is unknown: the CRL's signer is not trusted",
	CertRejected:                  "rejected: not of the form, or not trusted for the purpose, that is asked for",
	InvalidExtension:              "has an extension that is not of the form that is asked for",
	PathLengthNotCA:               "has a path length and is no CA",
	PathLengthWithoutKeyCertSign:  "has a path length and no key usage that includes signing certificates",
	KeyCertSignNotCA:              "its key usage includes signing certificates, and it is no CA",
	IssuerNameEmpty:               "has no issuer",
	SubjectNameEmpty:              "has no subject",
	MissingAuthorityKeyID:         "has no authority key identifier",
	MissingSubjectKeyID:           "has no subject key identifier",
	SANNotCritical:                "has no subject, and its other names are not critical",
	CABasicConstraintsNotCritical: "is a CA, and its basic constraints are not critical",
	CAMissingKeyUsage:             "is a CA without key usage",
	InvalidPolicyExtension:        "has certificate policies that make no sense",
	CertSignatureFailure:          "the signature is not the issuer's",
	CertNotYetValid:               "not yet valid",
	CertHasExpired:                "expired",
	DepthZeroSelfSigned:           "self-signed and not among the trusted certificates",
	SelfSignedInChain:             "a self-signed certificate in the chain is not among the trusted ones",
	UnableToGetIssuerLocally:      "no trusted certificate of its issuer is at hand",
	CertChainTooLong:              "the chain is too long",
	InvalidCA:                     "not allowed to issue certificates",
	PathLengthExceeded:            "more certificates below it than its path length allows",
	InvalidPurpose:                "not allowed for this purpose",
	KeyUsageNoCertSign:            "its key usage does not include signing certificates",
	UnhandledCriticalExtension:    "has a critical extension that is not understood",
	NoExplicitPolicy:              "not valid for a certificate policy that is required",
	PermittedViolation:            "a name below it is not among those it permits",
	ExcludedViolation:             "a name below it is among those it excludes",
	UnsupportedConstraintType:     "constrains a type of name that is not supported",
	UnsupportedNameSyntax:         "has a name or constraint that makes no sense",
	HostnameMismatch:              "not for this host",
	IPAddressMismatch:             "not for this IP address",
	EndEntityKeyTooSmall:          "its key is too weak",
	CAKeyTooSmall:                 "the issuer's key is too weak",
	CADigestTooWeak:               "signed with a hash that is too weak",
	OCSPVerifyNeeded:              "its revocation status is unknown: an OCSP response is missing",
	OCSPVerifyFailed:              "its revocation status is unknown: the OCSP response proves nothing",
	OCSPCertUnknown:               "its revocation status is unknown to the OCSP responder",
}

// String returns what the code means, in a few words.
func (c Code) String() string {
	if s, ok := codeTexts[c]; ok {
		return s
	}
	return "verification error " + strconv.Itoa(int(c))
}

// VerifyError tells why Verify refused a certificate: the most telling failure of those met on all paths.
type VerifyError struct {
	Code        Code
	Depth       int          // 0 is the leaf
	Certificate *Certificate // at that depth, the one that failed
	Detail      string       // what the code alone doesn't say: the date, the name; may be empty
	Rule        string       // name of the rule about form that is broken: see Degree; else empty
	Tried       []Attempt    // each path with why it fell, in the order tried, at most 32
	Missing     []Missing    // revocation status that is unknown, on any path, at most 16: see Missing
	Err         error        // the cause, if there is one: a *HostnameError, for example
}

// Attempt is a path that did not lead to trust.
type Attempt struct {
	Path   []*Certificate // leaf first; the last one failed
	Code   Code
	Detail string
	Rule   string // as in VerifyError
}

// Error returns one line for people.
func (e *VerifyError) Error() string {
	var b strings.Builder
	b.WriteString("certificate ")
	if e.Certificate != nil {
		b.WriteString(e.Certificate.label())
	}
	if e.Depth > 0 {
		fmt.Fprintf(&b, " (%d above the leaf)", e.Depth)
	}
	b.WriteString(": ")
	b.WriteString(e.Code.String())
	if e.Detail != "" {
		b.WriteString(" (")
		b.WriteString(e.Detail)
		b.WriteString(")")
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *VerifyError) Unwrap() error { return e.Err }

// Explain returns Error and, a line for each, every path that was tried and what is missing.
func (e *VerifyError) Explain() string {
	var b strings.Builder
	b.WriteString(e.Error())
	for _, a := range e.Tried {
		b.WriteString("\n  tried ")
		for i, c := range a.Path {
			if i > 0 {
				b.WriteString(" <- ")
			}
			b.WriteString(c.label())
		}
		b.WriteString(": ")
		b.WriteString(a.Code.String())
		if a.Detail != "" {
			b.WriteString(" (" + a.Detail + ")")
		}
	}
	for i := range e.Missing {
		b.WriteString("\n  missing " + e.Missing[i].String())
	}
	return b.String()
}
