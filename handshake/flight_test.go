package handshake

import (
	"bytes"
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// TestFlightsKeepTheOrder fills flights in a row with messages and ChangeCipherSpecs, some of which hold back what is at
// their end, and some of which are cloned then: all comes out, in the order in which it was sent, and nothing that was
// to be held back comes before the next flight.
func TestFlightsKeepTheOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := &NewServer(pairParams(), &Options{}).flight
		var want, got []string
		for range rapid.IntRange(1, 6).Draw(t, "flights") {
			f.reset()
			for range rapid.IntRange(0, 4).Draw(t, "effects") {
				if rapid.Bool().Draw(t, "ChangeCipherSpec") {
					f.sendChangeCipherSpec()
					want = append(want, "ChangeCipherSpec")
					continue
				}
				m := &Finished{VerifyData: someBytes(t, "verify_data", 0, 200)}
				f.send(m)
				want = append(want, fmt.Sprintf("140000%02x%x", len(m.VerifyData), m.VerifyData))
			}
			f.finish()
			if rapid.Bool().Draw(t, "asks") {
				f.holdBack()
				if n := len(f.Effects); n > 0 && f.Effects[n-1].Kind == SendMessage {
					t.Fatal("a message was not held back")
				}
			}
			got = append(got, sentOf(t, f)...)
			f.giveRoom()
			if rapid.Bool().Draw(t, "clone") {
				clone := Flight{c: f.c}
				f.cloneTo(&clone)
				clear(f.buf)
				f = &clone
			}
		}
		f.reset()
		f.finish()
		got = append(got, sentOf(t, f)...)
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("sent %v\nwant %v", got, want)
		}
	})
}

// sentOf reads the effects as the engine does: consecutive messages in one piece.
func sentOf(t *rapid.T, f *Flight) (sent []string) {
	for i := 0; i < len(f.Effects); i++ {
		if f.Effects[i].Kind == SendChangeCipherSpec {
			sent = append(sent, "ChangeCipherSpec")
			continue
		}
		run, n := f.Messages(i)
		var parts [][]byte
		for _, e := range f.Effects[i : i+n] {
			parts = append(parts, e.Message)
			sent = append(sent, fmt.Sprintf("%x", e.Message))
		}
		if !bytes.Equal(run, bytes.Join(parts, nil)) {
			t.Fatalf("the run %x is not its messages %x", run, parts)
		}
		i += n - 1
	}
	return sent
}
