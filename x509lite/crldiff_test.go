package x509lite

import (
	"fmt"
	"math/big"
	"slices"
	"testing"
	"time"

	"golang.org/x/crypto/cryptobyte/asn1"
	"pgregory.net/rapid"
)

// pointExtension is cRLDistributionPoints of one point; uri, reasons and issuer are left out if empty.
func pointExtension(uri string, reasons []byte, issuer Name) Extension {
	b := newBuilder()
	b.AddASN1(asn1.SEQUENCE, func(b *builder) {
		b.AddASN1(asn1.SEQUENCE, func(b *builder) {
			addPointName(b, uri)
			if reasons != nil {
				b.AddASN1(tagContext(1), func(b *builder) { b.AddBytes(reasons) })
			}
			if issuer.der != nil {
				b.AddASN1(tagContextConstructed(2), func(b *builder) {
					b.AddASN1(tagContextConstructed(4), func(b *builder) { b.AddBytes(issuer.der) })
				})
			}
		})
	})
	return Extension{ID: oidCRLPoints, Value: b.BytesOrPanic()}
}

func addPointName(b *builder, uri string) {
	if uri == "" {
		return
	}
	b.AddASN1(tagContextConstructed(0), func(b *builder) {
		b.AddASN1(tagContextConstructed(0), func(b *builder) {
			b.AddASN1(tagContext(6), func(b *builder) { b.AddBytes([]byte(uri)) })
		})
	})
}

// issuingPoint is issuingDistributionPoint; only is 1 for users, 2 for CAs, 5 for attributes, 0 for all.
func issuingPoint(uri string, only uint8, reasons []byte, indirect bool) []byte {
	b := newBuilder()
	b.AddASN1(asn1.SEQUENCE, func(b *builder) {
		addPointName(b, uri)
		flag := func(n uint8) {
			b.AddASN1(tagContext(n), func(b *builder) { b.AddUint8(0xff) })
		}
		if only == 1 || only == 2 {
			flag(only)
		}
		if reasons != nil {
			b.AddASN1(tagContext(3), func(b *builder) { b.AddBytes(reasons) })
		}
		if indirect {
			flag(4)
		}
		if only == 5 {
			flag(5)
		}
	})
	return b.BytesOrPanic()
}

// Two halves of the reasons: flags 1 to 4, and 5 to 8.
var someReasons, otherReasons = []byte{3, 0x78}, []byte{7, 7, 0x80}

// revocationCase is a chain with the lists at hand.
type revocationCase struct {
	root, ca, leaf *party
	others         []*party // certificates that sign lists
	lists          []*CRL
	partial        bool // the leaf's point is of some reasons, or of another issuer
	elsewhere      bool // of another issuer: the root
}

// drawRevocation draws a chain of root, CA and leaf, a good list of the root, and up to three lists that may be the leaf's.
func drawRevocation(t testing.TB, r *rapid.T) *revocationCase {
	c := &revocationCase{root: testCA(t, "Root", KeyEd25519, nil)}
	c.ca = testCA(t, "CA", KeyEd25519, c.root)
	// Another key of the CA, for lists only, and one that isn't for lists.
	second := issue(t, "second", KeyEd25519, &Template{Subject: c.ca.cert.Subject(), IsCA: true, KeyUsage: CRLSign}, c.root)
	unfit := issue(t, "unfit", KeyEd25519, &Template{Subject: c.ca.cert.Subject(), IsCA: true, KeyUsage: KeyCertSign}, c.root)
	stranger := issue(t, "stranger", KeyEd25519, &Template{Subject: c.ca.cert.Subject(), IsCA: true}, nil)
	c.others = []*party{second, unfit, stranger}
	uris := []string{"", "http://a.test/", "http://b.test/"}
	leaf := &Template{Subject: NewName("leaf", ""), DNSNames: []string{"example.org"}}
	if rapid.Bool().Draw(r, "point") {
		var issuer Name
		if c.elsewhere = rapid.IntRange(0, 3).Draw(r, "elsewhere") == 0; c.elsewhere {
			issuer = c.root.cert.Subject()
		}
		uri := rapid.SampledFrom(uris[1:]).Draw(r, "uri")
		reasons := rapid.SampledFrom([][]byte{nil, nil, someReasons}).Draw(r, "reasons")
		c.partial = c.elsewhere || reasons != nil
		leaf.Extra = append(leaf.Extra, pointExtension(uri, reasons, issuer))
	}
	c.leaf = issue(t, "leaf", KeyEd25519, leaf, c.ca)
	c.lists = append(c.lists, testCRL{this: testBegin.Add(time.Minute)}.make(t, c.root))
	revoked := rapid.Bool().Draw(r, "revoked")
	signers, most := []*party{c.ca, c.ca, second, c.root}, 3
	if rapid.IntRange(0, 4).Draw(r, "bad signer") == 0 {
		signers, most = []*party{unfit, stranger}, 1
	}
	for i := range rapid.IntRange(1, most).Draw(r, "lists") {
		by := rapid.SampledFrom(signers).Draw(r, "signer")
		l := testCRL{this: testBegin.Add(time.Duration(i+2) * time.Hour), number: i + 1}
		switch rapid.IntRange(0, 9).Draw(r, "time") {
		case 0:
			l.next = testNow.Add(-time.Hour)
		case 1:
			l.this = testNow.Add(time.Duration(i+1) * time.Hour)
		}
		if rapid.Bool().Draw(r, "scoped") {
			l.idp = issuingPoint(rapid.SampledFrom(uris).Draw(r, "name"), rapid.SampledFrom([]uint8{0, 0, 0, 1, 1, 2, 5}).Draw(r, "only"),
				rapid.SampledFrom([][]byte{nil, nil, someReasons, otherReasons}).Draw(r, "reasons"),
				rapid.IntRange(0, 2).Draw(r, "indirect") == 0)
			if string(l.idp) == "\x30\x00" { // RFC 5280, Section 5.2.5: not the default alone
				l.idp = nil
			}
		}
		l.entries = []testEntry{{serial: big.NewInt(77)}}
		if revoked {
			l.entries = append(l.entries, testEntry{serial: c.leaf.cert.SerialNumber(), reason: KeyCompromise})
		}
		c.lists = append(c.lists, l.make(t, by))
	}
	return c
}

