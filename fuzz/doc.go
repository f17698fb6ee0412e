// Package fuzz holds fuzz targets and properties that need more than one package. It has tests only; the targets that need one
// package lie next to it (handshake: messages and the Machine; record: the Reader; x509lite: certificates, names, keys; engine:
// what a peer with the right keys may send).
//
// A target feeds bytes of an attacker to something and demands what must hold for any bytes: no panic, no endless loop, memory in
// proportion, an error of ours with an alert that exists, no data that nobody sent, and the same result however the bytes are
// cut. Everything else is fixed (certificates, clock, randomness), so that an input that fails once fails always.
//
//	go test ./fuzz -fuzz FuzzServer -fuzztime 1m
//
// # Reading order
//
//   - endpoint_test.go: configurations, ends of connections, and how bytes get into them
//   - transcript_test.go: the golden transcripts, from which the corpora come
//   - server_test.go: FuzzServer and FuzzClient, one end and arbitrary bytes
//   - between_test.go: FuzzBetween, two ends and somebody who edits what passes between them
//   - peer_test.go: our ends and crypto/tls, any configuration, any split
//
// Subfolders: peers finds other people's programs, pki makes certificates, vectors reads other people's test vectors, timing
// tells whether a function's time depends on a secret; interop and bogo test against others.
//
// # How to add
//
// A new feature of the handshake gets a row in setups (endpoint_test.go): all targets then try it. An input that failed
// becomes a file in testdata/fuzz/NAME, where the go command leaves it.
package fuzz
