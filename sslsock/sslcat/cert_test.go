package main

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"tlsengine/fuzz/peers"
	"tlsengine/x509lite"
)

// makes runs `sslcat cert` with what must succeed, in the test's directory, and returns what it prints.
func makes(t *testing.T, args ...string) string {
	t.Helper()
	r := sslcat(t, "", append([]string{"cert"}, args...)...)
	if r.status != 0 || r.err != "" {
		t.Fatalf("sslcat cert %q: exit status %d, %s", args, r.status, r.err)
	}
	return r.out
}

// openssl runs a command of openssl's and returns what it prints.
func openssl(t *testing.T, args ...string) string {
	t.Helper()
	out, err := peers.Run(t, exec.Command(peers.Need(t, "openssl"), args...), "")
	if err != nil {
		t.Errorf("openssl %q: %v\n%s", args, err, out)
	}
	return out
}

func readCertificates(t *testing.T, name string) []*x509lite.Certificate {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	list, err := x509lite.ParseCertificatesPEM(text)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// seedFields are the answers in the example of Python's documentation, "Self-signed certificates".
var seedFields = []string{
	"-country", "US", "-state", "MyState", "-locality", "Some City", "-organization", "My Organization, Inc.", "-unit", "My Group",
	"-cn", "myserver.mygroup.myorganization.com", "-subject-email", "ops@myserver.mygroup.myorganization.com",
}

// TestCertMakesTheSeedsExample makes what the example makes, in one file, and shows it to openssl.
func TestCertMakesTheSeedsExample(t *testing.T) {
	t.Chdir(t.TempDir())
	out := makes(t, append(seedFields, "-out", "cert.pem", "-key-out", "./cert.pem", "-days", "365")...)
	holds(t, out, "certificate   cert.pem (with the key", "private key   cert.pem\n",
		"C=US, ST=MyState, L=Some City, O=My Organization\\, Inc., OU=My Group",
		"myserver.mygroup.myorganization.com, ops@myserver.mygroup.myorganization.com", "issued by     itself")
	text, err := os.ReadFile("cert.pem")
	if err != nil {
		t.Fatal(err)
	}
	holds(t, string(text), "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----\n-----BEGIN CERTIFICATE-----",
		"-----END CERTIFICATE-----")
	if info, err := os.Stat("cert.pem"); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("a file with a key has the mode %v, %v", info.Mode(), err)
	}
	holds(t, openssl(t, "verify", "-x509_strict", "-CAfile", "cert.pem", "cert.pem"), "cert.pem: OK")
	holds(t, openssl(t, "x509", "-in", "cert.pem", "-noout", "-subject", "-checkhost", "myserver.mygroup.myorganization.com"),
		`C = US, ST = MyState, L = Some City, O = "My Organization, Inc.", OU = My Group, CN = myserver.mygroup.myorganization.com, `+
			`emailAddress = ops@myserver.mygroup.myorganization.com`, "does match certificate")
	openssl(t, "x509", "-in", "cert.pem", "-noout", "-checkend", "31449600") // 364 days
}

