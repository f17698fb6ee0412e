package x509lite

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"tlsengine/cipher"
)

// memory is a SignatureCache without a bound.
type memory struct {
	mu   sync.Mutex
	seen map[[32]byte]bool
	hits int
}

func (m *memory) Valid(key [32]byte) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.seen[key] {
		m.hits++
	}
	return m.seen[key]
}

func (m *memory) Remember(key [32]byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.seen == nil {
		m.seen = make(map[[32]byte]bool)
	}
	m.seen[key] = true
}

func poolOf(list ...*party) *Pool {
	p := NewPool()
	for _, c := range list {
		p.Add(c.cert)
	}
	return p
}

func certsOf(list ...*party) []*Certificate {
	var certs []*Certificate
	for _, c := range list {
		certs = append(certs, c.cert)
	}
	return certs
}

// wantCode checks that err is a VerifyError of that code and depth, on one line.
func wantCode(t *testing.T, err error, code Code, depth int) *VerifyError {
	t.Helper()
	var v *VerifyError
	if !errors.As(err, &v) {
		t.Fatalf("no VerifyError but %v", err)
	}
	if v.Code != code || v.Depth != depth || strings.Contains(v.Error(), "\n") {
		t.Fatalf("code %d at depth %d, want %d at %d: %v", v.Code, v.Depth, code, depth, v.Explain())
	}
	return v
}

// TestVerifyRefusals has one chain for each reason.
func TestVerifyRefusals(t *testing.T) {
	root := testCA(t, "Root", KeyP256, nil)
	middle := testCA(t, "Middle", KeyP256, root)
	for _, c := range append(refusedLeaves(t, middle), refusedPaths(t, root, middle)...) {
		t.Run(c.name, func(t *testing.T) {
			cache := &memory{}
			o := &VerifyOptions{Roots: poolOf(root), Intermediates: certsOf(c.sent...), Time: c.at, Hostname: c.host, Signatures: cache}
			for range 2 { // the second time with remembered signatures: the same judgement
				v, err := Verify(c.leaf.cert, o)
				if c.code == OK {
					if err != nil {
						t.Fatal(err)
					}
					if v.Chain[0] != c.leaf.cert || v.Chain[len(v.Chain)-1] != root.cert {
						t.Fatal("the chain does not lead from the leaf to the root")
					}
					continue
				}
				wantCode(t, err, c.code, c.depth)
			}
			if c.name == "good" && cache.hits != 2 {
				t.Errorf("%d remembered signatures used, want 2", cache.hits)
			}
		})
	}
}

// refusal is a leaf with what is sent beside it, and what is wrong with it at that time and for that host.
type refusal struct {
	name  string
	leaf  *party
	sent  []*party
	host  string
	at    time.Time
	code  Code
	depth int
}

// refusedLeaves are leaves of the CA.
func refusedLeaves(t *testing.T, middle *party) []refusal {
	leaf := testLeaf(t, "example.org", KeyP256, middle)
	selfSigned := testLeaf(t, "example.org", KeyP256, nil)
	with := func(change func(*Template)) *party {
		p := Template{Subject: NewName("example.org", ""), DNSNames: []string{"example.org"}, NotBefore: testBegin, NotAfter: testEnd}
		change(&p)
		return issue(t, "changed", KeyP256, &p, middle)
	}
	return []refusal{
		{"good", leaf, []*party{middle}, "example.org", testNow, OK, 0},
		{"not yet valid", leaf, []*party{middle}, "", testBegin.Add(-time.Second), CertNotYetValid, 0},
		{"first second", leaf, []*party{middle}, "", testBegin, OK, 0},
		{"last second", leaf, []*party{middle}, "", testEnd, OK, 0},
		{"expired", leaf, []*party{middle}, "", testEnd.Add(time.Nanosecond), CertHasExpired, 0},
		{"leaf for clients only", with(func(p *Template) { p.ExtKeyUsage = []OID{UsageClientAuth} }), []*party{middle}, "", testNow,
			InvalidPurpose, 0},
		{"leaf for any purpose", with(func(p *Template) { p.ExtKeyUsage = []OID{UsageAny} }), []*party{middle}, "", testNow, OK, 0},
		{"unknown critical extension", with(func(p *Template) {
			p.Extra = []Extension{{ID: "\x2a\x03", Critical: true, Value: []byte{5, 0}}}
		}), []*party{middle}, "", testNow, UnhandledCriticalExtension, 0},
		{"unknown extension that is not critical", with(func(p *Template) {
			p.Extra = []Extension{{ID: "\x2a\x03", Value: []byte{5, 0}}}
		}), []*party{middle}, "", testNow, OK, 0},
		{"policy required", with(func(p *Template) {
			p.Extra = []Extension{{ID: oidPolicyConstraints, Value: []byte{0x30, 3, 0x80, 1, 0}}}
		}), []*party{middle}, "", testNow, NoExplicitPolicy, 0},
		{"other host", leaf, []*party{middle}, "example.com", testNow, HostnameMismatch, 0},
		{"other address", leaf, []*party{middle}, "127.0.0.2", testNow, IPAddressMismatch, 0},
		{"address", leaf, []*party{middle}, "::1", testNow, OK, 0},
		{"self-signed", selfSigned, nil, "", testNow, DepthZeroSelfSigned, 0},
		{"self-signed and wrong host", selfSigned, nil, "example.com", testNow, DepthZeroSelfSigned, 0},
		{"intermediate missing", leaf, nil, "", testNow, UnableToGetIssuerLocally, 0},
	}
}

