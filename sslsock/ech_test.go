package sslsock

import (
	"errors"
	"testing"

	"tlsengine/fuzz/pki"
	"tlsengine/handshake"
)

// echKey makes a key for the test server's own name, as PEM and as a list.
func echKey(t *testing.T, id uint8) (pem []byte, list *ECHConfigList) {
	t.Helper()
	k, err := handshake.GenerateECHKey(pki.Host, id, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	if pem, err = k.MarshalPEM(); err != nil {
		t.Fatal(err)
	}
	if list, err = handshake.NewECHConfigList(k.Config()); err != nil {
		t.Fatal(err)
	}
	again, err := ParseECHConfigList(list.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return pem, again
}

// TestEncryptedHello: sockets encrypt their hello; one with an old configuration is told the present one; one that must
// encrypt and can't does not connect.
func TestEncryptedHello(t *testing.T) {
	client, server := clientContext(t), serverContext(t)
	key, list := echKey(t, 1)
	_, old := echKey(t, 2)
	if err := server.LoadECHKeysPEM(key); err != nil {
		t.Fatal(err)
	}
	c, s, ce, se := shakeOnce(t, client, server, pki.Host, WithECHConfigs(list))
	if ce != nil || se != nil {
		t.Fatal(ce, se)
	}
	if c.HandshakeInfo().ECH != handshake.ECHAccepted || s.HandshakeInfo().ECH != handshake.ECHAccepted {
		t.Errorf("%v, %v", c.HandshakeInfo().ECH, s.HandshakeInfo().ECH)
	}
	_, _, ce, _ = shakeOnce(t, client, server, pki.Host, WithECHConfigs(old))
	var rejection *ECHRejection
	var e *SSLError
	if !errors.As(ce, &rejection) || !errors.As(ce, &e) || e.Reason != "ECH_REJECTED" || rejection.RetryConfigs == nil {
		t.Errorf("%v", ce)
	}
	client.SetECHGrease(true)
	c, s, ce, se = shakeOnce(t, client, server, pki.Host)
	if ce != nil || se != nil || c.HandshakeInfo().ECH != handshake.ECHGreased || s.HandshakeInfo().ECH != handshake.ECHNotOpened {
		t.Errorf("%v, %v", ce, se)
	}
	client.SetRequireECH(true)
	if _, err := client.WrapBIO(NewMemoryBIO(), NewMemoryBIO(), WithServerHostname(pki.Host)); !errors.As(err, &e) ||
		e.Reason != "UNUSABLE_ECH_CONFIG_LIST" {
		t.Errorf("%v", err)
	}
}

// TestBadECHIsRefused: what is no key or list says so, and a server has no use for a client's.
func TestBadECHIsRefused(t *testing.T) {
	server := serverContext(t)
	var e *SSLError
	if err := server.LoadECHKeysPEM([]byte("nothing")); !errors.As(err, &e) {
		t.Error(err)
	}
	if err := server.LoadECHKeys("no such file"); err == nil {
		t.Error("there is no such file")
	}
	if _, err := ParseECHConfigList([]byte{0, 1, 2}); !errors.Is(err, ErrInvalidArgument) {
		t.Error(err)
	}
	_, list := echKey(t, 1)
	if _, err := server.NewSocket(WithServerSide(), WithECHConfigs(list)); !errors.Is(err, ErrInvalidArgument) {
		t.Error(err)
	}
}
