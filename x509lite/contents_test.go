package x509lite

import (
	"bytes"
	"os"
	"slices"
	"testing"
	"time"

	"golang.org/x/crypto/cryptobyte/asn1"
)

// sctList makes the extension's contents of two timestamps, and one of a version that is not known.
func sctList() []byte {
	b := newBuilder()
	b.AddASN1(asn1.OCTET_STRING, func(b *builder) {
		b.AddUint16LengthPrefixed(func(b *builder) {
			for i, extensions := range []string{"", "\x01\x02\x03"} {
				b.AddUint16LengthPrefixed(func(b *builder) {
					b.AddUint8(0)
					b.AddBytes(bytes.Repeat([]byte{byte(0xa0 + i)}, 32))
					b.AddUint64(1780000000123 + uint64(i))
					b.AddUint16LengthPrefixed(func(b *builder) { b.AddBytes([]byte(extensions)) })
					b.AddUint16(0x0403)
					b.AddUint16LengthPrefixed(func(b *builder) { b.AddBytes(bytes.Repeat([]byte{0x30}, 70+i)) })
				})
			}
		})
	})
	return b.BytesOrPanic()
}

// TestSCTs reads timestamps, and prints them as openssl does.
func TestSCTs(t *testing.T) {
	c := sign(t, mustKey(t), &Template{Subject: NewName("sct", ""), Extra: []Extension{{ID: oidSCTList, Value: sctList()}}}, nil).cert
	list := c.SCTs()
	if len(list) != 2 || !list[0].Time.Equal(time.UnixMilli(1780000000123)) || list[1].LogID[31] != 0xa1 ||
		len(list[0].Signature) != 70 ||
		list[0].Hash != 4 || list[0].Signer != 3 || len(list[1].Extensions) != 3 {
		t.Errorf("%+v", list)
	}
	compareText(t, []*Certificate{c})
	whole := sctList()[4:] // behind the headers of OCTET STRING and list
	for n := range len(whole) {
		short := append([]byte{byte(n >> 8), byte(n)}, whole[:n]...)
		if got, err := ParseSCTList(short); err == nil && len(got) != 1 {
			t.Errorf("cut at %d: %d timestamps", n, len(got))
		}
	}
	future := []byte("\x00\x05\x00\x03\x01ab")
	if got, err := ParseSCTList(future); err != nil || len(got) != 0 {
		t.Errorf("another version: %v, %v", got, err)
	}
}

// TestContentsOnDemand reads what openssl wrote: policies with their texts, access, names of the issuer, features.
func TestContentsOnDemand(t *testing.T) {
	dir := t.TempDir()
	config := writePEM(t, dir, "cnf", []byte(opensslConfig))
	openssl(t, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", dir+"/k", "-out", dir+"/c",
		"-subj", "/CN=x", "-config", config, "-extensions", "v3")
	text, err := os.ReadFile(dir + "/c")
	if err != nil {
		t.Fatal(err)
	}
	list, err := ParseCertificatesPEM(text)
	if err != nil {
		t.Fatal(err)
	}
	c := list[0]
	p := c.Policies()
	if len(p) != 3 || p[1].ID.String() != "1.3.5.8" || len(p[1].Qualifiers) != 2 || p[1].Qualifiers[0].CPS != "http://cps/" {
		t.Fatalf("%+v", p)
	}
	if n := p[1].Qualifiers[1]; n.Notice != "Explicit Text" || n.Organization != "Org" || !slices.Equal(n.Numbers, []string{"1", "2"}) {
		t.Errorf("%+v", n)
	}
	if !slices.Equal(c.OCSPServers(), []string{"http://ocsp/"}) || !slices.Equal(c.IssuerURLs(), []string{"http://ca/"}) ||
		!slices.Equal(c.CRLPoints(), []string{"http://crl/", "http://a/"}) {
		t.Error(c.OCSPServers(), c.IssuerURLs(), c.CRLPoints())
	}
	if !slices.Equal(c.Features(), []int{5, 17, 9}) || !c.MustStaple() {
		t.Error(c.Features())
	}
	names := slices.Collect(c.IssuerAltNames())
	if len(names) != 1 || names[0].Kind != DNSName || string(names[0].Value) != "x" {
		t.Error(names)
	}
	if _, ok := c.Extension(oidNetscapeComment); !ok {
		t.Error("an extension that is not known by name is not found")
	}
}

// TestContentsThatAreNone: without the extensions, and with malformed ones, there is nothing.
func TestContentsThatAreNone(t *testing.T) {
	var broken []Extension
	for _, id := range []OID{oidIssuerAltName, oidAuthorityInfoAccess, oidTLSFeature, oidSCTList} {
		broken = append(broken, Extension{ID: id, Value: []byte{0x30, 2, 0x30}})
	}
	for _, extra := range [][]Extension{nil, broken} {
		c := sign(t, mustKey(t), &Template{Subject: NewName("x", ""), Extra: extra}, nil).cert
		if c.SCTs() != nil || c.Policies() != nil || c.Features() != nil || c.MustStaple() || c.OCSPServers() != nil ||
			c.IssuerURLs() != nil {
			t.Errorf("%d extensions", len(extra))
		}
		for n := range c.IssuerAltNames() {
			t.Error(n)
		}
	}
}
