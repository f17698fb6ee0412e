package x509lite

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"golang.org/x/crypto/cryptobyte/asn1"
	"pgregory.net/rapid"

	"tlsengine/fuzz/peers"
)

// pythonView has Python's ssl module decode certificates: the dictionary, or nil where it raises an error.
func pythonView(t *testing.T, list []*Certificate) []map[string]any {
	t.Helper()
	python := peers.Need(t, "python3")
	dir := t.TempDir()
	for i, c := range list {
		writePEM(t, dir, fmt.Sprintf("%05d.pem", i), certPEM(c))
	}
	const script = `
import ssl, sys, os, json
for f in sorted(os.listdir(sys.argv[1])):
    try:
        print(json.dumps(ssl._ssl._test_decode_cert(os.path.join(sys.argv[1], f))))
    except Exception as e:
        print("null")
`
	cmd := exec.Command(python, "-c", script, dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) != len(list) {
		t.Fatalf("%d answers for %d certificates", len(lines), len(list))
	}
	views := make([]map[string]any, len(list))
	for i, line := range lines {
		if err := json.Unmarshal([]byte(line), &views[i]); err != nil {
			t.Fatal(err)
		}
	}
	return views
}

// comparePython compares Dict with Python's dictionaries; both may refuse.
func comparePython(t *testing.T, list []*Certificate) {
	t.Helper()
	refused := 0
	for i, want := range pythonView(t, list) {
		info, err := list[i].Info()
		if err != nil || want == nil {
			if (err != nil) != (want == nil) {
				t.Errorf("%v: %v; Python %v", list[i].Subject(), err, want)
			}
			refused++
			continue
		}
		text, err := json.Marshal(info.Dict())
		if err != nil {
			t.Fatal(err)
		}
		var got map[string]any
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			expected, _ := json.Marshal(want)
			t.Errorf("%v:\n%s\nPython:\n%s", list[i].Subject(), text, expected)
		}
	}
	t.Logf("%d certificates, %d of them refused by both", len(list), refused)
}

// TestInfoOfSystemRoots: what Python shows, for every root. S-160, S-161, S-163 to S-165.
func TestInfoOfSystemRoots(t *testing.T) { comparePython(t, systemRoots(t)) }

// TestInfoOfVectors: the same for every certificate of PKITS.
func TestInfoOfVectors(t *testing.T) { comparePython(t, vectorCertificates(t)) }

// TestInfoOfPythonFixtures: the certificates of Python's own tests, NUL bytes and all kinds of names among them. S-160, S-166,
// S-167.
func TestInfoOfPythonFixtures(t *testing.T) {
	python := peers.Need(t, "python3")
	out, err := exec.Command(python, "-c", "import test, os; print(os.path.dirname(test.__file__))").Output()
	if err != nil {
		peers.Lack(t, "Python's test package is not installed: apt-get install libpython3.N-testsuite")
	}
	dir := strings.TrimSpace(string(out))
	files, _ := filepath.Glob(filepath.Join(dir, "certdata", "*.pem"))
	older, _ := filepath.Glob(filepath.Join(dir, "*.pem"))
	var list []*Certificate
	for _, f := range append(files, older...) {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		certs, err := ParseCertificatesPEM(text)
		if err != nil {
			t.Logf("%s: %v", filepath.Base(f), err) // bad on purpose, or keys only
			continue
		}
		list = append(list, certs...)
	}
	if len(list) == 0 {
		peers.Lack(t, "Python's test certificates are not in %s: apt-get install libpython3.N-testsuite", dir)
	}
	comparePython(t, list)
}

// oddAltNames are one name of each kind, and odd ones.
func oddAltNames() []byte {
	whole := newBuilder()
	b := whole
	add := func(tag asn1.Tag, value string) {
		b.AddASN1(tag, func(b *builder) { b.AddBytes([]byte(value)) })
	}
	other := func(id OID, tag asn1.Tag, value string) {
		b.AddASN1(tagContextConstructed(0), func(b *builder) {
			addOID(b, id)
			b.AddASN1(tagContextConstructed(0), func(b *builder) {
				b.AddASN1(tag, func(b *builder) { b.AddBytes([]byte(value)) })
			})
		})
	}
	whole.AddASN1(asn1.SEQUENCE, func(inner *builder) {
		b = inner
		add(tagContext(2), "altnull.python.org\x00example.com")
		add(tagContext(1), "null@python.org\x00user@example.org")
		add(tagContext(6), "http://null.python.org\x00http://example.org")
		add(tagContext(7), "\xc0\x00\x02\x01")
		add(tagContext(7), "\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01")
		add(tagContext(8), "\x2a\x03\x04\x05")
		add(tagContext(8), string(oidCommonName))
		add(tagContextConstructed(4), string(NewName("directory \u00e4", "org").der))
		add(tagContextConstructed(4), "\x30\x00")
		add(tagContextConstructed(5), "\xa1\x03\x0c\x01a")
		add(tagContextConstructed(3), "\x30\x00")
		other("\x2a\x03", asn1.UTF8String, "unknown")
		for id, n := range otherNames {
			other(id, n.tag, "user@example.org")
			other(id, asn1.PrintableString, "wrong type")
		}
		add(tagContext(2), "")
	})
	return whole.BytesOrPanic()
}

