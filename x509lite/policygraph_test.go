package x509lite

import (
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"testing"

	"golang.org/x/crypto/cryptobyte/asn1"
	"pgregory.net/rapid"
)

// testPolicies are OIDs 1.2.1 to 1.2.4.
var testPolicies = []OID{"\x2a\x01", "\x2a\x02", "\x2a\x03", "\x2a\x04"}

func policiesExtension(ids ...OID) Extension {
	b := newBuilder()
	b.AddASN1(asn1.SEQUENCE, func(b *builder) {
		for _, id := range ids {
			b.AddASN1(asn1.SEQUENCE, func(b *builder) { addOID(b, id) })
		}
	})
	return Extension{ID: oidPolicies, Value: b.BytesOrPanic()}
}

func mappingsExtension(pairs ...[2]OID) Extension {
	b := newBuilder()
	b.AddASN1(asn1.SEQUENCE, func(b *builder) {
		for _, p := range pairs {
			b.AddASN1(asn1.SEQUENCE, func(b *builder) { addOID(b, p[0]); addOID(b, p[1]) })
		}
	})
	return Extension{ID: oidPolicyMappings, Critical: true, Value: b.BytesOrPanic()}
}

// constraintsExtension leaves out what is negative.
func constraintsExtension(explicit, mapping int) Extension {
	b := newBuilder()
	b.AddASN1(asn1.SEQUENCE, func(b *builder) {
		for i, n := range []int{explicit, mapping} {
			if n >= 0 {
				b.AddASN1Int64WithTag(int64(n), tagContext(uint8(i)))
			}
		}
	})
	return Extension{ID: oidPolicyConstraints, Critical: true, Value: b.BytesOrPanic()}
}

func inhibitAnyExtension(n int) Extension {
	return Extension{ID: oidInhibitAnyPolicy, Critical: true, Value: []byte{2, 1, byte(n)}}
}

func drawPolicies(r *rapid.T, ca bool) []Extension {
	var list []Extension
	if rapid.IntRange(0, 7).Draw(r, "policies") > 0 {
		ids := slices.Clone(testPolicies[:3])
		if rapid.IntRange(0, 2).Draw(r, "any") == 0 {
			ids = append(ids, AnyPolicy)
		}
		ids = rapid.Permutation(ids).Draw(r, "order")
		list = append(list, policiesExtension(ids[:rapid.IntRange(1, len(ids)).Draw(r, "count")]...))
	}
	if ca && rapid.IntRange(0, 2).Draw(r, "mapped") == 0 {
		var pairs [][2]OID
		for range rapid.IntRange(1, 4).Draw(r, "mappings") {
			one := rapid.SampledFrom(testPolicies)
			pairs = append(pairs, [2]OID{one.Draw(r, "from"), one.Draw(r, "to")})
		}
		if rapid.IntRange(0, 19).Draw(r, "mapped any") == 0 {
			pairs = append(pairs, [2]OID{AnyPolicy, testPolicies[0]})
		}
		list = append(list, mappingsExtension(pairs...))
	}
	if rapid.IntRange(0, 1).Draw(r, "constrained") == 0 {
		explicit, mapping := rapid.IntRange(-1, 2).Draw(r, "explicit"), rapid.IntRange(-1, 2).Draw(r, "mapping")
		if explicit >= 0 || mapping >= 0 {
			list = append(list, constraintsExtension(explicit, mapping))
		}
	}
	if ca && rapid.IntRange(0, 3).Draw(r, "inhibited") == 0 {
		list = append(list, inhibitAnyExtension(rapid.IntRange(0, 2).Draw(r, "after")))
	}
	return list
}

// drawPolicyChain draws root, CAs and leaf, some CAs self-issued.
func drawPolicyChain(t testing.TB, r *rapid.T) []*party {
	by := testCA(t, "Root", KeyEd25519, nil)
	chain := []*party{by}
	name := "Root"
	for i := range rapid.IntRange(1, 4).Draw(r, "CAs") {
		if rapid.IntRange(0, 4).Draw(r, "self-issued") > 0 {
			name = fmt.Sprint("CA ", i)
		}
		by = issue(t, fmt.Sprint("key ", i), KeyEd25519, &Template{Subject: NewName(name, "Test"), IsCA: true,
			Extra: drawPolicies(r, true)}, by)
		chain = append(chain, by)
	}
	leaf := &Template{Subject: NewName("leaf", ""), DNSNames: []string{"example.org"}, Extra: drawPolicies(r, false)}
	return append(chain, issue(t, "leaf", KeyEd25519, leaf, by))
}

