//go:build !race

package handshake

import "testing"

// TestAllocationsOfHellos bounds what a handshake pays for its largest messages: the message, its extensions, and one
// slice per list; and when writing, the builder.
func TestAllocationsOfHellos(t *testing.T) {
	var hello, answer said
	for _, m := range overPipe(t, peerConfig(t), Form13) {
		switch m.typ() {
		case TypeClientHello:
			hello = m
		case TypeServerHello:
			answer = m
		}
	}
	buf := make([]byte, 0, 1<<12)
	for _, c := range []struct {
		m           said
		read, write float64
	}{{hello, 12, 1}, {answer, 3, 1}} {
		asked := peerAsked()
		var m Message
		if n := testing.AllocsPerRun(100, func() {
			var err error
			if m, err = parseMessage(c.m.typ(), c.m.data[headerSize:], Form13, asked); err != nil {
				t.Fatal(err)
			}
		}); n > c.read {
			t.Errorf("%v: %v allocations to read it, want at most %v", c.m.typ(), n, c.read)
		}
		if n := testing.AllocsPerRun(100, func() {
			if _, err := appendMessage(buf, m, Form13); err != nil {
				t.Fatal(err)
			}
		}); n > c.write {
			t.Errorf("%v: %v allocations to write it, want at most %v", c.m.typ(), n, c.write)
		}
	}
}
