package interop

import (
	"crypto/sha256"
	"encoding/base64"
	"os/exec"
	"strings"
	"testing"

	"tlsengine/cipher"
	"tlsengine/fuzz/peers"
)

// TestServerAgainstChromium shows that a browser fetches a page from our server, with TLS 1.3 and X25519MLKEM768, and with every kind
// of key that browsers take.
func TestServerAgainstChromium(t *testing.T) {
	chromium := peers.Need(t, "chromium")
	id := newPKI(t).identities[p256]
	spki := sha256.Sum256(id.chain[0].RawSPKI())
	config := row{key: p256}.serverConfig(t)
	config.Groups = nil // our defaults
	config.Protocols = []string{protocol}
	s := serve(t, config, answer)
	_, port, _ := strings.Cut(s.addr, ":")
	output, err := peers.Run(t, exec.Command(chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
		"--user-data-dir="+t.TempDir(), "--ignore-certificate-errors-spki-list="+base64.StdEncoding.EncodeToString(spki[:]),
		"--dump-dom", "https://"+serverName+":"+port+"/"), "")
	if err != nil || !strings.Contains(output, strings.TrimSpace(greeting)) {
		t.Fatalf("the browser doesn't show our page: %v", err)
	}
	first := s.wait(t)
	if first.err != nil {
		t.Fatal(first.err)
	}
	info := first.link.conn.Info()
	if info.Version != cipher.VersionTLS13 || info.Group.ID != cipher.X25519MLKEM768 || info.ServerName != serverName || info.Protocol != protocol {
		t.Errorf("agreed on %v, %v, %q, %q", info.Version, info.Group, info.ServerName, info.Protocol)
	}
}
