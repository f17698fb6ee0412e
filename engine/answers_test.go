package engine

import (
	"bytes"
	"errors"
	"testing"

	"tlsengine/cipher"
	"tlsengine/fuzz/pki"
	"tlsengine/handshake"
	"tlsengine/record"
	"tlsengine/x509lite"
)

// TestServerIsQuietAboutTheName compares a server that says that it used the name with one that doesn't: the answer is four bytes, and
// both know the name.
func TestServerIsQuietAboutTheName(t *testing.T) {
	p := newTestPKI(t)
	length := func(quiet bool) (n int) {
		client, server := p.clientConfig(), p.serverConfig()
		server.QuietServerName = quiet
		server.Trace = &Trace{Message: func(d Direction, kind handshake.MessageType, message []byte) {
			if d == Outbound && kind == handshake.TypeEncryptedExtensions {
				n = len(message)
			}
		}}
		a, b := pair(t, client, server)
		settle(a, b)
		if b.Info() == nil || b.Info().ServerName != "example.test" {
			t.Fatal(a.Err(), b.Err())
		}
		return n
	}
	if loud, quiet := length(false), length(true); loud != quiet+4 {
		t.Errorf("EncryptedExtensions has %d bytes with the answer, %d without", loud, quiet)
	}
}

// TestClientToleratesUnknownProtocol changes the server's answer on its way, in TLS 1.2, where it is in the clear. The connection fails in
// either case: at once, or at the end of the handshake, since the two ends have seen different things.
func TestClientToleratesUnknownProtocol(t *testing.T) {
	for _, tolerate := range []bool{false, true} {
		p := newTestPKI(t)
		client, server := p.clientConfig(), p.serverConfig()
		client.MaxVersion = cipher.VersionTLS12
		client.Protocols, client.TolerateUnknownProtocol = []string{"unheard"}, tolerate
		server.Protocols = []string{"unheard"}
		c, s := pair(t, client, server)
		move(c, s)
		out := bytes.Replace(s.Outgoing(), []byte("unheard"), []byte("unknown"), 1)
		c.Feed(out)
		s.Sent(len(out))
		settle(c, s)
		var e *record.Error
		if refused := errors.As(c.Err(), &e) && e.Reason == record.ReasonInvalidALPNProtocol; refused == tolerate {
			t.Errorf("tolerate is %v, and the client says %v", tolerate, c.Err())
		}
	}
}

// TestLegacySchemesAreForClientsOfTLS13 shows that only clients sign with them, only where both ends name them, and only in TLS 1.3.
func TestLegacySchemesAreForClientsOfTLS13(t *testing.T) {
	const legacy = cipher.RSAPKCS1SHA256Legacy
	rsa := pki.New().Identities[x509lite.KeyRSA2048]
	old, err := handshake.NewCredential(rsa.Chain, rsa.Key, []cipher.SignatureScheme{legacy})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		version cipher.Version
		takes   []cipher.SignatureScheme
		server  bool // that signs with it
		works   bool
	}{
		{"a client", cipher.VersionTLS13, []cipher.SignatureScheme{cipher.ECDSAP256SHA256, legacy}, false, true},
		{"a client that isn't asked", cipher.VersionTLS13, []cipher.SignatureScheme{cipher.ECDSAP256SHA256}, false, false},
		{"a client of TLS 1.2", cipher.VersionTLS12, []cipher.SignatureScheme{cipher.ECDSAP256SHA256, legacy}, false, false},
		{"a server", cipher.VersionTLS13, []cipher.SignatureScheme{cipher.ECDSAP256SHA256, legacy}, true, false},
	} {
		p := newTestPKI(t)
		client, server := p.clientConfig(), p.serverConfig()
		client.MaxVersion = c.version
		if c.server {
			client.Schemes, server.Credentials = c.takes, []*handshake.Credential{old}
		} else {
			client.Credentials, server.ClientAuth, server.Schemes = []*handshake.Credential{old}, handshake.AuthRequired, c.takes
		}
		a, b := pair(t, client, server)
		settle(a, b)
		done := b.Status().Has(HandshakeDone)
		if done != c.works || done && b.Info().PeerScheme != legacy {
			t.Errorf("%s: %v, %v", c.name, a.Err(), b.Err())
		}
	}
}
