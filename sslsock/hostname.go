package sslsock

import (
	"net/netip"
	"strings"

	"tlsengine/x509lite"
)

// serverHostname checks the name of a host and returns its form for the wire: A-labels, without dot at the end. IP
// literals come back unchanged. The error is ErrInvalidArgument.
func serverHostname(host string) (string, error) {
	if _, err := netip.ParseAddr(host); err == nil {
		return host, nil
	}
	name := strings.TrimSuffix(host, ".")
	if !isASCII(name) {
		a, err := x509lite.HostToASCII(name)
		if err != nil {
			return "", argumentError("the server hostname " + quote(host) + " can't be converted to A-labels")
		}
		name = a
	}
	switch {
	case name == "":
		return "", argumentError("the server hostname is empty")
	case len(name) > 253:
		return "", argumentError("the server hostname is longer than 253 bytes")
	}
	for label := range strings.SplitSeq(name, ".") {
		// RFC 1035, Section 2.3.4: 1 to 63 bytes.
		if label == "" || len(label) > 63 {
			return "", argumentError("the server hostname " + quote(host) + " has a label that is empty or longer than 63 bytes")
		}
		for _, c := range []byte(label) {
			if c <= ' ' || c == 0x7F || strings.IndexByte("/:@[]\\", c) >= 0 {
				return "", argumentError("the server hostname " + quote(host) + " has a character that no name has")
			}
		}
	}
	return name, nil
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
