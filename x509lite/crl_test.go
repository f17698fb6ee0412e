package x509lite

import (
	"bytes"
	"errors"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/cryptobyte/asn1"
	"pgregory.net/rapid"
)

// testCRL says what a list shall hold; the zero value is a complete one, valid at testNow, without entries.
type testCRL struct {
	issuer     Name // the signer's subject if left out
	this, next time.Time
	noNext     bool
	number     int // 0: none
	base       int // of a delta; 0: none
	idp        []byte
	extra      []Extension
	entries    []testEntry
	noKeyID    bool
	wide       bool // thisUpdate is a GeneralizedTime
	critical   OID  // an extension that is made critical
}

type testEntry struct {
	serial *big.Int
	reason Reason
	extra  []Extension
}

// make signs the list.
func (l testCRL) make(t testing.TB, by *party) *CRL {
	t.Helper()
	c, err := ParseCRL(l.der(t, by))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (l testCRL) der(t testing.TB, by *party) []byte {
	t.Helper()
	if l.this.IsZero() {
		l.this = testBegin
	}
	if l.next.IsZero() {
		l.next = testEnd
	}
	if l.issuer.der == nil {
		l.issuer = by.cert.Subject()
	}
	algorithm := DefaultAlgorithm(by.key.Public())
	identifier, err := marshalAlgorithm(algorithm)
	if err != nil {
		t.Fatal(err)
	}
	b := newBuilder()
	b.AddASN1(asn1.SEQUENCE, func(b *builder) {
		b.AddASN1Int64(1)
		b.AddBytes(identifier)
		b.AddBytes(l.issuer.der)
		if l.wide {
			b.AddASN1GeneralizedTime(l.this)
		} else {
			addTime(b, l.this)
		}
		if !l.noNext {
			addTime(b, l.next)
		}
		l.addEntries(b)
		l.addExtensions(b, by)
	})
	return signed(t, b.BytesOrPanic(), identifier, by)
}

// signed signs what a certificate or list is to hold, by the algorithm that fits the key best, whose identifier is given.
func signed(t testing.TB, tbs, identifier []byte, by *party) []byte {
	t.Helper()
	signature, err := by.key.SignAlgorithm(DefaultAlgorithm(by.key.Public()), tbs, seedOf("signed"))
	if err != nil {
		t.Fatal(err)
	}
	b := newBuilder()
	b.AddASN1(asn1.SEQUENCE, func(b *builder) {
		b.AddBytes(tbs)
		b.AddBytes(identifier)
		b.AddASN1BitString(signature)
	})
	return b.BytesOrPanic()
}

func (l testCRL) addEntries(b *builder) {
	if l.entries == nil {
		return
	}
	b.AddASN1(asn1.SEQUENCE, func(b *builder) {
		for _, e := range l.entries {
			b.AddASN1(asn1.SEQUENCE, func(b *builder) {
				b.AddASN1BigInt(e.serial)
				addTime(b, testBegin)
				if e.reason == 0 && e.extra == nil {
					return
				}
				b.AddASN1(asn1.SEQUENCE, func(b *builder) {
					if e.reason != 0 {
						addExtension(b, oidReasonCode, false, func(b *builder) { b.AddASN1Enum(int64(e.reason)) })
					}
					for _, x := range e.extra {
						addExtension(b, x.ID, x.Critical, func(b *builder) { b.AddBytes(x.Value) })
					}
				})
			})
		}
	})
}

func (l testCRL) addExtensions(b *builder, by *party) {
	b.AddASN1(tagContextConstructed(0), func(b *builder) {
		b.AddASN1(asn1.SEQUENCE, func(b *builder) {
			if !l.noKeyID {
				addExtension(b, oidAuthorityKeyID, l.critical == oidAuthorityKeyID, func(b *builder) {
					b.AddASN1(asn1.SEQUENCE, func(b *builder) {
						b.AddASN1(tagContext(0), func(b *builder) { b.AddBytes(by.cert.SubjectKeyID()) })
					})
				})
			}
			if l.number > 0 {
				addExtension(b, oidCRLNumber, l.critical == oidCRLNumber, func(b *builder) { b.AddASN1Int64(int64(l.number)) })
			}
			if l.base > 0 {
				addExtension(b, oidDeltaCRL, true, func(b *builder) { b.AddASN1Int64(int64(l.base)) })
			}
			if l.idp != nil {
				addExtension(b, oidIssuingPoint, true, func(b *builder) { b.AddBytes(l.idp) })
			}
			for _, x := range l.extra {
				addExtension(b, x.ID, x.Critical, func(b *builder) { b.AddBytes(x.Value) })
			}
			addExtension(b, "\x2a\x03", false, func(b *builder) { b.AddBytes([]byte{5, 0}) })
		})
	})
}

func crlsOf(list ...*CRL) *CRLStore {
	s := NewCRLStore()
	for _, l := range list {
		s.Add(l)
	}
	return s
}

// TestCRLRefused has one list for each reason, and openssl's opinion of it with the same code. S-103
func TestCRLRefused(t *testing.T) {
	root := testCA(t, "Root", KeyP256, nil)
	ca := testCA(t, "CA", KeyP256, root)
	noSign := issue(t, "no CRLs", KeyP256, &Template{Subject: NewName("No CRLs", ""), IsCA: true, KeyUsage: KeyCertSign}, root)
	leaf := testLeaf(t, "example.org", KeyP256, ca)
	other := &party{cert: ca.cert, key: mustKey(t)}
	revoked := []testEntry{{serial: leaf.cert.SerialNumber(), reason: KeyCompromise}}
	stranger := []testEntry{{serial: big.NewInt(77)}, {serial: big.NewInt(-5)}}
	unknown := []Extension{{ID: "\x2a\x05", Critical: true, Value: []byte{5, 0}}}
	onlyCAs := []byte{0x30, 3, 0x82, 1, 0xff}
	later := testNow.Add(time.Hour)
	for _, c := range []crlCase{
		{"good", testCRL{entries: stranger}.make(t, ca), leaf, ca, OK},
		{"good without nextUpdate", testCRL{noNext: true}.make(t, ca), leaf, ca, OK},
		{"none", nil, leaf, ca, UnableToGetCRL},
		{"of another issuer", testCRL{}.make(t, root), leaf, ca, UnableToGetCRL},
		{"revoked", testCRL{entries: append(slices.Clip(stranger), revoked...)}.make(t, ca), leaf, ca, CertRevoked},
		{"signed by another key", testCRL{entries: revoked}.make(t, other), leaf, ca, CRLSignatureFailure},
		{"of later", testCRL{this: later}.make(t, ca), leaf, ca, CRLNotYetValid},
		{"expired", testCRL{next: testNow.Add(-time.Second)}.make(t, ca), leaf, ca, CRLHasExpired},
		{"unknown critical extension", testCRL{extra: unknown}.make(t, ca), leaf, ca, UnhandledCriticalCRLExtension},
		{"unknown critical extension of an entry", testCRL{entries: []testEntry{{serial: big.NewInt(77), extra: unknown}}}.make(t, ca),
			leaf, ca, UnhandledCriticalCRLExtension},
		{"for CAs only", testCRL{idp: onlyCAs}.make(t, ca), leaf, ca, DifferentCRLScope},
		{"issuer may not sign lists", testCRL{}.make(t, noSign), testLeaf(t, "example.org", KeyP256, noSign), noSign, KeyUsageNoCRLSign},
		{"delta without a complete one", testCRL{number: 2, base: 1}.make(t, ca), leaf, ca, UnableToGetCRL},
	} {
		t.Run(c.name, func(t *testing.T) { c.verify(t, root); c.askOpenSSL(t, root) })
	}
}

// crlCase is a list for a leaf under an intermediate, and what comes of it.
type crlCase struct {
	name string
	list *CRL // nil for none
	leaf *party
	by   *party
	code Code
}

// verify has the list judged here.
func (c *crlCase) verify(t *testing.T, root *party) {
	store := NewCRLStore()
	if c.list != nil {
		store.Add(c.list)
	}
	o := &VerifyOptions{Roots: poolOf(root), Intermediates: certsOf(c.by), Time: testNow, Revocation: RevocationLeaf, CRLs: store}
	for range 2 { // the second time the signature is known
		_, err := Verify(c.leaf.cert, o)
		if c.code == OK && err != nil {
			t.Fatal(err)
		} else if c.code != OK {
			wantCode(t, err, c.code, 0)
		}
	}
	o.Revocation = NoRevocation
	if _, err := Verify(c.leaf.cert, o); err != nil { // S-102
		t.Fatal("though CRLs are not to be looked at:", err)
	}
}

// askOpenSSL has it judged by openssl.
func (c *crlCase) askOpenSSL(t *testing.T, root *party) {
	dir := t.TempDir()
	args := []string{"verify", "-crl_check", "-attime", fmt.Sprint(testNow.Unix()),
		"-CAfile", writePEM(t, dir, "r", certPEM(root.cert)), "-untrusted", writePEM(t, dir, "m", certPEM(c.by.cert))}
	if c.list != nil {
		args = append(args, "-CRLfile", writePEM(t, dir, "crl", MarshalPEM(nil, crlLabel, c.list.Raw())))
	}
	out, code := opensslVerify(t, append(args, writePEM(t, dir, "l", certPEM(c.leaf.cert)))...)
	// RFC 5280, Section 5.2.4: a delta alone gives no status (NIST PKITS 4.15.1); OpenSSL takes it for a complete list
	// unless told to use deltas, and tells scopes apart only with -extended_crl.
	known := c.list != nil && c.list.BaseNumber() != nil || code == UnableToGetCRL && c.code == DifferentCRLScope
	if code != c.code && !known {
		t.Errorf("openssl: %s", out)
	}
}

// TestCRLModes: the leaf's status alone, or everybody's; what is missing is named. S-103, S-104
func TestCRLModes(t *testing.T) {
	root := testCA(t, "Root", KeyEd25519, nil)
	ca := testCA(t, "CA", KeyEd25519, root)
	points := Extension{ID: oidCRLPoints, Value: []byte("\x30\x1b\x30\x19\xa0\x17\xa0\x15\x86\x13http://crl.test/crl")}
	leaf := issue(t, "leaf", KeyEd25519, &Template{Subject: NewName("leaf", ""), DNSNames: []string{"example.org"},
		Extra: []Extension{points}}, ca)
	good, empty := testCRL{}.make(t, ca), testCRL{}.make(t, root)
	bad := testCRL{entries: []testEntry{{serial: ca.cert.SerialNumber(), reason: CACompromise}}}.make(t, root)
	for _, c := range []struct {
		name  string
		mode  Revocation
		lists []*CRL
		code  Code
		depth int
	}{
		{"leaf", RevocationLeaf, []*CRL{good}, OK, 0},
		{"leaf, CA revoked", RevocationLeaf, []*CRL{good, bad}, OK, 0},
		{"leaf, missing", RevocationLeaf, []*CRL{empty}, UnableToGetCRL, 0},
		{"chain", RevocationChain, []*CRL{good, empty}, OK, 0},
		{"chain, CA revoked", RevocationChain, []*CRL{good, bad}, CertRevoked, 1},
		{"chain, CA's missing", RevocationChain, []*CRL{good}, UnableToGetCRL, 1},
		{"chain, all missing", RevocationChain, nil, UnableToGetCRL, 0},
	} {
		o := &VerifyOptions{Roots: poolOf(root), Intermediates: certsOf(ca), Time: testNow, Revocation: c.mode, CRLs: crlsOf(c.lists...)}
		_, err := Verify(leaf.cert, o)
		if c.code == OK {
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		e := wantCode(t, err, c.code, c.depth)
		if c.code == UnableToGetCRL && c.depth == 0 && !strings.Contains(e.Error(), "http://crl.test/crl") {
			t.Errorf("%s: the missing list is not named: %v", c.name, e)
		}
	}
	o := &VerifyOptions{Roots: poolOf(root), Intermediates: certsOf(ca), Time: testNow, Revocation: RevocationLeaf}
	_, err := Verify(leaf.cert, o) // no source at all
	wantCode(t, err, UnableToGetCRL, 0)
	if got := leaf.cert.CRLPoints(); !slices.Equal(got, []string{"http://crl.test/crl"}) {
		t.Error(got)
	}
}

// TestDeltaNumbers: a delta counts exactly if its base isn't newer than the complete list, and it is (RFC 5280, Section 5.2.4),
// under the same key and scope.
func TestDeltaNumbers(t *testing.T) {
	root := testCA(t, "Root", KeyEd25519, nil)
	leaf := testLeaf(t, "example.org", KeyEd25519, root)
	other := testCA(t, "Root", KeyP256, nil)
	entry := []testEntry{{serial: leaf.cert.SerialNumber()}}
	back := []testEntry{{serial: leaf.cert.SerialNumber(), reason: RemoveFromCRL}}
	for _, c := range []struct {
		name            string
		complete, delta testCRL
		by              *party
		code            Code
	}{
		{"revokes", testCRL{number: 5}, testCRL{number: 6, base: 5, entries: entry}, root, CertRevoked},
		{"takes back", testCRL{number: 5, entries: entry}, testCRL{number: 300, base: 2, entries: back}, root, OK},
		{"says nothing", testCRL{number: 5, entries: entry}, testCRL{number: 6, base: 5}, root, CertRevoked},
		{"base too new", testCRL{number: 5}, testCRL{number: 7, base: 6, entries: entry}, root, OK},
		{"older than the complete list", testCRL{number: 5, entries: entry}, testCRL{number: 5, base: 2, entries: back}, root, CertRevoked},
		{"no numbers", testCRL{entries: entry}, testCRL{number: 6, base: 5, entries: back}, root, CertRevoked},
		{"other key", testCRL{number: 5, entries: entry, noKeyID: true}, testCRL{number: 6, base: 5, entries: back, noKeyID: true},
			other, CertRevoked},
		{"other scope", testCRL{number: 5, entries: entry}, testCRL{number: 6, base: 5, entries: back,
			idp: []byte{0x30, 3, 0x81, 1, 0xff}}, root, CertRevoked},
		{"expired", testCRL{number: 5, entries: entry}, testCRL{number: 6, base: 5, entries: back, next: testNow.Add(-1)}, root,
			CertRevoked},
	} {
		o := &VerifyOptions{Roots: poolOf(root), Time: testNow, Revocation: RevocationLeaf,
			CRLs: crlsOf(c.complete.make(t, root), c.delta.make(t, c.by))}
		if _, err := Verify(leaf.cert, o); c.code == OK && err != nil {
			t.Errorf("%s: %v", c.name, err)
		} else if c.code != OK {
			wantCode(t, err, c.code, 0)
		}
	}
}

// TestCRLFindsItsEntries: Find gives exactly the serial numbers that are in the list, the last entry of each, whatever their
// lengths.
func TestCRLFindsItsEntries(t *testing.T) {
	root := testCA(t, "Root", KeyEd25519, nil)
	rapid.Check(t, func(r *rapid.T) {
		number := rapid.Custom(func(r *rapid.T) int64 {
			return rapid.Int64Range(-300, 1<<rapid.IntRange(1, 60).Draw(r, "bits")).Draw(r, "serial")
		})
		serials := rapid.SliceOfN(number, 0, 40).Draw(r, "serials")
		want := map[int64]Reason{}
		var l testCRL
		for i, n := range serials {
			reason := []Reason{Unspecified, KeyCompromise, CertificateHold}[i%3]
			l.entries = append(l.entries, testEntry{serial: big.NewInt(n), reason: reason})
			want[n] = reason
		}
		c := l.make(t, root)
		if c.Len() != len(serials) {
			r.Fatalf("%d entries of %d", c.Len(), len(serials))
		}
		for _, n := range append(serials, number.Draw(r, "another")) {
			b := newBuilder()
			b.AddASN1Int64(n)
			e, found := c.Find(root.cert.Subject(), b.BytesOrPanic()[2:])
			if reason, in := want[n]; found != in || found && e.Reason != reason {
				r.Fatalf("%d: found %v, %v; want %v, %v", n, found, e.Reason, in, reason)
			}
			if _, found := c.Find(NewName("Another", ""), b.BytesOrPanic()[2:]); found {
				r.Fatalf("%d: found for another issuer", n)
			}
		}
	})
}

// TestBigCRL: a list of 50,000 costs its own length, an index of 16 bytes an entry, and nothing for a search.
func TestBigCRL(t *testing.T) {
	root := testCA(t, "Root", KeyEd25519, nil)
	var l testCRL
	for i := range 50_000 {
		l.entries = append(l.entries, testEntry{serial: big.NewInt(int64(i)<<33 + 1), reason: Superseded})
	}
	encoding := l.der(t, root)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	c, err := ParseCRL(encoding)
	if err != nil {
		t.Fatal(err)
	}
	serial := []byte{1}
	if _, found := c.Find(root.cert.Subject(), serial); !found {
		t.Fatal("not found")
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > uint64(2*len(encoding)+20*c.Len()) {
		t.Errorf("%d bytes allocated for a list of %d", used, len(encoding))
	}
	subject := root.cert.Subject()
	if n := testing.AllocsPerRun(100, func() { c.Find(subject, serial) }); n > 0 {
		t.Errorf("%v allocations for a search", n)
	}
}

// TestManyDistributionPoints: a certificate of thousands of points against a list of thousands of names ends within the budget.
func TestManyDistributionPoints(t *testing.T) {
	root := testCA(t, "Root", KeyEd25519, nil)
	name := func(i int) string { return fmt.Sprintf("http://crl.test/%d", i) }
	b := newBuilder()
	b.AddASN1(asn1.SEQUENCE, func(b *builder) {
		for i := range 4000 {
			b.AddASN1(asn1.SEQUENCE, func(b *builder) {
				b.AddASN1(tagContextConstructed(0), func(b *builder) {
					b.AddASN1(tagContextConstructed(0), func(b *builder) {
						b.AddASN1(tagContext(uint8(URIName)), func(b *builder) { b.AddBytes([]byte(name(i))) })
					})
				})
			})
		}
	})
	points := Extension{ID: oidCRLPoints, Value: b.BytesOrPanic()}
	b = newBuilder()
	b.AddASN1(asn1.SEQUENCE, func(b *builder) {
		b.AddASN1(tagContextConstructed(0), func(b *builder) {
			b.AddASN1(tagContextConstructed(0), func(b *builder) {
				for i := range 4000 {
					b.AddASN1(tagContext(uint8(URIName)), func(b *builder) { b.AddBytes([]byte(name(-i - 1))) })
				}
			})
		})
	})
	list := testCRL{idp: b.BytesOrPanic()}.make(t, root)
	leaf := issue(t, "leaf", KeyEd25519, &Template{Subject: NewName("leaf", ""), DNSNames: []string{"a.b"},
		Extra: []Extension{points}}, root)
	_, err := Verify(leaf.cert, &VerifyOptions{Roots: poolOf(root), Time: testNow, Revocation: RevocationLeaf, CRLs: crlsOf(list)})
	wantCode(t, err, BudgetExceeded, 0)
}

// TestCRLStorePEM: lists between certificates and noise; one that is broken doesn't keep the others out. S-202
func TestCRLStorePEM(t *testing.T) {
	root := testCA(t, "Root", KeyEd25519, nil)
	one, two := testCRL{number: 1}.make(t, root), testCRL{number: 2}.make(t, root)
	text := slices.Concat([]byte("noise\n"), certPEM(root.cert), MarshalPEM(nil, "X509 CRL", one.Raw()),
		MarshalPEM(nil, "X509 CRL", []byte{0x30, 0}),
		MarshalPEM(nil, "X509 CRL", two.Raw()), MarshalPEM(nil, "X509 CRL", two.Raw()))
	s := NewCRLStore()
	n, err := s.AddPEM(text)
	var broken *ParseError
	if n != 3 || s.Len() != 2 || !errors.As(err, &broken) {
		t.Errorf("%d read, %d kept, %v", n, s.Len(), err)
	}
	if _, err := NewCRLStore().AddPEM(certPEM(root.cert)); !errors.Is(err, ErrNoCRL) {
		t.Error(err)
	}
}

// FuzzParseCRL: whatever parses can be gone through, and each entry is found again.
func FuzzParseCRL(f *testing.F) {
	names, _ := filepath.Glob("testdata/pkits/crls/*.crl")
	for _, name := range names {
		if b, err := os.ReadFile(name); err == nil {
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := ParseCRL(b)
		if err != nil {
			return
		}
		if !bytes.Equal(l.Raw(), b) {
			t.Fatal("other bytes")
		}
		n := 0
		for e := range l.Entries() {
			if n++; n > 100 {
				break
			}
			if _, found := l.Find(e.Issuer, e.Serial); !found {
				t.Fatalf("entry %x of %v is not found", e.Serial, e.Issuer)
			}
		}
		l.Number()
		l.BaseNumber()
		l.NextUpdate()
		_, _ = l.label(), l.brokenRule()
		if l.Len() > 100 {
			return
		}
		if text := l.Text(); len(text) > 200*(len(b)+100) ||
			strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && r < ' ' || r >= 0x7f && r < 0xa0 }) {
			t.Fatalf("%d bytes of text for %d: %q", len(text), len(b), text)
		}
	})
}
