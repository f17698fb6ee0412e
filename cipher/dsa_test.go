package cipher

import (
	"crypto/dsa" //lint:ignore SA1019 the oracle that makes what dsa.go verifies
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"math/big"
	"testing"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

func dsaPair(t *testing.T) (*dsa.PrivateKey, *DSAPublicKey) {
	t.Helper()
	k := &dsa.PrivateKey{}
	if err := dsa.GenerateParameters(&k.Parameters, rand.Reader, dsa.L1024N160); err != nil {
		t.Fatal(err)
	}
	if err := dsa.GenerateKey(k, rand.Reader); err != nil {
		t.Fatal(err)
	}
	public, err := NewDSAPublicKey(k.P.Bytes(), k.Q.Bytes(), k.G.Bytes(), k.Y.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return k, public
}

func dsaSignature(r, s *big.Int) []byte {
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1BigInt(r)
		b.AddASN1BigInt(s)
	})
	return b.BytesOrPanic()
}

// TestDSAVerifiesAndNothingElse: what crypto/dsa signs verifies under SHA-1 and, cut to q's length, SHA-256; any change doesn't.
func TestDSAVerifiesAndNothingElse(t *testing.T) {
	private, public := dsaPair(t)
	message := []byte("a certificate")
	for _, h := range []Hash{SHA1, SHA256} {
		a := Algorithm{Kind: DSA, Hash: h}
		digest := h.Sum(nil, message)
		r, s, err := dsa.Sign(rand.Reader, private, digest[:20])
		if err != nil {
			t.Fatal(err)
		}
		good := dsaSignature(r, s)
		if err := VerifySignature(a, public, message, good); err != nil {
			t.Fatal(a, err)
		}
		for name, bad := range map[string][]byte{
			"another s": dsaSignature(r, new(big.Int).Add(s, big.NewInt(1))),
			"s plus q":  dsaSignature(r, new(big.Int).Add(s, private.Q)),
			"r of zero": dsaSignature(new(big.Int), s),
			"longer":    append(good[:len(good):len(good)], 0),
			"none":      nil,
		} {
			if err := VerifySignature(a, public, message, bad); !errors.Is(err, ErrBadSignature) {
				t.Errorf("%v, %s: %v", a, name, err)
			}
		}
		if err := VerifySignature(a, public, []byte("another"), good); !errors.Is(err, ErrBadSignature) {
			t.Error(a, "another message", err)
		}
	}
}

// TestDSAKeysThatAreNone: each number wrong in turn.
func TestDSAKeysThatAreNone(t *testing.T) {
	k, public := dsaPair(t)
	one := []byte{1}
	for name, n := range map[string][4][]byte{
		"short p":      {k.Q.Bytes(), k.Q.Bytes(), k.G.Bytes(), k.Y.Bytes()},
		"even p":       {new(big.Int).Sub(k.P, big.NewInt(1)).Bytes(), k.Q.Bytes(), k.G.Bytes(), k.Y.Bytes()},
		"another q":    {k.P.Bytes(), new(big.Int).Sub(k.Q, big.NewInt(2)).Bytes(), k.G.Bytes(), k.Y.Bytes()},
		"g of one":     {k.P.Bytes(), k.Q.Bytes(), one, k.Y.Bytes()},
		"y of one":     {k.P.Bytes(), k.Q.Bytes(), k.G.Bytes(), one},
		"y out of all": {k.P.Bytes(), k.Q.Bytes(), k.G.Bytes(), k.P.Bytes()},
		"y of nothing": {k.P.Bytes(), k.Q.Bytes(), k.G.Bytes(), nil},
		"very long":    {make([]byte, 1000), k.Q.Bytes(), k.G.Bytes(), k.Y.Bytes()},
	} {
		if _, err := NewDSAPublicKey(n[0], n[1], n[2], n[3]); !errors.Is(err, ErrBadKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if again, err := public.WithValue(k.Y.Bytes()); err != nil || !again.Equal(public) {
		t.Error("the same value under the same parameters is the same key", err)
	}
}

// TestRestrictedPSSKey: RFC 4055, Section 3.1: only that hash, and no shorter salt.
func TestRestrictedPSSKey(t *testing.T) {
	std, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	k, err := NewRSAPSSPrivateKey(std)
	if err != nil {
		t.Fatal(err)
	}
	public := k.Public().(*RSAPublicKey)
	only, err := public.Restricted(Algorithm{Kind: RSAPSS, Hash: SHA256, SaltLen: 32})
	if err != nil {
		t.Fatal(err)
	}
	bound, err := NewRestrictedPSSPrivateKey(std, only.Restriction())
	if err != nil {
		t.Fatal(err)
	}
	for a, good := range map[Algorithm]bool{
		{Kind: RSAPSS, Hash: SHA256, SaltLen: 32}: true,
		{Kind: RSAPSS, Hash: SHA256, SaltLen: 40}: true,
		{Kind: RSAPSS, Hash: SHA256, SaltLen: 20}: false,
		{Kind: RSAPSS, Hash: SHA384, SaltLen: 48}: false,
	} {
		sig, err := k.SignAlgorithm(a, []byte("m"), nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := VerifySignature(a, public, []byte("m"), sig); err != nil {
			t.Errorf("%v, unrestricted: %v", a, err)
		}
		if err := VerifySignature(a, only, []byte("m"), sig); good && err != nil || !good && !errors.Is(err, ErrWrongKey) {
			t.Errorf("%v: %v", a, err)
		}
		if _, err := bound.SignAlgorithm(a, []byte("m"), nil); good && err != nil || !good && !errors.Is(err, ErrWrongKey) {
			t.Errorf("signing, %v: %v", a, err)
		}
	}
	if !RSAPSSPSSSHA256.Fits(only) || RSAPSSPSSSHA384.Fits(only) {
		t.Error("the schemes that fit are not those that the key allows")
	}
	if _, err := (&RSAPublicKey{}).Restricted(Algorithm{Kind: RSAPSS, Hash: SHA256}); !errors.Is(err, ErrBadKey) {
		t.Error("a key for PKCS#1 too can't be restricted", err)
	}
}
