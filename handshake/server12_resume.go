package handshake

import (
	"bytes"
	"slices"
	"time"

	"tlsengine/cipher"
	"tlsengine/handshake/keyschedule"
	"tlsengine/record"
)

// This file is what a server before TLS 1.3 does to resume a session, and to give tickets.

// findSession12 looks for the session that the client offers, or goes on without one.
func findSession12(c *Context, h *ClientHello) (State, error) {
	p, e := c.params, &h.Extensions
	if p.Tickets != nil && !p.SessionIDsOnly && e.Present.Has(ExtSessionTicket) {
		c.keepsake.promised = true
		if len(e.SessionTicket) > 0 && c.previous == nil {
			// RFC 5077, Section 3.4: with a ticket the session id is none to look for.
			s, op := inOnePiece[server12OpeningTicket, OpenTicket]()
			op.params, op.ticket, op.app = p, e.SessionTicket, c.options.Value
			s.hello, s.op = h, op
			return s, nil
		}
	}
	if c.previous != nil {
		return choose12(c, h) // who negotiates again wants something else than what there is: that is not in a session
	}
	if p.Sessions != nil && len(h.SessionID) > 0 {
		s, op := inOnePiece[server12FindingSession, FindSession]()
		op.params, op.id, op.app = p, h.SessionID, c.options.Value
		s.hello, s.op = h, op
		return s, nil
	}
	return choose12(c, h)
}

// server12FindingSession waits for the session with the client's id.
type server12FindingSession struct {
	waits
	hello *ClientHello
	op    *FindSession
}

func (*server12FindingSession) Name() string           { return "server12.FindingSession" }
func (s *server12FindingSession) Operation() Operation { return s.op }

func (s *server12FindingSession) clone() State {
	return &server12FindingSession{hello: s.hello, op: s.op.clone()}
}

func (s *server12FindingSession) Resume(c *Context, out *Flight) (State, error) {
	if err := s.op.err; err != nil {
		return nil, refused(err, record.Fail(record.AlertInternalError, record.ReasonInternalError, "a session could not be looked up"))
	}
	session := s.op.value
	if session != nil && !bytes.Equal(session.id, s.hello.SessionID) {
		session = nil // the store is somebody else's work
	}
	return trySession12(c, s.hello, session, out)
}

// server12OpeningTicket waits for the session in the client's ticket.
type server12OpeningTicket struct {
	waits
	hello *ClientHello
	op    *OpenTicket
}

func (*server12OpeningTicket) Name() string           { return "server12.OpeningTicket" }
func (s *server12OpeningTicket) Operation() Operation { return s.op }

func (s *server12OpeningTicket) clone() State {
	return &server12OpeningTicket{hello: s.hello, op: s.op.clone()}
}

func (s *server12OpeningTicket) Resume(c *Context, out *Flight) (State, error) {
	if err := s.op.err; err != nil {
		return nil, refused(err, record.Fail(record.AlertInternalError, record.ReasonInternalError, "a ticket could not be opened"))
	}
	if s.op.value.session != nil {
		c.keepsake.promised, c.keepsake.offered = s.op.value.renew, s.op.value.once
	}
	return trySession12(c, s.hello, s.op.value.session, out)
}

// trySession12 resumes the session if it fits the hello and the configuration; otherwise the handshake is a full one.
func trySession12(c *Context, h *ClientHello, s *Session, out *Flight) (State, error) {
	if s == nil || !fits12(c, h, s) {
		return fullHandshake12(c, h)
	}
	if s.extended && !c.info.ExtendedMasterSecret {
		// RFC 7627, Section 5.3: a client that had it in the session must have it here.
		return nil, record.Fail(record.AlertHandshakeFailure, record.ReasonResumedEMSSessionWithoutEMSExtension,
			"the client offers a session with an extended master secret without offering that")
	}
	if !s.knowsPeer() {
		return resumeServer12(c, h, s, out)
	}
	peer := resumedPeer(s)
	return &server12VerifyingSession{hello: h, session: s, peer: peer, op: peer.verificationAgain(c)}, nil
}

// fits12 tells whether a session that was found may be resumed by this hello: all that it speaks for must still hold.
func fits12(c *Context, h *ClientHello, s *Session) bool {
	var room manySuites
	return s.role == ServerRole && s.version == c.info.Version && s.enabled(c.params) &&
		isBestOfItsKind(s.suite, suitesInCommon(room[:0], c.params, s.version, h.Suites)) && // RFC 5246, Section 7.4.1.2
		slices.Contains(h.Compression, s.compression) && c.params.takesCompression(s.compression) &&
		(s.extended || !c.info.ExtendedMasterSecret) && // RFC 7627, Section 5.3
		s.serverName == c.info.ServerName && // RFC 6066, Section 3
		s.scope == c.params.Scope &&
		(s.knowsPeer() || c.params.ClientAuth != AuthRequired) &&
		!s.ExpiredAt(c.params.Time())
}

// isBestOfItsKind tells whether s is the first of the suites that agree and authenticate as it does, which is the one that a
// full handshake would choose today with the same certificate: no session holds on to a suite that both ends now have better
// ones for.
func isBestOfItsKind(s *cipher.Suite, suites []*cipher.Suite) bool {
	first := slices.IndexFunc(suites, func(o *cipher.Suite) bool { return o.Kx == s.Kx && o.Auth == s.Auth })
	return first >= 0 && suites[first].ID == s.ID
}

