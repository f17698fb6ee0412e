package engine

import (
	"fmt"
	"io"
	"sync"
	"time"

	"tlsengine/handshake"
)

// SessionCache keeps a server's sessions by their ids, the latest used ones of them, in this process. It may be shared by any
// number of Params and used from any goroutine: its lock is held for the time of a look-up. It implements
// handshake.SessionStore.
//
// What strangers can make it hold is bounded: entries, and the bytes of the clients' certificates with all that comes with them.
type SessionCache struct {
	limits CacheLimits

	mu      sync.Mutex
	entries map[sessionID]*cachedSession
	newest  *cachedSession // the ends of a ring: newest.older, ..., oldest
	oldest  *cachedSession
	bytes   int
	counts  CacheCounts
}

// CacheLimits bound a SessionCache.
type CacheLimits struct {
	// Entries is how many sessions are kept. 0 means 20480, as OpenSSL has it.
	Entries int
	// Bytes is how much memory they may take, roughly. 0 means 64 MiB.
	Bytes int
	// Time is the clock that tells when sessions have expired. nil means time.Now.
	Time func() time.Time
}

const (
	defaultCacheEntries = 20480
	defaultCacheBytes   = 64 << 20
)

// CacheCounts are what has happened in a SessionCache since it was made, and how full it is.
type CacheCounts struct {
	Number   int   // sessions in it now
	Hits     int64 // found
	Misses   int64 // not found
	Timeouts int64 // found, but expired
	Full     int64 // put out to make room
}

// NewSessionCache returns an empty cache.
func NewSessionCache(limits CacheLimits) *SessionCache {
	if limits.Entries <= 0 {
		limits.Entries = defaultCacheEntries
	}
	if limits.Bytes <= 0 {
		limits.Bytes = defaultCacheBytes
	}
	limits.Time = orSystemTime(limits.Time)
	return &SessionCache{limits: limits, entries: make(map[sessionID]*cachedSession)}
}

// sessionID is a session id as a key of a map: its bytes, and how many of them count.
type sessionID struct {
	n     uint8
	bytes [32]byte
}

func newSessionID(id []byte) (k sessionID) {
	k.n = uint8(copy(k.bytes[:], id))
	return k
}

// cachedSession is an entry, and its neighbours in the order of use.
type cachedSession struct {
	id           sessionID
	session      *handshake.Session
	size         int
	newer, older *cachedSession
}

// Find returns the session with that id, or nil. One that has expired is forgotten.
func (c *SessionCache) Find(id []byte) *handshake.Session {
	now := c.limits.Time()
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.find(id, now)
	if e == nil {
		return nil
	}
	c.unlink(e)
	c.link(e)
	return e.session
}

// Add keeps s under its id, as the latest used one. A session that would fill half of the cache by itself is not kept.
func (c *SessionCache) Add(s *handshake.Session) { c.add(s.ID(), s) }

func (c *SessionCache) add(id []byte, s *handshake.Session) {
	e := &cachedSession{id: newSessionID(id), session: s, size: sizeOf(s)}
	if e.size > c.limits.Bytes/2 || len(id) == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if old := c.entries[e.id]; old != nil {
		c.remove(old)
	}
	c.makeRoom(1, e.size)
	c.entries[e.id] = e
	c.bytes += e.size
	c.link(e)
}

// SetEntries changes how many sessions are kept; less than 1 stands for the default.
func (c *SessionCache) SetEntries(n int) {
	if n < 1 {
		n = defaultCacheEntries
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.limits.Entries = n
	c.makeRoom(0, 0)
}

// Remove forgets the session with that id, if there is one.
func (c *SessionCache) Remove(id []byte) { c.spend(id) }

// spend is Remove, and tells whether there was one.
func (c *SessionCache) spend(id []byte) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.entries[newSessionID(id)]
	if e == nil {
		return false
	}
	c.remove(e)
	return true
}

// Counts returns what has happened so far.
func (c *SessionCache) Counts() CacheCounts {
	c.mu.Lock()
	defer c.mu.Unlock()
	counts := c.counts
	counts.Number = len(c.entries)
	return counts
}

// Format prints "session cache", whatever the verb.
func (c *SessionCache) Format(f fmt.State, _ rune) { io.WriteString(f, "session cache") }

// sessionOverhead is about what an entry takes beside what the peer showed, in bytes.
const sessionOverhead = 1 << 10

// sizeOf is about what an entry takes.
func sizeOf(s *handshake.Session) int { return sessionOverhead + s.Footprint() }

// The rest runs under the lock.

// makeRoom puts the sessions out that were not used for longest, until there is room for so many more of a size.
func (c *SessionCache) makeRoom(entries, bytes int) {
	for len(c.entries)+entries > c.limits.Entries || c.bytes+bytes > c.limits.Bytes {
		c.counts.Full++
		c.remove(c.oldest)
	}
}

func (c *SessionCache) find(id []byte, now time.Time) *cachedSession {
	e := c.entries[newSessionID(id)]
	switch {
	case e == nil:
		c.counts.Misses++
		return nil
	case e.session.ExpiredAt(now):
		c.counts.Timeouts++
		c.remove(e)
		return nil
	}
	c.counts.Hits++
	return e
}

func (c *SessionCache) remove(e *cachedSession) {
	c.unlink(e)
	delete(c.entries, e.id)
	c.bytes -= e.size
}

// link makes e the newest.
func (c *SessionCache) link(e *cachedSession) {
	e.newer, e.older = nil, c.newest
	if c.newest != nil {
		c.newest.newer = e
	} else {
		c.oldest = e
	}
	c.newest = e
}

func (c *SessionCache) unlink(e *cachedSession) {
	if e.newer != nil {
		e.newer.older = e.older
	} else {
		c.newest = e.older
	}
	if e.older != nil {
		e.older.newer = e.newer
	} else {
		c.oldest = e.newer
	}
}
