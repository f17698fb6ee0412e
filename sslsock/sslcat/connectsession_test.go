package main

import (
	"encoding/pem"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestConnectResumes keeps a session of openssl s_server in a file, offers it again, and connects twice by itself. B-016, B-017
func TestConnectResumes(t *testing.T) {
	p := newPaper(t)
	cert, key := p.leaf(t, "server", localhost())
	for _, version := range []string{"-tls1_2", "-tls1_3"} {
		addr := sServer(t, cert, key, version)
		_, port, _ := net.SplitHostPort(addr)
		file := filepath.Join(t.TempDir(), "session")
		get := func(more ...string) result {
			t.Helper()
			r := sslcat(t, "GET / HTTP/1.0\r\n\r\n", append([]string{"connect", "localhost:" + port, "-ca", p.path("ca.pem")}, more...)...)
			if r.status != 0 {
				t.Fatalf("%s %v: %s", version, more, r.err)
			}
			return r
		}
		if r := get("-sess-out", file); strings.Contains(r.err, "resumed") {
			t.Error("the first connection is resumed")
		}
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v: %v", info.Mode(), err)
		}
		holds(t, get("-sess-in", file).err, "resumed")
		holds(t, get("-reconnect").err, "resumed")
	}
}

// TestConnectRefusesWhatIsNoSession says which file it is.
func TestConnectRefusesWhatIsNoSession(t *testing.T) {
	file := filepath.Join(t.TempDir(), "session")
	for _, text := range [][]byte{[]byte("nothing"), pem.EncodeToMemory(&pem.Block{Type: sessionPEM, Bytes: []byte("nothing")})} {
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		holds(t, fails(t, "connect", "localhost:1", "-sess-in", file), "-sess-in "+file)
	}
	holds(t, fails(t, "connect", "localhost:1", "-sess-in", file+"s"), "-sess-in", "no such file")
}
