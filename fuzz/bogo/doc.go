// Command bogo is the shim by which BoringSSL's test suite, BoGo, talks to package engine.
//
// BoGo's runner has a TLS stack of its own that misbehaves on demand. For each of its tests it starts the shim with
// flags that say what to do and what to expect, and waits for connections on a loopback port. The shim connects, plays
// client or server, echoes every byte XOR 0xff, and tells by its exit status and by an error string what came of it.
//
// The shim is a program like any other that uses the engine: an event loop that carries bytes, answers questions and
// looks at the report. It has no feature that the engine lacks: a test that needs one ends with status 89 (not
// implemented), as does every flag that isn't known.
//
// # Running it
//
// The runner comes from a checkout of BoringSSL outside this project. With BOGO_RUNNER (the runner's binary) and
// BOGO_DIR (ssl/test/runner in the checkout) set, the test in this folder runs the suite and compares what passes with
// passing.txt:
//
//	go test ./fuzz/bogo -run BoGo -v
//
// # Reading order
//
//   - main.go: one process, its connections, its exit status
//   - settings.go: everything that flags can say
//   - flags.go, flagtable.go, refused.go: from the command line to settings; the tables are the whole of it
//   - config.go, suites.go, credential.go, compression.go, ech.go: from settings to an engine.Config
//   - hooks.go: the application's answers to the engine's questions
//   - session.go, tickets.go: what one connection leaves to the next
//   - connection.go: the event loop; exchange.go: what is said after the handshake; expect.go, trace.go: what is checked;
//     secrets.go: the secrets that the runner asks for
//   - config.json: BoGo's error strings that are spelled otherwise here, explained in errors.md, and tests that we decided
//     against, with reasons
//   - passing.txt: the tests that pass
//   - bogo_test.go: the ratchet
//
// # How to add a flag
//
// A field in settings.go, a row in flagtable.go, and the one place where it counts: config.go for what is configured,
// hooks.go for what is answered, exchange.go for what is done, expect.go for what is checked.
package main
