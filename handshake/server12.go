package handshake

import (
	"slices"

	"tlsengine/cipher"
	"tlsengine/record"
)

// This file takes a server before TLS 1.3 from the ClientHello to its ServerHelloDone; server12_kex.go goes on from
// there.

// negotiate12 notes what holds in full and abbreviated handshakes alike, and looks for a session.
func negotiate12(c *Context, h *ClientHello) (State, error) {
	e := &h.Extensions
	if e.Present.Has(ExtECPointFormats) && !slices.Contains(e.PointFormats, pointUncompressed) {
		// RFC 8422, Section 5.1.2: the uncompressed format must be among them.
		return nil, record.Fail(record.AlertIllegalParameter, record.ReasonErrorParsingExtension,
			"the client does not support uncompressed points")
	}
	c.info.ExtendedMasterSecret = e.Present.Has(ExtExtendedMasterSecret)
	c.info.SecureRenegotiation = e.Present.Has(ExtRenegotiationInfo) || slices.Contains(h.Suites, cipher.TLS_EMPTY_RENEGOTIATION_INFO_SCSV)
	c.helloVersion = h.Version
	if err := c.checkStays(); err != nil {
		return nil, err
	}
	return findSession12(c, h)
}

// choose12 finds the candidates among the suites. The first of them decides, or a credential does, whose key picks one.
func choose12(c *Context, h *ClientHello) (State, error) {
	e := &h.Extensions
	var room manySuites
	suites := slices.DeleteFunc(suitesInCommon(room[:0], c.params, c.info.Version, h.Suites), func(s *cipher.Suite) bool {
		return !exchangeOf(s).open(c, e)
	})
	if len(suites) == 0 {
		return nil, record.Fail(record.AlertHandshakeFailure, record.ReasonNoSharedCipher,
			"no %v suite with a group in common", c.info.Version)
	}
	if exchangeOf(suites[0]).certificate {
		if err := chooseClientType(c, e); err != nil {
			return nil, err
		}
	}
	op := &SelectCredential{
		params: c.params, Role: ServerRole, Hello: c.hello, Schemes: peerSchemes12(e), rules: c.dialect.signing, suites: suites,
		Authorities: e.CertificateAuthorities, wishes: wishesOf12(e), curves: e.SupportedGroups,
		Certificates: offeredTypes(e, ExtServerCertificateType, e.ServerCertificateTypes),
		Value:        c.options.Value,
	}
	if !exchangeOf(suites[0]).certificate {
		op.Complete(nil, nil) // nobody needs to be asked
	}
	return &server12ChoosingCredential{hello: h, op: op}, nil
}

// open tells whether a server has what the exchange needs for this hello, beside a certificate.
func (x *exchange) open(c *Context, e *Extensions) bool {
	if !x.certificate && !x.psk && c.params.ClientAuth == AuthRequired {
		return false // RFC 5246, Section 7.4.4: an anonymous server must not ask for the certificate that we can't do without
	}
	if x.psk && len(c.params.PSKs) == 0 && c.params.FindPSK == nil {
		return false
	}
	return x.agreement == nil || x.agreement.choose(c, e) != nil
}

// peerSchemes12 returns the schemes that a client accepts; one that doesn't say accepts SHA-1 (RFC 5246, Section
// 7.4.1.4.1).
func peerSchemes12(e *Extensions) []cipher.SignatureScheme {
	if e.Present.Has(ExtSignatureAlgorithms) {
		return e.SignatureAlgorithms
	}
	return []cipher.SignatureScheme{cipher.RSAPKCS1SHA1, cipher.DSASHA1, cipher.ECDSASHA1}
}

// server12ChoosingCredential waits for what to authenticate with.
type server12ChoosingCredential struct {
	waits
	hello *ClientHello
	op    *SelectCredential
}

func (*server12ChoosingCredential) Name() string           { return "server12.ChoosingCredential" }
func (s *server12ChoosingCredential) Operation() Operation { return s.op }

func (s *server12ChoosingCredential) clone() State {
	return &server12ChoosingCredential{hello: s.hello, op: s.op.clone()}
}

func (s *server12ChoosingCredential) Resume(c *Context, out *Flight) (State, error) {
	credential, err := s.op.credential()
	if err != nil {
		return nil, err
	}
	return answer12(c, s.hello, s.op, credential, out)
}

