package bench

import (
	"math"
	"runtime"
	"testing"

	"tlsengine/cipher"
	"tlsengine/sslsock"
	"tlsengine/x509lite"
)

// TestSleepingSocketMemory holds a Socket and its engine, over TCP and asleep, to what they may cost. The transport is not
// counted: a plain connection has one too. A client has its peer's certificate and its session beside.
func TestSleepingSocketMemory(t *testing.T) {
	skipRace(t)
	chain := newChain(t, x509lite.KeyP256)
	for _, v := range []cipher.Version{cipher.VersionTLS13, cipher.VersionTLS12} {
		for _, end := range []struct {
			who  string
			of   func(client, server *sslsock.Socket) *sslsock.Socket
			most float64
		}{
			{"client", func(client, _ *sslsock.Socket) *sslsock.Socket { return client }, 2700},
			{"server", func(_, server *sslsock.Socket) *sslsock.Socket { return server }, 1350},
		} {
			heap := math.Inf(1)
			for try := 0; try < 3 && heap > end.most; try++ { // what else is alive in the process only adds
				heap = min(heap, measureSockets(t, contextsOf(t, chain, v), end.of, 100))
			}
			t.Logf("%v %s: %.0f bytes", v, end.who, heap)
			if heap > end.most {
				t.Errorf("%v, %s: %.0f bytes of heap asleep, at most %.0f are allowed", v, end.who, heap, end.most)
			}
		}
	}
}

// measureSockets returns the live heap of one of n sockets that sleep, beside their transports. A few come before: they fill
// caches and pools.
func measureSockets(t *testing.T, c sides[*sslsock.Context], of func(client, server *sslsock.Socket) *sslsock.Socket, n int) float64 {
	warm := plainPair(t)
	of(wrapPair(t, c, warm))
	pairs, sockets := make([]*socketPair, n), make([]*sslsock.Socket, n)
	for i := range pairs {
		pairs[i] = plainPair(t)
	}
	before := liveHeap()
	for i := range sockets {
		sockets[i] = of(wrapPair(t, c, pairs[i]))
		if !sockets[i].Sleep() {
			t.Fatal("it does not sleep")
		}
	}
	after := liveHeap()
	runtime.KeepAlive(sockets)
	runtime.KeepAlive(pairs)
	return float64(int64(after-before)) / float64(n)
}

// wrapPair makes a client and a server of two plain connections, and lets a byte pass each way.
func wrapPair(t testing.TB, c sides[*sslsock.Context], p *socketPair) (client, server *sslsock.Socket) {
	client, err := c.client.WrapSocket(p.from, sslsock.WithDoHandshakeOnConnect(false))
	check(t, err)
	server, err = c.server.WrapSocket(p.to, sslsock.WithServerSide(), sslsock.WithDoHandshakeOnConnect(false))
	check(t, err)
	done := make(chan error, 1)
	go func() {
		_, err := client.Write([]byte{1})
		if err == nil {
			_, err = client.Read(make([]byte, 1))
		}
		done <- err
	}()
	_, err = server.Read(make([]byte, 1))
	check(t, err)
	_, err = server.Write([]byte{1})
	check(t, err)
	check(t, <-done)
	return client, server
}

// BenchmarkSleepWhileReading sends a byte to and fro over TCP, so that every Read waits: what sleeping meanwhile costs.
func BenchmarkSleepWhileReading(b *testing.B) {
	chain := newChain(b, x509lite.KeyP256)
	var times [2]series
	var ends [2]sides[*sslsock.Socket]
	for i, sleeps := range []bool{false, true} {
		c := contextsOf(b, chain, cipher.VersionTLS13)
		c.client.SetSleepWhileReading(sleeps)
		c.server.SetSleepWhileReading(sleeps)
		ends[i].client, ends[i].server = wrapPair(b, c, plainPair(b))
	}
	for b.Loop() {
		for i := range ends {
			times[i].add(busy(func() { toAndFro(b, ends[i], 200) }))
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(times[0].quartile()/400/1e3, "µs/read")
	b.ReportMetric(times[1].quartile()/times[0].quartile(), "asleep-x-awake")
}

// toAndFro sends a byte n times to the server and back, each end in a goroutine of its own.
func toAndFro(b *testing.B, ends sides[*sslsock.Socket], n int) {
	done := make(chan error, 1)
	go func() { done <- answerOn(ends.server, n) }()
	one := []byte{1}
	for range n {
		_, err := ends.client.Write(one)
		check(b, err)
		_, err = ends.client.Read(one)
		check(b, err)
	}
	check(b, <-done)
}

func answerOn(s *sslsock.Socket, n int) error {
	one := make([]byte, 1)
	for range n {
		if _, err := s.Read(one); err != nil {
			return err
		}
		if _, err := s.Write(one); err != nil {
			return err
		}
	}
	return nil
}
