package main

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"time"

	"tlsengine/cipher"
	"tlsengine/engine"
	"tlsengine/handshake"
)

// past is what the connections of one test leave to the later ones.
type past struct {
	start   time.Time     // of the clock
	delay   time.Duration // by which it was advanced
	tickets *engine.TicketKeys
	cache   *engine.SessionCache
	used    usedTickets
	session *handshake.Session // the last one that a client was told of
}

func newPast() (*past, error) {
	p := &past{start: time.Now().Truncate(time.Second), used: usedTickets{}}
	p.cache = engine.NewSessionCache(engine.CacheLimits{Time: p.now})
	var err error
	p.tickets, err = engine.RandomTicketKeys(engine.Rotation{Time: p.now, Period: 30 * 24 * time.Hour})
	return p, err
}

// now is the clock of all connections: it stands still but for the delays that BoGo asks for, so that ages are exact.
func (p *past) now() time.Time { return p.start.Add(p.delay) }

// usedTickets remembers the tickets whose early data was taken.
type usedTickets map[[32]byte]bool

// Admit takes each once.
func (u usedTickets) Admit(key [32]byte, _, _ time.Time) bool {
	first := !u[key]
	u[key] = true
	return first
}

// How many bytes of early data BoGo takes for granted that a server takes, and that a client writes at most.
const (
	serverEarlyData = 14336
	clientEarlyData = 1 << 31
)

// remember makes the configuration one that resumes sessions.
func (h *hooks) remember(c *engine.Config) {
	c.Time = h.past.now
	c.NewSession = func(s *handshake.Session, _ any) { h.told = append(h.told, s) }
	if h.s.noTicket {
		c.SessionIDsOnly = true
	}
	if h.s.server {
		c.Sessions, c.Replays = h.past.cache, h.past.used
		switch {
		case h.own != nil:
			c.Tickets = h.own
		case !h.s.noTicket:
			c.Tickets = h.past.tickets
		}
	}
	switch {
	case h.s.enableEarlyData && h.s.server:
		c.MaxEarlyData = serverEarlyData
	case h.s.enableEarlyData:
		c.MaxEarlyData = clientEarlyData
	}
}

// checkSession compares what became of the session that was offered with what the flags expect.
func (c *connection) checkSession(info *handshake.Info) error {
	e := &c.s.expected
	if want := c.resumes && !e.sessionMiss; info.Resumed != want {
		return fmt.Errorf("resumed: %v, expected %v", info.Resumed, want)
	}
	skew := time.Duration(e.ticketAgeSkew) * time.Second
	if c.s.server && c.resumes && skew != 0 && (info.TicketAgeSkew-skew).Abs() > time.Second {
		return fmt.Errorf("the ticket's age differs by %v, expected %v", info.TicketAgeSkew, skew)
	}
	accepted := info.EarlyData == handshake.EarlyAccepted
	return errors.Join(
		holds("early data was accepted", e.acceptEarlyData, accepted),
		holds("early data was refused", e.rejectEarlyData, !accepted),
		holds("no early data was offered", e.noOfferEarlyData, info.EarlyData == handshake.EarlyNotOffered),
		same("what became of early data", c.earlyReason(info), e.earlyDataReason),
	)
}

// earlyReason says what became of early data in BoGo's words.
func (c *connection) earlyReason(info *handshake.Info) string {
	if !c.s.enableEarlyData {
		return "disabled"
	}
	switch info.EarlyData {
	case handshake.EarlyAccepted:
		return "accept"
	case handshake.EarlyNotResumed:
		return "session_not_resumed"
	case handshake.EarlyRetried:
		return "hello_retry_request"
	case handshake.EarlyOtherProtocol:
		return "alpn_mismatch"
	case handshake.EarlyUnsupported:
		return "unsupported_for_session"
	case handshake.EarlyStale:
		return "ticket_age_skew"
	}
	switch {
	case info.Version < cipher.VersionTLS13:
		return "protocol_version"
	case !c.resumes:
		return "no_session_offered"
	case info.EarlyData == handshake.EarlyDeclined || c.s.server:
		return "peer_declined"
	case !c.offersProtocol(c.hooks.past.session.Protocol()):
		return "alpn_mismatch"
	}
	return "unsupported_for_session"
}

// offersProtocol tells whether a client offers the protocol, or both have none.
func (c *connection) offersProtocol(name string) bool {
	offered, err := protocols(c.s.advertiseALPN)
	return err == nil && (slices.Contains(offered, name) || name == "" && len(offered) == 0)
}

// checkTold looks at the sessions that a connection has told of when the handshake is done.
func (c *connection) checkTold(info *handshake.Info) error {
	h, e := c.hooks, &c.s.expected
	if c.s.server {
		stored := slices.ContainsFunc(h.told, func(s *handshake.Session) bool { return len(s.ID()) > 0 })
		return errors.Join(
			holds("the server has stored a session", e.sessionID && !c.resumes, stored),
			holds("the server has stored no session", e.noSessionID && !c.resumes, !stored),
		)
	}
	if info.Version == cipher.VersionTLS13 {
		return nil // tickets come later
	}
	want := !e.noSession && (!info.Resumed || e.ticketRenewal)
	if got := len(h.told) > 0; got != want {
		return fmt.Errorf("a new session: %v, expected %v", got, want)
	}
	return nil
}

// leave looks at the sessions that a connection has told of once it is over, and leaves the last one to the next connection.
func (c *connection) leave() error {
	h := c.hooks
	if h.own != nil && h.own.broken != nil {
		return h.own.broken
	}
	if c.s.server {
		return nil
	}
	if info := c.conn.Info(); info != nil && info.Version == cipher.VersionTLS13 {
		want := !c.s.expected.noSession && !c.s.shimShutsDown
		if got := len(h.told) > 0; got != want {
			return fmt.Errorf("a new session: %v, expected %v", got, want)
		}
	}
	if len(h.told) == 0 {
		return nil
	}
	last := h.told[len(h.told)-1]
	h.past.session = last
	if err := c.checkElsewhere(last); err != nil {
		return err
	}
	if want, got := c.s.expected.ticketEarlyData, last.MaxEarlyData() > 0; want != got {
		return fmt.Errorf("the ticket allows early data: %v, expected %v", got, want)
	}
	return nil
}

// checkElsewhere tries whether a session would be offered to a server of another name.
func (c *connection) checkElsewhere(s *handshake.Session) error {
	if !c.s.expected.notAcrossNames {
		return nil
	}
	elsewhere, err := engine.Client(c.made, engine.Options{ServerName: "elsewhere.example", Session: s})
	if err != nil {
		return err
	}
	defer elsewhere.Close()
	return holds("the session is for its own server", true, !bytes.Contains(elsewhere.Outgoing(), s.Ticket()))
}
