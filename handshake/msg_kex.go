package handshake

import (
	"errors"

	"tlsengine/cipher"
	"tlsengine/handshake/wire"
	"tlsengine/record"
)

// ServerKeyExchange carries a server's share before TLS 1.3 (RFC 5246, Section 7.4.3; RFC 8422, Section 5.4). Its
// contents depend on the key exchange, which the Form knows.
type ServerKeyExchange struct {
	Group  cipher.GroupID // ECDHE: named_curve
	Public []byte         // ECDHE: the server's point<1..2^8-1>

	// Params are the bytes of the fields above as they are on the wire, which the signature covers. Parsing fills it
	// with a view; a server fills it with appendParams before it signs. If it is nil, marshal makes them anew.
	Params []byte

	Scheme    cipher.SignatureScheme // absent on the wire before TLS 1.2
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
	f.scheme.put(uint16(m.Scheme), b)
	b.Opaque16(m.Signature)
}

func (m *ServerKeyExchange) unmarshal(s *wire.String, f *Form, _ ExtensionSet) error {
	whole := *s
	if err := f.keyExchange.getParams(m, s); err != nil {
		return err
	}
	n := len(whole) - len(*s)
	m.Params = whole[:n:n]
	return parsed(f.scheme.get((*uint16)(&m.Scheme), s) && s.Opaque16(&m.Signature))
}

// ClientKeyExchange carries a client's share before TLS 1.3 (RFC 5246, Section 7.4.7; RFC 8422, Section 5.7).
type ClientKeyExchange struct {
	Public []byte // ECDHE: the client's point<1..2^8-1>
}

// Type returns TypeClientKeyExchange.
func (*ClientKeyExchange) Type() MessageType { return TypeClientKeyExchange }

func (m *ClientKeyExchange) marshal(b *wire.Builder, f *Form) { f.keyExchange.putClient(m, b) }

func (m *ClientKeyExchange) unmarshal(s *wire.String, f *Form, _ ExtensionSet) error {
	return f.keyExchange.getClient(m, s)
}

// curveTypeNamed says that a group is given by its number (RFC 8422, Section 5.4).
const curveTypeNamed = 3

// ecdheKeyExchange is RFC 8422, Sections 5.4 and 5.7.
var ecdheKeyExchange = keyExchangeLayout{
	putParams: func(m *ServerKeyExchange, b *wire.Builder) {
		b.U8(curveTypeNamed)
		b.U16(uint16(m.Group))
		b.Opaque8(m.Public)
	},
	getParams: func(m *ServerKeyExchange, s *wire.String) error {
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
	putClient: func(m *ClientKeyExchange, b *wire.Builder) { b.Opaque8(m.Public) },
	getClient: func(m *ClientKeyExchange, s *wire.String) error {
		return parsed(s.Opaque8(&m.Public) && len(m.Public) > 0)
	},
}

// noKeyExchange is TLS 1.3's: shares travel in extensions and these messages don't exist. No state expects them;
// should one ever, nothing parses and nothing is written.
var noKeyExchange = keyExchangeLayout{
	putParams: func(_ *ServerKeyExchange, b *wire.Builder) { b.Fail(errNoKeyExchange) },
	getParams: func(*ServerKeyExchange, *wire.String) error { return errMalformed },
	putClient: func(_ *ClientKeyExchange, b *wire.Builder) { b.Fail(errNoKeyExchange) },
	getClient: func(*ClientKeyExchange, *wire.String) error { return errMalformed },
}

var errNoKeyExchange = errors.New("handshake: TLS 1.3 has no key exchange messages")
