package sslsock

import (
	"fmt"
	"strings"

	"tlsengine/x509lite"
)

// HostFlags say how the host is compared with the names of a certificate. The bits are OpenSSL's where it gives them one.
type HostFlags uint32

// The flags.
const (
	// HostFlagNeverCheckSubject leaves the common name alone. Without it, it is compared if there is no dNSName.
	HostFlagNeverCheckSubject HostFlags = 0x20
	// HostFlagStrictWildcards takes "*" as the whole left-most label only, with two labels behind it at least (RFC 9525).
	// Without it, a star may be a part of the left-most label, and "*.com" is for all of .com.
	HostFlagStrictWildcards HostFlags = 1 << 16
)

var hostFlagNames = []struct {
	flag HostFlags
	name string
}{
	{HostFlagNeverCheckSubject, "HostFlagNeverCheckSubject"},
	{HostFlagStrictWildcards, "HostFlagStrictWildcards"},
}

// Has reports whether all bits of b are set.
func (f HostFlags) Has(b HostFlags) bool { return f&b == b }

// String returns the names of the flags, and unknown bits in hexadecimal.
func (f HostFlags) String() string {
	var names []string
	for _, known := range hostFlagNames {
		if f.Has(known.flag) {
			names = append(names, known.name)
			f &^= known.flag
		}
	}
	if f != 0 || names == nil {
		names = append(names, fmt.Sprintf("%#x", uint32(f)))
	}
	return strings.Join(names, "|")
}

// rules returns what the flags relax.
func (f HostFlags) rules() (relaxed x509lite.HostRules) {
	if !f.Has(HostFlagStrictWildcards) {
		relaxed |= x509lite.HostPartialWildcards
	}
	if !f.Has(HostFlagNeverCheckSubject) {
		relaxed |= x509lite.HostByCommonName
	}
	return relaxed
}

// HostFlags returns how hosts are compared with certificates.
func (c *Context) HostFlags() HostFlags { return c.current().hostFlags }

// SetHostFlags replaces the flags. Bits that are not defined give ErrInvalidArgument.
func (c *Context) SetHostFlags(f HostFlags) error {
	if undefined := f &^ (HostFlagNeverCheckSubject | HostFlagStrictWildcards); undefined != 0 {
		return argumentError("undefined host flags: " + undefined.String())
	}
	c.change(func(s *settings) { s.hostFlags = f })
	return nil
}

// HostnameChecksCommonName reports whether a certificate without dNSName may name its host in the common name.
func (c *Context) HostnameChecksCommonName() bool {
	return !c.HostFlags().Has(HostFlagNeverCheckSubject)
}

// SetHostnameChecksCommonName chooses whether a certificate without dNSName may name its host in the common name. The
// default is true.
func (c *Context) SetHostnameChecksCommonName(check bool) {
	c.change(func(s *settings) {
		s.hostFlags |= HostFlagNeverCheckSubject
		if check {
			s.hostFlags &^= HostFlagNeverCheckSubject
		}
	})
}
