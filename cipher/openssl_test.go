package cipher

import (
	"fmt"
	"strings"
	"testing"

	"tlsengine/fuzz/peers"
)

// opensslCiphers runs `openssl ciphers` and returns its lines, split into words.
func opensslCiphers(t testing.TB, args ...string) (lines [][]string) {
	t.Helper()
	out := peers.Output(t, "", "openssl", append([]string{"ciphers"}, args...)...)
	for line := range strings.Lines(string(out)) {
		lines = append(lines, strings.Fields(line))
	}
	return lines
}

// everySuite is a cipher list of all that OpenSSL has, and its answer in numbers, names and what they stand for.
const everySuite = "ALL:COMPLEMENTOFALL:@SECLEVEL=0"

var everySuite13 = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_CCM_SHA256:TLS_AES_128_CCM_8_SHA256"

// TestSuiteRowsAreOpenSSLs compares numbers, names, first versions and kinds with those of the installed OpenSSL.
func TestSuiteRowsAreOpenSSLs(t *testing.T) {
	numbers := opensslCiphers(t, "-V", "-ciphersuites", everySuite13, everySuite)
	names := opensslCiphers(t, "-stdname", "-ciphersuites", everySuite13, everySuite)
	known := 0
	for i, line := range numbers { // 0xC0,0x30 - ECDHE-RSA-AES256-GCM-SHA384 TLSv1.2 Kx=ECDH Au=RSA Enc=AESGCM(256) Mac=AEAD
		var high, low byte
		if _, err := fmt.Sscanf(line[0], "0x%02X,0x%02X", &high, &low); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		s := SuiteByID(SuiteID(high)<<8 | SuiteID(low))
		if s == nil {
			if name := line[2]; !strings.Contains(name, "CAMELLIA") && !strings.Contains(name, "ARIA") && !strings.HasPrefix(name, "SRP-") {
				t.Errorf("OpenSSL has %s, which has no row", name)
			}
			continue
		}
		known++
		got := []string{s.Name, s.OpenSSL, s.Min.String(), "Kx=" + s.Kx.String(), "Au=" + s.Auth.String()}
		want := []string{names[i][0], line[2], line[3], line[4], line[5]}
		if strings.Join(got, " ") != strings.Join(want, " ") || names[i][2] != line[2] {
			t.Errorf("%q, and OpenSSL says %q", got, want)
		}
		if mac := line[7]; s.Bulk.MAC == 0 && mac != "Mac=AEAD" || s.Bulk.MAC != 0 && mac != "Mac="+s.Bulk.MAC.String() {
			t.Errorf("%v: MAC %v, and OpenSSL says %s", s, s.Bulk.MAC, mac)
		}
	}
	// Distributions build OpenSSL without 3DES and RC4.
	for _, s := range AllSuites() {
		if !strings.HasPrefix(s.Bulk.Name, "RC4-") && s.Bulk.BlockLen != 8 {
			known--
		}
	}
	if known < 0 {
		t.Errorf("OpenSSL lacks %d of the suites that have a row", -known)
	}
}
