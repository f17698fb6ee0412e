package sslsock

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
	"sync/atomic"
	"time"

	"tlsengine/handshake"
)

// Session is what a connection leaves for later ones to the same server to resume. It is immutable, may be used as often as one
// likes, and never prints its secret. In TLS 1.3 and with tickets, an observer can tell that two connections which offer the same
// session come from the same client.
type Session struct {
	context *Context
	session *handshake.Session
}

// ID returns the session's id: before TLS 1.3 that on the wire, otherwise one that is made of the ticket. The slice is
// the caller's.
func (s *Session) ID() []byte {
	if id := s.session.ID(); len(id) > 0 {
		return slices.Clone(id)
	}
	id := sha256.Sum256(s.session.Ticket())
	return id[:]
}

// Time returns when the session began.
func (s *Session) Time() time.Time { return s.session.Created() }

// Timeout returns for how long after Time it can be resumed.
func (s *Session) Timeout() time.Duration { return s.session.Lifetime() }

// HasTicket reports whether the server gave a ticket for it.
func (s *Session) HasTicket() bool { return len(s.session.Ticket()) > 0 }

// TicketLifetimeHint returns for how long the server means to take the ticket; 0 without one.
func (s *Session) TicketLifetimeHint() time.Duration {
	if !s.HasTicket() {
		return 0
	}
	return s.session.Lifetime()
}

// Equal reports whether both have the same id.
func (s *Session) Equal(other *Session) bool {
	return s == other || s != nil && other != nil && bytes.Equal(s.ID(), other.ID())
}

// Marshal returns the session as bytes for (*Context).ParseSession. The secret is in them, in the clear: keep them as
// you keep keys.
func (s *Session) Marshal() ([]byte, error) { return s.session.Marshal() }

// ParseSession returns a session that Marshal has written, for sockets of this context. It is offered only if it was made under
// settings that are worth the same. The error says that form is none.
func (c *Context) ParseSession(form []byte) (*Session, error) {
	s, err := handshake.ParseSession(form, nil)
	if err != nil {
		return nil, argumentError(err.Error())
	}
	return &Session{context: c, session: s}, nil
}

// Format prints what kind of session it is, whatever the verb.
func (s *Session) Format(f fmt.State, verb rune) {
	if s == nil {
		io.WriteString(f, "no session")
		return
	}
	s.session.Format(f, verb)
}

// WithSession makes a client offer a session of an earlier connection with the same context. Whether the server resumed it
// SessionReused tells. nil offers none. One that has expired, is for another host, or was made under settings that the context
// has changed since, is not offered: the handshake is then a full one.
func WithSession(session *Session) SocketOption {
	return socketOption(func(s *socketSettings) { s.session = session })
}

// checkSession refuses a session where it has no place.
func (c *Context) checkSession(s *socketSettings) error {
	switch {
	case s.session == nil:
		return nil
	case s.server:
		return argumentError("Cannot set session for server-side SSLSocket.")
	case s.session.context != c:
		return argumentError("Session refers to a different SSLContext.")
	}
	return nil
}

// sessionUse is what a Socket or an Object knows of sessions.
type sessionUse struct {
	counts *sessionCounts
	own    *clientSessions // nil if the context's clients keep none
	host   string
	began  bool // the handshake; this and done belong to whoever runs it
	done   bool
	latest atomic.Pointer[handshake.Session]
}

// adopt takes what sockets of a context with these settings share; host is which the session is for.
func (u *sessionUse) adopt(s *settings, host string) {
	u.counts, u.own, u.host = s.sessions.counts, s.sessions.own, host
}

// keepSession is called by the engine with each new session of the connection. Of a server's, only one with an id of its own
// tells anything: what a ticket holds can be had from the ticket alone, and would be half a kilobyte for each connection.
func (u *sessionUse) keepSession(s *handshake.Session) {
	if s.Role() == handshake.ServerRole && len(s.ID()) == 0 {
		return
	}
	u.latest.Store(s)
	if u.own != nil && s.Role() == handshake.ClientRole {
		u.own.add(u.host, s)
	}
}