// TestPoliciesJudgedAsByCryptoX509: random chains with policies, mappings, constraints; what one refuses the other does.
func TestPoliciesJudgedAsByCryptoX509(t *testing.T) {
	refused := 0
	checkSeeds(t, func(r *rapid.T) {
		chain := drawPolicyChain(t, r)
		leaf, middle := chain[len(chain)-1], certsOf(chain[1:len(chain)-1]...)
		var acceptable []OID
		if rapid.Bool().Draw(r, "choosy") {
			acceptable = rapid.Permutation(testPolicies[:3]).Draw(r, "acceptable")[:rapid.IntRange(1, 2).Draw(r, "number")]
		}
		o := &VerifyOptions{Roots: poolOf(chain[0]), Intermediates: middle, Time: testNow, Policies: PolicyInputs{Acceptable: acceptable}}
		v, err := Verify(leaf.cert, o)
		so := x509.VerifyOptions{Roots: x509.NewCertPool(), Intermediates: x509.NewCertPool(), CurrentTime: testNow}
		so.Roots.AddCert(mustStd(t, chain[0].cert))
		for _, c := range middle {
			so.Intermediates.AddCert(mustStd(t, c))
		}
		for _, id := range acceptable {
			std, err := x509.ParseOID(id.String())
			if err != nil {
				r.Fatal(err)
			}
			so.CertificatePolicies = append(so.CertificatePolicies, std)
		}
		_, std := mustStd(t, leaf.cert).Verify(so)
		// RFC 5280, Section 6.1.4 (a) refuses a mapping of anyPolicy whether or not any policy is left; crypto/x509 only if one is.
		var ours *VerifyError
		if std == nil && errors.As(err, &ours) && ours.Code == InvalidPolicyExtension {
			return
		}
		if (err == nil) != (std == nil) {
			r.Fatalf("ours: %v; crypto/x509: %v", err, std)
		}
		if err != nil {
			refused++
			return
		}
		// What comes out is acceptable, and under a demand for it the chain passes exactly if something comes out.
		got := v.Policies()
		for _, id := range got {
			if acceptable != nil && !slices.Contains(acceptable, id) {
				r.Fatalf("%v is not acceptable", id)
			}
		}
		o.Policies.RequireExplicit = true
		if _, err := Verify(leaf.cert, o); (err == nil) != (len(got) > 0) {
			r.Fatalf("policies %v, and when they are required: %v", got, err)
		}
	})
	if refused == 0 {
		t.Error("no chain was refused: the test shows nothing")
	}
}

// TestPoliciesJudgedAsByOpenSSL asks openssl about random chains, with each input set in turn.
func TestPoliciesJudgedAsByOpenSSL(t *testing.T) {
	openssl(t, "version")
	for _, seed := range exampleSeeds(t, 16) {
		chain := rapid.Custom(func(r *rapid.T) []*party { return drawPolicyChain(t, r) }).Example(seed)
		leaf, middle := chain[len(chain)-1], chain[1:len(chain)-1]
		in := PolicyInputs{RequireExplicit: seed%2 == 0, InhibitMapping: seed%3 == 0, InhibitAny: seed%5 == 0,
			Acceptable: testPolicies[:1+seed%3]}
		_, err := Verify(leaf.cert, &VerifyOptions{Roots: poolOf(chain[0]), Intermediates: certsOf(middle...), Time: testNow, Policies: in})
		dir := t.TempDir()
		var text []byte
		for _, m := range middle {
			text = append(text, certPEM(m.cert)...)
		}
		args := []string{"verify", "-policy_check", "-attime", fmt.Sprint(testNow.Unix()), "-CAfile",
			writePEM(t, dir, "r", certPEM(chain[0].cert)),
			"-untrusted", writePEM(t, dir, "m", text)}
		for flag, on := range map[string]bool{"-explicit_policy": in.RequireExplicit, "-inhibit_map": in.InhibitMapping,
			"-inhibit_any": in.InhibitAny} {
			if on {
				args = append(args, flag)
			}
		}
		for _, id := range in.Acceptable {
			args = append(args, "-policy", id.String())
		}
		out, code := opensslVerify(t, append(args, writePEM(t, dir, "l", certPEM(leaf.cert)))...)
		if code == 0 && codeOf(err) == InvalidPolicyExtension {
			continue // RFC 5280, Section 6.1.4 (a) refuses a mapping of anyPolicy whether or not any policy is left; OpenSSL only if one is
		}
		if (err == nil) != (code == 0) {
			t.Errorf("chain %d, %+v: ours %v; openssl %s", seed, in, err, out)
		}
	}
}

