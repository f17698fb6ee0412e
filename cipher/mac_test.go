package cipher

import (
	"bytes"
	"crypto/hmac"
	"hash"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

var macHashes = []Hash{MD5, SHA1, SHA256, SHA384}

// sslMAC is SSL 3.0's MAC straight from RFC 6101, Section 5.2.3.1.
func sslMAC(h Hash, key, msg []byte) []byte {
	pad := map[Hash]int{MD5: 48, SHA1: 40}[h]
	inner := h.Sum(nil, slices.Concat(key, bytes.Repeat([]byte{0x36}, pad), msg))
	return h.Sum(nil, slices.Concat(key, bytes.Repeat([]byte{0x5c}, pad), inner))
}

func stdHMAC(h Hash, key, msg []byte) []byte {
	m := hmac.New(func() hash.Hash { return h.New() }, key)
	m.Write(msg)
	return m.Sum(nil)
}

// The code is the library's HMAC, or the RFC's for SSL 3.0, whether the length is secret or not.
func TestMACIsTheRFCsForEveryLength(t *testing.T) {
	for _, ssl := range []bool{false, true} {
		for _, h := range macHashes {
			if ssl && h != MD5 && h != SHA1 {
				continue
			}
			var m MAC
			key := []byte("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKL")[:h.Size()]
			want := stdHMAC
			m.SetHMAC(h, key)
			if ssl {
				want = sslMAC
				m.SetSSL(h, key)
			}
			rapid.Check(t, func(t *rapid.T) {
				head := rapid.SliceOfN(rapid.Byte(), 0, MaxMACHead).Draw(t, "head")
				data := rapid.SliceOfN(rapid.Byte(), 0, 700).Draw(t, "data")
				n := rapid.IntRange(0, len(data)).Draw(t, "n")
				least := rapid.IntRange(0, n).Draw(t, "least")
				right := want(h, key, slices.Concat(head, data[:n]))
				got := make([]byte, h.Size())
				if m.Sum(got, head, data[:n]); !bytes.Equal(got, right) {
					t.Fatalf("%v: Sum is %x, want %x", h, got, right)
				}
				clear(got)
				if m.SumSecret(got, head, data, n, least); !bytes.Equal(got, right) {
					t.Fatalf("%v: SumSecret is %x, want %x", h, got, right)
				}
				if rapid.Bool().Draw(t, "sleep") {
					m.Sleep()
				}
			})
		}
	}
}

// countingHash counts the compressions that it is asked for.
type countingHash struct {
	runningHash
	bytes, states int
}

func (c *countingHash) Write(p []byte) (int, error) {
	c.bytes += len(p)
	return c.runningHash.Write(p)
}

func (c *countingHash) AppendBinary(b []byte) ([]byte, error) {
	c.states++
	return c.runningHash.AppendBinary(b)
}

// What is hashed, counted in bytes and in states looked at, is the same for every secret length.
func TestSumSecretHashesTheSameForEveryLength(t *testing.T) {
	data := make([]byte, 400)
	for _, h := range macHashes {
		var m MAC
		m.SetHMAC(h, make([]byte, h.Size()))
		counting := &countingHash{runningHash: m.wake().run}
		m.work.run = counting
		seen := map[[2]int]bool{}
		for n := 144; n <= len(data); n++ {
			counting.bytes, counting.states = 0, 0
			m.SumSecret(make([]byte, h.Size()), data[:13], data, n, 144)
			seen[[2]int{counting.bytes, counting.states}] = true
		}
		if len(seen) != 1 {
			t.Errorf("%v: %v", h, seen)
		}
	}
}

func TestMACAllocatesNothingOnceWarm(t *testing.T) {
	if raceEnabled {
		t.Skip("pools drop what they are given under the race detector")
	}
	out, head, data := make([]byte, 48), make([]byte, 13), make([]byte, 500)
	for _, h := range macHashes {
		m := new(MAC)
		m.SetHMAC(h, make([]byte, h.Size()))
		if n := testing.AllocsPerRun(100, func() {
			m.Sum(out, head, data)
			m.SumSecret(out, head, data, 300, 250)
		}); n != 0 {
			t.Errorf("%v: %v allocations", h, n)
		}
	}
}

func BenchmarkMAC(b *testing.B) {
	out, head, data := make([]byte, 48), make([]byte, 13), make([]byte, 16384)
	for _, h := range macHashes {
		var m MAC
		m.SetHMAC(h, make([]byte, h.Size()))
		b.Run(h.String()+"/Sum", func(b *testing.B) {
			for b.Loop() {
				m.Sum(out, head, data)
			}
		})
		b.Run(h.String()+"/SumSecret", func(b *testing.B) {
			for b.Loop() {
				m.SumSecret(out, head, data, len(data)-12, len(data)-255)
			}
		})
	}
}
