package cipher

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// testKeys makes one key of each kind, once.
var testKeys = sync.OnceValue(func() map[string]PrivateKey {
	keys := map[string]PrivateKey{}
	add := func(name string, k PrivateKey, err error) {
		if err != nil {
			panic(err)
		}
		keys[name] = k
	}
	for name, c := range map[string]elliptic.Curve{"P-224": elliptic.P224(), "P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()} {
		std, err := ecdsa.GenerateKey(c, rand.Reader)
		if err != nil {
			panic(err)
		}
		k, err := NewPrivateKey(std)
		add(name, k, err)
	}
	std, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	k, err := NewPrivateKey(std)
	add("RSA", k, err)
	k, err = NewRSAPSSPrivateKey(std)
	add("RSA-PSS", k, err)
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		panic(err)
	}
	k, err = NewPrivateKey(short)
	add("RSA-1024", k, err)
	k, err = testDSAKey()
	add("DSA", k, err)
	for name, kind := range map[string]KeyType{"ML-DSA-44": KeyMLDSA44, "ML-DSA-65": KeyMLDSA65, "ML-DSA-87": KeyMLDSA87} {
		k, err = NewMLDSAPrivateKey(kind, bytes.Repeat([]byte{byte(kind)}, MLDSASeedSize))
		add(name, k, err)
	}
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	k, err = NewPrivateKey(ed)
	add("Ed25519", k, err)
	return keys
})

// fits is the table of who signs what, written by hand: scheme's prefix to key names, and in TLS 1.3 to the bound curve.
var fits = map[SignatureScheme]struct {
	keys    []string
	bound13 string
}{
	RSAPKCS1SHA1: {[]string{"RSA", "RSA-1024"}, ""}, RSAPKCS1SHA256: {[]string{"RSA", "RSA-1024"}, ""},
	RSAPKCS1SHA384: {[]string{"RSA", "RSA-1024"}, ""}, RSAPKCS1SHA512: {[]string{"RSA", "RSA-1024"}, ""},
	RSAPSSRSAESHA256: {[]string{"RSA", "RSA-1024"}, ""}, RSAPSSRSAESHA384: {[]string{"RSA", "RSA-1024"}, ""},
	RSAPSSRSAESHA512: {[]string{"RSA"}, ""}, // 1024 bits have no room for 64 + 64 + 2 bytes
	RSAPSSPSSSHA256:  {[]string{"RSA-PSS"}, ""}, RSAPSSPSSSHA384: {[]string{"RSA-PSS"}, ""}, RSAPSSPSSSHA512: {[]string{"RSA-PSS"}, ""},
	ECDSASHA1:            {[]string{"P-224", "P-256", "P-384", "P-521"}, "none"},
	ECDSAP256SHA256:      {[]string{"P-224", "P-256", "P-384", "P-521"}, "P-256"},
	ECDSAP384SHA384:      {[]string{"P-224", "P-256", "P-384", "P-521"}, "P-384"},
	ECDSAP521SHA512:      {[]string{"P-224", "P-256", "P-384", "P-521"}, "P-521"},
	Ed25519:              {[]string{"Ed25519"}, ""},
	ECDSASHA224:          {[]string{"P-224", "P-256", "P-384", "P-521"}, "none"},
	RSAPKCS1SHA256Legacy: {[]string{"RSA", "RSA-1024"}, ""}, RSAPKCS1SHA384Legacy: {[]string{"RSA", "RSA-1024"}, ""},
	RSAPKCS1SHA512Legacy: {[]string{"RSA", "RSA-1024"}, ""},
	RSAPKCS1SHA224:       {[]string{"RSA", "RSA-1024"}, ""}, RSAPKCS1MD5SHA1: {[]string{"RSA", "RSA-1024"}, ""},
	DSASHA1: {[]string{"DSA"}, ""}, DSASHA224: {[]string{"DSA"}, ""}, DSASHA256: {[]string{"DSA"}, ""}, DSASHA384: {[]string{"DSA"}, ""}, DSASHA512: {[]string{"DSA"}, ""},
	MLDSA44: {[]string{"ML-DSA-44"}, ""}, MLDSA65: {[]string{"ML-DSA-65"}, ""}, MLDSA87: {[]string{"ML-DSA-87"}, ""},
}

