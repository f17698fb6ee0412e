package handshake

import (
	"bytes"
	"encoding/binary"
	"slices"
	"time"

	"tlsengine/handshake/keyschedule"
	"tlsengine/record"
)

// This file is how sessions come to be in TLS 1.3, on both ends (RFC 8446, Section 4.6.1).

// resumption is what a connection of TLS 1.3 keeps to make sessions from. Where none will be made there is no resumption: nil.
type resumption struct {
	secret   keyschedule.Secret
	template *Session // without secret and ticket
	left     int      // how many more tickets are taken, or given
}

// clone returns a copy with a secret of its own.
func (r *resumption) clone() *resumption {
	if r == nil {
		return nil
	}
	n := *r
	return &n
}

// forget forgets the secret.
func (r *resumption) forget() {
	if r != nil {
		r.secret.Clear()
	}
}

// session returns a session like template that is resumed by the ticket with this nonce.
func (r *resumption) session(template *Session, nonce []byte) *Session {
	s := *template
	psk := r.secret.PSK(nonce)
	s.secret = bytes.Clone(psk.Bytes())
	psk.Clear()
	return &s
}

// maxTickets is how many tickets of a connection a client takes: a server that sends more has them thrown away unread.
const maxTickets = 16

// takeTicket makes a session of a NewSessionTicket and tells of it.
func (r *resumption) takeTicket(c *Context, m *NewSessionTicket, out *Flight) {
	// RFC 8446, Section 4.6.1: a lifetime of 0 makes it void, and no ticket is kept for longer than seven days.
	lifetime := min(time.Duration(m.Lifetime)*time.Second, maxSessionAge)
	if r.left == 0 || lifetime == 0 {
		return
	}
	r.left--
	s := r.session(r.template, m.Nonce)
	s.created, s.lifetime = c.params.Time(), lifetime
	s.ticket, s.ageAdd = bytes.Clone(m.Ticket), m.AgeAdd
	if m.Extensions.Present.Has(ExtEarlyData) {
		s.maxEarlyData = m.Extensions.MaxEarlyData
	}
	out.add(Effect{Kind: TellSession, Session: s})
}

// server13SealingTicket waits for a ticket; the handshake is over but for that.
type server13SealingTicket struct {
	waits
	secrets applicationSecrets
	tickets resumption
	session *Session   // of the ticket that is asked for
	given   []*Session // for which tickets were sent
	op      *SealTicket
}

func (*server13SealingTicket) Name() string           { return "server13.SealingTicket" }
func (s *server13SealingTicket) Operation() Operation { return s.op }

func (s *server13SealingTicket) clone() State {
	n := *s
	n.op = s.op.clone()
	return &n
}

// grantsTickets tells whether the client gets tickets: we make some, and it could use them.
func grantsTickets(c *Context, modes []byte) bool {
	return c.params.Tickets != nil && c.params.TicketCount > 0 && leavesSessions(c) && pskMode(c.params, modes) != modeNone
}

// leavesSessions tells whether it is known under what settings a session of this connection would count. One that a PSK from
// outside has authenticated counts as long as the PSK is configured, which is part of the scope; what a callback found may be
// gone tomorrow.
func leavesSessions(c *Context) bool {
	return c.info.PSK == nil || slices.Contains(c.params.PSKs, c.info.PSK)
}

// finishServer13 ends a server's handshake behind the client's Finished, tickets first.
func finishServer13(c *Context, secrets *applicationSecrets, out *Flight) State {
	if !c.tickets {
		return connect13(c, secrets, nil, 0, out)
	}
	tickets := resumption{secret: secrets.master.Resumption(c.hashThrough()), template: newSession(c), left: c.params.TicketCount}
	c.unhashed = Messages(TypeNewSessionTicket) // RFC 8446, Section 4.4.1: what follows the Finished is not part of the handshake
	return sealTicket13(c, secrets, tickets, nil)
}

// sealTicket13 asks for the next ticket.
func sealTicket13(c *Context, secrets *applicationSecrets, tickets resumption, given []*Session) State {
	s := tickets.grant(c, tickets.template, len(given))
	return &server13SealingTicket{secrets: *secrets, tickets: tickets, session: s, given: given, op: c.sealing(s)}
}

// grant returns the session of a server's next ticket, which is like template; given is how many it has given.
func (r *resumption) grant(c *Context, template *Session, given int) *Session {
	s := r.session(template, ticketNonce(given))
	s.lifetime, s.maxEarlyData = ticketLifetime(c.params, s), c.params.MaxEarlyData
	s.ageAdd = c.random.number(UseTicketAge)
	return s
}

// sealing asks for a ticket for the session.
func (c *Context) sealing(s *Session) *SealTicket {
	return &SealTicket{params: c.params, session: s, seed: c.random.seed(UseTicket, TicketSeedSize), app: c.options.Value}
}

func (s *server13SealingTicket) Resume(c *Context, out *Flight) (State, error) {
	if err := s.op.err; err != nil {
		return nil, refused(err, record.Fail(record.AlertInternalError, record.ReasonTicketEncryptionFailed, "no ticket could be made"))
	}
	if len(s.op.value) == 0 || s.session.lifetime == 0 {
		return s.connect(c, s.given, out), nil
	}
	sendTicket13(c, s.session, ticketNonce(len(s.given)), s.op.value, out)
	given := append(s.given[:len(s.given):len(s.given)], s.session)
	tickets := s.tickets
	if tickets.left--; tickets.left > 0 {
		return sealTicket13(c, &s.secrets, tickets, given), nil
	}
	return s.connect(c, given, out), nil
}

// connect ends the handshake. Sessions are told of last, so that their tickets share a record.
func (s *server13SealingTicket) connect(c *Context, given []*Session, out *Flight) State {
	for _, session := range given {
		out.add(Effect{Kind: TellSession, Session: session})
	}
	return connect13(c, &s.secrets, &s.tickets, len(given), out)
}

// ticketNonce returns the nonce of the next ticket: RFC 8446, Section 4.6.1 wants another for each of a connection.
func ticketNonce(given int) []byte { return binary.BigEndian.AppendUint16(nil, uint16(given)) }

func sendTicket13(c *Context, s *Session, nonce, ticket []byte, out *Flight) {
	m := newSessionTickets.take()
	defer newSessionTickets.give(m)
	m.Lifetime, m.AgeAdd, m.Nonce, m.Ticket = uint32(s.lifetime/time.Second), s.ageAdd, nonce, ticket
	if s.maxEarlyData > 0 {
		m.Extensions.MaxEarlyData = s.maxEarlyData
		m.Extensions.Add(ExtEarlyData)
	}
	greaseAsked(c, &m.Extensions)
	out.send(m)
}
