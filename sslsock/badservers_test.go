package sslsock

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"tlsengine/cipher"
	"tlsengine/fuzz/pki"
	"tlsengine/record"
	"tlsengine/x509lite"
)

// careful returns a context of CreateDefaultContext that trusts root.
func careful(t testing.TB, p Purpose, root *x509lite.Certificate) *Context {
	t.Helper()
	c, err := CreateDefaultContext(p, WithCADataDER(root.Raw()))
	if err != nil {
		t.Fatal(err)
	}
	atTestTime(c)
	return c
}

// carelessServer shows a chain whatever its keys are worth.
func carelessServer(t testing.TB, chain []*x509lite.Certificate, key cipher.PrivateKey) *Context {
	t.Helper()
	c := unverifying(t)
	if err := errors.Join(c.SetCiphers("DEFAULT:@SECLEVEL=0"), c.addCredential(chain, key)); err != nil {
		t.Fatal(err)
	}
	return c
}

// certificates are what the tests of bad servers issue with: an authority, and a key for whoever needs one.
type certificates struct {
	t    testing.TB
	key  cipher.PrivateKey
	root *x509lite.Certificate
}

func newCertificates(t testing.TB) *certificates {
	t.Helper()
	key := pki.New().Identities[x509lite.KeyRSA2048].Key
	return &certificates{t: t, key: key, root: issueAt(t, authority("root"), nil, key, key, cipher.Algorithm{})}
}

// leaf issues a server's certificate after change was made to the usual one.
func (c *certificates) leaf(change func(*x509lite.Template)) *x509lite.Certificate {
	template := hostTemplate()
	change(template)
	return issueAt(c.t, template, c.root, c.key, c.key, cipher.Algorithm{})
}

// perhapsRevoked makes a certificate that says where there is a revocation list.
func perhapsRevoked(l *x509lite.Template) { l.Extra = []x509lite.Extension{distributionPoint} }

// forClients makes a certificate that is good for clients only.
func forClients(l *x509lite.Template) { l.ExtKeyUsage = []x509lite.OID{x509lite.UsageClientAuth} }

// S-277, S-252, B-045: what a context of CreateDefaultContext makes of servers that nobody should talk to: each is
// refused without any code of the user's, with the code and the alert that say why. One that is fine, and one that may
// be revoked but for all we are asked, are accepted.
func TestBadServersAreRefused(t *testing.T) {
	c := newCertificates(t)
	for name, row := range badServers(t, c) {
		for _, v := range []TLSVersion{VersionTLS12, VersionTLS13} {
			t.Run(fmt.Sprint(name, " ", v), func(t *testing.T) {
				row.try(t, onlyVersion(t, careful(t, PurposeServerAuth, c.root), v))
			})
		}
	}
}

// badServer is a server that nobody should talk to.
type badServer struct {
	chain []*x509lite.Certificate
	key   cipher.PrivateKey
	code  int // 0: accepted
	alert record.Alert
}

// try connects to the server.
func (b badServer) try(t *testing.T, client *Context) {
	_, s, ce, se := shakeOnce(t, client, carelessServer(t, b.chain, b.key), pki.Host)
	if b.code == 0 {
		if ce != nil || se != nil {
			t.Error(ce, se)
		}
		return
	}
	var refused *CertVerificationError
	if !errors.As(ce, &refused) || refused.VerifyCode != b.code || wantSSL(t, ce).Alert != b.alert {
		t.Errorf("%v, want code %d and %v", ce, b.code, b.alert)
	}
	if _, err := s.Read(make([]byte, 1)); wantSSL(t, err).Alert != b.alert {
		t.Errorf("the server has %v", err)
	}
}

