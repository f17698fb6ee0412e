package x509lite

import (
	"bytes"
	"crypto/x509"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzParseCertificate: no panic, all accessors safe, and nothing is taken that crypto/x509 refuses for its form.
func FuzzParseCertificate(f *testing.F) {
	root := testCA(f, "Fuzz", KeyEd25519, nil)
	f.Add(root.cert.Raw())
	f.Add(testLeaf(f, "example.org", KeyP256, root).cert.Raw())
	_, constrained := constrainedChain(f, []rule{{DNSName, "example.org"}, {IPAddress, "\x0a\x00\x00\x00\xff\x00\x00\x00"}},
		[]rule{{DirectoryName, string(NewName("a", "b").Raw())}})
	f.Add(constrained.cert.Raw())
	names, _ := filepath.Glob("testdata/pkits/certs/*.crt")
	for _, name := range names {
		if b, err := os.ReadFile(name); err == nil {
			f.Add(b)
		}
	}
	pool := poolOf(root)
	f.Fuzz(func(t *testing.T, b []byte) {
		own := bytes.Clone(b)
		c, err := ParseCertificate(own)
		clear(own) // the certificate keeps nothing of it
		if err != nil {
			var e *ParseError
			if !errors.As(err, &e) {
				t.Fatalf("%T", err)
			}
			return
		}
		if !bytes.Equal(c.Raw(), b) {
			t.Fatal("Raw is not what was given")
		}
		touch(c)
		if _, err := Verify(c, &VerifyOptions{Roots: pool, Intermediates: []*Certificate{c, constrained.cert}, Time: testNow,
			Hostname: "example.org"}); err != nil {
			if s := err.Error(); strings.ContainsAny(s, "\n\r") {
				t.Fatalf("%q", s)
			}
		} else if _, err := x509.ParseCertificate(b); err != nil {
			t.Fatalf("verifies, but crypto/x509 doesn't parse it: %v", err)
		}
	})
}

// touch calls every accessor.
func touch(c *Certificate) {
	_, _, _ = c.Subject().String(), c.Issuer().String(), c.SerialNumber()
	_, _, _ = c.NotBefore(), c.NotAfter(), c.PublicKey()
	_, _, _ = c.DNSNames(), c.EmailAddresses(), c.URIs()
	_, _, _ = c.IPAddresses(), c.ExtKeyUsage(), c.Fingerprint()
	_, _, _ = c.SubjectKeyID(), c.AuthorityKeyID(), c.SelfIssued()
	_, _, _ = c.PolicyIDs(), c.CRLPoints(), c.policyConstraints()
	_, _ = c.timesEncodedRight(), c.hasUniqueID()
	_ = c.CheckSignature(c)
	for e := range c.Extensions() {
		_ = e.ID.String()
	}
}

// FuzzPEM: no panic; what parses is written and read back the same.
func FuzzPEM(f *testing.F) {
	f.Add([]byte("a\r\n-----BEGIN X-----\r\nProc-Type: 4\r\n b\r\n\r\nAAEC\r\n-----END X-----\r\nb"))
	f.Add(MarshalPEM(nil, "CERTIFICATE", bytes.Repeat([]byte{1}, 100)))
	f.Fuzz(func(t *testing.T, text []byte) {
		blocks, err := ParsePEM(text)
		if err != nil {
			return
		}
		total := 0
		for _, b := range blocks {
			total += len(b.Bytes)
			back, err := ParsePEM(MarshalPEM(nil, b.Type, b.Bytes))
			if err != nil || len(back) != 1 || back[0].Type != b.Type || !bytes.Equal(back[0].Bytes, b.Bytes) {
				t.Fatalf("%q %x: %v", b.Type, b.Bytes, err)
			}
		}
		if total > len(text) {
			t.Fatalf("%d bytes out of %d", total, len(text))
		}
		_, _ = ParseCertificatesPEM(text)
		_, _ = ParsePrivateKeyPEM(text)
		_, _ = NewPool().AddPEM(text)
	})
}

// FuzzVerifyHostname: no panic, and nothing passes that crypto/x509 refuses.
func FuzzVerifyHostname(f *testing.F) {
	f.Add("*.example.org", "www.example.org")
	f.Add("example.org", "[::1]")
	f.Add("a\x00b", "a")
	f.Fuzz(func(t *testing.T, entry, host string) {
		if entry == "" || !ascii([]byte(entry)) || len(entry) > 1000 {
			return
		}
		c := certFor(t, []string{entry}, "::1")
		if c.VerifyHostname(host) == nil {
			if err := mustStd(t, c).VerifyHostname(host); err != nil {
				t.Fatalf("%q for %q: %v", entry, host, err)
			}
		}
	})
}

// FuzzPrivateKey: no panic, and what is taken is written and read back.
func FuzzPrivateKey(f *testing.F) {
	for _, kind := range []KeyKind{KeyP256, KeyEd25519} {
		k, _ := GenerateKey(kind, seedOf("fuzz"))
		b, _ := MarshalPKCS8(k)
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		k, err := ParsePrivateKey(b)
		if err != nil {
			return
		}
		out, err := MarshalPKCS8(k)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := ParsePrivateKey(out); err != nil || !again.Public().Equal(k.Public()) {
			t.Fatal(err)
		}
	})
}
