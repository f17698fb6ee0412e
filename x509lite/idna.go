package x509lite

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// lookup maps as IDNA 2003 did where the versions differ ("ß" is "ss"): what CPython and most older programs do, and with it one
// answer for names that were registered under either.
var lookup = idna.New(idna.MapForLookup(), idna.Transitional(true), idna.BidiRule())

// HostToASCII returns a host as certificates and server_name write it: labels that are not ASCII as A-labels, "xn--..." (RFC
// 3490, and UTS 46 for what it leaves open). A host that is all ASCII is returned as it is, A-labels of any version included;
// nothing is allocated then. The error is ErrBadHostname.
func HostToASCII(host string) (string, error) {
	if asciiOnly(host) {
		return host, nil
	}
	if !utf8.ValidString(host) {
		return "", ErrBadHostname
	}
	name, err := lookup.ToASCII(host)
	if err != nil || !validDomain(strings.TrimSuffix(name, ".")) {
		return "", ErrBadHostname
	}
	return name, nil
}

func asciiOnly(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// HostToUnicode returns a host with its A-labels as people write them; labels that are none stay as they are. A host without
// A-labels is returned as it is. The error, ErrBadHostname, is for an A-label that stands for nothing.
func HostToUnicode(host string) (string, error) {
	name, err := lookup.ToUnicode(host)
	if err != nil {
		return "", ErrBadHostname
	}
	return name, nil
}