// badServers are the servers, with two that are accepted.
func badServers(t *testing.T, c *certificates) map[string]badServer {
	stranger := issueAt(t, authority("stranger"), nil, c.key, c.key, cipher.Algorithm{})
	notCA := c.leaf(func(l *x509lite.Template) { l.Subject = x509lite.NewName("no authority", "") })
	noPath := authority("no path")
	noPath.MaxPathLen = new(int)
	short := issueAt(t, noPath, c.root, c.key, c.key, cipher.Algorithm{})
	below := issueAt(t, authority("below"), short, c.key, c.key, cipher.Algorithm{})
	under := func(issuer *x509lite.Certificate) *x509lite.Certificate {
		return issueAt(t, hostTemplate(), issuer, c.key, c.key, cipher.Algorithm{})
	}
	usual := func(*x509lite.Template) {}
	sha1 := cipher.Algorithm{Kind: cipher.RSAPKCS1, Hash: cipher.SHA1}
	weak := weakKey(t)
	forged := bytes.Clone(c.leaf(usual).Raw())
	forged[len(forged)-1] ^= 1
	broken, err := x509lite.ParseCertificate(forged)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]badServer{
		"good":            {chain: []*x509lite.Certificate{c.leaf(usual)}, key: c.key},
		"perhaps revoked": {chain: []*x509lite.Certificate{c.leaf(perhapsRevoked)}, key: c.key},
		"expired": {[]*x509lite.Certificate{c.leaf(func(l *x509lite.Template) { l.NotAfter = pki.Time.Add(-time.Second) })},
			c.key, 10, record.AlertCertificateExpired},
		"not yet valid": {[]*x509lite.Certificate{c.leaf(func(l *x509lite.Template) { l.NotBefore = pki.Time.Add(time.Second) })},
			c.key, 9, record.AlertCertificateExpired},
		"wrong host": {[]*x509lite.Certificate{c.leaf(func(l *x509lite.Template) { l.DNSNames = []string{"other.test"} })},
			c.key, 62, record.AlertBadCertificate},
		"self-signed": {[]*x509lite.Certificate{issueAt(t, hostTemplate(), nil, c.key, c.key, cipher.Algorithm{})},
			c.key, 18, record.AlertUnknownCA},
		"untrusted root": {[]*x509lite.Certificate{under(stranger), stranger}, c.key, 19, record.AlertUnknownCA},
		"no issuer":      {[]*x509lite.Certificate{under(stranger)}, c.key, 20, record.AlertUnknownCA},
		"SHA-1": {[]*x509lite.Certificate{issueAt(t, hostTemplate(), c.root, c.key, c.key, sha1)},
			c.key, 68, record.AlertBadCertificate},
		"1024 bits": {[]*x509lite.Certificate{issueAt(t, hostTemplate(), c.root, weak, c.key, cipher.Algorithm{})},
			weak, 66, record.AlertBadCertificate},
		"no CA":         {[]*x509lite.Certificate{under(notCA), notCA}, c.key, 24, record.AlertUnknownCA},
		"path too long": {[]*x509lite.Certificate{under(below), below, short}, c.key, 25, record.AlertUnknownCA},
		"client's":      {[]*x509lite.Certificate{c.leaf(forClients)}, c.key, 26, record.AlertUnsupportedCertificate},
		"forged":        {[]*x509lite.Certificate{broken}, c.key, 7, record.AlertBadCertificate},
	}
}

// distributionPoint is an extension that says where a revocation list is: http://x (RFC 5280, Section 4.2.1.13).
var distributionPoint = x509lite.Extension{ID: "\x55\x1d\x1f", Value: []byte("\x30\x10\x30\x0e\xa0\x0c\xa0\x0a\x86\x08http://x")}

// S-277: what a context of CreateDefaultContext makes of servers with bad suites, versions or keys of the key exchange.
func TestBadProtocolsAreRefused(t *testing.T) {
	c := newCertificates(t)
	chain := []*x509lite.Certificate{c.leaf(func(*x509lite.Template) {})}
	for name, set := range map[string]func(*Context) error{
		"RC4":     func(s *Context) error { return s.SetCiphers("RC4:@SECLEVEL=0") },
		"3DES":    func(s *Context) error { return s.SetCiphers("3DES:@SECLEVEL=0") },
		"null":    func(s *Context) error { return s.SetCiphers("eNULL:@SECLEVEL=0") },
		"anon":    func(s *Context) error { return s.SetCiphers("aNULL:@SECLEVEL=0") },
		"TLS 1.1": func(s *Context) error { return s.SetMaximumVersion(VersionTLS11) },
		"SSL 3.0": func(s *Context) error {
			s.ClearOptions(OpNoSSLv3)
			return errors.Join(s.SetMinimumVersion(VersionSSL30), s.SetMaximumVersion(VersionSSL30))
		},
		"DH of 1024 bits": func(s *Context) error {
			return errors.Join(s.LoadDHParams(dhFile(t, "oakley.pem", fromHex(t, oakley1024), []byte{2})),
				s.SetCiphers("kEDH:@SECLEVEL=0"))
		},
	} {
		server := carelessServer(t, chain, c.key)
		if err := errors.Join(server.SetCiphersuites(""), set(server)); err != nil {
			t.Fatal(name, err)
		}
		client := careful(t, PurposeServerAuth, c.root)
		if name == "DH of 1024 bits" {
			if err := client.SetCiphers("kEDH"); err != nil {
				t.Fatal(err)
			}
		}
		if _, _, ce, se := shakeOnce(t, client, server, pki.Host); ce == nil || se == nil {
			t.Errorf("%s: %v, %v", name, ce, se)
		}
	}
}

