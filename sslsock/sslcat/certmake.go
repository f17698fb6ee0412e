package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"tlsengine/cipher"
	"tlsengine/x509lite"
)

// keyType is a flag's value: the kind of key to make. The zero value is P-256.
type keyType x509lite.KeyKind

// keyTypes are the kinds of key by the names that the flag takes.
var keyTypes = []struct {
	name string
	kind x509lite.KeyKind
}{
	{"p256", x509lite.KeyP256}, {"p384", x509lite.KeyP384}, {"p521", x509lite.KeyP521}, {"ed25519", x509lite.KeyEd25519},
	{"rsa2048", x509lite.KeyRSA2048}, {"rsa3072", x509lite.KeyRSA3072}, {"rsa4096", x509lite.KeyRSA4096},
	{"mldsa44", x509lite.KeyMLDSA44}, {"mldsa65", x509lite.KeyMLDSA65}, {"mldsa87", x509lite.KeyMLDSA87},
}

func keyTypeNames() []string {
	var names []string
	for _, t := range keyTypes {
		names = append(names, t.name)
	}
	return names
}

func (k *keyType) String() string {
	for _, t := range keyTypes {
		if t.kind == x509lite.KeyKind(*k) {
			return t.name
		}
	}
	return ""
}

// Set takes "p256", "P-256", "RSA-2048".
func (k *keyType) Set(text string) error {
	short := strings.ToLower(strings.NewReplacer("-", "", " ", "", ":", "").Replace(text))
	for _, t := range keyTypes {
		if t.name == short {
			*k = keyType(t.kind)
			return nil
		}
	}
	return fmt.Errorf("%q is no type of key: it is one of %s", text, strings.Join(keyTypeNames(), ", "))
}

// made is a certificate with its key and what vouches for it.
type made struct {
	identity
	chain []*x509lite.Certificate // from the issuer up; empty if self-signed
	cut   bool                    // its end is its issuer's
}

// signer is who signs: an authority from files.
type signer struct {
	chain []*x509lite.Certificate // its own certificate first
	key   cipher.PrivateKey
}

// make makes what the flags ask for, all in memory.
func (o *certOptions) make() (*made, error) {
	t, err := o.template()
	if err != nil {
		return nil, err
	}
	var by *signer
	if o.files.issuer != "" {
		if by, err = o.files.loadSigner(); err != nil {
			return nil, err
		}
	}
	t.NotBefore = time.Now()
	t.NotAfter = t.NotBefore.AddDate(0, 0, o.days)
	key, err := x509lite.GenerateKey(x509lite.KeyKind(o.keyType), nil)
	if err != nil {
		return nil, err
	}
	if !o.ca && key.Public().Type() == cipher.KeyRSA {
		t.KeyUsage = x509lite.DigitalSignature | x509lite.KeyEncipherment // peers that know nothing newer than TLS_RSA want it
	}
	m, err := by.sign(t, key)
	if err != nil {
		return nil, err
	}
	return m, checkHosts(m.certificate)
}

// sign makes a certificate of t for key, self-signed if there is no signer, and looks whether it holds.
func (s *signer) sign(t *x509lite.Template, key cipher.PrivateKey) (*made, error) {
	m := &made{identity: identity{key: key}}
	var issuer *x509lite.Certificate
	by := key
	if s != nil {
		m.chain, issuer, by = s.chain, s.chain[0], s.key
		if end := issuer.NotAfter(); t.NotBefore.Before(end) && t.NotAfter.After(end) {
			t.NotAfter, m.cut = end, true
		}
		if t.IsCA && s.isLast() {
			return nil, fmt.Errorf("%v may sign no further authority: path length", issuer.Subject())
		}
		if t.Subject.Equal(issuer.Subject()) {
			return nil, errors.New("it would have the name of its issuer, and be taken for self-signed: give another -cn")
		}
	} else if t.Subject.Empty() {
		return nil, errors.New("the name is too long for a subject, which a self-signed certificate needs: give a -cn too")
	}
	encoding, err := t.Sign(issuer, key.Public(), by, nil)
	if err != nil {
		return nil, err
	}
	if m.certificate, err = x509lite.ParseCertificate(encoding); err != nil {
		return nil, err
	}
	return m, m.verify(t.NotBefore)
}

// isLast reports whether a path length in the chain leaves no room for another authority. (Verification doesn't say so: the
// certificate at the end of a path doesn't count, whether it is an authority's or not. RFC 5280, Section 4.2.1.9)
func (s *signer) isLast() bool {
	for below, c := range s.chain {
		if most, limited := c.MaxPathLen(); limited && below+1 > most {
			return true
		}
	}
	return false
}

// verify sees whether the issuer may vouch for the certificate: dates, usages, constraints.
func (m *made) verify(now time.Time) error {
	roots := x509lite.NewPool()
	if len(m.chain) == 0 {
		roots.Add(m.certificate)
	} else {
		roots.Add(m.chain[0])
	}
	o := &x509lite.VerifyOptions{Roots: roots, Time: now, Purpose: x509lite.AnyPurpose}
	if _, err := x509lite.Verify(m.certificate, o); err != nil {
		return fmt.Errorf("nobody would accept the certificate: %s", oneLine(err.Error()))
	}
	return nil
}

// loadSigner reads the authority that signs, and checks that it is one.
func (f *certFiles) loadSigner() (*signer, error) {
	text, err := os.ReadFile(f.issuer)
	if err != nil {
		return nil, fmt.Errorf("-issuer: %w", err)
	}
	defer clear(text)
	s := &signer{}
	if s.chain, err = x509lite.ParseCertificatesPEM(text); err != nil {
		return nil, fmt.Errorf("-issuer %s: %w", f.issuer, err)
	}
	if c := s.chain[0]; !c.IsCA() || !c.AllowsUsage(x509lite.KeyCertSign) {
		return nil, fmt.Errorf("-issuer %s: %v is no authority: one is made with -ca", f.issuer, c.Subject())
	}
	from, keyText := "-issuer "+f.issuer, text
	if f.issuerKey != "" {
		if keyText, err = os.ReadFile(f.issuerKey); err != nil {
			return nil, fmt.Errorf("-issuer-key: %w", err)
		}
		defer clear(keyText)
		from = "-issuer-key " + f.issuerKey
	}
	switch s.key, err = x509lite.ParsePrivateKeyPEM(keyText); {
	case errors.Is(err, x509lite.ErrNoPrivateKey) && f.issuerKey == "":
		return nil, fmt.Errorf("-issuer %s: the file has no private key: give -issuer-key", f.issuer)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", from, err)
	}
	if err := s.chain[0].CheckKey(s.key); err != nil {
		return nil, fmt.Errorf("%s: %w", from, err)
	}
	return s, nil
}
