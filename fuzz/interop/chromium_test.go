package interop

import (
	"crypto/sha256"
	"encoding/base64"
	"os/exec"
	"strings"
	"testing"

	"tlsengine/cipher"
	"tlsengine/engine"
	"tlsengine/fuzz/peers"
	"tlsengine/handshake"
)

// browserRows are what our server insists on; the browser has its defaults.
var browserRows = []row{
	{version: cipher.VersionTLS13, group: cipher.CurveP384, key: rsa, alpn: true, retry: true},
	{version: cipher.VersionTLS12, suite: cipher.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, key: p384, alpn: true},
	{version: cipher.VersionTLS12, suite: cipher.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, key: rsa},
}

// TestServerAgainstChromium shows that a browser fetches a page from our server, with all keys that browsers take.
func TestServerAgainstChromium(t *testing.T) {
	peers.Need(t, "chromium")
	for _, r := range browserRows {
		t.Run(r.String(), func(t *testing.T) {
			info := browse(t, r.key, r.serverConfig(t))
			r.check(t, info)
		})
	}
}

// TestServerDefaultsAgainstChromium shows what a browser and our defaults come to: TLS 1.3 with X25519MLKEM768, at once.
func TestServerDefaultsAgainstChromium(t *testing.T) {
	config := row{key: p256}.serverConfig(t)
	config.Groups = nil
	info := browse(t, p256, config)
	if info.Version != cipher.VersionTLS13 || info.Group.ID != cipher.X25519MLKEM768 || info.HelloRetried || info.ServerName != serverName {
		t.Errorf("agreed on %v, %v (retried: %v) for %q", info.Version, info.Group, info.HelloRetried, info.ServerName)
	}
}

// browse has Chromium show our page, and returns what its first connection agreed on.
func browse(t *testing.T, key keyName, config *engine.Config) *handshake.Info {
	t.Helper()
	chromium := peers.Need(t, "chromium")
	spki := sha256.Sum256(newPKI(t).identities[key].chain[0].RawSPKI())
	s := serve(t, config, answer)
	_, port, _ := strings.Cut(s.addr, ":")
	output, err := peers.Run(t, exec.Command(chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
		"--user-data-dir="+t.TempDir(), "--ignore-certificate-errors-spki-list="+base64.StdEncoding.EncodeToString(spki[:]),
		"--dump-dom", "https://"+serverName+":"+port+"/"), "")
	if err != nil || !strings.Contains(output, strings.TrimSpace(greeting)) {
		t.Errorf("the browser doesn't show our page: %v", err)
	}
	first := s.wait(t)
	if first.err != nil {
		t.Fatal(first.err)
	}
	return first.link.conn.Info()
}
