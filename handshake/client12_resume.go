package handshake

import (
	"bytes"
	"slices"
	"time"

	"tlsengine/cipher"
	"tlsengine/handshake/keyschedule"
	"tlsengine/record"
)

// This file is what a client before TLS 1.3 does to resume a session, and to be given one.

// offerSession12 offers to resume the session that there is, if it may, and asks for a ticket if anybody wants to hear of it.
func offerSession12(c *Context, h *ClientHello, resume bool) {
	if !offersOlder(c.params) {
		return
	}
	p, e, s := c.params, &h.Extensions, c.options.Session
	if s != nil && (!resume || s.resumes13() || !offersSession(c, s) || !s.enabled(p) || s.ticket != nil && p.SessionIDsOnly) {
		s = nil
	}
	if s != nil && !slices.Contains(h.Compression, s.compression) {
		s = nil // RFC 5246, Section 7.4.1.2: the methods must include that of the session
	}
	if !p.SessionIDsOnly && (s != nil || p.NewSession != nil) {
		e.Add(ExtSessionTicket) // RFC 5077, Section 3.2: empty, it asks for a ticket
	}
	if s != nil {
		h.SessionID, e.SessionTicket = s.id, s.ticket
	}
}

// offered12 returns the session that a hello offers to resume before TLS 1.3, nil if it offers none.
func offered12(c *Context, h *ClientHello) *Session {
	s := c.options.Session
	if s == nil || len(s.id) == 0 || !bytes.Equal(s.id, h.SessionID) {
		return nil
	}
	return s
}

// resumeClient12 goes on with the session that the ServerHello resumes.
func resumeClient12(c *Context, s *Session, suite *cipher.Suite, out *Flight) (State, error) {
	switch {
	case c.info.Version != s.version:
		// RFC 5246, Section 7.4.1.3 and Appendix E.1: a resumed session keeps its version.
		return nil, record.Fail(record.AlertIllegalParameter, record.ReasonOldSessionVersionNotReturned,
			"the server resumes a session of %v with %v", s.version, c.info.Version)
	case suite.ID != s.suite.ID:
		// RFC 5246, Section 7.4.1.3: and its suite.
		return nil, record.Fail(record.AlertIllegalParameter, record.ReasonOldSessionCipherNotReturned,
			"the server resumes a session of %v with %v", s.suite.ID, suite.ID)
	case byte(c.info.Compression) != s.compression:
		// RFC 5246, Section 7.4.1.3: and its compression.
		return nil, record.Fail(record.AlertIllegalParameter, record.ReasonUnsupportedCompressionAlgorithm,
			"the server resumes a session of compression method %d with method %d", s.compression, c.info.Compression)
	case s.extended && !c.info.ExtendedMasterSecret:
		// RFC 7627, Section 5.3: both handshakes have it, or none.
		return nil, record.Fail(record.AlertHandshakeFailure, record.ReasonResumedEMSSessionWithoutEMSExtension,
			"the server resumes a session with an extended master secret without saying so")
	case !s.extended && c.info.ExtendedMasterSecret:
		return nil, record.Fail(record.AlertHandshakeFailure, record.ReasonResumedNonEMSSessionWithEMSExtension,
			"the server resumes a session without an extended master secret as if it had one")
	}
	master := resume12(c, s)
	return awaitTicket(c, &client12WaitChangeCipherSpec{finishing12: finishing12{master: master, block: c.keyBlock(&master)}}), nil
}

// awaitTicket waits for the ticket that the server has promised, if it has, and then for what next awaits.
func awaitTicket(c *Context, next *client12WaitChangeCipherSpec) State {
	if !c.keepsake.promised {
		return next
	}
	return &client12WaitNewSessionTicket{aheadFlow: next.aheadFlow, next: *next}
}

// client12WaitNewSessionTicket waits for the ticket that the server has promised. RFC 5077, Section 3.3: a server that has sent
// session_ticket must send one, before its ChangeCipherSpec.
type client12WaitNewSessionTicket struct {
	ignoringRequests12
	aheadFlow
	next client12WaitChangeCipherSpec
}

func (*client12WaitNewSessionTicket) Name() string        { return "client12.WaitNewSessionTicket" }
func (*client12WaitNewSessionTicket) Expects() MessageSet { return Messages(TypeNewSessionTicket) }
func (s *client12WaitNewSessionTicket) clone() State      { c := *s; return &c }

func (s *client12WaitNewSessionTicket) On(c *Context, m Message, out *Flight) (State, error) {
	t := m.(*NewSessionTicket)
	// RFC 5077, Section 3.3: an empty ticket says that there is none after all.
	c.keepsake.ticket, c.keepsake.lifetime = bytes.Clone(t.Ticket), time.Duration(t.Lifetime)*time.Second
	next := s.next
	return &next, nil
}

// finishResumed answers the server's Finished, which was the first one, once its certificate was looked at again.
func (s *client12WaitFinished) finishResumed(c *Context, first keyschedule.VerifyData, out *Flight) State {
	now := finishing12{s.master, s.block, first}
	defer now.forget()
	if !c.resumed.knowsPeer() {
		return finishResumedClient12(c, &now, out)
	}
	peer := resumedPeer(c.resumed)
	return &client12VerifyingSession{finishing12: now, peer: peer, op: peer.verificationAgain(c)}
}

// client12VerifyingSession waits for the present verdict on the server of a session.
type client12VerifyingSession struct {
	waits
	finishing12
	peer *unverifiedPeer
	op   *VerifyPeer
}

func (*client12VerifyingSession) Name() string           { return "client12.VerifyingSession" }
func (s *client12VerifyingSession) Operation() Operation { return s.op }

func (s *client12VerifyingSession) clone() State {
	n := *s
	n.op = s.op.clone()
	return &n
}

func (s *client12VerifyingSession) Resume(c *Context, out *Flight) (State, error) {
	if err := s.peer.takeVerdict(c, s.op); err != nil {
		return nil, err
	}
	return finishResumedClient12(c, &s.finishing12, out), nil
}

// finishResumedClient12 sends ChangeCipherSpec and Finished, which end a resumption.
func finishResumedClient12(c *Context, now *finishing12, out *Flight) State {
	out.sendChangeCipherSpec()
	out.installWrite12(now.block.Client())
	sendNextProtocol(c, out)
	verify := now.master.ClientFinished(c.runningThrough(), c.sum[:])
	out.sendFinished(verify.Bytes())
	return connect12(c, &now.master, verifyData12{client: verify, server: now.first}, out)
}
