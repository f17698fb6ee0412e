package cipher

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"

	"tlsengine/fuzz/peers"
)

// pythonCiphers asks Python's ssl what each list selects before TLS 1.3; nil stands for a list that it refuses.
func pythonCiphers(t testing.TB, lists []string) [][]string {
	t.Helper()
	peers.Need(t, "python3")
	const program = `
import ssl, sys
for line in sys.stdin.buffer.read().split(b"\n")[:-1]:
    c = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        c.set_ciphers(line.decode("latin-1"))
        print(" ".join(x["name"] for x in c.get_ciphers() if x["protocol"] != "TLSv1.3"))
    except ssl.SSLError:
        print("-")
`
	cmd := exec.Command("python3", "-c", program)
	cmd.Stdin = strings.NewReader(strings.Join(lists, "\n") + "\n")
	cmd.Env = append(os.Environ(), "OPENSSL_CONF=/dev/null")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("python3: %v", err)
	}
	var all [][]string
	for line := range bytes.Lines(out) {
		if line = bytes.TrimSpace(line); string(line) == "-" {
			all = append(all, nil)
		} else {
			all = append(all, strings.Fields(string(line)))
		}
	}
	if len(all) != len(lists) {
		t.Fatalf("python3 answered %d of %d lists", len(all), len(lists))
	}
	return all
}
