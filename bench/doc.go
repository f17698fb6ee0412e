// Package bench says what the engine costs, always as a ratio to something measured in the same run: to the cryptography that
// cannot be avoided (the floor), to the bare AEAD, and to crypto/tls. Absolute figures change with the machine and with
// whoever else uses it; ratios of one interleaved run last. README.md has the figures, and
// says which of them fall short of what we want.
//
// # How it is measured
//
// One iteration of a benchmark is one round: every variant once, for a fraction of a millisecond to a few, one after the
// other. Each keeps its own samples, and what is reported is the lower quartile of each and the ratios of those: other
// processes only ever add time, and hardly to a quarter of all rounds at once. So more iterations make a better figure:
//
//	go test ./bench -run '^$' -bench . -benchtime=20x                  a smoke test
//	go test ./bench -run '^$' -bench Handshake/13-x25519-ecdsa$        a figure
//
// # What the metrics mean
//
// Handshakes have "client-µs" and "server-µs" (the time that this side's own calls take), "client-x-floor" (over the floor
// of this side), "client-x-tls" (over crypto/tls), and the same "cold", where each connection has Params of its own, so that
// no cache of certificates or signatures helps. Allocations are counted for each side, primitives included. Bulk has
// "x-raw" for each way to send and receive, where 1 is the AEAD alone on the same bytes, and "x-tls". Memory has the live heap of
// one connection beside what Conn.Footprint says of it. Duplex compares one connection that works in both directions on two
// goroutines with each direction alone.
//
// # Reading order
//
//   - rounds_test.go: clocks, samples, quartiles
//   - pki_test.go, transport_test.go, connect_test.go: certificates, scenarios, a pipe, whole connections
//   - resume_test.go: how both stacks come to resume
//   - floor_test.go: the cryptography of each scenario, side by side, from Go's primitives
//   - handshake_test.go, bulk_test.go, duplex_test.go, many_test.go, memory_test.go, bytewise_test.go, growth_test.go: the
//     benchmarks
//   - raw_cbc_test.go: what bulk_test.go compares CBC with; socket_linux_test.go, asleep_linux_test.go: over TCP, of sslsock
//   - allocs_test.go: what is certain enough to be asserted; race_on_test.go, race_off_test.go: but not under the race detector
//
// To add a scenario: a row in pki_test.go; if its cryptography is new, a step in floor_test.go.
package bench
