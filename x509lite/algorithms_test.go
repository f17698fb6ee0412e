package x509lite

import (
	"crypto/x509"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/cryptobyte/asn1"

	"tlsengine/cipher"
)

// TestSignatureAlgorithms: with each algorithm we sign, read the identifier back, and crypto/x509 and openssl agree.
func TestSignatureAlgorithms(t *testing.T) {
	keys := map[cipher.SignatureKind]cipher.PrivateKey{cipher.ECDSA: mustKey(t)}
	rsaKey, err := GenerateKey(KeyRSA2048, nil)
	if err != nil {
		t.Fatal(err)
	}
	keys[cipher.RSAPKCS1], keys[cipher.RSAPSS] = rsaKey, rsaKey
	keys[cipher.EdDSA], _ = GenerateKey(KeyEd25519, nil)
	list := []cipher.Algorithm{}
	for _, r := range signatureRows {
		switch r.algorithm.Kind {
		case cipher.DSA, cipher.EdDSA448: // TestDSAChainOfOpenSSL; package cipher/goldilocks
		case cipher.PureMLDSA44, cipher.PureMLDSA65, cipher.PureMLDSA87: // neither peer knows them
		default:
			list = append(list, r.algorithm)
		}
	}
	for _, h := range []cipher.Hash{cipher.SHA256, cipher.SHA384, cipher.SHA512} {
		list = append(list, cipher.Algorithm{Kind: cipher.RSAPSS, Hash: h, SaltLen: h.Size()},
			cipher.Algorithm{Kind: cipher.RSAPSS, Hash: h, SaltLen: 20})
	}
	for _, a := range list {
		key := keys[a.Kind]
		c := sign(t, key, &Template{Subject: NewName("Signer", ""), IsCA: true, Algorithm: a}, nil).cert
		if c.SignatureAlgorithm() != a {
			t.Errorf("%v is read as %v", a, c.SignatureAlgorithm())
		}
		if err := c.CheckSignature(c); err != nil {
			t.Errorf("%v: %v", a, err)
		}
		if _, err := x509.ParseCertificate(c.Raw()); err != nil {
			t.Errorf("%v: crypto/x509: %v", a, err)
		}
		if a.Hash != cipher.SHA1 { // which openssl refuses at its usual level
			openssl(t, "verify", "-check_ss_sig", "-attime", "1780000000", "-CAfile", writePEM(t, t.TempDir(), "c", certPEM(c)),
				writePEM(t, t.TempDir(), "c", certPEM(c)))
		}
	}
}

// TestOpenSSLsRSAPSSCertificate: a certificate of an id-RSASSA-PSS key, and the key, as openssl makes them.
func TestOpenSSLsRSAPSSCertificate(t *testing.T) {
	dir := t.TempDir()
	openssl(t, "req", "-x509", "-newkey", "rsa-pss", "-pkeyopt", "rsa_keygen_bits:2048", "-nodes", "-keyout", dir+"/k",
		"-out", dir+"/c", "-subj", "/C=XY/O=Ex/CN=pss", "-days", "3650", "-sha384")
	list, key := certificatesIn(t, dir+"/c"), keyIn(t, dir+"/k")
	c := list[0]
	if k := c.PublicKey(); k == nil || k.Type() != cipher.KeyRSAPSS {
		t.Fatalf("%v, %v", k, c.PublicKeyError())
	}
	if err := errors.Join(c.CheckKey(key), c.CheckSignature(c)); err != nil {
		t.Error(err)
	}
	if c.Subject().String() != "C=XY, O=Ex, CN=pss" {
		t.Error(c.Subject())
	}
	back, err := MarshalPKCS8(key)
	if err != nil {
		t.Fatal(err)
	}
	openssl(t, "pkey", "-noout", "-in", writePEM(t, dir, "back", MarshalPEM(nil, "PRIVATE KEY", back)))
}