// TestCertChainsOfEveryKeyTypeVerify makes root, intermediate and leaf of each type of key, which openssl accepts at
// its strictest.
func TestCertChainsOfEveryKeyTypeVerify(t *testing.T) {
	for _, k := range keyTypes {
		if k.kind == x509lite.KeyRSA4096 {
			continue // takes too long three times; it is a number beside the others
		}
		t.Run(k.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			makes(t, "-ca", "-cn", "Root", "-organization", "Test", "-out", "root.pem", "-key-out", "root.key", "-key-type", k.name)
			makes(t, "-ca", "-cn", "Middle", "-out", "middle.pem",
				"-key-out", "middle.key", "-issuer", "root.pem", "-issuer-key", "root.key",
				"-key-type", k.name)
			out := makes(t, "-dns", "example.org,*.example.org,*.bücher.example", "-dns", "localhost", "-ip", "127.0.0.1,::1",
				"-email", "ops@example.org", "-uri", "spiffe://example.org/server,https://example.org:1/", "-out", "leaf.pem",
				"-key-out", "leaf.key", "-issuer", "middle.pem", "-issuer-key", "middle.key", "-key-type", k.name, "-text")
			if n := len(readCertificates(t, "leaf.pem")); n != 2 {
				t.Errorf("the leaf's file has %d certificates, want itself and its issuer", n)
			}
			if k.kind >= x509lite.KeyMLDSA44 {
				verifiesByUs(t) // OpenSSL has ML-DSA from 3.5 on
				return
			}
			holds(t, openssl(t, "verify", "-x509_strict", "-purpose",
				"sslserver", "-verify_hostname", "www.example.org", "-CAfile", "root.pem",
				"-untrusted", "leaf.pem", "leaf.pem"), "leaf.pem: OK")
			holds(t, openssl(t, "verify", "-x509_strict", "-verify_ip",
				"::1", "-CAfile", "root.pem", "-untrusted", "middle.pem", "leaf.pem"), "OK")
			text := openssl(t, "x509", "-in", "leaf.pem", "-noout", "-text")
			if out != text {
				t.Errorf("-text prints\n%s\nopenssl\n%s", out, text)
			}
			holds(t, text, "DNS:example.org, DNS:*.example.org, DNS:*.xn--bcher-kva.example, DNS:localhost, IP Address:127.0.0.1, "+
				"IP Address:0:0:0:0:0:0:0:1, email:ops@example.org, URI:spiffe://example.org/server, URI:https://example.org:1/")
			if openssl(t, "pkey", "-in", "leaf.key", "-pubout") != openssl(t, "x509", "-in", "leaf.pem", "-noout", "-pubkey") {
				t.Error("the key is another one")
			}
		})
	}
}

// verifiesByUs judges the chain of the test's files, and its key, by package x509lite.
func verifiesByUs(t *testing.T) {
	t.Helper()
	leaf, root := readCertificates(t, "leaf.pem"), readCertificates(t, "root.pem")
	roots := x509lite.NewPool()
	roots.Add(root[0])
	_, err := x509lite.Verify(leaf[0], &x509lite.VerifyOptions{
		Roots: roots, Intermediates: leaf[1:], Time: time.Now(),
		Purpose: x509lite.ServerAuth, Hostname: "www.example.org", Degree: x509lite.Strict,
	})
	if err != nil {
		t.Error(err)
	}
	text, err := os.ReadFile("leaf.key")
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509lite.ParsePrivateKeyPEM(text)
	if err != nil {
		t.Fatal(err)
	}
	if err := leaf[0].CheckKey(key); err != nil {
		t.Error(err)
	}
}

// TestCertServesAndConnects uses what cert makes as its help says, between the two ends of sslcat.
func TestCertServesAndConnects(t *testing.T) {
	t.Chdir(t.TempDir())
	makes(t, "-ca", "-cn", "Our CA", "-out", "ca.pem", "-key-out", "ca.key")
	makes(t, "-ca", "-cn", "Our other CA", "-out", "middle.pem",
		"-key-out", "middle.pem", "-issuer", "ca.pem", "-issuer-key", "ca.key")
	makes(t, "-cn", "localhost", "-out", "self.pem", "-key-out", "self.key")
	makes(t, "-cn", "localhost", "-out", "both.pem")
	makes(t, "-cn", "127.0.0.1", "-dns", "localhost", "-issuer", "middle.pem") // the key is in middle.pem; into cert.pem
	makes(t, "-cn", "localhost", "-out", "rsa.pem", "-key-out",
		"rsa.key", "-issuer", "ca.pem", "-issuer-key", "ca.key", "-key-type", "RSA-2048")
	makes(t, "-email", "me@example.org", "-out", "client.pem", "-issuer", "middle.pem")
	for _, c := range []struct{ cert, key, ca string }{
		{"self.pem", "self.key", "self.pem"}, {"both.pem", "both.pem", "both.pem"},
		{"cert.pem", "cert.pem", "ca.pem"}, {"rsa.pem", "rsa.key", "ca.pem"},
	} {
		for _, version := range []string{"1.2", "1.3"} {
			s := serveHere(t, "-cert", c.cert, "-key", c.key, "-max", version, "-once")
			r := sslcat(t, getRoot, "connect", "localhost:"+s.port, "-ca", c.ca)
			if r.status != 0 {
				t.Errorf("%s, %s: exit status %d, %s", c.cert, version, r.status, r.err)
			}
			holds(t, r.out, "HTTP/1.1 200 OK")
		}
	}
	s := serveHere(t, "-cert", "cert.pem", "-key", "cert.pem", "-ca", "ca.pem", "-require-client-cert", "-once")
	if r := sslcat(t, getRoot, "connect", "localhost:"+s.port,
		"-ca", "ca.pem", "-cert", "client.pem", "-key", "client.pem"); r.status != 0 {
		t.Errorf("with a client's certificate: exit status %d, %s", r.status, r.err)
	}
	stranger := serveHere(t, "-cert", "self.pem", "-key", "self.key", "-once")
	if r := sslcat(t, getRoot, "connect", "localhost:"+stranger.port, "-ca", "ca.pem"); r.status != 1 {
		t.Errorf("a self-signed certificate under another's authority: exit status %d, %s", r.status, r.out)
	}
}

