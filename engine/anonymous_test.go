package engine

import (
	"testing"

	"tlsengine/cipher"
	"tlsengine/handshake"
	"tlsengine/record"
)

// TestAnonymousClientsAreNotLetInWhereACertificateIsRequired: no suite under which none can be asked for is chosen then.
func TestAnonymousClientsAreNotLetInWhereACertificateIsRequired(t *testing.T) {
	p := newTestPKI(t)
	for _, id := range []cipher.SuiteID{cipher.TLS_DH_anon_WITH_AES_128_CBC_SHA, cipher.TLS_ECDH_anon_WITH_AES_128_CBC_SHA} {
		client, server := p.clientConfig(), p.serverConfig()
		client.MaxVersion = cipher.VersionTLS12
		client.Suites = []cipher.SuiteID{id}
		server.Suites, server.MaxVersion = client.Suites, cipher.VersionTLS12
		server.ClientAuth = handshake.AuthRequired
		a, b := pair(t, client, server)
		settle(a, b)
		a.Peek()
		wantFailure(t, b.Err(), record.AlertHandshakeFailure, record.ReasonNoSharedCipher)
	}
}
