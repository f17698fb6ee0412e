package engine

import (
	"errors"
	"testing"

	"tlsengine/cipher"
	"tlsengine/handshake"
	"tlsengine/record"
)

// TestServerWithoutCertificateSaysWhyNoPSK shows what a server with nothing but PSKs gives as the reason for its handshake_failure.
func TestServerWithoutCertificateSaysWhyNoPSK(t *testing.T) {
	psk := func(name string) []*handshake.PSK {
		k, err := handshake.NewPSK([]byte(name), []byte("0123456789abcdef0123456789abcdef"), cipher.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		return []*handshake.PSK{k}
	}
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
