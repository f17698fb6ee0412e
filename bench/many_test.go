package bench

import (
	"testing"

	"tlsengine/cipher"
	"tlsengine/engine"
	"tlsengine/x509lite"
)

// BenchmarkMany compares a record of 1 KiB on one of 10,000 connections with one on a connection that was used just now.
func BenchmarkMany(b *testing.B) {
	const many = 10000
	s := scenario{version: cipher.VersionTLS13, group: cipher.X25519}
	client, server := s.configs(newChain(b, x509lite.KeyP256))
	one := newEcho(b, sides[*engine.Params]{freeze(b, client), freeze(b, server)})
	conns := make([]echo, many)
	for i := range conns {
		conns[i] = one.clone(b)
	}
	var few, all series
	next := 0
	for b.Loop() {
		few.timed(func() {
			for range 100 {
				one.send(b)
			}
		})
		all.timed(func() {
			for range 100 {
				conns[next].send(b)
				next = (next + 7919) % many // no order that a cache could guess
			}
		})
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(all.over(few), "10000-x-1")
}

// echo is a connection with both ends.
type echo struct {
	from, to *engine.Conn
	buffer   *[2048]byte
}

func newEcho(b testing.TB, p sides[*engine.Params]) echo {
	c, s := connect(b, p, nil)
	return echo{c, s, new([2048]byte)}
}

func (e echo) clone(b testing.TB) echo {
	c, err := e.from.Clone()
	check(b, err)
	s, err := e.to.Clone()
	check(b, err)
	return echo{c, s, e.buffer}
}

// send carries one record of 1 KiB.
func (e echo) send(b testing.TB) {
	e.from.Write(e.buffer[:1024])
	move(b, e.from, e.to)
	if e.to.Read(e.buffer[:]) != 1024 {
		b.Fatal("the record did not arrive")
	}
}