// TestCertGuardsFiles shows that nothing is overwritten unasked, and whose files are whose.
func TestCertGuardsFiles(t *testing.T) {
	t.Chdir(t.TempDir())
	makes(t, "-ca", "-cn", "CA", "-out", "ca.pem", "-key-out", "ca.key")
	for name, want := range map[string]fs.FileMode{"ca.pem": 0o644, "ca.key": 0o600} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm()&^want != 0 || info.Mode().Perm()&0o600 != 0o600 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	if err := os.WriteFile("old", []byte("precious"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("old", "link"); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"-out", "old"}, {"-out", "new", "-key-out", "old"}, {"-out", "old", "-key-out", "new"},
		{"-out", "link"}, {"-out", "link", "-force"},
		{"-out", ".", "-force"}, {"-out", "new", "-key-out", "none/new"}, {"-out", "none/new", "-key-out", "new"},
		{"-out", "none/new", "-key-out", "new", "-force"},
		{"-out", "ca.pem", "-force", "-issuer", "ca.pem", "-issuer-key", "ca.key"},
		{"-out", "new", "-key-out", "./ca.key", "-force", "-issuer", "ca.pem", "-issuer-key", "ca.key"},
	} {
		fails(t, append([]string{"cert", "-cn", "localhost"}, args...)...)
		if _, err := os.Lstat("new"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%q leaves a file behind", args)
		}
		if text, err := os.ReadFile("old"); string(text) != "precious" {
			t.Errorf("%q: overwritten with %q, %v", args, text, err)
		}
	}
	makes(t, "-cn", "localhost", "-out", "old", "-force")
	if info, err := os.Stat("old"); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("-force leaves the mode %v for a key, %v", info.Mode(), err)
	}
	openssl(t, "pkey", "-in", "old", "-noout")
	if err := os.Symlink(".", "here"); err != nil {
		t.Fatal(err)
	}
	makes(t, "-cn", "localhost", "-out", "old", "-key-out", "here/old", "-force") // two names of one file
	openssl(t, "pkey", "-in", "old", "-noout")
	openssl(t, "x509", "-in", "old", "-noout")
	if left, err := os.ReadDir("."); err != nil || len(left) != 5 {
		t.Errorf("there are %v, %v", left, err)
	}
}

