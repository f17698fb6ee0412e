package x509lite

import (
	"bytes"
	"math/big"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/cryptobyte/asn1"

	"tlsengine/cipher"
)

// The fields of tbsCertificate in version 3.
const (
	fieldVersion = iota
	fieldSerial
	fieldSignature
	fieldIssuer
	fieldValidity
	fieldSubject
	fieldSPKI
	fieldExtensions
)

// tbsFields takes tbsCertificate apart.
func tbsFields(c *Certificate) [][]byte {
	whole := der(c.RawTBS())
	var v der
	readSequence(&whole, &v)
	var fields [][]byte
	for !v.Empty() {
		var element der
		var tag asn1.Tag
		v.ReadAnyASN1Element(&element, &tag)
		fields = append(fields, bytes.Clone(element))
	}
	return fields
}

// signFields puts it together again, signed.
func signFields(t testing.TB, fields [][]byte, by *party) []byte {
	t.Helper()
	tbs := encodeTLV(asn1.SEQUENCE, bytes.Join(fields, nil))
	signature, err := by.key.SignAlgorithm(DefaultAlgorithm(by.key.Public()), tbs, seedOf("fields"))
	if err != nil {
		t.Fatal(err)
	}
	return encodeTLV(asn1.SEQUENCE, bytes.Join([][]byte{tbs, fields[fieldSignature],
		encodeTLV(asn1.BIT_STRING, append([]byte{0}, signature...))}, nil))
}

func utcTimes(from, to string) []byte {
	return encodeTLV(asn1.SEQUENCE, append(encodeTLV(asn1.UTCTime, []byte(from)), encodeTLV(asn1.UTCTime, []byte(to))...))
}

// withExtension replaces one extension.
func withExtension(e Extension) func([][]byte) {
	return func(f [][]byte) {
		d := der(f[fieldExtensions])
		var field, list der
		d.ReadASN1(&field, tagContextConstructed(3))
		readSequence(&field, &list)
		b := newBuilder()
		addExtension(b, e.ID, e.Critical, func(b *builder) { b.AddBytes(e.Value) })
		for other := range extensionsOf(list) {
			if other.ID != e.ID {
				addExtension(b, other.ID, other.Critical, func(b *builder) { b.AddBytes(other.Value) })
			}
		}
		f[fieldExtensions] = encodeTLV(tagContextConstructed(3), encodeTLV(asn1.SEQUENCE, b.BytesOrPanic()))
	}
}

// rsaKeyInfo is a SubjectPublicKeyInfo with the modulus's bytes as they are given.
func rsaKeyInfo(parameters string, modulus []byte, exponent int) []byte {
	b := newBuilder()
	b.AddASN1(asn1.SEQUENCE, func(b *builder) {
		addAlgorithm(b, oidRSAEncryption, parameters)
		b.AddASN1(asn1.BIT_STRING, func(b *builder) {
			b.AddUint8(0)
			b.AddASN1(asn1.SEQUENCE, func(b *builder) {
				b.AddASN1(asn1.INTEGER, func(b *builder) { b.AddBytes(modulus) })
				b.AddASN1Int64(int64(exponent))
			})
		})
	})
	return b.BytesOrPanic()
}

// leniencyCase is a certificate with one defect.
type leniencyCase struct {
	name    string
	defect  Leniency
	change  func(fields [][]byte)
	useless bool // the certificate is no good for a server all the same
}

