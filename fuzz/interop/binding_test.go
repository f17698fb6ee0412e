package interop

import (
	"crypto/sha256"
	"encoding/hex"
	"os/exec"
	"strings"
	"testing"

	"tlsengine/cipher"
	"tlsengine/engine"
	"tlsengine/fuzz/peers"
	"tlsengine/handshake"
)

// This file compares channel bindings with those of GnuTLS, which prints all three: tls-unique and tls-server-end-point (RFC
// 5929), and tls-exporter (RFC 9266).

// boundVersions are those that have channel bindings, and what GnuTLS takes for each.
var boundVersions = map[cipher.Version]string{
	cipher.VersionTLS10: gnutlsPriority(cipher.VersionTLS10), cipher.VersionTLS11: gnutlsPriority(cipher.VersionTLS11),
	cipher.VersionTLS12: gnutlsPriority(cipher.VersionTLS12), cipher.VersionTLS13: "NORMAL:-VERS-ALL:+VERS-TLS1.3",
}

// boundRow has a suite of the version.
func boundRow(v cipher.Version) oldRow {
	if v == cipher.VersionTLS13 {
		return oldRow{v, cipher.SuiteByID(cipher.TLS_AES_128_GCM_SHA256)}
	}
	return oldRow{v, againSuite}
}

// bindings returns what GnuTLS should print about a connection to a server with the RSA key.
func bindings(t testing.TB, l *link) []string {
	t.Helper()
	unique := "not available"
	if u, err := l.conn.Unique(); err == nil {
		unique = hex.EncodeToString(u)
	} else if l.conn.Info().Version < cipher.VersionTLS13 {
		t.Error(err)
	}
	endPoint := sha256.Sum256(newPKI(t).identities[rsa].chain[0].Raw())
	exporter, err := l.conn.Export("EXPORTER-Channel-Binding", []byte{}, 32)
	if err != nil {
		t.Error(err)
	}
	return []string{"'tls-unique': " + unique, "'tls-exporter': " + hex.EncodeToString(exporter), "'tls-server-end-point': " + hex.EncodeToString(endPoint[:])}
}

// TestServerBindsAsGnuTLS: gnutls-cli connects twice, the second time with the session of the first.
func TestServerBindsAsGnuTLS(t *testing.T) {
	gnutls := peers.Need(t, "gnutls-cli")
	for v, priority := range boundVersions {
		t.Run(v.String(), func(t *testing.T) {
			r := boundRow(v)
			row := r.row()
			row.key = rsa
			c := r.with(t, row.serverConfig(t))
			keys, err := engine.RandomTicketKeys(engine.Rotation{Time: c.Time})
			if err != nil {
				t.Fatal(err)
			}
			c.Tickets, c.PSKs = keys, nil
			bound := make(chan []string, 2)
			s := serve(t, c, func(l *link) error {
				bound <- bindings(t, l)
				return answerAndWait(l)
			})
			args := append([]string{"--verbose", "--resume", "--waitresumption", "--priority", priority}, gnutlsCli(clientSetup{addr: s.addr, root: newPKI(t).rootFile})...)
			output, err := peers.Run(t, exec.Command(gnutls, args...), greeting)
			if err != nil || !strings.Contains(output, "This is a resumed session") {
				t.Errorf("%v: or nothing is resumed", err)
			}
			s.wait(t)
			if r := s.wait(t); r.err != nil {
				t.Error(r.err)
			}
			for range 2 {
				for _, want := range <-bound {
					if !strings.Contains(output, want) {
						t.Errorf("gnutls-cli doesn't print %s", want)
					}
				}
			}
		})
	}
}

// TestClientBindsAsGnuTLS is the same with the roles exchanged. When gnutls-serv has resumed a session it doesn't know its own
// certificate.
func TestClientBindsAsGnuTLS(t *testing.T) {
	for v, priority := range boundVersions {
		t.Run(v.String(), func(t *testing.T) {
			r := boundRow(v)
			row := r.row()
			row.key = rsa
			remote := gnutlsServer
			remote.command = func(s serverSetup) []string { return append(gnutlsServ(s), "--priority", priority) }
			addr, process := remote.start(t, rsa, handshake.AuthNone)
			c := r.with(t, row.clientConfig(t))
			c.PSKs = nil
			var session *handshake.Session
			c.NewSession = func(s *handshake.Session, _ any) { session = s }
			for i := range 2 {
				l := connectWith(t, addr, c, session)
				for _, want := range bindings(t, l)[:3-i] {
					process.WaitOutput(want)
				}
				if l.conn.Info().Resumed != (i > 0) {
					t.Errorf("connection %d is resumed: %v", i+1, l.conn.Info().Resumed)
				}
				talk(t, l, remote.answer)
			}
		})
	}
}
