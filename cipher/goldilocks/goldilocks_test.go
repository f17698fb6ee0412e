package goldilocks

import (
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tlsengine/cipher"
	"tlsengine/fuzz/peers"
	"tlsengine/x509lite"
)

type vectors struct {
	NumberOfTests int
	TestGroups    []struct {
		PublicKey struct{ Pk string }
		Tests     []struct {
			TcID                    int
			Flags                   []string
			Result                  string
			Public, Private, Shared string
			Msg, Sig                string
		}
	}
}

func wycheproof(t *testing.T, name string) *vectors {
	t.Helper()
	f, err := os.Open("testdata/" + name + "_test.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	v := &vectors{}
	if err := json.NewDecoder(z).Decode(v); err != nil || v.NumberOfTests == 0 {
		t.Fatal(v.NumberOfTests, err)
	}
	return v
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestWycheproofX448: every secret is right; an all-zero one is refused (RFC 8446, Section 7.4.2), and so is another length.
func TestWycheproofX448(t *testing.T) {
	g := cipher.GroupByID(cipher.X448)
	zero, others := 0, 0
	for _, group := range wycheproof(t, "x448").TestGroups {
		for _, v := range group.Tests {
			e, err := g.Generate(unhex(t, v.Private))
			if err != nil {
				t.Fatal(err)
			}
			want := unhex(t, v.Shared)
			got, err := e.Agree(unhex(t, v.Public))
			refused := v.Result == "invalid" || bytes.Equal(want, make([]byte, 56))
			if refused {
				zero++
			} else {
				others++
			}
			if refused != errors.Is(err, cipher.ErrBadShare) || !refused && !bytes.Equal(got, want) {
				t.Errorf("test %d (%s, %v): %x (%v), want %x", v.TcID, v.Result, v.Flags, got, err, want)
			}
		}
	}
	if zero < 12 || others < 253 {
		t.Errorf("%d refused, %d agreed", zero, others)
	}
}

func TestWycheproofEd448(t *testing.T) {
	for _, group := range wycheproof(t, "ed448").TestGroups {
		k, err := cipher.NewEd448PublicKey(unhex(t, group.PublicKey.Pk))
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range group.Tests {
			err := cipher.Ed448.Verify(k, unhex(t, v.Msg), unhex(t, v.Sig))
			if (err == nil) != (v.Result == "valid") || err != nil && err != cipher.ErrBadSignature {
				t.Errorf("test %d (%s, %v): %v", v.TcID, v.Result, v.Flags, err)
			}
		}
	}
}

// TestRowsAreThere: the group behind the curves, the scheme among those that nothing speaks against.
func TestRowsAreThere(t *testing.T) {
	g := cipher.GroupByName("X448")
	if g == nil || g.ID != cipher.X448 || !g.Usable(cipher.VersionTLS12) || g.FiniteField || cipher.X448.String() != "x448" {
		t.Fatalf("%+v", g)
	}
	s := cipher.SchemeByName("ed448")
	if s == nil || s.ID != cipher.Ed448 || s.Weak != "" || !s.Usable(cipher.VersionTLS13) || !s.Usable(cipher.VersionTLS12) || s.Usable(cipher.VersionTLS11) {
		t.Fatalf("%+v", s)
	}
	if !cipher.AuthECDSA.Accepts(cipher.KeyEd448) {
		t.Error("RFC 8422, Section 5.10: Ed448 keys serve ECDSA suites")
	}
	for what, again := range map[string]func(){"X448": func() { cipher.RegisterX448(curve{}) }, "Ed448": func() { cipher.RegisterEd448(edwards{}) }} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s was registered twice", what)
				}
			}()
			again()
		}()
	}
}

// TestX448BothSidesAgree: and the seeds decide everything; a clone outlives Clear.
func TestX448BothSidesAgree(t *testing.T) {
	g := cipher.GroupByID(cipher.X448)
	for _, seed := range [][]byte{nil, bytes.Repeat([]byte{3}, g.SeedSize())} {
		e, err := g.Generate(seed)
		if err != nil {
			t.Fatal(err)
		}
		share, secret, err := g.Respond(e.Share(), seed)
		if err != nil || len(share) != g.AnswerSize || len(secret) != g.SecretSize {
			t.Fatal(len(share), len(secret), err)
		}
		c := e.Clone()
		e.Clear()
		if got, err := c.Agree(share); err != nil || !bytes.Equal(got, secret) {
			t.Errorf("%x (%v), want %x", got, err, secret)
		}
		if seed != nil && !bytes.Equal(share, c.Share()) {
			t.Error("one seed, two shares")
		}
		for _, bad := range [][]byte{nil, share[1:], append(bytes.Clone(share), 0), make([]byte, 56)} {
			if _, _, err := g.Respond(bad, seed); !errors.Is(err, cipher.ErrBadShare) {
				t.Errorf("%x: %v", bad, err)
			}
		}
	}
}