// server12VerifyingSession waits for the present verdict on the client of a session.
type server12VerifyingSession struct {
	waits
	hello   *ClientHello
	session *Session
	peer    *unverifiedPeer
	op      *VerifyPeer
}

func (*server12VerifyingSession) Name() string           { return "server12.VerifyingSession" }
func (s *server12VerifyingSession) Operation() Operation { return s.op }

func (s *server12VerifyingSession) clone() State {
	return &server12VerifyingSession{hello: s.hello, session: s.session, peer: s.peer, op: s.op.clone()}
}

func (s *server12VerifyingSession) Resume(c *Context, out *Flight) (State, error) {
	if s.peer.takeVerdict(c, s.op) != nil {
		return fullHandshake12(c, s.hello) // where the client may show a better certificate
	}
	return resumeServer12(c, s.hello, s.session, out)
}

// fullHandshake12 goes on without the session that was offered. A client that can have a ticket gets one.
func fullHandshake12(c *Context, h *ClientHello) (State, error) {
	c.keepsake.offered = usableOnce{}
	c.keepsake.promised = c.params.Tickets != nil && !c.params.SessionIDsOnly && h.Extensions.Present.Has(ExtSessionTicket)
	return choose12(c, h)
}

// giveSessionID makes the id by which the connection can be resumed, for a client that gets no ticket.
// RFC 5077, Section 3.4: with a ticket, the ServerHello has none.
func giveSessionID(c *Context) {
	if !leavesSessions12(c) {
		c.keepsake.promised = false
		return
	}
	if c.params.Sessions == nil || c.keepsake.promised {
		return
	}
	c.keepsake.id = make([]byte, maxSessionID)
	c.random.fill(UseNewSessionID, c.keepsake.id)
}

// resumeServer12 resumes the session, with a new ticket first if one is due.
func resumeServer12(c *Context, h *ClientHello, s *Session, out *Flight) (State, error) {
	c.hello = nil // nobody is asked again who would want to see it
	master := resume12(c, s)
	if !c.keepsake.promised {
		return answerResumed12(c, h, &master, nil, out), nil
	}
	return &server12RenewingTicket{hello: h, master: master, op: c.sealing(newSession12(c, &master))}, nil
}

// ticket returns the answer to a SealTicket as a message.
func (o *SealTicket) ticket() (*NewSessionTicket, error) {
	if o.err != nil {
		return nil, refused(o.err, record.Fail(record.AlertInternalError, record.ReasonTicketEncryptionFailed,
			"no ticket could be made"))
	}
	if len(o.value) == 0 || o.session.lifetime == 0 {
		return &NewSessionTicket{}, nil // RFC 5077, Section 3.3: none after all
	}
	return &NewSessionTicket{Lifetime: uint32(o.session.lifetime / time.Second), Ticket: o.value}, nil
}

// server12RenewingTicket waits for the ticket that takes the place of the client's.
type server12RenewingTicket struct {
	waits
	hello  *ClientHello
	master keyschedule.Master12
	op     *SealTicket
}

func (*server12RenewingTicket) Name() string           { return "server12.RenewingTicket" }
func (s *server12RenewingTicket) Operation() Operation { return s.op }

func (s *server12RenewingTicket) clone() State {
	return &server12RenewingTicket{hello: s.hello, master: s.master, op: s.op.clone()}
}

func (s *server12RenewingTicket) Resume(c *Context, out *Flight) (State, error) {
	ticket, err := s.op.ticket()
	if err != nil {
		return nil, err
	}
	return answerResumed12(c, s.hello, &s.master, ticket, out), nil
}

// answerResumed12 sends the server's flight of a resumption, which ends with its Finished, and waits for the client's.
func answerResumed12(c *Context, h *ClientHello, master *keyschedule.Master12, ticket *NewSessionTicket, out *Flight) State {
	sendServerHello12(c, h, out)
	if ticket != nil {
		out.send(ticket)
	}
	block := c.keyBlock(master)
	first := sendFinished12(c, master, &block, out)
	return &server12WaitChangeCipherSpec{finishing12: finishing12{*master, block, first}}
}

// sendFinished12 sends the server's ChangeCipherSpec and Finished.
func sendFinished12(c *Context, master *keyschedule.Master12, block *keyschedule.KeyBlock, out *Flight) keyschedule.VerifyData {
	out.sendChangeCipherSpec()
	out.installWrite12(block.Server())
	verify := master.ServerFinished(c.runningThrough(), c.sum[:])
	out.sendFinished(verify.Bytes())
	return verify
}

// server12SealingTicket waits for the ticket that ends a full handshake.
type server12SealingTicket struct {
	waits
	finishing12
	op *SealTicket
}

func (*server12SealingTicket) Name() string           { return "server12.SealingTicket" }
func (s *server12SealingTicket) Operation() Operation { return s.op }

func (s *server12SealingTicket) clone() State {
	n := *s
	n.op = s.op.clone()
	return &n
}

func (s *server12SealingTicket) Resume(c *Context, out *Flight) (State, error) {
	ticket, err := s.op.ticket()
	if err != nil {
		return nil, err
	}
	out.send(ticket)
	verify := sendFinished12(c, &s.master, &s.block, out)
	return connect12(c, &s.master, verifyData12{client: s.first, server: verify}, out), nil
}
