package handshake

import (
	"bytes"

	"tlsengine/handshake/wire"
	"tlsengine/record"
)

func putServerTypes(e *Extensions, b *wire.Builder) { putTypes(e.ServerCertificateTypes, b) }
func putClientTypes(e *Extensions, b *wire.Builder) { putTypes(e.ClientCertificateTypes, b) }

func getServerTypes(e *Extensions, s *wire.String) error {
	return getTypes(&e.ServerCertificateTypes, s)
}

func getClientTypes(e *Extensions, s *wire.String) error {
	return getTypes(&e.ClientCertificateTypes, s)
}

func putTypes(types []CertificateType, b *wire.Builder) {
	b.Vector8(func(b *wire.Builder) {
		for _, t := range types {
			b.U8(uint8(t))
		}
	})
}

// getTypes reads a client's list (RFC 7250, Section 3).
// RFC 7250, Section 4.1: it has at least one type; one of X.509 alone must not be sent.
func getTypes(types *[]CertificateType, s *wire.String) error {
	var list []byte
	if !s.Opaque8(&list) {
		return errMalformed
	}
	if len(list) == 0 || bytes.Equal(list, []byte{byte(CertificateX509)}) {
		return illegal(record.ReasonErrorParsingExtension, "a list of %d certificate types says nothing", len(list))
	}
	for _, t := range list {
		*types = append(*types, CertificateType(t))
	}
	return nil
}

func putServerType(e *Extensions, b *wire.Builder) { b.U8(uint8(e.ServerCertificateTypes[0])) }
func putClientType(e *Extensions, b *wire.Builder) { b.U8(uint8(e.ClientCertificateTypes[0])) }

func getServerType(e *Extensions, s *wire.String) error {
	e.ServerCertificateTypes = make([]CertificateType, 1)
	return parsed(s.U8((*uint8)(&e.ServerCertificateTypes[0])))
}

func getClientType(e *Extensions, s *wire.String) error {
	e.ClientCertificateTypes = make([]CertificateType, 1)
	return parsed(s.U8((*uint8)(&e.ClientCertificateTypes[0])))
}

// getRawKey reads a Certificate that is an ASN.1_subjectPublicKeyInfo<1..2^24-1> (RFC 7250, Section 3). An empty one is that of a
// client that has none.
func getRawKey(m *Certificate, s *wire.String, _ ExtensionSet) error {
	var spki []byte
	if !s.Opaque24(&spki) {
		return errMalformed
	}
	m.Bare = true
	if len(spki) > 0 {
		m.Entries = []CertificateEntry{{Data: spki}}
	}
	return nil
}

func putRawKey(m *Certificate, b *wire.Builder) {
	var spki []byte
	if len(m.Entries) > 0 {
		spki = m.Entries[0].Data
	}
	b.Opaque24(spki)
}
