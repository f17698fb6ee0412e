package engine

import (
	"testing"
	"time"

	"tlsengine/cipher"
	"tlsengine/fuzz/pki"
	"tlsengine/handshake"
	"tlsengine/x509lite"
)

// testTime is when all tests take place.
var testTime = pki.Time

// testPKI is a small PKI: one root and a credential of each kind of key for "example.test".
type testPKI struct {
	root              *x509lite.Certificate
	roots             *x509lite.Pool
	credentials       map[x509lite.KeyKind]*handshake.Credential
	expired, stranger *handshake.Credential
	delegator         *handshake.Credential // its certificate may delegate
	dsa               *handshake.Credential
}

// newTestPKI makes credentials of the PKI that all tests share, which is the same each time.
func newTestPKI(t testing.TB) *testPKI {
	t.Helper()
	shared := pki.New()
	p := &testPKI{root: shared.Root, roots: shared.Roots, credentials: map[x509lite.KeyKind]*handshake.Credential{}}
	credential := func(i pki.Identity, schemes ...cipher.SignatureScheme) *handshake.Credential {
		c, err := handshake.NewCredential(i.Chain, i.Key, schemes)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	for kind, identity := range shared.Identities {
		p.credentials[kind] = credential(identity)
	}
	for kind, identity := range shared.MLDSA {
		p.credentials[kind] = credential(identity)
	}
	p.delegator = credential(shared.Delegator)
	p.dsa = credential(shared.DSA, dsaSchemes...)
	p.expired, p.stranger = credential(shared.Expired), credential(shared.Stranger)
	return p
}

// dsaSchemes are used and accepted by those only who name them.
var dsaSchemes = []cipher.SignatureScheme{cipher.DSASHA256, cipher.DSASHA1}

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
