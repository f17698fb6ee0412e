package handshake

import (
	"errors"

	"tlsengine/cipher"
	"tlsengine/handshake/wire"
	"tlsengine/record"
)

// ServerKeyExchange carries a server's part of the key exchange before TLS 1.3 (RFC 5246, Section 7.4.3). Which of its
// fields there are is the suite's choice, which the Form knows.
type ServerKeyExchange struct {
	Hint      []byte         // PSK: psk_identity_hint<0..2^16-1> (RFC 4279, Section 2)
	Group     cipher.GroupID // ECDHE: named_curve (RFC 8422, Section 5.4)
	Prime     []byte         // DHE: dh_p<1..2^16-1>
	Generator []byte         // DHE: dh_g<1..2^16-1>
	Public    []byte         // ECDHE: the server's point<1..2^8-1>; DHE: dh_Ys<1..2^16-1>

	// Params are the bytes of the fields above as they are on the wire, which the signature covers. Parsing fills it
	// with a view; a server fills it with appendParams before it signs. If it is nil, marshal makes them anew.
	Params []byte

	Scheme    cipher.SignatureScheme // absent on the wire before TLS 1.2, and where nothing is signed
	Signature []byte                 // <0..2^16-1>
}

// Type returns TypeServerKeyExchange.
func (*ServerKeyExchange) Type() MessageType { return TypeServerKeyExchange }

// appendParams appends the bytes that the signature covers, behind the two randoms.
func (m *ServerKeyExchange) appendParams(buf []byte, f *Form) ([]byte, error) {
	b := wire.NewBuilder(buf)
	f.keyExchange.putParams(m, &b)
	return b.Result()
}

func (m *ServerKeyExchange) marshal(b *wire.Builder, f *Form) {
	if m.Params != nil {
		b.Bytes(m.Params)
	} else {
		f.keyExchange.putParams(m, b)
	}
	if f.keyExchange.signed {
		f.scheme.put(uint16(m.Scheme), b)
		b.Opaque16(m.Signature)
	}
}

func (m *ServerKeyExchange) unmarshal(s *wire.String, f *Form, _ ExtensionSet) error {
	whole := *s
	for _, part := range f.keyExchange.server {
		if err := part.get(m, s); err != nil {
			return err
		}
	}
	n := len(whole) - len(*s)
	m.Params = whole[:n:n]
	if !f.keyExchange.signed {
		return nil
	}
	return parsed(f.scheme.get((*uint16)(&m.Scheme), s) && s.Opaque16(&m.Signature))
}

// ClientKeyExchange carries a client's part of the key exchange before TLS 1.3 (RFC 5246, Section 7.4.7), as
// ServerKeyExchange does the server's.
type ClientKeyExchange struct {
	Identity  []byte // PSK: psk_identity<0..2^16-1> (RFC 4279, Section 2)
	Public    []byte // ECDHE: the client's point<1..2^8-1> (RFC 8422, Section 5.7); DHE: dh_Yc<1..2^16-1>
	Encrypted []byte // RSA: EncryptedPreMasterSecret<0..2^16-1>
}

// Type returns TypeClientKeyExchange.
func (*ClientKeyExchange) Type() MessageType { return TypeClientKeyExchange }

func (m *ClientKeyExchange) marshal(b *wire.Builder, f *Form) {
	for _, part := range f.keyExchange.client {
		part.put(m, b)
	}
}

func (m *ClientKeyExchange) unmarshal(s *wire.String, f *Form, _ ExtensionSet) error {
	for _, part := range f.keyExchange.client {
		if err := part.get(m, s); err != nil {
			return err
		}
	}
	return nil
}

// keyExchangeLayout is that of both messages: their parts, in order.
type keyExchangeLayout struct {
	server []serverPart
	client []clientPart
	signed bool // a signature follows the server's parts
}

// A part has the two directions of a codec for some fields. get returns the same errors as Message.unmarshal.
type (
	serverPart struct {
		put func(m *ServerKeyExchange, b *wire.Builder)
		get func(m *ServerKeyExchange, s *wire.String) error
	}
	clientPart struct {
		put func(m *ClientKeyExchange, b *wire.Builder)
		get func(m *ClientKeyExchange, s *wire.String) error
	}
)

func (l *keyExchangeLayout) putParams(m *ServerKeyExchange, b *wire.Builder) {
	for _, part := range l.server {
		part.put(m, b)
	}
}

