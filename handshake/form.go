package handshake

import (
	"slices"

	"tlsengine/handshake/wire"
)

// Form says how the messages of a version are laid out. It is chosen with the version, once; the codecs ask it and
// never the version. A Form is immutable and shared.
//
// A Form is made of strategies, each the layout of one thing that differs. To add a version: a row below, and a
// strategy where none of those there are fits it. To add a key exchange: a row in exchange.go, with parts in msg_kex.go.
type Form struct {
	Name string

	// Entries: Certificate and CertificateRequest say what they have to say in extensions, of which
	// signature_algorithms then is a must.
	Entries bool

	certificate        certificateLayout
	certificateRequest certificateRequestLayout
	scheme             schemeLayout
	ticket             ticketLayout
	keyExchange        keyExchangeLayout // of the suite
	encrypted          clientPart        // of suites with RSA key transport
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

// Form12 is the layout of TLS 1.2 (RFC 5246). With the suite it gets a key exchange.
var Form12 = &Form{
	Name:               "TLS 1.2",
	certificate:        certificateList,
	certificateRequest: certificateRequestFields,
	scheme:             schemeWritten,
	ticket:             ticketPlain,
	encrypted:          encryptedPrefixed,
}

// Form10 is the layout of TLS 1.0 and 1.1 (RFC 4346), in which no signature says its scheme.
var Form10 = &Form{
	Name:               "TLS 1.0",
	certificate:        certificateList,
	certificateRequest: certificateRequestOld,
	scheme:             schemeImplied,
	ticket:             ticketPlain,
	encrypted:          encryptedPrefixed,
}

// FormSSL30 is the layout of SSL 3.0 (RFC 6101).
var FormSSL30 = &Form{
	Name:               "SSL 3.0",
	certificate:        certificateList,
	certificateRequest: certificateRequestOld,
	scheme:             schemeImplied,
	ticket:             ticketPlain,
	encrypted:          encryptedBare,
}

// formsOf returns form for each exchange.
func formsOf(form *Form) map[*exchange]*Form {
	forms := make(map[*exchange]*Form)
	for _, x := range exchanges {
		own := *form
		own.Name += " " + x.name
		own.keyExchange = x.layout
		if x.transport {
			own.keyExchange.client = append(slices.Clip(x.layout.client), form.encrypted)
		}
		forms[x] = &own
	}
	return forms
}

// schemeWritten puts the scheme before the signature (RFC 5246, Section 4.7; RFC 8446, Section 4.4.3).
var schemeWritten = schemeLayout{
	put: func(scheme uint16, b *wire.Builder) { b.U16(scheme) },
	get: func(scheme *uint16, s *wire.String) bool { return s.U16(scheme) },
}

// schemeImplied is that of versions in which the key decides alone (RFC 4346, Section 4.7).
var schemeImplied = schemeLayout{
	put: func(uint16, *wire.Builder) {},
	get: func(*uint16, *wire.String) bool { return true },
}
