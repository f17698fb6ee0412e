package handshake

import (
	"bytes"
	"errors"
	"fmt"

	"tlsengine/cipher"
	"tlsengine/x509lite"
)

// A Credential is what one end authenticates with: a certificate chain and the key that belongs to it. It is
// immutable once made and may be shared by any number of configurations.
type Credential struct {
	chain   []*x509lite.Certificate
	key     cipher.PrivateKey
	schemes []cipher.SignatureScheme
	entries []CertificateEntry
	size    int // of the Certificate message, at most

	forAuthorities bool // only for peers that name an issuer of the chain
}

// NewCredential makes a credential of a chain, leaf first, and its key. schemes are the signature schemes to sign with,
// the best first; nil means all that fit the key, without weak ones, those of the key's own curve first. The error says
// what does not belong together. The chain is sent as it is given.
func NewCredential(chain []*x509lite.Certificate, key cipher.PrivateKey, schemes []cipher.SignatureScheme) (*Credential, error) {
	if len(chain) == 0 {
		return nil, errors.New("handshake: a credential needs at least one certificate")
	}
	if key == nil {
		return nil, errors.New("handshake: a credential needs a private key")
	}
	public := chain[0].PublicKey()
	if public == nil || !public.Equal(key.Public()) {
		return nil, fmt.Errorf("handshake: the private key (%v) does not belong to the certificate", key.Public().Type())
	}
	if schemes == nil {
		schemes = soundSchemes(public)
	}
	c := &Credential{chain: chain, key: key}
	for _, s := range schemes {
		if s.Fits(public) {
			c.schemes = append(c.schemes, s)
		}
	}
	if len(c.schemes) == 0 {
		return nil, fmt.Errorf("handshake: no signature scheme fits the key (%v, %d bits)", public.Type(), public.Bits())
	}
	for _, cert := range chain {
		c.entries = append(c.entries, CertificateEntry{Data: cert.Raw()})
		c.size += len(cert.Raw()) + entryOverhead
	}
	return c, nil
}

// ForAuthorities returns a credential like c that is used only with a peer that names one of the chain's issuers in its
// certificate_authorities (RFC 8446, Section 4.2.4): for a chain that some peers need and others don't know.
func (c *Credential) ForAuthorities() *Credential {
	own := *c
	own.forAuthorities = true
	return &own
}

// issuedBy tells whether one of the names, as DER, is that of an issuer in the chain.
func (c *Credential) issuedBy(names [][]byte) bool {
	for _, cert := range c.chain {
		for _, name := range names {
			if bytes.Equal(cert.RawIssuer(), name) {
				return true
			}
		}
	}
	return false
}

// entryOverhead is what a CertificateEntry has beside the certificate: its length and that of its extensions.
const entryOverhead = 3 + 2

// Chain returns the certificates as they are sent, leaf first. Read only.
func (c *Credential) Chain() []*x509lite.Certificate { return c.chain }

// Key returns the private key, which the credential shares with its callers.
func (c *Credential) Key() cipher.PrivateKey { return c.key }

// soundSchemes returns all schemes that nothing speaks against, the best first: those that are made for the key's curve
// before those that TLS 1.2 lets a key of any curve use, with a hash that may be too short for it.
func soundSchemes(k cipher.PublicKey) []cipher.SignatureScheme {
	var ids, others []cipher.SignatureScheme
	for _, s := range cipher.Schemes() {
		switch {
		case s.Weak != "":
		case s.ID.FitsCurve(k):
			ids = append(ids, s.ID)
		default:
			others = append(others, s.ID)
		}
	}
	return append(ids, others...)
}
