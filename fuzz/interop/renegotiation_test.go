package interop

import (
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"tlsengine/cipher"
	"tlsengine/engine"
	"tlsengine/fuzz/peers"
	"tlsengine/handshake"
	"tlsengine/record"
)

// This file is other people's clients that negotiate again with our server, before TLS 1.3 (RFC 5746), because they want to or
// because it does; renegotiation_client_test.go is the same with the roles exchanged.

var renegotiationRow = row{version: cipher.VersionTLS12, key: p256}

// againSuite is one that all versions but SSL 3.0 have.
var againSuite = cipher.SuiteByID(cipher.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA)

// againClient is a client that can be typed at, and told to negotiate again.
type againClient struct {
	name, program string
	command       func(c clientSetup, v cipher.Version) []string
	ask           step   // makes it negotiate again
	refused       string // what it prints about the alert handshake_failure
}

var againClients = []againClient{
	{
		"openssl s_client", "openssl", func(c clientSetup, v cipher.Version) []string {
			return append(slices.DeleteFunc(sClient(c), func(s string) bool { return s == "-ign_eof" }), opensslOld(v, againSuite.OpenSSL)...)
		}, step{"R\n", "RENEGOTIATING"}, "SSL alert number 40",
	},
	{
		"gnutls-cli", "gnutls-cli", func(c clientSetup, v cipher.Version) []string {
			return append([]string{"--inline-commands", "--priority", gnutlsPriority(v)}, gnutlsCli(c)...)
		}, step{"^renegotiate^\n", "ReHandshake was completed"}, "Handshake failed",
	},
}

// start connects the client to our server.
func (c againClient) start(t *testing.T, s *server, v cipher.Version, id *identity) *peers.Process {
	t.Helper()
	setup := clientSetup{addr: s.addr, root: newPKI(t).rootFile, id: id}
	return peers.Start(t, exec.Command(peers.Need(t, c.program), c.command(setup, v)...))
}

// againServer is the configuration of a server that negotiates again.
func againServer(t *testing.T, r oldRow) *engine.Config {
	t.Helper()
	c := r.with(t, r.row().serverConfig(t))
	c.Renegotiation = handshake.RenegotiationFreely
	return c
}

// againLine makes our server ask for another handshake when it has answered.
const againLine = "again\n"

// TestServerNegotiatesAgainWithClients: when the client wants to, when we do, and data in between.
func TestServerNegotiatesAgainWithClients(t *testing.T) {
	for _, remote := range againClients {
		for _, v := range oldVersions {
			t.Run(remote.name+" "+v.String(), func(t *testing.T) {
				peers.Need(t, remote.program)
				r := oldRow{v, againSuite}
				s := serve(t, againServer(t, r), echoLines)
				process := remote.start(t, s, v, nil)
				typeSteps(t, process, []step{{"line one\n", "line one"}, remote.ask, {"two\n", "two"}, {againLine, "again"}, {"three\n", "three"}, {"four\n", "four"}})
				process.Input.Close()
				checkAgain(t, r, s.wait(t), 2)
			})
		}
	}
}

// checkAgain looks whether the connection was negotiated again so often.
func checkAgain(t *testing.T, r oldRow, s served, often uint32) {
	t.Helper()
	if s.err != nil {
		t.Fatal(s.err)
	}
	info := s.link.conn.Info()
	r.check(t, info)
	if info.Renegotiations != often || !info.SecureRenegotiation && r.version > cipher.VersionSSL30 {
		t.Errorf("%d renegotiations, secure: %v", info.Renegotiations, info.SecureRenegotiation)
	}
}

// TestServerNegotiatesAgainWithNSS: tstclnt does so as often as it is told, the second time with a session to resume, which our
// server passes over: who negotiates again wants something else than there is.
func TestServerNegotiatesAgainWithNSS(t *testing.T) {
	program := peers.Need(t, "tstclnt")
	store := nssStore(t, nil)
	for _, v := range append([]cipher.Version{cipher.VersionSSL30}, oldVersions...) {
		for _, often := range []string{"1", "2"} {
			t.Run(v.String()+" "+often, func(t *testing.T) {
				r := oldRow{v, cipher.SuiteByID(cipher.TLS_RSA_WITH_AES_128_CBC_SHA)}
				config := againServer(t, r)
				config.Sessions = engine.NewSessionCache(engine.CacheLimits{Time: config.Time})
				s := serve(t, config, echoLines)
				args := append([]string{"-4", "-h", serverName, "-p", clientSetup{addr: s.addr}.port(), "-d", "sql:" + store, "-r", often},
					nssOnly(v, r.suite)...)
				process := peers.Start(t, exec.Command(program, args...))
				typeSteps(t, process, []step{{"line one\n", "line one"}, {"two\n", "two"}, {"three\n", "three"}})
				io.WriteString(process.Input, byeLine)
				got := s.wait(t)
				checkAgain(t, r, got, uint32(often[0]-'0'))
				if got.link.conn.Info().Resumed {
					t.Error("a session was resumed")
				}
			})
		}
	}
}

