package handshake

import (
	"errors"
	"slices"
	"time"

	"tlsengine/cipher"
	"tlsengine/handshake/wire"
	"tlsengine/record"
	"tlsengine/x509lite"
)

// maxDelegation is how long a delegated credential may still be good for: there is no way to revoke one (RFC 9345,
// Section 4.1.3).
const maxDelegation = 7 * 24 * time.Hour

// oidDelegationUsage is the extension of certificates that may delegate, 1.3.6.1.4.1.44363.44 (RFC 9345, Section 4.2).
const oidDelegationUsage x509lite.OID = "\x2b\x06\x01\x04\x01\x82\xda\x4b\x2c"

// mayDelegate tells whether a CertificateVerify by a delegated key may be of this scheme: RFC 9345, Section 4 leaves out those
// of the keys that also decrypt.
func mayDelegate(s cipher.SignatureScheme) bool {
	row := s.Info()
	return row != nil && row.Usable(cipher.VersionTLS13) && row.KeyType != cipher.KeyRSA
}

// delegation is a delegated credential with its key.
type delegation struct {
	DelegatedCredential
	key cipher.PublicKey
}

// readDelegation takes the key out of a delegated credential, and checks that it can sign with the scheme it is made for.
func readDelegation(d *DelegatedCredential) (*delegation, *CredentialError) {
	key, err := x509lite.ParsePublicKey(d.SPKI)
	if err != nil {
		return nil, badCredential(record.ReasonUnsupportedAlgorithm, "the key of the delegated credential can't be read: %v", err)
	}
	if !mayDelegate(d.Scheme) || !d.Scheme.FitsCurve(key) {
		return nil, badCredential(record.ReasonInvalidSignatureAlgorithm,
			"a delegated key (%v) may not sign with %v", key.Type(), d.Scheme)
	}
	return &delegation{*d, key}, nil
}

// expires returns when the credential ends.
func (d *delegation) expires(leaf *x509lite.Certificate) time.Time {
	return leaf.NotBefore().Add(time.Duration(d.ValidTime) * time.Second)
}

// signedContent is what the certificate's key signs (RFC 9345, Section 4).
func (d *DelegatedCredential) signedContent(by Role, leaf *x509lite.Certificate) ([]byte, error) {
	var b wire.Builder
	for range 64 {
		b.U8(' ')
	}
	b.String("TLS, " + by.String() + " delegated credentials\x00")
	b.Bytes(leaf.Raw())
	d.marshalSigned(&b)
	return b.Result()
}

// check judges a peer's delegated credential (RFC 9345, Section 4.1.3). All that is wrong with it is an illegal_parameter.
func (d *delegation) check(c *Context, leaf *x509lite.Certificate) error {
	now := c.params.Time()
	end := d.expires(leaf)
	_, delegates := leaf.Extension(oidDelegationUsage)
	switch {
	case now.After(end):
		return illegal(record.ReasonCertificateVerifyFailed, "the peer's delegated credential has expired")
	case end.Sub(now) > maxDelegation:
		return illegal(record.ReasonCertificateVerifyFailed, "the peer's delegated credential is good for more than %v", maxDelegation)
	case !delegates || !leaf.AllowsUsage(x509lite.DigitalSignature):
		// RFC 9345, Section 4.2: the certificate must say that it may delegate, and be for signatures.
		return illegal(record.ReasonCertificateVerifyFailed, "the peer's certificate may not delegate")
	case !c.params.accepts(d.Algorithm) || !c.params.accepts(d.Scheme):
		return illegal(record.ReasonWrongSignatureType,
			"the peer's delegated credential is of %v for %v, which were not offered", d.Algorithm, d.Scheme)
	case !signing13.usable(d.Algorithm, leaf.PublicKey(), 1-c.role):
		return illegal(record.ReasonWrongSignatureType,
			"the peer's delegated credential is signed with %v, which does not fit its certificate", d.Algorithm)
	}
	content, err := d.signedContent(1-c.role, leaf)
	if err != nil {
		return err
	}
	if err := d.Algorithm.Verify(leaf.PublicKey(), content, d.Signature); err != nil {
		return illegal(record.ReasonBadSignature, "the signature of the peer's delegated credential is wrong").Because(err)
	}
	return nil
}

// takeDelegation reads and judges the delegated credential that came with the first certificate, if one did. Those of other
// certificates mean nothing.
func takeDelegation(c *Context, m *Certificate, leaf *x509lite.Certificate) (*delegation, error) {
	x := m.Entries[0].Extensions
	if x == nil || !x.Present.Has(ExtDelegatedCredential) {
		return nil, nil
	}
	d, bad := readDelegation(x.Delegated)
	if bad != nil {
		return nil, illegal(bad.Reason, "%s", bad.Detail)
	}
	if err := d.check(c, leaf); err != nil {
		return nil, err
	}
	d.SPKI, d.Signature = nil, nil // views of the message
	return d, nil
}

