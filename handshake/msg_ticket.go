package handshake

import "tlsengine/handshake/wire"

// NewSessionTicket gives a client what it needs to resume (RFC 8446, Section 4.6.1; RFC 5077, Section 3.3).
type NewSessionTicket struct {
	Lifetime   uint32     // ticket_lifetime in seconds; before TLS 1.3 a hint
	AgeAdd     uint32     // ticket_age_add, hides the ticket's age; TLS 1.3
	Nonce      []byte     // ticket_nonce<0..255>; TLS 1.3
	Ticket     []byte     // <1..2^16-1>; before TLS 1.3 <0..2^16-1>
	Extensions Extensions // <0..2^16-2>; TLS 1.3
}

// Type returns TypeNewSessionTicket.
func (*NewSessionTicket) Type() MessageType { return TypeNewSessionTicket }

func (m *NewSessionTicket) marshal(b *wire.Builder, f *Form) { f.ticket.put(m, b) }

func (m *NewSessionTicket) unmarshal(s *wire.String, f *Form, _ ExtensionSet) error {
	return f.ticket.get(m, s)
}

// ticketExtensions is RFC 8446, Section 4.6.1.
var ticketExtensions = ticketLayout{
	put: func(m *NewSessionTicket, b *wire.Builder) {
		b.U32(m.Lifetime)
		b.U32(m.AgeAdd)
		b.Opaque8(m.Nonce)
		b.Opaque16(m.Ticket)
		m.Extensions.put(b, inNewSessionTicket)
	},
	get: func(m *NewSessionTicket, s *wire.String) error {
		if !s.U32(&m.Lifetime) || !s.U32(&m.AgeAdd) || !s.Opaque8(&m.Nonce) || !s.Opaque16(&m.Ticket) || len(m.Ticket) == 0 {
			return errMalformed
		}
		return m.Extensions.get(s, inNewSessionTicket, ExtensionSet{})
	},
}

// ticketPlain is RFC 5077, Section 3.3. An empty ticket is legal: the server changed its mind.
var ticketPlain = ticketLayout{
	put: func(m *NewSessionTicket, b *wire.Builder) {
		b.U32(m.Lifetime)
		b.Opaque16(m.Ticket)
	},
	get: func(m *NewSessionTicket, s *wire.String) error {
		return parsed(s.U32(&m.Lifetime) && s.Opaque16(&m.Ticket))
	},
}
