package x509lite

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"testing"
)

// benchChain is what a usual server shows: a leaf and an intermediate under one of the system's roots and a test root.
func benchChain(b testing.TB) (root, middle, leaf *party) {
	root = testCA(b, "Bench Root", KeyP256, nil)
	middle = testCA(b, "Bench Intermediate", KeyP256, root)
	leaf = testLeaf(b, "www.example.org", KeyP256, middle)
	return root, middle, leaf
}

func BenchmarkParse(b *testing.B) {
	_, _, leaf := benchChain(b)
	der := leaf.cert.Raw()
	b.Run("x509lite", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := ParseCertificate(der); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("x509lite with key", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			c, err := ParseCertificate(der)
			if err != nil || c.PublicKey() == nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("crypto-x509", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := x509.ParseCertificate(der); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	root, middle, leaf := benchChain(b)
	pool, stdRoots, stdMiddles := NewPool(), x509.NewCertPool(), x509.NewCertPool()
	bundle := systemBundle(b)
	pool.AddPEM(bundle)
	pool.Add(root.cert)
	stdRoots.AppendCertsFromPEM(bundle)
	stdLeaf := mustStd(b, leaf.cert)
	stdRoots.AddCert(mustStd(b, root.cert))
	stdMiddles.AddCert(mustStd(b, middle.cert))
	o := &VerifyOptions{Roots: pool, Intermediates: []*Certificate{middle.cert}, Time: testNow, Hostname: "www.example.org"}
	run := func(b *testing.B, o *VerifyOptions) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Verify(leaf.cert, o); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.Run("x509lite", func(b *testing.B) { run(b, o) })
	b.Run("x509lite warm", func(b *testing.B) {
		warm := *o
		warm.Signatures = &memory{}
		run(b, &warm)
	})
	b.Run("crypto-x509", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := stdLeaf.Verify(x509.VerifyOptions{Roots: stdRoots, Intermediates: stdMiddles, CurrentTime: testNow,
				DNSName: "www.example.org"}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("signatures alone", func(b *testing.B) {
		b.ReportAllocs()
		pairs := [][2]*Certificate{{leaf.cert, middle.cert}, {middle.cert, root.cert}}
		for b.Loop() {
			for _, p := range pairs {
				digest := sha256.Sum256(p[0].RawTBS())
				if !ecdsa.VerifyASN1(p[1].PublicKey().Std().(*ecdsa.PublicKey), digest[:], p[0].RawSignature()) {
					b.Fatal("bad signature")
				}
			}
		}
	})
}

func mustStd(t testing.TB, c *Certificate) *x509.Certificate {
	t.Helper()
	s, err := x509.ParseCertificate(c.Raw())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func BenchmarkHostname(b *testing.B) {
	_, _, leaf := benchChain(b)
	std := mustStd(b, leaf.cert)
	b.Run("x509lite", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if leaf.cert.VerifyHostname("a.www.example.org") != nil {
				b.Fatal()
			}
		}
	})
	b.Run("crypto-x509", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if std.VerifyHostname("a.www.example.org") != nil {
				b.Fatal()
			}
		}
	})
}
