package x509lite

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"tlsengine/cipher"
)

// opensslCert runs "openssl req -x509" with a key and reads the certificate back.
func opensslCert(t *testing.T, dir, key string, args ...string) *Certificate {
	t.Helper()
	out := filepath.Join(dir, "cert"+filepath.Base(key))
	openssl(t, append([]string{"req", "-x509", "-new", "-key", key, "-subj", "/CN=" + filepath.Base(key), "-days", "30", "-out",
		out}, args...)...)
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

// TestDSAOfOpenSSL: a certificate that openssl signs with DSA of 2048 bits verifies, a changed one doesn't, and the strength
// counts.
func TestDSAOfOpenSSL(t *testing.T) {
	dir := t.TempDir()
	parameters, key := filepath.Join(dir, "parameters"), filepath.Join(dir, "dsa")
	openssl(t, "genpkey", "-genparam", "-algorithm", "DSA", "-pkeyopt", "dsa_paramgen_bits:1024", "-pkeyopt",
		"dsa_paramgen_q_bits:160", "-out", parameters)
	openssl(t, "genpkey", "-paramfile", parameters, "-out", key)
	c := opensslCert(t, dir, key, "-sha256")
	if want := (cipher.Algorithm{Kind: cipher.DSA, Hash: cipher.SHA256}); c.SignatureAlgorithm() != want || c.PublicKey() == nil ||
		c.PublicKey().Type() != cipher.KeyDSA {
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

// TestRestrictedPSSKeyOfOpenSSL: a key whose parameters name a hash and a salt verifies with these and with nothing else (RFC
// 4055, Section 3.1).
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
	for _, a := range []cipher.Algorithm{{Kind: cipher.RSAPSS, Hash: cipher.SHA384, SaltLen: 48},
		{Kind: cipher.RSAPSS, Hash: cipher.SHA256, SaltLen: 20}, {Kind: cipher.RSAPKCS1, Hash: cipher.SHA256}} {
		if err := cipher.VerifySignature(a, c.PublicKey(), c.RawTBS(), c.RawSignature()); !errors.Is(err, cipher.ErrWrongKey) {
			t.Errorf("%v: %v", a, err)
		}
	}
}

// TestRestrictedPSSPrivateKeysOfOpenSSL: private keys of openssl that are bound sign what they may, to openssl's satisfaction,
// and nothing else; they are written as openssl writes them.
func TestRestrictedPSSPrivateKeysOfOpenSSL(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		options string
		only    cipher.Algorithm
	}{
		{"", cipher.Algorithm{}},
		{"rsa_pss_keygen_md:sha256 rsa_pss_keygen_mgf1_md:sha256 rsa_pss_keygen_saltlen:32",
			cipher.Algorithm{Kind: cipher.RSAPSS, Hash: cipher.SHA256, SaltLen: 32}},
		{"rsa_pss_keygen_md:sha512 rsa_pss_keygen_mgf1_md:sha512 rsa_pss_keygen_saltlen:10",
			cipher.Algorithm{Kind: cipher.RSAPSS, Hash: cipher.SHA512, SaltLen: 10}},
		{"rsa_pss_keygen_md:sha384 rsa_pss_keygen_mgf1_md:sha384 rsa_pss_keygen_saltlen:20",
			cipher.Algorithm{Kind: cipher.RSAPSS, Hash: cipher.SHA384, SaltLen: 20}},
	} {
		file := filepath.Join(dir, "key")
		args := []string{"genpkey", "-algorithm", "RSA-PSS", "-out", file}
		for _, option := range strings.Fields("rsa_keygen_bits:2048 " + c.options) {
			args = append(args, "-pkeyopt", option)
		}
		openssl(t, args...)
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		key, err := ParsePrivateKeyPEM(text)
		if err != nil {
			t.Fatalf("%q: %v", c.options, err)
		}
		if only := key.Public().(*cipher.RSAPublicKey).Restriction(); only != c.only {
			t.Errorf("%q: bound to %+v", c.options, only)
		}
		if der, err := MarshalPKCS8(key); err != nil || string(MarshalPEM(nil, "PRIVATE KEY", der)) != string(text) {
			t.Errorf("%q: written differently (%v)", c.options, err)
		}
		signWithinRestriction(t, dir, key, c.only)
	}
}

// signWithinRestriction signs in every way that there is.
func signWithinRestriction(t *testing.T, dir string, key cipher.PrivateKey, only cipher.Algorithm) {
	t.Helper()
	for _, hash := range []cipher.Hash{cipher.SHA256, cipher.SHA384, cipher.SHA512} {
		for _, salt := range []int{9, 10, 20, 31, 32, 48, 64} {
			a := cipher.Algorithm{Kind: cipher.RSAPSS, Hash: hash, SaltLen: salt}
			_, err := key.SignAlgorithm(a, []byte("m"), nil)
			if may := only.Hash == 0 || hash == only.Hash && salt >= only.SaltLen; may != (err == nil) ||
				err != nil && !errors.Is(err, cipher.ErrWrongKey) {
				t.Errorf("a key for %+v, salt %d, signs %v with salt of %d: %v", only, only.SaltLen, a, salt, err)
			}
		}
	}
	if _, err := key.SignAlgorithm(cipher.Algorithm{Kind: cipher.RSAPKCS1, Hash: cipher.SHA256}, []byte("m"), nil); !errors.Is(err,
		cipher.ErrWrongKey) {
		t.Errorf("PKCS #1: %v", err)
	}
	own := sign(t, key, &Template{Subject: NewName("PSS", ""), IsCA: true}, nil)
	file := writePEM(t, dir, "cert", certPEM(own.cert))
	openssl(t, "verify", "-check_ss_sig", "-attime", strconv.FormatInt(testNow.Unix(), 10), "-CAfile", file, file)
	if text := openssl(t, "x509", "-in", file, "-noout", "-text"); text != own.cert.Text() {
		t.Errorf("openssl reads\n%s\nand we\n%s", text, own.cert.Text())
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