// tellSession gives a new session to the Socket or Object that it is of.
func tellSession(s *handshake.Session, value any) {
	value.(interface{ keepSession(*handshake.Session) }).keepSession(s)
}

// begin counts a handshake that begins.
func (u *sessionUse) begin(server bool) {
	if !u.began {
		u.began = true
		u.counts.of(server).began.Add(1)
	}
}

// again counts a renegotiation.
func (u *sessionUse) again(server bool) { u.counts.of(server).again.Add(1) }

// finish counts a handshake that has succeeded. What it resumed can be resumed again as long as nothing newer has come.
func (u *sessionUse) finish(i *handshake.Info, server bool, offered *Session) {
	if u.done {
		return
	}
	u.done = true
	u.counts.of(server).done.Add(1)
	if i.Resumed {
		u.counts.hits.Add(1)
	}
	if i.Resumed && offered != nil {
		u.latest.CompareAndSwap(nil, offered.session)
	}
}

// fail drops the session that a handshake offered which the protocol ended: RFC 5246, Section 7.2.2 wants it forgotten, and the next
// connection shall not fail for the same reason.
func (u *sessionUse) fail(offered *Session) {
	if u.own != nil && offered != nil && !u.done {
		u.own.drop(u.host, offered.session)
	}
}

// session returns what can be resumed later: the latest that the connection has left, or else what it resumed itself.
func (u *sessionUse) session(c *Context, i *handshake.Info) *Session {
	latest := u.latest.Load()
	if i == nil || latest == nil {
		return nil
	}
	return &Session{context: c, session: latest}
}

// Session returns what a later connection can resume this one by: nil before the handshake, and in TLS 1.3 before the
// server has sent a ticket, which comes with the first data. A server has none but those with an id, before TLS 1.3: the others are
// in the tickets that it gave away.
func (s *Socket) Session() *Session {
	return s.sessions.session(s.Context(), s.HandshakeInfo())
}

// SetSession chooses what a client offers to resume, as WithSession does, on a socket that has not begun its handshake:
// one made with WithDoHandshakeOnConnect(false), or not connected yet. No other call may run beside it. Errors match
// ErrInvalidArgument.
func (s *Socket) SetSession(session *Session) error {
	s.shaking.Lock()
	defer s.shaking.Unlock()
	settings := socketSettings{server: s.server, session: session}
	if err := s.Context().checkSession(&settings); err != nil {
		return err
	}
	if s.sessions.began {
		return argumentError("Cannot set session after handshake.")
	}
	settings = s.start.settings
	settings.session = session
	if s.users.is(isConnected) {
		conn, err := settings.connection(s.start.params, s)
		if err != nil {
			return err
		}
		s.conn.Close()
		s.conn = conn
	}
	s.start.settings = settings
	return nil
}

// SessionReused reports whether the handshake has resumed a session.
func (s *Socket) SessionReused() bool { return reused(s.HandshakeInfo()) }

func reused(i *handshake.Info) bool { return i != nil && i.Resumed }

// Session is (*Socket).Session.
func (o *Object) Session() *Session {
	return o.sessions.session(o.context, o.conn.Info())
}

// SetSession is (*Socket).SetSession.
func (o *Object) SetSession(session *Session) error {
	settings := o.settings
	settings.session = session
	if err := o.context.checkSession(&settings); err != nil {
		return err
	}
	if o.sessions.began {
		return argumentError("Cannot set session after handshake.")
	}
	conn, err := settings.connection(o.params, o)
	if err != nil {
		return err
	}
	o.conn.Close()
	o.conn, o.settings = conn, settings
	return nil
}

// SessionReused reports whether the handshake has resumed a session.
func (o *Object) SessionReused() bool { return reused(o.conn.Info()) }
