package x509lite

import (
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/cryptobyte/asn1"

	"tlsengine/cipher"
)

// Sixty CAs of one name and with different keys: only their signatures tell which is the issuer. Of large curves, which take
// long, a peer gets no more than a few looked at; of the usual ones, all.
func TestManyNamesakesWithSlowKeysEndAtTheBudget(t *testing.T) {
	for kind, code := range map[KeyKind]Code{KeyP521: BudgetExceeded, KeyP256: CertSignatureFailure} {
		real := testCA(t, "namesake", kind, nil)
		leaf := testLeaf(t, "example.org", KeyP256, real)
		o := VerifyOptions{Roots: NewPool(), Time: testNow}
		for i := range 60 {
			ca := issue(t, fmt.Sprint("namesake ", i), kind, &Template{Subject: NewName("namesake", "Test"), IsCA: true}, nil)
			o.Intermediates = append(o.Intermediates, ca.cert)
		}
		b := pathBuilder{o: o, now: testNow.Unix(), signatures: maxSignatures, steps: maxSteps, comparisons: maxComparisons}
		var refused *VerifyError
		if b.build(leaf.cert) != nil || !errors.As(error(b.failure(leaf.cert)), &refused) || refused.Code != code {
			t.Errorf("%v: %v, want %v", kind, refused, code)
		}
		if checked := (maxSignatures - b.signatures) / signatureCost(real.cert.PublicKey()); kind == KeyP521 && checked > 13 {
			t.Errorf("%v: %d signatures were checked", kind, checked)
		}
	}
}

// Names that try to be taken for another, against hosts that try the same: none is accepted that crypto/x509 refuses.
func TestNoHostSlipsThroughThatCryptoX509Refuses(t *testing.T) {
	ca := testCA(t, "ca", KeyP256, nil)
	hosts := []string{"example.com", "a.example.com", "b.a.example.com", "com", "x.com", "example.com.", "a.example.com.", "127.0.0.1",
		"1.2.3.4", "9.9.9.9", "[::ffff:9.9.9.9]", "::ffff:9.9.9.9", "", ".", "*.example.com", "*.com", "example.com\x00",
		"example.com\x00.evil.com", "xn--a.example.com", " example.com", "0x7f.1", "a.a_b.com", "_x.example.com", "a..example.com",
		".example.com", "1.2.3.4.", "2130706433", "a.3"}
	matched := 0
	for _, san := range []string{"*", "*.com", "*.example.com", "a.*.com", "*a.example.com", "*.*.com", "example.com\x00.evil.com",
		"example.com.", "*.example.com.", "EXAMPLE.com", ".", ".example.com", "127.0.0.1", "1.2.3.4", "xn--*.example.com", " example.com",
		"*.a_b.com", "_x.example.com", "*.3"} {
		c := issue(t, "leaf", KeyP256, &Template{
			Subject: NewName("example.com", ""), DNSNames: []string{san}, IPs: []netip.Addr{netip.MustParseAddr("::ffff:9.9.9.9")},
		}, ca).cert
		std, err := x509.ParseCertificate(c.Raw())
		for _, host := range hosts {
			ours := c.VerifyHostname(host) == nil
			if ours && (err != nil || std.VerifyHostname(host) != nil) {
				t.Errorf("%q is taken for %q", san, host)
			}
			if ours {
				matched++
			}
		}
	}
	if matched == 0 {
		t.Error("nothing matches anything")
	}
}

// RSA keys cost what they take: by the square of their length, and more with a long exponent, so that the largest is tried once or twice.
func TestLongRSAKeysCostMore(t *testing.T) {
	for _, c := range []struct{ bits, exponent, cost int }{
		{2048, 3, 1}, {2048, 65537, 1}, {3072, 65537, 1}, {4096, 65537, 2}, {8192, 65537, 5}, {16384, 65537, 26},
		{2048, 65539, 3}, {4096, 1<<31 - 1, 6}, {16384, 1<<31 - 1, 78},
	} {
		n := new(big.Int).SetBit(big.NewInt(1), c.bits-1, 1)
		k, err := cipher.NewRSAPublicKey(n.Bytes(), big.NewInt(int64(c.exponent)).Bytes(), false)
		if err != nil {
			t.Fatal(err)
		}
		if cost := signatureCost(k); cost != c.cost {
			t.Errorf("%d bits, exponent %d: %d", c.bits, c.exponent, cost)
		}
	}
}

// stapler answers with the same response again and again.
type stapler struct{ r *OCSPResponse }

func (s stapler) About(*Certificate) []*OCSPResponse {
	return slices.Repeat([]*OCSPResponse{s.r}, 1000)
}

// Responses that name certificates without end, under an issuer whose signatures take long: the budget counts them before they
// are looked at.
func TestManyResponsesEndAtTheBudget(t *testing.T) {
	root := testCA(t, "Root", KeyP521, nil)
	leaf := testLeaf(t, "example.org", KeyP256, root)
	r, err := ParseOCSPResponse(responseOf(root, leaf))
	if err != nil {
		t.Fatal(err)
	}
	o := VerifyOptions{Roots: poolOf(root), Time: testNow, Revocation: RevocationLeaf, OCSP: stapler{r}}
	b := pathBuilder{o: o, now: testNow.Unix(), signatures: maxSignatures, steps: maxSteps, comparisons: maxComparisons}
	if b.build(leaf.cert) != nil || maxSignatures-b.signatures > (maxResponses+1)*signatureCost(root.cert.PublicKey()) {
		t.Errorf("%d units were spent", maxSignatures-b.signatures)
	}
	if e := b.failure(leaf.cert); e.Code != OCSPVerifyFailed {
		t.Error(e)
	}
}

