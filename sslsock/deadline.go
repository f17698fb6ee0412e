package sslsock

import (
	"sync"
	"time"
)

// deadline is the deadline of one direction: the user's, and a nearer one that an operation may set for a while. The
// transport has whichever is earlier.
type deadline struct {
	mu    sync.Mutex
	user  int64 // nanoseconds of Unix time; 0: none
	limit int64 // the same
	apply func(time.Time) error
}

// set takes the user's deadline.
func (d *deadline) set(t time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.user = 0
	if !t.IsZero() {
		d.user = nanoseconds(t)
	}
	return d.tell()
}

// within sets the nearer deadline, which is that long from now.
func (d *deadline) within(wait time.Duration) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.limit = time.Now().Add(wait).UnixNano()
	return d.tell()
}

// lift removes the nearer deadline.
func (d *deadline) lift() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.limit = 0
	_ = d.tell() // a transport that fails here fails at its next use
}

// tell gives the transport what counts. d is locked.
func (d *deadline) tell() error {
	t := d.user
	if d.limit != 0 && (t == 0 || d.limit < t) {
		t = d.limit
	}
	if t == 0 {
		return d.apply(time.Time{})
	}
	return d.apply(time.Unix(0, t))
}

// passed reports whether the user's deadline lies in the past.
func (d *deadline) passed() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.user != 0 && time.Now().UnixNano() >= d.user
}

// nanoseconds is t.UnixNano without its overflow for times that are far away.
func nanoseconds(t time.Time) int64 {
	const far = 1<<63 - 1
	switch s := t.Unix(); {
	case s > far/int64(time.Second):
		return far
	case s <= 0:
		return 1
	}
	return t.UnixNano()
}
