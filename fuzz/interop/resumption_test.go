package interop

import (
	"crypto/tls"
	"encoding/hex"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tlsengine/cipher"
	"tlsengine/engine"
	"tlsengine/fuzz/peers"
	"tlsengine/handshake"
)

// This file resumes sessions, by id and by ticket, in both roles.

// connectWith is connect with a session to offer.
func connectWith(t testing.TB, addr string, c *engine.Config, session *handshake.Session) *link {
	t.Helper()
	return dialWith(t, addr, c, engine.Options{Session: session}).mustHandshake(t)
}

// resumes connects, and twice more with the session of the first connection, as an FTPS client does.
func resumes(t *testing.T, addr string, v cipher.Version, answer func(string) string) *handshake.Session {
	t.Helper()
	c := row{version: v, key: p256}.clientConfig(t)
	var session *handshake.Session
	c.NewSession = func(s *handshake.Session, _ any) { session = s }
	talk(t, connectWith(t, addr, c, nil), answer)
	first := session
	if first == nil {
		t.Fatal("the server gave no session")
	}
	for range 2 {
		l := connectWith(t, addr, c, first)
		info := l.conn.Info()
		if !info.Resumed || info.Verdict == nil || len(info.PeerChain) == 0 {
			t.Errorf("resumed %v, verified %v, %d certificates", info.Resumed, info.Verdict != nil, len(info.PeerChain))
		}
		talk(t, l, answer)
	}
	return first
}

// TestClientResumesWithServers: B-017, B-018, B-020.
func TestClientResumesWithServers(t *testing.T) {
	byID := map[string]string{"openssl": "-no_ticket", "gnutls-serv": "--noticket"}
	for _, remote := range remoteServers {
		for _, v := range versions {
			for _, noTicket := range []bool{false, true} {
				option := byID[remote.program]
				if noTicket && (option == "" || v == cipher.VersionTLS13) {
					continue
				}
				name := remote.name + " " + v.String()
				if noTicket {
					name += " " + option
				}
				t.Run(name, func(t *testing.T) {
					peers.Need(t, remote.program)
					again := remote
					if noTicket {
						again.command = func(s serverSetup) []string { return append(remote.command(s), option) }
					}
					addr, _ := again.start(t, p256, handshake.AuthNone)
					session := resumes(t, addr, v, remote.answer)
					if ticket := len(session.Ticket()) > 0; ticket == noTicket {
						t.Errorf("the session has a ticket: %v", ticket)
					}
				})
			}
		}
	}
}

// TestClientResumesWithGo does so with crypto/tls.
func TestClientResumesWithGo(t *testing.T) {
	for _, v := range versions {
		t.Run(v.String(), func(t *testing.T) {
			listener := listen(t)
			config := row{version: v, key: p256}.stdServer(t)
			go func() {
				for {
					result := acceptStd(listener, config)
					if result.err != nil {
						return
					}
				}
			}()
			resumes(t, listener.Addr().String(), v, same)
		})
	}
}

// resumingServer makes our server give sessions.
func resumingServer(t *testing.T, v cipher.Version, h handler) *server {
	t.Helper()
	c := row{version: v, key: p256}.serverConfig(t)
	c.Sessions = engine.NewSessionCache(engine.CacheLimits{Time: c.Time})
	keys, err := engine.RandomTicketKeys(engine.Rotation{Time: c.Time})
	if err != nil {
		t.Fatal(err)
	}
	c.Tickets = keys
	return serve(t, c, h)
}

// resumed waits for two connections and expects that the second one was resumed.
func (s *server) resumed(t *testing.T) {
	t.Helper()
	resumed := 0 // in either order: the connections' ends are told by goroutines of their own
	for range 2 {
		r := s.wait(t)
		if r.err != nil {
			t.Fatal(r.err)
		}
		if r.link.conn.Info().Resumed {
			resumed++
		}
	}
	if resumed != 1 {
		t.Errorf("%d of two connections were resumed, want the second", resumed)
	}
}

