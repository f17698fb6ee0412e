package interop

import (
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tlsengine/cipher"
	"tlsengine/fuzz/peers"
)

// This file is NSS, the only library here that still has SSL 3.0, in both roles with every suite of every version before TLS 1.3.

// nssVersion is the name of a version in the option -V.
var nssVersion = map[cipher.Version]string{
	cipher.VersionSSL30: "ssl3", cipher.VersionTLS10: "tls1.0", cipher.VersionTLS11: "tls1.1", cipher.VersionTLS12: "tls1.2",
}

// nssOnly are the arguments that leave NSS one version and some suites.
func nssOnly(v cipher.Version, suites ...*cipher.Suite) []string {
	list := ""
	for _, s := range suites {
		list += fmt.Sprintf(":%04x", uint16(s.ID))
	}
	return []string{"-V", nssVersion[v] + ":" + nssVersion[v], "-c", list}
}

// nssHas tells which suites NSS has: it says so before it notices that nobody listens.
func nssHas(t testing.TB) func(cipher.Version, *cipher.Suite) bool {
	t.Helper()
	program := peers.Need(t, "tstclnt")
	lacks := map[*cipher.Suite]bool{}
	for _, s := range cipher.AllSuites() {
		args := append([]string{"-D", "-h", "127.0.0.1", "-p", "1"}, nssOnly(cipher.VersionTLS12, s)...)
		out, _ := exec.Command(program, args...).CombinedOutput()
		lacks[s] = strings.Contains(string(out), "SSL_CipherPrefSet")
	}
	return func(_ cipher.Version, s *cipher.Suite) bool { return !lacks[s] }
}

// eachNSS is eachOld with SSL 3.0.
func eachNSS(t *testing.T, has func(cipher.Version, *cipher.Suite) bool, test func(t *testing.T, r oldRow)) {
	eachOf(t, []cipher.Version{cipher.VersionSSL30}, has, test)
	eachOf(t, oldVersions, has, test)
}

// nssName is what an identity is called in a store.
const nssName = "identity"

// nssStore returns the folder of a store that trusts the root, with an identity unless that is nil; NSS takes two of one subject
// for the same.
func nssStore(t testing.TB, id *identity) string {
	t.Helper()
	folder := t.TempDir()
	run := func(program string, args ...string) {
		t.Helper()
		if out, err := peers.Run(t, exec.Command(peers.Need(t, program), args...), ""); err != nil {
			t.Fatalf("%s: %v\n%s", program, err, out)
		}
	}
	run("certutil", "-N", "-d", "sql:"+folder, "--empty-password")
	run("certutil", "-A", "-d", "sql:"+folder, "-n", "root", "-t", "CT,C,", "-a", "-i", newPKI(t).rootFile)
	if id != nil {
		file := filepath.Join(folder, "identity.p12")
		run("openssl", "pkcs12", "-export", "-in", id.chainFile, "-inkey", id.keyFile, "-name", nssName, "-passout", "pass:", "-out", file)
		run("pk12util", "-i", file, "-d", "sql:"+folder, "-W", "")
	}
	return folder
}

// TestOldClientAgainstNSS lets our client meet selfserv.
func TestOldClientAgainstNSS(whole *testing.T) {
	has, running := nssHas(whole), map[row]string{}
	eachNSS(whole, has, func(t *testing.T, r oldRow) {
		if r.version == cipher.VersionSSL30 && r.suite.Auth == cipher.AuthDSS {
			t.Skip("RFC 6101 doesn't say how a DSA signature is written: selfserv writes the two numbers alone, we and OpenSSL in DER, as in TLS")
		}
		s := r.setup()
		if running[s] == "" {
			running[s] = startNSS(whole, s, has)
		}
		l := connect(t, running[s], r.with(t, r.row().clientConfig(t)))
		r.check(t, l.conn.Info())
		askNSS(t, l)
	})
}

// startNSS starts selfserv with all suites of a version that go with a key, and returns its address.
func startNSS(t *testing.T, r row, has func(cipher.Version, *cipher.Suite) bool) string {
	t.Helper()
	suites := slices.DeleteFunc(cipher.AllSuites(), func(s *cipher.Suite) bool {
		return !s.Usable(r.version) || !has(r.version, s) || keyFor(s) != r.key
	})
	setup := serverSetup{addr: peers.FreeAddr(t)}
	args := append(nssOnly(r.version, suites...), "-d", "sql:"+nssStore(t, newPKI(t).identities[r.key]), "-n", nssName, "-p", setup.port(), "-H", "1")
	peers.Start(t, exec.Command(peers.Need(t, "selfserv"), args...)).WaitListening(setup.addr)
	return setup.addr
}

// askNSS sends a request, which selfserv's answer repeats.
func askNSS(t *testing.T, l *link) {
	t.Helper()
	defer l.hangUp()
	const request = "GET /fox HTTP/1.0\r\n\r\n"
	if _, err := l.Write([]byte(request)); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(l)
	if err != nil || !strings.Contains(string(got), request) {
		t.Errorf("selfserv answered %q: %v", got, err)
	}
}

// TestOldServerAgainstNSS lets tstclnt meet our server likewise, and compares what both export.
func TestOldServerAgainstNSS(t *testing.T) {
	program := peers.Need(t, "tstclnt")
	store := nssStore(t, nil)
	request := filepath.Join(store, "request")
	writeFile(t, request, []byte(greeting))
	eachNSS(t, nssHas(t), func(t *testing.T, r oldRow) {
		s := serve(t, r.with(t, r.row().serverConfig(t)), answerOnce)
		args := append([]string{"-4", "-h", serverName, "-p", clientSetup{addr: s.addr}.port(), "-d", "sql:" + store, "-A", request,
			"-x", exportLabel + ":" + fmt.Sprint(exportLength)}, nssOnly(r.version, r.suite)...)
		output, err := peers.Run(t, exec.Command(program, args...), "")
		result := s.wait(t)
		if err := errors.Join(err, result.err); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(output, greeting) {
			t.Errorf("the answer is not in its output")
		}
		r.check(t, result.link.conn.Info())
		if r.version > cipher.VersionSSL30 && r.suite.Hash != cipher.SHA384 { // with which NSS has no exporter
			checkExport(t, result.exported, strings.NewReplacer(":", "", " ", "", "\n", "").Replace(output))
		}
	})
}