// curveTypeNamed says that a group is given by its number (RFC 8422, Section 5.4).
const curveTypeNamed = 3

// ecdheServer and ecdheClient are RFC 8422, Sections 5.4 and 5.7.
var (
	ecdheServer = serverPart{
		put: func(m *ServerKeyExchange, b *wire.Builder) {
			b.U8(curveTypeNamed)
			b.U16(uint16(m.Group))
			b.Opaque8(m.Public)
		},
		get: func(m *ServerKeyExchange, s *wire.String) error {
			var curveType uint8
			if !s.U8(&curveType) {
				return errMalformed
			}
			if curveType != curveTypeNamed {
				// RFC 8422, Section 5.4: the two other ways to give a curve are gone, and what would follow has no syntax.
				return illegal(record.ReasonWrongCurve, "ServerKeyExchange has a curve of type %d, only named curves are left", curveType)
			}
			return parsed(s.U16((*uint16)(&m.Group)) && s.Opaque8(&m.Public) && len(m.Public) > 0)
		},
	}
	ecdheClient = clientPart{
		put: func(m *ClientKeyExchange, b *wire.Builder) { b.Opaque8(m.Public) },
		get: func(m *ClientKeyExchange, s *wire.String) error {
			return parsed(s.Opaque8(&m.Public) && len(m.Public) > 0)
		},
	}
)

// dheServer and dheClient are RFC 5246, Sections 7.4.3 and 7.4.7.2.
var (
	dheServer = serverPart{
		put: func(m *ServerKeyExchange, b *wire.Builder) {
			b.Opaque16(m.Prime)
			b.Opaque16(m.Generator)
			b.Opaque16(m.Public)
		},
		get: func(m *ServerKeyExchange, s *wire.String) error {
			return parsed(s.Opaque16(&m.Prime) && s.Opaque16(&m.Generator) && s.Opaque16(&m.Public) &&
				len(m.Prime) > 0 && len(m.Generator) > 0 && len(m.Public) > 0)
		},
	}
	dheClient = clientPart{
		put: func(m *ClientKeyExchange, b *wire.Builder) { b.Opaque16(m.Public) },
		get: func(m *ClientKeyExchange, s *wire.String) error {
			return parsed(s.Opaque16(&m.Public) && len(m.Public) > 0)
		},
	}
)

// pskServer and pskClient are RFC 4279, Section 2.
var (
	pskServer = serverPart{
		put: func(m *ServerKeyExchange, b *wire.Builder) { b.Opaque16(m.Hint) },
		get: func(m *ServerKeyExchange, s *wire.String) error { return parsed(s.Opaque16(&m.Hint)) },
	}
	pskClient = clientPart{
		put: func(m *ClientKeyExchange, b *wire.Builder) { b.Opaque16(m.Identity) },
		get: func(m *ClientKeyExchange, s *wire.String) error { return parsed(s.Opaque16(&m.Identity)) },
	}
)

// encryptedPrefixed is RFC 5246, Section 7.4.7.1.
var encryptedPrefixed = clientPart{
	put: func(m *ClientKeyExchange, b *wire.Builder) { b.Opaque16(m.Encrypted) },
	get: func(m *ClientKeyExchange, s *wire.String) error { return parsed(s.Opaque16(&m.Encrypted)) },
}

// encryptedBare is what SSL 3.0 made of the same syntax: without a length (RFC 5246, Section 7.4.7.1 tells of it).
var encryptedBare = clientPart{
	put: func(m *ClientKeyExchange, b *wire.Builder) { b.Bytes(m.Encrypted) },
	get: func(m *ClientKeyExchange, s *wire.String) error {
		m.Encrypted = s.Rest()
		return nil
	},
}

// noKeyExchange is TLS 1.3's: shares travel in extensions and these messages don't exist. No state expects them;
// should one ever, nothing parses and nothing is written.
var noKeyExchange = keyExchangeLayout{
	server: []serverPart{{
		put: func(_ *ServerKeyExchange, b *wire.Builder) { b.Fail(errNoKeyExchange) },
		get: func(*ServerKeyExchange, *wire.String) error { return errMalformed },
	}},
	client: []clientPart{{
		put: func(_ *ClientKeyExchange, b *wire.Builder) { b.Fail(errNoKeyExchange) },
		get: func(*ClientKeyExchange, *wire.String) error { return errMalformed },
	}},
}

var errNoKeyExchange = errors.New("handshake: TLS 1.3 has no key exchange messages")
