package x509lite

import (
	"bytes"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"encoding/hex"
	"errors"
	"testing"

	"tlsengine/cipher"
	"tlsengine/fuzz/vectors"
)

// wycheproofGroup is a group of tests of Wycheproof's files, with the fields that are read here.
type wycheproofGroup struct {
	Encoding                   string
	Sha, MgfSha                string
	SLen                       int
	PublicKeyDer, PublicKeyPem string
	Tests                      []struct {
		TcID                              int
		Comment                           string
		Flags                             []string
		Result                            string // valid, invalid or acceptable
		Public, Private, Shared, Msg, Sig string
	}
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	if len(s)%2 != 0 {
		s = "0" + s
	}
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// agree computes the shared secret of a public key in SubjectPublicKeyInfo and a private one.
func agree(public cipher.PublicKey, private *ecdh.PrivateKey) ([]byte, error) {
	e, ok := public.Std().(*ecdsa.PublicKey)
	if !ok {
		return nil, errors.New("not a key on a curve")
	}
	p, err := e.ECDH()
	if err != nil {
		return nil, err
	}
	return private.ECDH(p)
}

// TestWycheproofECPublicKeys reads the public keys of ECDH tests as certificates have them. What the files leave open, explicit
// parameters, compressed points, and sloppy DER, is refused, each kind of flag whole.
func TestWycheproofECPublicKeys(t *testing.T) {
	for file, curve := range map[string]ecdh.Curve{"ecdh_secp256r1": ecdh.P256(), "ecdh_secp384r1": ecdh.P384(),
		"ecdh_secp521r1": ecdh.P521()} {
		for _, g := range vectors.Wycheproof[wycheproofGroup](t, file) {
			for _, v := range g.Tests {
				scalar := make([]byte, (map[ecdh.Curve]int{ecdh.P256(): 32, ecdh.P384(): 48, ecdh.P521(): 66})[curve])
				private := bytes.TrimLeft(unhex(t, v.Private), "\x00")
				copy(scalar[len(scalar)-len(private):], private)
				k, err := curve.NewPrivateKey(scalar)
				if err != nil {
					t.Fatal(err)
				}
				var got []byte
				public, err := ParsePublicKey(unhex(t, v.Public))
				if err == nil {
					got, err = agree(public, k)
				}
				if good := err == nil && bytes.Equal(got, unhex(t, v.Shared)); good != (v.Result == "valid") {
					t.Errorf("%s, test %d (%s, %s, %v): good is %v: %v", file, v.TcID, v.Comment, v.Result, v.Flags, good, err)
				}
			}
		}
	}
}

// TestWycheproofPEMKeys reads both keys of each test from PEM.
func TestWycheproofPEMKeys(t *testing.T) {
	for _, g := range vectors.Wycheproof[wycheproofGroup](t, "ecdh_secp256r1_pem") {
		for _, v := range g.Tests {
			k, err := ParsePrivateKeyPEM([]byte(v.Private))
			if err != nil {
				t.Fatalf("test %d: %v", v.TcID, err)
			}
			private, err := k.(interface{ Signer() crypto.Signer }).Signer().(*ecdsa.PrivateKey).ECDH()
			if err != nil {
				t.Fatal(err)
			}
			got, err := agreePEM(v.Public, private)
			if good := err == nil && bytes.Equal(got, unhex(t, v.Shared)); good != (v.Result == "valid") {
				t.Errorf("test %d (%s, %s, %v): good is %v: %v", v.TcID, v.Comment, v.Result, v.Flags, good, err)
			}
		}
	}
}

func agreePEM(public string, private *ecdh.PrivateKey) ([]byte, error) {
	blocks, err := ParsePEM([]byte(public))
	if err != nil {
		return nil, err
	}
	if len(blocks) != 1 || blocks[0].Type != "PUBLIC KEY" {
		return nil, errors.New("not one public key")
	}
	k, err := ParsePublicKey(blocks[0].Bytes)
	if err != nil {
		return nil, err
	}
	return agree(k, private)
}

// TestWycheproofPSSKeys reads RSA-PSS keys with parameters and checks signatures by them. Keys whose parameters mix hashes, or
// have a hash that is not known here, are refused as unsupported.
func TestWycheproofPSSKeys(t *testing.T) {
	hashes := map[string]cipher.Hash{"SHA-1": cipher.SHA1, "SHA-224": cipher.SHA224, "SHA-256": cipher.SHA256,
		"SHA-384": cipher.SHA384, "SHA-512": cipher.SHA512}
	for _, file := range []string{"rsa_pss_2048_sha256_mgf1_32_params", "rsa_pss_4096_sha512_mgf1_64_params", "rsa_pss_misc_params"} {
		for _, g := range vectors.Wycheproof[wycheproofGroup](t, file) {
			k, err := ParsePublicKey(unhex(t, g.PublicKeyDer))
			if g.Sha != g.MgfSha || hashes[g.Sha] == 0 {
				if !errors.Is(err, ErrUnsupportedKey) {
					t.Errorf("%s, %s and %s: %v", file, g.Sha, g.MgfSha, err)
				}
				continue
			}
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			a := cipher.Algorithm{Kind: cipher.RSAPSS, Hash: hashes[g.Sha], SaltLen: g.SLen}
			for _, v := range g.Tests {
				err := cipher.VerifySignature(a, k, unhex(t, v.Msg), unhex(t, v.Sig))
				if g.SLen == 0 { // crypto/rsa can't ask for it: see package cipher
					if err == nil || errors.Is(err, cipher.ErrBadSignature) {
						t.Errorf("%s, test %d: %v", file, v.TcID, err)
					}
				} else if (err == nil) != (v.Result == "valid") {
					t.Errorf("%s, test %d (%s, %s, %v): %v", file, v.TcID, v.Comment, v.Result, v.Flags, err)
				}
			}
		}
	}
}
