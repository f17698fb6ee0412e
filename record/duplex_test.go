package record

import (
	"bytes"
	"sync"
	"testing"

	"tlsengine/cipher"
)

// One connection's halves share nothing but the pools: two goroutines use them at once, and the race detector watches.
func TestHalvesOnTwoGoroutines(t *testing.T) {
	w, r := ends(t, cipher.TLS_CHACHA20_POLY1305_SHA256)
	peerW, peerR := ends(t, cipher.TLS_CHACHA20_POLY1305_SHA256)
	run := func(w *Writer, r *Reader, fill byte) {
		for i := 1; i < 60; i++ {
			p := bytes.Repeat([]byte{fill}, i*500)
			n := w.Write(p)
			r.Feed(w.Outgoing())
			w.Sent(len(w.Outgoing()))
			for {
				rec, ok, err := r.Next()
				if err != nil {
					t.Error(err)
					return
				}
				if !ok {
					break
				}
				if !bytes.Equal(rec.Content, p[:len(rec.Content)]) {
					t.Error("the halves mix their bytes")
					return
				}
				n -= len(rec.Content)
			}
			if n != 0 {
				t.Errorf("%d bytes are missing", n)
				return
			}
		}
	}
	var both sync.WaitGroup
	both.Go(func() { run(w, peerR, 'a') })
	both.Go(func() { run(peerW, r, 'b') })
	both.Wait()
}

// However small the pieces, a byte is copied a bounded number of times: the store's moves are counted by the blocks it takes.
func TestFeedingByteByByteMovesLittle(t *testing.T) {
	_, r := ends(t, suite13)
	rec := sealByHand(suite13, 0, TypeApplicationData, make([]byte, MaxPlaintext), 0)
	moves, at := 0, (*byte)(nil)
	for i := range rec {
		if i%2 == 0 {
			r.Feed(rec[i : i+1])
		} else {
			r.Buffer()[0] = rec[i]
			r.Commit(1)
		}
		if p := &r.store.b[0]; p != at {
			moves, at = moves+1, p
		}
	}
	if moves > 10 { // 64, 128, 256, ... 8192, one record
		t.Errorf("%d moves for one record", moves)
	}
	if got, ok, err := r.Next(); !ok || len(got.Content) != MaxPlaintext {
		t.Fatal(err)
	}
}
