package cipher

import (
	"bytes"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// rfc6979 is the key of 1024 bits of RFC 6979, Appendix A.2.1.
var rfc6979 = struct{ p, q, g, x, y string }{
	p: "86f5ca03dcfeb225063ff830a0c769b9dd9d6153ad91d7ce27f787c43278b447e6533b86b18bed6e8a48b784a14c252c5be0dbf60b86d6385bd2f12fb763ed88" +
		"73abfd3f5ba2e0a8c0a59082eac056935e529daf7c610467899c77adedfc846c881870b7b19b2b58f9be0521a17002e3bdd6b86685ee90b3d9a1b02b782b1779",
	q: "996f967f6c8e388d9e28d01e205fba957a5698b1",
	g: "07b0f92546150b62514bb771e2a0c0ce387f03bda6c56b505209ff25fd3c133d89bbcd97e904e09114d9a7defdeadfc9078ea544d2e401aeecc40bb9fbbf78fd" +
		"87995a10a1c27cb7789b594ba7efb5c4326a9fe59a070e136db77175464adca417be5dce2f40d10a46a3a3943f26ab7fd9c0398ff8c76ee0a56826a8a88f1dbd",
	x: "411602cb19a6ccc34494d79d98ef1e7ed5af25f7",
	y: "5df5e01ded31d0297e274e1691c192fe5868fef9e19a84776454b100cf16f65392195a38b90523e2542ee61871c0440cb87c322fc4b4d2ec5e1e7ec766e1be8d" +
		"4ce935437dc11c3c8fd426338933ebfe739cb3465f4d3668c5e473508253b1e682f65cbdc4fae93c2ea212390e54905a86e2223170b44eaa7da5dd9ffcfb7f3b",
}

func bigHex(s string) *big.Int {
	n, ok := new(big.Int).SetString(s, 16)
	if !ok {
		panic(s)
	}
	return n
}

func testDSAKey() (PrivateKey, error) {
	return NewDSAPrivateKey(bigHex(rfc6979.p).Bytes(), bigHex(rfc6979.q).Bytes(), bigHex(rfc6979.g).Bytes(), bigHex(rfc6979.x).Bytes())
}

// TestDSAOfRFC6979 has the public key and signatures of RFC 6979, Appendix A.2.1.
func TestDSAOfRFC6979(t *testing.T) {
	k, err := testDSAKey()
	if err != nil {
		t.Fatal(err)
	}
	if y := k.Public().(*DSAPublicKey).std.Y; y.Cmp(bigHex(rfc6979.y)) != 0 {
		t.Errorf("public value %x", y)
	}
	for _, v := range []struct {
		message string
		scheme  SignatureScheme
		r, s    string
	}{
		{"sample", DSASHA1, "2e1a0c2562b2912caaf89186fb0f42001585da55", "29efb6b0aff2d7a68eb70ca313022253b9a88df5"},
		{"test", DSASHA1, "42ab2052fd43e123f0607f115052a67dcd9c5c77", "183916b0230d45b9931491d4c6b0bd2fb4aaf088"},
		{"sample", DSASHA224, "4bc3b686aea70145856814a6f1bb53346f02101e", "410697b92295d994d21edd2f4ada85566f6f94c1"},
		{"test", DSASHA224, "6868e9964e36c1689f6037f91f28d5f2c30610f2", "49cec3acdc83018c5bd2674ecaad35b8cd22940f"},
	} {
		got, err := k.Sign(v.scheme, []byte(v.message), make([]byte, SignSeedSize))
		if want := dsaSignature(bigHex(v.r), bigHex(v.s)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%v of %q: %x (%v), want %x", v.scheme, v.message, got, err, want)
		}
	}
}

// TestDSASignaturesVerify: by crypto/dsa, for every hash, seeded or not.
func TestDSASignaturesVerify(t *testing.T) {
	k, err := testDSAKey()
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		h := rapid.SampledFrom([]Hash{SHA1, SHA224, SHA256, SHA384, SHA512}).Draw(t, "hash")
		message := rapid.SliceOf(rapid.Byte()).Draw(t, "message")
		var seed []byte
		if rapid.Bool().Draw(t, "seeded") {
			seed = make([]byte, SignSeedSize)
		}
		a := Algorithm{Kind: DSA, Hash: h}
		sig, err := k.SignAlgorithm(a, message, seed)
		if err != nil {
			t.Fatal(err)
		}
		if err := VerifySignature(a, k.Public(), message, sig); err != nil {
			t.Fatal(err)
		}
	})
}

func TestDSAPrivateKeysThatAreNone(t *testing.T) {
	p, q, g, x := bigHex(rfc6979.p), bigHex(rfc6979.q), bigHex(rfc6979.g), bigHex(rfc6979.x)
	for name, n := range map[string][4]*big.Int{
		"x of 0":           {p, q, g, new(big.Int)},
		"x of q":           {p, q, g, q},
		"x longer than q":  {p, q, g, p},
		"g of another one": {p, q, big.NewInt(2), x},
		"no p":             {new(big.Int), q, g, x},
	} {
		if _, err := NewDSAPrivateKey(n[0].Bytes(), n[1].Bytes(), n[2].Bytes(), n[3].Bytes()); !errors.Is(err, ErrBadKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
	padded := append([]byte{0}, p.Bytes()...)
	if k, err := NewDSAPrivateKey(padded, append([]byte{0}, q.Bytes()...), append([]byte{0}, g.Bytes()...), append([]byte{0}, x.Bytes()...)); err != nil {
		t.Error("zeros in front:", err)
	} else if own, _ := testDSAKey(); !k.Public().Equal(own.Public()) {
		t.Error("zeros in front make another key")
	}
}

func TestDSAKeyDoesNotPrint(t *testing.T) {
	k, err := testDSAKey()
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		if got := fmt.Sprintf(verb, k); got != "DSA private key" || strings.Contains(got, rfc6979.x) {
			t.Errorf("%s prints %s", verb, got)
		}
	}
}
