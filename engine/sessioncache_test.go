package engine

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tlsengine/handshake"
	"tlsengine/x509lite"
)

// TestSessionCacheIsAListByUse compares the cache with a slice that is kept in the order of use. (S-185, S-242)
func TestSessionCacheIsAListByUse(t *testing.T) {
	sessions := map[string]*handshake.Session{}
	for i := range 8 {
		lifetime := time.Hour
		if i%3 == 0 {
			lifetime = time.Minute
		}
		id := fmt.Sprint("session ", i)
		sessions[id] = storedSession{id: id, lifetime: lifetime}.make(t)
	}
	rapid.Check(t, func(t *rapid.T) {
		now := testTime
		limit := rapid.IntRange(1, 5).Draw(t, "limit")
		cache := NewSessionCache(CacheLimits{Entries: limit, Time: func() time.Time { return now }})
		var model []string // the latest used last
		var counts CacheCounts
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			id := fmt.Sprint("session ", rapid.IntRange(0, 7).Draw(t, "id"))
			at := slices.Index(model, id)
			forget := func() { model = slices.Delete(model, at, at+1) }
			switch rapid.IntRange(0, 9).Draw(t, "step") {
			case 0:
				now = now.Add(20 * time.Second)
			case 1:
				cache.Remove([]byte(id))
				if at >= 0 {
					forget()
				}
			case 2, 3, 4:
				cache.Add(sessions[id])
				if at >= 0 {
					forget()
				} else if len(model) == limit {
					model = model[1:]
					counts.Full++
				}
				model = append(model, id)
			default:
				want := sessions[id]
				switch {
				case at < 0:
					counts.Misses++
					want = nil
				case want.ExpiredAt(now):
					counts.Timeouts++
					forget()
					want = nil
				default:
					counts.Hits++
					forget()
					model = append(model, id)
				}
				if got := cache.Find([]byte(id)); got != want {
					t.Fatalf("%s: found %v, want %v", id, got, want)
				}
			}
			counts.Number = len(model)
			if got := cache.Counts(); got != counts {
				t.Fatalf("counts %+v, want %+v", got, counts)
			}
		}
	})
}

// TestFloodOfSessionsStaysWithinBounds fills a cache with sessions of clients that send long chains, and with more sessions
// than it keeps.
func TestFloodOfSessionsStaysWithinBounds(t *testing.T) {
	der := newTestPKI(t).credentials[x509lite.KeyRSA2048].Chain()[0].Raw()
	long := make([][]byte, 40)
	for i := range long {
		long[i] = der
	}
	const bytes = 1 << 20
	cache := NewSessionCache(CacheLimits{Entries: 500, Bytes: bytes, Time: func() time.Time { return testTime }})
	for i := range 2000 {
		w := storedSession{id: fmt.Sprint(i)}
		if i%2 == 0 {
			w.chain = long
		}
		cache.Add(w.make(t))
		if n := cache.Counts().Number; n > 500 || cache.bytes > bytes {
			t.Fatalf("%d entries, %d bytes", n, cache.bytes)
		}
	}
	if cache.Find([]byte("1999")) == nil {
		t.Error("the latest session is gone")
	}
	small := NewSessionCache(CacheLimits{Bytes: 4 << 10, Time: func() time.Time { return testTime }})
	small.Add(storedSession{id: "small"}.make(t))
	small.Add(storedSession{id: "large", chain: long}.make(t))
	if small.Find([]byte("large")) != nil || small.Find([]byte("small")) == nil {
		t.Error("one session puts all others out")
	}
}

// TestSessionWithoutAnIDIsNotKept: an empty id stands for none.
func TestSessionWithoutAnIDIsNotKept(t *testing.T) {
	cache := NewSessionCache(CacheLimits{Time: func() time.Time { return testTime }})
	cache.Add(storedSession{}.make(t))
	if cache.Find(nil) != nil || cache.Counts().Number != 0 {
		t.Error("found by no id")
	}
}

// TestTicketOfACacheIsUsedOnce offers one ticket from many goroutines at once: all of them find the session, and one may use it.
func TestTicketOfACacheIsUsedOnce(t *testing.T) {
	tickets := NewSessionCache(CacheLimits{Time: func() time.Time { return testTime }}).Tickets()
	session := storedSession{}.make(t)
	ticket, err := tickets.Seal(session, nil)
	if err != nil {
		t.Fatal(err)
	}
	other, err := tickets.Seal(session, nil)
	if err != nil || string(other) == string(ticket) {
		t.Fatalf("two tickets are the same: %x (%v)", other, err)
	}
	var mu sync.Mutex
	var all sync.WaitGroup
	spent := 0
	once := tickets.(handshake.SingleUseTickets)
	for range 8 {
		all.Go(func() {
			tickets.Open(ticket)
			if once.Spend(ticket) {
				mu.Lock()
				defer mu.Unlock()
				spent++
			}
		})
	}
	all.Wait()
	if s, _ := tickets.Open(ticket); s != nil || spent != 1 {
		t.Errorf("spent %d times", spent)
	}
	if s, _ := tickets.Open(ticket[:31]); s != nil {
		t.Error("part of a ticket is taken")
	}
	for range 2 {
		if s, _ := tickets.Open(other); s != session {
			t.Error("the other ticket is not taken, or not again before it is spent")
		}
	}
}