func (c *revocationCase) ours(mode Revocation) error {
	_, err := Verify(c.leaf.cert, &VerifyOptions{Roots: poolOf(c.root), Intermediates: certsOf(append(c.others, c.ca)...), Time: testNow,
		Revocation: mode, CRLs: crlsOf(c.lists...)})
	return err
}

// settledElsewhere reports whether the issuer that the leaf's point names has a list that speaks of other issuers' certificates.
func (c *revocationCase) settledElsewhere() bool {
	root := c.root.cert.Subject()
	return c.elsewhere && slices.ContainsFunc(c.lists, func(l *CRL) bool { return l.scope.other && l.Issuer().Equal(root) })
}

func (c *revocationCase) openssl(t testing.TB, flags ...string) (string, Code) {
	dir := t.TempDir()
	var sent, lists []byte
	for _, p := range append(c.others, c.ca) {
		sent = append(sent, certPEM(p.cert)...)
	}
	for _, l := range c.lists {
		lists = append(lists, MarshalPEM(nil, "X509 CRL", l.Raw())...)
	}
	args := append([]string{"verify", "-extended_crl", "-use_deltas", "-attime", fmt.Sprint(testNow.Unix()), "-CAfile",
		writePEM(t, dir, "r", certPEM(c.root.cert)),
		"-untrusted", writePEM(t, dir, "m", sent), "-CRLfile", writePEM(t, dir, "c", lists)}, flags...)
	return opensslVerify(t, append(args, writePEM(t, dir, "l", certPEM(c.leaf.cert)))...)
}

// TestRevocationJudgedAsByOpenSSL: random lists, scopes, signers and times; what openssl refuses we refuse, and the other way
// round. Five things are left out or let pass, with the RFC's word for our side. A list without scope settles what a distribution
// point of some reasons, or of another issuer, left open (RFC 5280, Section 6.3.3, last paragraph); OpenSSL looks at it through
// that point only. Of lists that contradict each other the newest counts; OpenSSL takes what is nearer to the chain. Deltas are
// used where they are at hand; OpenSSL wants freshestCRL. A list whose signer is unfit doesn't keep another from being used.
// Points come first, and when a list that they name has covered all reasons nobody looks for others (RFC 5280, Section 6.3.3);
// OpenSSL prefers the CA's own.
func TestRevocationJudgedAsByOpenSSL(t *testing.T) {
	openssl(t, "version")
	accepted, refused := 0, 0
	checkSeeds(t, func(r *rapid.T) {
		c := drawRevocation(t, r)
		err := c.ours(RevocationChain)
		out, code := c.openssl(t, "-crl_check_all")
		if err == nil && (c.partial && code != CertRevoked || c.settledElsewhere()) {
			return
		}
		if (err == nil) != (code == OK) {
			r.Fatalf("ours: %v\nopenssl: %s", err, out)
		}
		if err == nil {
			accepted++
		} else {
			refused++
		}
	})
	if accepted == 0 || refused == 0 {
		t.Errorf("%d accepted, %d refused: the test shows nothing", accepted, refused)
	}
}
