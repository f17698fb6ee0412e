package x509lite

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/cryptobyte/asn1"
)

// rawCert is a certificate written field by field, so that any rule can be broken.
type rawCert struct {
	serial     []byte // contents of the INTEGER
	issuer     Name
	subject    Name
	begin, end time.Time
	wide       bool // both times as GeneralizedTime
	uniqueID   bool
	extensions []Extension
}

// wellFormed gives what keeps every rule.
func wellFormed(t testing.TB, name string, ca bool, key, by *party) rawCert {
	t.Helper()
	template := Template{Subject: NewName(name, ""), IsCA: ca, NotBefore: testBegin, NotAfter: testBegin.AddDate(0, 0, 199)}
	if !ca {
		template.DNSNames, template.ExtKeyUsage = []string{"example.org"}, []OID{UsageServerAuth}
	}
	c := sign(t, key.key, &template, by).cert
	r := rawCert{serial: c.RawSerial(), issuer: c.Issuer(), subject: c.Subject(), begin: template.NotBefore, end: template.NotAfter}
	for e := range c.Extensions() {
		r.extensions = append(r.extensions, e)
	}
	return r
}

// set replaces an extension, or adds it; without removes it.
func (r *rawCert) set(e Extension) {
	r.without(e.ID)
	r.extensions = append(r.extensions, e)
}

func (r *rawCert) without(id OID) {
	r.extensions = slices.DeleteFunc(r.extensions, func(e Extension) bool { return e.ID == id })
}

func (r *rawCert) uncritical(id OID) {
	for i := range r.extensions {
		if r.extensions[i].ID == id {
			r.extensions[i].Critical = false
		}
	}
}

func (r *rawCert) sign(t testing.TB, key, by *party) *party {
	t.Helper()
	algorithm := DefaultAlgorithm(by.key.Public())
	identifier, err := marshalAlgorithm(algorithm)
	if err != nil {
		t.Fatal(err)
	}
	b := newBuilder()
	b.AddASN1(asn1.SEQUENCE, func(b *builder) {
		b.AddASN1(tagContextConstructed(0), func(b *builder) { b.AddASN1Int64(2) })
		b.AddASN1(asn1.INTEGER, func(b *builder) { b.AddBytes(r.serial) })
		b.AddBytes(identifier)
		b.AddBytes(r.issuer.der)
		b.AddASN1(asn1.SEQUENCE, func(b *builder) {
			for _, at := range []time.Time{r.begin, r.end} {
				if r.wide {
					b.AddASN1GeneralizedTime(at)
				} else {
					addTime(b, at)
				}
			}
		})
		b.AddBytes(r.subject.der)
		b.AddBytes(mustSPKI(t.(*testing.T), key.key.Public()))
		if r.uniqueID {
			b.AddASN1(tagContext(2), func(b *builder) { b.AddBytes([]byte{0, 1}) })
		}
		b.AddASN1(tagContextConstructed(3), func(b *builder) {
			b.AddASN1(asn1.SEQUENCE, func(b *builder) {
				for _, e := range r.extensions {
					addExtension(b, e.ID, e.Critical, func(b *builder) { b.AddBytes(e.Value) })
				}
			})
		})
	})
	c, err := ParseLenient(signed(t, b.BytesOrPanic(), identifier, by), ^Leniency(0))
	if err != nil {
		t.Fatal(err)
	}
	return &party{c, key.key}
}

var emptyName = Name{[]byte{0x30, 0}}

