package record

import "fmt"

// ContentType says what a record carries (RFC 8446, Section 5.1; RFC 5246, Section 6.2.1).
type ContentType uint8

// The content types that TLS over a stream uses.
const (
	TypeChangeCipherSpec ContentType = 20
	TypeAlert            ContentType = 21
	TypeHandshake        ContentType = 22
	TypeApplicationData  ContentType = 23
)

// TypeSSLv2ClientHello stands for the one message that comes in the format of SSL 2.0 (RFC 5246, Appendix E.2). It is no number
// on the wire: Reader hands on such a message, if it may come, as the content of a record of this type.
const TypeSSLv2ClientHello ContentType = 0x80

// String returns the RFC's name, "application_data" for example, or the number if it has none here.
func (t ContentType) String() string {
	switch t {
	case TypeChangeCipherSpec:
		return "change_cipher_spec"
	case TypeAlert:
		return "alert"
	case TypeHandshake:
		return "handshake"
	case TypeApplicationData:
		return "application_data"
	case TypeSSLv2ClientHello:
		return "SSLv2 ClientHello"
	}
	return fmt.Sprintf("content type %d", uint8(t))
}

// Known reports whether t is one of the four types above.
func (t ContentType) Known() bool { return TypeChangeCipherSpec <= t && t <= TypeApplicationData }