// answer12 begins the server's flight. credential is what to authenticate with; nil if there is nothing, or no need.
func answer12(c *Context, h *ClientHello, op *SelectCredential, credential *Credential, out *Flight) (State, error) {
	suite := op.suiteFor(credential)
	if suite == nil {
		return nil, op.noCredential()
	}
	c.hello = nil // nobody is asked again who would want to see it
	x := c.speak(suite)
	c.info.Compression = chooseCompression(c.params, h)
	c.info.Credential = credential
	c.awaitRawKey()
	c.info.ClientAuthRequested = x.certificate && c.params.ClientAuth != AuthNone
	if !c.info.ClientAuthRequested {
		c.transcript.DropRaw() // there will be no CertificateVerify
	}
	out.reserve(credential.messageSize())
	giveSessionID(c)
	sendServerHello12(c, h, out)
	if credential != nil {
		out.send(credential.certificate12())
		if staple := credential.staple(); staple != nil && op.wishes.asked.Has(ExtStatusRequest) {
			out.send(&CertificateStatus{Response: staple})
		}
	}
	kx, own, err := x.offer(c, &h.Extensions)
	if err != nil {
		return nil, err
	}
	if !x.layout.signed {
		if kx != nil {
			out.send(kx)
		}
		return endFlight12(c, suite, own, out), nil
	}
	if kx.Params, err = kx.appendParams(nil, c.form); err != nil {
		return nil, err
	}
	sign := signing(c, credential, c.dialect.signing.choose(credential, ServerRole, op.Schemes), signedParams(c.info, kx.Params))
	return &server12Signing{suite: suite, own: own, exchange: kx, op: sign}, nil
}

// offer makes the server's half of the key exchange; the message is nil if there is none to send.
func (x *exchange) offer(c *Context, e *Extensions) (*ServerKeyExchange, *cipher.Ephemeral, error) {
	if x.server == never12 || x.server == sometimes12 && c.params.PSKHint == nil {
		return nil, nil, nil
	}
	kx := &ServerKeyExchange{Hint: c.params.PSKHint}
	if x.agreement == nil {
		return kx, nil, nil
	}
	group := x.agreement.choose(c, e)
	own, err := group.Generate(c.random.seed(UseKeyShare, group.SeedSize()))
	if err != nil {
		return nil, nil, err
	}
	c.info.Group = group
	x.agreement.write(group, kx)
	kx.Public = own.Share()
	return kx, own, nil
}

// sendServerHello12 sends the ServerHello (RFC 5246, Section 7.4.1.3). The client's session id in it says that its session is
// resumed, another one that this one can be.
func sendServerHello12(c *Context, h *ClientHello, out *Flight) {
	sh := serverHellos.take()
	defer serverHellos.give(sh)
	sh.Version, sh.Random, sh.SessionID = c.info.Version, c.info.ServerRandom, c.keepsake.id
	sh.Suite, sh.Compression = c.info.Suite.ID, byte(c.info.Compression)
	e, offered := &sh.Extensions, &h.Extensions
	answerCommon(c, offered, e)
	answerNextProtocols(c, offered, e)
	answerLimits(c, offered, e, false, out)
	if c.info.ExtendedMasterSecret {
		e.Add(ExtExtendedMasterSecret)
	}
	c.info.EncryptThenMAC = offered.Present.Has(ExtEncryptThenMAC) && c.info.Suite.Bulk.IsCBC()
	if c.info.EncryptThenMAC {
		e.Add(ExtEncryptThenMAC)
	}
	if c.info.SecureRenegotiation {
		e.RenegotiationInfo = c.previous.fromServer() // RFC 5746, Sections 3.6 and 3.7
		e.Add(ExtRenegotiationInfo)
	}
	if c.keepsake.promised {
		e.Add(ExtSessionTicket) // RFC 5077, Section 3.2
	}
	if c.resumed != nil {
		sh.SessionID = h.SessionID
		answerTypeAgain(c.resumed, offered, e)
	} else if credential := c.info.Credential; credential != nil {
		answerStatus12(credential, offered, e)
		answerCertificateTypes(c, offered, e)
	}
	if offered.Present.Has(ExtECPointFormats) && exchangeOf(c.info.Suite).agreement == onCurves {
		e.PointFormats = []byte{pointUncompressed}
		e.Add(ExtECPointFormats)
	}
	out.send(sh)
}

// answerStatus12 says what a client that asked will be told about the certificate: the OCSP response in a message of its own (RFC
// 6066, Section 8), the timestamps here (RFC 6962, Section 3.3.1).
func answerStatus12(credential *Credential, offered, e *Extensions) {
	if credential.staple() != nil && offered.Present.Has(ExtStatusRequest) {
		e.Add(ExtStatusRequest)
	}
	if len(credential.scts) > 0 && offered.Present.Has(ExtSCT) {
		e.SCTs = credential.scts
		e.Add(ExtSCT)
	}
}

// server12Signing waits for the signature over our half of the key exchange.
type server12Signing struct {
	waits
	suite    *cipher.Suite
	own      *cipher.Ephemeral
	exchange *ServerKeyExchange
	op       *Sign
}

func (*server12Signing) Name() string           { return "server12.Signing" }
func (s *server12Signing) Operation() Operation { return s.op }

func (s *server12Signing) clone() State {
	return &server12Signing{suite: s.suite, own: s.own.Clone(), exchange: s.exchange, op: s.op.clone()}
}

