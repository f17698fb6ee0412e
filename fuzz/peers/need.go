package peers

import (
	"os"
	"os/exec"
	"testing"
)

// program is one external program: the names it goes by, best first, and the Debian package that holds it.
type program struct {
	names   []string
	debian  string
	purpose string
}

// programs are the peers that tests may ask for, by the name given to [Need].
var programs = map[string]program{
	"openssl":     {[]string{"openssl"}, "openssl", "s_client and s_server"},
	"gnutls-cli":  {[]string{"gnutls-cli"}, "gnutls-bin", "GnuTLS as client"},
	"gnutls-serv": {[]string{"gnutls-serv"}, "gnutls-bin", "GnuTLS as server"},
	"curl":        {[]string{"curl"}, "curl", "an HTTPS client"},
	"python3":     {[]string{"python3"}, "python3", "the ssl module that sslsock is named after"},
	"chromium":    {[]string{"chromium", "chromium-browser", "google-chrome"}, "chromium", "BoringSSL in a browser"},
	"certutil":    {[]string{"certutil"}, "libnss3-tools", "puts a CA into the browser's store"},
	"pk12util":    {[]string{"pk12util"}, "libnss3-tools", "puts keys into NSS's store"},
	"selfserv":    {[]string{"selfserv"}, "libnss3-tools", "NSS as server, which has SSL 3.0"},
	"tstclnt":     {[]string{"tstclnt"}, "libnss3-tools", "NSS as client"},
	"tshark":      {[]string{"tshark"}, "tshark", "reads our records with our key log"},
}

// Need returns the path of the program called name, a key of the table in need.go. Where it isn't installed, the test
// ends: skipped with the reason, or failed when the environment has CI=true.
func Need(t testing.TB, name string) string {
	t.Helper()
	p, ok := programs[name]
	if !ok {
		t.Fatalf("peers: %q is not in the table of need.go", name)
	}
	for _, n := range p.names {
		if found, err := exec.LookPath(n); err == nil {
			return found
		}
	}
	Lack(t, "peer %s (%s) is not installed: apt-get install %s", name, p.purpose, p.debian)
	return ""
}

// Lack ends a test for want of something that this machine could have: skipped with the reason, or failed when the
// environment has CI=true.
func Lack(t testing.TB, format string, args ...any) {
	t.Helper()
	if InCI() {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// InCI reports whether the environment has CI=true: nothing may be missing then, and tests that may be cut short are not.
func InCI() bool { return os.Getenv("CI") == "true" }
