package sslsock

import (
	"errors"
	"fmt"
	"strings"

	"tlsengine/x509lite"
)

// CertVerificationError says why the peer's certificate was refused. errors.As finds it behind the *SSLError.
type CertVerificationError struct {
	VerifyCode    int    // OpenSSL's number (X509_V_ERR_...)
	VerifyMessage string // OpenSSL's text for it; for a wrong host, which host

	next error
}

// Error returns OpenSSL's line and what more is known.
func (e *CertVerificationError) Error() string {
	return "certificate verify failed: " + e.VerifyMessage
}

// Unwrap returns a *CertificateError if the host name is the reason, then the engine's error with the whole story.
func (e *CertVerificationError) Unwrap() error { return e.next }

// CertificateError says that a certificate, though trusted, is for another host.
type CertificateError struct {
	Hostname string   // that was wanted
	Names    []string // that the certificate has
	Message  string

	next error
}

// Error returns Message.
func (e *CertificateError) Error() string { return e.Message }

// Unwrap returns the engine's error.
func (e *CertificateError) Unwrap() error { return e.next }

// verification turns the refusal of a certificate within err, if there is one, into the errors of this package; err
// ends their chain.
func verification(err error) *CertVerificationError {
	var refused *x509lite.VerifyError
	if !errors.As(err, &refused) {
		return nil
	}
	e := &CertVerificationError{VerifyCode: int(refused.Code), VerifyMessage: verifyMessage(refused), next: err}
	var host *x509lite.HostnameError
	if errors.As(refused, &host) {
		e.next = certificateError(host, err)
	}
	return e
}

func certificateError(host *x509lite.HostnameError, next error) *CertificateError {
	names := host.Certificate.DNSNames()
	for _, a := range host.Certificate.IPAddresses() {
		names = append(names, a.String())
	}
	e := otherHost(host.Host, names)
	e.next = next
	return e
}

// quote puts a name between single quotes, so that nothing in it can pass for something else in a log.
func quote(name string) string {
	q := fmt.Sprintf("%q", name)
	return "'" + strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`) + "'"
}

// verifyTexts are what OpenSSL says of its codes: what people search for.
var verifyTexts = map[x509lite.Code]string{
	x509lite.BudgetExceeded:                "unspecified certificate verification error",
	x509lite.UnsupportedSignatureOrKey:     "unable to decode issuer public key",
	x509lite.CertSignatureFailure:          "certificate signature failure",
	x509lite.CertNotYetValid:               "certificate is not yet valid",
	x509lite.CertHasExpired:                "certificate has expired",
	x509lite.DepthZeroSelfSigned:           "self-signed certificate",
	x509lite.SelfSignedInChain:             "self-signed certificate in certificate chain",
	x509lite.UnableToGetIssuerLocally:      "unable to get local issuer certificate",
	x509lite.CertChainTooLong:              "certificate chain too long",
	x509lite.InvalidCA:                     "invalid CA certificate",
	x509lite.PathLengthExceeded:            "path length constraint exceeded",
	x509lite.InvalidPurpose:                "unsuitable certificate purpose",
	x509lite.KeyUsageNoCertSign:            "key usage does not include certificate signing",
	x509lite.UnhandledCriticalExtension:    "unhandled critical extension",
	x509lite.NoExplicitPolicy:              "no explicit policy",
	x509lite.PermittedViolation:            "permitted subtree violation",
	x509lite.ExcludedViolation:             "excluded subtree violation",
	x509lite.UnsupportedConstraintType:     "unsupported name constraint type",
	x509lite.UnsupportedNameSyntax:         "unsupported name syntax",
	x509lite.EndEntityKeyTooSmall:          "EE certificate key too weak",
	x509lite.CAKeyTooSmall:                 "CA certificate key too weak",
	x509lite.CADigestTooWeak:               "CA signature digest algorithm too weak",
	x509lite.UnableToGetIssuer:             "unable to get issuer certificate",
	x509lite.UnableToGetCRL:                "unable to get certificate CRL",
	x509lite.CRLSignatureFailure:           "CRL signature failure",
	x509lite.CRLNotYetValid:                "CRL is not yet valid",
	x509lite.CRLHasExpired:                 "CRL has expired",
	x509lite.CertRevoked:                   "certificate revoked",
	x509lite.CertRejected:                  "certificate rejected",
	x509lite.UnableToGetCRLIssuer:          "unable to get CRL issuer certificate",
	x509lite.KeyUsageNoCRLSign:             "key usage does not include CRL signing",
	x509lite.UnhandledCriticalCRLExtension: "unhandled critical CRL extension",
	x509lite.InvalidExtension:              "invalid or inconsistent certificate extension",
	x509lite.InvalidPolicyExtension:        "invalid or inconsistent certificate policy extension",
	x509lite.DifferentCRLScope:             "different CRL scope",
	x509lite.CRLPathValidation:             "CRL path validation error",
	x509lite.PathLengthNotCA:               "Path length invalid for non-CA cert",
	x509lite.PathLengthWithoutKeyCertSign:  "Path length given without key usage keyCertSign",
	x509lite.KeyCertSignNotCA:              "Key usage keyCertSign invalid for non-CA cert",
	x509lite.IssuerNameEmpty:               "Issuer name empty",
	x509lite.SubjectNameEmpty:              "Subject name empty",
	x509lite.MissingAuthorityKeyID:         "Missing Authority Key Identifier",
	x509lite.MissingSubjectKeyID:           "Missing Subject Key Identifier",
	x509lite.SANNotCritical:                "Subject empty and Subject Alt Name extension not critical",
	x509lite.CABasicConstraintsNotCritical: "Basic Constraints of CA cert not marked critical",
	x509lite.CAMissingKeyUsage:             "CA cert does not include key usage extension",
}

// verifyMessage is OpenSSL's text for a code; that of a wrong host names it, as Python's does.
func verifyMessage(e *x509lite.VerifyError) string {
	var host *x509lite.HostnameError
	if errors.As(e, &host) {
		if e.Code == x509lite.IPAddressMismatch {
			return "IP address mismatch, certificate is not valid for " + quote(host.Host)
		}
		return "Hostname mismatch, certificate is not valid for " + quote(host.Host)
	}
	if text, ok := verifyTexts[e.Code]; ok {
		return text
	}
	return e.Code.String()
}
