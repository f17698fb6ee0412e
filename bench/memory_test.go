package bench

import (
	"runtime"
	"testing"

	"tlsengine/cipher"
	"tlsengine/engine"
	"tlsengine/handshake"
	"tlsengine/x509lite"
)

// idle is a kind of connection that waits. make returns one; what else took part is garbage.
type idle struct {
	name    string
	settled bool                                // what a connection says of itself is exact
	change  func(client, server *engine.Config) // may be nil
	only    cipher.Version                      // 0: it is there in all versions
	make    func(b testing.TB, p sides[*engine.Params]) *engine.Conn
}

var idleKinds = []idle{
	{"fresh-server", true, nil, 0, freshServer},
	{"used-server", true, nil, 0, func(b testing.TB, p sides[*engine.Params]) *engine.Conn {
		_, s := usedPair(b, p)
		return s
	}},
	{"used-client", true, nil, 0, func(b testing.TB, p sides[*engine.Params]) *engine.Conn {
		c, _ := usedPair(b, p)
		return c
	}},
	{"asleep-server", true, nil, 0, func(b testing.TB, p sides[*engine.Params]) *engine.Conn {
		_, s := usedPair(b, p)
		if !s.Sleep() {
			b.Fatal("it does not sleep")
		}
		return s
	}},
	{"offered-server", true, offerLater, 0, freshServer},
	{"may-ask-server", true, askLater, 0, freshServer},
	{"asked-server", true, askLater, cipher.VersionTLS13, func(b testing.TB, p sides[*engine.Params]) *engine.Conn {
		s := freshServer(b, p)
		check(b, s.RequestCertificate())
		s.Sent(len(s.Outgoing()))
		return s
	}},
	{"half-open-server", false, nil, 0, func(b testing.TB, p sides[*engine.Params]) *engine.Conn {
		c, s := halfOpen(b, p)
		_, err := s.Feed(c.Outgoing()[:len(c.Outgoing())-1])
		check(b, err)
		return s
	}},
	{"mid-handshake-server", false, nil, 0, func(b testing.TB, p sides[*engine.Params]) *engine.Conn {
		c, s := halfOpen(b, p)
		move(b, c, s)
		s.Sent(len(s.Outgoing()))
		return s
	}},
}

func freshServer(b testing.TB, p sides[*engine.Params]) *engine.Conn {
	_, s := connect(b, p, nil)
	return s
}

// offerLater makes clients offer what servers have no use for: to show a certificate after the handshake.
func offerLater(client, _ *engine.Config) { client.PostHandshakeAuth = true }

// askLater is offerLater with servers that may ask.
func askLater(client, server *engine.Config) {
	client.PostHandshakeAuth, server.PostHandshakeAuth, server.ClientAuth = true, true, handshake.AuthOptional
}

func halfOpen(b testing.TB, p sides[*engine.Params]) (c, s *engine.Conn) {
	c, err := engine.Client(p.client, engine.Options{ServerName: serverName})
	check(b, err)
	s, err = engine.Server(p.server, engine.Options{})
	check(b, err)
	return c, s
}

// usedPair returns a connection that has carried 16 KiB each way.
func usedPair(b testing.TB, p sides[*engine.Params]) (c, s *engine.Conn) {
	c, s = connect(b, p, nil)
	for _, way := range []sides[*engine.Conn]{{c, s}, {s, c}} {
		from, to := way.client, way.server
		from.Write(make([]byte, 16384))
		move(b, from, to)
		if n := to.Read(make([]byte, 20000)); n != 16384 {
			b.Fatalf("%d bytes arrived: %v", n, to.Err())
		}
	}
	return c, s
}

// BenchmarkIdle measures the live heap of a waiting connection. The work is done before the loop, which has nothing to do.
func BenchmarkIdle(b *testing.B) {
	for _, v := range []cipher.Version{cipher.VersionTLS13, cipher.VersionTLS12} {
		for _, kind := range idleKinds {
			if kind.only != 0 && kind.only != v {
				continue
			}
			b.Run(v.String()+"/"+kind.name, func(b *testing.B) {
				heap, footprint := measureIdle(b, v, kind, 1000)
				for b.Loop() {
					runtime.KeepAlive(heap)
				}
				b.ReportMetric(0, "ns/op")
				b.ReportMetric(heap, "B/conn")
				b.ReportMetric(footprint, "B-footprint")
			})
		}
	}
}

// measureIdle returns the live heap of one of n connections, and what they say of themselves. A fifth as many come before: they
// fill caches and pools.
func measureIdle(b testing.TB, v cipher.Version, kind idle, n int) (heap, footprint float64) {
	s := scenario{version: v, group: cipher.X25519}
	client, server := s.configs(newChain(b, x509lite.KeyP256))
	if kind.change != nil {
		kind.change(client, server)
	}
	params := sides[*engine.Params]{freeze(b, client), freeze(b, server)}
	conns := make([]*engine.Conn, n)
	for range n / 5 {
		kind.make(b, params)
	}
	before := liveHeap()
	for i := range conns {
		conns[i] = kind.make(b, params)
	}
	after := liveHeap()
	for _, c := range conns {
		footprint += float64(c.Footprint()) / float64(n)
	}
	return float64(int64(after-before)) / float64(n), footprint
}

// liveHeap returns the bytes that are in use, pools emptied.
func liveHeap() uint64 {
	for range 3 {
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
