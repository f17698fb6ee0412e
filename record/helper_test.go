package record

import (
	"math"
	"runtime"
	"testing"

	"tlsengine/cipher"
)

// testSuites are one suite of every form of protection.
var testSuites = []cipher.SuiteID{
	cipher.TLS_AES_128_GCM_SHA256, cipher.TLS_AES_256_GCM_SHA384, cipher.TLS_CHACHA20_POLY1305_SHA256,
	cipher.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, cipher.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	cipher.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
}

// heap measures what making something, kept alive, adds to the heap, in bytes, as the least of a few tries.
func heap(make func() any) int {
	least := math.MaxInt
	for range 3 {
		var before, after runtime.MemStats
		kept := [64]any{}
		runtime.GC()
		runtime.GC() // what pools held goes with the second
		runtime.ReadMemStats(&before)
		for i := range kept {
			kept[i] = make()
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		least = min(least, int(after.HeapAlloc-before.HeapAlloc)/len(kept))
		runtime.KeepAlive(kept)
	}
	return least
}

// testKey is a key and an IV long enough for every suite.
var testKey = func() (b [64]byte) {
	for i := range b {
		b[i] = byte(i*7 + 1)
	}
	return
}()

// pair returns both ends of a protection with the same keys.
func pair(t testing.TB, id cipher.SuiteID) (Sealer, Opener) {
	t.Helper()
	s := cipher.SuiteByID(id)
	w, errSeal := newTestSealer(s)
	r, errOpen := newTestOpener(s)
	if errSeal != nil || errOpen != nil {
		t.Fatal(errSeal, errOpen)
	}
	return w, r
}

func newTestSealer(s *cipher.Suite) (Sealer, error) {
	key, iv := testKey[:s.Bulk.KeyLen], testKey[32:44]
	if s.Min == cipher.VersionTLS13 {
		return NewSealer13(s, key, iv)
	}
	return NewSealer(CipherSpec{Bulk: s.Bulk, Form: FormTLS11}, Keys{Key: key, IV: iv[:s.Bulk.FixedIVLen]})
}

func newTestOpener(s *cipher.Suite) (Opener, error) {
	key, iv := testKey[:s.Bulk.KeyLen], testKey[32:44]
	if s.Min == cipher.VersionTLS13 {
		return NewOpener13(s, key, iv)
	}
	return NewOpener(CipherSpec{Bulk: s.Bulk, Form: FormTLS11}, Keys{Key: key, IV: iv[:s.Bulk.FixedIVLen]})
}

// ends returns a Writer and the Reader that understands it.
func ends(t testing.TB, id cipher.SuiteID) (*Writer, *Reader) {
	seal, open := pair(t, id)
	w, r := new(Writer), new(Reader)
	w.Install(seal)
	w.SetVersion(cipher.VersionTLS12)
	r.Install(open)
	v := cipher.SuiteByID(id).Min
	r.SetVersion(v)
	if v == cipher.VersionTLS13 {
		r.Expect(OuterApplication)
	}
	return w, r
}

// maxInner is how many bytes o may write for a payload of n bytes.
func maxInner(o Opener, n int) int {
	if !o.InPlace() {
		return MaxPlaintext
	}
	return max(0, n-o.Overhead())
}
