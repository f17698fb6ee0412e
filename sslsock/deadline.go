package sslsock

import (
	"sync"
	"time"
)

// longAgo is a deadline that has passed, in nanoseconds of Unix time.
const longAgo = 1

// deadline is the deadline of one direction: the user's, and a nearer one that an operation may set for a while. The
// transport has whichever is earlier.
type deadline struct {
	mu    sync.Mutex
	user  int64 // nanoseconds of Unix time; 0: none
	limit int64 // the same
	apply func(time.Time) error

	instead *deadline     // whose time counts in place of this one's; nil but while a writer reads
	changed chan struct{} // closed when whoever waits should look again; nil while nobody looks
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

// lend lets another deadline count in place of this one, until lend(nil).
func (d *deadline) lend(other *deadline) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.instead = other
	_ = d.tell() // as in lift
}

// follow tells the transport again if other counts, which has changed.
func (d *deadline) follow(other *deadline) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.instead != other {
		return nil
	}
	return d.tell()
}

// watchUser returns the user's deadline, 0 if there is none, and what is closed when that may have changed.
func (d *deadline) watchUser() (at int64, changed <-chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.user, d.change()
}

// watch is watchUser for whichever deadline is earlier.
func (d *deadline) watch() (at int64, changed <-chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.earlier(), d.change()
}

// stir makes those who watch look again at what they wait for.
func (d *deadline) stir() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.wake()
}

// wake is stir for who has locked d.
func (d *deadline) wake() {
	if d.changed != nil {
		close(d.changed)
		d.changed = nil
	}
}

// change returns what the next change closes. d is locked.
func (d *deadline) change() <-chan struct{} {
	if d.changed == nil {
		d.changed = make(chan struct{})
	}
	return d.changed
}

// earlier returns the user's deadline or the nearer one, 0 if there is none. d is locked.
func (d *deadline) earlier() int64 {
	if d.limit != 0 && (d.user == 0 || d.limit < d.user) {
		return d.limit
	}
	return d.user
}

// tell gives the transport what counts. d is locked.
func (d *deadline) tell() error {
	d.wake()
	t := d.earlier()
	if d.instead != nil {
		t, _ = d.instead.watch()
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
		return longAgo
	}
	return t.UnixNano()
}
