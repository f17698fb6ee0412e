package cipher

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"testing"

	"tlsengine/fuzz/vectors"
)

// wycheproofTest is one test of Wycheproof's files; each kind of file has some of the fields.
type wycheproofTest struct {
	TcID                    int
	Flags                   []string
	Result                  string // valid, invalid or acceptable
	Public, Private, Shared string // key exchange
	Ikm, Salt, Info, Okm    string // HKDF
	Size                    int
	Key, Tag                string // HMAC
	Msg, Sig                string // signatures
	Seed, Ek, C, K          string // ML-KEM
	Iv, Aad, Ct             string // ciphers and RSA
}

type wycheproofGroup struct {
	Sha             string
	Mgf, MgfSha     string
	SLen, TagSize   int
	KeySize, IvSize int // bits, as TagSize
	PublicKey       json.RawMessage
	PrivateKeyPkcs8 string
	Tests           []wycheproofTest
}

// wycheproofKey are the numbers of a public key in whatever form its kind has.
type wycheproofKey struct{ Uncompressed, Pk, Modulus, PublicExponent string }

// wycheproof reads testdata/wycheproof/name_test.json.gz.
func wycheproof(t *testing.T, name string) []wycheproofGroup {
	t.Helper()
	return vectors.Wycheproof[wycheproofGroup](t, name)
}

func (g *wycheproofGroup) key(t *testing.T) (k wycheproofKey) {
	t.Helper()
	if err := json.Unmarshal(g.PublicKey, &k); err != nil {
		t.Fatal(err)
	}
	return k
}

var wycheproofHashes = map[string]Hash{"SHA-1": SHA1, "SHA-224": SHA224, "SHA-256": SHA256, "SHA-384": SHA384, "SHA-512": SHA512}

// expect fails unless good is what the file says; acceptable says what it must be for results that may be either.
func (v *wycheproofTest) expect(t *testing.T, file string, good, acceptable bool, err error) {
	t.Helper()
	if want := v.Result == "valid" || v.Result == "acceptable" && acceptable; good != want {
		t.Errorf("%s, test %d (%s, %v): good is %v: %v", file, v.TcID, v.Result, v.Flags, good, err)
	}
}

// TestWycheproofX25519: every secret is right, and an all-zero one is refused (RFC 8446, Section 7.4.2), which the file leaves
// open.
func TestWycheproofX25519(t *testing.T) {
	for _, g := range wycheproof(t, "x25519") {
		for _, v := range g.Tests {
			e, err := groupX25519.Generate(unhex(t, v.Private))
			if err != nil {
				t.Fatal(err)
			}
			want := unhex(t, v.Shared)
			got, err := e.Agree(unhex(t, v.Public))
			zero := bytes.Equal(want, make([]byte, 32))
			if zero != errors.Is(err, ErrBadShare) {
				t.Errorf("test %d: %v", v.TcID, err)
			}
			v.expect(t, "x25519", bytes.Equal(got, want), !zero, err)
		}
	}
}

// TestWycheproofECDH: points as key shares carry them. Compressed ones are refused (RFC 8446, Section 4.2.8.2).
func TestWycheproofECDH(t *testing.T) {
	for file, g := range map[string]*Group{"ecdh_secp256r1_ecpoint": groupP256, "ecdh_secp384r1_ecpoint": groupP384, "ecdh_secp521r1_ecpoint": groupP521} {
		for _, group := range wycheproof(t, file) {
			for _, v := range group.Tests {
				if len(v.Private)%2 != 0 {
					v.Private = "0" + v.Private
				}
				scalar := make([]byte, g.SecretSize)
				private := bytes.TrimLeft(unhex(t, v.Private), "\x00")
				copy(scalar[len(scalar)-len(private):], private)
				k, err := g.exchange.(nist).curve.NewPrivateKey(scalar)
				if err != nil {
					t.Errorf("%s, test %d: %v", file, v.TcID, err)
					continue
				}
				got, err := (&Ephemeral{group: g, secret: privateHalves{nist: k}}).Agree(unhex(t, v.Public))
				v.expect(t, file, err == nil && bytes.Equal(got, unhex(t, v.Shared)), false, err)
			}
		}
	}
}

func TestWycheproofHKDF(t *testing.T) {
	for file, h := range map[string]Hash{"hkdf_sha256": SHA256, "hkdf_sha384": SHA384} {
		for _, g := range wycheproof(t, file) {
			for _, v := range g.Tests {
				if v.Size > MaxHKDFExpand(h) {
					v.expect(t, file, false, false, errors.New("too long"))
					continue
				}
				prk, out := make([]byte, h.Size()), make([]byte, v.Size)
				HKDFExtract(h, prk, unhex(t, v.Salt), unhex(t, v.Ikm))
				HKDFExpand(h, out, prk, unhex(t, v.Info))
				v.expect(t, file, bytes.Equal(out, unhex(t, v.Okm)), false, nil)
			}
		}
	}
}

func TestWycheproofHMAC(t *testing.T) {
	for file, h := range map[string]Hash{"hmac_sha1": SHA1, "hmac_sha256": SHA256, "hmac_sha384": SHA384} {
		for _, g := range wycheproof(t, file) {
			for _, v := range g.Tests {
				out := make([]byte, g.TagSize/8)
				HMAC(h, out, unhex(t, v.Key), unhex(t, v.Msg))
				v.expect(t, file, bytes.Equal(out, unhex(t, v.Tag)), false, nil)
			}
		}
	}
}

