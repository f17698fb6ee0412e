package record

import (
	"bytes"
	"flag"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"tlsengine/cipher"
)

// Lucky 13 (CVE-2013-0169): does the time of opening a CBC record tell anything of its padding? The method is that of dudect
// (Reparaz, Balasch and Verbauwhede, "Dude, is my code constant time?", 2017): records of two classes, which differ in what must
// stay secret and in nothing that the network sees, are opened in random order; samples over a percentile, which tell of the
// machine rather than of the code, are left out; and Welch's t says how sure it is that the means of both classes differ. Above
// 4.5 they do, with enough samples:
//
//	go test ./record -run Timing -timing 1000000 -v
//
// In CI, on machines that others use too, a class that is slower by a fraction of a hash's compression is not found, and nothing
// fails by accident: a test fails only if each of several runs says that the means differ, and by more than bias nanoseconds.
var timingSamples = flag.Int("timing", 0, "samples for the timing tests; 0 for a quick look with a generous bound")

// What a quick look allows.
const (
	quickSamples = 6000
	quickRuns    = 6
	quickT       = 10
	bias         = 40 // nanoseconds: SHA-1 takes longer for one block
)

// leak is what a run found: t, and by how many nanoseconds the second class is slower.
type leak struct{ t, slower float64 }

// trial is an experiment: set makes everything ready for a class, and run is what is timed. Both classes go through the same
// objects and the same memory, whose places in the caches make a difference of their own.
type trial struct {
	set func(class int)
	run func()
}

// times runs both classes in random order.
func (e trial) times(n int) (samples [2][]float64) {
	order := rand.New(rand.NewPCG(1, 2))
	for range n {
		class := order.IntN(2)
		e.set(class)
		start := time.Now()
		e.run()
		samples[class] = append(samples[class], float64(time.Since(start)))
	}
	return samples
}

// welch leaves out what is over the 80th percentile of both together, and compares the rest.
func welch(samples [2][]float64) leak {
	all := slices.Concat(samples[0], samples[1])
	slices.Sort(all)
	limit := all[len(all)*8/10]
	var mean, variance, count [2]float64
	for i, s := range samples {
		var m, sum float64
		n := 0.0
		for _, x := range s {
			if x > limit {
				continue
			}
			n++
			d := x - m
			m += d / n
			sum += d * (x - m)
		}
		mean[i], variance[i], count[i] = m, sum/(n-1), n
	}
	return leak{(mean[1] - mean[0]) / math.Sqrt(variance[0]/count[0]+variance[1]/count[1]), mean[1] - mean[0]}
}

// leaks reports whether the classes can be told apart, and what the last run found.
func (e trial) leaks() (bool, leak) {
	if *timingSamples > 0 {
		l := welch(e.times(*timingSamples))
		return math.Abs(l.t) > 4.5, l
	}
	var l leak
	for range quickRuns {
		if l = welch(e.times(quickSamples)); math.Abs(l.t) < quickT || math.Abs(l.slower) < bias {
			return false, l
		}
	}
	return true, l
}

// timedRecords are records of the same length, none of which is authentic. The content of all but the longest padding has a MAC
// that is right for another sequence number, so that nothing but its value is wrong.
func timedRecords(s testSpec) map[string][]byte {
	const size = 1024
	content := func(padding int) []byte { return make([]byte, size-s.Bulk.MAC.Size()-padding) }
	padding := func(n int) []byte { return bytes.Repeat([]byte{byte(n - 1)}, n) }
	seal := func(n int, pad []byte) []byte {
		hand := newByHand(s)
		hand.seq = 99
		return hand.seal(TypeApplicationData, content(n), pad)[HeaderSize:]
	}
	most := s.Form.maxPadding(s.Bulk.BlockLen)
	last := bytes.Clone(padding(most))
	last[0]++
	records := map[string][]byte{
		"short": seal(1, padding(1)),
		"long":  seal(most, padding(most)),
		"wrong": seal(most, last),
	}
	if s.Form.freePadding {
		records["wrong"] = seal(most, append(make([]byte, most-1), byte(most)))
	}
	return records
}

func TestTimingOfCBCTellsNothingOfThePadding(t *testing.T) {
	if testing.Short() || raceEnabled {
		t.Skip("it measures time")
	}
	for _, s := range macSpecs() {
		if !s.Bulk.IsCBC() || s.EncryptThenMAC || s.Form == FormTLS10 || s.Bulk.BlockLen != 16 || s.Bulk.KeyLen != 16 && s.Bulk.MAC != cipher.SHA384 {
			continue
		}
		records := timedRecords(s)
		o, buf := s.opener(t), make([]byte, 2048)
		h := Header{TypeApplicationData, s.version, len(records["short"])}
		run := func() {
			if _, _, err := o.Open(nil, h, buf[:h.Length]); err == nil {
				t.Error("a record that isn't authentic opens")
			}
		}
		for _, pair := range [][2]string{{"short", "long"}, {"long", "wrong"}, {"short", "wrong"}} {
			classes := [2][]byte{records[pair[0]], records[pair[1]]}
			found, l := trial{func(class int) { copy(buf, classes[class]) }, run}.leaks()
			t.Logf("%v, %s and %s padding: t = %.1f, %.0f ns", s, pair[0], pair[1], l.t, l.slower)
			if found {
				t.Errorf("%v: %s and %s padding can be told apart: t = %.1f, %.0f ns", s, pair[0], pair[1], l.t, l.slower)
			}
		}
	}
}

// The same method finds what a MAC over the content alone tells: so the test above would find it as well.
func TestTimingOfPlainMACIsFound(t *testing.T) {
	if testing.Short() || raceEnabled {
		t.Skip("it measures time")
	}
	mac := new(cipher.MAC)
	mac.SetHMAC(cipher.SHA1, make([]byte, 20))
	out, head, data := make([]byte, 20), make([]byte, 13), make([]byte, 1024)
	n, lengths := 0, [2]int{1024 - 256, 1023}
	var l leak
	for range 5 { // a busy machine may hide it for a while
		var found bool
		found, l = trial{func(class int) { n = lengths[class] }, func() { mac.Sum(out, head, data[:n]) }}.leaks()
		if found && l.slower > 0 {
			return
		}
	}
	t.Errorf("256 bytes more or less make no difference: t = %.1f, %.0f ns", l.t, l.slower)
}
