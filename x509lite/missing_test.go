package x509lite

import (
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// statusOf verifies the leaf with the lists and responses given.
func (w *ocspWorld) statusOf(leaf *party, mode Revocation, responses [][]byte, lists ...*CRL) error {
	w.t.Helper()
	var store OCSPStore
	for _, der := range responses {
		r, err := ParseOCSPResponse(der)
		if err != nil {
			w.t.Fatal(err)
		}
		store.Add(r)
	}
	o := &VerifyOptions{Roots: poolOf(w.root), Time: w.now, Revocation: mode, OCSP: &store}
	if lists != nil {
		o.CRLs = crlsOf(lists...)
	}
	_, err := Verify(leaf.cert, o)
	return err
}

// list makes a CRL of the root that is valid now.
func (w *ocspWorld) list(revoked ...*party) *CRL {
	w.t.Helper()
	l := testCRL{this: w.now.Add(-time.Hour), next: w.now.Add(time.Hour)}
	for _, p := range revoked {
		l.entries = append(l.entries, testEntry{serial: p.cert.SerialNumber(), reason: KeyCompromise})
	}
	return l.make(w.t, w.root)
}

// TestResponsesCountAsStatus: each answer of `openssl ocsp` decides as it should, beside lists and alone.
func TestResponsesCountAsStatus(t *testing.T) {
	w := newOCSPWorld(t)
	good := w.respond("V", w.leaf, w.root)
	revoked := w.respond("R,keyCompromise", w.leaf, w.root)
	foreign := w.respond("V", w.leaf, w.foreign)
	unknown := w.respond("V", w.other, w.root)
	for _, c := range []struct {
		name      string
		leaf      *party
		responses [][]byte
		lists     []*CRL
		code      Code
	}{
		{"good", w.leaf, [][]byte{good}, nil, OK},
		{"good, among others", w.leaf, [][]byte{foreign, unknown, good}, nil, OK},
		{"good, and the list agrees", w.leaf, [][]byte{good}, []*CRL{w.list()}, OK},
		{"good, but revoked since", w.leaf, [][]byte{good}, []*CRL{w.list(w.leaf)}, CertRevoked},
		{"revoked", w.leaf, [][]byte{revoked}, nil, CertRevoked},
		{"revoked, and good before", w.leaf, [][]byte{good, revoked}, nil, CertRevoked},
		{"revoked, but in no list", w.leaf, [][]byte{revoked}, []*CRL{w.list()}, CertRevoked},
		{"proves nothing", w.other, [][]byte{foreign}, nil, OCSPVerifyNeeded},
		{"unknown", w.other, [][]byte{unknown}, nil, OCSPCertUnknown},
		{"unknown, but the list knows", w.other, [][]byte{unknown}, []*CRL{w.list()}, OK},
		{"no response", w.other, nil, nil, OCSPVerifyNeeded},
		{"neither", w.other, nil, []*CRL{}, UnableToGetCRL},
		{"a list will do", w.other, nil, []*CRL{w.list()}, OK},
		{"a list won't do for must-staple", w.leaf, nil, []*CRL{w.list()}, OCSPVerifyNeeded},
		{"nor does a foreign response", w.leaf, [][]byte{foreign}, []*CRL{w.list()}, OCSPVerifyNeeded},
	} {
		err := w.statusOf(c.leaf, RevocationLeaf, c.responses, c.lists...)
		if got := codeOf(err); got != c.code {
			t.Errorf("%s: %v (%d), want %d", c.name, err, got, c.code)
		}
		if err := w.statusOf(c.leaf, NoRevocation, c.responses, c.lists...); err != nil {
			t.Errorf("%s: %v though nobody asked", c.name, err)
		}
	}
}

// TestResponderRevoked: RFC 6960, Section 4.2.2.2.1: a responder with id-pkix-ocsp-nocheck needs no status, another must not be
// revoked, and for whole chains its status is known.
func TestResponderRevoked(t *testing.T) {
	w := newOCSPWorld(t)
	checked := issue(t, "checked", KeyP256, &Template{Subject: NewName("Responder", ""), ExtKeyUsage: []OID{UsageOCSPSigning},
		NotBefore: w.now.Add(-time.Hour), NotAfter: w.now.Add(time.Hour)}, w.root)
	exempt, plain := w.respond("V", w.leaf, w.delegate), w.respond("V", w.leaf, checked)
	for _, c := range []struct {
		name     string
		mode     Revocation
		response []byte
		lists    []*CRL
		code     Code
	}{
		{"exempt", RevocationChain, exempt, nil, OK},
		{"exempt, whatever lists say", RevocationChain, exempt, []*CRL{w.list(w.delegate)}, OK},
		{"unknown, leaf only", RevocationLeaf, plain, nil, OK},
		{"unknown, chain", RevocationChain, plain, nil, OCSPVerifyNeeded},
		{"known", RevocationChain, plain, []*CRL{w.list()}, OK},
		{"revoked, leaf only", RevocationLeaf, plain, []*CRL{w.list(checked)}, OCSPVerifyNeeded},
		{"revoked", RevocationChain, plain, []*CRL{w.list(checked)}, OCSPVerifyNeeded},
	} {
		err := w.statusOf(w.leaf, c.mode, [][]byte{c.response}, c.lists...)
		if got := codeOf(err); got != c.code {
			t.Errorf("%s: %v (%d), want %d", c.name, err, got, c.code)
		}
		if c.name == "unknown, chain" {
			names := func(m Missing) bool {
				return m.Certificate.Equal(checked.cert) && m.CRLs[0].Issuer.Equal(w.root.cert.Subject())
			}
			if missing := err.(*VerifyError).Missing; len(missing) != 2 || !slices.ContainsFunc(missing, names) {
				t.Errorf("missing: %v", missing)
			}
		}
	}
}

// TestMissingIsAllThatIsNeeded: whoever supplies what the error names, each time all of it, is done after one round, whatever the
// chain's points are.
func TestMissingIsAllThatIsNeeded(t *testing.T) {
	root := testCA(t, "Root", KeyP256, nil)
	middle := issue(t, "middle", KeyP256, &Template{Subject: NewName("Middle", ""), IsCA: true,
		Extra: []Extension{pointExtension("http://a/root.crl", nil, Name{})}}, root)
	ca := testCA(t, "CA", KeyP256, middle) // names no point
	access := []byte("\x30\x16\x30\x14\x06\x08\x2b\x06\x01\x05\x05\x07\x30\x01\x86\x08http://o")
	leaf := issue(t, "leaf", KeyP256, &Template{Subject: NewName("leaf", ""), DNSNames: []string{"example.org"},
		Extra: []Extension{pointExtension("http://a/ca.crl", nil, Name{}), {ID: oidAuthorityInfoAccess, Value: access}}}, ca)
	o := &VerifyOptions{Roots: poolOf(root), Intermediates: certsOf(middle, ca), Time: testNow, Revocation: RevocationChain,
		CRLs: NewCRLStore()}
	_, err := Verify(leaf.cert, o)
	missing := wantCode(t, err, UnableToGetCRL, 0).Missing
	want := []struct {
		about, issuer *party
		uri           []string
	}{{leaf, ca, []string{"http://a/ca.crl"}}, {ca, middle, nil}, {middle, root, []string{"http://a/root.crl"}}}
	if len(missing) != len(want) {
		t.Fatalf("missing: %v", missing)
	}
	store := NewCRLStore()
	for i, w := range want {
		m := &missing[i]
		if m.Certificate != w.about.cert || !m.Issuer.Equal(w.issuer.cert) || m.Code != UnableToGetCRL || len(m.CRLs) != 1 ||
			!m.CRLs[0].Issuer.Equal(w.issuer.cert.Subject()) || !slices.Equal(m.CRLs[0].URIs, w.uri) ||
			!slices.Equal(m.Responders, w.about.cert.OCSPServers()) {
			t.Errorf("%d: %v", i, m)
		}
		if line := m.String(); strings.Contains(line, "\n") || !strings.Contains(err.(*VerifyError).Explain(), "missing "+line) {
			t.Errorf("%q is not explained", line)
		}
		store.Add(testCRL{}.make(t, w.issuer))
	}
	o.CRLs = store
	if _, err := Verify(leaf.cert, o); err != nil {
		t.Error(err.(*VerifyError).Explain())
	}
}

// TestMissingForOtherReasons: of points partitioned by reason only those are missing that say something new; a stale list is
// missing too.
func TestMissingForOtherReasons(t *testing.T) {
	root := testCA(t, "Root", KeyP256, nil)
	points := encodeTLV(0x30, append(pointBody("http://a/some.crl", someReasons), pointBody("http://a/rest.crl", otherReasons)...))
	leaf := issue(t, "leaf", KeyP256, &Template{Subject: NewName("leaf", ""), DNSNames: []string{"example.org"},
		Extra: []Extension{{ID: oidCRLPoints, Value: points}}}, root)
	some := testCRL{idp: issuingPoint("http://a/some.crl", 0, someReasons, false)}
	check := func(l testCRL, want ...string) {
		t.Helper()
		o := &VerifyOptions{Roots: poolOf(root), Time: testNow, Revocation: RevocationLeaf, CRLs: crlsOf(l.make(t, root))}
		_, err := Verify(leaf.cert, o)
		var got []string
		for _, l := range err.(*VerifyError).Missing[0].CRLs {
			got = append(got, l.URIs...)
		}
		if !slices.Equal(got, want) {
			t.Errorf("missing %q, want %q", got, want)
		}
	}
	check(some, "http://a/rest.crl")
	some.next = testNow.Add(-time.Hour)
	check(some, "http://a/some.crl", "http://a/rest.crl")
}

// pointBody makes one DistributionPoint.
func pointBody(uri string, reasons []byte) []byte {
	v := der(pointExtension(uri, reasons, Name{}).Value)
	var list der
	readSequence(&v, &list)
	return list
}

// TestOCSPRequestToOpenSSL: openssl reads the request, and answers it about the right certificate.
func TestOCSPRequestToOpenSSL(t *testing.T) {
	w := newOCSPWorld(t)
	request := filepath.Join(w.dir, "own.der")
	if err := os.WriteFile(request, OCSPRequest(w.leaf.cert, w.root.cert), 0o600); err != nil {
		t.Fatal(err)
	}
	text := openssl(t, "ocsp", "-reqin", request, "-req_text")
	serial := new(big.Int).SetBytes(w.leaf.cert.RawSerial()).Text(16)
	if !strings.Contains(strings.ToLower(text), serial) {
		t.Errorf("no serial number %s in\n%s", serial, text)
	}
	w.respond("V", w.leaf, w.root) // leaves index, CA and signer behind
	out := filepath.Join(w.dir, "own.resp")
	openssl(t, "ocsp", "-index", filepath.Join(w.dir, "index"), "-CA", filepath.Join(w.dir, "ca.pem"), "-rsigner",
		filepath.Join(w.dir, "signer.pem"),
		"-rkey", filepath.Join(w.dir, "signer.key"), "-reqin", request, "-respout", out)
	der, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.statusOf(w.leaf, RevocationLeaf, [][]byte{der}); err != nil {
		t.Error(err)
	}
}