func TestEd448SignsAndNothingElseVerifies(t *testing.T) {
	k, err := cipher.NewEd448PrivateKey(bytes.Repeat([]byte{5}, cipher.Ed448KeySize))
	if err != nil {
		t.Fatal(err)
	}
	sig, err := k.Sign(cipher.Ed448, []byte("m"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := cipher.Ed448.Verify(k.Public(), []byte("m"), sig); err != nil {
		t.Error(err)
	}
	bad := bytes.Clone(sig)
	bad[100] ^= 1
	for _, s := range [][]byte{bad, sig[1:], append(bytes.Clone(sig), 0), nil} {
		if err := cipher.Ed448.Verify(k.Public(), []byte("m"), s); err != cipher.ErrBadSignature {
			t.Errorf("%x: %v", s, err)
		}
	}
	if _, err := k.Sign(cipher.Ed25519, []byte("m"), nil); !errors.Is(err, cipher.ErrWrongKey) {
		t.Error(err)
	}
	if _, err := k.Sign(cipher.Ed448, []byte("m"), make([]byte, 3)); err == nil {
		t.Error("a short seed")
	}
	for _, n := range []int{0, 56, 58} {
		if _, err := cipher.NewEd448PrivateKey(make([]byte, n)); !errors.Is(err, cipher.ErrBadKey) {
			t.Errorf("a seed of %d bytes: %v", n, err)
		}
	}
	if got := fmt.Sprintf("%v %+v %#v %x", k, k, k, k); strings.Contains(got, "05 05") || strings.Contains(got, "0505") {
		t.Error("the key prints:", got)
	}
}

// openssl runs the program in a folder of its own and returns what it wrote.
func openssl(t *testing.T, folder string, args ...string) []byte {
	t.Helper()
	return peers.Output(t, folder, "openssl", args...)
}

// TestOpenSSLAgrees: on X448's secret, and on Ed448's signatures in both directions. Keys in DER end in their bytes (RFC 8410).
func TestOpenSSLAgrees(t *testing.T) {
	folder := t.TempDir()
	write := func(name string, b []byte) {
		if err := os.WriteFile(filepath.Join(folder, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	openssl(t, folder, "genpkey", "-algorithm", "X448", "-out", "x.pem")
	spki := openssl(t, folder, "pkey", "-in", "x.pem", "-pubout", "-outform", "DER")
	share, secret, err := cipher.GroupByID(cipher.X448).Respond(spki[len(spki)-56:], nil)
	if err != nil {
		t.Fatal(err)
	}
	write("peer.der", append(spki[:len(spki)-56:len(spki)-56], share...))
	if want := openssl(t, folder, "pkeyutl", "-derive", "-inkey", "x.pem", "-peerkey", "peer.der", "-peerform", "DER"); !bytes.Equal(secret, want) {
		t.Errorf("%x, want %x", secret, want)
	}
	openssl(t, folder, "genpkey", "-algorithm", "ED448", "-out", "ed.pem")
	pkcs8 := openssl(t, folder, "pkey", "-in", "ed.pem", "-outform", "DER")
	k, err := cipher.NewEd448PrivateKey(pkcs8[len(pkcs8)-57:])
	if err != nil {
		t.Fatal(err)
	}
	write("m", []byte("a message"))
	theirs := openssl(t, folder, "pkeyutl", "-sign", "-rawin", "-inkey", "ed.pem", "-in", "m")
	ours, err := k.Sign(cipher.Ed448, []byte("a message"), nil)
	if err != nil || !bytes.Equal(ours, theirs) {
		t.Errorf("%x (%v), want %x", ours, err, theirs)
	}
}

// TestCertificateOfOpenSSL: x509lite reads the key from its file and from the certificate, and verifies the certificate's
// signature.
func TestCertificateOfOpenSSL(t *testing.T) {
	folder := t.TempDir()
	openssl(t, folder, "genpkey", "-algorithm", "ED448", "-out", "ed.pem")
	certs, err := x509lite.ParseCertificatesPEM(openssl(t, folder, "req", "-x509", "-new", "-key", "ed.pem", "-subj", "/CN=ed448"))
	if err != nil {
		t.Fatal(err)
	}
	file := openssl(t, folder, "pkey", "-in", "ed.pem", "-outform", "DER")
	k, err := x509lite.ParsePrivateKey(file)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := x509lite.MarshalPKCS8(k); err != nil || !bytes.Equal(again, file) {
		t.Errorf("the private key is written as %x, not %x: %v", again, file, err)
	}
	if err := certs[0].CheckKey(k); err != nil {
		t.Error(err)
	}
	spki, err := x509lite.MarshalPublicKey(k.Public())
	if err != nil || !bytes.Equal(spki, openssl(t, folder, "pkey", "-in", "ed.pem", "-pubout", "-outform", "DER")) {
		t.Errorf("%x, %v", spki, err)
	}
	if a := x509lite.DefaultAlgorithm(k.Public()); a.Kind != cipher.EdDSA448 {
		t.Error(a)
	}
}

// TestTextOfEd448Certificate: every line as openssl prints it.
func TestTextOfEd448Certificate(t *testing.T) {
	folder := t.TempDir()
	openssl(t, folder, "genpkey", "-algorithm", "ED448", "-out", "ed.pem")
	text := openssl(t, folder, "req", "-x509", "-new", "-key", "ed.pem", "-subj", "/CN=ed448", "-text")
	certs, err := x509lite.ParseCertificatesPEM(text)
	if err != nil {
		t.Fatal(err)
	}
	if want, _, _ := strings.Cut(string(text), "-----BEGIN"); certs[0].Text() != want {
		t.Errorf("%s\nopenssl:\n%s", certs[0].Text(), want)
	}
}
