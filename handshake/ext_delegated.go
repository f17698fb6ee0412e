package handshake

import (
	"tlsengine/cipher"
	"tlsengine/handshake/wire"
)

// DelegatedCredential binds a key, for a short time, to that of a certificate (RFC 9345, Section 4).
type DelegatedCredential struct {
	ValidTime uint32                 // in seconds since the certificate's notBefore
	Scheme    cipher.SignatureScheme // dc_cert_verify_algorithm: of the CertificateVerify
	SPKI      []byte                 // <1..2^24-1>
	Algorithm cipher.SignatureScheme // of Signature, by the certificate's key
	Signature []byte                 // <1..2^16-1>
}

func putDelegatedSchemes(e *Extensions, b *wire.Builder) { putCodes16(b, e.DelegatedSchemes) }

// getDelegatedSchemes reads the schemes that a peer takes in delegated credentials (RFC 9345, Section 4.1).
func getDelegatedSchemes(e *Extensions, s *wire.String) error {
	return parsed(getCodes16(s, &e.DelegatedSchemes))
}

func putDelegated(e *Extensions, b *wire.Builder) { e.Delegated.marshal(b) }

func getDelegated(e *Extensions, s *wire.String) error {
	e.Delegated = new(DelegatedCredential)
	return parsed(e.Delegated.unmarshal(s))
}

func (d *DelegatedCredential) marshal(b *wire.Builder) {
	d.marshalSigned(b)
	b.Opaque16(d.Signature)
}

// marshalSigned writes what the certificate's key signs: Credential, and the algorithm that it signs with.
func (d *DelegatedCredential) marshalSigned(b *wire.Builder) {
	b.U32(d.ValidTime)
	b.U16(uint16(d.Scheme))
	b.Opaque24(d.SPKI)
	b.U16(uint16(d.Algorithm))
}

func (d *DelegatedCredential) unmarshal(s *wire.String) bool {
	return s.U32(&d.ValidTime) && s.U16((*uint16)(&d.Scheme)) && s.Opaque24(&d.SPKI) && len(d.SPKI) > 0 &&
		s.U16((*uint16)(&d.Algorithm)) && s.Opaque16(&d.Signature) && len(d.Signature) > 0
}
