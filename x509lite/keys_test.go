package x509lite

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"tlsengine/cipher"
)

func signerOf(t *testing.T, k cipher.PrivateKey) crypto.Signer {
	t.Helper()
	return k.(interface{ Signer() crypto.Signer }).Signer()
}

// stdKeys has one key of each kind that files hold.
func stdKeys(t *testing.T) map[string]crypto.Signer {
	t.Helper()
	r, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	_, e, _ := ed25519.GenerateKey(rand.Reader)
	keys := map[string]crypto.Signer{"rsa": r, "ed25519": e}
	for _, c := range []elliptic.Curve{elliptic.P224(), elliptic.P256(), elliptic.P384(), elliptic.P521()} {
		k, err := ecdsa.GenerateKey(c, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		keys[c.Params().Name] = k
	}
	return keys
}

// TestPrivateKeysOfCryptoX509 reads every form that crypto/x509 writes, and crypto/x509 reads ours.
func TestPrivateKeysOfCryptoX509(t *testing.T) {
	for name, std := range stdKeys(t) {
		forms := map[string][]byte{}
		forms["PRIVATE KEY"], _ = x509.MarshalPKCS8PrivateKey(std)
		switch k := std.(type) {
		case *rsa.PrivateKey:
			forms["RSA PRIVATE KEY"] = x509.MarshalPKCS1PrivateKey(k)
		case *ecdsa.PrivateKey:
			forms["EC PRIVATE KEY"], _ = x509.MarshalECPrivateKey(k)
		}
		for label, der := range forms {
			k, err := ParsePrivateKeyPEM(MarshalPEM([]byte("Bag Attributes\r\n"), label, der))
			if err != nil {
				t.Errorf("%s as %s: %v", name, label, err)
				continue
			}
			if !signerOf(t, k).(interface{ Equal(crypto.PrivateKey) bool }).Equal(std) {
				t.Errorf("%s as %s: another key", name, label)
			}
			if _, err := ParsePrivateKey(der); err != nil {
				t.Errorf("%s as %s, form not told: %v", name, label, err)
			}
			ours, err := MarshalPKCS8(k)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			back, err := x509.ParsePKCS8PrivateKey(ours)
			if err != nil || !back.(interface{ Equal(crypto.PrivateKey) bool }).Equal(std) {
				t.Errorf("%s: crypto/x509 reads our PKCS#8 as another key (%v)", name, err)
			}
			if spki, _ := x509.MarshalPKIXPublicKey(std.Public()); !bytes.Equal(spki, mustSPKI(t, k.Public())) {
				t.Errorf("%s: our SubjectPublicKeyInfo differs", name)
			}
		}
	}
}

func mustSPKI(t *testing.T, k cipher.PublicKey) []byte {
	t.Helper()
	b, err := MarshalPublicKey(k)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestPrivateKeysOfOpenSSL reads what openssl writes: parameters in front of SEC 1, both RSA forms, and refuses encrypted keys by
// name.
func TestPrivateKeysOfOpenSSL(t *testing.T) {
	dir := t.TempDir()
	for i, args := range [][]string{
		{"ecparam", "-name", "prime256v1", "-genkey"},
		{"ecparam", "-name", "secp384r1", "-genkey", "-noout"},
		{"genpkey", "-algorithm", "ED25519"},
		{"genrsa", "-traditional", "2048"},
		{"genpkey", "-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"},
	} {
		path := fmt.Sprintf("%s/%d", dir, i)
		openssl(t, append(append([]string{args[0], "-out", path}, args[1:]...), []string{}...)...)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParsePrivateKeyPEM(text); err != nil {
			t.Errorf("openssl %v: %v", args, err)
		}
		if i == 3 {
			openssl(t, "rsa", "-in", path, "-aes128", "-traditional", "-passout", "pass:x", "-out", path+".old")
			openssl(t, "pkcs8", "-topk8", "-in", path, "-passout", "pass:x", "-out", path+".new")
			for _, suffix := range []string{".old", ".new"} {
				text, _ := os.ReadFile(path + suffix)
				if _, err := ParsePrivateKeyPEM(text); !errors.Is(err, ErrEncryptedKey) {
					t.Errorf("encrypted key %s: %v", suffix, err)
				}
			}
		}
	}
}

// TestPrivateKeyRefused has keys that are none, and shows that no error repeats their bytes.
func TestPrivateKeyRefused(t *testing.T) {
	k, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	good, _ := x509.MarshalECPrivateKey(k)
	other, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	foreign, _ := x509.MarshalECPrivateKey(other)
	mixed := bytes.Clone(good)
	copy(mixed[len(mixed)-64:], foreign[len(foreign)-64:])
	r, _ := rsa.GenerateKey(rand.Reader, 2048)
	rsaDER := x509.MarshalPKCS1PrivateKey(r)
	broken := bytes.Clone(rsaDER)
	broken[len(broken)-5] ^= 1
	zero := bytes.Clone(good)
	clear(zero[7:39])
	for name, der := range map[string][]byte{
		"empty": {}, "cut": good[:len(good)-1], "trailing byte": append(bytes.Clone(good), 0),
		"public point of another": mixed, "RSA numbers that don't fit": broken, "scalar zero": zero,
		"certificate": testLeaf(t, "example.org", KeyP256, nil).cert.Raw(),
	} {
		if _, err := ParsePrivateKey(der); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if s := fmt.Sprintf("%v %+v", mustKey(t), mustKey(t)); strings.Contains(s, "D:") {
		t.Errorf("a private key prints as %s", s)
	}
}

func mustKey(t *testing.T) cipher.PrivateKey {
	t.Helper()
	k, err := GenerateKey(KeyP256, seedOf("print"))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestCheckKeyTellsStrangers: a certificate accepts its own private key and no other.
func TestCheckKeyTellsStrangers(t *testing.T) {
	a, b := testLeaf(t, "a.example.org", KeyP256, nil), testLeaf(t, "b.example.org", KeyEd25519, nil)
	if err := a.cert.CheckKey(a.key); err != nil {
		t.Error(err)
	}
	if err := a.cert.CheckKey(b.key); !errors.Is(err, ErrKeyMismatch) {
		t.Error(err)
	}
}

// S-253: TestPEMTable has texts that are and are not PEM.
func TestPEMTable(t *testing.T) {
	const body = "AAECAwQF\n"
	block := "-----BEGIN X-----\n" + body + "-----END X-----\n"
	for _, c := range []struct {
		name, text string
		blocks     int // -1: refused
	}{
		{"nothing", "", 0},
		{"no block", "hello\nworld", 0},
		{"one", block, 1},
		{"without last newline", strings.TrimSuffix(block, "\n"), 1},
		{"CRLF", strings.ReplaceAll(block, "\n", "\r\n"), 1},
		{"blanks at the ends of lines", strings.ReplaceAll(block, "\n", " \t\n"), 1},
		{"blanks within lines", strings.ReplaceAll(block, "AA", "A \tA"), 1},
		{"lines that end anywhere", strings.ReplaceAll(block, "AA", "A\n\r\nA"), 1},
		{"text around and between", "subject=/CN=a\n" + block + "\n# next\n" + block + "end", 2},
		{"headers", "-----BEGIN X-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n" + body + "-----END X-----\n", 1},
		{"headers without an empty line", "-----BEGIN X-----\nProc-Type: 4,ENCRYPTED\n" + body + "-----END X-----\n", -1},
		{"other label at the end", "-----BEGIN X-----\n" + body + "-----END Y-----\n", -1},
		{"no end", "-----BEGIN X-----\n" + body, -1},
		{"end without begin", "-----END X-----\n", -1},
		{"a second begin inside", "-----BEGIN X-----\n" + block, -1},
		{"four dashes", "-----BEGIN X----\n" + body + "-----END X-----\n", -1},
		{"footer with four dashes", "-----BEGIN X-----\n" + body + "-----END X----\n", -1},
		{"no label", "-----BEGIN -----\n" + body + "-----END -----\n", -1},
		{"not base64", "-----BEGIN X-----\nAA!CAwQF\n-----END X-----\n", -1},
		{"no padding", "-----BEGIN X-----\nAAECAwQ\n-----END X-----\n", -1},
		{"bits after the padding", "-----BEGIN X-----\nAAECAwR=\n-----END X-----\n", -1},
		{"more behind the padding", "-----BEGIN X-----\nAAECAw==\nAAEC\n-----END X-----\n", -1},
		{"empty", "-----BEGIN X-----\n-----END X-----\n", -1},
	} {
		blocks, err := ParsePEM([]byte(c.text))
		if (err != nil) != (c.blocks < 0) || err == nil && len(blocks) != c.blocks {
			t.Errorf("%s: %d blocks, %v", c.name, len(blocks), err)
		}
		for _, b := range blocks {
			if b.Type != "X" || !bytes.Equal(b.Bytes, []byte{0, 1, 2, 3, 4, 5}) {
				t.Errorf("%s: %+v", c.name, b)
			}
		}
	}
	for _, wrong := range []string{"AAEC\nAA!C\n", "AA EC\t\n A A!C\n", "AAEC\nAAE\n", "AAEC\nAA=C\n"} {
		_, err := ParsePEM([]byte("a\n-----BEGIN X-----\n" + wrong + "-----END X-----\n"))
		var where *PEMError
		if !errors.As(err, &where) || where.Line != 4 {
			t.Errorf("the fault of %q is in line 4: %v", wrong, err)
		}
	}
}

// TestCertificatesShareMemoryApart: certificates of a text lie side by side, longer and shorter than what is set aside for them
// together; each is itself, and nobody can write from one into the next.
func TestCertificatesShareMemoryApart(t *testing.T) {
	var text []byte
	var want [][]byte
	for i, size := range []int{10, slabSize - 2000, 10, 2 * slabSize, slabSize - 500, 10, 10} {
		long := Extension{ID: "\x2a\x03", Value: make([]byte, size)}
		c := issue(t, fmt.Sprint(i), KeyEd25519, &Template{Subject: NewName(fmt.Sprint(i), ""), Extra: []Extension{long}}, nil).cert
		text, want = append(text, certPEM(c)...), append(want, c.Raw())
	}
	list, err := ParseAnchorsPEM(text)
	if err != nil || len(list) != len(want) {
		t.Fatal(len(list), err)
	}
	for _, a := range list {
		_ = append(a.Certificate.Raw(), "overwritten"...)
	}
	for i, a := range list {
		if !bytes.Equal(a.Certificate.Raw(), want[i]) {
			t.Errorf("certificate %d is another", i)
		}
	}
}

// TestPoolSkipsWhatIsBroken: a bundle with broken blocks gives the others, and an error that names the lines.
func TestPoolSkipsWhatIsBroken(t *testing.T) {
	a, b := testCA(t, "A", KeyP256, nil), testCA(t, "B", KeyP256, nil)
	cut := bytes.TrimSuffix(certPEM(a.cert), []byte("-----END CERTIFICATE-----\n"))
	text := bytes.Join([][]byte{
		cut, certPEM(a.cert), MarshalPEM(nil, "CERTIFICATE", []byte{1, 2, 3}), MarshalPEM(nil, "X509 CRL", []byte{1}),
		[]byte("-----END X-----\n"), certPEM(b.cert), certPEM(a.cert),
	}, nil)
	p := NewPool()
	n, err := p.AddPEM(text)
	if n != 3 || p.Len() != 2 || !p.Contains(a.cert) || !p.Contains(b.cert) {
		t.Errorf("%d read, %d in the pool: %v", n, p.Len(), err)
	}
	if err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("three faults: %v", err)
	}
	if _, err := NewPool().AddPEM([]byte("hello")); !errors.Is(err, ErrNoCertificate) {
		t.Error(err)
	}
	if _, err := ParseCertificatesPEM(text); err == nil {
		t.Error("ParseCertificatesPEM takes a broken text")
	}
	if list, err := ParseCertificatesPEM(append(certPEM(a.cert), certPEM(b.cert)...)); err != nil || len(list) != 2 ||
		!list[0].Equal(a.cert) {
		t.Errorf("%d certificates, %v", len(list), err)
	}
	if len(p.Subjects()) != 2 {
		t.Errorf("%d subjects", len(p.Subjects()))
	}
}
