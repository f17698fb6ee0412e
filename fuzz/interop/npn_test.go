package interop

import (
	"errors"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tlsengine/cipher"
	"tlsengine/engine"
	"tlsengine/fuzz/peers"
	"tlsengine/handshake"
)

// This file is next protocol negotiation (draft-agl-tls-nextprotoneg-03), which OpenSSL alone still has.

// nextProtocols is what both ends have, and what comes of it.
type nextProtocols struct {
	name           string
	client, server []string
	want           string
	overlap        bool
}

var nextProtocolCases = []nextProtocols{
	{"agreed", []string{"spdy/2", "http/1.1"}, []string{"http/1.1", "spdy/2"}, "http/1.1", true},
	{"none in common", []string{"spdy/2", "spdy/1"}, []string{"http/1.1", "h2"}, "spdy/2", false},
}

// eachNextProtocols runs a test on each case in each version.
func eachNextProtocols(t *testing.T, test func(t *testing.T, n nextProtocols, r oldRow)) {
	peers.Need(t, "openssl")
	for _, v := range oldVersions {
		for _, n := range nextProtocolCases {
			t.Run(v.String()+" "+n.name, func(t *testing.T) { test(t, n, oldRow{v, againSuite}) })
		}
	}
}

// nextServer is an s_server that negotiates so.
func (n nextProtocols) nextServer(r oldRow, more ...string) remoteServer {
	remote := opensslServer
	remote.command = func(s serverSetup) []string {
		args := []string{"s_server", "-accept", s.addr, "-cert", s.id.leafFile, "-key", s.id.keyFile, "-cert_chain", s.id.chainFile,
			"-nextprotoneg", strings.Join(n.server, ",")}
		return slices.Concat(args, more, opensslOld(r.version, r.suite.OpenSSL))
	}
	return remote
}

// nextClient are the arguments of an s_client that negotiates so.
func (n nextProtocols) nextClient(addr string, r oldRow, t *testing.T) []string {
	args := []string{"s_client", "-connect", addr, "-CAfile", newPKI(t).rootFile, "-nextprotoneg", strings.Join(n.client, ",")}
	return append(args, opensslOld(r.version, r.suite.OpenSSL)...)
}

// printed is what s_client says about the outcome.
func (n nextProtocols) printed() string {
	if n.overlap {
		return "Next protocol: (1) " + n.want
	}
	return "Next protocol: (2) " + n.want
}

// check compares our report with what is wanted.
func (n nextProtocols) check(t *testing.T, info *handshake.Info) {
	t.Helper()
	if info.NextProtocol != n.want || info.Protocol != "" {
		t.Errorf("the next protocol is %q, ALPN's is %q, want %q", info.NextProtocol, info.Protocol, n.want)
	}
}

// TestClientSaysNextProtocol: to s_server, also in another handshake, which doesn't change it, and when it resumes by id and by
// ticket. // S-129
func TestClientSaysNextProtocol(t *testing.T) {
	eachNextProtocols(t, func(t *testing.T, n nextProtocols, r oldRow) {
		for _, option := range []string{"-no_ticket", "-serverpref"} { // the second changes nothing here
			addr, process := n.nextServer(r, option, "-client_renegotiation").start(t, rsa, handshake.AuthNone)
			config := againConfig(t, r, nil)
			config.NextProtocols = n.client
			var session *handshake.Session
			config.NewSession = func(s *handshake.Session, _ any) { session = s }
			seen := 0
			for _, resumed := range []bool{false, true} {
				l := connectWith(t, addr, config, session)
				waitNext(t, process, "NEXTPROTO is "+n.want, &seen)
				n.check(t, l.conn.Info())
				if l.conn.Info().Resumed != resumed {
					t.Errorf("%s: resumed %v", option, !resumed)
				}
				if err := l.together(l.conn.Renegotiate); err != nil {
					t.Fatal(err)
				}
				n.check(t, l.conn.Info())
				checkNegotiated(t, r, l, 1)
				if err := l.finish(); err != nil {
					t.Error(err)
				}
				l.hangUp()
			}
		}
	})
}

