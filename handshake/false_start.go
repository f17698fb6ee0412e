package handshake

import (
	"tlsengine/cipher"
	"tlsengine/record"
)

// FalseStart says whether a client of TLS 1.2 sends data before it has seen the server's Finished (RFC 7918), which spares a
// round trip in full handshakes. Until then an attacker may have brought about a weaker choice than both ends would have made;
// what he can't choose is something that lets him read: data goes out only with TLS 1.2, ephemeral keys that a certificate
// vouches for, and an AEAD.
type FalseStart uint8

// When a client starts early. The zero value is never: TLS 1.3 spares the same round trip and has no such window.
const (
	FalseStartNever        FalseStart = iota
	FalseStartWithProtocol            // where a protocol was negotiated by ALPN or NPN: servers that know neither may choke on it
	FalseStartAlways
)

// startsAhead tells whether data may go out behind our Finished.
// RFC 7918, Sections 2 and 4: in full handshakes, with parameters that are on our own list of strong ones.
func startsAhead(c *Context) bool {
	s := c.info.Suite
	// Only TLS 1.2 has suites without a MAC, beside TLS 1.3, which isn't here.
	strong := s.Bulk.MAC == 0 && s.Kx == cipher.KxECDHE && s.Auth != cipher.AuthNone
	// Nor where records are compressed: who changed the hellos may have chosen that, against the server's will (CRIME).
	strong = strong && c.info.Compression == record.CompressionNull
	if !strong || c.resumed != nil || c.previous != nil || c.rejected != nil {
		return false
	}
	if c.info.Recorded != nil {
		return false // whoever wants to be told what speaks against the server is told by the report, at the end of the handshake
	}
	return c.params.FalseStart == FalseStartAlways ||
		c.params.FalseStart == FalseStartWithProtocol && (c.info.Protocol != "" || c.info.NextProtocol != "")
}

// aheadFlow is embedded by the states between a client's Finished and the server's.
type aheadFlow struct {
	ahead bool // data goes out
}

func (f aheadFlow) Flow() Flow {
	if f.ahead {
		return Flow{Write: HalfRTT}
	}
	return Flow{}
}