func TestEachSchemeFitsItsKeysAndSigns(t *testing.T) {
	message := []byte("what is signed")
	for _, row := range Schemes() {
		want := fits[row.ID]
		for name, k := range testKeys() {
			public, expect := k.Public(), false
			for _, w := range want.keys {
				expect = expect || w == name
			}
			if got := row.ID.Fits(public); got != expect {
				t.Errorf("%v fits %s: %v", row.ID, name, got)
			}
			if got := row.ID.FitsCurve(public); got != (expect && (want.bound13 == "" || want.bound13 == name)) {
				t.Errorf("%v fits %s in TLS 1.3: %v", row.ID, name, got)
			}
			sig, err := k.Sign(row.ID, message, nil)
			if !expect {
				if !errors.Is(err, ErrWrongKey) {
					t.Errorf("%v by %s: %v", row.ID, name, err)
				}
				if err := row.ID.Verify(public, message, nil); !errors.Is(err, ErrWrongKey) {
					t.Errorf("%v verified by %s: %v", row.ID, name, err)
				}
				continue
			}
			if err != nil {
				t.Errorf("%v by %s: %v", row.ID, name, err)
				continue
			}
			if err := row.ID.Verify(public, message, sig); err != nil {
				t.Errorf("%v by %s: %v", row.ID, name, err)
			}
			if err := row.ID.Verify(public, message[1:], sig); err != ErrBadSignature {
				t.Errorf("%v by %s over another message: %v", row.ID, name, err)
			}
		}
	}
}

func TestNoFlippedBitVerifies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		row := rapid.SampledFrom(Schemes()).Draw(t, "scheme")
		k := testKeys()[fits[row.ID].keys[0]]
		message := rapid.SliceOf(rapid.Byte()).Draw(t, "message")
		sig, err := k.Sign(row.ID, message, make([]byte, SignSeedSize))
		if err != nil {
			t.Fatal(err)
		}
		bit := rapid.IntRange(0, 8*len(sig)-1).Draw(t, "bit")
		bad := bytes.Clone(sig)
		bad[bit/8] ^= 1 << (bit % 8)
		for _, s := range [][]byte{bad, sig[:len(sig)-1], append(bytes.Clone(sig), 0), nil} {
			if err := row.ID.Verify(k.Public(), message, s); err != ErrBadSignature {
				t.Fatalf("%v of %x: %v", row.ID, s, err)
			}
		}
	})
}

func TestSeedDecidesSignature(t *testing.T) {
	message := []byte("what is signed")
	one, two := bytes.Repeat([]byte{1}, SignSeedSize), bytes.Repeat([]byte{2}, SignSeedSize)
	for _, row := range Schemes() {
		k := testKeys()[fits[row.ID].keys[0]]
		sign := func(seed []byte) []byte {
			sig, err := k.Sign(row.ID, message, seed)
			if err != nil {
				t.Fatal(row.ID, err)
			}
			return sig
		}
		if !bytes.Equal(sign(one), sign(one)) {
			t.Errorf("%v: one seed, two signatures", row.ID)
		}
		if salted := row.Algorithm.Kind == RSAPSS; bytes.Equal(sign(one), sign(two)) == salted {
			t.Errorf("%v: the seed is a salt: %v expected", row.ID, salted)
		}
		hedged := row.Algorithm.Kind == ECDSA || row.Algorithm.Kind == DSA || row.PostQuantum
		if hedged && bytes.Equal(sign(nil), sign(nil)) {
			t.Errorf("%v: no seed, yet the same signature twice", row.ID)
		}
		if _, err := k.Sign(row.ID, message, one[1:]); err == nil {
			t.Errorf("%v took a short seed", row.ID)
		}
	}
}

func TestSaltIsFrontOfSeed(t *testing.T) {
	seed := make([]byte, SignSeedSize)
	for i := range seed {
		seed[i] = byte(i)
	}
	k := testKeys()["RSA"]
	sig, err := k.Sign(RSAPSSRSAESHA256, []byte("m"), seed)
	if err != nil {
		t.Fatal(err)
	}
	// RFC 8017, Section 9.1.1: the bare RSA function opens the signature; the mask of MGF1 hides zeros, a 1 and the salt.
	std := k.Public().Std().(*rsa.PublicKey)
	em := new(big.Int).Exp(new(big.Int).SetBytes(sig), big.NewInt(int64(std.E)), std.N).FillBytes(make([]byte, std.Size()))
	masked, hash := em[:len(em)-33], em[len(em)-33:len(em)-1]
	var mask []byte
	for i := byte(0); len(mask) < len(masked); i++ {
		mask = SHA256.Sum(mask, append(bytes.Clone(hash), 0, 0, 0, i))
	}
	subtle.XORBytes(masked, masked, mask)
	if salt := masked[len(masked)-32:]; !bytes.Equal(salt, seed[:32]) {
		t.Errorf("salt %x", salt)
	}
}

