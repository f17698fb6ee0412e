package handshake

import (
	"bytes"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"tlsengine/cipher"
	"tlsengine/fuzz/pki"
	"tlsengine/record"
	"tlsengine/x509lite"
)

// someSession generates a session as a connection may leave it.
func someSession(t *rapid.T) *Session {
	var certificates []*x509lite.Certificate
	for _, kind := range pki.Kinds {
		certificates = append(certificates, pki.New().Identities[kind].Chain...)
	}
	s := &Session{
		role:       rapid.SampledFrom([]Role{ClientRole, ServerRole}).Draw(t, "role"),
		created:    time.UnixMilli(rapid.Int64Range(0, 1<<42).Draw(t, "created")),
		lifetime:   time.Duration(rapid.Int64Range(0, 1<<30).Draw(t, "lifetime")) * time.Millisecond,
		serverName: rapid.StringMatching(`[a-z.]{0,20}`).Draw(t, "server name"),
		protocol:   rapid.StringMatching(`[a-z0-9/]{0,10}`).Draw(t, "protocol"),
		group:      rapid.SampledFrom(append(cipher.Groups(), nil)).Draw(t, "group"),
		peerScheme: cipher.SignatureScheme(rapid.Uint16().Draw(t, "scheme")),
		peerChain:  rapid.SliceOfN(rapid.SampledFrom(certificates), 0, 3).Draw(t, "chain"),
		staple:     cloneOf(someBytes(t, "staple", 0, 20)),
		ticket:     cloneOf(someBytes(t, "ticket", 0, 300)),
	}
	s.authenticated = s.created.Add(-time.Duration(rapid.Int64Range(0, 1<<30).Draw(t, "age")) * time.Millisecond)
	copy(s.scope[:], someBytes(t, "scope", len(s.scope), len(s.scope)))
	if rapid.Bool().Draw(t, "verified") {
		s.notAfter = time.UnixMilli(rapid.Int64Range(0, 1<<42).Draw(t, "not after"))
	}
	if rapid.Bool().Draw(t, "showed a raw key") {
		s.ownType = CertificateRawPublicKey
	}
	if rapid.Bool().Draw(t, "has a raw key") {
		s.peerKey, s.peerChain = someBytes(t, "raw key", 1, 40), nil
	}
	if rapid.Bool().Draw(t, "has timestamps") {
		s.scts = someSCTs(t)
	}
	s.suite = rapid.SampledFrom(cipher.Suites()).Draw(t, "suite")
	if s.suite.Usable(cipher.VersionTLS13) {
		s.version, s.extended = cipher.VersionTLS13, true
		s.ageAdd, s.maxEarlyData = rapid.Uint32().Draw(t, "age_add"), rapid.Uint32().Draw(t, "early data")
		if rapid.Bool().Draw(t, "limits records") {
			s.recordLimit = uint16(rapid.IntRange(leastRecordSize, record.MaxPlaintext).Draw(t, "limit"))
		}
	} else {
		s.version, s.extended = cipher.VersionTLS12, rapid.Bool().Draw(t, "extended")
		s.id, s.compression = cloneOf(someBytes(t, "id", 0, maxSessionID)), rapid.Byte().Draw(t, "compression")
	}
	n := eraOf(s.version).secretSize(s.suite)
	s.secret = someBytes(t, "secret", n, n)
	return s
}

// sameSession compares sessions by all that they hold.
var sameSession = cmp.Options{
	cmpopts.EquateEmpty(),
	cmp.AllowUnexported(Session{}),
	cmp.Comparer(func(a, b *x509lite.Certificate) bool { return bytes.Equal(a.Raw(), b.Raw()) }),
	cmp.Comparer(func(a, b *cipher.Suite) bool { return a == b }),
	cmp.Comparer(func(a, b *cipher.Group) bool { return a == b }),
}

// TestSessionsSurviveTheirForm: what was written is read again, and written again as it was.
func TestSessionsSurviveTheirForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := someSession(t)
		form, err := s.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		got, err := ParseSession(form, nil)
		if err != nil {
			t.Fatalf("%v: %x", err, form)
		}
		if diff := cmp.Diff(s, got, sameSession); diff != "" {
			t.Fatal(diff)
		}
		again, err := got.Marshal()
		if err != nil || !bytes.Equal(form, again) {
			t.Fatalf("written again (%v):\n%x, was\n%x", err, again, form)
		}
	})
}

// TestCutSessionsAreRefused cuts a form at every length, and adds to it.
func TestCutSessionsAreRefused(t *testing.T) {
	for name, s := range goldenSessions() {
		form, err := s.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		for n := range form {
			if _, err := ParseSession(form[:n], nil); err == nil {
				t.Errorf("%s: the first %d of %d bytes are taken", name, n, len(form))
			}
		}
		if _, err := ParseSession(append(form, 0), nil); err == nil {
			t.Errorf("%s: a byte more is taken", name)
		}
	}
}

