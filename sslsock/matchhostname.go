package sslsock

import (
	"net/netip"
	"strings"

	"tlsengine/x509lite"
)

// MatchHostname checks that a certificate, as PeerCert returned it, is for the host: nil, or a *CertificateError. It is
// for programs that check by themselves, for any protocol; SetCheckHostname does it during the handshake.
//
// A name is compared without case with the certificate's DNS names, in whose left-most label one star may stand for
// letters other than dots (RFC 6125, Section 6.4.3); if there are none, with the most specific common name. An IP address is
// compared with addresses only. A name that is not ASCII is converted to A-labels first. A nil or empty certificate, which is
// what an unverified peer has, gives ErrInvalidArgument.
func MatchHostname(cert *CertInfo, hostname string) error {
	if cert.Empty() {
		return argumentError("empty or no certificate, match_hostname needs a SSL socket or SSL context with " +
			"either CERT_OPTIONAL or CERT_REQUIRED")
	}
	var names []string
	if address, err := netip.ParseAddr(hostname); err == nil && address.Zone() == "" {
		names = altNames(cert, "IP Address")
		if holdsAddress(names, address) {
			return nil
		}
		return otherHost(hostname, names)
	}
	names = altNames(cert, "DNS")
	if len(names) == 0 {
		names = commonName(cert)
	}
	for _, n := range names {
		if strings.Count(n, "*") > 1 {
			return &CertificateError{Hostname: hostname, Names: names, Message: "too many wildcards in certificate DNS name: " + quote(n)}
		}
	}
	name, err := x509lite.HostToASCII(hostname)
	for _, n := range names {
		if err == nil && x509lite.MatchDNSName(n, name, x509lite.HostPartialWildcards) {
			return nil
		}
	}
	return otherHost(hostname, names)
}

// altNames returns the alternative names of one type.
func altNames(cert *CertInfo, kind string) (names []string) {
	for _, n := range cert.SubjectAltName {
		if n.Type == kind {
			names = append(names, n.Value)
		}
	}
	return names
}

// holdsAddress compares addresses as numbers, however they are written.
func holdsAddress(names []string, address netip.Addr) bool {
	for _, n := range names {
		if a, err := netip.ParseAddr(n); err == nil && a == address {
			return true
		}
	}
	return false
}

// commonName returns the last common name of the subject, none if there is none.
func commonName(cert *CertInfo) []string {
	for i := len(cert.Subject) - 1; i >= 0; i-- {
		for _, a := range cert.Subject[i] {
			if a.Name == "commonName" {
				return []string{a.Value}
			}
		}
	}
	return nil
}

// otherHost says for whom a certificate is.
func otherHost(hostname string, names []string) *CertificateError {
	e := &CertificateError{Hostname: hostname, Names: names}
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = quote(n)
	}
	switch len(names) {
	case 0:
		e.Message = "no appropriate commonName or subjectAltName fields were found"
	case 1:
		e.Message = "hostname " + quote(hostname) + " doesn't match " + quoted[0]
	default:
		e.Message = "hostname " + quote(hostname) + " doesn't match either of " + strings.Join(quoted, ", ")
	}
	return e
}
