package sslsock

import (
	"slices"
	"sync"
	"time"
)

// turn is a lock for which one can wait with a deadline; those who wait get it in the order in which they came. Its zero value
// is free.
type turn struct {
	mu      sync.Mutex
	waiting *queue // nil if the turn is free
}

// queue has one for each who waits, closed when the turn is his.
type queue []chan struct{}

// nobody is the queue of every turn that is taken and for which nobody waits.
var nobody queue

// TryLock takes the turn if it is free.
func (t *turn) TryLock() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.waiting != nil {
		return false
	}
	t.waiting = &nobody
	return true
}

// Lock waits for the turn.
func (t *turn) Lock() {
	if mine := t.queue(); mine != nil {
		<-mine
	}
}

// lockBy waits for the turn until a time that watch tells, nanoseconds of Unix time or 0 for ever, and tells anew when changed is closed. It
// reports whether the caller has the turn.
func (t *turn) lockBy(watch func() (until int64, changed <-chan struct{})) bool {
	mine := t.queue()
	for mine != nil {
		var over <-chan time.Time
		until, changed := watch()
		if until != 0 {
			over = time.After(time.Until(time.Unix(0, until)))
		}
		select {
		case <-mine:
			return true
		case <-over:
			return !t.leave(mine)
		case <-changed:
		}
	}
	return true
}

// queue takes the turn, or returns what is closed when it is the caller's.
func (t *turn) queue() (mine chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch t.waiting {
	case nil:
		t.waiting = &nobody
		return nil
	case &nobody:
		t.waiting = new(queue)
	}
	mine = make(chan struct{})
	*t.waiting = append(*t.waiting, mine)
	return mine
}

// leave gives up waiting, unless the turn has come meanwhile.
func (t *turn) leave(mine chan struct{}) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.waiting == nil {
		return false
	}
	i := slices.Index(*t.waiting, mine)
	if i < 0 {
		return false
	}
	t.remove(i)
	return true
}

// Unlock passes the turn on.
func (t *turn) Unlock() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.waiting == &nobody {
		t.waiting = nil
		return
	}
	close((*t.waiting)[0])
	t.remove(0)
}

// remove takes one out of the queue, which is never empty but as nobody.
func (t *turn) remove(i int) {
	if *t.waiting = slices.Delete(*t.waiting, i, i+1); len(*t.waiting) == 0 {
		t.waiting = &nobody
	}
}