// S-139: a leaf is good for what its extended key usage says, and for everything if it doesn't say, in both roles.
func TestExtendedKeyUsageInBothRoles(t *testing.T) {
	c := newCertificates(t)
	for name, row := range map[string]struct {
		uses           []x509lite.OID
		server, client bool
	}{
		"both":   {[]x509lite.OID{x509lite.UsageServerAuth, x509lite.UsageClientAuth}, true, true},
		"server": {[]x509lite.OID{x509lite.UsageServerAuth}, true, false},
		"client": {[]x509lite.OID{x509lite.UsageClientAuth}, false, true},
		"any":    {[]x509lite.OID{x509lite.UsageAny}, true, true},
		"other":  {[]x509lite.OID{"\x2b\x06\x01\x05\x05\x07\x03\x03"}, false, false}, // code signing
		"absent": {[]x509lite.OID{}, true, true},
	} {
		odd := []*x509lite.Certificate{c.leaf(func(l *x509lite.Template) { l.ExtKeyUsage = row.uses })}
		good := []*x509lite.Certificate{c.leaf(func(*x509lite.Template) {})}
		for _, role := range []Purpose{PurposeServerAuth, PurposeClientAuth} {
			client, server := careful(t, PurposeServerAuth, c.root), careful(t, PurposeClientAuth, c.root)
			atClient, atServer, want := good, odd, row.server
			if role == PurposeClientAuth {
				atClient, atServer, want = odd, good, row.client
			}
			err := errors.Join(server.SetVerifyMode(CertRequired),
				server.addCredential(atServer, c.key), client.addCredential(atClient, c.key))
			if err != nil {
				t.Fatal(err)
			}
			_, _, ce, se := shakeOnce(t, client, server, pki.Host)
			judge := ce
			if role == PurposeClientAuth {
				judge = se
			}
			var refused *CertVerificationError
			if want != (judge == nil) || !want && (!errors.As(judge, &refused) ||
				refused.VerifyCode != 26 || wantSSL(t, judge).Alert != record.AlertUnsupportedCertificate) {
				t.Errorf("%s as the certificate for %v: %v", name, role, judge)
			}
		}
	}
}

// S-255: a server's chain may come in any order, with strangers among it; too much of it is refused before it is looked at.
func TestChainsInAnyOrder(t *testing.T) {
	c := newCertificates(t)
	one := issueAt(t, authority("one"), c.root, c.key, c.key, cipher.Algorithm{})
	two := issueAt(t, authority("two"), one, c.key, c.key, cipher.Algorithm{})
	leaf := issueAt(t, hostTemplate(), two, c.key, c.key, cipher.Algorithm{})
	stranger := issueAt(t, authority("stranger"), nil, c.key, c.key, cipher.Algorithm{})
	orders := [][]*x509lite.Certificate{{two, one}, {one, two}, {c.root, one, two}, {stranger, one, c.root, two, stranger}}
	for _, order := range orders {
		client := careful(t, PurposeServerAuth, c.root)
		_, _, ce, se := shakeOnce(t, client, carelessServer(t, append([]*x509lite.Certificate{leaf}, order...), c.key), pki.Host)
		if ce != nil || se != nil {
			t.Error(ce, se)
		}
	}
	many := append([]*x509lite.Certificate{leaf}, slices.Repeat([]*x509lite.Certificate{stranger}, 1000)...)
	begin := time.Now()
	_, _, ce, _ := shakeOnce(t, careful(t, PurposeServerAuth, c.root), carelessServer(t, many, c.key), pki.Host)
	if took := time.Since(begin); ce == nil || took > 5*time.Second {
		t.Errorf("1000 certificates: %v after %v", ce, took)
	}
}

// S-239: a host may be named whatever the protocol is: SSL 3.0, which has no extension to send it in, checks the
// certificate for it.
func TestHostIsCheckedWithoutExtensions(t *testing.T) {
	c := newCertificates(t)
	chain := []*x509lite.Certificate{c.leaf(func(*x509lite.Template) {})}
	for host, want := range map[string]bool{pki.Host: true, "other.test": false} {
		client, err := NewContext(ProtocolSSLv3)
		if err != nil {
			t.Fatal(err)
		}
		atTestTime(client)
		err = errors.Join(client.SetVerifyMode(CertRequired), client.SetCheckHostname(true),
			client.LoadVerifyLocations(VerifyLocations{CADataDER: c.root.Raw()}))
		if err != nil {
			t.Fatal(err)
		}
		server := carelessServer(t, chain, c.key)
		server.ClearOptions(OpNoSSLv3)
		asked := false
		server.SetServernameCallback(func(h *Hello, name string, _ *Context) error {
			asked = true
			if name != "" || len(h.ClientHello().Extensions) > 0 {
				t.Errorf("the client sent the name %q, extensions %v", name, h.ClientHello().Extensions)
			}
			return nil
		})
		_, _, ce, _ := shakeOnce(t, client, server, host)
		var other *CertificateError
		if !asked || want != (ce == nil) || !want && !errors.As(ce, &other) {
			t.Errorf("%s: %v", host, ce)
		}
	}
}
