package main

import (
	"crypto/sha256"
	"fmt"
	"net/netip"
	"time"

	"tlsengine/cipher"
	"tlsengine/sslsock"
	"tlsengine/x509lite"
)

// madeFor is how long certificates made on the spot are valid. Their keys exist no longer than the program runs.
const madeFor = 30 * 24 * time.Hour

// authority is a certificate authority made on the spot. Its private key is never written anywhere.
type authority struct {
	root *x509lite.Certificate
	key  cipher.PrivateKey
	now  time.Time
}

// newAuthority makes an authority whose certificate is valid from an hour before now.
func newAuthority(now time.Time) (*authority, error) {
	key, err := x509lite.GenerateKey(x509lite.KeyP256, nil)
	if err != nil {
		return nil, err
	}
	name, err := authorityName(key)
	if err != nil {
		return nil, err
	}
	a := &authority{key: key, now: now}
	a.root, err = a.issue(&x509lite.Template{Subject: x509lite.NewName(name, ""), IsCA: true}, key)
	return a, err
}

// authorityName is different for each key: a client that still trusts the authority of an earlier run then says that it
// doesn't know this one, and not that a signature is wrong.
func authorityName(key cipher.PrivateKey) (string, error) {
	spki, err := x509lite.MarshalPublicKey(key.Public())
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(spki)
	return fmt.Sprintf("throw-away CA %x", sum[:4]), nil
}

// issue signs what t says for the public half of key, with the authority's own times unless t has some.
func (a *authority) issue(t *x509lite.Template, key cipher.PrivateKey) (*x509lite.Certificate, error) {
	if t.NotAfter.IsZero() {
		t.NotBefore, t.NotAfter = a.now.Add(-time.Hour), a.now.Add(madeFor)
	}
	encoding, err := t.Sign(a.root, key.Public(), a.key, nil)
	if err != nil {
		return nil, err
	}
	return x509lite.ParseCertificate(encoding)
}

// identity is a certificate with its key.
type identity struct {
	certificate *x509lite.Certificate
	key         cipher.PrivateKey
}

// localhost is the template of a certificate for this machine, as itself knows it.
func localhost() *x509lite.Template {
	return &x509lite.Template{
		Subject:  x509lite.NewName("localhost", ""),
		DNSNames: []string{"localhost"},
		IPs:      []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.IPv6Loopback()},
	}
}

// newIdentity issues a certificate for a new key.
func (a *authority) newIdentity(t *x509lite.Template, kind x509lite.KeyKind) (identity, error) {
	key, err := x509lite.GenerateKey(kind, nil)
	if err != nil {
		return identity{}, err
	}
	certificate, err := a.issue(t, key)
	return identity{certificate, key}, err
}

// load makes c authenticate with the identity.
func (i identity) load(c *sslsock.Context) error {
	key, err := x509lite.MarshalPKCS8(i.key)
	if err != nil {
		return err
	}
	defer clear(key)
	keyPEM := x509lite.MarshalPEM(nil, "PRIVATE KEY", key)
	defer clear(keyPEM)
	return c.LoadCertChainPEM(certificatePEM(i.certificate), keyPEM, nil)
}

func certificatePEM(c *x509lite.Certificate) []byte {
	return x509lite.MarshalPEM(nil, "CERTIFICATE", c.Raw())
}
