package sslsock

import (
	"fmt"
	"strings"
)

// Options is a set of switches of a context. The bits are OpenSSL's where it gives them one.
type Options uint64

// The options.
const (
	// OpAll stands for workarounds for other implementations' bugs. It is stored and nothing more: none of them is needed here.
	OpAll Options = 0x80000050
	// OpNoSSLv2 excludes SSL 2.0, which isn't there anyway.
	OpNoSSLv2 Options = 1 << 41
	// OpNoSSLv3 excludes SSL 3.0.
	OpNoSSLv3 Options = 0x02000000
	// OpNoTicket leaves tickets out before TLS 1.3: sessions are resumed by their ids. In TLS 1.3, tickets of a server are then
	// numbers of sessions that it remembers, each of which can be used once.
	OpNoTicket Options = 0x00004000
	// OpNoTLSv1 excludes TLS 1.0.
	OpNoTLSv1 Options = 0x04000000
	// OpNoTLSv11 excludes TLS 1.1.
	OpNoTLSv11 Options = 0x10000000
	// OpNoTLSv12 excludes TLS 1.2.
	OpNoTLSv12 Options = 0x08000000
	// OpNoTLSv13 excludes TLS 1.3.
	OpNoTLSv13 Options = 0x20000000
	// OpCipherServerPreference makes a server follow its own order of suites and groups, not the client's.
	OpCipherServerPreference Options = 0x00400000
	// OpSingleDHUse asks for a fresh Diffie-Hellman key for each handshake, which is always so.
	OpSingleDHUse Options = 1 << 42
	// OpSingleECDHUse asks for a fresh elliptic-curve key for each handshake, which is always so.
	OpSingleECDHUse Options = 1 << 43
	// OpNoCompression keeps CRIME away (CVE-2012-4929): where TLS compresses, an attacker who can choose part of the
	// plaintext finds out the rest by the lengths of records. It is set on every new context. Only where both ends have
	// cleared it, and the client's maximum version is TLS 1.2 at most, DEFLATE (RFC 3749) is used: TLS 1.3 has no
	// compression, and forbids clients that have it to offer any.
	OpNoCompression Options = 0x00020000
	// OpNoRenegotiation refuses to negotiate again before TLS 1.3. Without it a client does when its server asks for it,
	// if both know RFC 5746; a server never does. A refusal is a warning, after which the connection lives, but in SSL
	// 3.0.
	OpNoRenegotiation Options = 0x40000000
	// OpEnableKTLS asks for records to be protected by the kernel. It is stored and nothing more: they never are.
	OpEnableKTLS Options = 0x00000008
	// OpLegacyServerConnect lets a client use a server of TLS 1.2 or older that lacks RFC 5746, and so may be open to injection.
	OpLegacyServerConnect Options = 0x00000004
	// OpIgnoreUnexpectedEOF takes the end of the transport between two records for the end of the stream, as if a
	// close_notify had come: nobody notices then when an attacker cuts the stream short.
	OpIgnoreUnexpectedEOF Options = 0x00000080
	// OpEnableMiddleboxCompat makes TLS 1.3 look like TLS 1.2 to boxes on the way (RFC 8446, Appendix D.4).
	OpEnableMiddleboxCompat Options = 0x00100000
)

// defaultOptions is what NewContext starts with (S-246).
const defaultOptions = OpAll | OpNoSSLv2 | OpNoSSLv3 | OpNoCompression | OpCipherServerPreference |
	OpSingleDHUse | OpSingleECDHUse | OpEnableMiddleboxCompat

var optionNames = []struct {
	bit  Options
	name string
}{
	{OpAll, "OpAll"},
	{OpNoSSLv2, "OpNoSSLv2"},
	{OpNoSSLv3, "OpNoSSLv3"},
	{OpNoTicket, "OpNoTicket"},
	{OpNoTLSv1, "OpNoTLSv1"},
	{OpNoTLSv11, "OpNoTLSv11"},
	{OpNoTLSv12, "OpNoTLSv12"},
	{OpNoTLSv13, "OpNoTLSv13"},
	{OpCipherServerPreference, "OpCipherServerPreference"},
	{OpSingleDHUse, "OpSingleDHUse"},
	{OpSingleECDHUse, "OpSingleECDHUse"},
	{OpNoCompression, "OpNoCompression"},
	{OpNoRenegotiation, "OpNoRenegotiation"},
	{OpEnableKTLS, "OpEnableKTLS"},
	{OpLegacyServerConnect, "OpLegacyServerConnect"},
	{OpIgnoreUnexpectedEOF, "OpIgnoreUnexpectedEOF"},
	{OpEnableMiddleboxCompat, "OpEnableMiddleboxCompat"},
}

// allOptions is the union of the defined bits.
var allOptions = func() (all Options) {
	for _, o := range optionNames {
		all |= o.bit
	}
	return all
}()

// check refuses bits that are not defined.
func (o Options) check() error {
	if o&^allOptions != 0 {
		return argumentError("undefined options: " + (o &^ allOptions).String())
	}
	return nil
}

// Has reports whether all bits of b are set.
func (o Options) Has(b Options) bool { return o&b == b }

// String returns the names of the bits, as in "OpAll|OpNoSSLv2", and unknown bits in hexadecimal.
func (o Options) String() string {
	var names []string
	for _, known := range optionNames {
		if o.Has(known.bit) {
			names = append(names, known.name)
			o &^= known.bit
		}
	}
	if o != 0 || len(names) == 0 {
		names = append(names, fmt.Sprintf("%#x", uint64(o)))
	}
	return strings.Join(names, "|")
}