// A leaf with thousands of distribution points, each with many names: what is missing is told within bounds, in bounded lines.
func TestMissingOfManyPointsIsBounded(t *testing.T) {
	root := testCA(t, "Root", KeyP256, nil)
	var points []byte
	for i := range 5000 {
		points = append(points, pointBody(fmt.Sprintf("http://example.org/%d\n", i), nil)...)
	}
	leaf := issue(t, "leaf", KeyP256, &Template{Subject: NewName("leaf", ""), DNSNames: []string{"example.org"},
		Extra: []Extension{{ID: oidCRLPoints, Value: encodeTLV(0x30, points)}}}, root)
	_, err := Verify(leaf.cert, &VerifyOptions{Roots: poolOf(root), Time: testNow, Revocation: RevocationLeaf, CRLs: NewCRLStore()})
	var refused *VerifyError
	if !errors.As(err, &refused) || len(refused.Missing) > 1 || len(refused.Explain()) > 1<<13 ||
		strings.Contains(refused.Error(), "\n") {
		t.Fatal(err)
	}
	for _, m := range refused.Missing {
		if len(m.CRLs) > maxMissingCRLs || strings.Contains(m.String(), "\n") {
			t.Errorf("%d lists, %q", len(m.CRLs), m.String())
		}
	}
}

// A list whose entries all have one serial number and another issuer with very many names: a search compares the names once, not
// for every entry.
func TestManyEntriesOfOneSerialAreSearchedOnce(t *testing.T) {
	root := testCA(t, "Root", KeyEd25519, nil)
	names := newBuilder()
	names.AddASN1(asn1.SEQUENCE, func(b *builder) {
		for i := range 20_000 {
			b.AddBytes(directoryOf(NewName(fmt.Sprint("CA ", i), "").Raw()))
		}
	})
	entries := slices.Repeat([]testEntry{{serial: big.NewInt(7)}}, 20_000)
	entries[0].extra = []Extension{{ID: oidCertificateIssuer, Critical: true, Value: names.BytesOrPanic()}}
	list := testCRL{idp: []byte{0x30, 3, 0x84, 1, 0xff}, entries: entries}.make(t, root)
	start := time.Now()
	if _, found := list.Find(NewName("none of them", ""), []byte{7}); found {
		t.Error("found")
	}
	if r, found := list.Find(NewName("CA 19999", ""), []byte{7}); !found || !r.Issuer.Equal(NewName("ca 19999", "")) {
		t.Error("not found")
	}
	if took := time.Since(start); took > 20*time.Second { // minutes if it were each with each
		t.Errorf("it took %v", took)
	}
}

// An entry has few extensions, so that the search for duplicates stays cheap.
func TestEntryWithManyExtensionsRefused(t *testing.T) {
	root := testCA(t, "Root", KeyEd25519, nil)
	for n, ok := range map[int]bool{maxEntryExtensions: true, maxEntryExtensions + 1: false} {
		e := testEntry{serial: big.NewInt(7)}
		for i := range n {
			e.extra = append(e.extra, Extension{ID: OID([]byte{0x2a, byte(i)})})
		}
		if _, err := ParseCRL(testCRL{entries: []testEntry{e}}.der(t, root)); (err == nil) != ok {
			t.Errorf("%d extensions: %v", n, err)
		}
	}
}

// Texts that begin blocks without end, fold a header over all lines, or nearly end: a reader allocates a fixed multiple of them
// at most.
func TestHostilePEMCostsAFixedMultiple(t *testing.T) {
	const begin = "-----BEGIN CERTIFICATE-----\n"
	fill := func(piece string) string { return strings.Repeat(piece, 1<<20/len(piece)) }
	for name, text := range map[string]string{
		"begins":          fill(begin),
		"ends":            fill("-----END CERTIFICATE-----\n"),
		"empty blocks":    fill(begin + "-----END CERTIFICATE-----\n"),
		"a folded header": begin + "A: b\n" + fill(" c\n") + "\nAAAA\n-----END CERTIFICATE-----\n",
		"many headers":    begin + fill("A:\n") + "\nAAAA\n-----END CERTIFICATE-----\n",
		"empty lines":     begin + fill("\n"),
		"blanks":          begin + fill(" ") + "\nAAAA\n-----END CERTIFICATE-----\n",
		"dashes":          begin + fill("----\n"),
		"more dashes":     fill("-----\n"),
		"a long label":    "-----BEGIN " + fill("X") + "-----\nAAAA\n",
		"tiny blocks":     fill("-----BEGIN X-----\nAAAA\n-----END X-----\n"),
	} {
		if allocated := allocatedBy(func() {
			NewPool().AddPEM([]byte(text))
			ParsePEM([]byte(text))
			OpenPrivateKeyPEM([]byte(text), nil)
		}); allocated > 40*uint64(len(text)) {
			t.Errorf("%s: %d bytes for %d", name, allocated, len(text))
		}
	}
}

// allocatedBy counts bytes.
func allocatedBy(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