// TestInfoOfOddCertificates compares names of all string types, odd values, odd serial numbers and dates. S-161 to S-166.
func TestInfoOfOddCertificates(t *testing.T) {
	key := mustKey(t)
	var list []*Certificate
	add := func(p *Template) { list = append(list, sign(t, key, p, nil).cert) }
	gen := rapid.Custom(drawName)
	for i := range 60 {
		add(&Template{Subject: gen.Example(i + 1000), DNSNames: []string{"x"}})
	}
	add(&Template{Subject: NewName("a\x00b", "\x00"), Extra: []Extension{{ID: oidSubjectAltName, Value: oddAltNames()}}})
	for _, v := range []struct {
		tag   asn1.Tag
		value string
	}{{asn1.INTEGER, "\x01"}, {asn1.BIT_STRING, "\x00\x01"}, {asn1.UTCTime, "250101000000Z"}, {asn1.T61String, "\xe4\x00\xff"},
		{asn1.UTF8String, ""}, {tagBMPString, "\x20\xac"}, {asn1.SEQUENCE, ""}} {
		b := newBuilder()
		b.AddASN1(asn1.SEQUENCE, func(b *builder) {
			b.AddASN1(asn1.SET, func(b *builder) {
				b.AddASN1(asn1.SEQUENCE, func(b *builder) {
					addOID(b, oidCommonName)
					b.AddASN1(v.tag, func(b *builder) { b.AddBytes([]byte(v.value)) })
				})
			})
		})
		add(&Template{Subject: Name{b.BytesOrPanic()}})
	}
	aia := []byte("\x30\x4a\x30\x0f\x06\x08\x2b\x06\x01\x05\x05\x07\x30\x01\x86\x03a:b\x30\x0f\x06\x08\x2b\x06\x01\x05\x05\x07\x30\x02\x86\x03c:d" +
		"\x30\x0f\x06\x08\x2b\x06\x01\x05\x05\x07\x30\x01\x82\x03dns\x30\x15\x06\x08\x2b\x06\x01\x05\x05\x07\x30\x01\x86\x09http://e/")
	add(&Template{Subject: NewName("aia", ""), Extra: []Extension{{ID: oidAuthorityInfoAccess, Value: aia}}})
	add(&Template{Subject: NewName("broken aia", ""), Extra: []Extension{{ID: oidAuthorityInfoAccess, Value: aia[:len(aia)-1]}}})
	add(&Template{Subject: NewName("empty aia", ""), Extra: []Extension{{ID: oidAuthorityInfoAccess, Value: []byte{0x30, 0}}}})
	add(&Template{Subject: NewName("point without a name", ""),
		Extra: []Extension{{ID: oidCRLPoints, Value: []byte("\x30\x05\x30\x03\x81\x01\x00")}}})
	add(&Template{Subject: NewName("long ago", ""), NotBefore: testBegin.AddDate(-76, 0, 0), NotAfter: testBegin.AddDate(24, 0, 8)})
	add(&Template{Subject: NewName("far away", ""), NotBefore: testBegin, NotAfter: testBegin.AddDate(9999-2026, 11, 30)})
	comparePython(t, list)
}

// TestInfoSerialNumber: even digits, zero, a sign. S-163.
func TestInfoSerialNumber(t *testing.T) {
	for contents, want := range map[string]string{"\x00": "00", "\x02": "02", "\x00\x95\xf0": "95F0", "\x0a\xbc": "0ABC",
		"\xff": "-01", "\x80\x00": "-8000"} {
		if got := infoSerial([]byte(contents)); got != want {
			t.Errorf("%x: %s, want %s", contents, got, want)
		}
	}
}

// TestInfoEmpty: nothing is shown of nothing. S-159.
func TestInfoEmpty(t *testing.T) {
	var none *CertInfo
	if !none.Empty() || len(none.Dict()) != 0 || len((&CertInfo{}).Dict()) != 0 {
		t.Error("the empty view is not empty")
	}
}
