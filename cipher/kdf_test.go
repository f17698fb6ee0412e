package cipher

import (
	"bytes"
	"crypto/hkdf"
	"crypto/hmac"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var anyHash = rapid.SampledFrom([]Hash{SHA1, SHA224, SHA256, SHA384, SHA512})

// pieces cuts b at random places.
func pieces(t *rapid.T, b []byte) [][]byte {
	var all [][]byte
	for len(b) > 0 {
		n := rapid.IntRange(0, len(b)).Draw(t, "cut")
		all, b = append(all, b[:n]), b[n:]
		if len(all) == 5 {
			return append(all, b)
		}
	}
	return all
}

func TestHMACIsTheLibrarysForAnyCut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := anyHash.Draw(t, "hash")
		key := rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "key")
		msg := rapid.SliceOfN(rapid.Byte(), 0, 400).Draw(t, "msg")
		m := hmac.New(h.New, key)
		m.Write(msg)
		want := m.Sum(nil)
		got := make([]byte, rapid.IntRange(0, h.Size()).Draw(t, "length"))
		HMAC(h, got, key, pieces(t, msg)...)
		if !bytes.Equal(got, want[:len(got)]) {
			t.Fatalf("%x, want %x", got, want)
		}
	})
}

func TestHKDFIsTheLibrarys(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := anyHash.Draw(t, "hash")
		salt := rapid.SliceOfN(rapid.Byte(), 0, 150).Draw(t, "salt")
		ikm := rapid.SliceOfN(rapid.Byte(), 0, 150).Draw(t, "ikm")
		info := rapid.SliceOfN(rapid.Byte(), 0, 150).Draw(t, "info")
		prk := make([]byte, h.Size())
		HKDFExtract(h, prk, salt, ikm)
		want, err := hkdf.Extract(h.New, ikm, salt)
		if err != nil || !bytes.Equal(prk, want) {
			t.Fatalf("extract %x, want %x (%v)", prk, want, err)
		}
		out := make([]byte, rapid.IntRange(0, 300).Draw(t, "length"))
		HKDFExpand(h, out, prk, info)
		want, err = hkdf.Expand(h.New, prk, string(info), len(out))
		if err != nil || !bytes.Equal(out, want) {
			t.Fatalf("expand %x, want %x (%v)", out, want, err)
		}
	})
}

// TestHKDFOfRFC5869 has the vectors of RFC 5869, Appendix A.1 to A.3.
func TestHKDFOfRFC5869(t *testing.T) {
	seq := func(from, to byte) string {
		var b []byte
		for i := int(from); i <= int(to); i++ {
			b = append(b, byte(i))
		}
		return hex.EncodeToString(b)
	}
	const twentyTwo = "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b"
	for _, v := range []struct{ name, ikm, salt, info, prk, okm string }{
		{
			"A.1", twentyTwo, seq(0, 0x0c), seq(0xf0, 0xf9),
			"077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
			"3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
		},
		{
			"A.2", seq(0, 0x4f), seq(0x60, 0xaf), seq(0xb0, 0xff),
			"06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244",
			"b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c" +
				"59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87",
		},
		{
			"A.3", twentyTwo, "", "",
			"19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
			"8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
		},
	} {
		prk := make([]byte, 32)
		HKDFExtract(SHA256, prk, unhex(t, v.salt), unhex(t, v.ikm))
		if !bytes.Equal(prk, unhex(t, v.prk)) {
			t.Errorf("%s: PRK %x", v.name, prk)
		}
		okm := make([]byte, len(v.okm)/2)
		HKDFExpand(SHA256, okm, prk, unhex(t, v.info))
		if !bytes.Equal(okm, unhex(t, v.okm)) {
			t.Errorf("%s: OKM %x", v.name, okm)
		}
	}
}

func TestHKDFExpandLabelBuildsTheStructure(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := rapid.SampledFrom([]Hash{SHA256, SHA384}).Draw(t, "hash")
		secret := rapid.SliceOfN(rapid.Byte(), h.Size(), h.Size()).Draw(t, "secret")
		label := string(rapid.SliceOfN(rapid.Byte(), 0, MaxLabelLength).Draw(t, "label"))
		context := rapid.SliceOfN(rapid.Byte(), 0, MaxContext).Draw(t, "context")
		n := rapid.IntRange(0, 300).Draw(t, "length")
		info := string([]byte{byte(n >> 8), byte(n), byte(6 + len(label))}) + "tls13 " + label + string([]byte{byte(len(context))}) + string(context)
		want, err := hkdf.Expand(h.New, secret, info, n)
		if err != nil {
			t.Fatal(err)
		}
		got := make([]byte, n)
		HKDFExpandLabel(h, got, secret, label, context)
		if !bytes.Equal(got, want) {
			t.Fatalf("%x, want %x", got, want)
		}
		if n <= h.Size() { // in place, as a KeyUpdate does it
			HKDFExpandLabel(h, secret[:n], secret, label, context)
			if !bytes.Equal(secret[:n], want) {
				t.Fatalf("in place %x, want %x", secret[:n], want)
			}
		}
	})
}

