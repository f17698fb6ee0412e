package sslsock

import (
	"bytes"
	"errors"
	"reflect"
	"testing"

	"tlsengine/fuzz/pki"
	"tlsengine/x509lite"
)

// S-158 to S-160, S-169, S-172: on both roles before and after the handshake, verified and not, and without a certificate.
func TestPeerCert(t *testing.T) {
	bare, err := clientContext(t).NewSocket(WithServerHostname(pki.Host))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bare.PeerCert(); !errors.Is(err, ErrNotConnected) {
		t.Error(err)
	}
	identity := pki.New().Identities[x509lite.KeyP256]
	client, server := clientContext(t), serverContext(t)
	if err := errors.Join(client.addCredential(identity.Chain, identity.Key), server.SetVerifyMode(CertOptional),
		server.LoadVerifyLocations(VerifyLocations{CADataDER: pki.New().Root.Raw()})); err != nil {
		t.Fatal(err)
	}
	c, s := lazyPair(t, pipeWire, client, server)
	for _, one := range []*Socket{c, s} {
		if _, err := one.PeerCert(); !errors.Is(err, ErrHandshakeNotDone) {
			t.Error(err)
		}
	}
	if err := errors.Join(shakeBoth(c, s)); err != nil {
		t.Fatal(err)
	}
	for _, one := range []*Socket{c, s} {
		info, err := one.PeerCert()
		if err != nil || info.Empty() || info.SerialNumber == "" || len(info.SubjectAltName) == 0 {
			t.Errorf("%+v, %v", info, err)
		}
		if want, _ := identity.Chain[0].Info(); !reflect.DeepEqual(info.Dict(), want.Dict()) {
			t.Errorf("%v", info.Dict())
		}
	}
}

// S-159, S-158: what was not verified is not shown, and a server that asked for nothing has nothing.
func TestPeerCertOfUnverifiedPeer(t *testing.T) {
	client, err := NewContext(ProtocolTLS)
	if err != nil {
		t.Fatal(err)
	}
	c, s := pair(t, pipeWire, client, serverContext(t))
	info, err := c.PeerCert()
	if err != nil || info == nil || !info.Empty() || len(info.Dict()) != 0 || !reflect.DeepEqual(*info, CertInfo{}) {
		t.Errorf("%+v, %v", info, err)
	}
	if der, err := c.PeerCertDER(); err != nil || !bytes.Equal(der, pki.New().Identities[x509lite.KeyP256].Chain[0].Raw()) {
		t.Errorf("%x, %v", der, err)
	}
	if info, err := s.PeerCert(); info != nil || err != nil {
		t.Errorf("%+v, %v", info, err)
	}
}
