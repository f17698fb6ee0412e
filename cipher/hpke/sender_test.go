package hpke

import (
	"bytes"
	"crypto/hpke"
	_ "embed"
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

//go:embed testdata/rfc9180.txt
var vectors string

// vector is one of RFC 9180, Appendix A.
type vector struct {
	suite                           Suite
	info, skEm, skRm, pkRm, enc, pt []byte
	seals                           []sealed
}

type sealed struct {
	seq     uint64
	aad, ct []byte
}

func readVectors(t *testing.T) (all []vector) {
	t.Helper()
	for text := range strings.SplitSeq(strings.TrimSpace(vectors), "\n\n") {
		var v vector
		bodies := map[string]*[]byte{"info": &v.info, "skEm": &v.skEm, "skRm": &v.skRm, "pkRm": &v.pkRm, "enc": &v.enc, "pt": &v.pt}
		for line := range strings.Lines(text) {
			f := strings.Fields(line)
			if f[0] == "#" {
				continue
			}
			values := make([][]byte, len(f)-1)
			for i := range values {
				var err error
				if values[i], err = hex.DecodeString(f[1+i]); err != nil {
					t.Fatal(err)
				}
			}
			n := new(big.Int).SetBytes(values[0]).Uint64()
			switch f[0] {
			case "kem_id":
				v.suite.KEM = KEM(n)
			case "kdf_id":
				v.suite.KDF = KDF(n)
			case "aead_id":
				v.suite.AEAD = AEAD(n)
			case "seal":
				v.seals = append(v.seals, sealed{n, values[1], values[2]})
			default:
				*bodies[f[0]] = values[0]
			}
		}
		all = append(all, v)
	}
	return all
}

// seedOf returns the seed that makes this private key: for X25519 the key itself, for the others what is one less.
func seedOf(suite Suite, key []byte) []byte {
	size := suite.KEM.Group().SeedSize()
	if size == len(key) {
		return key
	}
	n := new(big.Int).SetBytes(key)
	return n.Sub(n, big.NewInt(1)).FillBytes(make([]byte, size))
}

// TestSenderIsThatOfRFC9180 makes the ciphertexts of the RFC's vectors.
func TestSenderIsThatOfRFC9180(t *testing.T) {
	all := readVectors(t)
	if len(all) != 6 {
		t.Fatalf("%d vectors", len(all))
	}
	for _, v := range all {
		enc, s, err := NewSender(v.suite, v.pkRm, v.info, seedOf(v.suite, v.skEm))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(enc, v.enc) {
			t.Errorf("%v: enc is %x", v.suite, enc)
		}
		for _, want := range v.seals {
			at := s
			at.seq = want.seq
			if got := at.Seal(nil, want.aad, v.pt); !bytes.Equal(got, want.ct) {
				t.Errorf("%v, sequence number %d: %x", v.suite, want.seq, got)
			}
		}
	}
}

// TestLibraryOpensWhatSenderSeals: with every suite, crypto/hpke opens all messages in order, and the seed decides what they are.
func TestLibraryOpensWhatSenderSeals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		suite := Suite{
			rapid.SampledFrom([]KEM{KEMP256, KEMP384, KEMP521, KEMX25519}).Draw(t, "KEM"),
			rapid.SampledFrom([]KDF{KDFSHA256, KDFSHA384, KDFSHA512}).Draw(t, "KDF"),
			rapid.SampledFrom([]AEAD{AEADAES128GCM, AEADAES256GCM, AEADChaCha20Poly1305}).Draw(t, "AEAD"),
		}
		kem, err := hpke.NewKEM(uint16(suite.KEM))
		if err != nil {
			t.Fatal(err)
		}
		kdf, _ := hpke.NewKDF(uint16(suite.KDF))
		aead, _ := hpke.NewAEAD(uint16(suite.AEAD))
		key, err := kem.DeriveKeyPair(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "key"))
		if err != nil {
			t.Fatal(err)
		}
		size := suite.KEM.Group().SeedSize()
		seed := rapid.SliceOfN(rapid.Byte(), size, size).Draw(t, "seed")
		info := rapid.SliceOf(rapid.Byte()).Draw(t, "info")
		enc, s, err := NewSender(suite, key.PublicKey().Bytes(), info, seed)
		if err != nil {
			t.Fatal(err)
		}
		again, other, err := NewSender(suite, key.PublicKey().Bytes(), info, seed)
		if err != nil || !bytes.Equal(again, enc) {
			t.Fatalf("the same seed gives another enc: %v", err)
		}
		r, err := hpke.NewRecipient(enc, key, kdf, aead, info)
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			aad, pt := rapid.SliceOf(rapid.Byte()).Draw(t, "aad"), rapid.SliceOf(rapid.Byte()).Draw(t, "plaintext")
			ct := s.Seal(nil, aad, pt)
			if len(ct) != len(pt)+suite.AEAD.Overhead() || !bytes.Equal(ct, other.Seal(nil, aad, pt)) {
				t.Fatal("another ciphertext, or of another length")
			}
			if got, err := r.Open(aad, ct); err != nil || !bytes.Equal(got, pt) {
				t.Fatalf("%v: opened to %x: %v", suite, got, err)
			}
		}
	})
}

func TestSenderRefusesWhatItDoesNotKnow(t *testing.T) {
	good := Suite{KEMX25519, KDFSHA256, AEADAES128GCM}
	key := bytes.Repeat([]byte{9}, 32)
	for name, c := range map[string]struct {
		suite Suite
		key   []byte
		seed  []byte
	}{
		"KEM":              {Suite{0x6666, KDFSHA256, AEADAES128GCM}, key, nil},
		"KDF":              {Suite{KEMX25519, 0x1111, AEADAES128GCM}, key, nil},
		"AEAD":             {Suite{KEMX25519, KDFSHA256, 0xffff}, key, nil}, // export only (RFC 9180, Section 5.3)
		"length of key":    {good, key[1:], nil},
		"order of key":     {good, make([]byte, 32), nil}, // RFC 9180, Section 7.1.4: all-zero results are refused
		"point off curve":  {Suite{KEMP256, KDFSHA256, AEADAES128GCM}, bytes.Repeat([]byte{4}, 65), nil},
		"length of a seed": {good, key, []byte{1}},
	} {
		if _, _, err := NewSender(c.suite, c.key, nil, c.seed); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if _, _, err := NewSender(good, key, nil, nil); err != nil {
		t.Error(err)
	}
}

func TestSenderDoesNotPrint(t *testing.T) {
	_, s, err := NewSender(Suite{KEMX25519, KDFSHA256, AEADAES128GCM}, bytes.Repeat([]byte{9}, 32), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprintf("%v %+v %#v %d", s, s, s, s); strings.ReplaceAll(got, "HPKE sender", "") != "   " {
		t.Error(got)
	}
}
