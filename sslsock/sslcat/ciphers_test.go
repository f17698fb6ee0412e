package main

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"tlsengine/cipher"
	"tlsengine/fuzz/peers"
)

// opensslCiphers runs `openssl ciphers` without the system's configuration, which differs by distribution; "" stands
// for a failure.
func opensslCiphers(t *testing.T, args ...string) string {
	cmd := exec.Command("openssl", append([]string{"ciphers"}, args...)...)
	cmd.Env = append(os.Environ(), "OPENSSL_CONF=/dev/null")
	out, err := cmd.Output()
	if _, failed := err.(*exec.ExitError); err != nil && !failed {
		t.Error(err)
	}
	return string(out)
}

// inBoth keeps the lines about suites that both have. A line begins with the name in TLS and the one in OpenSSL.
func inBoth(out string, have map[string]bool) string {
	var b strings.Builder
	for line := range strings.Lines(out) {
		if f := strings.Fields(line); len(f) > 2 && have[f[0]] && cipher.SuiteByName(f[0]) != nil {
			b.WriteString(line)
		}
	}
	return b.String()
}

// cipherLists reads the table: options and a list in each line.
func cipherLists(t *testing.T) (lines [][]string) {
	f, err := os.Open("testdata/cipherlists.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if options, list, ok := strings.Cut(s.Text(), " | "); ok {
			lines = append(lines, append(strings.Fields(options), list))
		}
	}
	return lines
}

// TestCiphersPrintsWhatOpenSSLPrints holds the whole language to OpenSSL's answers: the same suites in the same order,
// and the same line about each, of those that both have. S-211, S-212, S-213, S-286.
func TestCiphersPrintsWhatOpenSSLPrints(t *testing.T) {
	peers.Need(t, "openssl")
	have := map[string]bool{}
	for line := range strings.Lines(opensslCiphers(t, "-stdname", "-ciphersuites", all13, "ALL:COMPLEMENTOFALL:@SECLEVEL=0")) {
		have[strings.Fields(line)[0]] = true
	}
	lists := cipherLists(t)
	if len(lists) < 300 || len(have) < 100 {
		t.Fatalf("%d lists, and OpenSSL has %d suites", len(lists), len(have))
	}
	var wait sync.WaitGroup
	turns := make(chan struct{}, 4)
	for _, args := range lists {
		wait.Go(func() {
			turns <- struct{}{}
			defer func() { <-turns }()
			args := append([]string{"-stdname"}, args...)
			ours := sslcat(t, "", append([]string{"ciphers"}, args...)...)
			got, want := inBoth(ours.out, have), inBoth(opensslCiphers(t, args...), have)
			if got != want {
				t.Errorf("%q (%s) prints\n%s, OpenSSL prints\n%s", args, ours.err, got, want)
			}
		})
	}
	wait.Wait()
}

const all13 = opensslSuites13 + ":TLS_AES_128_CCM_SHA256:TLS_AES_128_CCM_8_SHA256"

// TestCiphersHasTheFormsOfOpenSSL compares each form of output, byte for byte.
func TestCiphersHasTheFormsOfOpenSSL(t *testing.T) {
	peers.Need(t, "openssl")
	const list = "HIGH:!CAMELLIA:!ARIA:!SRP:eNULL:@SECLEVEL=0"
	for _, form := range []string{"", "-v", "-V", "-stdname", "-V -stdname", "-s", "-s -psk -v", "-s -tls1", "-s -tls1_3"} {
		args := append(strings.Fields(form), list)
		if got, want := sslcat(t, "", append([]string{"ciphers"}, args...)...).out, opensslCiphers(t, args...); got != want {
			t.Errorf("%q prints\n%s, OpenSSL prints\n%s", args, got, want)
		}
	}
}

// TestCiphersRefusesWhatSelectsNothing: S-040's list, and others.
func TestCiphersRefusesWhatSelectsNothing(t *testing.T) {
	for _, list := range []string{"^$:,;?*'dorothyx", "", "foo", "!ALL", "AES128-SHA:@SECLEVEL=9"} {
		holds(t, fails(t, "ciphers", list), "sslcat: cipher: the list ")
	}
	holds(t, fails(t, "ciphers", "-ciphersuites", "TLS_FOO", "ALL"), "TLS_FOO")
	if r := sslcat(t, "", "ciphers", "ALL", "HIGH"); r.status != 2 {
		t.Errorf("two lists: exit status %d", r.status)
	}
}

// TestCipherFlagsDecideWhatIsNegotiated connects with lists on either side.
func TestCipherFlagsDecideWhatIsNegotiated(t *testing.T) {
	s := serve(t, "-ciphers", "ECDHE+CHACHA20:ECDHE+AES256+AESGCM", "-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256")
	for flags, want := range map[string]string{
		"-max 1.3": "TLS_CHACHA20_POLY1305_SHA256",
		"-max 1.2": "ECDSA_WITH_CHACHA20",
		"-ciphersuites= -ciphers AESGCM:CHACHA20":                                  "ECDSA_WITH_CHACHA20",
		"-max 1.2 -ciphers AESGCM -sigalgs ECDSA+SHA256:RSA+SHA256:RSA-PSS+SHA256": "AES_256_GCM",
	} {
		r := sslcat(t, "GET / HTTP/1.0\r\n\r\n", append([]string{"connect", s.addr, "-insecure"}, strings.Fields(flags)...)...)
		if holds(t, r.err, want); r.status != 0 {
			t.Errorf("%s: exit status %d, %s", flags, r.status, r.err)
		}
	}
	holds(t, fails(t, "connect", s.addr, "-insecure", "-max", "1.2", "-ciphers", "ECDHE+AES128+AESGCM"), "handshake_failure")
	holds(t, fails(t, "connect", s.addr, "-ciphers", "foo"), "No cipher can be selected")
	holds(t, fails(t, "connect", s.addr, "-sigalgs", "foo"), "unrecognized signature algorithm")
}
