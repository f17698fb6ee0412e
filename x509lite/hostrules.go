package x509lite

import "strings"

// HostRules are rules about host names that may be relaxed, for the sake of old certificates and of programs that were
// written for them. The zero value relaxes none.
type HostRules uint8

// The rules.
const (
	// HostPartialWildcards takes wildcards as RFC 6125, Section 6.4.3 allowed them: a star may be a part of the left-most label
	// ("f*.example"), and nothing need stand between its label and the top-level domain.
	HostPartialWildcards HostRules = 1 << iota
	// HostByCommonName compares the subject's common name, the most specific one, if the certificate has no dNSName
	// (RFC 2818, Section 3.1). Verify then judges the host under name constraints as if it were a dNSName.
	HostByCommonName
)

// MatchDNSName reports whether a certificate's name, which may have a wildcard, is for the host name, by the rules of
// VerifyHostname. The host is a name in A-labels; IP literals and other strings never match.
func MatchDNSName(pattern, host string, relaxed HostRules) bool {
	host = strings.TrimSuffix(host, ".")
	return validDomain(host) && matchDNS([]byte(pattern), host, relaxed)
}

// hasCommonName compares the common name of a certificate without dNSName.
func (c *Certificate) hasCommonName(name string, relaxed HostRules) bool {
	// RFC 2818, Section 3.1: a dNSName, if there is one, must be used.
	return c.altKinds&(1<<DNSName) == 0 && matchDNS([]byte(c.Subject().CommonName()), name, relaxed)
}

// hostByCommonName gives the host that is looked for, in A-labels and without trailing period, if it is the leaf's common name
// that makes the leaf be for it; "" otherwise.
func (o *VerifyOptions) hostByCommonName(leaf *Certificate) string {
	if o.HostRules&HostByCommonName == 0 || o.Hostname == "" {
		return ""
	}
	name, err := HostToASCII(o.Hostname)
	name = strings.TrimSuffix(name, ".")
	if err != nil || !validDomain(name) || !leaf.hasCommonName(name, o.HostRules) {
		return ""
	}
	return name
}

// matchPartial compares a certificate's name, in whose left-most label a star may stand for any letters, with a valid name.
func matchPartial(pattern, name string) bool {
	left, parent, _ := strings.Cut(pattern, ".")
	label, rest, _ := strings.Cut(name, ".")
	before, after, wild := strings.Cut(left, "*")
	if !wild {
		return equalFold(pattern, name)
	}
	if strings.Contains(after, "*") || !equalFold(parent, rest) {
		return false
	}
	if left == "*" {
		return true
	}
	// RFC 6125, Section 6.4.3: no wildcard inside an A-label, nor for a part of one.
	if isALabel(left) || isALabel(label) || len(label) < len(before)+len(after) {
		return false
	}
	return equalFold(before, label[:len(before)]) && equalFold(after, label[len(label)-len(after):])
}

func isALabel(label string) bool { return len(label) >= 4 && equalFold(label[:4], "xn--") }
