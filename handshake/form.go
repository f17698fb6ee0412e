package handshake

import "tlsengine/handshake/wire"

// Form says how the messages of a version are laid out. It is chosen with the version, once; the codecs ask it and
// never the version. A Form is immutable and shared.
//
// A Form is made of strategies, each the layout of one thing that differs. To add a version: a row below, and a
// strategy where none of those there are fits it (SSL 3.0 to TLS 1.1, say, have signatures without a scheme). To add
// a key exchange: a keyExchangeLayout in msg_kex.go.
type Form struct {
	Name string

	// Entries: Certificate and CertificateRequest say what they have to say in extensions, of which
	// signature_algorithms then is a must.
	Entries bool

	certificate        certificateLayout
	certificateRequest certificateRequestLayout
	scheme             schemeLayout
	ticket             ticketLayout
	keyExchange        keyExchangeLayout
}

// A layout has the two directions of a codec. get returns the same errors as Message.unmarshal.
type (
	certificateLayout struct {
		put func(m *Certificate, b *wire.Builder)
		get func(m *Certificate, s *wire.String, asked ExtensionSet) error
	}
	certificateRequestLayout struct {
		put func(m *CertificateRequest, b *wire.Builder)
		get func(m *CertificateRequest, s *wire.String) error
	}
	// schemeLayout is that of the signature scheme in front of a signature.
	schemeLayout struct {
		put func(scheme uint16, b *wire.Builder)
		get func(scheme *uint16, s *wire.String) bool
	}
	ticketLayout struct {
		put func(m *NewSessionTicket, b *wire.Builder)
		get func(m *NewSessionTicket, s *wire.String) error
	}
	// keyExchangeLayout is that of the two messages whose contents the suite decides. Its parameters are what the
	// server signs.
	keyExchangeLayout struct {
		putParams func(m *ServerKeyExchange, b *wire.Builder)
		getParams func(m *ServerKeyExchange, s *wire.String) error
		putClient func(m *ClientKeyExchange, b *wire.Builder)
		getClient func(m *ClientKeyExchange, s *wire.String) error
	}
)

// Form13 is the layout of TLS 1.3 (RFC 8446).
var Form13 = &Form{
	Name:               "TLS 1.3",
	Entries:            true,
	certificate:        certificateEntries,
	certificateRequest: certificateRequestExtensions,
	scheme:             schemeWritten,
	ticket:             ticketExtensions,
	keyExchange:        noKeyExchange,
}

// Form12 is the layout of TLS 1.2 (RFC 5246) with an ECDHE key exchange (RFC 8422).
var Form12 = &Form{
	Name:               "TLS 1.2",
	certificate:        certificateList,
	certificateRequest: certificateRequestFields,
	scheme:             schemeWritten,
	ticket:             ticketPlain,
	keyExchange:        ecdheKeyExchange,
}

// schemeWritten puts the scheme before the signature (RFC 5246, Section 4.7; RFC 8446, Section 4.4.3).
var schemeWritten = schemeLayout{
	put: func(scheme uint16, b *wire.Builder) { b.U16(scheme) },
	get: func(scheme *uint16, s *wire.String) bool { return s.U16(scheme) },
}
