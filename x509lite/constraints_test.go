package x509lite

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"golang.org/x/crypto/cryptobyte/asn1"
	"pgregory.net/rapid"
)

// rule is one constraint of a test.
type rule struct {
	kind  GeneralNameKind
	value string
}

// constraints encodes nameConstraints.
func constraints(permitted, excluded []rule) Extension {
	b := newBuilder()
	b.AddASN1(asn1.SEQUENCE, func(b *builder) {
		for i, list := range [][]rule{permitted, excluded} {
			if len(list) == 0 {
				continue
			}
			b.AddASN1(tagContextConstructed(uint8(i)), func(b *builder) {
				for _, r := range list {
					tag := tagContext(uint8(r.kind))
					if r.kind == DirectoryName {
						tag = tagContextConstructed(uint8(r.kind))
					}
					b.AddASN1(asn1.SEQUENCE, func(b *builder) {
						b.AddASN1(tag, func(b *builder) { b.AddBytes([]byte(r.value)) })
					})
				}
			})
		}
	})
	return Extension{ID: oidNameConstraints, Critical: true, Value: b.BytesOrPanic()}
}

// constrainedChain makes root <- CA with constraints, and a function that judges leaves under it.
func constrainedChain(t testing.TB, permitted, excluded []rule) (root, ca *party) {
	root = testCA(t, "Root", KeyEd25519, nil)
	ca = issue(t, "Constrained", KeyEd25519, &Template{Subject: NewName("Constrained", ""), IsCA: true,
		Extra: []Extension{constraints(permitted, excluded)}}, root)
	return root, ca
}

// constraintCase is a leaf under a CA with constraints, and how it is judged.
type constraintCase struct {
	name                string
	permitted, excluded []rule
	leaf                *Template
	code                Code
}

func (c constraintCase) run(t *testing.T) {
	root, ca := constrainedChain(t, c.permitted, c.excluded)
	leaf := issue(t, "leaf", KeyEd25519, c.leaf, ca)
	_, err := Verify(leaf.cert, &VerifyOptions{Roots: poolOf(root), Intermediates: certsOf(ca), Time: testNow})
	if c.code != OK {
		wantCode(t, err, c.code, 1)
	} else if err != nil {
		t.Fatal(err)
	}
}

// dns and ip are leaves with such names.
func dns(names ...string) *Template { return &Template{DNSNames: names} }
func ip(address string) *Template   { return &Template{IPs: []netip.Addr{netip.MustParseAddr(address)}} }

// B-044: RFC 5280, Section 4.2.1.10, for DNS names.
func TestNameConstraintsOnHosts(t *testing.T) {
	for _, c := range []constraintCase{
		{"below", []rule{{DNSName, "example.org"}}, nil, dns("www.example.org"), OK},
		{"itself", []rule{{DNSName, "example.org"}}, nil, dns("EXAMPLE.org"), OK},
		{"with a period", []rule{{DNSName, ".example.org"}}, nil, dns("www.example.org"), OK},
		{"with a period, itself", []rule{{DNSName, ".example.org"}}, nil, dns("example.org"), PermittedViolation},
		{"excluded with a period, itself", nil, []rule{{DNSName, ".example.org"}}, dns("example.org"), ExcludedViolation},
		{"beside", []rule{{DNSName, "example.org"}}, nil, dns("badexample.org"), PermittedViolation},
		{"one of two", []rule{{DNSName, "example.org"}}, nil, dns("www.example.org", "example.com"), PermittedViolation},
		{"either rule", []rule{{DNSName, "example.org"}, {DNSName, "example.com"}}, nil, dns("www.example.org", "example.com"), OK},
		{"other kind", []rule{{DNSName, "example.org"}}, nil, ip("10.0.0.1"), OK},
		{"wildcard below", []rule{{DNSName, "example.org"}}, nil, dns("*.example.org"), OK},
		{"wildcard above", []rule{{DNSName, "www.example.org"}}, nil, dns("*.example.org"), PermittedViolation},
		{"excluded", nil, []rule{{DNSName, "example.org"}}, dns("www.example.org"), ExcludedViolation},
		{"excluded beats permitted", []rule{{DNSName, "example.org"}}, []rule{{DNSName, "bad.example.org"}}, dns("x.bad.example.org"),
			ExcludedViolation},
		{"wildcard that reaches the excluded", nil, []rule{{DNSName, "bad.example.org"}}, dns("*.example.org"), ExcludedViolation},
		{"all excluded", nil, []rule{{DNSName, ""}}, dns("example.org"), ExcludedViolation},
		{"not excluded", nil, []rule{{DNSName, "example.com"}}, dns("www.example.org"), OK},
		{"malformed", []rule{{DNSName, "example.org"}}, nil, dns("a b.example.org"), UnsupportedNameSyntax},
	} {
		t.Run(c.name, c.run)
	}
}

