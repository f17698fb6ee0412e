//go:build !race

package x509lite

import "testing"

// TestAllocations: a certificate is two objects, a host name that matches none, a warm chain the verdict alone.
func TestAllocations(t *testing.T) {
	root, middle, leaf := benchChain(t)
	der := leaf.cert.Raw()
	for _, c := range []struct {
		name string
		most float64
		run  func()
	}{
		{"ParseCertificate", 2, func() { ParseCertificate(der) }},
		{"VerifyHostname", 0, func() { leaf.cert.VerifyHostname("a.www.example.org") }},
		{"VerifyHostname of an address", 0, func() { leaf.cert.VerifyHostname("127.0.0.1") }},
		{"PublicKey", 0, func() { leaf.cert.PublicKey() }},
		{"Fingerprint", 0, func() { leaf.cert.Fingerprint() }},
	} {
		if n := testing.AllocsPerRun(100, c.run); n > c.most {
			t.Errorf("%s: %v allocations, at most %v", c.name, n, c.most)
		}
	}
	o := &VerifyOptions{Roots: poolOf(root), Intermediates: certsOf(middle), Time: testNow, Hostname: "www.example.org",
		Signatures: &memory{}}
	verify := func() {
		if _, err := Verify(leaf.cert, o); err != nil {
			t.Fatal(err)
		}
	}
	verify()
	if n := testing.AllocsPerRun(100, verify); n > 4 {
		t.Errorf("Verify, warm: %v allocations, at most 4", n)
	}
}
