package x509lite

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// vectorCertificates are the certificates of NIST PKITS.
func vectorCertificates(t *testing.T) []*Certificate {
	t.Helper()
	paths, err := filepath.Glob("testdata/pkits/certs/*.crt")
	if err != nil || len(paths) < 400 {
		t.Fatalf("%d certificates, %v", len(paths), err)
	}
	var list []*Certificate
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		c, err := ParseLenient(b, NegativeSerial) // two tests are about negative serial numbers
		if malformed := pkitsMalformed["certs/"+filepath.Base(path)]; (err != nil) != malformed {
			t.Errorf("%s: %v", path, err)
		}
		if err == nil {
			list = append(list, c)
		}
	}
	return list
}

// TestKeysAndAlgorithmsAreWrittenBack: what is written here, keys and identifiers of algorithms, has the bytes that it was read
// from, in all of the system's roots and of PKITS.
func TestKeysAndAlgorithmsAreWrittenBack(t *testing.T) {
	keys := 0
	for _, c := range append(systemRoots(t), vectorCertificates(t)...) {
		if id, err := marshalAlgorithm(c.SignatureAlgorithm()); err != nil || !bytes.Equal(id, c.RawSignatureAlgorithm()) {
			t.Errorf("%s: signature algorithm %x, not %x: %v", c.label(), id, c.RawSignatureAlgorithm(), err)
		}
		if err := c.PublicKeyError(); errors.Is(err, errInherited) {
			continue
		}
		spki, err := MarshalPublicKey(c.PublicKey())
		if err != nil || !bytes.Equal(spki, c.RawSPKI()) {
			t.Errorf("%s: key %x, not %x: %v", c.label(), spki, c.RawSPKI(), err)
		}
		keys++
	}
	if keys < 500 {
		t.Errorf("only %d keys", keys)
	}
}

// TestTextOfVectors: every line as openssl prints it, for every eighth certificate of PKITS, and all are printed.
func TestTextOfVectors(t *testing.T) {
	var compared []*Certificate
	for i, c := range vectorCertificates(t) {
		if i%8 == 0 && c.PublicKeyError() == nil { // openssl prints its own errors in the middle of the others' text
			compared = append(compared, c)
		}
		if text := c.Text(); !strings.Contains(text, c.Subject().CommonName()) {
			t.Errorf("%s: %q", c.label(), text)
		}
	}
	compareText(t, compared)
}

// TestPrivateKeysOfOpenSSLAreWrittenBack: each kind of private key, byte for byte.
func TestPrivateKeysOfOpenSSLAreWrittenBack(t *testing.T) {
	pss := []string{"-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"}
	kinds := map[string][]string{
		"RSA":     {"-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"},
		"PSS":     pss,
		"Ed25519": {"-algorithm", "ED25519"},
		"PSS, bound": append(slices.Clip(pss), "-pkeyopt", "rsa_pss_keygen_md:sha384", "-pkeyopt", "rsa_pss_keygen_mgf1_md:sha384",
			"-pkeyopt", "rsa_pss_keygen_saltlen:48"),
	}
	for _, curve := range []string{"P-224", "P-256", "P-384", "P-521"} {
		kinds[curve] = []string{"-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:" + curve}
	}
	path := filepath.Join(t.TempDir(), "key")
	for kind, args := range kinds {
		openssl(t, append([]string{"genpkey", "-out", path}, args...)...)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		blocks, err := ParsePEM(text)
		if err != nil {
			t.Fatal(err)
		}
		want := blocks[0].Bytes
		k, err := ParsePrivateKey(want)
		if err != nil {
			t.Errorf("%s: %v", kind, err)
			continue
		}
		if got, err := MarshalPKCS8(k); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %x, not %x: %v", kind, got, want, err)
		}
	}
}
