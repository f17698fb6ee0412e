package main

import (
	"strings"
	"testing"

	"tlsengine/cipher"
)

// TestHelpKnowsEveryCommand shows that help lists all commands, and tells of each what the issue promises.
func TestHelpKnowsEveryCommand(t *testing.T) {
	for _, args := range [][]string{{"help"}, {"-h"}, {"--help"}} {
		r := sslcat(t, "", args...)
		if r.status != 0 {
			t.Errorf("%q: exit status %d", args, r.status)
		}
		holds(t, r.out, "sslcat demo ", "sslcat serve ", "sslcat connect HOST:PORT ",
			"sslcat cert ", "sslcat delegate ", "sslcat ech-key NAME ", "sslcat ciphers [LIST] ", "sslcat help ")
	}
	for name, flags := range map[string]string{
		"demo": "",
		"serve": "alpn ca cert ciphers ciphersuites compress-certs delegated dir early-data ech-key " +
			"echo groups key keylog listen max min once policy psk " +
			"require-client-cert rpk rpk-key sigalgs status take-delegated trace",
		"connect": "alpn ca cert ciphers ciphersuites compress-certs crl-check delegated early-data ech ech-grease false-start " +
			"groups insecure key keylog max min policy psk reconnect rpk rpk-key servername sess-in sess-out " +
			"showcerts sigalgs status take-delegated trace",
		"cert": "ca cn country days delegates dns email force ip issuer issuer-key key-out key-type locality organization out state subject-email text " +
			"unit uri",
		"delegate": "cert client days force key key-type out",
		"ech-key":  "force max-name out",
		"ciphers":  "V ciphersuites psk s stdname tls1 tls1_1 tls1_2 tls1_3 v",
		"help":     "",
	} {
		long, short := sslcat(t, "", "help", name), sslcat(t, "", name, "-h")
		if long != short || long.status != 0 {
			t.Errorf("`help %s` gives %v, `%s -h` %v", name, long, name, short)
		}
		var got []string
		for line := range strings.Lines(long.out) {
			if len(line) > helpWidth+1 {
				t.Errorf("help %s has the line %q", name, line)
			}
			if flag, ok := strings.CutPrefix(line, "  -"); ok {
				got = append(got, strings.Fields(flag)[0])
			}
		}
		if strings.Join(got, " ") != flags {
			t.Errorf("%s has the flags %q, want %q", name, got, flags)
		}
	}
}

func TestUnknownCommands(t *testing.T) {
	for _, args := range [][]string{{}, {"dance"}, {"help", "dance"}, {"help", "demo", "serve"}} {
		r := sslcat(t, "", args...)
		if r.status != 2 || r.out != "" || strings.Count(r.err, "\n") != 1 {
			t.Errorf("%q: exit status %d, %q, %q", args, r.status, r.out, r.err)
		}
	}
}

// TestVersionFlag shows the ways in which people write versions.
func TestVersionFlag(t *testing.T) {
	for text, want := range map[string]cipher.Version{
		"1.2": cipher.VersionTLS12, "1.3": cipher.VersionTLS13, "TLSv1.3": cipher.VersionTLS13, "tls1.2": cipher.VersionTLS12,
		"TLS 1.2": cipher.VersionTLS12, "v1.3": cipher.VersionTLS13, "": 0, "13": 0, "1.4": 0, "tls": 0,
	} {
		var v version
		err := v.Set(text)
		if (err == nil) != (want != 0) || cipher.Version(v) != want {
			t.Errorf("%q gives %v, %v", text, &v, err)
		}
	}
}