// TestECDSAOfRFC6979 has the first vector of RFC 6979, Appendix A.2.5, P-256 with SHA-256, message "sample".
func TestECDSAOfRFC6979(t *testing.T) {
	d := unhex(t, "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721")
	std, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), d)
	if err != nil {
		t.Fatal(err)
	}
	k, err := NewPrivateKey(std)
	if err != nil {
		t.Fatal(err)
	}
	sig, err := k.Sign(ECDSAP256SHA256, []byte("sample"), make([]byte, SignSeedSize))
	if err != nil {
		t.Fatal(err)
	}
	want := unhex(t, "3046022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"+
		"022100f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8")
	if !bytes.Equal(sig, want) {
		t.Errorf("%x, want %x", sig, want)
	}
}

// hardware is a crypto.Signer of no type that this package knows.
type hardware struct{ crypto.Signer }

func (h hardware) Sign(r io.Reader, digest []byte, o crypto.SignerOpts) ([]byte, error) {
	if r == nil {
		return nil, errors.New("no randomness")
	}
	return h.Signer.Sign(r, digest, o)
}

func TestForeignSignerWorksForEveryScheme(t *testing.T) {
	for _, row := range Schemes() {
		own, ok := testKeys()[fits[row.ID].keys[0]].(interface {
			PrivateKey
			Signer() crypto.Signer
		})
		if row.KeyType == KeyRSAPSS || !ok {
			continue
		}
		k, err := NewPrivateKey(hardware{own.Signer()})
		if err != nil {
			t.Fatal(err)
		}
		if !k.Public().Equal(own.Public()) {
			t.Errorf("%v: another public key", row.ID)
		}
		for _, seed := range [][]byte{nil, make([]byte, SignSeedSize)} {
			sig, err := k.Sign(row.ID, []byte("m"), seed)
			if err != nil {
				t.Fatal(row.ID, err)
			}
			if err := row.ID.Verify(k.Public(), []byte("m"), sig); err != nil {
				t.Errorf("%v: %v", row.ID, err)
			}
		}
	}
}

func TestPublicKeysKnowThemselves(t *testing.T) {
	bits := map[string]int{"P-224": 224, "P-256": 256, "P-384": 384, "P-521": 521, "RSA": 2048, "RSA-PSS": 2048, "RSA-1024": 1024, "Ed25519": 256,
		"DSA": 1024, "ML-DSA-44": 8 * 1312, "ML-DSA-65": 8 * 1952, "ML-DSA-87": 8 * 2592}
	curves := map[string]GroupID{"P-224": CurveP224, "P-256": CurveP256, "P-384": CurveP384, "P-521": CurveP521}
	for name, k := range testKeys() {
		p := k.Public()
		if p.Bits() != bits[name] || p.Curve() != curves[name] {
			t.Errorf("%s: %d bits, curve %v", name, p.Bits(), p.Curve())
		}
		for other, o := range testKeys() {
			if p.Equal(o.Public()) != (name == other) {
				t.Errorf("%s equals %s: %v", name, other, name != other)
			}
		}
		if name == "RSA-PSS" || name == "DSA" {
			continue // the library has no such type, or none to be used
		}
		again, err := NewPublicKey(p.Std())
		if err != nil || !again.Equal(p) {
			t.Errorf("%s does not survive Std (%v)", name, err)
		}
	}
}

