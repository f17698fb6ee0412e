package sslsock

import "time"

// SetTimeout bounds how long each Read, Write, Handshake and Unwrap waits for the transport, from when it has its turn. 0,
// which it is at first, bounds nothing. Where a deadline is set too, the earlier counts. An operation that took too long can
// be called again, as after a deadline: nothing is lost, and nothing is sent twice.
func (s *Socket) SetTimeout(d time.Duration) { s.timeout.Store(int64(max(d, 0))) }

// Timeout returns what SetTimeout set; false if nothing is bounded.
func (s *Socket) Timeout() (time.Duration, bool) {
	d := time.Duration(s.timeout.Load())
	return d, d > 0
}

// bound begins an operation on one direction, whose turn the caller has. What it returns ends it.
func (s *Socket) bound(d direction) (end func()) {
	limit, ok := s.Timeout()
	if !ok || s.within(d, limit) != nil {
		return func() {}
	}
	return func() { s.lift(d) }
}