func (s *server12Signing) Resume(c *Context, out *Flight) (State, error) {
	signature, err := s.op.signature()
	if err != nil {
		return nil, err
	}
	kx := *s.exchange
	kx.Scheme, kx.Signature = s.op.scheme, signature
	c.info.LocalScheme = s.op.scheme
	out.send(&kx)
	return endFlight12(c, s.suite, s.own, out), nil
}

// endFlight12 ends the server's flight. own is our half of an agreement, nil if there is none.
func endFlight12(c *Context, suite *cipher.Suite, own *cipher.Ephemeral, out *Flight) State {
	if c.info.ClientAuthRequested {
		schemes := c.params.VerifySchemes
		out.send(&CertificateRequest{Types: certificateTypes(schemes), Schemes: schemes, Authorities: c.params.Authorities})
	}
	out.send(&ServerHelloDone{})
	if c.info.ClientAuthRequested {
		return c.dialect.awaitCertificate(server12WaitCertificate{suite: suite, own: own})
	}
	return &server12WaitClientKeyExchange{suite: suite, own: own}
}

// The types of keys that a CertificateRequest asks for (RFC 5246, Section 7.4.4; RFC 8422, Section 5.5, where
// ecdsa_sign stands for EdDSA too).
const (
	typeRSASign   byte = 1
	typeDSSSign   byte = 2
	typeECDSASign byte = 64
)

// certificateTypes returns what to ask for: DSA only of those who may sign with it.
func certificateTypes(schemes []cipher.SignatureScheme) []byte {
	types := []byte{typeRSASign, typeECDSASign}
	if slices.ContainsFunc(schemes, func(s cipher.SignatureScheme) bool { return s.Info().KeyType == cipher.KeyDSA }) {
		types = append(types, typeDSSSign)
	}
	return types
}

// server12WaitCertificate waits for the certificate that the client was asked for.
type server12WaitCertificate struct {
	handshaking
	suite *cipher.Suite
	own   *cipher.Ephemeral
}

func (*server12WaitCertificate) Name() string        { return "server12.WaitClientCertificate" }
func (*server12WaitCertificate) Expects() MessageSet { return Messages(TypeCertificate) }
func (s *server12WaitCertificate) clone() State {
	return &server12WaitCertificate{suite: s.suite, own: cloneEphemeral(s.own)}
}

func (s *server12WaitCertificate) On(c *Context, m Message, out *Flight) (State, error) {
	cert := m.(*Certificate)
	if len(cert.Entries) == 0 {
		return s.goOnWithout(c)
	}
	chain, err := readChain(c, cert)
	if err != nil {
		return nil, err
	}
	t := chain.key().Type()
	if kind := certificateType(t); kind != 0 && !slices.Contains(certificateTypes(c.params.VerifySchemes), kind) {
		// RFC 5246, Section 7.4.6: the key must be of one of the types that were asked for. One that has no type there has no scheme to
		// sign with either, on which it will fail.
		return nil, record.Fail(record.AlertUnsupportedCertificate, record.ReasonWrongCertificateType,
			"the client's key (%v) is of a type that was not asked for", t)
	}
	return &server12WaitClientKeyExchange{suite: s.suite, own: s.own, chain: chain}, nil
}

// goOnWithout goes on without a certificate of the client, if that may be.
func (s *server12WaitCertificate) goOnWithout(c *Context) (State, error) {
	if c.params.ClientAuth == AuthRequired {
		// RFC 5246, Section 7.4.6.
		return nil, record.Fail(record.AlertHandshakeFailure, record.ReasonPeerDidNotReturnACertificate,
			"the client has no certificate for us")
	}
	c.flushIncoming()
	c.transcript.DropRaw()
	return &server12WaitClientKeyExchange{suite: s.suite, own: s.own}, nil
}

// server12WaitCertificateOrWarning is server12WaitCertificate in SSL 3.0, where a warning says that there is none (RFC 6101,
// Section 5.6.6).
type server12WaitCertificateOrWarning struct{ server12WaitCertificate }

func (*server12WaitCertificateOrWarning) Name() string {
	return "server12.WaitClientCertificateOrWarning"
}

func (*server12WaitCertificateOrWarning) Expects() MessageSet {
	return Messages(TypeCertificate, PseudoNoCertificateWarning)
}

func (s *server12WaitCertificateOrWarning) clone() State {
	return &server12WaitCertificateOrWarning{*s.server12WaitCertificate.clone().(*server12WaitCertificate)}
}

func (s *server12WaitCertificateOrWarning) On(c *Context, m Message, out *Flight) (State, error) {
	if _, warned := m.(noCertificate); warned {
		return s.goOnWithout(c)
	}
	return s.server12WaitCertificate.On(c, m, out)
}

// cloneEphemeral copies a key pair that there may be none of.
func cloneEphemeral(e *cipher.Ephemeral) *cipher.Ephemeral {
	if e == nil {
		return nil
	}
	return e.Clone()
}
