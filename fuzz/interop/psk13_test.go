package interop

import (
	"encoding/hex"
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tlsengine/cipher"
	"tlsengine/engine"
	"tlsengine/fuzz/peers"
	"tlsengine/handshake"
	"tlsengine/record"
)

// This file is about PSKs from outside in TLS 1.3, in both roles; old_test.go has those of before. crypto/tls, curl and Python
// 3.11 have none.

// gnutlsPSK lets GnuTLS do TLS 1.3 with a PSK, with a key exchange beside it and nothing else.
const gnutlsPSK = "NORMAL:-VERS-ALL:+VERS-TLS1.3:-KX-ALL:+ECDHE-PSK"

// with13PSK adds the PSK to a configuration.
func with13PSK(t testing.TB, c *engine.Config) *engine.Config {
	t.Helper()
	psk, err := handshake.NewPSK([]byte(pskName), pskKey, cipher.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	c.PSKs = []*handshake.PSK{psk}
	return c
}

// checkPSK looks whether the PSK was all that showed who the peer is.
func checkPSK(t *testing.T, info *handshake.Info) {
	t.Helper()
	if info.PSK == nil || string(info.PSK.Identity()) != pskName || info.PeerChain != nil || info.Resumed || info.Group == nil {
		t.Errorf("PSK %v, %d certificates, resumed %v, group %v", info.PSK, len(info.PeerChain), info.Resumed, info.Group)
	}
}

// TestClientUsesPSKWithServers: s_server and gnutls-serv know the key, the second asks for another key share too.
func TestClientUsesPSKWithServers(t *testing.T) {
	passwords := filepath.Join(t.TempDir(), "psk")
	writeFile(t, passwords, []byte(pskName+":"+hex.EncodeToString(pskKey)+"\n"))
	for _, remote := range []remoteServer{opensslServer, gnutlsServer} {
		for _, retry := range []bool{false, true} {
			name := remote.name
			if retry {
				name += " retry"
			}
			t.Run(name, func(t *testing.T) {
				again := remote
				again.command = func(s serverSetup) []string {
					if remote.program == "gnutls-serv" {
						priority := gnutlsPSK
						if retry {
							priority += ":-GROUP-ALL:+GROUP-SECP384R1"
						}
						return []string{"--port", s.port(), "--echo", "--pskpasswd", passwords, "--priority", priority}
					}
					args := []string{"s_server", "-accept", s.addr, "-nocert", "-psk_identity", pskName, "-psk", hex.EncodeToString(pskKey), "-rev"}
					if retry {
						args = append(args, "-groups", "P-384")
					}
					return args
				}
				addr, _ := again.start(t, p256, handshake.AuthNone)
				c := with13PSK(t, row{version: cipher.VersionTLS13, key: p256}.clientConfig(t))
				c.Groups, c.KeyShares = []cipher.GroupID{cipher.X25519, cipher.CurveP384}, []cipher.GroupID{cipher.X25519}
				l := connect(t, addr, c)
				checkPSK(t, l.conn.Info())
				if l.conn.Info().HelloRetried != retry {
					t.Errorf("asked again: %v", l.conn.Info().HelloRetried)
				}
				talk(t, l, remote.answer)
			})
		}
	}
}

// TestServerTakesPSKOfClients: s_client and gnutls-cli have the key, and our server no certificate that could help.
func TestServerTakesPSKOfClients(t *testing.T) {
	for _, remote := range []remoteClient{opensslClient, gnutlsClient} {
		for _, retry := range []bool{false, true} {
			name := remote.name
			if retry {
				name += " retry"
			}
			t.Run(name, func(t *testing.T) {
				program := peers.Need(t, remote.program)
				c := with13PSK(t, row{version: cipher.VersionTLS13, key: p256}.serverConfig(t))
				c.Credentials = nil
				if retry {
					c.Groups = []cipher.GroupID{cipher.CurveP384}
				}
				s := serve(t, c, remote.handle())
				setup := clientSetup{addr: s.addr, root: newPKI(t).rootFile}
				args := []string{"s_client", "-connect", s.addr, "-tls1_3", "-psk_identity", pskName, "-psk", hex.EncodeToString(pskKey),
					"-groups", "X25519:P-384", "-ign_eof"}
				if remote.program == "gnutls-cli" {
					args = []string{"--port", setup.port(), "--pskusername", pskName, "--pskkey", hex.EncodeToString(pskKey),
						"--priority", gnutlsPSK + ":-GROUP-ALL:+GROUP-X25519:+GROUP-SECP384R1", "--single-key-share", "127.0.0.1"}
				}
				output, err := peers.Run(t, exec.Command(program, args...), greeting)
				if err != nil || !strings.Contains(output, greeting) {
					t.Errorf("%v: the answer isn't in its output", err)
				}
				r := s.wait(t)
				if r.err != nil {
					t.Fatal(r.err)
				}
				checkPSK(t, r.link.conn.Info())
				if r.link.conn.Info().HelloRetried != retry {
					t.Errorf("asked again: %v", r.link.conn.Info().HelloRetried)
				}
			})
		}
	}
}

// TestWrongPSK: a client whose key is another one is refused by its binder.
func TestWrongPSK(t *testing.T) {
	openssl := peers.Need(t, "openssl")
	s := serve(t, with13PSK(t, row{version: cipher.VersionTLS13, key: p256}.serverConfig(t)), answerOnce)
	args := []string{"s_client", "-connect", s.addr, "-tls1_3", "-psk_identity", pskName, "-psk", "00112233445566778899aabbccddeeff", "-ign_eof"}
	if _, err := peers.Run(t, exec.Command(openssl, args...), greeting); err == nil {
		t.Error("s_client is content")
	}
	var e *record.Error
	if err := s.wait(t).err; !errors.As(err, &e) || e.Alert != record.AlertDecryptError {
		t.Errorf("our server says %v", err)
	}
}

// TestResumptionAfterARetry: the ticket is offered in both hellos, with another binder in the second.
func TestResumptionAfterARetry(t *testing.T) {
	for _, remote := range []remoteServer{opensslServer, gnutlsServer} {
		t.Run("client "+remote.name, func(t *testing.T) {
			again := remote
			again.command = func(s serverSetup) []string {
				if remote.program == "gnutls-serv" {
					return append(remote.command(s), "--priority", "NORMAL:-GROUP-ALL:+GROUP-SECP384R1")
				}
				return append(remote.command(s), "-groups", "P-384")
			}
			addr, _ := again.start(t, p256, handshake.AuthNone)
			c := row{version: cipher.VersionTLS13, key: p256}.clientConfig(t)
			c.Groups, c.KeyShares = []cipher.GroupID{cipher.X25519, cipher.CurveP384}, []cipher.GroupID{cipher.X25519}
			var session *handshake.Session
			c.NewSession = func(s *handshake.Session, _ any) { session = s }
			for i := range 2 {
				l := connectWith(t, addr, c, session)
				if info := l.conn.Info(); !info.HelloRetried || info.Resumed != (i > 0) {
					t.Errorf("connection %d: asked again %v, resumed %v", i+1, info.HelloRetried, info.Resumed)
				}
				talk(t, l, remote.answer)
			}
		})
	}
	t.Run("server "+gnutlsClient.name, func(t *testing.T) {
		gnutls := peers.Need(t, "gnutls-cli")
		c := row{version: cipher.VersionTLS13, key: p256}.serverConfig(t)
		keys, err := engine.RandomTicketKeys(engine.Rotation{Time: c.Time})
		if err != nil {
			t.Fatal(err)
		}
		c.Tickets, c.Groups = keys, []cipher.GroupID{cipher.CurveP384}
		s := serve(t, c, answerAndWait)
		args := append([]string{"--resume", "--waitresumption", "--single-key-share", "--priority", "NORMAL:-GROUP-ALL:+GROUP-X25519:+GROUP-SECP384R1"},
			gnutlsCli(clientSetup{addr: s.addr, root: newPKI(t).rootFile})...)
		output, err := peers.Run(t, exec.Command(gnutls, args...), greeting)
		if err != nil || !strings.Contains(output, "This is a resumed session") {
			t.Errorf("%v: not resumed", err)
		}
		for i := range 2 {
			r := s.wait(t)
			if info := r.link.conn.Info(); info == nil || !info.HelloRetried || info.Resumed != (i > 0) {
				t.Errorf("connection %d: %v, %+v", i+1, r.err, info)
			}
		}
	})
}