// formCases break one rule each, in the CA or the leaf. openssl says the code that OpenSSL gives with -x509_strict; OK where it
// has no such check.
var formCases = []struct {
	rule    string
	degree  Degree
	inCA    bool
	change  func(*rawCert)
	openssl Code
}{
	{"serial-number-positive", Strict, false, func(r *rawCert) { r.serial = []byte{0} }, OK},
	{"serial-number-positive", Strict, false, func(r *rawCert) { r.serial = []byte{0x81} }, OK},
	{"serial-number-20-bytes", Strict, false, func(r *rawCert) { r.serial = append([]byte{0x7f}, make([]byte, 20)...) }, OK},
	{"validity-encoding", Strict, false, func(r *rawCert) { r.wide = true }, OK},
	{"subject-not-empty", Strict, false, func(r *rawCert) { r.subject = emptyName; r.without(oidSubjectAltName) }, SubjectNameEmpty},
	{"no-unique-identifiers", Strict, true, func(r *rawCert) { r.uniqueID = true }, OK},
	{"authority-key-identifier-present", Strict, false, func(r *rawCert) { r.without(oidAuthorityKeyID) }, MissingAuthorityKeyID},
	{"authority-key-identifier-present", Strict, true, func(r *rawCert) { r.without(oidAuthorityKeyID) }, MissingAuthorityKeyID},
	{"subject-key-identifier-present", Strict, true, func(r *rawCert) { r.without(oidSubjectKeyID) }, MissingSubjectKeyID},
	{"key-usage-in-ca", Strict, true, func(r *rawCert) { r.without(oidKeyUsage) }, CAMissingKeyUsage},
	{"key-usage-not-empty", Strict, false, func(r *rawCert) { r.set(Extension{oidKeyUsage, true, []byte{3, 1, 0}}) }, OK},
	{"key-cert-sign-only-in-ca", Strict, false, func(r *rawCert) { r.set(Extension{oidKeyUsage, true, []byte{3, 2, 2, 0x84}}) },
		KeyCertSignNotCA},
	{"policies-distinct", Strict, false, func(r *rawCert) { r.set(policiesExtension(testPolicies[0], testPolicies[0])) }, OK},
	{"policy-mappings-in-ca", Strict, false, func(r *rawCert) {
		r.set(mappingsExtension([2]OID{testPolicies[0],
			testPolicies[1]}))
	}, OK},
	{"subject-alt-name-critical-if-alone", Strict, false, func(r *rawCert) { r.subject = emptyName }, SANNotCritical},
	{"basic-constraints-critical-in-ca", Strict, true, func(r *rawCert) { r.uncritical(oidBasicConstraints) },
		CABasicConstraintsNotCritical},
	{"path-length-only-in-ca", Strict, false, func(r *rawCert) {
		r.set(Extension{oidBasicConstraints, true,
			[]byte{0x30, 3, 2, 1, 0}})
	}, OK},
	{"name-constraints-critical", Strict, true, func(r *rawCert) {
		e := constraints([]rule{{DNSName, "example.org"}}, nil)
		e.Critical = false
		r.set(e)
	}, OK},
	{"name-constraints-in-ca", Strict, false, func(r *rawCert) { r.set(constraints([]rule{{DNSName, "example.org"}}, nil)) }, OK},
	{"policy-constraints-critical", Strict, true, func(r *rawCert) {
		e := constraintsExtension(-1, 0)
		e.Critical = false
		r.set(e)
	}, OK},
	{"distribution-point-names-something", Strict, false, func(r *rawCert) {
		r.set(Extension{oidCRLPoints, false, []byte{0x30, 6, 0x30, 4, 0x81, 2, 1, 0x40}})
	}, OK},
	{"inhibit-any-policy-critical", Strict, true, func(r *rawCert) {
		r.set(Extension{oidInhibitAnyPolicy, false,
			[]byte{2, 1, 0}})
	}, OK},
	{"no-tolerated-defect", Strict, false, func(r *rawCert) { r.set(Extension{oidSubjectKeyID, true, []byte{4, 1, 1}}) }, OK},
	{"web-lifetime", WebPKI, false, func(r *rawCert) { r.end = r.begin.AddDate(0, 0, 398) }, OK},
	{"web-purpose-named", WebPKI, false, func(r *rawCert) { r.without(oidExtKeyUsage) }, OK},
	{"web-purpose-named", WebPKI, true, func(r *rawCert) {
		r.set(Extension{oidExtKeyUsage, false, []byte("\x30\x06\x06\x04\x55\x1d\x25\x00")})
	}, OK},
	{"web-leaf-is-no-ca", WebPKI, false, func(r *rawCert) {
		r.set(Extension{oidBasicConstraints, true, []byte{0x30, 3, 1, 1, 0xff}})
		r.set(Extension{oidKeyUsage, true, []byte{3, 2, 1, 0x86}})
	}, OK},
	{"web-subject-alt-name", WebPKI, false, func(r *rawCert) { r.without(oidSubjectAltName) }, OK},
	{"web-subject-alt-name", WebPKI, false, func(r *rawCert) {
		r.set(Extension{oidSubjectAltName, false, []byte("\x30\x13\x81\x11mail@example.org.")})
	}, OK},
}

// formLater are rules that the default asks for too, in other words, so that no chain gets to them, or that parsing keeps, or
// that have a test of their own.
var formLater = []string{"issuer-not-empty", "path-length-with-key-cert-sign", "web-key-type", "web-signature-hash",
	"ml-dsa-key-usage"}

