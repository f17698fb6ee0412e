package sslsock

import (
	"slices"
	"sync/atomic"
	"time"

	"tlsengine/engine"
)

// This file is what a Context keeps and decides about its servers' sessions.

// sessionSettings are the settings about sessions.
type sessionSettings struct {
	cache      *engine.SessionCache
	ticketKeys *engine.TicketKeys
	own        *clientSessions // nil: clients offer what they are given
	counts     *sessionCounts
	numTickets int           // of TLS 1.3
	timeout    time.Duration // 0: the two defaults
	context    []byte
}

// OpenSSL's defaults.
const (
	olderTimeout       = 300 * time.Second // before TLS 1.3
	ticketTimeout      = 7200 * time.Second
	defaultNumTickets  = 2
	mostNumTickets     = 65535
	maxSessionIDLength = 32
)

// newSessionSettings makes what the sockets of c share.
func newSessionSettings(c *Context) (s sessionSettings, err error) {
	s = sessionSettings{
		cache: engine.NewSessionCache(engine.CacheLimits{Time: c.now}), counts: new(sessionCounts), numTickets: defaultNumTickets,
	}
	s.ticketKeys, err = engine.RandomTicketKeys(engine.Rotation{Time: c.now})
	return s, err
}

// now is the time by the clock that the context has at the moment.
func (c *Context) now() time.Time {
	if clock := c.current().time; clock != nil {
		return clock()
	}
	return time.Now()
}

// into fills the part of config that is about sessions.
func (s *sessionSettings) into(config *engine.Config, o Options) {
	config.NewSession = tellSession
	config.Sessions = s.cache
	config.Tickets = s.ticketKeys
	config.SessionIDsOnly = o.Has(OpNoTicket)
	if o.Has(OpNoTicket) {
		config.Tickets = s.cache.Tickets()
	}
	config.TicketCount = s.numTickets
	if s.numTickets == 0 {
		config.TicketCount = engine.NoTickets
	}
	config.SessionContext = s.context
	config.SessionLifetime, config.SessionLifetimeBefore13 = ticketTimeout, olderTimeout
	if s.timeout != 0 {
		config.SessionLifetime, config.SessionLifetimeBefore13 = s.timeout, s.timeout
	}
}

// NumTickets returns how many tickets a server sends after a TLS 1.3 handshake.
func (c *Context) NumTickets() int { return c.current().sessions.numTickets }

// SetNumTickets sets how many tickets a server sends after a TLS 1.3 handshake, 0 to 65535; the default is 2. Other numbers, and
// contexts that are for clients only, give ErrInvalidArgument.
func (c *Context) SetNumTickets(n int) (err error) {
	if n < 0 || n > mostNumTickets {
		return argumentError("value must be between 0 and 65535")
	}
	c.change(func(s *settings) {
		if s.protocol == ProtocolTLSClient {
			err = argumentError("SSLContext is not a server context.")
			return
		}
		s.sessions.numTickets = n
	})
	return err
}

// SetTicketKeys sets the keys of tickets, so that several servers can take each other's: the first seals, all of them
// open. To change keys put a new one in front and take the last away. Without a call the context has keys of its own,
// new ones each day. No key at all gives ErrInvalidArgument.
func (c *Context) SetTicketKeys(keys [][32]byte) error {
	k, err := engine.FixedTicketKeys(keys...)
	if err != nil {
		return argumentError(err.Error())
	}
	c.change(func(s *settings) { s.sessions.ticketKeys = k })
	return nil
}

// SetSessionTimeout sets for how long a server lets its sessions be resumed, at most seven days. 0 stands for OpenSSL's
// defaults: five minutes before TLS 1.3, two hours in it. Other times give ErrInvalidArgument.
func (c *Context) SetSessionTimeout(d time.Duration) error {
	if d < 0 || d > 7*24*time.Hour {
		return argumentError("a session lasts for seven days at most")
	}
	c.change(func(s *settings) { s.sessions.timeout = d })
	return nil
}

// SetSessionCacheSize sets how many sessions a server remembers, those of tickets not counted; the default is 20480.
// The ones that were not used for longest go first. Less than 1 gives ErrInvalidArgument.
func (c *Context) SetSessionCacheSize(n int) error {
	if n < 1 {
		return argumentError("a session cache has room for one session at least")
	}
	c.current().sessions.cache.SetEntries(n)
	return nil
}

// SetSessionIDContext tells sessions for different purposes apart where contexts share ticket keys: those of another id are not
// resumed. At most 32 bytes, or ErrInvalidArgument.
func (c *Context) SetSessionIDContext(id []byte) error {
	if len(id) > maxSessionIDLength {
		return argumentError("a session id context is at most 32 bytes long")
	}
	id = slices.Clone(id)
	c.change(func(s *settings) { s.sessions.context = id })
	return nil
}

// sessionCounts count what happens to the sockets of a context.
type sessionCounts struct {
	clients, servers roleCounts
	hits             atomic.Int64
}

type roleCounts struct{ began, done, again atomic.Int64 }

func (c *sessionCounts) of(server bool) *roleCounts {
	if server {
		return &c.servers
	}
	return &c.clients
}

// SessionStats counts what has happened to the sockets of a context since it was made, as SSL_CTX_sess_number(3) has it.
type SessionStats struct {
	Number             int // sessions that the server side remembers now
	Connect            int // client handshakes that began
	ConnectGood        int // and those that succeeded
	ConnectRenegotiate int // clients that negotiated again
	Accept             int // server handshakes that began
	AcceptGood         int // and those that succeeded
	AcceptRenegotiate  int // servers that negotiated again
	Hits               int // sessions that were resumed, on either side
	Misses             int // ids that clients offered and the server didn't know
	Timeouts           int // and those that it knew, and that had expired
	CacheFull          int // sessions that made room for others
}

// SessionStats returns the counters.
func (c *Context) SessionStats() SessionStats {
	s := c.current().sessions
	cache := s.cache.Counts()
	return SessionStats{
		Number:             cache.Number,
		Connect:            int(s.counts.clients.began.Load()),
		ConnectGood:        int(s.counts.clients.done.Load()),
		ConnectRenegotiate: int(s.counts.clients.again.Load()),
		AcceptRenegotiate:  int(s.counts.servers.again.Load()),
		Accept:             int(s.counts.servers.began.Load()),
		AcceptGood:         int(s.counts.servers.done.Load()),
		Hits:               int(s.counts.hits.Load()),
		Misses:             int(cache.Misses),
		Timeouts:           int(cache.Timeouts),
		CacheFull:          int(cache.Full),
	}
}

// Map returns the counters by Python's names.
func (s SessionStats) Map() map[string]int {
	return map[string]int{
		"number": s.Number, "connect": s.Connect, "connect_good": s.ConnectGood, "connect_renegotiate": s.ConnectRenegotiate,
		"accept": s.Accept, "accept_good": s.AcceptGood, "accept_renegotiate": s.AcceptRenegotiate,
		"hits": s.Hits, "misses": s.Misses, "timeouts": s.Timeouts, "cache_full": s.CacheFull,
	}
}
