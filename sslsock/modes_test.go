package sslsock

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"tlsengine/fuzz/pki"
	"tlsengine/record"
	"tlsengine/x509lite"
)

// withIdentity gives a client a certificate.
func withIdentity(t testing.TB, c *Context, i pki.Identity) *Context {
	t.Helper()
	if err := c.addCredential(i.Chain, i.Key); err != nil {
		t.Fatal(err)
	}
	return c
}

// asking makes a server that asks clients for certificates under the test's root.
func asking(t testing.TB, m VerifyMode, roots bool) *Context {
	t.Helper()
	c := serverContext(t)
	if err := c.SetVerifyMode(m); err != nil {
		t.Fatal(err)
	}
	if roots {
		if err := c.LoadVerifyLocations(VerifyLocations{CADataDER: pki.New().Root.Raw()}); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// S-097 to S-101, S-171, S-278, S-282: what a server makes of clients with a good certificate, a bad one and none, by its mode
// and whom it trusts, in both versions.
func TestServerModes(t *testing.T) {
	shared := pki.New()
	good, bad := shared.Identities[x509lite.KeyP256], shared.Stranger
	for _, v := range []TLSVersion{VersionTLS12, VersionTLS13} {
		for _, c := range []struct {
			name     string
			mode     VerifyMode
			roots    bool
			identity *pki.Identity
			alert    record.Alert // 0: accepted
			seen     bool         // the server has the client's certificate
		}{
			{"none, good", CertNone, true, &good, 0, false},
			{"none, none", CertNone, true, nil, 0, false},
			{"optional, good", CertOptional, true, &good, 0, true},
			{"optional, none", CertOptional, true, nil, 0, false},
			{"optional, bad", CertOptional, true, &bad, record.AlertUnknownCA, false},
			{"optional, good, nobody trusted", CertOptional, false, &good, record.AlertUnknownCA, false},
			{"required, good", CertRequired, true, &good, 0, true},
			{"required, bad", CertRequired, true, &bad, record.AlertUnknownCA, false},
			{"required, none", CertRequired, true, nil, noCertificateAlert[v], false},
		} {
			t.Run(v.String()+" "+c.name, func(t *testing.T) {
				client := onlyVersion(t, clientContext(t), v)
				if c.identity != nil {
					withIdentity(t, client, *c.identity)
				}
				_, s, _, err := shakeOnce(t, client, asking(t, c.mode, c.roots), pki.Host)
				var e *SSLError
				if c.alert != 0 {
					if !errors.As(err, &e) || e.Alert != c.alert {
						t.Errorf("alert %v in place of %v", err, c.alert)
					}
					return
				}
				der, derErr := s.PeerCertDER()
				if err != nil || derErr != nil || (der != nil) != c.seen || c.seen && !bytes.Equal(der, c.identity.Chain[0].Raw()) {
					t.Errorf("%v, %v, %d bytes of certificate", err, derErr, len(der))
				}
			})
		}
	}
}

// noCertificateAlert is what a server that needs a certificate sends for none (RFC 5246, Section 7.4.6; RFC 8446,
// Section 4.4.2.4).
var noCertificateAlert = map[TLSVersion]record.Alert{
	VersionTLS12: record.AlertHandshakeFailure, VersionTLS13: record.AlertCertificateRequired,
}

// S-097, S-098, S-170, S-283: what a client makes of servers, by its mode; the certificate's bytes are there in any case.
func TestClientModes(t *testing.T) {
	for _, c := range []struct {
		mode VerifyMode
		good bool
		ok   bool
	}{{CertNone, true, true}, {CertNone, false, true}, {CertOptional, true, true},
		{CertOptional, false, false}, {CertRequired, true, true}, {CertRequired, false, false}} {
		identity := pki.New().Stranger
		if c.good {
			identity = pki.New().Identities[x509lite.KeyP256]
		}
		client := clientContext(t)
		if err := errors.Join(client.SetCheckHostname(false), client.SetVerifyMode(c.mode)); err != nil {
			t.Fatal(err)
		}
		s, _, err, _ := shakeOnce(t, client, serverContextOf(t, identity), pki.Host)
		if (err == nil) != c.ok {
			t.Errorf("%v, good %v: %v", c.mode, c.good, err)
		}
		if der, _ := s.PeerCertDER(); c.ok && !bytes.Equal(der, identity.Chain[0].Raw()) {
			t.Errorf("%v: %x", c.mode, der)
		}
	}
}

// S-281: without CheckHostname a trusted server may stand for any other. S-157: with it the server sees the alert and
// no Finished.
func TestTrustedServerOfAnotherName(t *testing.T) {
	client := clientContext(t)
	_, s, ce, se := shakeOnce(t, client, serverContext(t), "elsewhere.example")
	var e *SSLError
	var wrong *CertificateError
	if !errors.As(ce, &wrong) || !errors.As(se, &e) || e.Alert != record.AlertBadCertificate || s.HandshakeInfo() != nil {
		t.Error(ce, se)
	}
	if err := client.SetCheckHostname(false); err != nil {
		t.Fatal(err)
	}
	c, _, ce, se := shakeOnce(t, client, serverContext(t), "elsewhere.example")
	if ce != nil || se != nil {
		t.Fatal(ce, se)
	}
	cert, err := c.PeerCert()
	if err != nil || MatchHostname(cert, pki.Host) != nil || MatchHostname(cert, "elsewhere.example") == nil { // S-168
		t.Error(err)
	}
}

// B-041: the chain as it was sent, and as it was verified.
func TestChainsOfPeer(t *testing.T) {
	root := pki.New().Root
	identity := pki.New().Identities[x509lite.KeyP256]
	for _, sent := range [][]*x509lite.Certificate{identity.Chain,
		append(identity.Chain[:len(identity.Chain):len(identity.Chain)], root)} {
		c, s := pair(t, tcpWire, clientContext(t), serverContextOf(t, pki.Identity{Chain: sent, Key: identity.Key}))
		unverified, verified := c.UnverifiedChain(), c.VerifiedChain()
		if len(unverified) != len(sent) || !bytes.Equal(unverified[0], sent[0].Raw()) {
			t.Errorf("%d certificates in place of %d", len(unverified), len(sent))
		}
		if n := len(verified); n < 2 || !bytes.Equal(verified[0], identity.Chain[0].Raw()) || !bytes.Equal(verified[n-1], root.Raw()) {
			t.Errorf("verified: %d certificates", n)
		}
		unverified[0][0] = 0
		if again := c.UnverifiedChain(); again[0][0] == 0 {
			t.Error("the chain is not a copy")
		}
		if s.UnverifiedChain() != nil || s.VerifiedChain() != nil {
			t.Error("the server has a chain of a client that sent none")
		}
	}
	c, _ := pair(t, tcpWire, unverifying(t), serverContext(t))
	if c.VerifiedChain() != nil || c.UnverifiedChain() == nil {
		t.Error("an unverified client's chains")
	}
}

// S-251: a certificate is good from its first second through its last, by the context's clock.
func TestValidityToTheSecond(t *testing.T) {
	leaf := pki.New().Identities[x509lite.KeyP256].Chain[0]
	for _, c := range []struct {
		at time.Time
		ok bool
	}{
		{leaf.NotBefore().Add(-time.Second), false}, {leaf.NotBefore(), true},
		{leaf.NotAfter(), true}, {leaf.NotAfter().Add(time.Second), false},
	} {
		client := clientContext(t)
		client.SetTime(func() time.Time { return c.at })
		if _, _, err, _ := shakeOnce(t, client, serverContext(t), pki.Host); (err == nil) != c.ok {
			t.Errorf("at %v: %v", c.at, err)
		}
	}
}
