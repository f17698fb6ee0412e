package timing

import (
	"crypto/sha256"
	"math"
	"testing"
)

// work takes a time that grows with n.
func work(n int) func() {
	return func() {
		b := make([]byte, 64)
		for range n {
			s := sha256.Sum256(b)
			copy(b, s[:])
		}
	}
}

// TestLeakIsFound: a function that does half as much more for one class is found out; one that does the same isn't.
func TestLeakIsFound(t *testing.T) {
	if leaks, v := Leaks(500, func(class int) func() { return work(200 + 100*class) }); !leaks {
		t.Errorf("half as much more gives t = %.1f", v)
	}
	if leaks, v := Leaks(500, func(int) func() { return work(200) }); leaks {
		t.Errorf("the same work gives t = %.1f", v)
	}
}

// TestWelch has a case by hand: means 2 and 4, variances 1 and 4, three samples each: -2 / sqrt(1/3 + 4/3).
func TestWelch(t *testing.T) {
	var a, b sums
	for _, x := range []float64{1, 2, 3} {
		a.add(x)
		b.add(2 * x)
	}
	if got, want := welch(&a, &b), -2/math.Sqrt(5.0/3); math.Abs(got-want) > 1e-12 {
		t.Errorf("%v, want %v", got, want)
	}
	if got := welch(&a, &a); got != 0 {
		t.Errorf("equal samples: %v", got)
	}
	var one sums
	one.add(1)
	if !math.IsInf(welch(&one, &a), 1) {
		t.Error("a class that was cut off whole says nothing of a leak")
	}
}
