package handshake

import "tlsengine/handshake/wire"

// This file is next protocol negotiation (draft-agl-tls-nextprotoneg-03), which came before ALPN: the server says what it has,
// and the client what it takes, encrypted, before its Finished.

// putNextProtocols writes what a server has: names that fill the extension (Section 3.1 of the draft).
func putNextProtocols(e *Extensions, b *wire.Builder) {
	for _, name := range e.NextProtocols {
		b.Vector8(func(b *wire.Builder) { b.String(name) })
	}
}

// getNextProtocols reads it. The names are copies.
func getNextProtocols(e *Extensions, s *wire.String) error {
	names := make([]string, 0, countVectors(*s, 1, 0))
	for !s.Empty() {
		var name []byte
		if !s.Opaque8(&name) || len(name) == 0 {
			return errMalformed // Section 3.1: a name is not empty
		}
		names = append(names, string(name))
	}
	e.NextProtocols = names
	return nil
}

// NextProtocol is the protocol that a client takes (Section 3.2). It needn't be one of the server's.
type NextProtocol struct {
	Selected []byte // selected_protocol<0..255>
	Padding  int    // bytes of zero, so that the length of the message tells little
}

// Type returns TypeNextProtocol.
func (*NextProtocol) Type() MessageType { return TypeNextProtocol }

func (m *NextProtocol) marshal(b *wire.Builder, _ *Form) {
	b.Opaque8(m.Selected)
	b.Opaque8(make([]byte, m.Padding))
}

func (m *NextProtocol) unmarshal(s *wire.String, _ *Form, _ ExtensionSet) error {
	var padding []byte
	if !s.Opaque8(&m.Selected) || !s.Opaque8(&padding) {
		return errMalformed
	}
	m.Padding = len(padding)
	for _, b := range padding {
		if b != 0 {
			return errMalformed // Section 3.2: padding is zero
		}
	}
	return nil
}

// newNextProtocol returns the message for a name. Section 3.2: name, padding and their lengths are a multiple of 32 bytes.
func newNextProtocol(name string) *NextProtocol {
	return &NextProtocol{Selected: []byte(name), Padding: 32 - (len(name)+2)%32}
}
