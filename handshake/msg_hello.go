package handshake

import (
	"tlsengine/cipher"
	"tlsengine/handshake/wire"
)

// ClientHello is a client's first message (RFC 8446, Section 4.1.2; RFC 5246, Section 7.4.1.2).
type ClientHello struct {
	Version     cipher.Version // legacy_version
	Random      [32]byte
	SessionID   []byte           // legacy_session_id<0..32>
	Suites      []cipher.SuiteID // cipher_suites<2..2^16-2>
	Compression []byte           // legacy_compression_methods<1..2^8-1>
	Extensions  Extensions       // <0..2^16-1>, may be left out before TLS 1.3
}

// newClientHello returns an empty hello that has room for the usual number of suites.
func newClientHello() *ClientHello {
	h := new(struct {
		ClientHello
		suites [32]cipher.SuiteID
	})
	h.Suites = h.suites[:0]
	return &h.ClientHello
}

// maxSessionID is the longest session id (RFC 5246, Section 7.4.1.2), in bytes.
const maxSessionID = 32

// Type returns TypeClientHello.
func (*ClientHello) Type() MessageType { return TypeClientHello }

// Asked returns the extensions that a server may answer: those of the hello, with or without rows, and
// renegotiation_info if its SCSV is among the suites (RFC 5746, Section 3.4).
func (m *ClientHello) Asked() ExtensionSet {
	asked := m.Extensions.Present
	for i := range m.Extensions.Raw {
		if id := m.Extensions.Raw[i].ID; !isGREASE(uint16(id)) { // RFC 8701, Section 3.1: there is no answer to these
			asked.Add(id)
		}
	}
	for _, id := range m.Suites {
		if id == cipher.TLS_EMPTY_RENEGOTIATION_INFO_SCSV {
			asked.Add(ExtRenegotiationInfo)
		}
	}
	return asked
}

func (m *ClientHello) marshal(b *wire.Builder, _ *Form) {
	b.U16(uint16(m.Version))
	b.Bytes(m.Random[:])
	b.Opaque8(m.SessionID)
	putCodes16(b, m.Suites)
	b.Opaque8(m.Compression)
	m.Extensions.putIfAny(b, inClientHello)
}

func (m *ClientHello) unmarshal(s *wire.String, _ *Form, asked ExtensionSet) error {
	if !s.U16((*uint16)(&m.Version)) || !s.Copy(m.Random[:]) || !s.Opaque8(&m.SessionID) || len(m.SessionID) > maxSessionID ||
		!getCodes16(s, &m.Suites) || !s.Opaque8(&m.Compression) || len(m.Compression) == 0 {
		return errMalformed
	}
	if s.Empty() {
		return nil // RFC 5246, Section 7.4.1.2: a hello may end here
	}
	return m.Extensions.get(s, inClientHello, asked)
}

// ServerHello is a server's answer to a ClientHello (RFC 8446, Section 4.1.3; RFC 5246, Section 7.4.1.3). With one
// special random it is a HelloRetryRequest (RFC 8446, Section 4.1.4).
type ServerHello struct {
	Version     cipher.Version // legacy_version
	Random      [32]byte
	SessionID   []byte // legacy_session_id_echo<0..32>
	Suite       cipher.SuiteID
	Compression uint8      // legacy_compression_method
	Extensions  Extensions // <0..2^16-1>, may be left out before TLS 1.3
}

// retryRandom is the random that makes a ServerHello a HelloRetryRequest: SHA-256 of "HelloRetryRequest" (RFC 8446,
// Section 4.1.3).
var retryRandom = [32]byte{
	0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
	0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
}

// Type returns TypeServerHello.
func (*ServerHello) Type() MessageType { return TypeServerHello }

// IsRetry reports whether m is a HelloRetryRequest.
func (m *ServerHello) IsRetry() bool { return m.Random == retryRandom }

