package main

import (
	"errors"
	"fmt"
	"time"

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
	p := &past{start: time.Now(), used: usedTickets{}}
	p.cache = engine.NewSessionCache(engine.CacheLimits{Time: p.now})
	var err error
	p.tickets, err = engine.RandomTicketKeys(engine.Rotation{Time: p.now, Period: 30 * 24 * time.Hour})
	return p, err
}

// now is the clock of all connections.
func (p *past) now() time.Time { return time.Now().Add(p.delay) }

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
		if !h.s.noTicket {
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
	if c.s.server && skew != 0 && (info.TicketAgeSkew-skew).Abs() > time.Second {
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
	case c.s.maxVersion != 0 && c.s.maxVersion < 0x0304 || c.s.noTLS13:
		return "protocol_version"
	case !c.resumes:
		return "no_session_offered"
	case info.EarlyData == handshake.EarlyDeclined || c.s.server:
		return "peer_declined"
	}
	return "unsupported_for_session"
}

// checkTold looks at the sessions that a connection has left, once it is over.
func (h *hooks) checkTold() error {
	last := h.past.session
	if n := len(h.told); n > 0 {
		last = h.told[n-1]
	}
	if h.s.expected.ticketEarlyData && (last == nil || last.MaxEarlyData() == 0) {
		return errors.New("the ticket does not allow early data")
	}
	if !h.s.server {
		h.past.session = last
	}
	return nil
}
