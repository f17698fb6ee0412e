package bench

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"testing"
	"time"

	"tlsengine/cipher"
	"tlsengine/engine"
	"tlsengine/handshake"
	"tlsengine/x509lite"
)

// now is when all benchmarks take place.
var now = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

func clock() time.Time { return now }

const serverName = "bench.test"

// chain is a root, an intermediate and a leaf, in the forms that both stacks want.
type chain struct {
	roots      *x509lite.Pool
	stdRoots   *x509.CertPool
	credential *handshake.Credential
	key        cipher.PrivateKey // of the leaf
	std        tls.Certificate
}

// newChain makes a chain whose keys are all of one kind.
func newChain(b testing.TB, kind x509lite.KeyKind) *chain {
	rootKey, middleKey, leafKey := newKey(b, kind), newKey(b, kind), newKey(b, kind)
	root := issue(b, authority("root"), nil, rootKey, rootKey)
	middle := issue(b, authority("intermediate"), root, middleKey, rootKey)
	leaf := issue(b, &x509lite.Template{
		Subject: x509lite.NewName(serverName, ""), DNSNames: []string{serverName},
		NotBefore: now.AddDate(0, -1, 0), NotAfter: now.AddDate(0, 2, 0),
	}, middle, leafKey, middleKey)

	c := &chain{roots: x509lite.NewPool(), stdRoots: x509.NewCertPool(), key: leafKey}
	c.roots.Add(root)
	stdRoot, err := x509.ParseCertificate(root.Raw())
	if err != nil {
		b.Fatal(err)
	}
	c.stdRoots.AddCert(stdRoot)
	c.credential, err = handshake.NewCredential([]*x509lite.Certificate{leaf, middle}, leafKey, nil)
	if err != nil {
		b.Fatal(err)
	}
	c.std = tls.Certificate{Certificate: [][]byte{leaf.Raw(), middle.Raw()}, PrivateKey: stdKey(b, leafKey)}
	c.std.Leaf, err = x509.ParseCertificate(leaf.Raw())
	if err != nil {
		b.Fatal(err)
	}
	return c
}

func newKey(b testing.TB, kind x509lite.KeyKind) cipher.PrivateKey {
	k, err := x509lite.GenerateKey(kind, nil)
	if err != nil {
		b.Fatal(err)
	}
	return k
}

func issue(b testing.TB, t *x509lite.Template, issuer *x509lite.Certificate, key, issuerKey cipher.PrivateKey) *x509lite.Certificate {
	der, err := t.Sign(issuer, key.Public(), issuerKey, nil)
	if err != nil {
		b.Fatal(err)
	}
	cert, err := x509lite.ParseCertificate(der)
	if err != nil {
		b.Fatal(err)
	}
	return cert
}

func stdKey(b testing.TB, k cipher.PrivateKey) crypto.PrivateKey {
	der, err := x509lite.MarshalPKCS8(k)
	if err != nil {
		b.Fatal(err)
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		b.Fatal(err)
	}
	return key
}

// scenario is one kind of connection, for both stacks.
type scenario struct {
	name    string
	version cipher.Version
	group   cipher.GroupID
	kind    x509lite.KeyKind
	mutual  bool
	resumed resumption
}

var scenarios = []scenario{
	{"13-x25519-ecdsa", cipher.VersionTLS13, cipher.X25519, x509lite.KeyP256, false, never},
	{"13-mlkem-ecdsa", cipher.VersionTLS13, cipher.X25519MLKEM768, x509lite.KeyP256, false, never},
	{"13-x25519-rsa", cipher.VersionTLS13, cipher.X25519, x509lite.KeyRSA2048, false, never},
	{"12-x25519-ecdsa", cipher.VersionTLS12, cipher.X25519, x509lite.KeyP256, false, never},
	{"12-x25519-rsa", cipher.VersionTLS12, cipher.X25519, x509lite.KeyRSA2048, false, never},
	{"13-x25519-ecdsa-mutual", cipher.VersionTLS13, cipher.X25519, x509lite.KeyP256, true, never},
	{"13-x25519-resumed", cipher.VersionTLS13, cipher.X25519, x509lite.KeyP256, false, byTicket},
	{"13-mlkem-resumed", cipher.VersionTLS13, cipher.X25519MLKEM768, x509lite.KeyP256, false, byTicket},
	{"12-resumed-ticket", cipher.VersionTLS12, cipher.X25519, x509lite.KeyP256, false, byTicket},
	{"12-resumed-id", cipher.VersionTLS12, cipher.X25519, x509lite.KeyP256, false, byID},
}

// groups are those of both ends: the one that is used, and that of the certificate's key, which TLS 1.2 wants to see in the list.
func (s scenario) groups() []cipher.GroupID { return []cipher.GroupID{s.group, cipher.CurveP256} }

func (s scenario) configs(c *chain) (client, server *engine.Config) {
	client = &engine.Config{
		Roots: c.roots, Time: clock, MinVersion: s.version, MaxVersion: s.version,
		Groups: s.groups(), KeyShares: []cipher.GroupID{s.group},
	}
	server = &engine.Config{
		Roots: c.roots, Time: clock, Credentials: []*handshake.Credential{c.credential}, Groups: s.groups(),
	}
	if s.mutual {
		client.Credentials = server.Credentials
		server.ClientAuth = handshake.AuthRequired
	}
	s.resumed.configure(client, server)
	return client, server
}

func (s scenario) stdConfigs(c *chain) sides[*tls.Config] {
	group := []tls.CurveID{tls.CurveID(s.group), tls.CurveP256}
	client := &tls.Config{
		RootCAs: c.stdRoots, Time: clock, MinVersion: uint16(s.version), MaxVersion: uint16(s.version),
		CurvePreferences: group, ServerName: serverName, DynamicRecordSizingDisabled: true,
	}
	server := &tls.Config{
		ClientCAs: c.stdRoots, Time: clock, Certificates: []tls.Certificate{c.std}, CurvePreferences: group, SessionTicketsDisabled: true, DynamicRecordSizingDisabled: true,
	}
	if s.mutual {
		client.Certificates = server.Certificates
		server.ClientAuth = tls.RequireAndVerifyClientCert
	}
	return sides[*tls.Config]{client, server}
}
