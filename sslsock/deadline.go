package sslsock

import (
	"sync"
	"time"
)

// longAgo is a deadline that has passed, in nanoseconds of Unix time.
const longAgo = 1

// direction is one of a transport's two.
type direction uint8

const (
	inbound direction = iota
	outbound
)

// deadlines are the deadlines of both directions: the user's, and a nearer one that an operation may set for a while. The
// transport has whichever is earlier. All are nanoseconds of Unix time; 0 is none.
type deadlines struct {
	mu      sync.Mutex
	user    [2]int64
	limit   [2]int64
	changed chan struct{} // closed when whoever waits should look again; nil while nobody looks
}

// setDeadline takes the user's deadline.
func (s *Socket) setDeadline(d direction, t time.Time) error {
	s.deadlines.mu.Lock()
	defer s.deadlines.mu.Unlock()
	s.deadlines.user[d] = 0
	if !t.IsZero() {
		s.deadlines.user[d] = nanoseconds(t)
	}
	if err := s.tellDeadline(d); err != nil || d == inbound || !s.lent {
		return err
	}
	return s.tellDeadline(inbound)
}

// within sets the nearer deadline, which is that long from now.
func (s *Socket) within(d direction, wait time.Duration) error {
	s.deadlines.mu.Lock()
	defer s.deadlines.mu.Unlock()
	s.deadlines.limit[d] = time.Now().Add(wait).UnixNano()
	return s.tellDeadline(d)
}

// lift removes the nearer deadline.
func (s *Socket) lift(d direction) {
	s.deadlines.mu.Lock()
	defer s.deadlines.mu.Unlock()
	s.deadlines.limit[d] = 0
	_ = s.tellDeadline(d) // a transport that fails here fails at its next use
}

// lend lets the deadline of writing count for reading too, in place of reading's own, as long as a writer reads.
func (s *Socket) lend(on bool) {
	s.deadlines.mu.Lock()
	defer s.deadlines.mu.Unlock()
	s.lent = on
	_ = s.tellDeadline(inbound) // as in lift
}

// tellDeadline gives the transport what counts. The deadlines are locked.
func (s *Socket) tellDeadline(d direction) error {
	s.deadlines.wake()
	if d == outbound {
		return s.transport.SetWriteDeadline(timeOf(s.deadlines.earlier(outbound)))
	}
	if s.lent {
		d = outbound
	}
	return s.transport.SetReadDeadline(timeOf(s.deadlines.earlier(d)))
}

// timeOf is the time of a deadline.
func timeOf(nanoseconds int64) time.Time {
	if nanoseconds == 0 {
		return time.Time{}
	}
	return time.Unix(0, nanoseconds)
}

// deadlinePassed reports whether the user's deadline lies in the past.
func (s *Socket) deadlinePassed(d direction) bool {
	s.deadlines.mu.Lock()
	defer s.deadlines.mu.Unlock()
	t := s.deadlines.user[d]
	return t != 0 && time.Now().UnixNano() >= t
}

// watchReader returns the user's deadline of reading, 0 if there is none, and what is closed when that may have changed.
func (l *deadlines) watchReader() (at int64, changed <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.user[inbound], l.change()
}

// watchWriter returns the earlier deadline of writing, likewise.
func (l *deadlines) watchWriter() (at int64, changed <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.earlier(outbound), l.change()
}

// stir makes those who watch look again at what they wait for.
func (l *deadlines) stir() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.wake()
}

// wake is stir for who has locked l.
func (l *deadlines) wake() {
	if l.changed != nil {
		close(l.changed)
		l.changed = nil
	}
}

// change returns what the next change closes. l is locked.
func (l *deadlines) change() <-chan struct{} {
	if l.changed == nil {
		l.changed = make(chan struct{})
	}
	return l.changed
}

// earlier returns the user's deadline or the nearer one, 0 if there is none. l is locked.
func (l *deadlines) earlier(d direction) int64 {
	user, limit := l.user[d], l.limit[d]
	if limit != 0 && (user == 0 || limit < user) {
		return limit
	}
	return user
}

// nanoseconds is t.UnixNano without its overflow for times that are far away.
func nanoseconds(t time.Time) int64 {
	const far = 1<<63 - 1
	switch s := t.Unix(); {
	case s > far/int64(time.Second):
		return far
	case s <= 0:
		return longAgo
	}
	return t.UnixNano()
}
