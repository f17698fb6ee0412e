package cipher

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"io"
	"testing"

	"filippo.io/bigmod"
	"pgregory.net/rapid"

	"tlsengine/fuzz/peers"
)

// TestBothSidesHaveThePremaster: what the client encrypts the server opens; the seed decides all of it.
func TestBothSidesHaveThePremaster(t *testing.T) {
	k := testKeys()["RSA"]
	rapid.Check(t, func(t *rapid.T) {
		offered := rapid.SampledFrom([]Version{VersionSSL30, VersionTLS10, VersionTLS11, VersionTLS12}).Draw(t, "version")
		seed := rapid.SliceOfN(rapid.Byte(), KeyTransportSeedSize, KeyTransportSeedSize).Draw(t, "seed")
		premaster, ciphertext, err := EncryptPremaster(k.Public(), offered, seed)
		if err != nil {
			t.Fatal(err)
		}
		if len(premaster) != PremasterSize || Version(premaster[0])<<8|Version(premaster[1]) != offered {
			t.Fatalf("premaster %x", premaster)
		}
		if p, c, err := EncryptPremaster(k.Public(), offered, seed); err != nil || !bytes.Equal(p, premaster) || !bytes.Equal(c, ciphertext) {
			t.Fatal("one seed, two results", err)
		}
		if got, err := DecryptPremaster(k, ciphertext, offered, nil); err != nil || !bytes.Equal(got, premaster) {
			t.Fatalf("%x (%v), want %x", got, err, premaster)
		}
		//lint:ignore SA1019 an oracle
		if opened, err := rsa.DecryptPKCS1v15(nil, k.(*rsaSigner).Signer().(*rsa.PrivateKey), ciphertext); err != nil || !bytes.Equal(opened, premaster) {
			t.Fatal("the standard library opens something else", err)
		}
	})
	one, first, err := EncryptPremaster(k.Public(), VersionTLS12, nil)
	if err != nil {
		t.Fatal(err)
	}
	if two, second, err := EncryptPremaster(k.Public(), VersionTLS12, nil); err != nil || bytes.Equal(one, two) || bytes.Equal(first, second) {
		t.Error("no seed, yet the same twice", err)
	}
}

// rawEncrypt is the bare RSA function.
func rawEncrypt(k *RSAPublicKey, em []byte) []byte {
	n := modulus(k.std.N.Bytes())
	m, err := bigmod.NewNat().SetBytes(em, n)
	if err != nil {
		panic(err)
	}
	return bigmod.NewNat().ExpShortVarTime(m, uint(k.std.E), n).Bytes(n)
}

