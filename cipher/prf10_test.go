package cipher

import (
	"encoding/hex"
	"testing"
)

// TestPRF10IsOpenSSLs compares with what OpenSSL 3.0 prints for
// openssl kdf -keylen 40 -digest MD5-SHA1 -kdfopt hexsecret:0102030405 -kdfopt seed:abcdef TLS1-PRF.
func TestPRF10IsOpenSSLs(t *testing.T) {
	const want = "68e2ef942babac7fdb9d121ec175f401adc4f0bf998bf881e37498e2cc3ec306194c639e4ca4f97c"
	out := make([]byte, 40)
	PRF10(out, []byte{1, 2, 3, 4, 5}, "abc", []byte("d"), []byte("ef"))
	if got := hex.EncodeToString(out); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