// S-072: who is kept from issuing for a host can't name it in the common name instead, where hosts are compared with that.
func TestNameConstraintsBindTheHostOfACommonName(t *testing.T) {
	root, ca := constrainedChain(t, []rule{{DNSName, "example.org"}}, []rule{{DNSName, "bad.example.org"}})
	for _, c := range []struct {
		commonName, host string
		rules            HostRules
		code             Code
	}{
		{"www.example.org", "WWW.example.org.", HostByCommonName, OK},
		{"www.example.com", "www.example.com", HostByCommonName, PermittedViolation},
		{"*.example.com", "www.example.com", HostByCommonName, PermittedViolation},
		{"w*.example.com", "www.example.com", HostByCommonName | HostPartialWildcards, PermittedViolation},
		{"www.bad.example.org", "www.bad.example.org", HostByCommonName, ExcludedViolation},
		{"*.example.org", "bad.example.org", HostByCommonName, ExcludedViolation},
		{"www.example.com", "www.example.com", 0, HostnameMismatch}, // the common name says nothing
		{"www.example.com", "", HostByCommonName, OK},               // and is no host if none is looked for
	} {
		leaf := issue(t, "leaf", KeyEd25519, &Template{Subject: NewName(c.commonName, "")}, ca)
		_, err := Verify(leaf.cert, &VerifyOptions{Roots: poolOf(root), Intermediates: certsOf(ca), Time: testNow,
			Hostname: c.host, HostRules: c.rules})
		switch {
		case c.code == HostnameMismatch:
			wantCode(t, err, c.code, 0)
		case c.code != OK:
			wantCode(t, err, c.code, 1)
		case err != nil:
			t.Errorf("%s for %q: %v", c.commonName, c.host, err)
		}
	}
}

// B-044: the same for the other kinds of names.
func TestNameConstraintsOnOtherNames(t *testing.T) {
	mail := func(n ...string) *Template { return &Template{Emails: n} }
	uri := func(n ...string) *Template { return &Template{URIs: n} }
	subject := func(cn, org string) *Template { return &Template{Subject: NewName(cn, org)} }
	orgRule := rule{DirectoryName, string(NewName("", "Acme").Raw())}
	for _, c := range []constraintCase{
		{"mailbox", []rule{{RFC822Name, "a@example.org"}}, nil, mail("a@EXAMPLE.org"), OK},
		{"other mailbox", []rule{{RFC822Name, "a@example.org"}}, nil, mail("b@example.org"), PermittedViolation},
		{"mail host", []rule{{RFC822Name, "example.org"}}, nil, mail("b@example.org"), OK},
		{"mail host below", []rule{{RFC822Name, "example.org"}}, nil, mail("b@x.example.org"), PermittedViolation},
		{"mail domain", []rule{{RFC822Name, ".example.org"}}, nil, mail("b@x.example.org"), OK},
		{"mail domain itself", []rule{{RFC822Name, ".example.org"}}, nil, mail("b@example.org"), PermittedViolation},
		{"no mailbox", []rule{{RFC822Name, "example.org"}}, nil, mail("example.org"), UnsupportedNameSyntax},
		{"URI host", []rule{{URIName, "example.org"}}, nil, uri("https://u@example.org:443/x"), OK},
		{"URI host below", []rule{{URIName, "example.org"}}, nil, uri("https://x.example.org"), PermittedViolation},
		{"URI domain", []rule{{URIName, ".example.org"}}, nil, uri("https://x.example.org?q"), OK},
		{"URI in the query", nil, []rule{{URIName, "example.org"}}, uri("https://other.net/@example.org"), OK},
		{"URI without host", []rule{{URIName, "example.org"}}, nil, uri("urn:example.org"), UnsupportedNameSyntax},
		{"URI with address", nil, []rule{{URIName, "example.org"}}, uri("http://127.0.0.1/"), UnsupportedNameSyntax},
		{"address", []rule{{IPAddress, "\x0a\x00\x00\x00\xff\x00\x00\x00"}}, nil, ip("10.9.8.7"), OK},
		{"address outside", []rule{{IPAddress, "\x0a\x00\x00\x00\xff\x00\x00\x00"}}, nil, ip("11.9.8.7"), PermittedViolation},
		{"address of six under four", []rule{{IPAddress, "\x0a\x00\x00\x00\xff\x00\x00\x00"}}, nil, ip("::1"), PermittedViolation},
		{"address excluded", nil, []rule{{IPAddress, strings.Repeat("\x00", 32)}}, ip("::1"), ExcludedViolation},
		{"subject", []rule{orgRule}, nil, subject("x", "ACME"), OK},
		{"other subject", []rule{orgRule}, nil, subject("x", "Acme2"), PermittedViolation},
		{"subject excluded", nil, []rule{orgRule}, subject("x", "acme "), ExcludedViolation},
		{"kind that is not compared", []rule{{RegisteredID, "\x2a\x03"}}, nil, dns("example.org"), OK},
	} {
		t.Run(c.name, c.run)
	}
}