// NewDelegatedCredential makes a credential of a chain, whose key may be elsewhere, an encoded DelegatedCredential that was
// made with that key, and the key that it delegates to. It is for peers of TLS 1.3 that take such credentials (RFC 9345); put
// one behind it for the others. It is not checked that the peer will find the delegation good. The error is a *CredentialError.
func NewDelegatedCredential(chain []*x509lite.Certificate, encoded []byte, key cipher.PrivateKey) (*Credential, error) {
	if len(chain) == 0 || key == nil {
		return nil, badCredential(record.ReasonNoCertificateSet, "a delegated credential needs a certificate and a private key")
	}
	var d DelegatedCredential
	if s := wire.String(append([]byte(nil), encoded...)); !d.unmarshal(&s) || !s.Empty() {
		return nil, badCredential(record.ReasonDecodeError, "%d bytes are no delegated credential", len(encoded))
	}
	return newDelegated(chain, &d, key)
}

// PEMDelegatedCredential is the type of the PEM block that holds an encoded DelegatedCredential.
const PEMDelegatedCredential = "DELEGATED CREDENTIAL"

// MarshalDelegatedPEM returns, of a delegated credential, what goes to the machine that uses it: the private key and the
// delegation, as blocks PRIVATE KEY and DELEGATED CREDENTIAL. The caller clears the text. It errs for other credentials, and
// for keys that have no encoding.
func (c *Credential) MarshalDelegatedPEM() ([]byte, error) {
	if c.delegated == nil {
		return nil, errors.New("handshake: this is no delegated credential")
	}
	key, err := x509lite.MarshalPKCS8(c.key)
	if err != nil {
		return nil, err
	}
	defer clear(key)
	var b wire.Builder
	c.delegated.marshal(&b)
	encoded, err := b.Result()
	if err != nil {
		return nil, err
	}
	room := make([]byte, 0, 2*(len(key)+len(encoded))+256) // growing would leave copies of the key behind
	return x509lite.MarshalPEM(x509lite.MarshalPEM(room, pemPrivateKey, key), PEMDelegatedCredential, encoded), nil
}

// DelegationUsage is the extension of certificates that may delegate (RFC 9345, Section 4.2): for x509lite.Template's Extra.
func DelegationUsage() x509lite.Extension {
	return x509lite.Extension{ID: oidDelegationUsage, Value: []byte{5, 0}} // NULL
}

func newDelegated(chain []*x509lite.Certificate, made *DelegatedCredential, key cipher.PrivateKey) (*Credential, error) {
	d, bad := readDelegation(made)
	if bad != nil {
		return nil, bad
	}
	if !d.key.Equal(key.Public()) {
		return nil, badCredential(record.ReasonKeyValuesMismatch,
			"the private key (%v) does not belong to the delegated credential", key.Public().Type())
	}
	c := &Credential{key: key, delegated: d, schemes: []cipher.SignatureScheme{d.Scheme}}
	c.present(chain)
	c.size += len(d.SPKI) + len(d.Signature) + entryOverhead
	return c, nil
}

// Delegate makes a delegated credential of c: for a role, another key that will sign with scheme, until a time, at most seven
// days from when it is used. c signs it with its own first scheme that TLS 1.3 has; seed is as for cipher.PrivateKey. The error
// is a *CredentialError, or the key's.
func (c *Credential) Delegate(to Role, key cipher.PrivateKey, scheme cipher.SignatureScheme, until time.Time, seed []byte) (*Credential, error) {
	spki, err := x509lite.MarshalPublicKey(key.Public())
	if err != nil {
		return nil, err
	}
	d := &DelegatedCredential{Scheme: scheme, SPKI: spki, ValidTime: uint32(until.Sub(c.chain[0].NotBefore()) / time.Second)}
	for _, s := range c.schemes {
		if signing13.usable(s, c.key.Public(), to) {
			d.Algorithm = s
			break
		}
	}
	content, err := d.signedContent(to, c.chain[0])
	if err != nil {
		return nil, err
	}
	if d.Signature, err = c.key.Sign(d.Algorithm, content, seed); err != nil {
		return nil, err
	}
	return newDelegated(c.chain, d, key)
}

// delegable tells whether the peer takes c as a delegated credential: one that it asked for, signed with what it accepts, and
// not expired.
func (o *SelectCredential) delegable(c *Credential) bool {
	return slices.Contains(o.wishes.delegated, c.delegated.Scheme) && slices.Contains(o.Schemes, c.delegated.Algorithm) &&
		!o.params.Time().After(c.delegated.expires(c.chain[0]))
}

// schemeOf returns the scheme with which a credential signs for this peer, 0 if there is none.
func (o *SelectCredential) schemeOf(c *Credential) cipher.SignatureScheme {
	if c.delegated != nil {
		return o.rules.choose(c, o.Role, o.wishes.delegated)
	}
	return o.rules.choose(c, o.Role, o.Schemes)
}