// TestPRF12Vectors has the vectors that were published on the TLS working group's mailing list for want of any in RFC 5246.
func TestPRF12Vectors(t *testing.T) {
	for _, v := range []struct {
		h                 Hash
		secret, seed, out string
	}{
		{
			SHA256, "9bbe436ba940f017b17652849a71db35", "a0ba9f936cda311827a6f796ffd5198c",
			"e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e14baf9af" +
				"0fa022f7077def17abfd3797c0564bab4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff70187347b66",
		},
		{
			SHA384, "b80b733d6ceefcdc71566ea48e5567df", "cd665cf6a8447dd6ff8b27555edb7465",
			"7b0c18e9ced410ed1804f2cfa34a336a1c14dffb4900bb5fd7942107e81c83cde9ca0faa60be9fe34f82b1233c9146a0" +
				"e534cb400fed2700884f9dc236f80edd8bfa961144c9e8d792eca722a7b32fc3d416d473ebc2c5fd4abfdad05d918425" +
				"9b5bf8cd4d90fa0d31e2dec479e4f1a26066f2eea9a69236a3e52655c9e9aee691c8f3a26854308d5eaa3be85e099070" +
				"3d73e56f",
		},
	} {
		out := make([]byte, len(v.out)/2)
		PRF12(v.h, out, unhex(t, v.secret), "test label", unhex(t, v.seed))
		if !bytes.Equal(out, unhex(t, v.out)) {
			t.Errorf("%v: %x", v.h, out)
		}
	}
}

func TestPRF12IsPHashOfTheLibrarysHMAC(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := anyHash.Draw(t, "hash")
		secret := rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "secret")
		label := string(rapid.SliceOfN(rapid.Byte(), 0, 50).Draw(t, "label"))
		seed := rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "seed")
		mac := func(data ...[]byte) []byte {
			m := hmac.New(h.New, secret)
			for _, d := range data {
				m.Write(d)
			}
			return m.Sum(nil)
		}
		got := make([]byte, rapid.IntRange(0, 300).Draw(t, "length"))
		var want []byte
		for a := mac([]byte(label), seed); len(want) < len(got); a = mac(a) {
			want = append(want, mac(a, []byte(label), seed)...)
		}
		PRF12(h, got, secret, label, pieces(t, seed)...)
		if !bytes.Equal(got, want[:len(got)]) {
			t.Fatalf("%x, want %x", got, want)
		}
	})
}

func TestExpanderIsManyCallsInOne(t *testing.T) {
	var x Expander
	for _, h := range []Hash{SHA384, SHA256, SHA512} { // one after the other in the same place
		secret := bytes.Repeat([]byte{byte(h)}, h.Size())
		x.Init(h, secret)
		for _, label := range []string{"key", "iv", "finished"} {
			got, want := make([]byte, 100), make([]byte, 100)
			x.ExpandLabel(got, label, secret)
			HKDFExpandLabel(h, want, secret, label, secret)
			if !bytes.Equal(got, want) {
				t.Errorf("%v, %s: %x, want %x", h, label, got, want)
			}
		}
	}
	if s := fmt.Sprintf("%v %+v %#v %x %d", x, x, x, x, x); s != strings.TrimSpace(strings.Repeat("expander ", 5)) {
		t.Error("prints", s)
	}
	x.Clear()
	if x.k.h != 0 || x.k.key != nil || x.k.inner != [sha512State]byte{} || x.k.outer != [sha512State]byte{} {
		t.Error("Clear leaves something")
	}
}

func TestTooMuchKeyingMaterialPanics(t *testing.T) {
	for name, f := range map[string]func(){
		"HMAC":            func() { HMAC(SHA256, make([]byte, 33), nil) },
		"HKDFExtract":     func() { HKDFExtract(SHA256, make([]byte, 31), nil, nil) },
		"HKDFExpand":      func() { HKDFExpand(SHA256, make([]byte, MaxHKDFExpand(SHA256)+1), nil, nil) },
		"HKDFExpandLabel": func() { HKDFExpandLabel(SHA256, nil, nil, string(make([]byte, MaxLabelLength+1)), nil) },
		"Hash":            func() { Hash(99).New() },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s went on", name)
				}
			}()
			f()
		}()
	}
}
