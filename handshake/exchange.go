package handshake

import (
	"bytes"
	"encoding/binary"
	"slices"

	"tlsengine/cipher"
	"tlsengine/record"
)

// An exchange is how a suite before TLS 1.3 agrees on the premaster secret: what the two messages of the key exchange
// hold, and which messages there are.
type exchange struct {
	name   string
	layout keyExchangeLayout
	// certificate: the server shows one, with the key of which it signs or decrypts.
	certificate bool
	// server says whether there is a ServerKeyExchange.
	server frequency
	// agreement says how the two agree in a group; nil if they don't.
	agreement *agreementKind
	// transport: the client encrypts a secret to the server's RSA key.
	transport bool
	// psk: a PSK is part of the secret.
	psk bool
}

// frequency says whether a message is part of a handshake.
type frequency uint8

const (
	never12 frequency = iota
	sometimes12
	always12
)

// The exchanges. What a client of PSK suites needs no hint for has a ServerKeyExchange only sometimes (RFC 4279, Section 2).
var (
	exchangeRSA = &exchange{name: "RSA", certificate: true, transport: true}

	exchangeDHE = &exchange{name: "DHE", certificate: true, server: always12, agreement: inFields,
		layout: keyExchangeLayout{server: []serverPart{dheServer}, client: []clientPart{dheClient}, signed: true}}
	exchangeECDHE = &exchange{name: "ECDHE", certificate: true, server: always12, agreement: onCurves,
		layout: keyExchangeLayout{server: []serverPart{ecdheServer}, client: []clientPart{ecdheClient}, signed: true}}

	exchangeDHAnon = &exchange{name: "DH_anon", server: always12, agreement: inFields,
		layout: keyExchangeLayout{server: []serverPart{dheServer}, client: []clientPart{dheClient}}}
	exchangeECDHAnon = &exchange{name: "ECDH_anon", server: always12, agreement: onCurves,
		layout: keyExchangeLayout{server: []serverPart{ecdheServer}, client: []clientPart{ecdheClient}}}

	exchangePSK = &exchange{name: "PSK", server: sometimes12, psk: true,
		layout: keyExchangeLayout{server: []serverPart{pskServer}, client: []clientPart{pskClient}}}
	exchangeRSAPSK = &exchange{name: "RSA_PSK", certificate: true, server: sometimes12, psk: true, transport: true,
		layout: keyExchangeLayout{server: []serverPart{pskServer}, client: []clientPart{pskClient}}}
	exchangeDHEPSK = &exchange{name: "DHE_PSK", server: always12, psk: true, agreement: inFields,
		layout: keyExchangeLayout{server: []serverPart{pskServer, dheServer}, client: []clientPart{pskClient, dheClient}}}
	exchangeECDHEPSK = &exchange{name: "ECDHE_PSK", server: always12, psk: true, agreement: onCurves,
		layout: keyExchangeLayout{server: []serverPart{pskServer, ecdheServer}, client: []clientPart{pskClient, ecdheClient}}}
)

var exchanges = []*exchange{exchangeRSA, exchangeDHE, exchangeECDHE, exchangeDHAnon, exchangeECDHAnon,
	exchangePSK, exchangeRSAPSK, exchangeDHEPSK, exchangeECDHEPSK}

// exchangeOf returns the suite's row.
func exchangeOf(s *cipher.Suite) *exchange {
	anonymous := s.Auth == cipher.AuthNone
	switch s.Kx {
	case cipher.KxRSA:
		return exchangeRSA
	case cipher.KxDHE:
		if anonymous {
			return exchangeDHAnon
		}
		return exchangeDHE
	case cipher.KxPSK:
		return exchangePSK
	case cipher.KxRSAPSK:
		return exchangeRSAPSK
	case cipher.KxDHEPSK:
		return exchangeDHEPSK
	case cipher.KxECDHEPSK:
		return exchangeECDHEPSK
	}
	if anonymous {
		return exchangeECDHAnon
	}
	return exchangeECDHE
}

// serverHalf is what a client has of the server for the key exchange.
type serverHalf struct {
	group  *cipher.Group // nil if there is none to agree in
	public []byte
	hint   []byte // which PSK the server would like, nil without
}

// readServer reads the server's half.
func (x *exchange) readServer(c *Context, m *ServerKeyExchange) (half serverHalf, err error) {
	half.hint = bytes.Clone(m.Hint)
	if x.agreement == nil {
		return half, nil
	}
	if half.group, err = x.agreement.read(c, m); err != nil {
		return half, err
	}
	if half.public, err = x.agreement.share(half.group, m.Public); err != nil {
		return half, badShare(err)
	}
	return half, nil
}

// checkKey checks that the key in a server's certificate is one for the suite.
func (x *exchange) checkKey(c *Context, suite *cipher.Suite, chain *unverifiedPeer) error {
	k := chain.key()
	if !suite.Auth.Accepts(k.Type()) {
		// RFC 5246, Section 7.4.2: the key must fit the suite.
		return record.Fail(record.AlertIllegalParameter, record.ReasonWrongCertificateType,
			"the server's key (%v) does not fit %v", k.Type(), suite.ID)
	}
	if k.Type() == cipher.KeyECDSA && c.params.group(k.Curve()) == nil {
		// RFC 8422, Section 5.3: an ECDSA key must be on one of the curves that the client offers.
		return record.Fail(record.AlertIllegalParameter, record.ReasonBadECCCert,
			"the server's key is on %v, which was not offered", k.Curve())
	}
	if x.transport {
		return chain.checkDecrypter()
	}
	return nil
}