func TestRawKeysAreRebuilt(t *testing.T) {
	r := testKeys()["RSA"].Public().Std().(*rsa.PublicKey)
	for _, n := range [][]byte{r.N.Bytes(), append([]byte{0}, r.N.Bytes()...)} {
		k, err := NewRSAPublicKey(n, []byte{0, 1, 0, 1}, false)
		if err != nil || !k.Equal(testKeys()["RSA"].Public()) {
			t.Errorf("RSA: %v", err)
		}
	}
	for _, name := range []string{"P-224", "P-256", "P-384", "P-521"} {
		p := testKeys()[name].Public()
		point, err := p.Std().(*ecdsa.PublicKey).Bytes()
		if err != nil {
			t.Fatal(err)
		}
		k, err := NewECDSAPublicKey(p.Curve(), point)
		if err != nil || !k.Equal(p) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestBadKeysAreRefused(t *testing.T) {
	n := testKeys()["RSA"].Public().Std().(*rsa.PublicKey).N.Bytes()
	even := bytes.Clone(n)
	even[len(even)-1] &^= 1
	e := []byte{1, 0, 1}
	for what, f := range map[string]func() error{
		"an even modulus": func() error { _, err := NewRSAPublicKey(even, e, false); return err },
		"a short modulus": func() error { _, err := NewRSAPublicKey(n[:127], e, false); return err },
		"no modulus":      func() error { _, err := NewRSAPublicKey(nil, e, false); return err },
		"a huge modulus":  func() error { _, err := NewRSAPublicKey(bytes.Repeat([]byte{0xff}, 1<<20), e, false); return err },
		"a modulus a bit over": func() error {
			_, err := NewRSAPublicKey(append([]byte{1}, bytes.Repeat([]byte{0xff}, 2048)...), e, false)
			return err
		},
		"exponent 1":       func() error { _, err := NewRSAPublicKey(n, []byte{1}, false); return err },
		"exponent 0":       func() error { _, err := NewRSAPublicKey(n, []byte{0}, false); return err },
		"no exponent":      func() error { _, err := NewRSAPublicKey(n, nil, false); return err },
		"an even exponent": func() error { _, err := NewRSAPublicKey(n, []byte{4}, false); return err },
		"exponent 2^31+1":  func() error { _, err := NewRSAPublicKey(n, []byte{0x80, 0, 0, 1}, false); return err },
		"exponent 2^32+1":  func() error { _, err := NewRSAPublicKey(n, []byte{1, 0, 0, 0, 1}, false); return err },
		"ECDSA on X25519":  func() error { _, err := NewECDSAPublicKey(X25519, make([]byte, 32)); return err },
		"a point off the curve": func() error {
			_, err := NewECDSAPublicKey(CurveP256, append([]byte{4}, make([]byte, 64)...))
			return err
		},
		"a compressed point": func() error {
			_, err := NewECDSAPublicKey(CurveP256, append([]byte{2}, make([]byte, 32)...))
			return err
		},
		"infinity":                     func() error { _, err := NewECDSAPublicKey(CurveP256, []byte{0}); return err },
		"an ML-DSA key of another set": func() error { _, err := NewMLDSAPublicKey(KeyMLDSA65, make([]byte, 1312)); return err },
		"ML-DSA by Ed25519":            func() error { _, err := NewMLDSAPublicKey(KeyEd25519, make([]byte, 32)); return err },
		"a short ML-DSA seed":          func() error { _, err := NewMLDSAPrivateKey(KeyMLDSA44, make([]byte, 31)); return err },
		"a short Ed25519 key":          func() error { _, err := NewEd25519PublicKey(make([]byte, 31)); return err },
		"another type":                 func() error { _, err := NewPublicKey("key"); return err },
		"no signer":                    func() error { _, err := NewPrivateKey(nil); return err },
		"PSS by ECDSA":                 func() error { _, err := NewRSAPSSPrivateKey(testKeys()["P-256"].(*signer).Signer()); return err },
	} {
		if err := f(); !errors.Is(err, ErrBadKey) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestImpossibleAlgorithmsAreRefused(t *testing.T) {
	for _, a := range []Algorithm{{}, {Kind: ECDSA}, {Kind: EdDSA, Hash: SHA512}, {Kind: PureMLDSA44, Hash: SHA256}, {Kind: ECDSA, Hash: MD5SHA1}, {Kind: RSAPSS, Hash: SHA256}, {Kind: RSAPSS, Hash: SHA256, SaltLen: -1}, {Kind: RSAPKCS1, Hash: 99}, {Kind: 99, Hash: SHA256}} {
		for name, k := range testKeys() {
			if _, err := k.SignAlgorithm(a, nil, nil); err == nil {
				t.Errorf("%s signed %v", name, a)
			}
			if err := VerifySignature(a, k.Public(), nil, nil); err == nil || err == ErrBadSignature {
				t.Errorf("%s checked %v: %v", name, a, err)
			}
		}
	}
	if err := VerifySignature(eddsa, nil, nil, nil); !errors.Is(err, ErrWrongKey) {
		t.Error("no key:", err)
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	e, err := GroupByID(X25519).Generate(bytes.Repeat([]byte{0xab}, 32))
	if err != nil {
		t.Fatal(err)
	}
	d := testKeys()["P-256"].(*signer).Signer().(*ecdsa.PrivateKey)
	raw, err := d.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		got := fmt.Sprintf(verb, e) + fmt.Sprintf(verb, struct{ E *Ephemeral }{e})
		if strings.Contains(got, "abab") || strings.Contains(got, "171 171") || strings.Contains(got, "0xab, 0xab") {
			t.Errorf("%s prints the ephemeral key: %s", verb, got)
		}
		got = fmt.Sprintf(verb, testKeys()["P-256"])
		if strings.Contains(got, fmt.Sprintf("%x", raw)) || strings.Contains(got, fmt.Sprint(raw)) {
			t.Errorf("%s prints the private key", verb)
		}
	}
}