// TestPoliciesExplode: the tree of RFC 5280, Section 6.1 would have more nodes than there are atoms; RFC 9618's graph takes
// the sum of what the certificates have, and the budget ends what is too much even so.
func TestPoliciesExplode(t *testing.T) {
	for _, c := range []struct {
		policies int
		code     Code
	}{{8, OK}, {60, OK}, {400, BudgetExceeded}} {
		var ids []OID
		for i := range c.policies {
			ids = append(ids, OID([]byte{0x2a, 0x81, byte(i&0x7f) | 0x80, byte(i >> 7)}))
		}
		var pairs [][2]OID // each policy to each
		for _, from := range ids {
			for _, to := range ids {
				pairs = append(pairs, [2]OID{from, to})
			}
		}
		by := testCA(t, "Root", KeyEd25519, nil)
		root := by
		var middle []*Certificate
		for i := range 10 {
			extra := []Extension{policiesExtension(ids...), mappingsExtension(pairs...)}
			if i == 0 {
				extra = append(extra, constraintsExtension(0, -1))
			}
			by = issue(t, fmt.Sprint("key ", i), KeyEd25519, &Template{Subject: NewName(fmt.Sprint("CA ", i), ""), IsCA: true,
				Extra: extra}, by)
			middle = append(middle, by.cert)
		}
		leaf := issue(t, "leaf", KeyEd25519, &Template{Subject: NewName("leaf", ""), DNSNames: []string{"a.b"},
			Extra: []Extension{policiesExtension(ids...)}}, by)
		v, err := Verify(leaf.cert, &VerifyOptions{Roots: poolOf(root), Intermediates: middle, Time: testNow})
		if c.code != OK {
			wantCode(t, err, c.code, err.(*VerifyError).Depth)
		} else if err != nil || len(v.Policies()) != c.policies {
			t.Fatalf("%d policies: %v", c.policies, err)
		}
	}
}

// TestMeshOfWholeChains: each of 2^10 chains is whole and falls only then, for want of a policy or of a list; the search ends all
// the same, with what is wrong or with the budget.
func TestMeshOfWholeChains(t *testing.T) {
	root := testCA(t, "Root", KeyEd25519, nil)
	by, middle := root, []*Certificate(nil)
	for i := range 10 {
		name := fmt.Sprint("CA ", i)
		one := issue(t, name, KeyEd25519, &Template{Subject: NewName(name, ""), IsCA: true}, by)
		two := sign(t, one.key, &Template{Subject: NewName(name, ""), IsCA: true, Serial: big.NewInt(int64(i + 1))}, by)
		middle = append(middle, one.cert, two.cert)
		by = one
	}
	leaf := testLeaf(t, "example.org", KeyEd25519, by)
	o := VerifyOptions{Roots: poolOf(root), Intermediates: middle, Time: testNow}
	if _, err := Verify(leaf.cert, &o); err != nil {
		t.Fatal(err)
	}
	picky, careful := o, o
	picky.Policies.RequireExplicit = true
	careful.Revocation = RevocationChain
	for _, o := range []*VerifyOptions{&picky, &careful} {
		_, err := Verify(leaf.cert, o)
		if code := codeOf(err); code != BudgetExceeded && code != NoExplicitPolicy && code != UnableToGetCRL {
			t.Error(err)
		}
		if e := err.(*VerifyError); len(e.Tried) > maxAttempts {
			t.Errorf("%d attempts reported", len(e.Tried))
		}
	}
}

// TestPolicyExtensionsThatMakeNoSense: a policy twice, and anyPolicy mapped.
func TestPolicyExtensionsThatMakeNoSense(t *testing.T) {
	root := testCA(t, "Root", KeyEd25519, nil)
	for name, extra := range map[string][]Extension{
		"twice":      {policiesExtension(testPolicies[0], testPolicies[0])},
		"any twice":  {policiesExtension(AnyPolicy, AnyPolicy)},
		"any mapped": {policiesExtension(testPolicies[0]), mappingsExtension([2]OID{testPolicies[0], AnyPolicy})},
	} {
		ca := issue(t, "CA", KeyEd25519, &Template{Subject: NewName("CA", ""), IsCA: true, Extra: extra}, root)
		leaf := testLeaf(t, "example.org", KeyEd25519, ca)
		o := &VerifyOptions{Roots: poolOf(root), Intermediates: certsOf(ca), Time: testNow, Policies: PolicyInputs{RequireExplicit: true}}
		_, err := Verify(leaf.cert, o)
		t.Log(name, wantCode(t, err, InvalidPolicyExtension, 1))
	}
}
