package record

import (
	"fmt"
	"testing"

	"tlsengine/cipher"
)

// The benchmarks stand beside the bare AEAD on the same bytes: the ratio is what performance.md sets goals for.
var benchSizes = []int{64, 1024, MaxPlaintext}

func BenchmarkSeal(b *testing.B) {
	for _, id := range testSuites {
		for _, n := range benchSizes {
			p := make([]byte, n)
			b.Run(fmt.Sprintf("raw/%v/%d", id, n), func(b *testing.B) { benchRawSeal(b, id, n) })
			b.Run(fmt.Sprintf("Write/%v/%d", id, n), func(b *testing.B) {
				w, _ := ends(b, id)
				b.SetBytes(int64(n))
				for b.Loop() {
					w.Write(p)
					w.Sent(len(w.Outgoing()))
				}
			})
			b.Run(fmt.Sprintf("Space/%v/%d", id, n), func(b *testing.B) {
				w, _ := ends(b, id)
				b.SetBytes(int64(n))
				for b.Loop() {
					w.Space()
					w.Seal(n)
					w.Sent(len(w.Outgoing()))
				}
			})
		}
	}
}

func benchRawSeal(b *testing.B, id cipher.SuiteID, n int) {
	s := cipher.SuiteByID(id)
	a, _ := s.Bulk.New(testKey[:s.Bulk.KeyLen])
	nonce, aad := make([]byte, 12), make([]byte, 13)
	buf := make([]byte, n+1, n+64)
	b.SetBytes(int64(n))
	for b.Loop() {
		nonce[0]++
		a.Seal(buf[:0], nonce, buf, aad)
	}
}

func BenchmarkOpen(b *testing.B) {
	for _, id := range testSuites {
		for _, n := range benchSizes {
			w, _ := ends(b, id)
			w.Write(make([]byte, n))
			rec := append([]byte(nil), w.Outgoing()...)
			b.Run(fmt.Sprintf("raw/%v/%d", id, n), func(b *testing.B) { benchRawOpen(b, id, rec) })
			b.Run(fmt.Sprintf("Next/%v/%d", id, n), func(b *testing.B) { benchReader(b, id, rec, nil) })
			b.Run(fmt.Sprintf("Feed/%v/%d", id, n), func(b *testing.B) { benchFeed(b, id, rec, make([]byte, n+1)) })
			b.Run(fmt.Sprintf("NextInto/%v/%d", id, n), func(b *testing.B) { benchReader(b, id, rec, make([]byte, n+1)) })
		}
	}
}

// benchRawOpen copies the record in as a transport does, and opens it.
func benchRawOpen(b *testing.B, id cipher.SuiteID, rec []byte) {
	s := cipher.SuiteByID(id)
	_, o := pair(b, id)
	k := keysOf(o)
	buf := make([]byte, len(rec))
	b.SetBytes(int64(len(rec)))
	e, h := s.Bulk.ExplicitNonceLen, parseHeader(rec)
	k.wake()
	if e > 0 {
		k.explicitNonce(rec[HeaderSize : HeaderSize+e])
	}
	aad := rec[:HeaderSize]
	if s.Min != cipher.VersionTLS13 {
		k.putAAD(h.Type, h.Version, h.Length-e-s.Bulk.TagLen)
		aad = k.aad[:]
	}
	for b.Loop() {
		copy(buf, rec)
		sealed := buf[HeaderSize+e:]
		if _, err := k.aead.Open(sealed[:0], k.nonce[:], sealed, aad); err != nil {
			b.Fatal(err)
		}
	}
}

func keysOf(o Opener) *aeadKeys {
	if o, ok := o.(*opener13); ok {
		return &o.aeadKeys
	}
	return &o.(*opener12).aeadKeys
}

// benchReader lends the Reader's space to the copy, as many records as it takes, 64 at most.
func benchReader(b *testing.B, id cipher.SuiteID, rec, p []byte) {
	_, r := ends(b, id)
	k := keysOf(r.opener)
	b.SetBytes(int64(len(rec)))
	left := 0
	for b.Loop() {
		if left == 0 {
			space := r.Buffer()
			n := 0
			for left < 64 && len(space)-n >= len(rec) {
				n += copy(space[n:], rec)
				left++
			}
			r.Commit(n)
		}
		k.seek(0)
		if _, ok, err := r.NextInto(p); !ok {
			b.Fatal(err)
		}
		r.Release()
		left--
	}
}

// benchFeed copies one record in at a time, as benchRawOpen does.
func benchFeed(b *testing.B, id cipher.SuiteID, rec, p []byte) {
	_, r := ends(b, id)
	k := keysOf(r.opener)
	b.SetBytes(int64(len(rec)))
	for b.Loop() {
		r.Feed(rec)
		k.seek(0)
		if _, ok, err := r.NextInto(p); !ok {
			b.Fatal(err)
		}
	}
}
