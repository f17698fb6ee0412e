package handshake

import "tlsengine/handshake/wire"

// putSessionTicket writes the ticket, which fills the extension (RFC 5077, Section 3.2).
func putSessionTicket(e *Extensions, b *wire.Builder) { b.Bytes(e.SessionTicket) }

func getSessionTicket(e *Extensions, s *wire.String) error {
	e.SessionTicket = s.Rest()
	return nil
}
