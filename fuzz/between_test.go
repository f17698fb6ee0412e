package fuzz

import (
	"bytes"
	"testing"

	"tlsengine/engine"
)

// FuzzBetween lets two ends talk while somebody between them edits what passes. edits is a list of six bytes each: direction and
// kind, two bytes of offset behind the last edit, a value and two bytes of length. Whatever is done, no end receives data that
// the other one didn't send, an end whose stream was changed during the handshake receives none at all, and both ends report the
// same keys or none.
func FuzzBetween(f *testing.F) {
	all := setups(f)
	for i := range all {
		f.Add(byte(i), []byte{})
		f.Add(byte(i), []byte{0, 0, 50, 1, 0, 1})
		f.Add(byte(i), []byte{1, 0, 150, 1, 0, 1, 3, 0, 9, 0, 0, 30})
		f.Add(byte(i), []byte{2, 0, 10, 22, 0, 20, 5, 1, 30, 20, 0, 6})
	}
	f.Fuzz(func(t *testing.T, choice byte, edits []byte) {
		if len(edits) > 600 {
			return
		}
		s := &all[int(choice)%len(all)]
		c, v := s.ends(t, 0)
		m := newMiddle(edits)
		said := bytes.Repeat([]byte("what is said "), 20)
		var got [2][]byte
		wrote := [2]bool{}
		ends := [2]*engine.Conn{c, v}
		for range 60 {
			for from, e := range ends {
				if !wrote[from] && e.Status().Has(engine.CanWrite) {
					wrote[from] = e.Write(said) > 0
				}
				p := m.pass(from, take(e))
				got[1-from] = put(ends[1-from], p, got[1-from])
				sound(t, ends[1-from], m.passed[from])
			}
		}
		for who, e := range ends {
			if !bytes.HasPrefix(said, got[who]) {
				t.Fatalf("end %d received %q", who, got[who])
			}
			if e.Info() != nil && ends[1-who].Info() != nil && e.Info().ClientRandom != ends[1-who].Info().ClientRandom {
				t.Fatal("the ends report different connections")
			}
		}
		if len(edits) < 6 && (len(got[0]) != len(said) || len(got[1]) != len(said)) {
			t.Fatalf("without edits %d and %d bytes arrive: %v, %v", len(got[0]), len(got[1]), c.Err(), v.Err())
		}
		a, errA := c.Export("EXPERIMENTAL between", nil, 32)
		b, errB := v.Export("EXPERIMENTAL between", nil, 32)
		if errA == nil && errB == nil && !bytes.Equal(a, b) {
			t.Fatal("the ends have different keys")
		}
	})
}

// middle is who edits.
type middle struct {
	edits  [2][]byte
	wait   [2]int // bytes until the next edit
	passed [2]int // bytes let through, edited
}

// newMiddle deals the edits to their directions.
func newMiddle(edits []byte) *middle {
	m := &middle{}
	for ; len(edits) >= 6; edits = edits[6:] {
		d := edits[0] & 1
		m.edits[d] = append(m.edits[d], edits[:6]...)
	}
	for d := range m.edits {
		m.next(d)
	}
	return m
}

// next looks where the next edit is.
func (m *middle) next(d int) {
	m.wait[d] = 1 << 30
	if e := m.edits[d]; len(e) > 0 {
		m.wait[d] = int(e[1])<<8 | int(e[2])
	}
}

// pass returns what becomes of p.
func (m *middle) pass(d int, p []byte) []byte {
	var out []byte
	for len(p) > m.wait[d] {
		out = append(out, p[:m.wait[d]]...)
		p = p[m.wait[d]:]
		e := m.edits[d][:6]
		m.edits[d] = m.edits[d][6:]
		n := min(int(e[4])<<8|int(e[5]), len(p))
		switch e[0] >> 1 & 3 {
		case 0: // change one byte
			out = append(out, p[0]^e[3])
			p = p[1:]
		case 1: // drop some
			p = p[n:]
		case 2: // put some in
			out = append(out, bytes.Repeat([]byte{e[3]}, int(e[5]))...)
		case 3: // say some twice
			out = append(out, p[:n]...)
		}
		m.next(d)
	}
	m.wait[d] -= len(p)
	out = append(out, p...)
	m.passed[d] += len(out)
	return out
}
