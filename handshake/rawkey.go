package handshake

import (
	"bytes"
	"fmt"
	"slices"

	"tlsengine/cipher"
	"tlsengine/record"
	"tlsengine/x509lite"
)

// CertificateType is what stands in a Certificate message (RFC 7250, Section 3).
type CertificateType uint8

// The types of certificates.
const (
	CertificateX509         CertificateType = 0 // a chain; the only one that needn't be negotiated
	CertificateRawPublicKey CertificateType = 2 // a SubjectPublicKeyInfo and nothing else: whose it is must be known otherwise
)

// String returns the RFC's name, or the number.
func (t CertificateType) String() string {
	switch t {
	case CertificateX509:
		return "X.509"
	case CertificateRawPublicKey:
		return "RawPublicKey"
	}
	return fmt.Sprintf("certificate type %d", uint8(t))
}

// justX509 are the types of an end that says nothing (RFC 7250, Section 4.1).
var justX509 = []CertificateType{CertificateX509}

// peerTypes returns the types that we take from the peer, the best first.
func (p *Params) peerTypes() []CertificateType {
	if len(p.PeerTypes) == 0 {
		return justX509
	}
	return p.PeerTypes
}

// ownTypes returns the types that a client offers to show: what it is told to, or what it has credentials of.
func (p *Params) ownTypes() []CertificateType {
	if len(p.OwnTypes) > 0 {
		return p.OwnTypes
	}
	var types []CertificateType
	for _, c := range p.Credentials {
		if !slices.Contains(types, c.Type()) {
			types = append(types, c.Type())
		}
	}
	if types == nil {
		return justX509
	}
	return types
}

// offerCertificateTypes says in a ClientHello which types the client takes and has.
// RFC 7250, Section 4.1: an extension that would name X.509 alone must be left out.
func offerCertificateTypes(p *Params, e *Extensions) {
	if types := p.peerTypes(); !slices.Equal(types, justX509) {
		e.ServerCertificateTypes = types
		e.Add(ExtServerCertificateType)
	}
	if types := p.ownTypes(); !slices.Equal(types, justX509) {
		e.ClientCertificateTypes = types
		e.Add(ExtClientCertificateType)
	}
}

// offeredTypes returns a client's list, or what stands for none.
func offeredTypes(e *Extensions, id ExtensionID, list []CertificateType) []CertificateType {
	if !e.Present.Has(id) {
		return justX509
	}
	return list
}

// chooseClientType chooses, on a server that will ask for one, the type of the client's certificate.
func chooseClientType(c *Context, e *Extensions) error {
	if c.params.ClientAuth == AuthNone {
		return nil
	}
	offered := offeredTypes(e, ExtClientCertificateType, e.ClientCertificateTypes)
	for _, t := range c.params.peerTypes() {
		if slices.Contains(offered, t) {
			c.peerType = t
			return nil
		}
	}
	// RFC 7250, Section 4.2: without a type in common the handshake ends.
	return unsupportedType("the client offers certificates of the types %v, taken are %v", offered, c.params.peerTypes())
}

func unsupportedType(format string, args ...any) error {
	return record.Fail(record.AlertUnsupportedCertificate, record.ReasonUnsupportedCertificate, format, args...)
}

// answerCertificateTypes puts a server's choices into its ServerHello or EncryptedExtensions.
func answerCertificateTypes(c *Context, offered, e *Extensions) {
	if offered.Present.Has(ExtServerCertificateType) {
		e.ServerCertificateTypes = []CertificateType{c.info.Credential.Type()}
		e.Add(ExtServerCertificateType)
	}
	// RFC 7250, Section 4.2: left out by a server that asks for no client certificate.
	if offered.Present.Has(ExtClientCertificateType) && c.params.ClientAuth != AuthNone {
		e.ClientCertificateTypes = []CertificateType{c.peerType}
		e.Add(ExtClientCertificateType)
	}
}

// answerTypeAgain answers server_certificate_type when a session is resumed, as it was answered when the session was made:
// RFC 7250 doesn't speak of resumption, and BoringSSL's clients insist.
func answerTypeAgain(s *Session, offered, e *Extensions) {
	if offered.Present.Has(ExtServerCertificateType) {
		e.ServerCertificateTypes = []CertificateType{s.ownType}
		e.Add(ExtServerCertificateType)
	}
}

// takeCertificateTypes takes a server's choices.
func takeCertificateTypes(c *Context, e *Extensions) error {
	theirs := offeredTypes(e, ExtServerCertificateType, e.ServerCertificateTypes)[0]
	ours := offeredTypes(e, ExtClientCertificateType, e.ClientCertificateTypes)[0]
	if !slices.Contains(c.params.peerTypes(), theirs) {
		return unsupportedType("the server shows a certificate of the type %v, taken are %v", theirs, c.params.peerTypes())
	}
	if e.Present.Has(ExtClientCertificateType) && !slices.Contains(c.params.ownTypes(), ours) {
		return unsupportedType("the server wants a certificate of the type %v, offered were %v", ours, c.params.ownTypes())
	}
	c.peerType, c.ownType = theirs, ours
	return nil
}

// awaitRawKey makes the peer's Certificate of a version before TLS 1.3 be read as a raw public key, if that was agreed on.
func (c *Context) awaitRawKey() {
	if c.peerType == CertificateRawPublicKey {
		form := *c.form
		form.certificate.get = getRawKey
		c.form = &form
	}
}

// readRawKey reads a Certificate that holds a raw public key. Its entries are at least one.
func readRawKey(m *Certificate) (*unverifiedPeer, error) {
	if len(m.Entries) != 1 {
		// RFC 8446, Section 4.4.2: with raw public keys the list has no more than one entry.
		return nil, illegal(record.ReasonInvalidRawPublicKey, "the peer shows %d raw public keys", len(m.Entries))
	}
	spki := bytes.Clone(m.Entries[0].Data)
	key, err := x509lite.ParsePublicKey(spki)
	if err != nil {
		return nil, record.Fail(record.AlertDecodeError, record.ReasonInvalidRawPublicKey,
			"the peer's raw public key of %d bytes can't be read", len(spki)).Because(err)
	}
	return &unverifiedPeer{rawKey: spki, public: key}, nil
}

// checkRawKey is the standard verdict on a raw public key: one of those that are trusted.
func (o *VerifyPeer) checkRawKey() error {
	for _, trusted := range o.params.TrustedKeys {
		if bytes.Equal(trusted, o.RawKey) {
			return nil
		}
	}
	return record.Fail(record.AlertCertificateUnknown, record.ReasonCertificateVerifyFailed,
		"the peer's raw public key is none of the trusted ones")
}

// NewRawKeyCredential makes a credential of a key alone, for peers that take raw public keys (RFC 7250). schemes are as for
// NewCredential. The error is a *CredentialError, or says that the key has no encoding.
func NewRawKeyCredential(key cipher.PrivateKey, schemes []cipher.SignatureScheme) (*Credential, error) {
	spki, err := x509lite.MarshalPublicKey(key.Public())
	if err != nil {
		return nil, err
	}
	c := &Credential{key: key, kind: CertificateRawPublicKey, compressed: new(compressedForms)}
	if err := c.setSchemes(schemes); err != nil {
		return nil, err
	}
	c.entries = []CertificateEntry{{Data: spki}}
	c.size = len(spki) + entryOverhead
	return c, nil
}
