// Package timing tells, for tests, whether the time of a function depends on a secret in its input.
//
// The method is that of dudect (Reparaz, Balasch, Verbauwhede: "Dude, is my code constant time?", 2017). Inputs of two classes
// that only a secret tells apart are measured in random order, so that whatever else the machine does hits both alike. Slow
// samples, which are the machine's and not the function's, are cut off at a quantile of all samples together. Welch's t then says
// by how many standard errors the means of the classes differ. Around 4.5 is where suspicion begins; leaks that can be used over
// a network give tens and hundreds.
package timing

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// Bound is the |t| above which Leaks believes in a leak: far above what noise gives, far below what a padding oracle gives.
const Bound = 10

// attempts is how often a difference must show before it counts: a leak is there every time, a neighbour on the machine isn't.
const attempts = 4

// kept is the part of all samples, the fastest, that counts.
const kept = 0.25

// Leaks reports whether the time of f tells the classes apart, and the smallest |t| that was seen: it measures samples calls of
// each class, and again, up to four times, while t is over Bound. prepare makes the call of a class, 0 or 1, before its clock
// starts.
func Leaks(samples int, prepare func(class int) (f func())) (leaks bool, t float64) {
	t = math.Inf(1)
	for range attempts {
		if t = min(t, math.Abs(measure(samples, prepare))); t <= Bound {
			return false, t
		}
	}
	return true, t
}

// measure returns Welch's t of one run.
func measure(samples int, prepare func(class int) func()) float64 {
	classes := make([]int, 2*samples)
	for i := range classes {
		classes[i] = i % 2
	}
	rand.Shuffle(len(classes), func(i, j int) { classes[i], classes[j] = classes[j], classes[i] })
	times := make([]float64, len(classes))
	for i, class := range classes {
		f := prepare(class)
		start := time.Now()
		f()
		times[i] = float64(time.Since(start))
	}
	sorted := slices.Sorted(slices.Values(times))
	limit := sorted[int(kept*float64(len(sorted)))]
	var s [2]sums
	for i, x := range times {
		if x < limit {
			s[classes[i]].add(x)
		}
	}
	return welch(&s[0], &s[1])
}

// sums are what mean and variance are made of (Welford's method).
type sums struct{ n, mean, squares float64 }

func (s *sums) add(x float64) {
	s.n++
	d := x - s.mean
	s.mean += d / s.n
	s.squares += d * (x - s.mean)
}

// welch returns the difference of the means in standard errors.
func welch(a, b *sums) float64 {
	if a.n < 2 || b.n < 2 {
		return math.Inf(1) // one class is always the slower: nothing of it is left
	}
	deviation := math.Sqrt(a.squares/(a.n-1)/a.n + b.squares/(b.n-1)/b.n)
	if deviation == 0 {
		if a.mean == b.mean {
			return 0
		}
		return math.Inf(1)
	}
	return (a.mean - b.mean) / deviation
}