// SelectedVersion returns the version of supported_versions if there is one, else the version field (RFC 8446,
// Section 4.2.1). Whether it was offered, and may stand there, is for the caller to check.
func (m *ServerHello) SelectedVersion() cipher.Version {
	if m.Extensions.Present.Has(ExtSupportedVersions) {
		return m.Extensions.SelectedVersion
	}
	return m.Version
}

// place returns which of the three kinds of ServerHello m is. That a server of TLS 1.3 must send supported_versions,
// and one before it must not, tells the last two apart (RFC 8446, Section 4.2.1).
func (m *ServerHello) place() place {
	switch {
	case m.IsRetry():
		return inHelloRetryRequest
	case m.Extensions.Present.Has(ExtSupportedVersions):
		return inServerHello13
	}
	return inServerHello12
}

func (m *ServerHello) marshal(b *wire.Builder, _ *Form) {
	b.U16(uint16(m.Version))
	b.Bytes(m.Random[:])
	b.Opaque8(m.SessionID)
	b.U16(uint16(m.Suite))
	b.U8(m.Compression)
	m.Extensions.putIfAny(b, m.place())
}

func (m *ServerHello) unmarshal(s *wire.String, _ *Form, asked ExtensionSet) error {
	if !s.U16((*uint16)(&m.Version)) || !s.Copy(m.Random[:]) || !s.Opaque8(&m.SessionID) || len(m.SessionID) > maxSessionID ||
		!s.U16((*uint16)(&m.Suite)) || !s.U8(&m.Compression) {
		return errMalformed
	}
	if s.Empty() {
		return nil // RFC 5246, Section 7.4.1.3: a hello may end here
	}
	// Which extensions may come depends on one of them, so they are collected first and judged then.
	if err := m.Extensions.collect(s, m.place()); err != nil {
		return err
	}
	return m.Extensions.decode(s, m.place(), asked)
}

// EncryptedExtensions answers the extensions that are not needed for the key exchange (RFC 8446, Section 4.3.1).
type EncryptedExtensions struct {
	Extensions Extensions // <0..2^16-1>
}

// Type returns TypeEncryptedExtensions.
func (*EncryptedExtensions) Type() MessageType { return TypeEncryptedExtensions }

func (m *EncryptedExtensions) marshal(b *wire.Builder, _ *Form) {
	m.Extensions.put(b, inEncryptedExtensions)
}

func (m *EncryptedExtensions) unmarshal(s *wire.String, _ *Form, asked ExtensionSet) error {
	return m.Extensions.get(s, inEncryptedExtensions, asked)
}

// HelloRequest asks a client to negotiate again (RFC 5246, Section 7.4.1.1). It is empty.
type HelloRequest struct{}

// Type returns TypeHelloRequest.
func (*HelloRequest) Type() MessageType { return TypeHelloRequest }

func (*HelloRequest) marshal(*wire.Builder, *Form) {}

func (*HelloRequest) unmarshal(*wire.String, *Form, ExtensionSet) error { return nil }

// ServerHelloDone ends a server's first flight (RFC 5246, Section 7.4.5). It is empty.
type ServerHelloDone struct{}

// Type returns TypeServerHelloDone.
func (*ServerHelloDone) Type() MessageType { return TypeServerHelloDone }

func (*ServerHelloDone) marshal(*wire.Builder, *Form) {}

func (*ServerHelloDone) unmarshal(*wire.String, *Form, ExtensionSet) error { return nil }

// EndOfEarlyData is the end of a client's early data: what follows is under the handshake's keys (RFC 8446, Section 4.5).
type EndOfEarlyData struct{}

// Type returns TypeEndOfEarlyData.
func (*EndOfEarlyData) Type() MessageType { return TypeEndOfEarlyData }

func (*EndOfEarlyData) marshal(*wire.Builder, *Form) {}

func (*EndOfEarlyData) unmarshal(*wire.String, *Form, ExtensionSet) error { return nil }