// asksAgain makes a server ask for a certificate in another handshake only.
func asksAgain(t *testing.T, c *engine.Config) {
	t.Helper()
	strict := *c
	strict.ClientAuth = handshake.AuthRequired
	params, err := strict.Freeze()
	if err != nil {
		t.Fatal(err)
	}
	c.SelectContext = func(hello *handshake.ClientHelloInfo) (*engine.Params, error) {
		if hello.Again {
			return params, nil
		}
		return nil, nil
	}
}

// TestServerAsksForCertificateAgain: the client shows its certificate in the second handshake; without one it gets to know what
// is missing.
func TestServerAsksForCertificateAgain(t *testing.T) {
	for _, remote := range againClients {
		for _, v := range oldVersions {
			for name, id := range map[string]*identity{"certificate": newPKI(t).identities[rsa], "none": nil} {
				t.Run(strings.Join([]string{remote.name, v.String(), name}, " "), func(t *testing.T) {
					peers.Need(t, remote.program)
					r := oldRow{v, againSuite}
					config := againServer(t, r)
					asksAgain(t, config)
					s := serve(t, config, echoLines)
					process := remote.start(t, s, v, id)
					steps := []step{{"line one\n", "line one"}, {againLine, "again"}, {"two\n", "two"}, {"three\n", "three"}}
					if id == nil {
						typeSteps(t, process, steps[:2])
						refusal{reason: record.ReasonPeerDidNotReturnACertificate, alert: record.AlertHandshakeFailure}.check(t, s.wait(t).err)
						process.WaitOutput(remote.refused)
						return
					}
					typeSteps(t, process, steps)
					process.Input.Close()
					got := s.wait(t)
					checkAgain(t, r, got, 1)
					if chain := got.link.conn.Info().PeerChain; len(chain) == 0 || !chain[0].Equal(id.chain[0]) {
						t.Errorf("%d certificates came", len(chain))
					}
				})
			}
		}
	}
}

// TestServerNegotiatesAgainDuringExchange: we ask in the middle of 1 MiB in each direction. (gnutls-cli can't take data in a
// handshake.)
func TestServerNegotiatesAgainDuringExchange(t *testing.T) {
	peers.Need(t, "openssl")
	for _, v := range oldVersions {
		t.Run(v.String(), func(t *testing.T) {
			r := oldRow{v, againSuite}
			s := serve(t, againServer(t, r), func(l *link) error {
				err := exchange(&midway{link: l, do: func(l *link) error { return l.together(l.conn.Renegotiate) }})
				if err == nil {
					err = l.await(func() bool { return l.conn.Info().Renegotiations > 0 })
				}
				return errors.Join(err, l.finish())
			})
			remote := opensslClient
			remote.request = string(stream())
			remote.command = func(c clientSetup) []string { return append(sClient(c), opensslOld(v, againSuite.OpenSSL)...) }
			output, err := remote.run(t, s.addr, "")
			checkAgain(t, r, s.wait(t), 1)
			if err != nil || !strings.Contains(output, string(stream())) {
				t.Errorf("%v: the client didn't print what we sent", err)
			}
		})
	}
}

// TestServerRefusesRenegotiation shows that a client that asks for it is told no, by a warning as RFC 5746, Section 4.5 wants.
func TestServerRefusesRenegotiation(t *testing.T) {
	openssl := peers.Need(t, "openssl")
	s := serve(t, renegotiationRow.serverConfig(t), echoLines)
	process := peers.Start(t, exec.Command(openssl, "s_client", "-connect", s.addr, "-CAfile", newPKI(t).rootFile))
	process.WaitOutput("Verify return code: 0")
	if _, err := io.WriteString(process.Input, "R\n"); err != nil {
		t.Fatal(err)
	}
	process.WaitOutput("no renegotiation")
	var e *record.Error
	if err := s.wait(t).err; !errors.As(err, &e) || !e.Remote {
		t.Errorf("%v: want what openssl sends when it is refused", err)
	}
}

// TestServerNegotiatesAgainWithWhomItCannotBind: a client that lacks RFC 5746 is refused, which gnutls-cli lives with, unless the
// weakness is chosen.
func TestServerNegotiatesAgainWithWhomItCannotBind(t *testing.T) {
	for _, insecure := range []bool{false, true} {
		r := oldRow{cipher.VersionTLS12, againSuite}
		config := againServer(t, r)
		config.InsecureRenegotiation = insecure
		s := serve(t, config, echoLines)
		setup := clientSetup{addr: s.addr, root: newPKI(t).rootFile}
		process := peers.Start(t, exec.Command(peers.Need(t, "gnutls-cli"),
			append([]string{"--inline-commands", "--priority", gnutlsPriority(r.version) + ":%DISABLE_SAFE_RENEGOTIATION"}, gnutlsCli(setup)...)...))
		typeSteps(t, process, []step{{"line one\n", "line one"}, {"^renegotiate^\n", map[bool]string{false: "No renegotiation", true: "ReHandshake was completed"}[insecure]}})
		process.Input.Close()
		got := s.wait(t)
		if info := got.link.conn.Info(); info.Renegotiations != map[bool]uint32{true: 1}[insecure] || info.SecureRenegotiation {
			t.Errorf("chosen: %v: %v, %d renegotiations, secure: %v",
				insecure, got.err, info.Renegotiations, info.SecureRenegotiation)
		}
	}
}