// TestServerTakesNextProtocol: of s_client, which also negotiates again. // S-129
func TestServerTakesNextProtocol(t *testing.T) {
	eachNextProtocols(t, func(t *testing.T, n nextProtocols, r oldRow) {
		config := againServer(t, r)
		config.NextProtocols = n.server
		s := serve(t, config, echoLines)
		process := peers.Start(t, exec.Command("openssl", n.nextClient(s.addr, r, t)...))
		typeSteps(t, process, []step{{"one\n", n.printed()}, {"two\n", "two"}, {"R\n", "RENEGOTIATING"}, {"three\n", "three"}})
		process.Input.Close()
		got := s.wait(t)
		checkAgain(t, r, got, 1)
		n.check(t, got.link.conn.Info())
	})
}

// TestServerTakesNextProtocolOfWhoResumes: by id and by ticket.
func TestServerTakesNextProtocolOfWhoResumes(t *testing.T) {
	eachNextProtocols(t, func(t *testing.T, n nextProtocols, r oldRow) {
		for _, option := range []string{"-no_ticket", "-ign_eof"} { // the second is there in any case
			config := againServer(t, r)
			config.NextProtocols = n.server
			config.Sessions = engine.NewSessionCache(engine.CacheLimits{Time: config.Time})
			keys, err := engine.RandomTicketKeys(engine.Rotation{Time: config.Time})
			if err != nil {
				t.Fatal(err)
			}
			config.Tickets = keys
			s := serve(t, config, answerOnce)
			file := filepath.Join(t.TempDir(), "session")
			for _, use := range []string{"-sess_out", "-sess_in"} {
				output, err := peers.Run(t, exec.Command("openssl", append(n.nextClient(s.addr, r, t), "-ign_eof", option, use, file)...), greeting)
				got := s.wait(t)
				if err := errors.Join(err, got.err); err != nil {
					t.Fatal(err)
				}
				n.check(t, got.link.conn.Info())
				if !strings.Contains(output, n.printed()) || got.link.conn.Info().Resumed != (use == "-sess_in") {
					t.Errorf("%s %s: resumed %v, and s_client doesn't print %q",
						option, use, got.link.conn.Info().Resumed, n.printed())
				}
			}
		}
	})
}

// TestNoNextProtocol: ALPN goes before it, TLS 1.3 doesn't have it, and who isn't asked says nothing.
func TestNoNextProtocol(t *testing.T) {
	n := nextProtocolCases[0]
	for name, more := range map[string][]string{"ALPN": {"-alpn", protocol}, "TLS 1.3": nil} {
		r := oldRow{cipher.VersionTLS12, againSuite}
		if name == "TLS 1.3" {
			r.version = cipher.VersionTLS13
		}
		t.Run(name, func(t *testing.T) {
			row := row{version: r.version, key: rsa, alpn: name == "ALPN"}
			remote := opensslServer
			remote.command = func(s serverSetup) []string {
				return slices.Concat(sServer(s), []string{"-nextprotoneg", strings.Join(n.server, ",")})
			}
			addr, _ := remote.start(t, rsa, handshake.AuthNone)
			client, server := row.clientConfig(t), row.serverConfig(t)
			client.NextProtocols, server.NextProtocols = n.client, n.server
			l := connect(t, addr, client)
			row.check(t, l.conn.Info())
			if l.conn.Info().NextProtocol != "" {
				t.Errorf("our client has taken %q", l.conn.Info().NextProtocol)
			}
			s := serve(t, server, answerOnce)
			args := slices.Concat(sClient(clientSetup{addr: s.addr, root: newPKI(t).rootFile}), []string{"-nextprotoneg", strings.Join(n.client, ",")}, more)
			_, err := peers.Run(t, exec.Command("openssl", args...), greeting)
			got := s.wait(t)
			if err := errors.Join(err, got.err); err != nil {
				t.Fatal(err)
			}
			row.check(t, got.link.conn.Info())
			if got.link.conn.Info().NextProtocol != "" {
				t.Errorf("our server has been told %q", got.link.conn.Info().NextProtocol)
			}
		})
	}
}