var leniencyCases = []leniencyCase{
	{"negative serial number", NegativeSerial, func(f [][]byte) { f[fieldSerial] = []byte{2, 2, 0xff, 1} }, false},
	{"padded serial number", PaddedSerial, func(f [][]byte) { f[fieldSerial] = []byte{2, 4, 0, 0, 0, 7} }, false},
	{"version 1 written", WrittenVersion | ExtensionsBeforeV3, func(f [][]byte) { f[fieldVersion] = []byte{0xa0, 3, 2, 1, 0} }, false},
	{"extensions in version 1", ExtensionsBeforeV3, func(f [][]byte) { f[fieldVersion] = nil }, false},
	{"extensions in version 2", ExtensionsBeforeV3, func(f [][]byte) { f[fieldVersion] = []byte{0xa0, 3, 2, 1, 1} }, false},
	{"no extensions in the list", EmptyExtensions, func(f [][]byte) { f[fieldExtensions] = []byte{0xa3, 2, 0x30, 0} }, true},
	{"times without seconds", TimeForms, func(f [][]byte) { f[fieldValidity] = utcTimes("2601010000Z", "2701010000Z") }, false},
	{"times with offset", TimeForms, func(f [][]byte) { f[fieldValidity] = utcTimes("260101000000+0100", "270101000000-0730") }, false},
	{"a time with a fraction", TimeForms, func(f [][]byte) {
		f[fieldValidity] = encodeTLV(asn1.SEQUENCE, append(encodeTLV(asn1.UTCTime, []byte("260101000000Z")),
			encodeTLV(asn1.GeneralizedTime, []byte("20270101000000.5Z"))...))
	}, false},
	{"UTF-8 in a PrintableString", StringCharacters, func(f [][]byte) {
		f[fieldSubject] = encodeName(asn1.PrintableString, "Zürich_1")
	}, false},
	{"Latin-1 in an UTF8String", StringCharacters, func(f [][]byte) { f[fieldSubject] = encodeName(asn1.UTF8String, "Z\xfcrich") },
		false},
	{"BMPString of odd length", StringCharacters, func(f [][]byte) { f[fieldSubject] = encodeName(tagBMPString, "abc") }, false},
	{"subject key identifier critical", CriticalKeyIdentifiers, withExtension(Extension{oidSubjectKeyID, true, []byte{4, 1, 1}}), false},
	{"subject key identifier malformed", MalformedHints, withExtension(Extension{oidSubjectKeyID, false, []byte{1, 2, 3}}), false},
	{"authority key identifier malformed", MalformedHints, withExtension(Extension{oidAuthorityKeyID, false, []byte{4, 1, 1}}), false},
	{"distribution points malformed", MalformedHints, withExtension(Extension{oidCRLPoints, false, []byte{0x30, 0}}), false},
}

func encodeName(tag asn1.Tag, value string) []byte {
	pair := encodeTLV(asn1.SEQUENCE, append([]byte("\x06\x03\x55\x04\x03"), encodeTLV(tag, []byte(value))...))
	return encodeTLV(asn1.SEQUENCE, encodeTLV(asn1.SET, pair))
}

// TestLeniency: each defect is refused unless asked for by name; then it is told, by certificate and verdict, and the certificate
// is good for what it says. The strict degree takes none.
func TestLeniency(t *testing.T) {
	root := testCA(t, "Root", KeyP256, nil)
	key, err := GenerateKey(KeyRSA2048, nil)
	if err != nil {
		t.Fatal(err)
	}
	good := sign(t, key, &Template{Subject: NewName("leaf", ""), DNSNames: []string{"example.org"}}, root)
	std := rsaOf(key.Public())
	cases := append(slices.Clone(leniencyCases),
		leniencyCase{"RSA key without NULL", KeyParametersLeftOut,
			func(f [][]byte) { f[fieldSPKI] = rsaKeyInfo("", append([]byte{0}, std.N.Bytes()...), std.E) }, false},
		leniencyCase{"RSA modulus without zero", NegativeModulus,
			func(f [][]byte) { f[fieldSPKI] = rsaKeyInfo(derNull, std.N.Bytes(), std.E) }, false})
	shown := Leniency(0)
	for _, c := range cases {
		fields := tbsFields(good.cert)
		c.change(fields)
		raw := signFields(t, fields, root)
		checkLeniency(t, c.name, raw, c.defect, root, key.Public(), c.useless)
		shown |= c.defect
	}
	for _, d := range defects {
		if shown&d.is == 0 {
			t.Errorf("no case has %v", d.is)
		}
		if line := d.is.String(); line == "" || strings.Contains(line, "\n") {
			t.Errorf("%q", line)
		}
	}
}

