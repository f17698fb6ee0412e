// Package peers finds and runs the TLS programs that our tests talk to: openssl, gnutls-cli, gnutls-serv, curl, python3,
// chromium and a few more. Nobody here wrote them, which is what makes them worth testing against.
//
// Only _test.go files import it (a test in package engine enforces that).
//
// A test first asks for the program, which ends the test where it is missing: with a skip at a developer's desk, with a
// failure where CI=true, since there `.ci/run` has installed all of them:
//
//	openssl := peers.Need(t, "openssl")
//	addr := peers.FreeAddr(t)
//	p := peers.Start(t, exec.Command(openssl, "s_server", "-accept", addr, "-cert", cert, "-key", key))
//	p.WaitListening(addr)
//	// ... connect to addr ...
//	p.WaitOutput("CIPHER is")
//	err := p.Wait() // or leave it: the process is killed when the test ends
//
// What a process prints is kept and shown when the test fails. What it shall read goes into p.Input, which stays open until the
// test closes it; [Run] is for programs that read a given text, answer and end, [Output] for those that only answer.
//
// # Files
//
// need.go knows the programs and where to get them; a new one is a row there and a package in .ci/run. process.go runs one.
// address.go finds a free port and sees whether somebody listens on it. group_unix.go and group_other.go end a process with its
// children.
package peers
