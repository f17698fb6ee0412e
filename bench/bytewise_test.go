package bench

import (
	"runtime"
	"testing"

	"tlsengine/cipher"
	"tlsengine/engine"
	"tlsengine/x509lite"
)

// BenchmarkBytewise feeds records one byte at a time: the cost of a byte must not grow with the record.
func BenchmarkBytewise(b *testing.B) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	s := scenario{version: cipher.VersionTLS13, group: cipher.X25519}
	client, server := s.configs(newChain(b, x509lite.KeyP256))
	from, to := connect(b, sides[*engine.Params]{freeze(b, client), freeze(b, server)}, nil)
	buffer := make([]byte, 16385)
	var short, long series
	const total = 16384
	feed := func(s *series, n int) {
		var wire []byte
		for range total / n {
			from.Write(buffer[:n])
			wire = append(wire, from.Outgoing()...)
			from.Sent(len(from.Outgoing()))
		}
		s.timed(func() {
			for i := range wire {
				to.Feed(wire[i : i+1])
				to.Read(buffer)
			}
		})
	}
	for b.Loop() {
		feed(&short, 256)
		feed(&long, total)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(long.quartile()/total, "ns/B")
	b.ReportMetric(long.over(short), "16K-x-256")
}
