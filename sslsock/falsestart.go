package sslsock

import "tlsengine/handshake"

// This file is false start (RFC 7918): a client of TLS 1.2 that writes one round trip earlier.

// SetFalseStart lets clients of TLS 1.2 write before the server's Finished has come, in full handshakes with ephemeral
// keys and an AEAD: handshake.FalseStartWithProtocol where ALPN or NPN chose a protocol, which is for the Web,
// handshake.FalseStartAlways everywhere. It shows where a Write runs the handshake, so that the socket wants
// WithDoHandshakeOnConnect(false); Handshake and Read wait for the Finished.
//
// Until then nobody knows whether the hellos came as they were sent. The server's certificate was verified, and its key
// has signed the key exchange, but suite, group and protocol may be somebody else's choice among all that is enabled.
// The default is handshake.FalseStartNever: TLS 1.3 spares the same round trip without that.
func (c *Context) SetFalseStart(when handshake.FalseStart) {
	c.change(func(s *settings) { s.falseStart = when })
}