// TestNameConstraintsNeverLooserThanCryptoX509: chains under random constraints of DNS names, judged by both.
func TestNameConstraintsNeverLooserThanCryptoX509(t *testing.T) {
	name := rapid.StringMatching(`((a|b|\*)\.)?((a|b)\.)?(example|Sample)\.org`)
	base := rapid.StringMatching(`\.?((a|b)\.)?((a|b)\.)?(example|sample)?\.?org`).Filter(validSubtree)
	checkSeeds(t, func(r *rapid.T) {
		draw := func(what string) (list []rule) {
			for _, v := range rapid.SliceOfN(base, 0, 2).Draw(r, what) {
				list = append(list, rule{DNSName, v})
			}
			return list
		}
		permitted, excluded := draw("permitted"), draw("excluded")
		if len(permitted)+len(excluded) == 0 {
			return
		}
		names := rapid.SliceOfN(name, 1, 2).Draw(r, "names")
		root, ca := constrainedChain(t, permitted, excluded)
		leaf := issue(t, "leaf", KeyEd25519, &Template{DNSNames: names}, ca)
		_, ours := Verify(leaf.cert, &VerifyOptions{Roots: poolOf(root), Intermediates: certsOf(ca), Time: testNow})
		stdErr := stdVerify(t, leaf.cert, root.cert, ca.cert)
		if ours == nil && stdErr != nil {
			r.Fatalf("crypto/x509 refuses: %v", stdErr)
		}
	})
}

func stdVerify(t testing.TB, leaf, root *Certificate, middle ...*Certificate) error {
	std, err := x509.ParseCertificate(leaf.Raw())
	if err != nil {
		return err
	}
	roots, middles := x509.NewCertPool(), x509.NewCertPool()
	roots.AppendCertsFromPEM(certPEM(root))
	for _, m := range middle {
		middles.AppendCertsFromPEM(certPEM(m))
	}
	_, err = std.Verify(x509.VerifyOptions{Roots: roots, Intermediates: middles, CurrentTime: testNow})
	return err
}

// TestManyNamesManyConstraints: 10,000 names under 10,000 rules end within the budget, and say so.
func TestManyNamesManyConstraints(t *testing.T) {
	var rules []rule
	var names []string
	for i := range 10_000 {
		rules = append(rules, rule{DNSName, fmt.Sprintf("%d.example.org", i)})
		names = append(names, fmt.Sprintf("x.%d.example.org", i))
	}
	root, ca := constrainedChain(t, rules, nil)
	leaf := issue(t, "leaf", KeyEd25519, &Template{DNSNames: names}, ca)
	_, err := Verify(leaf.cert, &VerifyOptions{Roots: poolOf(root), Intermediates: certsOf(ca), Time: testNow})
	var v *VerifyError
	if !errors.As(err, &v) || v.Code != BudgetExceeded {
		t.Error(err)
	}
}
