package x509lite

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tlsengine/cipher"
)

// opensslCert runs "openssl req -x509" with a key and reads the certificate back.
func opensslCert(t *testing.T, dir, key string, args ...string) *Certificate {
	t.Helper()
	out := filepath.Join(dir, "cert"+filepath.Base(key))
	openssl(t, append([]string{"req", "-x509", "-new", "-key", key, "-subj", "/CN=" + filepath.Base(key), "-days", "30", "-out", out}, args...)...)
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	p := NewPool()
	if _, err := p.AddPEM(text); err != nil {
		t.Fatal(err)
	}
	return p.All()[0]
}

// TestDSAOfOpenSSL: a certificate that openssl signs with DSA of 2048 bits verifies, a changed one doesn't, and the strength counts.
func TestDSAOfOpenSSL(t *testing.T) {
	dir := t.TempDir()
	parameters, key := filepath.Join(dir, "parameters"), filepath.Join(dir, "dsa")
	openssl(t, "genpkey", "-genparam", "-algorithm", "DSA", "-pkeyopt", "dsa_paramgen_bits:1024", "-pkeyopt", "dsa_paramgen_q_bits:160", "-out", parameters)
	openssl(t, "genpkey", "-paramfile", parameters, "-out", key)
	c := opensslCert(t, dir, key, "-sha256")
	if want := (cipher.Algorithm{Kind: cipher.DSA, Hash: cipher.SHA256}); c.SignatureAlgorithm() != want || c.PublicKey() == nil || c.PublicKey().Type() != cipher.KeyDSA {
		t.Fatal(c.SignatureAlgorithm(), c.PublicKeyError())
	}
	if err := c.CheckSignature(c); err != nil {
		t.Fatal(err)
	}
	raw := append([]byte(nil), c.Raw()...)
	raw[len(raw)-1] ^= 1
	changed, err := ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	if err := changed.CheckSignature(c); !errors.Is(err, cipher.ErrBadSignature) {
		t.Error(err)
	}
	roots := NewPool()
	roots.Add(c)
	o := &VerifyOptions{Roots: roots, Time: time.Now(), Purpose: AnyPurpose}
	_, err = Verify(c, o)
	wantCode(t, err, EndEntityKeyTooSmall, 0)
	o.SecurityBits = 80
	if _, err = Verify(c, o); err != nil {
		t.Error(err)
	}
}

// TestRestrictedPSSKeyOfOpenSSL: a key whose parameters name a hash and a salt verifies with these and with nothing else (RFC 4055,
// Section 3.1).
func TestRestrictedPSSKeyOfOpenSSL(t *testing.T) {
	dir := t.TempDir()
	key := filepath.Join(dir, "pss")
	openssl(t, "genpkey", "-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048", "-pkeyopt", "rsa_pss_keygen_md:sha256",
		"-pkeyopt", "rsa_pss_keygen_mgf1_md:sha256", "-pkeyopt", "rsa_pss_keygen_saltlen:32", "-out", key)
	c := opensslCert(t, dir, key, "-sha256", "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32")
	if c.PublicKey() == nil || c.PublicKey().Type() != cipher.KeyRSAPSS {
		t.Fatal(c.PublicKeyError())
	}
	if err := c.CheckSignature(c); err != nil {
		t.Fatal(err)
	}
	for _, a := range []cipher.Algorithm{{Kind: cipher.RSAPSS, Hash: cipher.SHA384, SaltLen: 48}, {Kind: cipher.RSAPSS, Hash: cipher.SHA256, SaltLen: 20}, {Kind: cipher.RSAPKCS1, Hash: cipher.SHA256}} {
		if err := cipher.VerifySignature(a, c.PublicKey(), c.RawTBS(), c.RawSignature()); !errors.Is(err, cipher.ErrWrongKey) {
			t.Errorf("%v: %v", a, err)
		}
	}
}

// TestInheritedParametersOfNobody: a DSA key without parameters is useless under an issuer that has none, and says so.
func TestInheritedParametersOfNobody(t *testing.T) {
	raw := pkitsFile(t, "certs/DSAParametersInheritedCACert.crt")
	c, err := ParseCertificate(raw)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.PublicKeyError(); !errors.Is(err, ErrUnsupportedKey) || !strings.Contains(err.Error(), "issuer") {
		t.Error(err)
	}
	leaf, err := ParseCertificate(pkitsFile(t, "certs/ValidDSAParameterInheritanceTest5EE.crt"))
	if err != nil {
		t.Fatal(err)
	}
	roots := NewPool()
	roots.Add(c) // as an anchor it has nobody to inherit from
	_, err = Verify(leaf, &VerifyOptions{Roots: roots, Time: readPKITS(t).Time, Purpose: AnyPurpose, SecurityBits: 1})
	wantCode(t, err, UnsupportedSignatureOrKey, 1)
}
