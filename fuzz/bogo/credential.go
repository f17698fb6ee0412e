package main

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"tlsengine/cipher"
	"tlsengine/handshake"
	"tlsengine/x509lite"
)

// certificateFirst tells whether there is a PSK, and before it a credential of another kind.
func (s *settings) certificateFirst() bool {
	isPSK := func(c credentialSettings) bool { return c.kind == pskCredential }
	return slices.IndexFunc(s.further, isPSK) > 0
}

// signingOrder is the order in which BoGo takes for granted that we sign.
var signingOrder = []cipher.SignatureScheme{
	cipher.MLDSA44, cipher.MLDSA65, cipher.MLDSA87,
	cipher.Ed25519, cipher.ECDSAP256SHA256, cipher.RSAPSSRSAESHA256, cipher.RSAPKCS1SHA256,
	cipher.ECDSAP384SHA384, cipher.RSAPSSRSAESHA384, cipher.RSAPKCS1SHA384,
	cipher.ECDSAP521SHA512, cipher.RSAPSSRSAESHA512, cipher.RSAPKCS1SHA512,
	cipher.ECDSASHA1, cipher.RSAPKCS1SHA1,
}

// credentials reads the files of the flags, in the order of preference.
func (s *settings) credentials() ([]*handshake.Credential, error) {
	var all []*handshake.Credential
	for _, one := range append(s.further[:len(s.further):len(s.further)], s.fallback) {
		if one.keyFile == "" && one.certFile == "" {
			continue
		}
		c, err := one.read(s.signingOrder())
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

// psks returns the PSKs of TLS 1.3 that the flags have imported, in their order.
func (s *settings) psks() (all []*handshake.PSK, err error) {
	for i := range s.further {
		if s.further[i].kind != pskCredential {
			continue
		}
		one, h := &s.further[i].importer, cipher.SHA256
		if one.sha384 {
			h = cipher.SHA384
		}
		imported, err := handshake.ImportPSK([]byte(one.identity), []byte(one.key), []byte(one.context), h)
		if err != nil {
			return nil, err
		}
		all = append(all, imported...)
	}
	return all, nil
}

// signingOrder is what credentials sign with that have no preferences of their own.
func (s *settings) signingOrder() []cipher.SignatureScheme {
	if s.policy != nil {
		return s.policy.Schemes()
	}
	return signingOrder
}

// read reads the files of one credential. order is for one that has no preferences of its own.
func (c *credentialSettings) read(order []cipher.SignatureScheme) (*handshake.Credential, error) {
	text, err := os.ReadFile(c.keyFile)
	if err != nil {
		return nil, err
	}
	key, err := x509lite.ParsePrivateKeyPEM(text)
	if errors.Is(err, x509lite.ErrUnsupportedKey) {
		return nil, fmt.Errorf("%w: %v", errUnimplemented, err)
	}
	if err != nil {
		return nil, err
	}
	var chain []*x509lite.Certificate
	if c.kind != rawKeyCredential {
		if chain, err = readChain(c.certFile); err != nil {
			return nil, err
		}
	}
	order, err = schemes(c.signingPrefs, order)
	if err != nil {
		return nil, err
	}
	made, err := c.make(chain, key, order)
	if err != nil {
		return nil, err
	}
	if c.mustMatchIssuer {
		made = made.ForAuthorities()
	}
	if c.staple != "" {
		if made, err = made.WithStaples([]byte(c.staple)); err != nil {
			return nil, err
		}
	}
	return made.WithSCTs([]byte(c.scts))
}

// make makes a credential of its kind.
func (c *credentialSettings) make(chain []*x509lite.Certificate, key cipher.PrivateKey, order []cipher.SignatureScheme) (*handshake.Credential, error) {
	switch c.kind {
	case delegatedCredential:
		return handshake.NewDelegatedCredential(chain, []byte(c.delegated), key)
	case rawKeyCredential:
		return handshake.NewRawKeyCredential(key, order)
	}
	return handshake.NewCredential(chain, key, order)
}

func readChain(file string) ([]*x509lite.Certificate, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return x509lite.ParseCertificatesPEM(text)
}
