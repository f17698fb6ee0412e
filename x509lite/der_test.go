package x509lite

import (
	"bytes"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestTimeTable has RFC 5280, Section 4.1.2.5's forms and what resembles them.
func TestTimeTable(t *testing.T) {
	for _, c := range []struct {
		tag  byte
		text string
		want string // RFC 3339; "" for refused
	}{
		{23, "260101000000Z", "2026-01-01T00:00:00Z"},
		{23, "491231235959Z", "2049-12-31T23:59:59Z"},
		{23, "500101000000Z", "1950-01-01T00:00:00Z"},
		{23, "240229000000Z", "2024-02-29T00:00:00Z"},
		{23, "260229000000Z", ""},
		{23, "2601010000Z", ""},
		{23, "260101000000+0000", ""},
		{23, "260101000000z", ""},
		{23, "261301000000Z", ""},
		{23, "260100000000Z", ""},
		{23, "260101240000Z", ""},
		{23, "260101006000Z", ""},
		{23, "260101000060Z", ""},
		{23, "26010100000 Z", ""},
		{23, "+60101000000Z", ""},
		{24, "20500101000000Z", "2050-01-01T00:00:00Z"},
		{24, "20260101000000Z", "2026-01-01T00:00:00Z"},
		{24, "99991231235959Z", "9999-12-31T23:59:59Z"},
		{24, "20500101000000.5Z", ""},
		{24, "205001010000Z", ""},
		{24, "20500101000000", ""},
		{22, "260101000000Z", ""},
	} {
		d := der(append([]byte{c.tag, byte(len(c.text))}, c.text...))
		var unix int64
		ok := readTime(&d, &unix)
		if ok != (c.want != "") || ok && time.Unix(unix, 0).UTC().Format(time.RFC3339) != c.want {
			t.Errorf("%d %q: %v, %v", c.tag, c.text, ok, time.Unix(unix, 0).UTC())
		}
	}
}

// TestReadersTable has primitives in DER and almost.
func TestReadersTable(t *testing.T) {
	readers := map[string]func(*der) bool{
		"uint":  func(d *der) bool { var v []byte; return readUint(d, &v) },
		"bits":  func(d *der) bool { var v []byte; var n int; return readBits(d, 3, &v, &n) },
		"oid":   func(d *der) bool { var v []byte; return readOID(d, &v) },
		"flag":  func(d *der) bool { var v bool; return readFlag(d, &v) },
		"small": func(d *der) bool { var v int; return readSmall(d, 2, &v) },
		"seq":   func(d *der) bool { var v der; return readSequence(d, &v) },
	}
	for _, c := range []struct {
		reader, hex string
		ok          bool
	}{
		{"uint", "020100", true}, {"uint", "02020080", true}, {"uint", "0200", false}, {"uint", "02020001", false},
		{"uint", "0201ff", false}, {"uint", "0202ff80", false}, {"uint", "02810101", false}, {"uint", "0203ff", false},
		{"small", "0205ffffffffff", false}, {"small", "02080fffffffffffffff", true}, {"small", "020109", true},
		{"bits", "0300", false}, {"bits", "030100", true}, {"bits", "030101", false}, {"bits", "030208ff", false},
		{"bits", "030203f8", true}, {"bits", "030203ff", false},
		{"oid", "0600", false}, {"oid", "06032a0304", true}, {"oid", "06022a80", false}, {"oid", "06032a8001", false},
		{"flag", "0101ff", true}, {"flag", "010100", true}, {"flag", "010101", false}, {"flag", "010200ff", false}, {"flag", "", true},
		{"seq", "3000", true}, {"seq", "3080", false}, {"seq", "30800000", false}, {"seq", "308100", false}, {"seq", "3001", false},
		{"seq", "30820001aa", false}, {"seq", "3100", false}, {"seq", "3f2000", false},
	} {
		b, err := hex.DecodeString(c.hex)
		if err != nil {
			t.Fatal(err)
		}
		d := der(b)
		if got := readers[c.reader](&d); got != c.ok {
			t.Errorf("%s %s: %v", c.reader, c.hex, got)
		}
	}
}

// replaceOnce changes one part of a certificate and mends no length: both parts are equally long.
func replaceOnce(t *testing.T, b []byte, old, new string) []byte {
	t.Helper()
	if bytes.Count(b, []byte(old)) < 1 || len(old) != len(new) {
		t.Fatalf("%x occurs %d times", old, bytes.Count(b, []byte(old)))
	}
	return bytes.Replace(b, []byte(old), []byte(new), 1)
}

// TestCertificateDefects breaks one thing of a good certificate at a time; each is refused with a ParseError.
func TestCertificateDefects(t *testing.T) {
	p := Template{Subject: NewName("a", ""), DNSNames: []string{"example.org"}, URIs: []string{"http://a/"}}
	good := issue(t, "defects", KeyP256, &p, nil).cert.Raw()
	extension := func(e ...Extension) []byte {
		q := p
		q.NotBefore, q.NotAfter, q.Extra = testBegin, testEnd, e
		k, _ := GenerateKey(KeyP256, seedOf("defects"))
		b, err := q.Sign(nil, k.Public(), k, seedOf("x"))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	many := make([]Extension, maxExtensions)
	for i := range many {
		many[i] = Extension{ID: OID([]byte{0x2a, 3, byte(i/100 + 1), byte(i%100 + 1)})}
	}
	for name, b := range map[string][]byte{
		"empty": {}, "cut": good[:len(good)-1], "trailing": append(bytes.Clone(good), 0),
		"version 4":                 replaceOnce(t, good, "\xa0\x03\x02\x01\x02", "\xa0\x03\x02\x01\x03"),
		"version 1 written":         replaceOnce(t, good, "\xa0\x03\x02\x01\x02", "\xa0\x03\x02\x01\x00"),
		"extensions in version 2":   replaceOnce(t, good, "\xa0\x03\x02\x01\x02", "\xa0\x03\x02\x01\x01"),
		"two signature algorithms":  replaceOnce(t, good, "\x2a\x86\x48\xce\x3d\x04\x03\x02", "\x2a\x86\x48\xce\x3d\x04\x03\x03"),
		"lower case z":              replaceOnce(t, good, "260101000000Z", "260101000000z"),
		"SAN not ASCII":             replaceOnce(t, good, "example.org", "ex\xe4mple.org"),
		"URI without scheme":        replaceOnce(t, good, "http://a/", "http///a/"),
		"boolean of 1":              replaceOnce(t, good, "\x01\x01\xff", "\x01\x01\x01"),
		"subject not UTF-8":         replaceOnce(t, good, "\x0c\x01a", "\x0c\x01\xff"),
		"duplicate extension":       extension(Extension{ID: oidKeyUsage, Value: []byte{3, 2, 7, 0x80}}),
		"duplicate unknown":         extension(Extension{ID: "\x2a\x03"}, Extension{ID: "\x2a\x03"}),
		"constraints without rules": extension(Extension{ID: oidNameConstraints, Value: []byte{0x30, 0}}),
		"policies empty":            extension(Extension{ID: oidPolicies, Value: []byte{0x30, 0}}),
		"too many extensions":       extension(many...),
	} {
		var e *ParseError
		if _, err := ParseCertificate(b); !errors.As(err, &e) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ParseCertificate(extension(many[:maxExtensions-10]...)); err != nil {
		t.Error(err)
	}
}

// TestAnyByteChanged: a certificate with one byte changed is refused, or is one that crypto/x509 takes too and that doesn't
// verify; no prefix parses.
func TestAnyByteChanged(t *testing.T) {
	root := testCA(t, "Root", KeyEd25519, nil)
	good := testLeaf(t, "example.org", KeyP256, root).cert.Raw()
	o := &VerifyOptions{Roots: poolOf(root), Time: testNow, Hostname: "example.org"}
	for i := range good {
		if _, err := ParseCertificate(good[:i]); err == nil {
			t.Fatalf("%d bytes of %d parse", i, len(good))
		}
		for _, change := range []byte{1, 0x20, 0x80, 0xff} {
			b := bytes.Clone(good)
			b[i] ^= change
			c, err := ParseCertificate(b)
			if err != nil {
				continue
			}
			if _, err := Verify(c, o); err == nil {
				t.Fatalf("byte %d ^ %#x verifies", i, change)
			}
			if _, err := x509.ParseCertificate(b); err != nil && !looser(err) {
				t.Errorf("byte %d ^ %#x: crypto/x509 refuses it: %v", i, change, err)
			}
		}
	}
}

// looser reports whether crypto/x509 refused for a reason that here keeps a certificate from being used, not from being parsed.
func looser(err error) bool {
	for _, known := range []string{"ECDSA", "elliptic", "public key", "curve", "parameters", "attribute value", "RDNSequence"} {
		if strings.Contains(err.Error(), known) {
			return true
		}
	}
	return false
}

// TestOIDString prints identifiers of one to many bytes an arc.
func TestOIDString(t *testing.T) {
	for id, want := range map[OID]string{
		oidCommonName: "2.5.4.3", oidServerAuth: "1.3.6.1.5.5.7.3.1", oidEmailAddress: "1.2.840.113549.1.9.1", "\x88\x37\x03": "2.999.3",
		"\x00": "0.0", "\x4f": "1.39", "\x50": "2.0", "\x80": "malformed OID",
		"\x69\x83\xb4\xd9\xf3\x8c\xa6\xba\xeb\xd6\xd9\xb7\x01": "2.25.",
	} {
		if got := id.String(); got != want && !(strings.HasSuffix(want, ".") && strings.HasPrefix(got, want)) {
			t.Errorf("%x: %s, want %s", string(id), got, want)
		}
	}
}

// TestNameEqualIgnoresWhatRFC5280Says: string type, case and blanks make no difference (Section 7.1), everything else does.
func TestNameEqualIgnoresWhatRFC5280Says(t *testing.T) {
	name := func(parts ...string) Name { // each part: string type and text
		b := newBuilder()
		b.AddASN1(0x30, func(b *builder) {
			for _, p := range parts {
				b.AddASN1(0x31, func(b *builder) {
					for _, a := range strings.Split(p, "|") {
						b.AddASN1(0x30, func(b *builder) {
							addOID(b, oidOrganization)
							b.AddUint8(a[0])
							b.AddUint8LengthPrefixed(func(b *builder) { b.AddBytes([]byte(a[1:])) })
						})
					}
				})
			}
		})
		n, err := ParseName(b.BytesOrPanic())
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	base := name("\x0cExample  Org", "\x0cb")
	for i, n := range []Name{name("\x13EXAMPLE ORG", "\x13B"), name("\x0c  example   org ", "\x0c b"),
		name("\x1e\x00e\x00x\x00a\x00m\x00p\x00l\x00e\x00 \x00o\x00r\x00g", "\x0cb")} {
		if !n.Equal(base) {
			t.Errorf("%d: %v is not %v", i, n, base)
		}
	}
	for i, n := range []Name{name("\x0cExampleOrg", "\x0cb"), name("\x0cExample Org"), name("\x0cb", "\x0cExample Org"),
		name("\x0cExample Org|\x0cb"), name("\x04example org", "\x0cb"), name("\x0cExample Org", "\x0cb", "\x0cc"), {}} {
		if n.Equal(base) {
			t.Errorf("%d: %v is %v", i, n, base)
		}
	}
	if !name("\x0ca|\x0cb").Equal(name("\x0cB|\x0cA")) {
		t.Error("the order within a set makes a difference")
	}
	if s := name("\x0ca, CN=evil\n").String(); s != `O=a\, CN\=evil\0A` {
		t.Errorf("%s", s)
	}
}

// TestNameParsesBack: names made from any strings are read back as they were.
func TestNameParsesBack(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		cn, org := rapid.String().Draw(r, "cn"), rapid.String().Draw(r, "org")
		n, err := ParseName(NewName(cn, org).Raw())
		if err != nil || n.CommonName() != cn || n.last(oidOrganization) != org {
			r.Fatalf("%v: %q", err, n.CommonName())
		}
		if strings.ContainsAny(n.String(), "\n\r\x00") {
			r.Fatalf("%q", n.String())
		}
	})
}
