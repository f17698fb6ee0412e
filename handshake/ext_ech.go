package handshake

import (
	"tlsengine/cipher/hpke"
	"tlsengine/handshake/wire"
	"tlsengine/record"
)

// ECHClientHello is encrypted_client_hello as it stands in a ClientHello (RFC 9849, Section 5).
type ECHClientHello struct {
	Inner bool // this is the hello that was encrypted; the rest is empty then

	KDF      hpke.KDF
	AEAD     hpke.AEAD
	ConfigID uint8  // of the configuration that it is encrypted to
	Enc      []byte // the encapsulated key; empty in a second hello
	Payload  []byte // <1..2^16-1>, the encrypted EncodedClientHelloInner
}

// The values of ECHClientHelloType (RFC 9849, Section 5).
const (
	echOuter = 0
	echInner = 1
)

func putECH(e *Extensions, b *wire.Builder) {
	if e.ECH.Inner {
		b.U8(echInner)
		return
	}
	b.U8(echOuter)
	b.U16(uint16(e.ECH.KDF))
	b.U16(uint16(e.ECH.AEAD))
	b.U8(e.ECH.ConfigID)
	b.Opaque16(e.ECH.Enc)
	b.Opaque16(e.ECH.Payload)
}

func getECH(e *Extensions, s *wire.String) error {
	var kind uint8
	if !s.U8(&kind) {
		return errMalformed
	}
	x := &e.ECH
	switch kind {
	case echInner:
		x.Inner = true
		return nil
	case echOuter:
		return parsed(s.U16((*uint16)(&x.KDF)) && s.U16((*uint16)(&x.AEAD)) && s.U8(&x.ConfigID) && s.Opaque16(&x.Enc) &&
			s.Opaque16(&x.Payload) && len(x.Payload) > 0)
	}
	// RFC 9849, Section 7: any other type must be refused with illegal_parameter.
	return illegal(record.ReasonErrorParsingExtension, "encrypted_client_hello is of type %d", kind)
}

// echConfirmationSize is the length of what tells a client that its encrypted hello was accepted (RFC 9849, Sections 7.2 and
// 7.2.1).
const echConfirmationSize = 8

func putECHConfirmation(e *Extensions, b *wire.Builder) { b.Bytes(e.ECHConfirmation) }

// getECHConfirmation reads opaque confirmation[8]. RFC 9849, Section 6.1.4: any other length is a decode_error.
func getECHConfirmation(e *Extensions, s *wire.String) error {
	return parsed(s.Bytes(echConfirmationSize, &e.ECHConfirmation))
}

func putECHRetryConfigs(e *Extensions, b *wire.Builder) { b.Bytes(e.ECHRetryConfigs) }

// getECHRetryConfigs reads an ECHConfigList. RFC 9849, Sections 6.1.6 and 6.2.1: a client must refuse one that doesn't parse with
// decode_error, also if it has no use for it.
func getECHRetryConfigs(e *Extensions, s *wire.String) error {
	e.ECHRetryConfigs = s.Rest()
	return parsed(eachECHConfig(e.ECHRetryConfigs, func(*ECHConfig) {}))
}
