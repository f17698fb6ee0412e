package sslsock

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"tlsengine/fuzz/pki"
	"tlsengine/x509lite"
)

// TestSocketsByRawKeys: both ends show keys and no certificates; who shows another key is refused, and what asks for a
// certificate has none.
func TestSocketsByRawKeys(t *testing.T) {
	identities := pki.New().Identities
	rawFile := func(k x509lite.KeyKind) (file string, spki []byte) {
		der, err := x509lite.MarshalPKCS8(identities[k].Key)
		must(t, err)
		spki, err = x509lite.MarshalPublicKey(identities[k].Key.Public())
		must(t, err)
		file = filepath.Join(t.TempDir(), "key.pem")
		must(t, os.WriteFile(file, x509lite.MarshalPEM(nil, "PRIVATE KEY", der), 0o600))
		return file, spki
	}
	serverFile, serverKey := rawFile(x509lite.KeyP256)
	clientFile, clientKey := rawFile(x509lite.KeyEd25519)
	client, server := clientContext(t), serverContext(t)
	must(t, errors.Join(client.LoadRawKey(clientFile, nil), client.SetTrustedPublicKeys(serverKey)))
	must(t, errors.Join(server.LoadRawKey(serverFile, nil),
		server.SetTrustedPublicKeys(clientKey), server.SetVerifyMode(CertRequired)))
	c, s := pair(t, tcpWire, client, server)
	if !bytes.Equal(c.PeerPublicKeyDER(), serverKey) || !bytes.Equal(s.PeerPublicKeyDER(), clientKey) {
		t.Error("the ends don't have each other's keys")
	}
	for _, end := range []*Socket{c, s} {
		if der, err := end.PeerCertDER(); der != nil || err != nil {
			t.Errorf("a certificate of %d bytes: %v", len(der), err)
		}
		if b, err := end.ChannelBinding("tls-server-end-point"); b != nil {
			t.Errorf("a binding to no certificate: %x, %v", b, err)
		}
	}
	must(t, client.SetTrustedPublicKeys(clientKey))
	c, s = lazyPair(t, tcpWire, client, server)
	if ce, _ := shakeBoth(c, s); ce == nil {
		t.Error("a key that isn't trusted was taken")
	}
	if err := client.SetTrustedPublicKeys([]byte("none")); err == nil {
		t.Error("what is no key is trusted")
	}
	must(t, client.SetTrustedPublicKeys())
	plain := clientContext(t)
	must(t, server.SetVerifyMode(CertNone))
	if c, _ := pair(t, tcpWire, plain, server); c.PeerPublicKeyDER() != nil || len(c.UnverifiedChain()) == 0 {
		t.Error("a client that takes no keys got one")
	}
}