// TestCertRefusals shows what is refused, each with words that say what to do.
func TestCertRefusals(t *testing.T) {
	t.Chdir(t.TempDir())
	makes(t, "-ca", "-cn", "CA", "-out", "ca.pem", "-key-out", "ca.key", "-days", "3")
	makes(t, "-cn", "localhost", "-out", "leaf.pem")
	makes(t, "-ca", "-cn", "Other", "-out", "other.pem", "-key-out", "other.key")
	for _, c := range []struct {
		args string
		want string
	}{
		{"-dns a..b", "no client takes"}, {"-dns *.com", "no client takes"},
		{"-dns 127.0.0.1", "no client takes"}, {"-dns b\xff", "-dns"},
		{"-ip localhost", "no IP address"}, {"-ip fe80::1%eth0", "no IP address"}, {"-email ops", "no mail address"},
		{"-uri example.org", "no absolute URI"}, {"-uri https:", "no absolute URI"}, {"-cn x -country usa", "two capital letters"},
		{"-cn " + strings.Repeat("x", 65), "more than 64"}, {"-uri https://" + strings.Repeat("x", 65), "give a -cn"},
		{"-cn x -issuer none.pem", "none.pem"}, {"-cn x -issuer ca.key", "CERTIFICATE"}, {"-cn x -issuer leaf.pem", "is no authority"},
		{"-cn x -issuer ca.pem", "give -issuer-key"}, {"-cn x -issuer ca.pem -issuer-key other.key", "not that of the certificate"},
		{"-cn x -issuer ca.pem -issuer-key none.key", "none.key"}, {"-cn CA -issuer ca.pem -issuer-key ca.key", "give another -cn"},
	} {
		if line := fails(t, append([]string{"cert", "-out", "new"}, strings.Fields(c.args)...)...); !strings.Contains(line, c.want) {
			t.Errorf("%s: %s, want %q", c.args, line, c.want)
		}
	}
	for _, args := range []string{
		"", "x -cn x", "-cn x -days 0", "-cn x -days 1000000", "-cn x -key-type dsa", "-ca -cn x", "-cn x -out=",
		"-cn x -issuer-key ca.key", "-dns a,,b",
	} {
		if r := sslcat(t, "", append([]string{"cert"}, strings.Fields(args)...)...); r.status != 2 || strings.Count(r.err, "\n") != 1 {
			t.Errorf("%s: exit status %d, %s", args, r.status, r.err)
		}
	}
	if _, err := os.Lstat("new"); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a refusal leaves a file behind")
	}
	// A name too long for a subject leaves that empty: the other names are then critical.
	makes(t, "-dns", strings.Repeat("x", 60)+".example.org", "-issuer", "ca.pem", "-issuer-key", "ca.key", "-out", "long.pem")
	holds(t, openssl(t, "verify", "-x509_strict", "-CAfile", "ca.pem", "long.pem"), "long.pem: OK")
	holds(t, makes(t, "-cn", "x", "-issuer", "ca.pem", "-issuer-key", "ca.key", "-out", "cut.pem"), "when its issuer's ends")
	if a, b := readCertificates(t, "cut.pem")[0], readCertificates(t, "ca.pem")[0]; !a.NotAfter().Equal(b.NotAfter()) {
		t.Errorf("it ends %v, its issuer %v", a.NotAfter(), b.NotAfter())
	}
}

// TestCertAsksWhetherTheIssuerMay shows that no certificate is made that the issuer's limits forbid.
func TestCertAsksWhetherTheIssuerMay(t *testing.T) {
	p := newPaper(t)
	limit := func(name string, n int) (cert, key string) {
		return p.selfSigned(t, name, &x509lite.Template{Subject: x509lite.NewName(name, ""), IsCA: true, MaxPathLen: &n})
	}
	none, noneKey := limit("none", 0)
	one, oneKey := limit("one", 1)
	old, oldKey := p.selfSigned(t, "old", at(&x509lite.Template{Subject: x509lite.NewName("old", ""), IsCA: true}, -9*day, -2*day))
	t.Chdir(t.TempDir())
	makes(t, "-cn", "localhost", "-issuer", none, "-issuer-key", noneKey)
	makes(t, "-ca", "-cn", "below", "-issuer", one, "-issuer-key", oneKey, "-out", "below.pem", "-key-out", "below.key")
	root, err := os.ReadFile(one)
	if err != nil {
		t.Fatal(err)
	}
	below, err := os.ReadFile("below.pem")
	if err != nil {
		t.Fatal(err)
	}
	p.write(t, "chain.pem", append(below, root...))
	for _, c := range []struct{ ca, issuer, key, want string }{
		{"true", none, noneKey, "path length"}, {"true", p.path("chain.pem"), "below.key", "path length"},
		{"false", old, oldKey, "nobody would accept"},
	} {
		line := fails(t, "cert", "-cn", "x", "-out", "new", "-key-out",
			"new.key", "-ca="+c.ca, "-issuer", c.issuer, "-issuer-key", c.key)
		if !strings.Contains(line, c.want) {
			t.Errorf("%s: %s, want %q", c.issuer, line, c.want)
		}
	}
	makes(t, "-cn", "localhost", "-issuer", p.path("chain.pem"), "-issuer-key", "below.key", "-out", "leaf.pem")
	holds(t, openssl(t, "verify", "-x509_strict", "-CAfile", one, "-untrusted", "leaf.pem", "leaf.pem"), "leaf.pem: OK")
}
