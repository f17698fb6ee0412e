//go:build !race

package handshake

import (
	"testing"

	"tlsengine/cipher"
)

// TestTranscriptSumsWithoutAllocating counts what a hash in the middle of a handshake costs.
func TestTranscriptSumsWithoutAllocating(t *testing.T) {
	var tr Transcript
	tr.Start(cipher.SHA384)
	message := make([]byte, 1000)
	var sum [cipher.MaxHashSize]byte
	tr.DropRaw()
	if n := testing.AllocsPerRun(100, func() {
		tr.Add(message)
		tr.Sum(sum[:0])
	}); n != 0 {
		t.Errorf("%v allocations for a message and a hash", n)
	}
}
