package bench

import (
	"runtime"
	"testing"

	"tlsengine/engine"
)

// BenchmarkHandshake makes handshakes in memory and splits their time between the two sides. Warm connections share Params and
// with them the certificates and signatures that were seen before; cold ones have Params of their own.
func BenchmarkHandshake(b *testing.B) {
	for _, s := range scenarios {
		b.Run(s.name, func(b *testing.B) { benchmarkHandshake(b, s) })
	}
}

func benchmarkHandshake(b *testing.B, s scenario) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	c := newChain(b, s.kind)
	clientConfig, serverConfig := s.configs(c)
	params := func() sides[*engine.Params] {
		return sides[*engine.Params]{freeze(b, clientConfig), freeze(b, serverConfig)}
	}
	shared := params()
	options := s.options(b, shared)
	std := s.stdConfigs(c)
	if s.resumed != never {
		rememberStd(b, std)
	}
	floor := newFloor(b, s, c)
	var warm, cold, theirs, least sides[series]
	variants := inTurn{variants: []func(){
		func() { timedConnect(b, shared, options, &warm) },
		func() { timedConnect(b, params(), options, &cold) },
		func() { timedStdConnect(b, std, &theirs) },
		func() { least.client.timed(floor.client) },
		func() { least.server.timed(floor.server) },
	}}
	for b.Loop() {
		variants.round()
	}
	b.StopTimer()
	allocs := countAllocs(b, shared, options)
	b.ReportMetric(0, "ns/op") // a round has no meaning by itself
	report := func(side string, warm, cold, theirs, least series, a allocation) {
		b.ReportMetric(warm.micros(1), side+"-µs")
		b.ReportMetric(warm.over(least), side+"-x-floor")
		b.ReportMetric(cold.over(least), side+"-cold-x-floor")
		b.ReportMetric(warm.over(theirs), side+"-x-tls")
		b.ReportMetric(cold.over(theirs), side+"-cold-x-tls")
		b.ReportMetric(a.objects, side+"-allocs")
		b.ReportMetric(a.bytes, side+"-B")
	}
	report("client", warm.client, cold.client, theirs.client, least.client, allocs.client)
	report("server", warm.server, cold.server, theirs.server, least.server, allocs.server)
}

// allocation is what one side of a handshake allocates.
type allocation struct{ objects, bytes float64 }

// countAllocs counts the allocations of each side of a warm handshake, on average.
func countAllocs(b testing.TB, p sides[*engine.Params], o engine.Options) (a sides[allocation]) {
	const times = 50
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var before, after runtime.MemStats
	for range times {
		runtime.ReadMemStats(&before)
		connectBy(b, p, o, func(server bool) {
			runtime.ReadMemStats(&after)
			side := &a.client
			if server {
				side = &a.server
			}
			side.objects += float64(after.Mallocs-before.Mallocs) / times
			side.bytes += float64(after.TotalAlloc-before.TotalAlloc) / times
			runtime.ReadMemStats(&before)
		})
	}
	return a
}