// refusedPaths are leaves whose issuers are at fault.
func refusedPaths(t *testing.T, root, middle *party) []refusal {
	zero := 0
	caWith := func(change func(*Template)) *party {
		p := Template{Subject: NewName("Changed CA", ""), IsCA: true, NotBefore: testBegin, NotAfter: testEnd}
		change(&p)
		return issue(t, "changed CA", KeyP256, &p, root)
	}
	old := caWith(func(p *Template) { p.NotAfter = testBegin.AddDate(0, 1, 0) })
	notCA := caWith(func(p *Template) { p.IsCA = false })
	noSign := caWith(func(p *Template) { p.KeyUsage = CRLSign })
	short := caWith(func(p *Template) { p.MaxPathLen = &zero })
	below := testCA(t, "Below", KeyP256, short)
	clients := caWith(func(p *Template) { p.ExtKeyUsage = []OID{UsageClientAuth} })
	// A certificate whose issuer's name is right and whose signature is by another key.
	stranger := testCA(t, "Middle", KeyP384, root)
	forged := testLeaf(t, "example.org", KeyP256, stranger)
	otherRoot := testCA(t, "Other Root", KeyP256, nil)
	return []refusal{
		{"expired CA", testLeaf(t, "example.org", KeyP256, old), []*party{old}, "", testNow, CertHasExpired, 1},
		{"CA that is none", testLeaf(t, "example.org", KeyP256, notCA), []*party{notCA}, "", testNow, InvalidCA, 1},
		{"CA that may not sign certificates", testLeaf(t, "example.org", KeyP256, noSign), []*party{noSign}, "", testNow,
			KeyUsageNoCertSign, 1},
		{"path too long", testLeaf(t, "example.org", KeyP256, below), []*party{below, short}, "", testNow, PathLengthExceeded, 2},
		{"CA for clients only", testLeaf(t, "example.org", KeyP256, clients), []*party{clients}, "", testNow, InvalidPurpose, 1},
		{"signature of another", forged, []*party{middle}, "", testNow, CertSignatureFailure, 1},
		{"root not trusted", testLeaf(t, "example.org", KeyP256, otherRoot), []*party{otherRoot}, "", testNow, SelfSignedInChain, 1},
	}
}

// TestVerifyWeakKeysAndHashes: below 112 bits nothing is trusted unless the caller says so.
func TestVerifyWeakKeysAndHashes(t *testing.T) {
	root := testCA(t, "RSA Root", KeyRSA2048, nil)
	if _, err := Verify(testLeaf(t, "example.org", KeyP256, root).cert, &VerifyOptions{Roots: poolOf(root), Time: testNow}); err != nil {
		t.Error(err)
	}
	_, err := Verify(testLeaf(t, "example.org", KeyP256, root).cert,
		&VerifyOptions{Roots: poolOf(root), Time: testNow, SecurityBits: 128})
	wantCode(t, err, CAKeyTooSmall, 1)
	sha1, err := (&Template{Subject: NewName("old", ""), DNSNames: []string{"example.org"}, NotBefore: testBegin, NotAfter: testEnd,
		Algorithm: cipher.Algorithm{Kind: cipher.RSAPKCS1, Hash: cipher.SHA1}}).
		Sign(root.cert, mustKey(t).Public(), root.key, seedOf(""))
	if err != nil {
		t.Fatal(err)
	}
	c, _ := ParseCertificate(sha1)
	_, err = Verify(c, &VerifyOptions{Roots: poolOf(root), Time: testNow})
	wantCode(t, err, CADigestTooWeak, 1)
	if _, err := Verify(c, &VerifyOptions{Roots: poolOf(root), Time: testNow, SecurityBits: 63}); err != nil {
		t.Error("by choice: ", err)
	}
}

// TestVerifyTrustedLeaf: a certificate in the pool needs no chain, but dates, purpose and name still count.
func TestVerifyTrustedLeaf(t *testing.T) {
	leaf := testLeaf(t, "example.org", KeyP256, nil)
	o := VerifyOptions{Roots: poolOf(leaf), Time: testNow, Hostname: "example.org"}
	if v, err := Verify(leaf.cert, &o); err != nil || len(v.Chain) != 1 {
		t.Fatal(err)
	}
	late := o
	late.Time = testEnd.AddDate(1, 0, 0)
	_, err := Verify(leaf.cert, &late)
	wantCode(t, err, CertHasExpired, 0)
	other := o
	other.Hostname = "example.com"
	_, err = Verify(leaf.cert, &other)
	wantCode(t, err, HostnameMismatch, 0)
	// Trusting a leaf is not trusting what it signs.
	child := testLeaf(t, "child.example.org", KeyP256, leaf)
	_, err = Verify(child.cert, &o)
	wantCode(t, err, InvalidCA, 1)
}

