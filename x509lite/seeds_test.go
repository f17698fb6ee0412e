package x509lite

import (
	"flag"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

// checkSeeds checks a differential property from a fixed seed, so that what once held goes on to hold, and from a fresh one,
// which finds what nobody saw (-rapid.seed repeats it).
func checkSeeds(t *testing.T, property func(*rapid.T)) {
	t.Run("fixed", func(t *testing.T) {
		seed := flag.Lookup("rapid.seed").Value
		old := seed.String()
		if err := seed.Set("20260601"); err != nil {
			t.Fatal(err)
		}
		defer seed.Set(old)
		rapid.Check(t, property)
	})
	t.Run("fresh", func(t *testing.T) { rapid.Check(t, property) })
}

// exampleSeeds gives n seeds of examples: the first half fixed, the others fresh and logged.
func exampleSeeds(t *testing.T, n int) []int {
	seeds, fresh := intsTo(n), rand.IntN(1<<30)
	for i := n / 2; i < n; i++ {
		seeds[i] = fresh + i
	}
	t.Logf("examples %d", seeds)
	return seeds
}
