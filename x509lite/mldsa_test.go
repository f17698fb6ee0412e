package x509lite

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"golang.org/x/crypto/cryptobyte/asn1"

	"tlsengine/cipher"
)

// TestMLDSAOfTheRFC: the example certificates of RFC 9881 are signed by themselves, and their keys are those of the example's
// seed.
func TestMLDSAOfTheRFC(t *testing.T) {
	var seed [cipher.MLDSASeedSize]byte
	for i := range seed {
		seed[i] = byte(i)
	}
	for i, name := range []string{"44", "65", "87"} {
		text, err := os.ReadFile("testdata/rfc9881/" + name + ".crt")
		if err != nil {
			t.Fatal(err)
		}
		list, err := ParseCertificatesPEM(text)
		if err != nil {
			t.Fatal(err)
		}
		c := list[0]
		if err := c.CheckSignature(c); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		file := []byte("\x30\x34\x02\x01\x00\x30\x0b\x06\x09" + string(mldsaRows[i].id) + "\x04\x22\x80\x20" + string(seed[:]))
		k, err := ParsePrivateKey(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.CheckKey(k); err != nil {
			t.Error(err)
		}
		if back, err := MarshalPKCS8(k); err != nil || !bytes.Equal(back, file) {
			t.Errorf("%s: written as %x, %v", name, back, err)
		}
		if !bytes.Equal(mustSPKI(t, k.Public()), c.RawSPKI()) {
			t.Errorf("%s: the public key is written differently", name)
		}
		if want := "Public Key Algorithm: ML-DSA-" + name; !strings.Contains(c.Text(), want) {
			t.Errorf("no %q in\n%s", want, c.Text())
		}
		changed := bytes.Clone(c.Raw())
		changed[len(changed)-1] ^= 1
		if bad, err := ParseCertificate(changed); err != nil || !errors.Is(bad.CheckSignature(c), cipher.ErrBadSignature) {
			t.Errorf("%s, changed: %v", name, err)
		}
	}
}

// TestMLDSAChains: every kind of key issues for every other, and what is too weak for the level asked for is refused.
func TestMLDSAChains(t *testing.T) {
	for i, kind := range []KeyKind{KeyMLDSA44, KeyMLDSA65, KeyMLDSA87} {
		root := testCA(t, "Root", kind, nil)
		leaf := testLeaf(t, "example.org", KeyMLDSA65, root)
		o := &VerifyOptions{Roots: poolOf(root), Time: testNow, Hostname: "example.org", Degree: Strict}
		if _, err := Verify(leaf.cert, o); err != nil {
			t.Error(err)
		}
		// RFC 9881, Section 5: keys for signatures are for nothing else.
		both := issue(t, "both", kind, &Template{Subject: NewName("both", ""), DNSNames: []string{"example.org"},
			KeyUsage: DigitalSignature | KeyEncipherment}, root)
		_, err := Verify(both.cert, o)
		if e := wantCode(t, err, InvalidExtension, 0); e.Rule != "ml-dsa-key-usage" {
			t.Error(e)
		}
		o.SecurityBits = []int{128, 192, 256}[i] + 1
		if _, err := Verify(leaf.cert, o); err == nil {
			t.Errorf("%v gives %d bits", leaf.cert.PublicKey().Type(), o.SecurityBits)
		}
		cross := testLeaf(t, "example.org", KeyP256, root)
		if err := cross.cert.CheckSignature(root.cert); err != nil {
			t.Error(err)
		}
	}
}

// TestMLDSAKeysRefused: parameters, wrong lengths, the forms without the seed alone.
func TestMLDSAKeysRefused(t *testing.T) {
	pkcs8 := func(parameters string, inner []byte) []byte {
		b := newBuilder()
		b.AddASN1(asn1.SEQUENCE, func(b *builder) {
			b.AddASN1Int64(0)
			addAlgorithm(b, oidMLDSA44, parameters)
			b.AddASN1OctetString(inner)
		})
		return b.BytesOrPanic()
	}
	seed := make([]byte, 32)
	for name, der := range map[string][]byte{
		"parameters":    pkcs8(derNull, encodeTLV(tagContext(0), seed)),
		"short":         pkcs8("", encodeTLV(tagContext(0), seed[1:])),
		"expanded":      pkcs8("", encodeTLV(asn1.OCTET_STRING, make([]byte, 2560))),
		"both":          pkcs8("", encodeTLV(asn1.SEQUENCE, encodeTLV(asn1.OCTET_STRING, seed))),
		"more behind":   pkcs8("", append(encodeTLV(tagContext(0), seed), 5, 0)),
		"nothing there": pkcs8("", nil),
	} {
		_, err := ParsePrivateKey(der)
		var form *ParseError
		if err == nil || !errors.As(err, &form) && !errors.Is(err, ErrUnsupportedKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, info := range map[string][]byte{
		"parameters": encodeTLV(asn1.SEQUENCE, append([]byte("\x30\x0d\x06\x09"+string(oidMLDSA44)+derNull),
			encodeTLV(asn1.BIT_STRING, make([]byte, 1313))...)),
		"short": encodeTLV(asn1.SEQUENCE, append([]byte("\x30\x0b\x06\x09"+string(oidMLDSA44)),
			encodeTLV(asn1.BIT_STRING, make([]byte, 1312))...)),
	} {
		if _, err := ParsePublicKey(info); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}
