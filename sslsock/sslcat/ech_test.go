package main

import (
	"os"
	"strings"
	"testing"
)

// TestHelloIsEncrypted makes keys, serves with one, and connects with its configuration in every form, with none, and
// with an old one.
func TestHelloIsEncrypted(t *testing.T) {
	t.Chdir(t.TempDir())
	made := sslcat(t, "", "ech-key", "localhost", "-max-name", "20")
	if made.status != 0 || strings.Count(made.out, "\n") != 1 {
		t.Fatalf("ech-key: %d, %q, %s", made.status, made.out, made.err)
	}
	if info, err := os.Stat("ech.pem"); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("ech.pem: %v, %v", info, err)
	}
	if err := os.WriteFile("list", []byte(made.out), 0o600); err != nil {
		t.Fatal(err)
	}
	s := serveHere(t, "-echo", "-ech-key", "ech.pem")
	connect := func(more ...string) result {
		t.Helper()
		r := sslcat(t, "hello\n", append([]string{"connect", "localhost:" + s.port, "-ca", authorityFile}, more...)...)
		if r.status != 0 || r.out != "hello\n" {
			t.Errorf("%q: exit status %d, %q, %s", more, r.status, r.out, r.err)
		}
		return r
	}
	for _, configs := range []string{strings.TrimSpace(made.out), "list", "ech.pem"} {
		holds(t, connect("-ech", configs).err, "hello         encrypted")
	}
	holds(t, connect("-ech", "list", "-trace").err, innerHelloNote)
	holds(t, connect("-ech-grease").err, "hello         not encrypted")
	if r := connect(); strings.Contains(r.err, "crypted") {
		t.Error(r.err)
	}
	if r := sslcat(t, "", "ech-key", "localhost", "-out", "old.pem"); r.status != 0 {
		t.Fatal(r.err)
	}
	holds(t, connect("-ech", "old.pem").err, "connecting again", "hello         encrypted")
}

// TestEncryptedHelloRefusesWhatIsNone: no key, no configuration, no name for one.
func TestEncryptedHelloRefusesWhatIsNone(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("empty", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	holds(t, fails(t, "connect", "localhost:1", "-ech", "no such file"), "neither a file nor a list")
	holds(t, fails(t, "connect", "localhost:1", "-ech", "AAAA"), "ECHConfigList")
	holds(t, fails(t, "serve", "-ech-key", "empty"), "-ech-key empty", "ECHCONFIG")
	holds(t, fails(t, "ech-key", "127.0.0.1"), "no host name")
	holds(t, fails(t, "ech-key", "localhost", "-out", "empty"), "exists")
	for _, args := range [][]string{{"ech-key"}, {"ech-key", "a.b", "c.d"}, {"ech-key", "a.b", "-max-name", "256"}} {
		if r := sslcat(t, "", args...); r.status != 2 {
			t.Errorf("%q: exit status %d", args, r.status)
		}
	}
}
