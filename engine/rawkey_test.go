package engine

import (
	"bytes"
	"errors"
	"testing"

	"tlsengine/cipher"
	"tlsengine/handshake"
	"tlsengine/record"
	"tlsengine/x509lite"
)

// TestRawKeysAreJudged: a raw public key is taken by who asks for one and trusts it, in both versions and roles.
func TestRawKeysAreJudged(t *testing.T) {
	p := newTestPKI(t)
	raw, err := handshake.NewRawKeyCredential(p.credentials[x509lite.KeyEd25519].Key(), nil)
	if err != nil {
		t.Fatal(err)
	}
	spki, err := x509lite.MarshalPublicKey(raw.Key().Public())
	if err != nil {
		t.Fatal(err)
	}
	other := append(bytes.Clone(spki[:len(spki)-1]), spki[len(spki)-1]^1)
	just := []handshake.CertificateType{handshake.CertificateRawPublicKey}
	for _, v := range []cipher.Version{cipher.VersionTLS12, cipher.VersionTLS13} {
		for _, c := range []struct {
			name    string
			trusted [][]byte
			any     bool
			refuse  bool // by a callback
			alert   record.Alert
		}{
			{"trusted", [][]byte{other, spki}, false, false, 0},
			{"not trusted", [][]byte{other}, false, false, record.AlertCertificateUnknown},
			{"nobody is", nil, false, false, record.AlertCertificateUnknown},
			{"anybody is", nil, true, false, 0},
			{"refused by the application", [][]byte{spki}, false, true, record.AlertCertificateUnknown},
		} {
			for _, role := range []handshake.Role{handshake.ClientRole, handshake.ServerRole} {
				if role == handshake.ServerRole && c.any {
					continue
				}
				client, server := p.clientConfig(), p.serverConfig()
				client.MaxVersion = v
				verifier, shown := client, server
				if role == handshake.ServerRole {
					verifier, shown = server, client
					server.ClientAuth = handshake.AuthRequired
				}
				verifier.PeerCertificateTypes, verifier.TrustedKeys, verifier.UnverifiedServer = just, c.trusted, c.any
				if c.refuse {
					verifier.VerifyPeer = func(*handshake.VerifyPeer) (*x509lite.Verdict, error) { return nil, errors.New("no") }
				}
				shown.Credentials = []*handshake.Credential{raw}
				if role == handshake.ServerRole {
					shown.Credentials = append(shown.Credentials, p.credentials[x509lite.KeyP256])
				}
				a, b := pair(t, client, server)
				settle(a, b)
				a.Peek()
				judge := map[handshake.Role]*Conn{handshake.ClientRole: a, handshake.ServerRole: b}[role]
				var e *record.Error
				switch {
				case c.alert == 0 && (judge.Err() != nil || !bytes.Equal(judge.Info().PeerKey, spki) || judge.Info().PeerChain != nil):
					t.Errorf("%v, %v, %s: %v", v, role, c.name, judge.Err())
				case c.alert != 0 && (!errors.As(judge.Err(), &e) || e.Alert != c.alert || e.Reason != record.ReasonCertificateVerifyFailed):
					t.Errorf("%v, %v, %s: %v", v, role, c.name, judge.Err())
				}
			}
		}
	}
}

// TestCertificateTypesMustFit: ends without a type in common part with unsupported_certificate, or the server with handshake_failure when
// it has nothing of what the client takes; nobody is shown what he didn't ask for.
func TestCertificateTypesMustFit(t *testing.T) {
	p := newTestPKI(t)
	raw, err := handshake.NewRawKeyCredential(p.credentials[x509lite.KeyP256].Key(), nil)
	if err != nil {
		t.Fatal(err)
	}
	rawOnly := []handshake.CertificateType{handshake.CertificateRawPublicKey}
	for _, c := range []struct {
		name   string
		change func(client, server *Config)
		alert  record.Alert
	}{
		{"a server of raw keys, a client of certificates", func(_, s *Config) { s.Credentials = []*handshake.Credential{raw} }, record.AlertHandshakeFailure},
		{"the other way round", func(c, _ *Config) { c.PeerCertificateTypes = rawOnly }, record.AlertHandshakeFailure},
		{"a server that takes raw keys alone", func(_, s *Config) { s.ClientAuth, s.PeerCertificateTypes = handshake.AuthOptional, rawOnly }, record.AlertUnsupportedCertificate},
		{"a server that takes certificates alone", func(c, s *Config) {
			s.ClientAuth, c.OwnCertificateTypes = handshake.AuthOptional, rawOnly
		}, record.AlertUnsupportedCertificate},
	} {
		for _, v := range []cipher.Version{cipher.VersionTLS12, cipher.VersionTLS13} {
			client, server := p.clientConfig(), p.serverConfig()
			client.MaxVersion = v
			c.change(client, server)
			a, b := pair(t, client, server)
			settle(a, b)
			var e *record.Error
			if !errors.As(b.Err(), &e) || e.Alert != c.alert || e.Remote {
				t.Errorf("%s, %v: %v", c.name, v, b.Err())
			}
		}
	}
}

// TestUnknownCertificateTypesAreRefused: a configuration names types that there are, each once.
func TestUnknownCertificateTypesAreRefused(t *testing.T) {
	for name, types := range map[string][]handshake.CertificateType{"unknown": {1}, "twice": {handshake.CertificateX509, handshake.CertificateX509}} {
		if _, err := (&Config{PeerCertificateTypes: types}).Freeze(); err == nil {
			t.Errorf("%s: taken from peers", name)
		}
		if _, err := (&Config{OwnCertificateTypes: types}).Freeze(); err == nil {
			t.Errorf("%s: offered", name)
		}
	}
}

// TestRawKeyForRSAKeyTransport: a server's raw RSA key, which has no key usage, may be encrypted to.
func TestRawKeyForRSAKeyTransport(t *testing.T) {
	p := newTestPKI(t)
	client, server := p.clientConfig(), p.serverConfig()
	takesRawKeys(p, client)
	rawKey(p, server)
	client.MaxVersion = cipher.VersionTLS12
	client.Suites = []cipher.SuiteID{cipher.TLS_RSA_WITH_AES_128_GCM_SHA256}
	server.Suites, server.MaxVersion = client.Suites, cipher.VersionTLS12
	a, b := pair(t, client, server)
	settle(a, b)
	if a.Err() != nil || b.Err() != nil || a.Info().PeerKey == nil {
		t.Errorf("client %v, server %v", a.Err(), b.Err())
	}
}

// TestRawKeyAfterTheHandshake: RFC 7250, Section 4.2: the type that was agreed on is that of a certificate that is asked for later too.
func TestRawKeyAfterTheHandshake(t *testing.T) {
	p := newTestPKI(t)
	client, server := p.clientConfig(), p.serverConfig()
	with(authenticated, rawKey)(p, client)
	with(asks, takesRawKeys)(p, server)
	client.PostHandshakeAuth, server.PostHandshakeAuth = true, true
	a, b := pair(t, client, server)
	connect(t, a, b)
	for range 2 {
		if err := b.RequestCertificate(); err != nil {
			t.Fatal(err)
		}
		for move(b, a) || move(a, b) || woke(a) || woke(b) {
		}
		if b.Err() != nil || b.Info().PeerKey == nil || b.Info().PeerChain != nil {
			t.Errorf("the server has %d certificates and a key of %d bytes: %v", len(b.Info().PeerChain), len(b.Info().PeerKey), b.Err())
		}
	}
}
