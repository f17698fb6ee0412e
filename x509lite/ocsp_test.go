package x509lite

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/cryptobyte/asn1"
)

// ocspWorld is a CA with a leaf, a delegated responder and others, at the present time, for openssl's responses are of now.
type ocspWorld struct {
	t                      *testing.T
	dir                    string
	now                    time.Time
	root, leaf, other      *party
	delegate, anyone, late *party
	foreign                *party
}

func newOCSPWorld(t *testing.T) *ocspWorld {
	now := time.Now().Truncate(time.Second)
	w := &ocspWorld{t: t, dir: t.TempDir(), now: now}
	at := func(p Template) *Template {
		if p.NotBefore.IsZero() {
			p.NotBefore, p.NotAfter = now.Add(-time.Hour), now.Add(1000*time.Hour)
		}
		return &p
	}
	ca := func(name string) *party {
		return issue(t, name, KeyP256, at(Template{Subject: NewName(name, "Test"), IsCA: true}), nil)
	}
	w.root = ca("OCSP Root")
	w.leaf = issue(t, "leaf", KeyP256, at(Template{Subject: NewName("leaf", ""), DNSNames: []string{"example.org"},
		Extra: []Extension{{ID: oidTLSFeature, Value: []byte{0x30, 3, 2, 1, 5}}}}), w.root)
	w.other = issue(t, "other", KeyP256, at(Template{Subject: NewName("other", ""), DNSNames: []string{"example.org"}}), w.root)
	responder := Template{Subject: NewName("Responder", ""), ExtKeyUsage: []OID{UsageOCSPSigning},
		Extra: []Extension{{ID: oidOCSPNoCheck, Value: []byte(derNull)}}}
	w.delegate = issue(t, "delegate", KeyP256, at(responder), w.root)
	w.anyone = issue(t, "anyone", KeyP256, at(Template{Subject: NewName("Anyone", ""), ExtKeyUsage: []OID{UsageAny}}), w.root)
	w.foreign = issue(t, "foreign", KeyP256, at(responder), ca("Foreign Root"))
	responder.NotBefore, responder.NotAfter = now.Add(-2*time.Hour), now.Add(-time.Hour)
	w.late = issue(t, "late", KeyP256, at(responder), w.root)
	return w
}

// files writes a certificate and its key.
func (w *ocspWorld) files(name string, p *party) (cert, key string) {
	w.t.Helper()
	der, err := MarshalPKCS8(p.key)
	if err != nil {
		w.t.Fatal(err)
	}
	return writePEM(w.t, w.dir, name+".pem", certPEM(p.cert)), writePEM(w.t, w.dir, name+".key", MarshalPEM(nil, "PRIVATE KEY", der))
}

// respond has openssl answer about a certificate from an index with one line for the leaf.
func (w *ocspWorld) respond(status string, about, signer *party, args ...string) []byte {
	w.t.Helper()
	ca, _ := w.files("ca", w.root)
	cert, _ := w.files("about", about)
	by, key := w.files("signer", signer)
	const stamp = "060102150405Z"
	revoked := ""
	if strings.HasPrefix(status, "R") {
		revoked = w.now.Add(-time.Minute).UTC().Format(stamp) + status[1:]
	}
	line := fmt.Sprintf("%s\t%s\t%s\t%X\tunknown\t/CN=leaf\n", status[:1], w.leaf.cert.NotAfter().Format(stamp), revoked,
		w.leaf.cert.SerialNumber())
	index := writePEM(w.t, w.dir, "index", []byte(line))
	request, out := filepath.Join(w.dir, "req.der"), filepath.Join(w.dir, "resp.der")
	hash := []string{"-sha1"}
	for i := 0; i < len(args); i++ {
		if strings.HasPrefix(args[i], "-sha") {
			hash, args = []string{args[i]}, append(args[:i:i], args[i+1:]...)
		}
	}
	openssl(w.t, append(append([]string{"ocsp", "-no_nonce"}, hash...), "-issuer", ca, "-cert", cert, "-reqout", request)...)
	openssl(w.t, append([]string{"ocsp", "-index", index, "-CA", ca, "-rsigner", by, "-rkey", key, "-reqin", request, "-respout",
		out}, args...)...)
	der, err := os.ReadFile(out)
	if err != nil {
		w.t.Fatal(err)
	}
	return der
}

