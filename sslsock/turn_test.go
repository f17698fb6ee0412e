package sslsock

import (
	"sync"
	"testing"
	"time"
)

// soon is a deadline that passes after a few milliseconds, and never changes.
func soon() func() (int64, <-chan struct{}) {
	at := time.Now().Add(3 * time.Millisecond).UnixNano()
	return func() (int64, <-chan struct{}) { return at, nil }
}

// A turn is one goroutine's at a time, however many wait, some with deadlines; and it is free when all have gone.
func TestTurnBelongsToOne(t *testing.T) {
	var x turn
	var all sync.WaitGroup
	taken, gotBy := 0, 0
	for i := range 30 {
		all.Go(func() {
			for range 20 {
				if i%3 == 0 {
					x.Lock()
				} else if !x.lockBy(soon()) {
					continue
				} else {
					gotBy++
				}
				if taken++; taken != 1 {
					t.Error("two have the turn")
				}
				if i%7 == 0 {
					time.Sleep(time.Millisecond)
				}
				taken--
				x.Unlock()
			}
		})
	}
	all.Wait()
	if gotBy == 0 {
		t.Error("nobody with a deadline got the turn")
	}
	if !x.TryLock() || x.TryLock() {
		t.Error("the turn isn't free, or is given twice")
	}
	if x.lockBy(soon()) {
		t.Error("the turn was given twice")
	}
}