// TestSessionsThatCannotBeAreRefused changes one thing each in a session and expects that its form is not taken.
func TestSessionsThatCannotBeAreRefused(t *testing.T) {
	leaf := pki.New().Identities[x509lite.KeyP256].Chain[0]
	for name, change := range map[string]func(s *Session){
		"a secret too short":           func(s *Session) { s.secret = s.secret[1:] },
		"a suite of another version":   func(s *Session) { s.suite = cipher.SuiteByID(cipher.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256) },
		"a version that never was":     func(s *Session) { s.version = 0x0305 },
		"records that are too short":   func(s *Session) { s.recordLimit = leastRecordSize - 1 },
		"a limit that limits nothing":  func(s *Session) { s.recordLimit = noRecordLimit },
		"an id in TLS 1.3":             func(s *Session) { s.id = []byte{1} },
		"compression in TLS 1.3":       func(s *Session) { s.compression = 1 },
		"an unbound secret in TLS 1.3": func(s *Session) { s.extended = false },
		"a role that there isn't":      func(s *Session) { s.role = 2 },
		"a negative lifetime":          func(s *Session) { s.lifetime = -time.Second },
		"no time":                      func(s *Session) { s.created = time.Time{} },
		"a group that there isn't":     func(s *Session) { s.group = &cipher.Group{ID: 0xfefe} },
	} {
		s := *goldenSessions()["tls13-client"]
		if change(&s); cmp.Equal(&s, goldenSessions()["tls13-client"], sameSession) {
			t.Fatalf("%s: nothing changed", name)
		}
		form, err := s.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := ParseSession(form, nil); err == nil {
			t.Errorf("%s: taken as %v", name, got)
		}
	}
	s := *goldenSessions()["tls12-server"]
	s.peerChain = nil
	for range 300 {
		s.peerChain = append(s.peerChain, leaf)
	}
	form, err := s.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ParseSession(form, nil); err == nil {
		t.Error("a chain of 300 is taken")
	}
	if _, err := ParseSession(make([]byte, MaxSessionSize+1), nil); err == nil {
		t.Error("a megabyte and more is taken")
	}
}

// goldenSessions are those whose forms are kept in testdata/session.txt.
func goldenSessions() map[string]*Session {
	p := pki.New()
	chain := p.Identities[x509lite.KeyP256].Chain
	client := &Session{
		role: ClientRole, version: cipher.VersionTLS13, suite: cipher.SuiteByID(cipher.TLS_AES_128_GCM_SHA256), extended: true,
		secret: bytes.Repeat([]byte{7}, 32), created: pki.Time, lifetime: 2 * time.Hour,
		authenticated: pki.Time.Add(-time.Hour), scope: [32]byte{1, 2, 3},
		serverName: pki.Host, protocol: "h2", group: cipher.GroupByID(cipher.X25519), peerScheme: cipher.ECDSAP256SHA256,
		peerChain: append(slices.Clone(chain), p.Root), notAfter: pki.Time.AddDate(1, 0, 0),
		staple: []byte("staple"), scts: []byte("\x00\x05\x00\x03one"),
		ticket: []byte("ticket"), ageAdd: 0x01020304, maxEarlyData: 16384,
	}
	server := &Session{
		role: ServerRole, version: cipher.VersionTLS12, suite: cipher.SuiteByID(cipher.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384),
		secret: bytes.Repeat([]byte{9}, 48), created: pki.Time, lifetime: 5 * time.Minute,
		authenticated: pki.Time, id: []byte("an id"),
		peerChain: chain,
	}
	return map[string]*Session{"tls13-client": client, "tls12-server": server}
}

var updateSession = flag.Bool("update-session", false, "write testdata/session.txt anew")

// TestSessionFormIsGolden: sessions that were written once can be read for as long as the format's number stays.
func TestSessionFormIsGolden(t *testing.T) {
	const file = "testdata/session.txt"
	if *updateSession {
		var b strings.Builder
		for _, name := range []string{"tls12-server", "tls13-client"} {
			form, err := goldenSessions()[name].Marshal()
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&b, "%s %x\n", name, form)
		}
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	golden := goldenSessions()
	for line := range strings.Lines(string(text)) {
		name, digits, _ := strings.Cut(strings.TrimSpace(line), " ")
		form, err := hex.DecodeString(digits)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ParseSession(form, nil)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(golden[name], got, sameSession); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if again, err := golden[name].Marshal(); err != nil || !bytes.Equal(again, form) {
			t.Errorf("%s is now written as %x (%v)", name, again, err)
		}
		delete(golden, name)
	}
	if len(golden) > 0 {
		t.Errorf("%s lacks %v", file, golden)
	}
}

// FuzzParseSession: whatever is taken is what Marshal writes.
func FuzzParseSession(f *testing.F) {
	for _, s := range goldenSessions() {
		form, err := s.Marshal()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(form)
	}
	f.Fuzz(func(t *testing.T, form []byte) {
		s, err := ParseSession(form, nil)
		if err != nil {
			return
		}
		if again, err := s.Marshal(); err != nil || !bytes.Equal(again, form) {
			t.Fatalf("taken: %x\nwritten: %x (%v)", form, again, err)
		}
	})
}