// TestFormRules: each rule refuses what breaks it, by name, under its degree and above and not below; openssl agrees where it has
// the same rule. S-105
func TestFormRules(t *testing.T) {
	root := testCA(t, "Root", KeyP256, nil)
	caKey, leafKey := testCA(t, "CA key", KeyP256, nil), testLeaf(t, "leaf key", KeyP256, nil)
	shown := map[string]bool{}
	for i, c := range append(slices.Clone(formCases), struct {
		rule    string
		degree  Degree
		inCA    bool
		change  func(*rawCert)
		openssl Code
	}{"", WebPKI + 1, false, func(*rawCert) {}, OK}) {
		shown[c.rule] = true
		r := wellFormed(t, "CA", true, caKey, root)
		if c.inCA {
			c.change(&r)
		}
		ca := r.sign(t, caKey, root)
		r = wellFormed(t, "leaf", false, leafKey, ca)
		if !c.inCA {
			c.change(&r)
		}
		leaf := r.sign(t, leafKey, ca)
		o := VerifyOptions{Roots: poolOf(root), Intermediates: certsOf(ca), Time: testNow}
		if c.rule == "key-usage-not-empty" { // a key for nothing is for no other purpose
			o.Purpose = AnyPurpose
		}
		for _, d := range []Degree{Default, Strict, WebPKI} {
			o.Degree = d
			_, err := Verify(leaf.cert, &o)
			switch {
			case d < c.degree && err != nil:
				t.Errorf("%s, degree %v: %v", c.rule, d, err)
			case d >= c.degree && err == nil:
				t.Errorf("%s, degree %v: accepted", c.rule, d)
			case d >= c.degree:
				if e := err.(*VerifyError); e.Rule != c.rule || !strings.Contains(e.Error(), c.rule) {
					t.Errorf("%s, degree %v: %v", c.rule, d, e)
				}
			}
		}
		if c.openssl == OK && c.rule != "" {
			continue
		}
		dir := t.TempDir()
		out, code := opensslVerify(t, "verify", "-x509_strict", "-attime", fmt.Sprint(testNow.Unix()), "-CAfile",
			writePEM(t, dir, "r", certPEM(root.cert)),
			"-untrusted", writePEM(t, dir, "m", certPEM(ca.cert)), writePEM(t, dir, "l", certPEM(leaf.cert)))
		if code != c.openssl {
			t.Errorf("%d, %s: openssl %s", i, c.rule, out)
		}
	}
	for _, r := range slices.Concat(strictRules[:], webRules[:]) {
		if !shown[r.name] && !slices.Contains(formLater, r.name) {
			t.Errorf("no case breaks %s", r.name)
		}
	}
}

// TestStrictKeysAndHashesOfTheWeb: the Web PKI has no Ed25519.
func TestStrictKeysAndHashesOfTheWeb(t *testing.T) {
	root := testCA(t, "Root", KeyP256, nil)
	leaf := issue(t, "leaf", KeyEd25519, &Template{Subject: NewName("leaf", ""), DNSNames: []string{"example.org"}, NotBefore: testBegin,
		NotAfter: testNow.AddDate(0, 0, 20)}, root)
	_, err := Verify(leaf.cert, &VerifyOptions{Roots: poolOf(root), Time: testNow, Degree: WebPKI})
	if e := wantCode(t, err, CertRejected, 0); e.Rule != "web-key-type" {
		t.Error(e)
	}
}

// TestAnchors: what may end a chain, with OpenSSL's codes. B-032, D-6
func TestAnchors(t *testing.T) {
	root := testCA(t, "Root", KeyP256, nil)
	ca := testCA(t, "CA", KeyP256, root)
	leaf := testLeaf(t, "example.org", KeyP256, ca)
	self := testLeaf(t, "example.org", KeyP256, nil)
	for _, c := range []struct {
		name          string
		leaf          *party
		trusted, sent []*party
		any, selfOnly Code
		length        int // of the chain that SelfSignedAnchors gives
	}{
		{"root", leaf, []*party{root}, []*party{ca}, OK, OK, 3},
		{"intermediate", leaf, []*party{ca}, nil, OK, UnableToGetIssuer, 0},
		{"intermediate and root", leaf, []*party{ca, root}, nil, OK, OK, 3},
		{"leaf", leaf, []*party{leaf}, nil, OK, UnableToGetIssuerLocally, 0},
		{"leaf, and all above", leaf, []*party{leaf, root}, []*party{ca}, OK, OK, 3},
		{"self-signed leaf", self, []*party{self}, nil, OK, OK, 1},
		{"self-signed leaf that isn't trusted", self, []*party{root}, nil, DepthZeroSelfSigned, DepthZeroSelfSigned, 0},
	} {
		dir := t.TempDir()
		trusted, sent := []byte{}, certPEM(c.leaf.cert)
		for _, p := range c.trusted {
			trusted = append(trusted, certPEM(p.cert)...)
		}
		for _, p := range c.sent {
			sent = append(sent, certPEM(p.cert)...)
		}
		args := []string{"verify", "-attime", fmt.Sprint(testNow.Unix()), "-CAfile", writePEM(t, dir, "r", trusted), "-untrusted",
			writePEM(t, dir, "m", sent)}
		for anchors, want := range map[Anchors]Code{AnyAnchor: c.any, SelfSignedAnchors: c.selfOnly} {
			v, err := Verify(c.leaf.cert, &VerifyOptions{Roots: poolOf(c.trusted...), Intermediates: certsOf(c.sent...), Time: testNow,
				Anchors: anchors})
			got := OK
			if err != nil {
				got = err.(*VerifyError).Code
			}
			if got != want {
				t.Errorf("%s, %d: %v", c.name, anchors, err)
			}
			if anchors == SelfSignedAnchors && err == nil && len(v.Chain) != c.length {
				t.Errorf("%s: a chain of %d, want %d", c.name, len(v.Chain), c.length)
			}
			more := args
			if anchors == AnyAnchor {
				more = append(slices.Clip(args), "-partial_chain")
			}
			out, code := opensslVerify(t, append(slices.Clip(more), writePEM(t, dir, "l", certPEM(c.leaf.cert)))...)
			if code != want {
				t.Errorf("%s, %d: openssl %s", c.name, anchors, out)
			}
		}
	}
}

