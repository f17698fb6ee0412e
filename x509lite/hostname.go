package x509lite

import (
	"errors"
	"net/netip"
	"strings"
)

// HostnameError says that a certificate is for other hosts.
type HostnameError struct {
	Host        string
	Certificate *Certificate
}

// maxNamesShown bounds the names in a message.
const maxNamesShown = 6

// Error names the host and what the certificate is for.
func (e *HostnameError) Error() string {
	host := quote(e.Host)
	kind, names := "DNS name", e.Certificate.altNames(DNSName)
	if _, ok := parseIP(e.Host); ok {
		kind, names = "IP address", nil
		for _, a := range e.Certificate.IPAddresses() {
			names = append(names, a.String())
		}
	}
	if len(names) == 0 {
		return "the certificate has no " + kind + " at all, so it is not for " + host
	}
	var b strings.Builder
	b.WriteString("the certificate is not for " + host + " but for ")
	for i, n := range names {
		if i == maxNamesShown {
			b.WriteString(" and others")
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(quote(n))
	}
	return b.String()
}

// ErrBadHostname is the error for a host that is neither an IP address nor a host name, internationalized ones included.
var ErrBadHostname = errors.New("x509lite: the host is neither an IP address nor a host name")

// VerifyHostname checks that the certificate is for the host: nil, a *HostnameError, or ErrBadHostname. An IP literal is compared
// with iPAddress entries only, as bytes; anything else with dNSName entries only, as RFC 9525 says: letters without case, a
// wildcard only as the whole left-most label, for exactly one label, with at least two behind it, and never for an A-label's
// part. A host that is not ASCII is compared as HostToASCII gives it. The subject's common name is not looked at. One trailing
// period of the host is ignored.
//
// It doesn't allocate when the host matches.
func (c *Certificate) VerifyHostname(host string) error { return c.VerifyHostnameBy(host, 0) }

// VerifyHostnameBy is VerifyHostname with some of its rules relaxed.
func (c *Certificate) VerifyHostnameBy(host string, relaxed HostRules) error {
	if address, ok := parseIP(host); ok {
		if c.hasAddress(address) {
			return nil
		}
		return &HostnameError{host, c}
	}
	name, err := HostToASCII(host)
	if err != nil {
		return err
	}
	name = strings.TrimSuffix(name, ".")
	if !validDomain(name) {
		return ErrBadHostname
	}
	if c.hasDNSName(name, relaxed) || relaxed&HostByCommonName != 0 && c.hasCommonName(name, relaxed) {
		return nil
	}
	return &HostnameError{host, c}
}

func (c *Certificate) hasDNSName(name string, relaxed HostRules) bool {
	if c.altKinds&(1<<DNSName) == 0 {
		return false
	}
	d := der(c.ext[extSubjectAltName].of(c.raw))
	var list der
	for readSequence(&d, &list); !list.Empty(); {
		var n GeneralName
		if !readGeneralName(&list, &n) {
			break
		}
		if n.Kind == DNSName && matchDNS(n.Value, name, relaxed) {
			return true
		}
	}
	return false
}

func (c *Certificate) hasAddress(address netip.Addr) bool {
	for n := range c.SubjectAltNames() {
		if n.Kind != IPAddress {
			continue
		}
		if a, ok := netip.AddrFromSlice(n.Value); ok && a == address {
			return true
		}
	}
	return false
}

// parseIP reads an IP literal; no zone, for a certificate can't have one. Brackets, as in URLs, are allowed around IPv6.
func parseIP(host string) (netip.Addr, bool) {
	if strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]") {
		host = host[1 : len(host)-1]
	}
	if host == "" || !(host[0] >= '0' && host[0] <= '9') && strings.IndexByte(host, ':') < 0 {
		return netip.Addr{}, false // can't be one, and ParseAddr's error would allocate
	}
	a, err := netip.ParseAddr(host)
	if err != nil || a.Zone() != "" {
		return netip.Addr{}, false
	}
	return a, true
}

// matchDNS compares a dNSName of a certificate with a valid name.
func matchDNS(pattern []byte, name string, relaxed HostRules) bool {
	if relaxed&HostPartialWildcards != 0 {
		return matchPartial(string(pattern), name)
	}
	if len(pattern) < 2 || pattern[0] != '*' {
		// RFC 9525, Section 6.3: labels are compared without case. name is valid, so an equal pattern is.
		return equalFold(pattern, name)
	}
	// RFC 9525, Section 6.3: the wildcard is the whole left-most label and stands for one whole label.
	dot := strings.IndexByte(name, '.')
	if dot <= 0 || pattern[1] != '.' || !equalFold(pattern[1:], name[dot:]) {
		return false
	}
	// Not "*.org": no one may speak for all names of a top-level domain.
	return strings.IndexByte(name[dot+1:], '.') >= 0
}

// equalFold compares ASCII without case, and nothing else than ASCII.
func equalFold[A, B []byte | string](a A, b B) bool {
	if len(a) != len(b) {
		return false
	}
	for i := 0; i < len(a); i++ {
		if lower(a[i]) != lower(b[i]) || a[i] >= 0x80 {
			return false
		}
	}
	return true
}

func lower(b byte) byte {
	if 'A' <= b && b <= 'Z' {
		return b + 'a' - 'A'
	}
	return b
}

// validDomain reports whether s is a host name: labels of 1 to 63 letters, digits, hyphens (not at an end) and underscores, which
// hosts in use have; 253 bytes at most; no period at the end. A name whose last label is all digits is a broken address, not a
// name.
func validDomain(s string) bool {
	if s == "" || len(s) > 253 {
		return false
	}
	start, numeric := 0, true
	for i := 0; i <= len(s); i++ {
		if i < len(s) && s[i] != '.' {
			b := lower(s[i])
			digit := '0' <= b && b <= '9'
			if !digit && !('a' <= b && b <= 'z') && b != '-' && b != '_' {
				return false
			}
			numeric = numeric && digit
			continue
		}
		label := s[start:i]
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		if i < len(s) {
			start, numeric = i+1, true
		}
	}
	return !numeric
}
