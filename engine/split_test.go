package engine

import (
	"bytes"
	"math/rand/v2"
	"runtime"
	"testing"

	"pgregory.net/rapid"
)

// splitter delivers bytes in pieces, by all the calls there are, and scribbles over every slice whose time is over.
type splitter struct {
	r      *rand.Rand
	piece  int // most bytes at once
	lend   int // of ten times, how often by Buffer and Commit
	peek   int // of ten times, how often Peek and Discard read
	buffer int // most bytes of a Read
	lazy   int // of ten times, how often nothing is read behind a piece

	scratch []byte
}

func drawSplitter(rt *rapid.T) *splitter {
	return &splitter{
		r:      rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 0)),
		piece:  rapid.SampledFrom([]int{1, 2, 7, 100, 1500, 20000, 100000}).Draw(rt, "piece"),
		lend:   rapid.IntRange(0, 10).Draw(rt, "lend"),
		peek:   rapid.IntRange(0, 10).Draw(rt, "peek"),
		buffer: rapid.SampledFrom([]int{1, 100, 16384, 16385, 40000}).Draw(rt, "buffer"),
		lazy:   rapid.SampledFrom([]int{0, 5, 9}).Draw(rt, "lazy"),
	}
}

func (s *splitter) deliver(to *Conn, p []byte, got []byte) []byte {
	for len(p) > 0 {
		n := s.put(to, p[:min(len(p), 1+s.r.IntN(s.piece))])
		p = p[n:]
		if n > 0 && s.r.IntN(10) < s.lazy {
			continue
		}
		before := len(got)
		got = s.drain(to, got)
		if n == 0 && len(got) == before {
			break // nothing more is taken
		}
	}
	return s.drain(to, got)
}

// put hands p over, and returns how much of it was taken.
func (s *splitter) put(to *Conn, p []byte) int {
	if s.r.IntN(10) >= s.lend {
		own := bytes.Clone(p)
		n, _ := to.Feed(own)
		scribble(own)
		return n
	}
	room := to.Buffer()
	n := copy(room, p)
	if s.r.IntN(4) == 0 {
		to.Commit(0)
		room = to.Buffer()
		n = copy(room, p)
	}
	to.Commit(n)
	return n
}

// drain reads all there is.
func (s *splitter) drain(from *Conn, got []byte) []byte {
	for {
		before := len(got)
		if s.r.IntN(10) < s.peek {
			p := from.Peek()
			n := len(p)
			if n > 1 {
				n = 1 + s.r.IntN(n)
			}
			got = append(got, p[:n]...)
			scribble(p[:n])
			from.Discard(n)
		} else {
			if s.scratch == nil {
				s.scratch = make([]byte, s.buffer)
			}
			buf := s.scratch[:1+s.r.IntN(s.buffer)]
			n := from.Read(buf)
			got = append(got, buf[:n]...)
			scribble(buf[:n])
		}
		if len(got) == before {
			return got
		}
	}
}

func (s *splitter) answer(c *Conn, _ bool) { direct{}.answer(c, true) }

// TestAnySplitGivesTheSameConnection: however the bytes of either direction are cut, and whichever calls take them,
// both ends send the same bytes, receive the same data and end in the same way.
func TestAnySplitGivesTheSameConnection(t *testing.T) {
	tellings(t, func(rt *rapid.T, s *story, want *outcome) {
		how := drawSplitter(rt)
		if diff := want.diff(s.tell(t, how)); diff != "" {
			rt.Fatalf("%s: %+v: %s", s.name, how, diff)
		}
	})
}

// TestAByteAtATimeGivesTheSameConnection is the split that hurts most.
func TestAByteAtATimeGivesTheSameConnection(t *testing.T) {
	eachStory(t, func(t *testing.T, s *story, want *outcome) {
		for _, lend := range []int{0, 10} {
			how := &splitter{r: rand.New(rand.NewPCG(1, 2)), piece: 1, lend: lend, buffer: 20000}
			if diff := want.diff(s.tell(t, how)); diff != "" {
				t.Errorf("lend %d: %s", lend, diff)
			}
		}
	})
}

// TestAByteAtATimeCostsLinearWork counts the bytes that a machine copies to reassemble a message of which each byte
// has a record of its own: they are a multiple of the message's, not of its square.
func TestAByteAtATimeCostsLinearWork(t *testing.T) {
	p := newTestPKI(t)
	for _, n := range []int{1 << 12, 1 << 16} {
		s := newServer(t, p.serverConfig(), Options{})
		hello := append([]byte{1, byte((n - 8) >> 16), byte((n - 8) >> 8), byte(n - 8)}, make([]byte, n-8)...)
		fed := 0
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for _, b := range hello[:len(hello)-1] {
			for _, b := range []byte{22, 3, 1, 0, 1, b} {
				fed++
				if k, err := s.Feed([]byte{b}); k != 1 || err != nil {
					t.Fatal(k, err)
				}
			}
		}
		runtime.ReadMemStats(&after)
		// Quadratic work would be n*n/2. Under the race detector pools forget, which costs some more for each call.
		if work := int(after.TotalAlloc - before.TotalAlloc); work > 8*fed+10*n+1<<14 {
			t.Errorf("%d bytes were allocated for a message of %d bytes in %d", work, n, fed)
		}
	}
}
