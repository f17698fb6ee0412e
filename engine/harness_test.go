package engine

import (
	"net/netip"
	"testing"
	"time"

	"tlsengine/cipher"
	"tlsengine/handshake"
	"tlsengine/x509lite"
)

// testTime is when all tests take place.
var testTime = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// testPKI is a small PKI: one root and a credential of each kind of key for "example.test".
type testPKI struct {
	root        *x509lite.Certificate
	roots       *x509lite.Pool
	credentials map[x509lite.KeyKind]*handshake.Credential
}

// newTestPKI makes a PKI from fixed seeds.
func newTestPKI(t testing.TB) *testPKI {
	t.Helper()
	p := &testPKI{roots: x509lite.NewPool(), credentials: map[x509lite.KeyKind]*handshake.Credential{}}
	rootKey := testKey(t, x509lite.KeyP256, 1)
	template := &x509lite.Template{
		Subject: x509lite.NewName("test root", "tlsengine"), IsCA: true,
		NotBefore: testTime.AddDate(-1, 0, 0), NotAfter: testTime.AddDate(5, 0, 0),
	}
	p.root = sign(t, template, nil, rootKey, rootKey)
	p.roots.Add(p.root)
	for i, kind := range []x509lite.KeyKind{x509lite.KeyP256, x509lite.KeyP384, x509lite.KeyP521, x509lite.KeyEd25519, x509lite.KeyRSA2048} {
		key := testKey(t, kind, byte(10+i))
		leaf := sign(t, &x509lite.Template{
			Subject: x509lite.NewName("example.test", ""), DNSNames: []string{"example.test"}, IPs: []netip.Addr{netip.MustParseAddr("127.0.0.1")},
			NotBefore: testTime.AddDate(0, -1, 0), NotAfter: testTime.AddDate(0, 2, 0),
		}, p.root, key, rootKey)
		c, err := handshake.NewCredential([]*x509lite.Certificate{leaf}, key, nil)
		if err != nil {
			t.Fatal(err)
		}
		p.credentials[kind] = c
	}
	return p
}

func testKey(t testing.TB, kind x509lite.KeyKind, seed byte) cipher.PrivateKey {
	t.Helper()
	s := make([]byte, 64)
	for i := range s {
		s[i] = seed
	}
	if kind == x509lite.KeyRSA2048 {
		s = nil
	}
	k, err := x509lite.GenerateKey(kind, s)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func sign(t testing.TB, template *x509lite.Template, issuer *x509lite.Certificate, key, issuerKey cipher.PrivateKey) *x509lite.Certificate {
	t.Helper()
	der, err := template.Sign(issuer, key.Public(), issuerKey, nil)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509lite.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// clientConfig and serverConfig are the configurations that tests start from.
func (p *testPKI) clientConfig() *Config {
	return &Config{Roots: p.roots, Time: func() time.Time { return testTime }}
}

func (p *testPKI) serverConfig() *Config {
	return &Config{
		Roots: p.roots, Time: func() time.Time { return testTime },
		Credentials: []*handshake.Credential{p.credentials[x509lite.KeyP256], p.credentials[x509lite.KeyRSA2048]},
	}
}

// pair returns the two ends of a connection that has not begun.
func pair(t testing.TB, client, server *Config) (c, s *Conn) {
	t.Helper()
	return newClient(t, client, Options{ServerName: "example.test"}), newServer(t, server, Options{})
}

func newClient(t testing.TB, config *Config, o Options) *Conn {
	t.Helper()
	p, err := config.Freeze()
	if err != nil {
		t.Fatal(err)
	}
	c, err := Client(p, o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func newServer(t testing.TB, config *Config, o Options) *Conn {
	t.Helper()
	p, err := config.Freeze()
	if err != nil {
		t.Fatal(err)
	}
	s, err := Server(p, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// move feeds to's input with what from has to send, and tells whether there was any.
func move(from, to *Conn) bool {
	out := from.Outgoing()
	if len(out) == 0 {
		return false
	}
	n, _ := to.Feed(out)
	from.Sent(n)
	return n > 0
}

// settle moves bytes between the ends until neither has anything to send.
func settle(a, b *Conn) {
	for move(a, b) || move(b, a) {
	}
}

// connect runs the handshake and fails the test if it does not succeed.
func connect(t testing.TB, c, s *Conn) {
	t.Helper()
	settle(c, s)
	if c.Err() != nil || s.Err() != nil {
		t.Fatalf("handshake: client: %v; server: %v", c.Err(), s.Err())
	}
	if !c.Status().Has(HandshakeDone) || !s.Status().Has(HandshakeDone) {
		t.Fatalf("handshake hangs: client %v, server %v", c.Status(), s.Status())
	}
}
