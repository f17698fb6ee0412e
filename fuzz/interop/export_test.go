package interop

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tlsengine/fuzz/peers"
)

// TestClientExportsAsOpenSSL compares keying material with what s_server prints. (B-065)
func TestClientExportsAsOpenSSL(t *testing.T) {
	openssl := peers.Need(t, "openssl")
	id := newPKI(t).identities[p256]
	addr := peers.FreeAddr(t)
	process := peers.Start(t, exec.Command(openssl, "s_server", "-accept", addr, "-cert", id.leafFile, "-cert_chain", id.chainFile, "-key", id.keyFile,
		"-keymatexport", exportLabel, "-keymatexportlen", fmt.Sprint(exportLength)))
	process.WaitListening(addr)
	for _, v := range versions {
		t.Run(v.String(), func(t *testing.T) {
			l := connect(t, addr, row{version: v, key: p256}.clientConfig(t))
			exported, err := l.conn.Export(exportLabel, nil, exportLength)
			if err != nil {
				t.Fatal(err)
			}
			process.WaitOutput(strings.ToUpper(hex.EncodeToString(exported)))
			if err := l.finish(); err != nil {
				t.Error(err)
			}
			l.hangUp()
		})
	}
}

// TestKeyLogsAsOpenSSL compares our key log with the one that openssl writes of the same connections, in both roles. (B-054)
func TestKeyLogsAsOpenSSL(t *testing.T) {
	openssl := peers.Need(t, "openssl")
	p := newPKI(t)
	id := p.identities[p256]
	for _, v := range versions {
		r := row{version: v, key: p256}
		t.Run("server "+v.String(), func(t *testing.T) {
			var ours bytes.Buffer
			config := r.serverConfig(t)
			config.KeyLog = &ours
			theirs := filepath.Join(t.TempDir(), "keys")
			s := serve(t, config, answerOnce)
			if _, err := peers.Run(t, exec.Command(openssl, "s_client", "-connect", s.addr, "-CAfile", p.rootFile, "-ign_eof", "-keylogfile", theirs), greeting); err != nil {
				t.Error(err)
			}
			if err := s.wait(t).err; err != nil {
				t.Fatal(err)
			}
			compareKeyLogs(t, ours.Bytes(), theirs)
		})
		t.Run("client "+v.String(), func(t *testing.T) {
			var ours bytes.Buffer
			config := r.clientConfig(t)
			config.KeyLog = &ours
			theirs := filepath.Join(t.TempDir(), "keys")
			addr := peers.FreeAddr(t)
			process := peers.Start(t, exec.Command(openssl, "s_server", "-accept", addr, "-rev", "-naccept", "1", "-keylogfile", theirs,
				"-cert", id.leafFile, "-cert_chain", id.chainFile, "-key", id.keyFile))
			process.WaitListening(addr)
			talk(t, connect(t, addr, config), reversed)
			process.Wait() // the log is whole when it has ended
			compareKeyLogs(t, ours.Bytes(), theirs)
		})
	}
}

// compareKeyLogs compares the lines in any order.
func compareKeyLogs(t *testing.T, ours []byte, file string) {
	t.Helper()
	theirs, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	a, b := keyLogLines(ours), keyLogLines(theirs)
	if len(a) == 0 || !slices.Equal(a, b) {
		t.Errorf("our key log:\n%s\nopenssl's:\n%s", strings.Join(a, "\n"), strings.Join(b, "\n"))
	}
}

func keyLogLines(log []byte) []string {
	var lines []string
	for line := range strings.Lines(string(log)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			lines = append(lines, line)
		}
	}
	slices.Sort(lines)
	return lines
}
