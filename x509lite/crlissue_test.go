package x509lite

import (
	"errors"
	"math/big"
	"slices"
	"strings"
	"testing"
)

// TestIssuedCRL: openssl reads the list that Sign makes and finds its signature good; what is in it is read back.
func TestIssuedCRL(t *testing.T) {
	for _, kind := range []KeyKind{KeyP256, KeyEd25519, KeyRSA2048} {
		ca := testCA(t, "CA", kind, nil)
		template := CRLTemplate{ThisUpdate: testBegin, NextUpdate: testEnd, Number: 7, Entries: []Revocable{
			{big.NewInt(0x1234), testBegin, KeyCompromise}, {big.NewInt(0xff), testNow, Unspecified}}}
		der, err := template.Sign(ca.cert, ca.key, nil)
		if err != nil {
			t.Fatal(err)
		}
		l, err := ParseCRL(der)
		if err != nil {
			t.Fatal(err)
		}
		got := slices.Collect(l.Entries())
		next, ok := l.NextUpdate()
		if len(got) != 2 || got[0].Reason != KeyCompromise || !got[1].Date.Equal(testNow) || l.Number().Int64() != 7 || !ok ||
			!next.Equal(testEnd) ||
			!l.ThisUpdate().Equal(testBegin) || l.BaseNumber() != nil || !l.Issuer().Equal(ca.cert.Subject()) {
			t.Errorf("%+v", got)
		}
		if err := l.CheckSignature(ca.cert.PublicKey()); err != nil {
			t.Error(err)
		}
		dir := t.TempDir()
		out := openssl(t, "crl", "-noout", "-text", "-CAfile", writePEM(t, dir, "ca", certPEM(ca.cert)), "-in",
			writePEM(t, dir, "crl", MarshalPEM(nil, "X509 CRL", der)))
		for _, want := range []string{"verify OK", "Serial Number: 1234", "Key Compromise", "Serial Number: FF"} {
			if !strings.Contains(out, want) {
				t.Errorf("openssl doesn't say %q:\n%s", want, out)
			}
		}
	}
}

// TestCRLTemplateRefusals: what RFC 5280 forbids is not issued.
func TestCRLTemplateRefusals(t *testing.T) {
	ca := testCA(t, "CA", KeyEd25519, nil)
	leaf := testLeaf(t, "example.org", KeyEd25519, ca)
	good := CRLTemplate{ThisUpdate: testBegin, NextUpdate: testEnd, Number: 2}
	for name, change := range map[string]func(*CRLTemplate){
		"times":     func(p *CRLTemplate) { p.NextUpdate = testBegin },
		"number":    func(p *CRLTemplate) { p.Number = -1 },
		"base":      func(p *CRLTemplate) { p.Base = 2 },
		"serial":    func(p *CRLTemplate) { p.Entries = []Revocable{{}} },
		"reason 7":  func(p *CRLTemplate) { p.Entries = []Revocable{{big.NewInt(1), testBegin, 7}} },
		"take back": func(p *CRLTemplate) { p.Entries = []Revocable{{big.NewInt(1), testBegin, RemoveFromCRL}} },
	} {
		p := good
		change(&p)
		if _, err := p.Sign(ca.cert, ca.key, nil); !errors.Is(err, ErrTemplate) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := good.Sign(leaf.cert, leaf.key, nil); !errors.Is(err, ErrTemplate) {
		t.Error("a leaf may not sign CRLs:", err)
	}
	if _, err := good.Sign(ca.cert, leaf.key, nil); err == nil {
		t.Error("a key that isn't the issuer's")
	}
}
