package engine

import (
	"math"
	"sync"
	"time"

	"tlsengine/handshake"
)

// ReplayCache remembers, in this process, which tickets early data was taken with. It implements handshake.ReplayGuard, and may
// be shared by any number of Params and used from any goroutine: its lock is held for the time of a look-up, however full it
// is. What it can't know it refuses: once it is full, nothing more is admitted until an entry has expired.
//
// It guards tickets that no other process opens, and that none has opened before this cache was made: servers that share ticket
// keys, and keys that outlive the process, need a guard that all of them share.
type ReplayCache struct {
	limit int

	mu        sync.Mutex
	used      map[[32]byte]struct{}
	queue     expiries // of all that is in used
	forgotten int64    // the latest expiry of what was forgotten
}

// NewReplayCache returns a cache of at most that many entries, about a hundred bytes each. 0 means 65536; an entry is kept for
// two minutes at most.
func NewReplayCache(entries int) *ReplayCache {
	if entries <= 0 {
		entries = defaultReplayEntries
	}
	return &ReplayCache{limit: entries, used: make(map[[32]byte]struct{}), forgotten: math.MinInt64}
}

const defaultReplayEntries = 1 << 16

// Admit tells whether the key is new, and remembers it.
func (c *ReplayCache) Admit(key [32]byte, now, until time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forget(now.UnixMilli())
	if now.UnixMilli() <= c.forgotten {
		return false // the clock went back, and the key may be among what was forgotten
	}
	if _, known := c.used[key]; known || len(c.used) >= c.limit {
		return false
	}
	c.used[key] = struct{}{}
	c.queue.add(expiry{at: until.UnixMilli(), key: key})
	return true
}

// forget drops what has expired: two entries at most, so that nobody waits while many are dropped, and more than one, so that
// the cache gets rid of them faster than others come.
func (c *ReplayCache) forget(now int64) {
	for range 2 {
		if len(c.queue) == 0 || c.queue[0].at >= now {
			return
		}
		e := c.queue.takeFirst()
		delete(c.used, e.key)
		c.forgotten = max(c.forgotten, e.at)
	}
}

// expiry is until when a key is remembered, in milliseconds since 1970.
type expiry struct {
	at  int64
	key [32]byte
}

// expiries are a heap: none expires before the one above it, whose index is about half of its own.
type expiries []expiry

func (q *expiries) add(e expiry) {
	h := append(*q, e)
	*q = h
	for i := len(h) - 1; i > 0; {
		up := (i - 1) / 2
		if h[up].at <= h[i].at {
			return
		}
		h[up], h[i] = h[i], h[up]
		i = up
	}
}

// takeFirst takes out what expires first. There must be something.
func (q *expiries) takeFirst() expiry {
	h := *q
	first, last := h[0], len(h)-1
	h[0] = h[last]
	h = h[:last]
	*q = h
	for i := 0; ; {
		down := 2*i + 1
		if down >= len(h) {
			return first
		}
		if down+1 < len(h) && h[down+1].at < h[down].at {
			down++
		}
		if h[i].at <= h[down].at {
			return first
		}
		h[down], h[i] = h[i], h[down]
		i = down
	}
}

// replayGuarded are TicketSealers whose tickets no other process opens: they know who remembers what was done with them.
type replayGuarded interface{ replays() handshake.ReplayGuard }

// replaysOf returns the guard that goes with tickets, nil if they may be known elsewhere.
func replaysOf(tickets handshake.TicketSealer) handshake.ReplayGuard {
	if own, ok := tickets.(replayGuarded); ok {
		return own.replays()
	}
	return nil
}

// replays returns the guard of keys that are this process's alone. It is with the keys, since any number of Params may have them.
func (k *TicketKeys) replays() handshake.ReplayGuard {
	if k.guard == nil {
		return nil
	}
	return k.guard
}

// replays returns a guard that has little to do: these tickets are spent before.
func (statefulTickets) replays() handshake.ReplayGuard { return NewReplayCache(0) }
