package engine

import (
	"bytes"
	"slices"
	"testing"

	"tlsengine/cipher"
	"tlsengine/handshake"
	"tlsengine/record"
	"tlsengine/x509lite"
)

// ssl30 is SSL 3.0 with a suite that it has.
func ssl30(_ *testPKI, c *Config) {
	c.MinVersion, c.MaxVersion, c.Suites = cipher.VersionSSL30, cipher.VersionSSL30, []cipher.SuiteID{cipher.TLS_RSA_WITH_AES_128_CBC_SHA}
}

// ssl30Pair returns two ends that speak nothing else.
func ssl30Pair(t *testing.T, changes ...change) (c, s *Conn) {
	t.Helper()
	p := newTestPKI(t)
	client, server := p.clientConfig(), p.serverConfig()
	ssl30(p, client)
	ssl30(p, server)
	for i, f := range changes {
		f(p, []*Config{client, server}[i])
	}
	return pair(t, client, server)
}

// RFC 6101, Section 5.6.1.2 knows no extensions: what renegotiation needs goes as a suite (RFC 5746, Section 3.3).
func TestSSL30HelloHasNoExtensions(t *testing.T) {
	c, s := ssl30Pair(t)
	hello := bytes.Clone(c.Outgoing())
	want := 5 + 4 + 2 + 32 + 1 + 2 + 2*2 + 1 + 1
	if len(hello) != want || !bytes.Contains(hello, []byte{0, 0x2f, 0, 0xff}) {
		t.Errorf("a hello of %d bytes, want %d: %x", len(hello), want, hello)
	}
	connect(t, c, s)
	if !c.Info().SecureRenegotiation || !s.Info().SecureRenegotiation || c.Info().ExtendedMasterSecret {
		t.Errorf("client %+v, server %+v", c.Info(), s.Info())
	}
}

// RFC 6101, Section 5.6.6: a client without a certificate says so by a warning, and the handshake goes on, or doesn't.
func TestSSL30ClientWithoutCertificateWarns(t *testing.T) {
	for _, auth := range []handshake.ClientAuth{handshake.AuthOptional, handshake.AuthRequired} {
		var seen []record.Alert
		trace := &Trace{Alert: func(d Direction, a record.Alert) {
			if d == Inbound {
				seen = append(seen, a)
			}
		}}
		c, s := ssl30Pair(t, func(*testPKI, *Config) {}, func(_ *testPKI, c *Config) { c.ClientAuth, c.Trace = auth, trace })
		settle(c, s)
		if !slices.Contains(seen, record.AlertNoCertificate) {
			t.Errorf("%v: the server saw %v", auth, seen)
		}
		if auth == handshake.AuthRequired {
			wantFailure(t, s.Err(), record.AlertHandshakeFailure, record.ReasonPeerDidNotReturnACertificate)
			continue
		}
		connect(t, c, s)
		exchange(t, c, s)
	}
}

// The warning means nothing in later versions, nor where no certificate was asked for: there it counts as a warning.
func TestNoCertificateWarningHasAPlaceInSSL30Only(t *testing.T) {
	c, s := ssl30Pair(t)
	connect(t, c, s)
	for range 10 {
		c.seal(record.TypeAlert, []byte{1, byte(record.AlertNoCertificate)})
		move(c, s)
		s.Peek()
	}
	wantFailure(t, s.Err(), record.AlertUnexpectedMessage, record.ReasonTooManyWarningAlerts)
}

// RFC 6101, Section 5.4.2: other alerts than SSL 3.0's become the nearest.
func TestSSL30SendsItsOwnAlertsOnly(t *testing.T) {
	_, s := ssl30Pair(t, func(*testPKI, *Config) {}, func(p *testPKI, c *Config) {
		c.Credentials = []*handshake.Credential{p.credentials[x509lite.KeyRSA2048]}
	})
	p := newTestPKI(t)
	config := p.clientConfig()
	ssl30(p, config)
	config.Roots = x509lite.NewPool()
	c := newClient(t, config, Options{ServerName: "example.test"})
	settle(c, s)
	wantFailure(t, c.Err(), record.AlertUnknownCA, record.ReasonCertificateVerifyFailed)
	var e *record.Error
	if e = s.shared.failure.Load(); e == nil || e.Alert != record.AlertBadCertificate || !e.Remote {
		t.Errorf("the server was told %v", e)
	}
}

// SSL 3.0 has no way to refuse and go on (RFC 6101, Section 5.4.2 has no no_renegotiation).
func TestSSL30RefusalToNegotiateAgainEndsTheConnection(t *testing.T) {
	c, s := ssl30Pair(t)
	connect(t, c, s)
	s.seal(record.TypeHandshake, []byte{byte(handshake.TypeHelloRequest), 0, 0, 0})
	move(s, c)
	c.Peek()
	wantFailure(t, c.Err(), record.AlertHandshakeFailure, record.ReasonNoRenegotiation)
}
