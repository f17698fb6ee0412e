package engine

import (
	"testing"

	"tlsengine/cipher"
	"tlsengine/handshake"
	"tlsengine/record"
)

// TestFalseStart tells where a client writes before the server's Finished: RFC 7918 wants a full handshake of TLS 1.2, ephemeral keys and an
// AEAD, and we a protocol, unless told otherwise.
func TestFalseStart(t *testing.T) {
	const aead, cbc = cipher.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, cipher.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA
	for _, c := range []struct {
		name     string
		when     handshake.FalseStart
		suite    cipher.SuiteID
		highest  cipher.Version
		protocol bool
		want     bool
	}{
		{"never", handshake.FalseStartNever, aead, cipher.VersionTLS12, true, false},
		{"with a protocol", handshake.FalseStartWithProtocol, aead, cipher.VersionTLS12, true, true},
		{"without one", handshake.FalseStartWithProtocol, aead, cipher.VersionTLS12, false, false},
		{"always", handshake.FalseStartAlways, aead, cipher.VersionTLS12, false, true},
		{"CBC", handshake.FalseStartAlways, cbc, cipher.VersionTLS12, true, false},
		{"RSA key transport", handshake.FalseStartAlways, cipher.TLS_RSA_WITH_AES_128_GCM_SHA256, cipher.VersionTLS12, true, false},
		{"TLS 1.1", handshake.FalseStartAlways, cbc, cipher.VersionTLS11, true, false},
	} {
		p := newTestPKI(t)
		client, server := p.clientConfig(), p.serverConfig()
		for _, config := range []*Config{client, server} {
			config.MinVersion, config.MaxVersion, config.Suites = cipher.VersionTLS10, c.highest, []cipher.SuiteID{aead, cbc}
			config.WithoutVersions = []cipher.Version{cipher.VersionTLS13}
			config.Suites = []cipher.SuiteID{c.suite}
			if c.suite != cbc {
				config.MinVersion = cipher.VersionTLS12
			}
			if c.protocol {
				config.Protocols = []string{"h2"}
			}
		}
		client.FalseStart = c.when
		a, b := pair(t, client, server)
		move(a, b)
		move(b, a)
		if got := a.Status().Has(CanWrite); got != c.want || a.Status().Has(HandshakeDone) {
			t.Errorf("%s: the client may write: %v, %v", c.name, got, a.Err())
		}
		if n := a.Write([]byte("early")); (n == 5) != c.want {
			t.Errorf("%s: %d bytes were taken", c.name, n)
		}
		settle(a, b)
		if got := string(b.Peek()); !b.Status().Has(HandshakeDone) || (got == "early") != c.want {
			t.Errorf("%s: the server has %q, %v", c.name, got, b.Err())
		}
	}
}

// TestFalseStartNotWithCompression: that compression was chosen is certain with the server's Finished only.
func TestFalseStartNotWithCompression(t *testing.T) {
	p := newTestPKI(t)
	for _, compression := range []bool{false, true} {
		client, server := p.clientConfig(), p.serverConfig()
		client.MaxVersion, client.FalseStart = cipher.VersionTLS12, handshake.FalseStartAlways
		client.Compression, server.Compression = compression, compression
		a, b := pair(t, client, server)
		move(a, b)
		move(b, a)
		if got := a.Status().Has(CanWrite); got == compression || a.Err() != nil {
			t.Errorf("compression %v: the client may write: %v, %v", compression, got, a.Err())
		}
		connect(t, a, b)
	}
}

// TestFalseStartTakesNothingBeforeFinished: the client still waits for the server's Finished before it reads, and fails without.
func TestFalseStartTakesNothingBeforeFinished(t *testing.T) {
	p := newTestPKI(t)
	client, server := p.clientConfig(), p.serverConfig()
	client.MaxVersion, client.FalseStart = cipher.VersionTLS12, handshake.FalseStartAlways
	a, b := pair(t, client, server)
	move(a, b)
	move(b, a)
	a.Write([]byte("early"))
	a.Feed(wireRecords(record.TypeApplicationData, make([]byte, 64)))
	if a.Err() == nil || len(a.Peek()) > 0 {
		t.Errorf("the client reads before Finished: %v", a.Err())
	}
}
