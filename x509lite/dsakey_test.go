package x509lite

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"tlsengine/cipher"
)

// TestOpenSSLsDSAKeyIsRead: it is the key of OpenSSL's certificate for it, and its signatures verify there and here.
func TestOpenSSLsDSAKeyIsRead(t *testing.T) {
	folder := t.TempDir()
	file := func(name string) string { return filepath.Join(folder, name) }
	opensslDH(t, "genpkey", "-genparam", "-algorithm", "DSA", "-pkeyopt", "dsa_paramgen_bits:1024", "-pkeyopt",
		"dsa_paramgen_q_bits:160", "-out", file("p.pem"))
	opensslDH(t, "genpkey", "-paramfile", file("p.pem"), "-out", file("k.pem"))
	opensslDH(t, "req", "-x509", "-new", "-key", file("k.pem"), "-subj", "/CN=dsa", "-sha256", "-out", file("c.pem"))
	read := func(name string) []byte {
		b, err := os.ReadFile(file(name))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	blocks, err := ParsePEM(read("k.pem"))
	if err != nil {
		t.Fatal(err)
	}
	k, err := ParsePrivateKey(blocks[0].Bytes)
	if err != nil {
		t.Fatal(err)
	}
	certs, err := ParseCertificatesPEM(read("c.pem"))
	if err != nil {
		t.Fatal(err)
	}
	if err := certs[0].CheckKey(k); err != nil {
		t.Error(err)
	}
	if spki, err := MarshalPublicKey(k.Public()); err != nil || !bytes.Equal(spki, certs[0].RawSPKI()) {
		t.Errorf("the key is written as %x, not %x: %v", spki, certs[0].RawSPKI(), err)
	}
	if again, err := MarshalPKCS8(k); err != nil || !bytes.Equal(again, blocks[0].Bytes) {
		t.Errorf("the private key is written as %x, not %x: %v", again, blocks[0].Bytes, err)
	}
	sig, err := k.Sign(cipher.DSASHA256, []byte("a message"), nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{"m": []byte("a message"), "s": sig} {
		if err := os.WriteFile(file(name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	opensslDH(t, "dgst", "-sha256", "-prverify", file("k.pem"), "-signature", file("s"), file("m"))
	if err := cipher.DSASHA256.Verify(certs[0].PublicKey(), []byte("a message"), sig); err != nil {
		t.Error(err)
	}
	var malformed *ParseError
	for i := range len(blocks[0].Bytes) {
		if _, err := ParsePrivateKey(blocks[0].Bytes[:i]); !errors.As(err, &malformed) {
			t.Fatalf("%d bytes: %v", i, err)
		}
	}
}

// TestEd448NeedsItsPackage: here nobody has imported it; a certificate parses nevertheless (cipher/goldilocks tests the rest).
func TestEd448NeedsItsPackage(t *testing.T) {
	file := filepath.Join(t.TempDir(), "k.pem")
	opensslDH(t, "genpkey", "-algorithm", "ED448", "-out", file)
	certs, err := ParseCertificatesPEM(opensslDH(t, "req", "-x509", "-new", "-key", file, "-subj", "/CN=ed448"))
	if err != nil {
		t.Fatal(err)
	}
	if err := certs[0].PublicKeyError(); !errors.Is(err, ErrUnsupportedKey) {
		t.Error(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	blocks, err := ParsePEM(text)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ParsePrivateKey(blocks[0].Bytes); !errors.Is(err, ErrUnsupportedKey) {
		t.Error(err)
	}
}