// TestPSSParameters has RSASSA-PSS-params that are read, and that are refused as an unknown algorithm (RFC 4055, Section 3.1).
func TestPSSParameters(t *testing.T) {
	encode := func(hash, mask OID, salt int64, trailer int64) der {
		b := newBuilder()
		b.AddASN1(asn1.SEQUENCE, func(b *builder) {
			b.AddASN1(tagContextConstructed(0), func(b *builder) { addAlgorithm(b, hash, "") })
			b.AddASN1(tagContextConstructed(1), func(b *builder) {
				b.AddASN1(asn1.SEQUENCE, func(b *builder) { addOID(b, oidMGF1); addAlgorithm(b, mask, derNull) })
			})
			b.AddASN1(tagContextConstructed(2), func(b *builder) { b.AddASN1Int64(salt) })
			b.AddASN1(tagContextConstructed(3), func(b *builder) { b.AddASN1Int64(trailer) })
		})
		return b.BytesOrPanic()
	}
	none := cipher.Algorithm{}
	for i, c := range []struct {
		parameters der
		want       cipher.Algorithm
	}{
		{der("\x30\x00"), cipher.Algorithm{Kind: cipher.RSAPSS, Hash: cipher.SHA1, SaltLen: 20}},
		{encode(oidSHA256, oidSHA256, 32, 1), cipher.Algorithm{Kind: cipher.RSAPSS, Hash: cipher.SHA256, SaltLen: 32}},
		{encode(oidSHA224, oidSHA224, 28, 1), cipher.Algorithm{Kind: cipher.RSAPSS, Hash: cipher.SHA224, SaltLen: 28}},
		{encode(oidSHA256, oidSHA384, 32, 1), none},
		{encode(oidSHA256, oidSHA256, 32, 2), none},
		{encode(oidSHA256, oidSHA256, -1, 1), none},
		{encode(oidP256, oidP256, 32, 1), none},
		{der(""), none},
		{der(derNull), none},
		{append(encode(oidSHA256, oidSHA256, 32, 1), 0), none},
	} {
		if got := readPSS(c.parameters); got != c.want {
			t.Errorf("%d: %+v", i, got)
		}
	}
}

// TestCriticalExtensionsWithoutProcessing: what this package reads but doesn't enforce is refused if critical, by name.
func TestCriticalExtensionsWithoutProcessing(t *testing.T) {
	root := testCA(t, "Root", KeyEd25519, nil)
	otherName := []byte("\x30\x0a\xa0\x08\x06\x02\x2a\x03\xa0\x02\x05\x00")
	for name, e := range map[string]Extension{
		"subjectAltName": {ID: oidSubjectAltName, Critical: true, Value: otherName},
		"1.2.3":          {ID: "\x2a\x03", Critical: true},
	} {
		leaf := issue(t, "leaf", KeyEd25519, &Template{Subject: NewName("leaf", ""), Extra: []Extension{e}}, root)
		_, err := Verify(leaf.cert, &VerifyOptions{Roots: poolOf(root), Time: testNow})
		if v := wantCode(t, err, UnhandledCriticalExtension, 0); !strings.Contains(v.Error(), name) {
			t.Errorf("%s is not named: %v", name, v)
		}
	}
}

