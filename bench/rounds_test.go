package bench

import (
	"slices"
	"testing"
	"time"
)

// series holds what one variant took, a sample for each round.
type series []time.Duration

func (s *series) add(d time.Duration) { *s = append(*s, d) }

// quartile returns the sample below which a quarter of all lies, in nanoseconds.
func (s series) quartile() float64 {
	sorted := slices.Clone(s)
	slices.Sort(sorted)
	return float64(sorted[len(sorted)/4])
}

// median returns the sample in the middle, in nanoseconds.
func (s series) median() float64 {
	sorted := slices.Clone(s)
	slices.Sort(sorted)
	return float64(sorted[len(sorted)/2])
}

// over returns how many times s is as large as base.
func (s series) over(base series) float64 { return s.quartile() / base.quartile() }

// micros returns the quartile divided among n.
func (s series) micros(n int) float64 { return s.quartile() / 1e3 / float64(n) }

// lapClock attributes time to whoever worked since the last lap.
type lapClock struct{ last time.Time }

func (l *lapClock) start() { l.last = time.Now() }

// lap adds the time since start, or since the last lap, to total.
func (l *lapClock) lap(total *time.Duration) {
	now := time.Now()
	*total += now.Sub(l.last) - clockTime
	l.last = now
}

// clockTime is what looking at the clock takes: about fifty nanoseconds, of which no variant should have more than another.
var clockTime = func() time.Duration {
	var looks series
	for range 1000 {
		last := time.Now()
		looks.add(time.Since(last))
	}
	return time.Duration(looks.quartile())
}()

// timed adds to s how long f takes.
func (s *series) timed(f func()) {
	start := time.Now()
	f()
	s.add(time.Since(start) - clockTime)
}

// inTurn calls all of the variants, another one first each time, so that none always finds the caches as the same one left them.
type inTurn struct {
	variants []func()
	first    int
}

func (t *inTurn) round() {
	for i := range t.variants {
		t.variants[(t.first+i)%len(t.variants)]()
	}
	t.first++
}

func check(b testing.TB, err error) {
	if err != nil {
		b.Helper()
		b.Fatal(err)
	}
}
