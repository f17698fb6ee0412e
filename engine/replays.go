package engine

import (
	"sync"
	"time"

	"tlsengine/handshake"
)

// ReplayCache remembers, in this process, which tickets early data was taken with. It implements handshake.ReplayGuard, and may be
// shared by any number of Params and used from any goroutine. What it can't know it refuses: once it is full, nothing more is
// admitted until an entry has expired.
//
// It guards tickets that no other process opens, and that none has opened before this cache was made: servers that share ticket
// keys, and keys that outlive the process, need a guard that all of them share.
type ReplayCache struct {
	limit int
	mu    sync.Mutex
	used  map[[32]byte]time.Time // until when
	sweep time.Time              // before this none expires
}

// NewReplayCache returns a cache of at most that many entries, about a hundred bytes each. 0 means 65536; an entry is kept for two
// minutes at most.
func NewReplayCache(entries int) *ReplayCache {
	if entries <= 0 {
		entries = defaultReplayEntries
	}
	return &ReplayCache{limit: entries, used: make(map[[32]byte]time.Time)}
}

const defaultReplayEntries = 1 << 16

// Admit tells whether the key is new, and remembers it.
func (c *ReplayCache) Admit(key [32]byte, now, until time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.used) >= c.limit && now.After(c.sweep) {
		c.forget(now)
	}
	if _, known := c.used[key]; known || len(c.used) >= c.limit {
		return false
	}
	if len(c.used) == 0 || until.Before(c.sweep) {
		c.sweep = until
	}
	c.used[key] = until
	return true
}

// forget drops what has expired, and notes when the next one will.
func (c *ReplayCache) forget(now time.Time) {
	c.sweep = now.AddDate(1, 0, 0)
	for key, until := range c.used {
		if now.After(until) {
			delete(c.used, key)
		} else if until.Before(c.sweep) {
			c.sweep = until
		}
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

// replays returns a guard that has little to do: these tickets open once.
func (statefulTickets) replays() handshake.ReplayGuard { return NewReplayCache(0) }