// TestPeerFirst: a cross-signed CA, trusted and sent; which of the two chains is found first is the caller's choice. S-106
func TestPeerFirst(t *testing.T) {
	old, root := testCA(t, "Old", KeyEd25519, nil), testCA(t, "Root", KeyEd25519, nil)
	ca := testCA(t, "CA", KeyEd25519, root)
	cross := sign(t, root.key, &Template{Subject: root.cert.Subject(), IsCA: true}, old)
	leaf := testLeaf(t, "example.org", KeyEd25519, ca)
	expired := sign(t, root.key, &Template{Subject: root.cert.Subject(), IsCA: true, NotBefore: testBegin,
		NotAfter: testNow.Add(-time.Hour)}, old)
	for _, c := range []struct {
		peerFirst bool
		cross     *party
		length    int
	}{{false, cross, 3}, {true, cross, 4}, {false, expired, 3}, {true, expired, 3}} {
		v, err := Verify(leaf.cert, &VerifyOptions{Roots: poolOf(root, old), Intermediates: certsOf(ca, c.cross), Time: testNow,
			PeerFirst: c.peerFirst})
		if err != nil || len(v.Chain) != c.length {
			t.Errorf("peer first %v: %v, want a chain of %d", c.peerFirst, err, c.length)
		}
	}
}

// TestKeyUsageGoesWithPurpose: a leaf whose key may do nothing that the purpose needs is refused, as openssl does with -purpose.
func TestKeyUsageGoesWithPurpose(t *testing.T) {
	root := testCA(t, "Root", KeyP256, nil)
	for _, c := range []struct {
		uses           KeyUsage
		server, client Code
	}{
		{DigitalSignature, OK, OK}, {KeyAgreement, OK, OK}, {KeyEncipherment, OK, InvalidPurpose},
		{DataEncipherment, InvalidPurpose, InvalidPurpose},
		{CRLSign, InvalidPurpose, InvalidPurpose}, {DigitalSignature | CRLSign, OK, OK},
	} {
		leaf := issue(t, "leaf", KeyP256, &Template{Subject: NewName("leaf", ""), DNSNames: []string{"example.org"}, KeyUsage: c.uses},
			root)
		for purpose, want := range map[Purpose]Code{ServerAuth: c.server, ClientAuth: c.client, AnyPurpose: OK} {
			_, err := Verify(leaf.cert, &VerifyOptions{Roots: poolOf(root), Time: testNow, Purpose: purpose})
			if got := codeOf(err); got != want {
				t.Errorf("uses %b for %v: %v", c.uses, purpose, err)
			}
			if purpose == AnyPurpose {
				continue
			}
			dir := t.TempDir()
			out, code := opensslVerify(t, "verify", "-purpose",
				map[Purpose]string{ServerAuth: "sslserver", ClientAuth: "sslclient"}[purpose], "-attime",
				fmt.Sprint(testNow.Unix()), "-CAfile", writePEM(t, dir, "r", certPEM(root.cert)), writePEM(t, dir, "l", certPEM(leaf.cert)))
			if code != want {
				t.Errorf("uses %b for %v: openssl %s", c.uses, purpose, out)
			}
		}
	}
}

func codeOf(err error) Code {
	var v *VerifyError
	if errors.As(err, &v) {
		return v.Code
	}
	return OK
}
