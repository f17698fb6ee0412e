package interop

import (
	"errors"
	"testing"

	"tlsengine/cipher"
	"tlsengine/fuzz/peers"
	"tlsengine/handshake"
	"tlsengine/record"
)

// Priorities of GnuTLS for TLS 1.2 as it was before two repairs.
const (
	withoutEMS           = "NORMAL:-VERS-ALL:+VERS-TLS1.2:%NO_SESSION_HASH"            // RFC 7627
	withoutRenegotiation = "NORMAL:-VERS-ALL:+VERS-TLS1.2:%DISABLE_SAFE_RENEGOTIATION" // RFC 5746
)

var legacyRow = row{version: cipher.VersionTLS12, key: p256}

// legacyServer starts a gnutls-serv with the priority.
func legacyServer(t *testing.T, priority string) string {
	t.Helper()
	remote := gnutlsServer
	remote.command = func(s serverSetup) []string { return append([]string{"--priority", priority}, gnutlsServ(s)...) }
	addr, _ := remote.start(t, p256, handshake.AuthNone)
	return addr
}

// legacyClient runs a gnutls-cli with the priority against our server and returns our report.
func legacyClient(t *testing.T, priority string) *handshake.Info {
	t.Helper()
	s := serve(t, legacyRow.serverConfig(t), answerAndWait)
	remote := gnutlsClient
	remote.command = func(c clientSetup) []string { return append([]string{"--priority", priority}, gnutlsCli(c)...) }
	output, err := remote.run(t, s.addr, "")
	result := s.wait(t)
	if err := errors.Join(err, result.err); err != nil {
		t.Fatal(err)
	}
	checkExport(t, result.exported, output)
	return result.link.conn.Info()
}

// TestConnectsWithoutExtendedMasterSecret shows that both roles still derive the master secret as RFC 5246, Section 8.1 has it.
func TestConnectsWithoutExtendedMasterSecret(t *testing.T) {
	peers.Need(t, "gnutls-serv")
	l := connect(t, legacyServer(t, withoutEMS), legacyRow.clientConfig(t))
	if l.conn.Info().ExtendedMasterSecret {
		t.Error("our client reports an extended master secret")
	}
	talk(t, l, same)
	if legacyClient(t, withoutEMS).ExtendedMasterSecret {
		t.Error("our server reports an extended master secret")
	}
}

// TestSecureRenegotiationMissing shows that our client refuses a server without it unless it is told otherwise, and that our
// server takes such clients, to whom nothing can happen as long as nobody renegotiates (RFC 5746, Sections 4.1 and 4.4). (B-029)
func TestSecureRenegotiationMissing(t *testing.T) {
	addr := legacyServer(t, withoutRenegotiation)
	config := legacyRow.clientConfig(t)
	l := dial(t, addr, config)
	var e *record.Error
	if err := l.handshake(); !errors.As(err, &e) || e.Reason != record.ReasonUnsafeLegacyRenegotiationDisabled || e.Alert != record.AlertHandshakeFailure {
		t.Errorf("our careful client: %v", err)
	}
	l.hangUp()
	config.AllowLegacyServer = true
	l = connect(t, addr, config)
	if l.conn.Info().SecureRenegotiation {
		t.Error("our client reports secure renegotiation")
	}
	talk(t, l, same)
	if legacyClient(t, withoutRenegotiation).SecureRenegotiation {
		t.Error("our server reports secure renegotiation")
	}
}
