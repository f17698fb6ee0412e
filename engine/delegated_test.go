package engine

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"tlsengine/cipher"
	"tlsengine/fuzz/pki"
	"tlsengine/handshake"
	"tlsengine/record"
	"tlsengine/x509lite"
)

// TestDelegatedCredentialsAreJudged: a client takes those that RFC 9345, Section 4.1.3 lets it take, and refuses each other with
// illegal_parameter.
func TestDelegatedCredentialsAreJudged(t *testing.T) {
	p := newTestPKI(t)
	day := 24 * time.Hour
	made := func(by *handshake.Credential, r handshake.Role, lasts time.Duration) *handshake.Credential {
		key := p.credentials[x509lite.KeyEd25519].Key()
		c, err := by.Delegate(r, key, cipher.Ed25519, pki.Time.Add(lasts), make([]byte, cipher.SignSeedSize))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	good := made(p.delegator, handshake.ServerRole, 3*day)
	for _, c := range []struct {
		name       string
		credential *handshake.Credential
		server     time.Duration // how far its clock is ahead: it doesn't show what it knows to have expired
		reason     record.Reason
	}{
		{"good", good, 0, 0},
		{"at the last second", made(p.delegator, handshake.ServerRole, 0), 0, 0},
		{"for seven days", made(p.delegator, handshake.ServerRole, 7*day), 0, 0},
		{"expired", made(p.delegator, handshake.ServerRole, -time.Second), -time.Hour, record.ReasonCertificateVerifyFailed},
		{"for longer than seven days", made(p.delegator, handshake.ServerRole, 7*day+time.Second), 0, record.ReasonCertificateVerifyFailed},
		{"by a certificate that may not", made(p.credentials[x509lite.KeyP256], handshake.ServerRole, 3*day), 0, record.ReasonCertificateVerifyFailed},
		{"made for clients", made(p.delegator, handshake.ClientRole, 3*day), 0, record.ReasonBadSignature},
	} {
		client, server := p.clientConfig(), p.serverConfig()
		client.DelegatedCredentials = true
		server.Credentials = []*handshake.Credential{c.credential, p.credentials[x509lite.KeyP256]}
		server.Time = func() time.Time { return pki.Time.Add(c.server) }
		a, b := pair(t, client, server)
		settle(a, b)
		var e *record.Error
		switch {
		case c.reason == 0 && (a.Err() != nil || !a.Info().Delegated || a.Info().PeerScheme != cipher.Ed25519 || b.Info().Credential != c.credential):
			t.Errorf("%s: %v, %+v", c.name, a.Err(), a.Info())
		case c.reason != 0 && (!errors.As(a.Err(), &e) || e.Reason != c.reason || e.Alert != record.AlertIllegalParameter):
			t.Errorf("%s: %v", c.name, a.Err())
		}
	}
}

// TestDelegatedCredentialsGoToThoseWhoAsk: the next credential is for the others: TLS 1.2, clients that don't ask or lack a scheme, and once
// it has expired.
func TestDelegatedCredentialsGoToThoseWhoAsk(t *testing.T) {
	p := newTestPKI(t)
	delegated := p.delegate(handshake.ServerRole, pki.Time.AddDate(0, 0, 1))
	without := func(missing cipher.SignatureScheme) func(*Config) {
		return func(c *Config) {
			for _, s := range cipher.Schemes() {
				if s.Weak == "" && s.ID != missing {
					c.Schemes = append(c.Schemes, s.ID)
				}
			}
		}
	}
	for name, change := range map[string]func(*Config){
		"asked":                func(*Config) {},
		"not asked":            func(c *Config) { c.DelegatedCredentials = false },
		"TLS 1.2":              func(c *Config) { c.MaxVersion = cipher.VersionTLS12 },
		"without its scheme":   without(cipher.ECDSAP384SHA384),
		"without its signer's": without(cipher.ECDSAP256SHA256),
	} {
		client, server := p.clientConfig(), p.serverConfig()
		client.DelegatedCredentials = true
		change(client)
		server.Credentials = []*handshake.Credential{delegated, p.credentials[x509lite.KeyRSA2048]}
		c, s := pair(t, client, server)
		connect(t, c, s)
		if used := s.Info().Credential == delegated; used != (name == "asked") {
			t.Errorf("%s: the delegated credential was used: %v", name, used)
		}
	}
}

// TestCompressedCertificatesKeepToLimits: what is announced, and what comes of it, is bounded before anything is made room for.
func TestCompressedCertificatesKeepToLimits(t *testing.T) {
	p := newTestPKI(t)
	zlib := handshake.ZlibCompression()
	for _, c := range []struct {
		name       string
		compress   func([]byte) ([]byte, error)
		id         handshake.CompressionID
		limit      int
		reason     record.Reason
		alert      record.Alert
		decompress bool // somebody tries to
	}{
		{"good", zlib.Compress, handshake.CompressionZlib, 0, 0, 0, true},
		{"longer than the limit", zlib.Compress, handshake.CompressionZlib, 450, record.ReasonUncompressedCertTooLarge, record.AlertBadCertificate, false},
		{"not compressed", func(p []byte) ([]byte, error) { return p, nil }, handshake.CompressionZlib, 0, record.ReasonCertDecompressionFailed, record.AlertBadCertificate, true},
		{"a bomb", func([]byte) ([]byte, error) { return zlib.Compress(make([]byte, 10<<20)) }, handshake.CompressionZlib, 0,
			record.ReasonCertDecompressionFailed, record.AlertBadCertificate, true},
		{"bytes behind", func(p []byte) ([]byte, error) { b, err := zlib.Compress(p); return append(b, 0), err }, handshake.CompressionZlib, 0,
			record.ReasonCertDecompressionFailed, record.AlertBadCertificate, true},
		{"cut short", func(p []byte) ([]byte, error) { b, err := zlib.Compress(p); return b[:len(b)-1], err }, handshake.CompressionZlib, 0,
			record.ReasonCertDecompressionFailed, record.AlertBadCertificate, true},
		{"another message", func([]byte) ([]byte, error) { return zlib.Compress(bytes.Repeat([]byte{1}, 600)) }, handshake.CompressionZlib, 0,
			record.ReasonCertDecompressionFailed, record.AlertBadCertificate, true},
	} {
		client, server := p.clientConfig(), p.serverConfig()
		tried := false
		client.CertificateCompression = []*handshake.CertificateCompression{{ID: c.id, Compress: zlib.Compress,
			Decompress: func(p, compressed []byte) error { tried = true; return zlib.Decompress(p, compressed) }}}
		client.MaxCertificateList = c.limit
		server.CertificateCompression = []*handshake.CertificateCompression{{ID: c.id, Compress: c.compress, Decompress: zlib.Decompress}}
		a, b := pair(t, client, server)
		settle(a, b)
		var e *record.Error
		if c.reason != 0 && (!errors.As(a.Err(), &e) || e.Reason != c.reason || e.Alert != c.alert) || c.reason == 0 && a.Err() != nil {
			t.Errorf("%s: %v", c.name, a.Err())
		}
		if tried != c.decompress {
			t.Errorf("%s: decompressed: %v", c.name, tried)
		}
	}
}

// TestCompressionsAreChecked: a configuration with an algorithm twice, or half of one, is refused.
func TestCompressionsAreChecked(t *testing.T) {
	zlib := handshake.ZlibCompression()
	for name, list := range map[string][]*handshake.CertificateCompression{"twice": {zlib, zlib}, "half": {{ID: 7, Compress: zlib.Compress}}} {
		if _, err := (&Config{CertificateCompression: list}).Freeze(); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// TestAuthoritiesAndCertificateSchemesChooseAmongCredentials: a server of several chains shows one that the client can judge, if it can.
func TestAuthoritiesAndCertificateSchemesChooseAmongCredentials(t *testing.T) {
	p := newTestPKI(t)
	ecdsa, rsa := p.credentials[x509lite.KeyP256], p.credentials[x509lite.KeyRSA2048]
	named, err := handshake.NewCredential(pki.New().Stranger.Chain, pki.New().Stranger.Key, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name        string
		change      func(*Config)
		credentials []*handshake.Credential
		want        int
	}{
		{"nothing said", func(*Config) {}, []*handshake.Credential{named.ForAuthorities(), rsa, ecdsa}, 1},
		{"its issuer", func(c *Config) { c.Authorities = [][]byte{named.Chain()[0].RawIssuer()} }, []*handshake.Credential{rsa.ForAuthorities(), named.ForAuthorities()}, 1},
		{"another issuer", func(c *Config) { c.Authorities = [][]byte{[]byte("\x30\x00")} }, []*handshake.Credential{named.ForAuthorities(), rsa}, 1},
		// All leaves are signed with ECDSA: a list without it suits none, and the first is shown all the same.
		{"schemes of none", func(c *Config) { c.CertificateSchemes = []cipher.SignatureScheme{cipher.RSAPKCS1SHA256} }, []*handshake.Credential{ecdsa, rsa}, 0},
		{"schemes of all", func(c *Config) { c.CertificateSchemes = []cipher.SignatureScheme{cipher.ECDSAP256SHA256} }, []*handshake.Credential{ecdsa, rsa}, 0},
	} {
		client, server := p.clientConfig(), p.serverConfig()
		client.UnverifiedServer = true
		server.Credentials = c.credentials
		c.change(client)
		a, b := pair(t, client, server)
		connect(t, a, b)
		if b.Info().Credential != c.credentials[c.want] {
			t.Errorf("%s: another credential was used", c.name)
		}
	}
}
