package bench

import (
	"math"
	"testing"

	"tlsengine/cipher"
	"tlsengine/engine"
)

// TestHandshakeAllocations holds handshakes to what they may allocate, primitives included. The bytes depend a little on the
// sizes of the certificates. A server that resumes by a ticket sets an AEAD up for it.
func TestHandshakeAllocations(t *testing.T) {
	skipRace(t)
	limits := map[string]sides[allocation]{
		"13-x25519-ecdsa":   {client: allocation{65, 12288}, server: allocation{110, 17500}},
		"12-x25519-ecdsa":   {client: allocation{60, 11500}, server: allocation{120, 18500}},
		"13-x25519-resumed": {client: allocation{56, 12288}, server: allocation{70, 16500}},
		"12-resumed-ticket": {client: allocation{30, 10500}, server: allocation{30, 11000}},
		"12-resumed-id":     {client: allocation{30, 10500}, server: allocation{30, 9000}},
	}
	for _, s := range scenarios {
		limit, ok := limits[s.name]
		if !ok {
			continue
		}
		client, server := s.configs(newChain(t, s.kind))
		p := sides[*engine.Params]{freeze(t, client), freeze(t, server)}
		got := countAllocs(t, p, s.options(t, p))
		compare := func(side string, got, limit allocation) {
			t.Logf("%s %s: %.0f objects, %.0f bytes", s.name, side, got.objects, got.bytes)
			// A collection in between empties the pools once: the rest of the division is not an allocation of each handshake.
			if math.Floor(got.objects) > limit.objects || got.bytes > limit.bytes {
				t.Errorf("%s, %s: %.0f objects and %.0f bytes, at most %.0f and %.0f are allowed",
					s.name, side, got.objects, got.bytes, limit.objects, limit.bytes)
			}
		}
		compare("client", got.client, limit.client)
		compare("server", got.server, limit.server)
	}
}

// TestIdleMemory holds waiting connections to what they may cost.
func TestIdleMemory(t *testing.T) {
	skipRace(t)
	limits := map[string]float64{
		"fresh-server": 2600, "used-server": 2600, "used-client": 2850, "asleep-server": 1024,
		"offered-server": 2600, "may-ask-server": 2600, "asked-server": 3600,
		"half-open-server": 1950, "mid-handshake-server": 3400,
	}
	for _, v := range []cipher.Version{cipher.VersionTLS13, cipher.VersionTLS12} {
		for _, kind := range idleKinds {
			if kind.only != 0 && kind.only != v {
				continue
			}
			heap, footprint := measureIdle(t, v, kind, 300)
			t.Logf("%v %s: %.0f bytes, footprint %.0f", v, kind.name, heap, footprint)
			if heap > limits[kind.name] {
				t.Errorf("%v, %s: %.0f bytes of heap, at most %.0f are allowed", v, kind.name, heap, limits[kind.name])
			}
			if kind.settled && (footprint < 0.9*heap || footprint > 1.1*heap) {
				t.Errorf("%v, %s: Footprint says %.0f, the heap %.0f", v, kind.name, footprint, heap)
			}
		}
	}
}

// TestRecordAllocations shows that records allocate nothing, of any suite and size, both ways.
func TestRecordAllocations(t *testing.T) {
	skipRace(t)
	for _, s := range bulkSuites {
		for _, n := range []int{64, 1024, 16384} {
			r := newBulkRun(t, s.version, s.suite, n)
			// A collection in between empties the pools once: that is not an allocation for each record.
			if a := r.allocations(); a >= 0.05 {
				t.Errorf("%s, %d bytes: %.2f allocations for each record", s.name, n, a)
			}
		}
	}
}

func skipRace(t *testing.T) {
	if raceEnabled {
		t.Skip("under the race detector pools drop what they are given")
	}
}
