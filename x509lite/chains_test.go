package x509lite

import (
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// drawCA draws a CA's template with what may be wrong with one.
func drawCA(r *rapid.T, name string) *Template {
	p := &Template{Subject: NewName(name, "Chains"), IsCA: rapid.IntRange(0, 9).Draw(r, "ca") > 0, NotBefore: testBegin,
		NotAfter: testEnd}
	drawCommon(r, p)
	if p.IsCA && rapid.IntRange(0, 2).Draw(r, "bounded") == 0 {
		n := rapid.IntRange(0, 2).Draw(r, "pathLen")
		p.MaxPathLen = &n
	}
	if rapid.IntRange(0, 7).Draw(r, "usage") == 0 {
		p.KeyUsage = KeyUsage(rapid.IntRange(1, 127).Draw(r, "bits"))
	}
	return p
}

func drawCommon(r *rapid.T, p *Template) {
	switch rapid.IntRange(0, 9).Draw(r, "validity") {
	case 0:
		p.NotAfter = testNow.Add(-time.Duration(rapid.IntRange(0, 2).Draw(r, "late")) * time.Second)
	case 1:
		p.NotBefore = testNow.Add(time.Duration(rapid.IntRange(0, 2).Draw(r, "early")) * time.Second)
	}
	switch rapid.IntRange(0, 7).Draw(r, "purpose") {
	case 0:
		p.ExtKeyUsage = []OID{UsageClientAuth}
	case 1:
		p.ExtKeyUsage = []OID{UsageAny}
	case 2:
		p.ExtKeyUsage = []OID{UsageServerAuth, UsageCodeSigning}
	}
	if rapid.IntRange(0, 15).Draw(r, "critical") == 0 {
		p.Extra = append(p.Extra, Extension{ID: "\x2a\x03\x04", Critical: rapid.Bool().Draw(r, "really"), Value: []byte{5, 0}})
	}
}

// drawChain draws a chain of up to four CAs and a leaf; root first.
func drawChain(t testing.TB, r *rapid.T) []*party {
	var by *party
	var chain []*party
	for i := range rapid.IntRange(1, 4).Draw(r, "CAs") {
		name := fmt.Sprint("CA ", i)
		key := name
		if i > 0 && rapid.IntRange(0, 5).Draw(r, "self-issued") == 0 {
			name = fmt.Sprint("CA ", i-1) // a new key under the old name
		}
		by = issue(t, key, KeyEd25519, drawCA(r, name), by)
		chain = append(chain, by)
	}
	p := &Template{Subject: NewName("leaf", ""), DNSNames: []string{"example.org"}, NotBefore: testBegin, NotAfter: testEnd}
	drawCommon(r, p)
	return append(chain, issue(t, "leaf", KeyEd25519, p, by))
}

// byTheRFC lists where crypto/x509 and we differ, with the RFC's word for our side: RFC 5280, Section 4.2.1.9 doesn't count
// self-issued certificates for the path length; crypto/x509 does.
func byTheRFC(chain []*party, std error) bool {
	var invalid x509.CertificateInvalidError
	if !errors.As(std, &invalid) || invalid.Reason != x509.TooManyIntermediates {
		return false
	}
	for _, p := range chain[1:] {
		if p.cert.SelfIssued() {
			return true
		}
	}
	return false
}

// TestChainsJudgedAsByCryptoX509: no chain passes here that crypto/x509 refuses, nor the other way round, but for byTheRFC.
func TestChainsJudgedAsByCryptoX509(t *testing.T) {
	checkSeeds(t, func(r *rapid.T) {
		chain := drawChain(t, r)
		leaf, root := chain[len(chain)-1], chain[0]
		var middle []*Certificate
		for _, i := range rapid.Permutation(intsTo(len(chain)-2)).Draw(r, "order") {
			middle = append(middle, chain[1+i].cert)
		}
		v, err := Verify(leaf.cert, &VerifyOptions{Roots: poolOf(root), Intermediates: middle, Time: testNow, Hostname: "example.org"})
		std := stdVerify(t, leaf.cert, root.cert, middle...)
		if err == nil && std != nil && !byTheRFC(chain, std) {
			r.Fatalf("crypto/x509 refuses what we take: %v", std)
		}
		if err != nil && std == nil {
			r.Fatalf("we refuse what crypto/x509 takes: %v", err.(*VerifyError).Explain())
		}
		if err == nil && len(v.Chain) != len(chain) {
			r.Fatalf("a chain of %d from one of %d", len(v.Chain), len(chain))
		}
	})
}

func intsTo(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

// endsAt: RFC 5280, Section 4.1.2.5 counts the second notAfter as valid; OpenSSL doesn't.
func endsAt(chain []*party, now time.Time) bool {
	for _, p := range chain {
		if p.cert.NotAfter().Equal(now) {
			return true
		}
	}
	return false
}

// anyPurposeAlone: RFC 5280, Section 4.2.1.12 lets applications refuse anyExtendedKeyUsage where the purpose itself isn't named,
// and says that it doesn't restrict. OpenSSL refuses; we, like crypto/x509, don't (the Web PKI's degree does).
func anyPurposeAlone(chain []*party) bool {
	return slices.ContainsFunc(chain, func(p *party) bool { return slices.Equal(p.cert.ExtKeyUsage(), []OID{UsageAny}) })
}

// TestChainsNoLooserThanOpenSSL asks openssl about a few random chains.
func TestChainsNoLooserThanOpenSSL(t *testing.T) {
	openssl(t, "version")
	for _, seed := range exampleSeeds(t, 12) {
		r := rapid.Custom(func(r *rapid.T) []*party { return drawChain(t, r) }).Example(seed)
		root, leaf := r[0], r[len(r)-1]
		middle := r[1 : len(r)-1]
		_, err := Verify(leaf.cert, &VerifyOptions{Roots: poolOf(root), Intermediates: certsOf(middle...), Time: testNow})
		if err != nil || endsAt(r, testNow) || anyPurposeAlone(r) {
			continue
		}
		dir := t.TempDir()
		var text []byte
		for _, m := range middle {
			text = append(text, certPEM(m.cert)...)
		}
		text = append(text, certPEM(leaf.cert)...) // never an empty file
		openssl(t, "verify", "-attime", fmt.Sprint(testNow.Unix()), "-purpose", "sslserver", "-CAfile",
			writePEM(t, dir, "r", certPEM(root.cert)),
			"-untrusted", writePEM(t, dir, "m", text), writePEM(t, dir, "l", certPEM(leaf.cert)))
	}
}
