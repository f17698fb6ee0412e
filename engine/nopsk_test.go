package engine

import (
	"errors"
	"testing"

	"tlsengine/cipher"
	"tlsengine/handshake"
	"tlsengine/record"
)

// onePSK returns a PSK of a name.
func onePSK(t *testing.T, name string) []*handshake.PSK {
	t.Helper()
	k, err := handshake.NewPSK([]byte(name), []byte("0123456789abcdef0123456789abcdef"), cipher.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	return []*handshake.PSK{k}
}

// TestServerWithoutCertificateSaysWhyNoPSK shows what a server with nothing but PSKs gives as the reason for its handshake_failure.
func TestServerWithoutCertificateSaysWhyNoPSK(t *testing.T) {
	psk := func(name string) []*handshake.PSK { return onePSK(t, name) }
	for _, c := range []struct {
		name   string
		client []*handshake.PSK
		want   record.Reason
	}{
		{"another PSK", psk("another"), record.ReasonPSKIdentityNotFound},
		{"no PSK", nil, record.ReasonNoCertificateSet},
		{"the same PSK", psk("own"), 0},
	} {
		pki := newTestPKI(t)
		client, server := pki.clientConfig(), pki.serverConfig()
		client.MinVersion, server.MinVersion = cipher.VersionTLS13, cipher.VersionTLS13
		client.PSKs, server.PSKs, server.Credentials = c.client, psk("own"), nil
		a, b := pair(t, client, server)
		settle(a, b)
		var e *record.Error
		if errors.As(b.Err(), &e) != (c.want != 0) || c.want != 0 && (e.Reason != c.want || e.Alert != record.AlertHandshakeFailure) {
			t.Errorf("%s: %v, want %v", c.name, b.Err(), c.want)
		}
	}
}

// TestClientTakesNoCertificates shows that a client with NoCertificates speaks to servers that have its PSK, and to no others.
func TestClientTakesNoCertificates(t *testing.T) {
	for _, version := range []cipher.Version{cipher.VersionTLS12, cipher.VersionTLS13} {
		for _, known := range []bool{true, false} {
			pki := newTestPKI(t)
			client, server := pki.clientConfig(), pki.serverConfig()
			suites := append([]cipher.SuiteID{cipher.TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256}, suiteIDs(cipher.Suites())...)
			client.Suites, server.Suites, server.MaxVersion = suites, suites, version
			client.PSKs, client.NoCertificates = onePSK(t, "own"), true
			if known {
				server.PSKs = client.PSKs
			}
			a, b := pair(t, client, server)
			settle(a, b)
			if done := a.Status().Has(HandshakeDone); done != known || done && a.Info().PeerChain != nil {
				t.Errorf("%v, the server knows the PSK: %v: %v, %v", version, known, a.Err(), b.Err())
			}
		}
	}
}

func suiteIDs(suites []*cipher.Suite) (ids []cipher.SuiteID) {
	for _, s := range suites {
		ids = append(ids, s.ID)
	}
	return ids
}
