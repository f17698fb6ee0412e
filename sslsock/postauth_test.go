package sslsock

import (
	"errors"
	"testing"

	"tlsengine/fuzz/pki"
	"tlsengine/x509lite"
)

// later returns contexts of both ends that authenticate the client after the handshake.
func later(t *testing.T) (client, server *Context) {
	t.Helper()
	identity := pki.New().Identities[x509lite.KeyP256]
	client, server = clientContext(t), serverContextOf(t, identity)
	if err := client.addCredential(identity.Chain, identity.Key); err != nil {
		t.Fatal(err)
	}
	client.SetPostHandshakeAuth(true)
	server.SetPostHandshakeAuth(true)
	return client, server
}

// oneByte sends a byte to the client and one back.
func oneByte(t *testing.T, c, s *Socket) error {
	t.Helper()
	if _, err := s.Write([]byte("a")); err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() {
		if _, err := c.Read(make([]byte, 1)); err != nil {
			done <- err
			return
		}
		_, err := c.Write([]byte("b"))
		done <- err
	}()
	_, err := s.Read(make([]byte, 1))
	if err := <-done; err != nil {
		return err
	}
	return err
}

// B-048, B-049: the server asks after the handshake, and has the certificate after the next exchange of data.
func TestVerifyClientPostHandshake(t *testing.T) {
	for _, mode := range []VerifyMode{CertOptional, CertRequired} {
		client, server := later(t)
		if !client.PostHandshakeAuth() || !HasPHA { // B-050
			t.Error("it is off")
		}
		if err := server.SetVerifyMode(mode); err != nil {
			t.Fatal(err)
		}
		if err := server.LoadVerifyLocations(VerifyLocations{CADataDER: pki.New().Root.Raw()}); err != nil {
			t.Fatal(err)
		}
		c, s := pair(t, tcpWire, client, server)
		if err := oneByte(t, c, s); err != nil {
			t.Fatal(err)
		}
		if der, _ := s.PeerCertDER(); der != nil {
			t.Error("the client showed its certificate before it was asked")
		}
		if err := s.VerifyClientPostHandshake(); err != nil {
			t.Fatal(err)
		}
		var e *SSLError
		if err := s.VerifyClientPostHandshake(); !errors.As(err, &e) || e.Reason != "REQUEST_PENDING" {
			t.Errorf("asked twice: %v", err)
		}
		if err := oneByte(t, c, s); err != nil {
			t.Fatal(err)
		}
		if der, err := s.PeerCertDER(); der == nil || err != nil {
			t.Errorf("the server has no certificate: %v", err)
		}
		if err := s.VerifyClientPostHandshake(); err != nil {
			t.Errorf("with a certificate there already: %v", err)
		}
	}
}

// B-049: what can't be asked, and a client that has nothing to show where it must.
func TestVerifyClientPostHandshakeErrors(t *testing.T) {
	reason := func(s *Socket, want string) {
		t.Helper()
		var e *SSLError
		if err := s.VerifyClientPostHandshake(); !errors.As(err, &e) || e.Reason != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	client, server := later(t)
	c, _ := pair(t, tcpWire, client, server)
	reason(c, "NOT_SERVER")
	client.SetPostHandshakeAuth(false)
	_, s := pair(t, tcpWire, client, server)
	reason(s, "EXTENSION_NOT_RECEIVED")
	if err := client.SetMaximumVersion(VersionTLS12); err != nil {
		t.Fatal(err)
	}
	_, s = pair(t, tcpWire, client, server)
	reason(s, "WRONG_SSL_VERSION")

	client, server = later(t)
	server.SetPostHandshakeAuth(false)
	if err := server.SetVerifyMode(CertNone); err != nil {
		t.Fatal(err)
	}
	_, s = pair(t, tcpWire, client, server)
	reason(s, "INVALID_CONFIG")

	_, server = later(t)
	if err := server.SetVerifyMode(CertRequired); err != nil {
		t.Fatal(err)
	}
	client = clientContext(t)
	client.SetPostHandshakeAuth(true)
	c, s = pair(t, tcpWire, client, server)
	if err := s.VerifyClientPostHandshake(); err != nil {
		t.Fatal(err)
	}
	_ = oneByte(t, c, s)
	var e *SSLError
	if _, err := s.Read(make([]byte, 1)); !errors.As(err, &e) || e.Reason != "PEER_DID_NOT_RETURN_A_CERTIFICATE" {
		t.Errorf("%v", err)
	}
}
