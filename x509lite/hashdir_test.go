package x509lite

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/crypto/cryptobyte/asn1"
	"pgregory.net/rapid"
)

// systemRoots parses the system's bundle.
func systemRoots(t testing.TB) []*Certificate {
	t.Helper()
	list, err := ParseCertificatesPEM(systemBundle(t))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// opensslLines runs `openssl x509` over each certificate and returns its output for each, in one go through a shell.
func opensslX509(t testing.TB, list []*Certificate, args string) []string {
	t.Helper()
	dir := t.TempDir()
	for i, c := range list {
		writePEM(t, dir, fmt.Sprintf("%04d.pem", i), certPEM(c))
	}
	const mark = "=====next====="
	out := shell(t, "cd "+dir+" && for f in *.pem; do openssl x509 -noout -in $f "+args+" || exit 1; echo "+mark+"; done")
	parts := strings.Split(out, mark+"\n")
	if len(parts) != len(list)+1 {
		t.Fatalf("%d outputs for %d certificates", len(parts)-1, len(list))
	}
	return parts[:len(list)]
}

// TestSubjectHashOfSystemRoots: the number that openssl computes, for every root. S-204.
func TestSubjectHashOfSystemRoots(t *testing.T) {
	roots := systemRoots(t)
	for i, line := range opensslX509(t, roots, "-subject_hash -issuer_hash") {
		if got := fmt.Sprintf("%08x\n%08x\n", roots[i].SubjectHash(), roots[i].IssuerHash()); got != line {
			t.Errorf("%v: %q, openssl %q", roots[i].Subject(), got, line)
		}
	}
}

// drawName makes a name of all string types, several attributes in an RDN, odd white space and case.
func drawName(t *rapid.T) Name {
	// openssl takes no VisibleString here.
	tags := []asn1.Tag{asn1.UTF8String, asn1.PrintableString, asn1.IA5String, asn1.T61String, tagBMPString, tagUniversalString,
		tagNumericString}
	types := []OID{oidCommonName, oidOrganization, oidOrganizationalUnit, oidState, "\x2a\x03\x04"}
	b := newBuilder()
	b.AddASN1(asn1.SEQUENCE, func(b *builder) {
		for range rapid.IntRange(0, 4).Draw(t, "rdns") {
			b.AddASN1(asn1.SET, func(b *builder) {
				for _, id := range rapid.SliceOfNDistinct(rapid.SampledFrom(types), 1, 3, rapid.ID).Draw(t, "types") {
					tag := rapid.SampledFrom(tags).Draw(t, "tag")
					text := rapid.StringMatching(drawable(tag)).Draw(t, "text")
					b.AddASN1(asn1.SEQUENCE, func(b *builder) {
						addOID(b, id)
						b.AddASN1(tag, func(b *builder) { b.AddBytes(encodeAs(tag, text)) })
					})
				}
			})
		}
	})
	return Name{b.BytesOrPanic()}
}

func drawable(tag asn1.Tag) string {
	switch tag {
	case tagNumericString:
		return `[ 0-9]{1,8}`
	case asn1.PrintableString:
		return `[ A-Za-z]{0,3}[ ]{0,3}[ A-Za-z0-9]{1,6}[ ]{0,2}`
	case asn1.IA5String:
		return `[ \tA-Za-z@]{1,10}`
	case asn1.T61String:
		return `[ A-Zà-ÿÀ-Þ]{1,10}`
	}
	return `[ \tA-Za-zà-ÿÀ-ÞА-Яа-яΑ-Ωα-ω\x{00a0}\x{2003}]{1,10}`
}

func encodeAs(tag asn1.Tag, text string) []byte {
	var out []byte
	for _, r := range text {
		switch tag {
		case asn1.T61String:
			out = append(out, byte(r))
		case tagBMPString:
			out = append(out, byte(r>>8), byte(r))
		case tagUniversalString:
			out = append(out, 0, byte(r>>16), byte(r>>8), byte(r))
		default:
			out = append(out, string(r)...)
		}
	}
	return out
}

// TestSubjectHashOfOddNames compares names of all string types with openssl's hash, a hundred in each run.
func TestSubjectHashOfOddNames(t *testing.T) {
	var list []*Certificate
	gen := rapid.Custom(drawName)
	key := mustKey(t)
	for i := range 100 {
		list = append(list, sign(t, key, &Template{Subject: gen.Example(i), DNSNames: []string{"x"}}, nil).cert)
	}
	for i, line := range opensslX509(t, list, "-subject_hash") {
		if got := fmt.Sprintf("%08x\n", list[i].SubjectHash()); got != line {
			t.Errorf("%x: %q, openssl %q", list[i].RawSubject(), got, line)
		}
	}
}

// directory counts what is read of it.
type directory struct {
	path  string
	mu    sync.Mutex
	reads []string
}

func (d *directory) read(name string) ([]byte, error) {
	d.mu.Lock()
	d.reads = append(d.reads, name)
	d.mu.Unlock()
	return os.ReadFile(filepath.Join(d.path, name))
}

// TestHashedDirectoryOnDemand: what `openssl rehash` lays out is found when a chain needs it, each name once, and a namesake
// behind it; nothing is there before. S-204, S-205, S-209.
func TestHashedDirectoryOnDemand(t *testing.T) {
	d := &directory{path: t.TempDir()}
	root, namesake, other := testCA(t, "Root", KeyP256, nil), testCA(t, "Root", KeyP384, nil), testCA(t, "Other", KeyP256, nil)
	writePEM(t, d.path, "a.pem", certPEM(namesake.cert))
	writePEM(t, d.path, "b.pem", certPEM(root.cert))
	writePEM(t, d.path, "c.pem", certPEM(other.cert))
	openssl(t, "rehash", d.path)
	pool := NewPoolFrom(&HashedDirectory{ReadFile: d.read})
	if pool.Len() != 0 || len(d.reads) != 0 {
		t.Error("read before it is needed")
	}
	o := &VerifyOptions{Roots: pool, Time: testNow, Hostname: "example.org"}
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			if _, err := Verify(testLeaf(t, "example.org", KeyP256, root).cert, o); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if pool.Len() != 2 || !pool.Contains(root.cert) {
		t.Errorf("%d certificates after use", pool.Len())
	}
	reads := len(d.reads)
	leaf := testLeaf(t, "example.org", KeyP256, root)
	pool.Contains(leaf.cert) // asks for the leaf's own subject each time
	reads = len(d.reads) - reads
	if _, err := Verify(leaf.cert, o); err != nil || reads != 1 {
		t.Errorf("%v, %d reads", err, reads)
	}
	_, err := Verify(testLeaf(t, "example.org", KeyP256, testCA(t, "Nobody", KeyP256, nil)).cert, o)
	wantCode(t, err, UnableToGetIssuerLocally, 0)
	for _, name := range d.reads {
		if strings.ContainsAny(name, "/\\") || len(name) != 10 {
			t.Errorf("asked for a file %q", name)
		}
	}
}

// TestHashedDirectoryWithout: a directory that isn't there, old hashes, broken files and files of others find nothing.
func TestHashedDirectoryWithout(t *testing.T) {
	root, stranger := testCA(t, "Root", KeyP256, nil), testCA(t, "Stranger", KeyP256, nil)
	name := fmt.Sprintf("%08x.", root.cert.SubjectHash())
	for what, files := range map[string]map[string][]byte{
		"nothing":      {},
		"old hash":     {"deadbeef.0": certPEM(root.cert)},
		"gap":          {name + "1": certPEM(root.cert)},
		"broken":       {name + "0": []byte("-----BEGIN CERTIFICATE-----\nAAAA\n")},
		"another name": {name + "0": certPEM(stranger.cert)},
	} {
		pool := NewPoolFrom(&HashedDirectory{ReadFile: func(name string) ([]byte, error) {
			if b, ok := files[name]; ok {
				return b, nil
			}
			return nil, fs.ErrNotExist
		}})
		_, err := Verify(testLeaf(t, "example.org", KeyP256, root).cert, &VerifyOptions{Roots: pool, Time: testNow})
		var v *VerifyError
		if !errors.As(err, &v) || v.Code != UnableToGetIssuerLocally || pool.Len() != 0 {
			t.Errorf("%s: %v", what, err)
		}
	}
	// A broken file doesn't hide the next.
	files := map[string][]byte{name + "0": []byte("junk"), name + "1": certPEM(root.cert)}
	pool := NewPoolFrom(&HashedDirectory{ReadFile: func(name string) ([]byte, error) {
		if b, ok := files[name]; ok {
			return b, nil
		}
		return nil, fs.ErrNotExist
	}})
	if _, err := Verify(testLeaf(t, "example.org", KeyP256, root).cert, &VerifyOptions{Roots: pool, Time: testNow}); err != nil {
		t.Error(err)
	}
}

// TestHashedDirectoryCRLs finds the .r0 files that openssl rehash makes, and a list once parsed is the same object. S-202.
func TestHashedDirectoryCRLs(t *testing.T) {
	d := &directory{path: t.TempDir()}
	root := testCA(t, "Root", KeyP256, nil)
	crl := opensslCRL(t, root)
	writePEM(t, d.path, "r.pem", crl)
	openssl(t, "rehash", d.path)
	h := &HashedDirectory{ReadFile: d.read}
	first := h.IssuedBy(root.cert.Subject())
	if len(first) != 1 || len(h.IssuedBy(testCA(t, "Other", KeyP256, nil).cert.Subject())) != 0 {
		t.Fatalf("%d lists", len(first))
	}
	if again := h.IssuedBy(root.cert.Subject()); len(again) != 1 || again[0] != first[0] {
		t.Error("parsed twice")
	}
}

// opensslCRL has openssl make an empty CRL of the CA.
func opensslCRL(t testing.TB, ca *party) []byte {
	t.Helper()
	dir := t.TempDir()
	der, err := MarshalPKCS8(ca.key)
	if err != nil {
		t.Fatal(err)
	}
	key := writePEM(t, dir, "key.pem", MarshalPEM(nil, "PRIVATE KEY", der))
	cert := writePEM(t, dir, "cert.pem", certPEM(ca.cert))
	config := writePEM(t, dir, "ca.cnf", []byte("[ca]\ndefault_ca=d\n[d]\ndatabase="+dir+"/index\ndefault_md=sha256\ndefault_crl_days=30\n"))
	writePEM(t, dir, "index")
	out := filepath.Join(dir, "crl.pem")
	openssl(t, "ca", "-config", config, "-gencrl", "-keyfile", key, "-cert", cert, "-out", out)
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// trustedBlock has openssl write the certificate with trust settings.
func trustedBlock(t testing.TB, c *Certificate, args ...string) []byte {
	t.Helper()
	dir := t.TempDir()
	in, out := writePEM(t, dir, "in.pem", certPEM(c)), filepath.Join(dir, "out.pem")
	openssl(t, append([]string{"x509", "-in", in, "-out", out, "-trustout"}, args...)...)
	text, err := os.ReadFile(out)
	if err != nil || !bytes.Contains(text, []byte("BEGIN TRUSTED CERTIFICATE")) {
		t.Fatalf("%v\n%s", err, text)
	}
	return text
}

// TestTrustedCertificates: the settings of openssl's blocks decide as they do in openssl verify. S-200, S-203.
func TestTrustedCertificates(t *testing.T) {
	root := testCA(t, "Root", KeyP256, nil)
	leaf := testLeaf(t, "example.org", KeyP256, root)
	dir := t.TempDir()
	leafFile := writePEM(t, dir, "leaf.pem", certPEM(leaf.cert))
	for _, args := range [][]string{
		{}, {"-setalias", "my root"}, {"-addtrust", "serverAuth"}, {"-addtrust", "clientAuth"},
		{"-addtrust", "serverAuth", "-addtrust", "clientAuth"},
		{"-addtrust", "anyExtendedKeyUsage"}, {"-addreject", "serverAuth"}, {"-addreject", "clientAuth"},
		{"-addreject", "anyExtendedKeyUsage"},
		{"-addtrust", "serverAuth", "-addreject", "serverAuth"}, {"-addtrust", "emailProtection"},
		{"-addtrust", "serverAuth", "-addreject", "emailProtection", "-setalias", "\u00e4"},
	} {
		text := trustedBlock(t, root.cert, args...)
		pool := NewPool()
		if n, err := pool.AddPEM(text); n != 1 || err != nil {
			t.Errorf("%v: %d, %v", args, n, err)
		}
		caFile := writePEM(t, dir, "ca.pem", text)
		for purpose, name := range map[Purpose]string{ServerAuth: "sslserver", ClientAuth: "sslclient"} {
			_, err := Verify(leaf.cert, &VerifyOptions{Roots: pool, Time: testNow, Purpose: purpose})
			verdict := shell(t, "openssl verify -attime 1780000000 -no-CApath -purpose "+name+" -CAfile "+caFile+" "+leafFile+" 2>&1; true")
			if good := strings.HasSuffix(verdict, ": OK\n"); good != (err == nil) {
				t.Errorf("%v for %v: %v; openssl: %s", args, purpose, err, verdict)
			}
			if err != nil {
				wantCode(t, err, CertRejected, 1)
				if !strings.Contains(verdict, "error 28 at 1 depth") {
					t.Errorf("openssl: %s", verdict)
				}
			}
		}
	}
	list, err := ParseAnchorsPEM(trustedBlock(t, root.cert, "-setalias", "my root", "-addtrust", "serverAuth"))
	if err != nil || len(list) != 1 || list[0].Trust.Alias != "my root" || !list[0].Certificate.Equal(root.cert) ||
		len(list[0].Trust.Trusted) != 1 {
		t.Errorf("%+v, %v", list, err)
	}
	// A list of certificates to show has no settings, so that blocks with settings are not taken for it.
	if _, err := ParseCertificatesPEM(trustedBlock(t, root.cert)); !errors.Is(err, ErrNoCertificate) {
		t.Error(err)
	}
}

// TestRejectedLeafIsRefused: a leaf in the pool with settings against it is not trusted through its issuer either.
func TestRejectedLeafIsRefused(t *testing.T) {
	root := testCA(t, "Root", KeyP256, nil)
	leaf := testLeaf(t, "example.org", KeyP256, root)
	pool := poolOf(root)
	pool.AddAnchor(Anchor{leaf.cert, TrustSettings{Rejected: []OID{UsageServerAuth}}})
	_, err := Verify(leaf.cert, &VerifyOptions{Roots: pool, Time: testNow})
	wantCode(t, err, CertRejected, 0)
	if _, err := Verify(leaf.cert, &VerifyOptions{Roots: pool, Time: testNow, Purpose: ClientAuth}); err != nil {
		t.Error(err)
	}
}

// TestTrustSettingsRefused: what stands behind the certificate must be whole.
func TestTrustSettingsRefused(t *testing.T) {
	c := testCA(t, "Root", KeyP256, nil).cert.Raw()
	for _, tail := range [][]byte{{0}, {0x30, 1}, {0x30, 2, 0x30, 1}, {0x30, 2, 5, 0}, {0x30, 3, 0x0c, 1, 0xff}, {0x30, 0, 0},
		{0x30, 3, 0x30, 1, 6}} {
		if _, err := ParseAnchorsPEM(MarshalPEM(nil, trustedLabel, append(bytes.Clone(c), tail...))); err == nil {
			t.Errorf("%x: accepted", tail)
		}
	}
}
