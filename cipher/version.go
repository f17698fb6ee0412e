package cipher

import "fmt"

// Version is a protocol version as it stands on the wire (RFC 8446, Section 4.2.1; RFC 6101 for SSL 3.0).
// Versions compare with < and >: a later protocol has the larger number.
type Version uint16

// The versions this engine has rows for. The zero Version means none.
const (
	VersionSSL30 Version = 0x0300 // RFC 6101
	VersionTLS10 Version = 0x0301 // RFC 2246
	VersionTLS11 Version = 0x0302 // RFC 4346
	VersionTLS12 Version = 0x0303 // RFC 5246
	VersionTLS13 Version = 0x0304 // RFC 8446
)

// String returns the version's usual name, "TLSv1.3" for example, or its number in hex if it is none of ours.
func (v Version) String() string {
	switch v {
	case VersionSSL30:
		return "SSLv3"
	case VersionTLS10:
		return "TLSv1"
	case VersionTLS11:
		return "TLSv1.1"
	case VersionTLS12:
		return "TLSv1.2"
	case VersionTLS13:
		return "TLSv1.3"
	}
	return fmt.Sprintf("0x%04X", uint16(v))
}

// Known reports whether v is one of the versions above.
func (v Version) Known() bool { return VersionSSL30 <= v && v <= VersionTLS13 }
