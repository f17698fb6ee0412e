package engine

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestReplayCacheForgetsNothingTooSoon: a full cache refuses; what has expired makes room.
func TestReplayCacheForgetsNothingTooSoon(t *testing.T) {
	cache := NewReplayCache(3)
	for i := range 3 {
		if !cache.Admit([32]byte{byte(i)}, testTime, testTime.Add(time.Duration(i+1)*time.Minute)) {
			t.Fatal("a new key is refused")
		}
	}
	got := []bool{
		cache.Admit([32]byte{0}, testTime, testTime.Add(time.Minute)),
		cache.Admit([32]byte{9}, testTime, testTime.Add(time.Minute)),
		cache.Admit([32]byte{9}, testTime.Add(90*time.Second), testTime.Add(2*time.Minute)),
		cache.Admit([32]byte{9}, testTime.Add(90*time.Second), testTime.Add(2*time.Minute)),
		cache.Admit([32]byte{1}, testTime.Add(90*time.Second), testTime.Add(2*time.Minute)),
	}
	if want := []bool{false, false, true, false, false}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestReplayCacheAgreesWithAModel: whatever order of keys, clocks and limits, nothing is admitted twice within its time, and what
// is new is refused only where the cache is full or the clock has gone back.
func TestReplayCacheAgreesWithAModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(1, 6).Draw(t, "limit")
		cache := NewReplayCache(limit)
		model := map[[32]byte]time.Time{} // until when
		now, latest := testTime, testTime
		for range rapid.IntRange(1, 80).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(-2, 20).Draw(t, "seconds")) * time.Second)
			if now.After(latest) {
				latest = now
			}
			key := [32]byte{rapid.Byte().Draw(t, "key") % 12}
			until := now.Add(time.Duration(rapid.IntRange(0, 120).Draw(t, "for")) * time.Second)
			before, known := model[key]
			admitted := cache.Admit(key, now, until)
			switch {
			case admitted && known && !now.After(before):
				t.Fatalf("%v is admitted again at %v, %v before its time", key[0], now, before.Sub(now))
			case !admitted && !known && !now.Before(latest) && alive(model, now) < limit:
				t.Fatalf("%v is refused with %d of %d entries", key[0], alive(model, now), limit)
			}
			if admitted {
				model[key] = until
			}
			if len(cache.used) > limit || len(cache.used) != len(cache.queue) {
				t.Fatalf("%d keys with %d expiries, of at most %d", len(cache.used), len(cache.queue), limit)
			}
		}
	})
}

// alive counts what has not expired.
func alive(model map[[32]byte]time.Time, now time.Time) (n int) {
	for _, until := range model {
		if !now.After(until) {
			n++
		}
	}
	return n
}

// TestReplayCacheNeverSweeps: when all of a full cache has expired, who comes next doesn't pay for it, and the entries go
// nevertheless.
func TestReplayCacheNeverSweeps(t *testing.T) {
	const entries = 1000
	cache := NewReplayCache(entries)
	admit := func(i int, now time.Time) {
		t.Helper()
		key := [32]byte{byte(i), byte(i >> 8)}
		before := len(cache.used)
		if !cache.Admit(key, now, now.Add(time.Duration(i*7919%120)*time.Second)) {
			t.Fatalf("key %d is refused with %d entries", i, before)
		}
		if len(cache.used) < before-1 {
			t.Fatalf("one call dropped %d entries", before+1-len(cache.used))
		}
	}
	for i := range entries {
		admit(i, testTime)
	}
	for i := range entries {
		admit(entries+i, testTime.Add(time.Hour))
	}
	if len(cache.used) > entries {
		t.Errorf("%d entries", len(cache.used))
	}
	for i := range 2 * entries {
		cache.Admit([32]byte{31: byte(i)}, testTime.Add(2*time.Hour), testTime) // expires at once
	}
	if len(cache.used) > 1 {
		t.Errorf("%d entries have expired and are there still", len(cache.used))
	}
}

// TestReplayCacheAndAClockThatGoesBack: what may have been forgotten is not admitted again by an older clock.
func TestReplayCacheAndAClockThatGoesBack(t *testing.T) {
	cache := NewReplayCache(0)
	key, until := [32]byte{1}, testTime.Add(time.Minute)
	got := []bool{
		cache.Admit(key, testTime, until),
		cache.Admit([32]byte{2}, testTime.Add(time.Hour), testTime.Add(time.Hour+time.Minute)),
		cache.Admit(key, testTime, until),
		cache.Admit(key, testTime, until.Add(time.Second)),
		cache.Admit([32]byte{3}, until.Add(time.Second), until.Add(time.Minute)),
	}
	if want := []bool{true, true, false, false, true}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// BenchmarkReplayCacheFull is an Admit in a cache as full as it may be, all of which has expired.
func BenchmarkReplayCacheFull(b *testing.B) {
	cache := NewReplayCache(0)
	now := testTime
	for i := 0; b.Loop(); i++ {
		if i%defaultReplayEntries == 0 {
			now = now.Add(time.Hour)
		}
		cache.Admit([32]byte{byte(i), byte(i >> 8), byte(i >> 16), byte(i >> 24)}, now, now.Add(time.Duration(i*7919%120_000)*time.Millisecond))
	}
}
