package x509lite

import (
	"bytes"
	"crypto/x509"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// pkitsManifest is testdata/pkits/manifest.json; its README says what the fields mean.
type pkitsManifest struct {
	Time     time.Time
	Policies map[string]string
	Tests    []pkitsTest
}

type pkitsTest struct {
	ID, Title       string
	Certs, CRLs     []string
	Valid           bool
	InitialPolicies []string `json:"initial_policy_set"`
	Explicit        bool     `json:"initial_explicit_policy"`
	NoMapping       bool     `json:"initial_policy_mapping_inhibit"`
	NoAny           bool     `json:"initial_inhibit_any_policy"`
	UserPolicies    []string `json:"user_constrained_policy_set"`
}

func readPKITS(t testing.TB) *pkitsManifest {
	t.Helper()
	text, err := os.ReadFile("testdata/pkits/manifest.json")
	if err != nil {
		t.Fatal(err)
	}
	m := &pkitsManifest{}
	if err := json.Unmarshal(text, m); err != nil {
		t.Fatal(err)
	}
	return m
}

func pkitsFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata/pkits", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// policyIDs turns the manifest's names into OIDs.
func (m *pkitsManifest) policyIDs(t testing.TB, names []string) []OID {
	t.Helper()
	var list []OID
	for _, n := range names {
		list = append(list, oidOf(t, m.Policies[n]))
	}
	return list
}

// oidOf encodes a dotted OID.
func oidOf(t testing.TB, dotted string) OID {
	t.Helper()
	b := newBuilder()
	var arcs []int
	for _, s := range strings.Split(dotted, ".") {
		n := 0
		for _, c := range s {
			n = n*10 + int(c-'0')
		}
		arcs = append(arcs, n)
	}
	b.AddASN1ObjectIdentifier(arcs)
	return OID(b.BytesOrPanic()[2:])
}

// pkitsMalformed are the files that are refused before anything is verified: to make their signatures bad, NIST gave the BIT
// STRING an unused bit, and signatures are whole bytes. A bad signature of the right form is in 4.1.3 and in TestCRLRefused.
var pkitsMalformed = map[string]bool{"certs/BadSignedCACert.crt": true, "certs/InvalidDSASignatureTest6EE.crt": true,
	"crls/BadCRLSignatureCACRL.crl": true}

// verify judges a test: the first certificate is the anchor, the last the leaf, the others are offered in any order.
func (p *pkitsTest) verify(t testing.TB, m *pkitsManifest) (*Verdict, error) {
	var certs []*Certificate
	for _, name := range p.Certs {
		// 4.4.14 and 4.4.15 are about serial numbers that are negative: whoever has such a CA asks for it.
		c, err := ParseLenient(pkitsFile(t, name), NegativeSerial)
		if err != nil && pkitsMalformed[name] {
			return nil, err
		} else if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		certs = append(certs, c)
	}
	crls := NewCRLStore()
	for _, name := range p.CRLs {
		l, err := ParseCRL(pkitsFile(t, name))
		if err != nil && pkitsMalformed[name] {
			continue // a list that is none is missing
		} else if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		crls.Add(l)
	}
	roots := NewPool()
	roots.Add(certs[0])
	return Verify(certs[len(certs)-1], &VerifyOptions{
		Roots: roots, Intermediates: certs[1 : len(certs)-1], Time: m.Time, Purpose: AnyPurpose, Revocation: RevocationChain, CRLs: crls,
		SecurityBits: 1, // 4.1.4 and 4.1.5 have DSA of 1024 bits with SHA-1
		Policies: PolicyInputs{Acceptable: m.policyIDs(t, p.InitialPolicies), RequireExplicit: p.Explicit, InhibitMapping: p.NoMapping,
			InhibitAny: p.NoAny},
	})
}

// B-044: TestPKITS: every test of the NIST suite ends as the suite says.
func TestPKITS(t *testing.T) {
	m := readPKITS(t)
	passed := 0
	for i, p := range m.Tests {
		t.Run(p.ID, func(t *testing.T) {
			if i%2 == 0 { // the order of what is offered makes no difference
				slices.Reverse(p.Certs[1 : len(p.Certs)-1])
				slices.Reverse(p.CRLs)
			}
			v, err := p.verify(t, m)
			switch {
			case p.Valid && err != nil:
				t.Fatalf("%s: refused: %v", p.Title, err)
			case !p.Valid && err == nil:
				t.Fatalf("%s: accepted", p.Title)
			case p.Valid:
				want := m.policyIDs(t, p.UserPolicies)
				slices.Sort(want)
				if got := v.Policies(); !slices.Equal(got, want) {
					t.Fatalf("%s: policies %v, want %v", p.Title, got, want)
				}
			}
			passed++
		})
	}
	t.Logf("%d of %d", passed, len(m.Tests))
}

// TestPKITSFilesParse: every file of the suite is read, and what crypto/x509 reads of the lists is the same.
func TestPKITSFilesParse(t *testing.T) {
	certs, _ := filepath.Glob("testdata/pkits/certs/*.crt")
	crls, _ := filepath.Glob("testdata/pkits/crls/*.crl")
	if len(certs) != 405 || len(crls) != 173 {
		t.Fatalf("%d certificates, %d lists", len(certs), len(crls))
	}
	negative := 0
	for _, path := range certs {
		name := "certs/" + filepath.Base(path)
		c, err := ParseLenient(pkitsFile(t, name), NegativeSerial)
		if (err != nil) != pkitsMalformed[name] {
			t.Errorf("%s: %v", name, err)
		} else if err == nil && c.Tolerated() != 0 {
			negative++
		}
	}
	if negative != 1 { // of 4.4.15; that of 4.4.14 is the same byte as a positive number
		t.Errorf("%d certificates with negative serial numbers", negative)
	}
	for _, path := range crls {
		name := "crls/" + filepath.Base(path)
		raw := pkitsFile(t, name)
		l, err := ParseCRL(raw)
		if pkitsMalformed[name] {
			if err == nil {
				t.Errorf("%s: no error", name)
			}
			continue
		} else if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		std, err := x509.ParseRevocationList(raw)
		if err != nil {
			continue // crypto/x509 wants version 2, for one
		}
		next, _ := l.NextUpdate()
		if l.Len() != len(std.RevokedCertificateEntries) || !l.ThisUpdate().Equal(std.ThisUpdate) || !next.Equal(std.NextUpdate) ||
			(l.Number() == nil) != (std.Number == nil) || l.Number() != nil && l.Number().Cmp(std.Number) != 0 ||
			!bytes.Equal(l.RawTBS(), std.RawTBSRevocationList) {
			t.Errorf("%s: crypto/x509 reads something else", name)
		}
		i := 0
		for e := range l.Entries() {
			if s := std.RevokedCertificateEntries[i]; integer(e.Serial).Cmp(s.SerialNumber) != 0 || !e.Date.Equal(s.RevocationTime) ||
				int(e.Reason) != s.ReasonCode {
				t.Errorf("%s: entry %d", name, i)
			}
			i++
		}
	}
}