func TestWycheproofECDSA(t *testing.T) {
	for file, curve := range map[string]GroupID{
		"ecdsa_secp224r1_sha256": CurveP224, "ecdsa_secp256r1_sha256": CurveP256, "ecdsa_secp256r1_sha512": CurveP256,
		"ecdsa_secp384r1_sha256": CurveP384, "ecdsa_secp384r1_sha384": CurveP384, "ecdsa_secp384r1_sha512": CurveP384,
		"ecdsa_secp521r1_sha512": CurveP521,
	} {
		for _, g := range wycheproof(t, file) {
			k, err := NewECDSAPublicKey(curve, unhex(t, g.key(t).Uncompressed))
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			g.verifyAll(t, file, Algorithm{Kind: ECDSA, Hash: wycheproofHashes[g.Sha]}, k, nil)
		}
	}
}

func TestWycheproofEd25519(t *testing.T) {
	for _, g := range wycheproof(t, "ed25519") {
		k, err := NewEd25519PublicKey(unhex(t, g.key(t).Pk))
		if err != nil {
			t.Fatal(err)
		}
		g.verifyAll(t, "ed25519", Algorithm{Kind: EdDSA}, k, nil)
	}
}

// TestWycheproofRSA has PKCS#1 v1.5 and PSS. What the files leave open, a DigestInfo without NULL, is refused: RFC 8017, Appendix
// B.1 wants it written.
func TestWycheproofRSA(t *testing.T) {
	open := map[string]int{}
	for _, file := range []string{
		"rsa_signature_2048_sha256", "rsa_signature_2048_sha384", "rsa_signature_2048_sha512", "rsa_signature_3072_sha256",
		"rsa_signature_4096_sha512", "rsa_pss_2048_sha256_mgf1_32", "rsa_pss_2048_sha384_mgf1_48", "rsa_pss_4096_sha512_mgf1_64", "rsa_pss_misc",
	} {
		for _, g := range wycheproof(t, file) {
			a := Algorithm{Kind: RSAPKCS1, Hash: wycheproofHashes[g.Sha]}
			if g.Mgf != "" {
				a.Kind, a.SaltLen = RSAPSS, g.SLen
				if g.MgfSha != g.Sha || a.Hash == 0 {
					continue // nothing in TLS or in certificates that are accepted mixes hashes, or has SHA-512/256
				}
			}
			if a.Kind == RSAPSS && a.SaltLen == 0 {
				continue // refused with a name of its own: see TestSaltlessPSSIsUnsupported
			}
			key := g.key(t)
			k, err := NewRSAPublicKey(unhex(t, key.Modulus), unhex(t, key.PublicExponent), false)
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			g.verifyAll(t, file, a, k, open)
		}
	}
	if len(open) > 0 && !slices.Equal(slices.Collect(maps.Keys(open)), []string{"MissingNull"}) {
		t.Errorf("left open by the files: %v", open)
	}
}

// TestSaltlessPSSIsUnsupported: valid signatures of PSS without salt, which crypto/rsa can't ask for, are not called wrong.
func TestSaltlessPSSIsUnsupported(t *testing.T) {
	n := 0
	for _, g := range wycheproof(t, "rsa_pss_misc") {
		a := Algorithm{Kind: RSAPSS, Hash: wycheproofHashes[g.Sha]}
		if g.SLen > 0 || g.MgfSha != g.Sha || a.Hash == 0 {
			continue
		}
		key := g.key(t)
		k, err := NewRSAPublicKey(unhex(t, key.Modulus), unhex(t, key.PublicExponent), false)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range g.Tests {
			n++
			if err := VerifySignature(a, k, unhex(t, v.Msg), unhex(t, v.Sig)); err == nil || errors.Is(err, ErrBadSignature) {
				t.Errorf("test %d: %v", v.TcID, err)
			}
		}
	}
	if n == 0 {
		t.Error("no such test in the file")
	}
}

// verifyAll checks all signatures of a group. Those that the file leaves open are counted by flag in open, and refused.
func (g *wycheproofGroup) verifyAll(t *testing.T, file string, a Algorithm, k PublicKey, open map[string]int) {
	t.Helper()
	for _, v := range g.Tests {
		err := VerifySignature(a, k, unhex(t, v.Msg), unhex(t, v.Sig))
		v.expect(t, file, err == nil, false, err)
		if v.Result == "acceptable" {
			for _, f := range v.Flags {
				if open != nil {
					open[f]++
				}
			}
		}
		if err != nil && !errors.Is(err, ErrBadSignature) {
			t.Errorf("%s, test %d: %v", file, v.TcID, err)
		}
	}
}

func TestWycheproofMLKEM768(t *testing.T) {
	for _, g := range wycheproof(t, "mlkem_768") {
		for _, v := range g.Tests {
			d, err := kem768{}.generate(unhex(t, v.Seed))
			if err != nil {
				v.expect(t, "mlkem_768", false, false, err)
				continue
			}
			if v.Ek != "" && !bytes.Equal(d.encapsulationKey(), unhex(t, v.Ek)) {
				t.Errorf("test %d: another encapsulation key", v.TcID)
			}
			k, err := d.Decapsulate(unhex(t, v.C))
			v.expect(t, "mlkem_768", err == nil && bytes.Equal(k, unhex(t, v.K)), false, err)
		}
	}
}
