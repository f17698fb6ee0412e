//go:build !race

package cipher

import (
	"bytes"
	"crypto/rsa"
	"testing"

	"tlsengine/fuzz/timing"
)

// TestKeyTransportTakesOneTime: whether a ciphertext is sound, has wrong padding, or another version makes no difference in time
// that could be told over a network (package timing has the method).
func TestKeyTransportTakesOneTime(t *testing.T) {
	k := testKeys()["RSA-1024"]
	public := k.Public().(*RSAPublicKey)
	seed := make([]byte, KeyTransportSeedSize)
	_, good, err := EncryptPremaster(public, VersionTLS12, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, older, err := EncryptPremaster(public, VersionTLS10, nil)
	if err != nil {
		t.Fatal(err)
	}
	bad := badCiphertexts(t, public)
	for what, other := range map[string][]byte{"version": older, "block type": bad["block type 1"], "no end": bad["no zero at all"]} {
		pair := [2][]byte{good, other}
		leaks, v := timing.Leaks(timingSamples, func(class int) func() {
			c := bytes.Clone(pair[class])
			return func() {
				if _, err := DecryptPremaster(k, c, VersionTLS12, seed); err != nil {
					panic(err)
				}
			}
		})
		t.Logf("%s: t = %.1f", what, v)
		if leaks {
			t.Errorf("%s: the time tells it from a good ciphertext, t = %.1f", what, v)
		}
	}
}

const timingSamples = 400

// TestTimingFindsAnOracle shows that the test above could fail: a server that stops at wrong padding is found out.
func TestTimingFindsAnOracle(t *testing.T) {
	k := testKeys()["RSA-1024"]
	std := k.(*rsaSigner).Signer().(*rsa.PrivateKey)
	_, good, err := EncryptPremaster(k.Public(), VersionTLS12, nil)
	if err != nil {
		t.Fatal(err)
	}
	pair := [2][]byte{good, badCiphertexts(t, k.Public().(*RSAPublicKey))["block type 1"]}
	leaks, v := timing.Leaks(timingSamples/2, func(class int) func() {
		return func() {
			//lint:ignore SA1019 what must not be done, to see that it is seen
			premaster, err := rsa.DecryptPKCS1v15(nil, std, pair[class])
			if err != nil {
				return // the oracle
			}
			out := make([]byte, 48)
			for range 300 { // some of the handshake that follows
				PRF12(SHA256, out, premaster, "master secret")
			}
		}
	})
	if !leaks {
		t.Errorf("an oracle gives t = %.1f", v)
	}
}