// TestVerifyFindsAWay: strangers, any order, cross-signs, expired twins and loops don't keep a good path from being found.
func TestVerifyFindsAWay(t *testing.T) {
	root := testCA(t, "Root", KeyP256, nil)
	expired := issue(t, "Root", KeyP256, &Template{Subject: NewName("Root", "Test"), IsCA: true,
		NotBefore: testBegin.AddDate(-5, 0, 0), NotAfter: testBegin}, nil)
	oldRoot := testCA(t, "Old Root", KeyP256, nil)
	cross := sign(t, root.key, &Template{Subject: NewName("Root", "Test"), IsCA: true}, oldRoot)
	a := testCA(t, "A", KeyP256, root)
	b := testCA(t, "B", KeyP256, a)
	loop := sign(t, a.key, &Template{Subject: NewName("A", "Test"), IsCA: true}, b)
	namesake := testCA(t, "A", KeyP384, oldRoot)
	leaf := testLeaf(t, "example.org", KeyP256, b)
	// A CA whose name differs from what its children call it only in case, blanks and type of string.
	odd := sign(t, b.key, &Template{Subject: Name{[]byte("\x30\x1d\x31\x0f\x30\x0d\x06\x03\x55\x04\x0a\x13\x06 TEST \x31\x0a\x30\x08\x06\x03\x55\x04\x03\x13\x01b")}, IsCA: true}, a)
	if !odd.cert.Subject().Equal(b.cert.Subject()) {
		t.Fatalf("%v is not %v", odd.cert.Subject(), b.cert.Subject())
	}
	for name, c := range map[string]struct {
		roots *Pool
		sent  []*party
		long  int
	}{
		"in order":             {poolOf(root), []*party{b, a}, 4},
		"backwards with root":  {poolOf(root), []*party{root, a, b}, 4},
		"strangers and loops":  {poolOf(root), []*party{oldRoot, namesake, loop, leaf, b, a, cross}, 4},
		"through the cross":    {poolOf(oldRoot), []*party{loop, b, a, root, cross}, 5},
		"expired twin trusted": {poolOf(expired, root), []*party{b, a}, 4},
		"expired twin, cross":  {poolOf(expired, oldRoot), []*party{b, a, cross}, 5},
		"trusted intermediate": {poolOf(a), []*party{b}, 3},
		"name folded":          {poolOf(root), []*party{odd, a}, 4},
		"sent twice":           {poolOf(root), []*party{b, b, a, a}, 4},
	} {
		v, err := Verify(leaf.cert, &VerifyOptions{Roots: c.roots, Intermediates: certsOf(c.sent...), Time: testNow,
			Hostname: "example.org"})
		if err != nil {
			t.Errorf("%s: %v", name, err.(*VerifyError).Explain())
			continue
		}
		if len(v.Chain) != c.long {
			t.Errorf("%s: a chain of %d, want %d", name, len(v.Chain), c.long)
		}
	}
}

// TestVerifyBudget: a mesh in which every CA certifies every other ends soon, with the right error.
func TestVerifyBudget(t *testing.T) {
	const size = 12
	var cas []*party
	for i := range size {
		cas = append(cas, testCA(t, fmt.Sprint("Mesh ", i), KeyEd25519, nil))
	}
	var sent []*party
	for _, by := range cas {
		for i, ca := range cas {
			if by != ca {
				sent = append(sent, sign(t, ca.key, &Template{Subject: NewName(fmt.Sprint("Mesh ", i), "Test"), IsCA: true}, by))
			}
		}
	}
	leaf := testLeaf(t, "example.org", KeyP256, cas[0])
	cache := &memory{}
	_, err := Verify(leaf.cert, &VerifyOptions{Roots: poolOf(testCA(t, "Root", KeyP256, nil)), Intermediates: certsOf(sent...),
		Time: testNow, Signatures: cache})
	var v *VerifyError
	if !errors.As(err, &v) || v.Code != BudgetExceeded || len(cache.seen) > maxSignatures || len(v.Tried) > maxAttempts {
		t.Errorf("%v after %d signatures", err, len(cache.seen))
	}
	// The same without a cache, where the limit is on signatures.
	_, err = Verify(leaf.cert, &VerifyOptions{Roots: NewPool(), Intermediates: certsOf(sent...), Time: testNow})
	if !errors.As(err, &v) || v.Code != BudgetExceeded {
		t.Error(err)
	}
}

// TestVerifyChainTooLong: a chain of more than maxDepth certificates is refused as such.
func TestVerifyChainTooLong(t *testing.T) {
	root := testCA(t, "Root", KeyEd25519, nil)
	by := root
	var sent []*party
	for i := range maxDepth {
		by = testCA(t, fmt.Sprint("CA ", i), KeyEd25519, by)
		sent = append(sent, by)
	}
	_, err := Verify(testLeaf(t, "example.org", KeyP256, by).cert,
		&VerifyOptions{Roots: poolOf(root), Intermediates: certsOf(sent...), Time: testNow})
	wantCode(t, err, CertChainTooLong, maxDepth-1)
}