// agreementKind is a kind of groups, and how a server says which it is.
type agreementKind struct {
	// fits tells whether a group is of the kind.
	fits func(*cipher.Group) bool
	// read returns the group that the server chose, if it is one that a client may use.
	read func(c *Context, m *ServerKeyExchange) (*cipher.Group, error)
	// write says it.
	write func(g *cipher.Group, m *ServerKeyExchange)
	// choose is the server's choice for a hello, nil if there is none.
	choose func(c *Context, e *Extensions) *cipher.Group
	// share returns the peer's half, in the form of the group.
	share func(g *cipher.Group, public []byte) ([]byte, error)
}

// onCurves is RFC 8422.
var onCurves = &agreementKind{
	fits: isCurve,
	read: func(c *Context, m *ServerKeyExchange) (*cipher.Group, error) {
		group := c.params.group(m.Group)
		if group == nil || !group.Usable(c.info.Version) || !isCurve(group) {
			// RFC 8422, Section 5.4: the curve must be one of supported_groups.
			return nil, record.Fail(record.AlertIllegalParameter, record.ReasonWrongCurve,
				"the server chose group %v, which was not offered for %v", m.Group, c.info.Version)
		}
		return group, nil
	},
	write: func(g *cipher.Group, m *ServerKeyExchange) { m.Group = g.ID },
	choose: func(c *Context, e *Extensions) *cipher.Group {
		offered := e.SupportedGroups
		if !e.Present.Has(ExtSupportedGroups) {
			offered = []cipher.GroupID{cipher.CurveP256} // RFC 8422, Section 4: any will do: the one that everybody has
		}
		return firstGroup(c, offered, isCurve)
	},
	share: func(_ *cipher.Group, public []byte) ([]byte, error) { return bytes.Clone(public), nil },
}

// inFields is Diffie-Hellman modulo a prime (RFC 5246, Section 7.4.3), with RFC 7919's way to agree on one.
var inFields = &agreementKind{
	fits: isFiniteField,
	read: func(c *Context, m *ServerKeyExchange) (*cipher.Group, error) {
		params, err := cipher.NewDHParameters(m.Prime, m.Generator)
		if err != nil {
			return nil, record.Fail(record.AlertIllegalParameter, record.ReasonBadDHPLength,
				"the server's Diffie-Hellman parameters can't be used").Because(err)
		}
		if params.Bits() < c.params.MinDHBits {
			// Logjam (CVE-2015-4000): RFC 7919, Section 4 leaves it to the client what is too small.
			return nil, record.Fail(record.AlertInsufficientSecurity, record.ReasonDHKeyTooSmall,
				"the server's Diffie-Hellman prime has %d bits, at least %d are wanted", params.Bits(), c.params.MinDHBits)
		}
		return params.Group(), nil
	},
	write: func(g *cipher.Group, m *ServerKeyExchange) {
		p := g.DHParameters()
		m.Prime, m.Generator = p.P(), p.G()
	},
	choose: func(c *Context, e *Extensions) *cipher.Group {
		named := slices.ContainsFunc(e.SupportedGroups, func(id cipher.GroupID) bool { return firstFFDHE <= id && id <= lastFFDHE })
		if named && !c.params.ownField() {
			// RFC 7919, Section 4: a client that names such groups gets one of them, or another suite.
			return firstGroup(c, e.SupportedGroups, isFiniteField)
		}
		return c.params.DHGroup
	},
	share: func(g *cipher.Group, public []byte) ([]byte, error) { return g.PadShare(public) },
}

// The numbers that RFC 7919, Section 2 has set aside for groups of finite fields.
const firstFFDHE, lastFFDHE cipher.GroupID = 256, 511

func isFiniteField(g *cipher.Group) bool { return g.FiniteField }

// isCurve: RFC 7919, Section 3: the finite fields among the groups are for DHE suites only.
func isCurve(g *cipher.Group) bool { return !g.FiniteField }

// firstGroup is the best group of a kind that both ends have, nil if there is none.
func firstGroup(c *Context, offered []cipher.GroupID, fits func(*cipher.Group) bool) *cipher.Group {
	for _, g := range groupsInCommon(c.params, c.info.Version, offered) {
		if fits(g) {
			return g
		}
	}
	return nil
}

// premaster puts the premaster secret together of what was agreed on and the PSK, each of which there may be none of (RFC
// 4279, Section 2). It is a fresh slice.
func premaster(secret []byte, psk *PSK) []byte {
	if psk == nil {
		return bytes.Clone(secret)
	}
	if secret == nil {
		secret = make([]byte, len(psk.key)) // RFC 4279, Section 2: as many zeros as the PSK has bytes
	}
	b := make([]byte, 0, 4+len(secret)+len(psk.key))
	b = append(binary.BigEndian.AppendUint16(b, uint16(len(secret))), secret...)
	return append(binary.BigEndian.AppendUint16(b, uint16(len(psk.key))), psk.key...)
}
