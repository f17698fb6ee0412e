package x509lite

import (
	"bytes"
	"crypto/x509"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tlsengine/cipher"
	"tlsengine/fuzz/peers"
)

var (
	testBegin = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	testNow   = time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	testEnd   = time.Date(2036, 1, 1, 0, 0, 0, 0, time.UTC)
)

// seedOf gives a seed for keys and signatures that differs by name.
func seedOf(name string) []byte {
	return append([]byte(name), make([]byte, max(0, cipher.SignSeedSize-len(name)))...)
}

// party is a certificate with its key.
type party struct {
	cert *Certificate
	key  cipher.PrivateKey
}

// issue makes a certificate of a template; by nil makes it self-signed. Keys come from the name.
func issue(t testing.TB, keyName string, kind KeyKind, template *Template, by *party) *party {
	t.Helper()
	var seed []byte
	if kind < KeyRSA2048 {
		seed = seedOf(keyName)
	}
	key, err := GenerateKey(kind, seed)
	if err != nil {
		t.Fatal(err)
	}
	return sign(t, key, template, by)
}

func sign(t testing.TB, key cipher.PrivateKey, template *Template, by *party) *party {
	t.Helper()
	p := *template
	if p.NotBefore.IsZero() {
		p.NotBefore, p.NotAfter = testBegin, testEnd
	}
	var issuer *Certificate
	issuerKey := key
	if by != nil {
		issuer, issuerKey = by.cert, by.key
	}
	der, err := p.Sign(issuer, key.Public(), issuerKey, seedOf("signature"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &party{c, key}
}

func testCA(t testing.TB, name string, kind KeyKind, by *party) *party {
	return issue(t, name, kind, &Template{Subject: NewName(name, "Test"), IsCA: true}, by)
}

func testLeaf(t testing.TB, host string, kind KeyKind, by *party) *party {
	return issue(t, host, kind, &Template{Subject: NewName(host, ""), DNSNames: []string{host, "*." + host},
		IPs: []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("::1")}}, by)
}

func writePEM(t testing.TB, dir, name string, blocks ...[]byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, bytes.Join(blocks, nil), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func certPEM(c *Certificate) []byte { return MarshalPEM(nil, "CERTIFICATE", c.Raw()) }

func openssl(t testing.TB, args ...string) string {
	t.Helper()
	path := peers.Need(t, "openssl")
	out, err := exec.Command(path, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("openssl %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// TestIssuedChainsPassOpenSSLStrict: what Sign makes, for each kind of key, keeps RFC 5280 as OpenSSL's -x509_strict reads it.
func TestIssuedChainsPassOpenSSLStrict(t *testing.T) {
	for name, kind := range map[string]KeyKind{"P256": KeyP256, "P384": KeyP384, "P521": KeyP521, "Ed25519": KeyEd25519,
		"RSA": KeyRSA2048} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			root := testCA(t, "Root "+name, kind, nil)
			middle := testCA(t, "Middle "+name, kind, root)
			leaf := testLeaf(t, "example.org", kind, middle)
			r, m, l := writePEM(t, dir, "r.pem", certPEM(root.cert)), writePEM(t, dir, "m.pem", certPEM(middle.cert)),
				writePEM(t, dir, "l.pem", certPEM(leaf.cert))
			openssl(t, "verify", "-x509_strict", "-attime", "1780000000", "-purpose", "sslserver", "-verify_hostname", "a.example.org",
				"-CAfile", r, "-untrusted", m, l)
			openssl(t, "verify", "-x509_strict", "-attime", "1780000000", "-purpose", "sslclient", "-verify_ip", "::1", "-CAfile", r,
				"-untrusted", m, l)

			pool := NewPool()
			pool.Add(root.cert)
			v, err := Verify(leaf.cert, &VerifyOptions{Roots: pool, Intermediates: []*Certificate{middle.cert}, Time: testNow,
				Hostname: "a.example.org"})
			if err != nil || len(v.Chain) != 3 {
				t.Fatalf("our own chain: %v, %v", v, err)
			}
			if _, err := x509.ParseCertificate(leaf.cert.Raw()); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// TestSignIsAFunctionOfItsArguments: with a seed, the same bytes each time; other input, another serial number.
func TestSignIsAFunctionOfItsArguments(t *testing.T) {
	for _, kind := range []KeyKind{KeyP256, KeyP384, KeyP521, KeyEd25519} {
		a, b := testLeaf(t, "example.org", kind, nil), testLeaf(t, "example.org", kind, nil)
		if !bytes.Equal(a.cert.Raw(), b.cert.Raw()) {
			t.Errorf("kind %d: two results from one seed", kind)
		}
		if c := testLeaf(t, "example.com", kind, nil); c.cert.SerialNumber().Cmp(a.cert.SerialNumber()) == 0 {
			t.Errorf("kind %d: the same serial number for another name", kind)
		}
	}
}

// TestSignRefusesWhatRFC5280Forbids has templates that make no valid certificate.
func TestSignRefusesWhatRFC5280Forbids(t *testing.T) {
	key, _ := GenerateKey(KeyP256, seedOf("a"))
	other, _ := GenerateKey(KeyP256, seedOf("b"))
	one := 1
	good := Template{Subject: NewName("x", ""), NotBefore: testBegin, NotAfter: testEnd}
	for name, change := range map[string]func(*Template){
		"no name":                 func(p *Template) { p.Subject = Name{} },
		"path length of a leaf":   func(p *Template) { p.MaxPathLen = &one },
		"end before begin":        func(p *Template) { p.NotAfter = p.NotBefore },
		"name that is not ASCII":  func(p *Template) { p.DNSNames = []string{"bücher.example"} },
		"name that is not a name": func(p *Template) { p.DNSNames = []string{""} },
		"address that is none":    func(p *Template) { p.IPs = []netip.Addr{{}} },
		"URI without scheme":      func(p *Template) { p.URIs = []string{"example.org/path"} },
	} {
		p := good
		change(&p)
		if _, err := p.Sign(nil, key.Public(), key, nil); err == nil {
			t.Errorf("%s: made a certificate", name)
		}
	}
	if _, err := good.Sign(nil, other.Public(), key, nil); err == nil {
		t.Error("self-signed by another's key")
	}
	if _, err := good.Sign(nil, key.Public(), key, nil); err != nil {
		t.Error(err)
	}
}

// shell runs a line of sh that calls openssl, and returns what it wrote.
func shell(t testing.TB, line string) string {
	t.Helper()
	peers.Need(t, "openssl")
	out, err := exec.Command("sh", "-c", line).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", line, err, out)
	}
	return string(out)
}
