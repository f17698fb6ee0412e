package engine

import (
	"crypto/rand"

	"tlsengine/handshake"
)

// Tickets returns a TicketSealer whose tickets are ids of this cache: the server remembers, and a ticket can be used once, by
// who has the session's secret. They are forgotten with the cache, which is what makes connections secret whose sessions they
// were for.
func (c *SessionCache) Tickets() handshake.TicketSealer { return statefulTickets{c} }

// statefulTickets are tickets of which the server remembers all but the number (RFC 8446, Section 4.6.1: a ticket may be a
// key for a look-up). They are handshake.SingleUseTickets.
type statefulTickets struct{ cache *SessionCache }

// Seal keeps s under a number that nobody can guess.
func (t statefulTickets) Seal(s *handshake.Session, seed []byte) ([]byte, error) {
	number := make([]byte, handshake.TicketSeedSize)
	if seed == nil {
		rand.Read(number)
	}
	copy(number, seed)
	t.cache.add(number, s)
	return number, nil
}

// Open returns the session with that number.
func (t statefulTickets) Open(ticket []byte) (s *handshake.Session, renew bool) {
	if len(ticket) != handshake.TicketSeedSize {
		return nil, false
	}
	return t.cache.Find(ticket), true
}

// Spend forgets the session with that number: a ticket can be used once.
func (t statefulTickets) Spend(ticket []byte) bool { return t.cache.spend(ticket) }
