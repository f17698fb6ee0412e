package bench

import (
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"tlsengine/cipher"
	"tlsengine/engine"
	"tlsengine/x509lite"
)

// duplexBytes is how much goes in each direction in one round.
const duplexBytes = 8 << 20

// BenchmarkDuplex lets one connection send on one goroutine and receive on another. What it receives was sealed before, what it
// sends is thrown away, so that only this one end works. "x-one-way" is the throughput of both directions together over the mean
// of each alone. It would be 2 on two processors that share nothing and have nothing else to do; "raw-x-one-way" is what two bare
// AEADs reach here and now.
func BenchmarkDuplex(b *testing.B) {
	if runtime.GOMAXPROCS(0) < 2 {
		b.Log("one processor: there is nothing to gain")
	}
	s := scenario{version: cipher.VersionTLS13, group: cipher.X25519}
	client, server := s.configs(newChain(b, x509lite.KeyP256))
	peer, c := connect(b, sides[*engine.Params]{freeze(b, client), freeze(b, server)}, nil)
	rawSeal := newRawAEAD(b, cipher.TLS_AES_128_GCM_SHA256, len(duplexPlain))
	rawOther := newRawAEAD(b, cipher.TLS_AES_128_GCM_SHA256, len(duplexPlain))
	var send, receive, both, rawOne, rawBoth series
	wire := make([]byte, 0, duplexBytes+duplexBytes/100)
	for b.Loop() {
		sealInto(&wire, peer)
		send.timed(func() { sendAll(c) })
		receive.timed(func() { receiveAll(b, c, wire) })
		sealInto(&wire, peer)
		both.add(together(func() { sendAll(c) }, func() { receiveAll(b, c, wire) }))
		seal := func() { rawSeal.seal(duplexRecords) }
		rawOne.timed(seal)
		rawBoth.add(together(seal, func() { rawOther.seal(duplexRecords) }))
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric((send.quartile()+receive.quartile())/both.quartile(), "x-one-way")
	b.ReportMetric(2*rawOne.quartile()/rawBoth.quartile(), "raw-x-one-way")
}

// together runs both at once and returns how long it takes until both are done.
func together(f, g func()) time.Duration {
	var running, start atomic.Bool
	done := make(chan struct{})
	go func() {
		running.Store(true)
		for !start.Load() { // waking a goroutine would be timed too
		}
		g()
		close(done)
	}()
	for !running.Load() {
		runtime.Gosched()
	}
	begin := time.Now()
	start.Store(true)
	f()
	<-done
	return time.Since(begin)
}

var duplexPlain [16384]byte

const duplexRecords = duplexBytes / len(duplexPlain)

func sealInto(wire *[]byte, from *engine.Conn) {
	*wire = (*wire)[:0]
	for range duplexRecords {
		from.Write(duplexPlain[:])
		out := from.Outgoing()
		*wire = append(*wire, out...)
		from.Sent(len(out))
	}
}

func sendAll(c *engine.Conn) {
	for range duplexRecords {
		c.Write(duplexPlain[:])
		c.Sent(len(c.Outgoing()))
	}
}

func receiveAll(b testing.TB, c *engine.Conn, wire []byte) {
	var buffer [16385]byte
	got := 0
	for len(wire) > 0 {
		n := copy(c.Buffer(), wire)
		wire = wire[n:]
		c.Commit(n)
		for n = c.Read(buffer[:]); n > 0; n = c.Read(buffer[:]) {
			got += n
		}
	}
	if got != duplexBytes {
		b.Errorf("%d bytes arrived: %v", got, c.Err())
	}
}