func checkLeniency(t *testing.T, name string, raw []byte, defect Leniency, root *party, key cipher.PublicKey, useless bool) {
	t.Helper()
	o := &VerifyOptions{Roots: poolOf(root), Time: testNow, Hostname: "example.org"}
	for _, allow := range []Leniency{0, ^defect} {
		if c, err := ParseLenient(raw, allow); err == nil && (defect&keyDefects == 0 || c.PublicKey() != nil || c.Tolerated() != 0) {
			t.Errorf("%s passes though %b is all that is allowed: %v", name, allow, c.Tolerated())
		}
	}
	c, err := ParseLenient(raw, defect)
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	if c.Tolerated() != defect || !c.PublicKey().Equal(key) {
		t.Errorf("%s: tolerated %v, %v", name, c.Tolerated(), c.PublicKeyError())
	}
	touch(c)
	_ = c.Text()
	v, err := Verify(c, o)
	if useless != (err != nil) {
		t.Errorf("%s: %v", name, err)
	}
	if err == nil && v.Tolerated() != defect {
		t.Errorf("%s: the verdict says %v", name, v.Tolerated())
	}
	o.Degree = Strict
	if _, err := Verify(c, o); err == nil {
		t.Errorf("%s: passes strictly", name)
	}
}

// TestPaddedSerialIsRevoked: a serial number that is written longer than in the CRL is the same number.
func TestPaddedSerialIsRevoked(t *testing.T) {
	root := testCA(t, "Root", KeyP256, nil)
	fields := tbsFields(testLeaf(t, "example.org", KeyP256, root).cert)
	for _, serial := range []struct {
		contents []byte
		number   int64
	}{{[]byte{0, 0, 0, 7}, 7}, {[]byte{0xff, 0xff, 0x80}, -128}, {[]byte{0, 0}, 0}} {
		fields[fieldSerial] = encodeTLV(asn1.INTEGER, serial.contents)
		c, err := ParseLenient(signFields(t, fields, root), PaddedSerial|NegativeSerial)
		if err != nil {
			t.Fatal(err)
		}
		l := testCRL{entries: []testEntry{{serial: big.NewInt(serial.number)}}}.make(t, root)
		_, err = Verify(c, &VerifyOptions{Roots: poolOf(root), Time: testNow, Revocation: RevocationLeaf, CRLs: crlsOf(l)})
		wantCode(t, err, CertRevoked, 0)
		if c.SerialNumber().Int64() != serial.number {
			t.Errorf("%v", c.SerialNumber())
		}
	}
}

// TestAncientAnchorThatIsNoCA: a trusted certificate of version 1 can't say that it is a CA; one that says that it isn't is
// believed.
func TestAncientAnchorThatIsNoCA(t *testing.T) {
	root := testCA(t, "Root", KeyP256, nil)
	leaf := testLeaf(t, "example.org", KeyP256, root)
	for _, c := range []struct {
		constraints []byte
		code        Code
	}{{[]byte{0x30, 3, 1, 1, 0xff}, OK}, {[]byte{0x30, 0}, InvalidCA}} {
		fields := tbsFields(root.cert)
		fields[fieldVersion] = nil
		withExtension(Extension{oidBasicConstraints, true, c.constraints})(fields)
		anchor, err := ParseLenient(signFields(t, fields, root), ExtensionsBeforeV3)
		if err != nil {
			t.Fatal(err)
		}
		pool := NewPool()
		pool.Add(anchor)
		if _, err := Verify(leaf.cert, &VerifyOptions{Roots: pool, Time: testNow}); codeOf(err) != c.code {
			t.Error(err)
		}
	}
}
