package sslsock

import (
	"slices"
	"sync"
	"time"
)

// turn is a lock for which one can wait with a deadline; those who wait get it in the order in which they came. Its zero value is free.
type turn struct {
	mu      sync.Mutex
	taken   bool
	waiting []chan struct{} // one for each who waits, closed when the turn is his
}

// TryLock takes the turn if it is free.
func (t *turn) TryLock() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.taken {
		return false
	}
	t.taken = true
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
	if t.taken {
		mine = make(chan struct{})
		t.waiting = append(t.waiting, mine)
	}
	t.taken = true
	return mine
}

// leave gives up waiting, unless the turn has come meanwhile.
func (t *turn) leave(mine chan struct{}) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	i := slices.Index(t.waiting, mine)
	if i < 0 {
		return false
	}
	t.waiting = slices.Delete(t.waiting, i, i+1)
	return true
}

// Unlock passes the turn on.
func (t *turn) Unlock() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.waiting) == 0 {
		t.taken, t.waiting = false, nil
		return
	}
	close(t.waiting[0])
	t.waiting = slices.Delete(t.waiting, 0, 1)
}