// TestBleichenbacher and its kin (ROBOT; Klima, Pokorny and Rosa): whatever is wrong with a ciphertext, the result is a premaster
// secret that begins with the right version, looks random, and is a function of the seed alone.
func TestBleichenbacher(t *testing.T) {
	k := testKeys()["RSA"]
	public := k.Public().(*RSAPublicKey)
	seed := bytes.Repeat([]byte{7}, KeyTransportSeedSize)
	fallback, err := DecryptPremaster(k, nil, VersionTLS12, seed)
	if err != nil {
		t.Fatal(err)
	}
	if fallback[0] != 3 || fallback[1] != 3 || len(fallback) != PremasterSize {
		t.Errorf("%x", fallback)
	}
	for what, ciphertext := range badCiphertexts(t, public) {
		got, err := DecryptPremaster(k, ciphertext, VersionTLS12, seed)
		if err != nil || !bytes.Equal(got, fallback) {
			t.Errorf("%s: %x (%v), want the fallback", what, got, err)
		}
		if other, err := DecryptPremaster(k, ciphertext, VersionTLS12, nil); err != nil || bytes.Equal(other, fallback) {
			t.Errorf("%s: without a seed: %x (%v)", what, other, err)
		}
	}
	premaster, good, err := EncryptPremaster(public, VersionTLS12, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := DecryptPremaster(k, good, VersionTLS12, seed); err != nil || !bytes.Equal(got, premaster) {
		t.Error("the good one:", err)
	}
	// RFC 5246, Section 7.4.7.1: the version is that of the ClientHello, no other.
	if got, err := DecryptPremaster(k, good, VersionTLS11, seed); err != nil || bytes.Equal(got[2:], premaster[2:]) || got[1] != 2 {
		t.Errorf("another version: %x (%v)", got, err)
	}
}

// badCiphertexts are one of each kind.
func badCiphertexts(t *testing.T, k *RSAPublicKey) map[string][]byte {
	t.Helper()
	size := k.Bits() / 8
	em := append(append([]byte{0, 2}, bytes.Repeat([]byte{0xaa}, size-3-PremasterSize)...), 0)
	em = append(em, 3, 3)
	em = append(em, bytes.Repeat([]byte{0xbb}, 46)...)
	change := func(at int, to byte) []byte {
		b := bytes.Clone(em)
		b[at] = to
		return rawEncrypt(k, b)
	}
	good := rawEncrypt(k, em)
	noEnd := bytes.Clone(em)
	noEnd[size-PremasterSize-1] = 1
	return map[string][]byte{
		"a first byte of 1":          change(0, 1),
		"block type 1":               change(1, 1),
		"a zero early in PS":         change(5, 0),
		"a longer message":           change(size-PremasterSize-2, 0),
		"a message of 47":            append([]byte(nil), rawEncrypt(k, append(append(bytes.Clone(em[:size-PremasterSize-1]), 9, 0), em[size-PremasterSize+1:]...))...),
		"no zero at all":             rawEncrypt(k, noEnd),
		"version 3.2":                change(size-PremasterSize+1, 2),
		"version 2.3":                change(size-PremasterSize, 2),
		"version 0.0":                rawEncrypt(k, append(append(bytes.Clone(em[:size-PremasterSize]), 0, 0), em[size-46:]...)),
		"a ciphertext of 0":          make([]byte, size),
		"a number over the modulus":  bytes.Repeat([]byte{0xff}, size),
		"a byte less":                good[1:],
		"a byte more":                append(bytes.Clone(good), 0),
		"a zero in front":            append([]byte{0}, good...),
		"nothing":                    {},
		"a ciphertext for no one":    change(size-1, 0)[:size-1],
		"a very long one":            make([]byte, 1<<16),
		"message of 0 bytes":         rawEncrypt(k, append(append([]byte{0, 2}, bytes.Repeat([]byte{0xaa}, size-3)...), 0)),
		"PS of seven bytes, too few": rawEncrypt(k, append(append(append([]byte{0, 2}, 1, 2, 3, 4, 5, 6, 7), 0), bytes.Repeat([]byte{3}, size-10)...)),
	}
}

// onlyOpens is a key in hardware that opens ciphertexts.
type onlyOpens struct {
	hardware
	open func([]byte, crypto.DecrypterOpts) ([]byte, error)
}

func (h onlyOpens) Decrypt(_ io.Reader, c []byte, o crypto.DecrypterOpts) ([]byte, error) {
	return h.open(c, o)
}

func TestHardwareOpensToo(t *testing.T) {
	std := testKeys()["RSA"].(*rsaSigner).Signer().(*rsa.PrivateKey)
	premaster, ciphertext, err := EncryptPremaster(testKeys()["RSA"].Public(), VersionTLS12, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string]struct {
		open  func([]byte, crypto.DecrypterOpts) ([]byte, error)
		works bool
	}{
		"rsa":       {func(c []byte, o crypto.DecrypterOpts) ([]byte, error) { return std.Decrypt(rand.Reader, c, o) }, true},
		"an error":  {func([]byte, crypto.DecrypterOpts) ([]byte, error) { return nil, errors.New("no") }, false},
		"too short": {func([]byte, crypto.DecrypterOpts) ([]byte, error) { return make([]byte, 47), nil }, false},
	} {
		k, err := NewPrivateKey(onlyOpens{hardware{std}, v.open})
		if err != nil {
			t.Fatal(err)
		}
		got, err := DecryptPremaster(k, ciphertext, VersionTLS12, nil)
		if err != nil || bytes.Equal(got, premaster) != v.works {
			t.Errorf("%s: %x (%v)", name, got, err)
		}
	}
}

func TestOnlyRSAKeysTransport(t *testing.T) {
	for name, k := range testKeys() {
		_, _, err := EncryptPremaster(k.Public(), VersionTLS12, nil)
		_, openErr := DecryptPremaster(k, make([]byte, 256), VersionTLS12, nil)
		if want := name == "RSA" || name == "RSA-1024"; want != (err == nil) || want != (openErr == nil) {
			t.Errorf("%s: %v, %v", name, err, openErr)
		} else if !want && (!errors.Is(err, ErrWrongKey) || !errors.Is(openErr, ErrWrongKey)) {
			t.Errorf("%s: %v, %v", name, err, openErr)
		}
	}
	k := testKeys()["RSA"]
	if _, _, err := EncryptPremaster(k.Public(), VersionTLS12, make([]byte, 31)); !errors.Is(err, ErrSeed) {
		t.Error(err)
	}
	if _, err := DecryptPremaster(k, nil, VersionTLS12, []byte{}); !errors.Is(err, ErrSeed) {
		t.Error(err)
	}
	if k, err := NewPrivateKey(hardware{k.(*rsaSigner).Signer()}); err != nil {
		t.Error(err)
	} else if _, ok := k.(Decrypter); ok {
		t.Error("a key that only signs is a Decrypter")
	}
}

// TestWycheproofPKCS1Decrypt: what is valid opens to the message; what isn't leaves the key as it was, whatever its length.
func TestWycheproofPKCS1Decrypt(t *testing.T) {
	for _, file := range []string{"rsa_pkcs1_2048", "rsa_pkcs1_3072", "rsa_pkcs1_4096"} {
		for _, g := range wycheproof(t, file) {
			std, err := x509.ParsePKCS8PrivateKey(unhex(t, g.PrivateKeyPkcs8))
			if err != nil {
				t.Fatal(err)
			}
			k, err := NewPrivateKey(std.(*rsa.PrivateKey))
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range g.Tests {
				ciphertext, message := unhex(t, v.Ct), unhex(t, v.Msg)
				lengths := []int{len(message), PremasterSize, 0, 1}
				if k.Public().Bits() > 2048 && !peers.InCI() {
					lengths = lengths[:1] // the others take as long, and the length of the modulus is nothing to them
				}
				for _, length := range lengths {
					key := bytes.Repeat([]byte{0xa5}, length)
					k.(Decrypter).DecryptSessionKey(ciphertext, key)
					if v.Result == "valid" && length == len(message) {
						v.expect(t, file, bytes.Equal(key, message), false, nil)
					} else if !bytes.Equal(key, bytes.Repeat([]byte{0xa5}, length)) {
						t.Errorf("%s, test %d (%v): %d bytes are now %x", file, v.TcID, v.Flags, length, key)
					}
				}
			}
		}
	}
}

// FuzzDecryptPremaster: any ciphertext gives a premaster secret with the version, and without an error.
func FuzzDecryptPremaster(f *testing.F) {
	k := testKeys()["RSA-1024"]
	_, good, err := EncryptPremaster(k.Public(), VersionTLS12, make([]byte, KeyTransportSeedSize))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good, uint16(VersionTLS12))
	f.Add([]byte{}, uint16(0))
	f.Fuzz(func(t *testing.T, ciphertext []byte, version uint16) {
		got, err := DecryptPremaster(k, ciphertext, Version(version), nil)
		if err != nil || len(got) != PremasterSize || got[0] != byte(version>>8) || got[1] != byte(version) {
			t.Fatalf("%x, %v", got, err)
		}
	})
}