// TestStaplesOfOpenSSL judges what `openssl ocsp` answers: signed by the CA or a responder that it certified, all statuses, both
// ways to name the responder and the certificate, and all that must be refused.
func TestStaplesOfOpenSSL(t *testing.T) {
	w := newOCSPWorld(t)
	for _, c := range []struct {
		name   string
		status string
		about  *party
		signer *party
		args   []string
		at     time.Duration
		code   Code
	}{
		{"good", "V", w.leaf, w.root, nil, 0, OK},
		{"good, by key", "V", w.leaf, w.root, []string{"-resp_key_id"}, 0, OK},
		{"good, SHA-256 names it", "V", w.leaf, w.root, []string{"-sha256"}, 0, OK},
		{"good, signed with SHA-512", "V", w.leaf, w.root, []string{"-rmd", "sha512", "-ndays", "7"}, 0, OK},
		{"good, delegated", "V", w.leaf, w.delegate, []string{"-ndays", "7"}, 0, OK},
		{"good, delegated, by key", "V", w.leaf, w.delegate, []string{"-resp_key_id", "-ndays", "7"}, 0, OK},
		{"revoked", "R,keyCompromise", w.leaf, w.root, nil, 0, CertRevoked},
		{"revoked without reason", "R", w.leaf, w.delegate, nil, 0, CertRevoked},
		{"unknown", "V", w.other, w.root, nil, 0, OCSPCertUnknown},
		{"delegated, certificate left out", "V", w.leaf, w.delegate, []string{"-resp_no_certs"}, 0, OCSPVerifyFailed},
		{"no responder", "V", w.leaf, w.anyone, nil, 0, OCSPVerifyFailed},
		{"responder of another CA", "V", w.leaf, w.foreign, nil, 0, OCSPVerifyFailed},
		{"responder expired", "V", w.leaf, w.late, nil, 0, OCSPVerifyFailed},
		{"signed with SHA-1", "V", w.leaf, w.root, []string{"-rmd", "sha1"}, 0, OCSPVerifyFailed},
		{"not yet", "V", w.leaf, w.root, nil, -time.Hour, OCSPVerifyFailed},
		{"no more", "V", w.leaf, w.root, []string{"-ndays", "1"}, 25 * time.Hour, OCSPVerifyFailed},
		{"still", "V", w.leaf, w.root, []string{"-ndays", "1"}, 23 * time.Hour, OK},
		{"old, no next update", "V", w.leaf, w.root, nil, 8 * 24 * time.Hour, OCSPVerifyFailed},
		{"not so old", "V", w.leaf, w.root, nil, 6 * 24 * time.Hour, OK},
	} {
		der := w.respond(c.status, c.about, c.signer, c.args...)
		err := CheckStaple(c.about.cert, w.root.cert, der, &OCSPOptions{Time: w.now.Add(c.at)})
		if c.code != OK {
			var v *VerifyError
			if !errors.As(err, &v) || v.Code != c.code {
				t.Errorf("%s: %v, want code %d", c.name, err, c.code)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestStapleForAnother: an answer is for one certificate of one issuer.
func TestStapleForAnother(t *testing.T) {
	w := newOCSPWorld(t)
	der := w.respond("V", w.leaf, w.root)
	o := &OCSPOptions{Time: w.now}
	for _, c := range []struct{ leaf, issuer *party }{{w.other, w.root}, {w.leaf, w.foreign}} {
		var v *VerifyError
		if err := CheckStaple(c.leaf.cert, c.issuer.cert, der, o); !errors.As(err, &v) || v.Code != OCSPCertUnknown ||
			!errors.Is(err, ErrOCSPNoAnswer) {
			t.Error(err)
		}
	}
	r, err := ParseOCSPResponse(der)
	if err != nil {
		t.Fatal(err)
	}
	a, err := r.Check(w.leaf.cert, w.root.cert, o)
	if err != nil || a.Status != StatusGood || a.ThisUpdate.Sub(w.now).Abs() > time.Minute || !a.NextUpdate.IsZero() {
		t.Errorf("%+v, %v", a, err)
	}
	if name, key := r.Responder(); !name.Equal(w.root.cert.Subject()) || key != nil {
		t.Errorf("responder %v %x", name, key)
	}
}

// TestRevokedStapleTellsWhen: date and reason come through.
func TestRevokedStapleTellsWhen(t *testing.T) {
	w := newOCSPWorld(t)
	r, err := ParseOCSPResponse(w.respond("R,superseded", w.leaf, w.delegate))
	if err != nil {
		t.Fatal(err)
	}
	a, err := r.Check(w.leaf.cert, w.root.cert, &OCSPOptions{Time: w.now})
	if err != nil || a.Status != StatusRevoked || a.Reason != Superseded || !a.RevokedAt.Equal(w.now.Add(-time.Minute)) {
		t.Errorf("%+v, %v", a, err)
	}
	err = CheckStaple(w.leaf.cert, w.root.cert, r.Raw(), &OCSPOptions{Time: w.now})
	if err == nil || !strings.Contains(err.Error(), "superseded") || strings.Contains(err.Error(), "\n") {
		t.Error(err)
	}
}

// TestMustStaple: a certificate that asks for a response is refused without one, others aren't.
func TestMustStaple(t *testing.T) {
	w := newOCSPWorld(t)
	o := &OCSPOptions{Time: w.now}
	if !w.leaf.cert.MustStaple() || w.other.cert.MustStaple() {
		t.Error("MustStaple")
	}
	var v *VerifyError
	if err := CheckStaple(w.leaf.cert, w.root.cert, nil, o); !errors.As(err, &v) || v.Code != OCSPVerifyNeeded {
		t.Error(err)
	}
	if err := CheckStaple(w.other.cert, w.root.cert, nil, o); err != nil {
		t.Error(err)
	}
}

// TestStapleChangedAnywhere: no byte of a response can be changed, cut or added without notice.
func TestStapleChangedAnywhere(t *testing.T) {
	w := newOCSPWorld(t)
	der := w.respond("V", w.leaf, w.root, "-resp_no_certs")
	o := &OCSPOptions{Time: w.now}
	for i := range der {
		changed := append([]byte(nil), der...)
		changed[i] ^= 1
		if CheckStaple(w.leaf.cert, w.root.cert, changed, o) == nil {
			t.Errorf("byte %d changed: good", i)
		}
		if CheckStaple(w.leaf.cert, w.root.cert, der[:max(i, 1)], o) == nil {
			t.Errorf("cut at %d: good", i)
		}
	}
	if CheckStaple(w.leaf.cert, w.root.cert, append(der, 0), o) == nil {
		t.Error("a byte behind: good")
	}
}

// TestOCSPWithoutAnswer: the statuses of responders that don't answer.
func TestOCSPWithoutAnswer(t *testing.T) {
	w := newOCSPWorld(t)
	for n := range 8 {
		r, err := ParseOCSPResponse([]byte{0x30, 3, 0x0a, 1, byte(n)})
		if known := n != 0 && n != 4 && n < 7; (err == nil) != known {
			t.Errorf("status %d: %v", n, err)
		}
		if err == nil {
			if _, err := r.Check(w.leaf.cert, w.root.cert, &OCSPOptions{Time: w.now}); !errors.Is(err, ErrOCSPNoAnswer) ||
				!strings.Contains(err.Error(), r.Status().String()) {
				t.Error(err)
			}
		}
	}
}

// FuzzOCSP: no panic, and nothing is good that isn't signed.
func FuzzOCSP(f *testing.F) {
	root := testCA(f, "Root", KeyP256, nil)
	leaf := testLeaf(f, "example.org", KeyP256, root)
	f.Add(responseOf(root, leaf))
	f.Add([]byte{0x30, 3, 0x0a, 1, 3})
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := ParseOCSPResponse(b)
		if err != nil {
			return
		}
		_ = r.Status().String()
		for a := range r.Answers() {
			_ = a.Status.String() + a.Reason.String()
		}
		var store OCSPStore
		store.Add(r)
		_, err = Verify(leaf.cert, &VerifyOptions{Roots: poolOf(root), Time: testNow, Revocation: RevocationChain, OCSP: &store})
		if err == nil {
			t.Fatal("good, though nobody signed")
		}
		if a, err := r.Check(leaf.cert, root.cert, &OCSPOptions{Time: testNow}); err == nil {
			t.Fatalf("%+v", a)
		}
	})
}

// responseOf makes a response with a signature that is none.
func responseOf(root, leaf *party) []byte {
	b := newBuilder()
	b.AddASN1(asn1.SEQUENCE, func(b *builder) {
		b.AddASN1Enum(0)
		b.AddASN1(tagContextConstructed(0), func(b *builder) {
			b.AddASN1(asn1.SEQUENCE, func(b *builder) {
				addOID(b, oidOCSPBasic)
				b.AddASN1(asn1.OCTET_STRING, func(b *builder) {
					b.AddASN1(asn1.SEQUENCE, func(b *builder) {
						b.AddASN1(asn1.SEQUENCE, func(b *builder) { addResponseData(b, root, leaf) })
						addAlgorithm(b, signatureRows[0].id, "")
						b.AddASN1BitString(make([]byte, 70))
					})
				})
			})
		})
	})
	return b.BytesOrPanic()
}

func addResponseData(b *builder, root, leaf *party) {
	b.AddASN1(tagContextConstructed(1), func(b *builder) { b.AddBytes(root.cert.RawSubject()) })
	b.AddASN1GeneralizedTime(testNow)
	b.AddASN1(asn1.SEQUENCE, func(b *builder) {
		b.AddASN1(asn1.SEQUENCE, func(b *builder) {
			b.AddASN1(asn1.SEQUENCE, func(b *builder) {
				addAlgorithm(b, oidSHA256, derNull)
				b.AddASN1OctetString(digest(hashByOID(oidSHA256), leaf.cert.RawIssuer()))
				b.AddASN1OctetString(digest(hashByOID(oidSHA256), root.cert.keyBits()))
				b.AddASN1BigInt(leaf.cert.SerialNumber())
			})
			b.AddASN1(tagContext(0), func(*builder) {})
			b.AddASN1GeneralizedTime(testNow)
		})
	})
}