// TestServerResumesForOpenSSL: s_client writes its session to a file, and another one offers it.
func TestServerResumesForOpenSSL(t *testing.T) {
	openssl := peers.Need(t, "openssl")
	for _, v := range versions {
		for _, option := range []string{"", "-no_ticket"} {
			if option != "" && v == cipher.VersionTLS13 {
				continue
			}
			t.Run(v.String()+" "+option, func(t *testing.T) {
				s := resumingServer(t, v, answerOnce)
				file := filepath.Join(t.TempDir(), "session")
				setup := clientSetup{addr: s.addr, root: newPKI(t).rootFile}
				for _, use := range []string{"-sess_out", "-sess_in"} {
					args := append(sClient(setup), use, file)
					if option != "" {
						args = append(args, option)
					}
					output, err := peers.Run(t, exec.Command(openssl, args...), greeting)
					if err != nil {
						t.Fatal(err)
					}
					if reused := strings.Contains(output, "\nReused, "); reused != (use == "-sess_in") {
						t.Errorf("%s: reused %v", use, reused)
					}
				}
				s.resumed(t)
			})
		}
	}
}

// TestServerResumesForGnuTLS: gnutls-cli connects twice.
func TestServerResumesForGnuTLS(t *testing.T) {
	gnutls := peers.Need(t, "gnutls-cli")
	for _, v := range versions {
		t.Run(v.String(), func(t *testing.T) {
			s := resumingServer(t, v, answerAndWait)
			setup := clientSetup{addr: s.addr, root: newPKI(t).rootFile}
			output, err := peers.Run(t, exec.Command(gnutls, append([]string{"--resume", "--waitresumption"}, gnutlsCli(setup)...)...), greeting)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(output, "This is a resumed session") {
				t.Errorf("not resumed:\n%s", output)
			}
		})
	}
}

// TestServerResumesForCurl: curl gets two pages, each over a connection of its own.
func TestServerResumesForCurl(t *testing.T) {
	program := peers.Need(t, "curl")
	for _, v := range versions {
		t.Run(v.String(), func(t *testing.T) {
			s := resumingServer(t, v, answerOnce)
			setup := clientSetup{addr: s.addr, root: newPKI(t).rootFile}
			args := append(curl(setup), "https://"+serverName+":"+setup.port()+"/again")
			if output, err := peers.Run(t, exec.Command(program, args...), ""); err != nil || strings.Count(output, strings.TrimSpace(greeting)) != 2 {
				t.Fatalf("%v: %q", err, output)
			}
			s.resumed(t)
		})
	}
}

// TestServerResumesForPython: ssl's session and session_reused, and the tls-unique of both connections.
func TestServerResumesForPython(t *testing.T) {
	python := peers.Need(t, "python3")
	for _, v := range versions {
		t.Run(v.String(), func(t *testing.T) {
			told := "" // what Python should print
			s := resumingServer(t, v, func(l *link) error {
				unique, _ := l.conn.Unique() // TLS 1.3 has none
				told += map[bool]string{false: "False ", true: "True "}[l.conn.Info().Resumed] + hex.EncodeToString(unique) + "\n"
				return answerOnce(l)
			})
			setup := clientSetup{addr: s.addr, root: newPKI(t).rootFile}
			output, err := peers.Run(t, exec.Command(python, "testdata/resume.py", setup.root, serverName, setup.port()), "")
			if err != nil {
				t.Fatalf("%v: %q", err, output)
			}
			s.resumed(t) // which has waited for both connections
			if output != told {
				t.Errorf("Python says %q, want %q", output, told)
			}
		})
	}
}

// TestServerResumesForGo does so for crypto/tls.
func TestServerResumesForGo(t *testing.T) {
	for _, v := range versions {
		t.Run(v.String(), func(t *testing.T) {
			s := resumingServer(t, v, answerAndWait)
			config := row{version: v, key: p256}.stdClient(t)
			config.ClientSessionCache = tls.NewLRUClientSessionCache(1)
			for i := range 2 {
				tcp, err := net.Dial("tcp", s.addr)
				if err != nil {
					t.Fatal(err)
				}
				result := talkStd(tls.Client(withDeadline(tcp), config))
				if result.err != nil || result.state.DidResume != (i > 0) {
					t.Fatalf("connection %d: %v, resumed %v", i+1, result.err, result.state.DidResume)
				}
			}
			s.resumed(t)
		})
	}
}