// TestExplainTellsAllPaths: the long form names every path with its reason.
func TestExplainTellsAllPaths(t *testing.T) {
	root, other := testCA(t, "Root", KeyEd25519, nil), testCA(t, "Other", KeyEd25519, nil)
	old := issue(t, "CA", KeyEd25519, &Template{Subject: NewName("CA", "Test"), IsCA: true, NotBefore: testBegin,
		NotAfter: testNow.Add(-time.Hour)}, root)
	cross := sign(t, old.key, &Template{Subject: NewName("CA", "Test"), IsCA: true}, other)
	leaf := testLeaf(t, "example.org", KeyEd25519, old)
	_, err := Verify(leaf.cert, &VerifyOptions{Roots: poolOf(root), Intermediates: certsOf(old, cross), Time: testNow,
		Hostname: "example.org"})
	v := wantCode(t, err, CertHasExpired, 1)
	text := v.Explain()
	for _, want := range []string{`"example.org" <- "CA": expired`, `"example.org" <- "CA": no trusted certificate of its issuer`,
		`"O=Test, CN=Other"`} {
		if !strings.Contains(text, strings.ReplaceAll(want, `"O=`, `issuer "O=`)) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	_, err = Verify(leaf.cert, &VerifyOptions{Roots: poolOf(leaf), Time: testNow, Hostname: "example.com"})
	var mismatch *HostnameError
	if !errors.As(err, &mismatch) || mismatch.Certificate != leaf.cert {
		t.Error(err)
	}
}

// TestMailConstraintBindsSubject: a mailbox in the subject is bound when subjectAltName has none (RFC 5280, Section 4.2.1.10).
func TestMailConstraintBindsSubject(t *testing.T) {
	root, ca := constrainedChain(t, []rule{{RFC822Name, "example.org"}}, nil)
	for address, ok := range map[string]bool{"a@example.org": true, "a@example.com": false} {
		b := newBuilder()
		b.AddASN1(asn1.SEQUENCE, func(b *builder) { addAttribute(b, oidEmailAddress, address) })
		leaf := issue(t, "leaf", KeyEd25519, &Template{Subject: Name{b.BytesOrPanic()}}, ca)
		_, err := Verify(leaf.cert, &VerifyOptions{Roots: poolOf(root), Intermediates: certsOf(ca), Time: testNow})
		if (err == nil) != ok {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// TestStringTypes: what each type of string may hold (X.680, Section 41), and how it reads.
func TestStringTypes(t *testing.T) {
	for _, c := range []struct {
		tag   asn1.Tag
		value string
		ok    bool
		text  string
	}{
		{asn1.PrintableString, "Ab 1'()+,-./:=?*&", true, "Ab 1'()+,-./:=?*&"}, {asn1.PrintableString, "a@b", false, ""},
		{asn1.IA5String, "a@b", true, "a@b"}, {asn1.IA5String, "\xe9", false, ""},
		{asn1.UTF8String, "é", true, "é"}, {asn1.UTF8String, "\xe9", false, ""},
		{tagNumericString, "1 2", true, "1 2"}, {tagNumericString, "1a", false, ""},
		{asn1.T61String, "\xe9", true, "é"},
		{tagBMPString, "\x00\xe9\xd8\x3d\xde\x00", true, "é😀"}, {tagBMPString, "\x00", false, ""},
		{tagUniversalString, "\x00\x01\xf6\x00", true, "😀"}, {tagUniversalString, "\x00\x00\x00", false, ""},
	} {
		if got := checkString(c.tag, []byte(c.value)); got != c.ok {
			t.Errorf("%d %q: %v", c.tag, c.value, got)
		}
		if c.ok && decodeString(c.tag, []byte(c.value)) != c.text {
			t.Errorf("%d %q: %q", c.tag, c.value, decodeString(c.tag, []byte(c.value)))
		}
	}
}

// TestVersion1Anchor: an anchor from before basicConstraints may issue; the same sent by the peer may not.
func TestVersion1Anchor(t *testing.T) {
	dir := t.TempDir()
	openssl(t, "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", dir+"/k",
		"-out", dir+"/r", "-subj", "/CN=Old Anchor")
	openssl(t, "x509", "-req", "-in", dir+"/r", "-signkey", dir+"/k", "-days", "20000", "-out", dir+"/c")
	list, key := certificatesIn(t, dir+"/c"), keyIn(t, dir+"/k")
	anchor := &party{list[0], key}
	if anchor.cert.Version() != 1 {
		t.Fatalf("openssl made a certificate of version %d", anchor.cert.Version())
	}
	late := time.Date(2050, 6, 1, 0, 0, 0, 0, time.UTC)
	leaf := sign(t, mustKey(t), &Template{Subject: NewName("example.org", ""), NotBefore: testBegin,
		NotAfter: late.AddDate(1, 0, 0)}, anchor)
	if _, err := Verify(leaf.cert, &VerifyOptions{Roots: poolOf(anchor), Time: late}); err != nil {
		t.Error(err)
	}
	_, err := Verify(leaf.cert, &VerifyOptions{Roots: NewPool(), Intermediates: certsOf(anchor), Time: late})
	wantCode(t, err, InvalidCA, 1)
}

// keyIn reads a file.
func keyIn(t *testing.T, path string) cipher.PrivateKey {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ParsePrivateKeyPEM(text)
	if err != nil {
		t.Fatal(err)
	}
	return key
}
