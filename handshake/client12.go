package handshake

import (
	"bytes"
	"slices"

	"tlsengine/cipher"
	"tlsengine/record"
)

// This file takes a client before TLS 1.3 from the ServerHello to ServerHelloDone; client12_flight.go goes on from
// there.

// negotiating12 is embedded by the states of a client before TLS 1.3 until it is connected.
type negotiating12 struct{ handshaking }

func (negotiating12) ignoresHelloRequest() {}

// start12 enters the states before TLS 1.3 with the ServerHello (RFC 5246, Section 7.4.1.3).
func start12(c *Context, hello *ClientHello, sh *ServerHello, out *Flight) (State, error) {
	suite := suiteByID(c.params.Suites, sh.Suite)
	if suite == nil || !slices.Contains(hello.Suites, sh.Suite) || !suite.Usable(c.info.Version) {
		// RFC 5246, Section 7.4.1.3: the suite must have been offered.
		return nil, record.Fail(record.AlertIllegalParameter, record.ReasonWrongCipherReturned,
			"the server chose %v, which was not offered for %v", sh.Suite, c.info.Version)
	}
	session := offered12(c, hello)
	resumes := len(hello.SessionID) > 0 && bytes.Equal(sh.SessionID, hello.SessionID)
	if resumes && session == nil {
		// RFC 8446, Appendix D.4: the id was made up for middleboxes: nobody can resume it.
		return nil, record.Fail(record.AlertIllegalParameter, record.ReasonServerEchoedInvalidSessionID,
			"the server resumes a session that never was")
	}
	if sh.Compression != compressionNull {
		// RFC 5246, Section 7.4.1.3: the method must be one that was offered.
		return nil, record.Fail(record.AlertIllegalParameter, record.ReasonUnsupportedCompressionAlgorithm,
			"the server chose compression method %d", sh.Compression)
	}
	if err := takeExtensions12(c, &sh.Extensions); err != nil {
		return nil, err
	}
	out.expect(record.OuterPlain)
	c.keepsake.promised = sh.Extensions.Present.Has(ExtSessionTicket)
	if resumes {
		return resumeClient12(c, session, suite, out)
	}
	c.keepsake.id = bytes.Clone(sh.SessionID)
	c.speak(suite)
	if len(c.params.Credentials) == 0 && c.params.SelectCredential == nil {
		c.transcript.DropRaw() // there will be no CertificateVerify
	}
	c.info.SCTs = bytes.Clone(sh.Extensions.SCTs)
	return &client12WaitCertificate{suite: suite, status: sh.Extensions.Present.Has(ExtStatusRequest)}, nil
}

// takeExtensions12 takes the answers of a ServerHello before TLS 1.3.
func takeExtensions12(c *Context, e *Extensions) error {
	c.info.ExtendedMasterSecret = e.Present.Has(ExtExtendedMasterSecret)
	c.info.SecureRenegotiation = e.Present.Has(ExtRenegotiationInfo)
	if len(e.RenegotiationInfo) != 0 {
		// RFC 5746, Section 3.4: in a connection's first handshake it must be empty.
		return record.Fail(record.AlertHandshakeFailure, record.ReasonRenegotiationMismatch, "renegotiation_info is not empty")
	}
	if !c.info.SecureRenegotiation && !c.params.AllowLegacyServer {
		// RFC 5746, Section 4.1: a client may insist on it.
		return record.Fail(record.AlertHandshakeFailure, record.ReasonUnsafeLegacyRenegotiationDisabled,
			"the server does not know secure renegotiation (RFC 5746)")
	}
	if e.Present.Has(ExtECPointFormats) && !slices.Contains(e.PointFormats, pointUncompressed) {
		// RFC 8422, Section 5.1.2: the uncompressed format must be among them.
		return record.Fail(record.AlertIllegalParameter, record.ReasonErrorParsingExtension, "the server does not support uncompressed points")
	}
	return takeProtocol(c, e)
}

// client12WaitCertificate waits for the server's Certificate.
type client12WaitCertificate struct {
	negotiating12
	suite  *cipher.Suite
	status bool // a CertificateStatus may follow
}

func (*client12WaitCertificate) Name() string        { return "client12.WaitCertificate" }
func (*client12WaitCertificate) Expects() MessageSet { return Messages(TypeCertificate) }
func (s *client12WaitCertificate) clone() State      { c := *s; return &c }

func (s *client12WaitCertificate) On(c *Context, m Message, out *Flight) (State, error) {
	chain, err := readServerChain(c, m.(*Certificate))
	if err != nil {
		return nil, err
	}
	if !s.suite.Auth.Accepts(chain.key().Type()) {
		// RFC 5246, Section 7.4.2: the key must fit the suite.
		return nil, record.Fail(record.AlertIllegalParameter, record.ReasonWrongCertificateType,
			"the server's key (%v) does not fit %v", chain.key().Type(), s.suite.ID)
	}
	if k := chain.key(); k.Type() == cipher.KeyECDSA && c.params.group(k.Curve()) == nil {
		// RFC 8422, Section 5.3: an ECDSA key must be on one of the curves that the client offers.
		return nil, record.Fail(record.AlertIllegalParameter, record.ReasonBadECCCert, "the server's key is on %v, which was not offered", k.Curve())
	}
	next := &client12WaitServerKeyExchange{suite: s.suite, chain: chain}
	if s.status {
		return &client12WaitCertificateStatus{next: next}, nil
	}
	return next, nil
}

// client12WaitCertificateStatus waits for the OCSP response that the server has acknowledged. That is no promise: what comes next
// without it may come instead (RFC 6066, Section 8).
type client12WaitCertificateStatus struct {
	negotiating12
	next *client12WaitServerKeyExchange
}

func (*client12WaitCertificateStatus) Name() string { return "client12.WaitCertificateStatus" }

func (s *client12WaitCertificateStatus) Expects() MessageSet {
	return s.next.Expects().With(TypeCertificateStatus)
}

func (s *client12WaitCertificateStatus) clone() State { c := *s; return &c }

func (s *client12WaitCertificateStatus) On(c *Context, m Message, out *Flight) (State, error) {
	status, ok := m.(*CertificateStatus)
	if !ok {
		return s.next.On(c, m, out)
	}
	next := *s.next
	next.chain = next.chain.withStaple(bytes.Clone(status.Response))
	return &next, nil
}

// client12WaitServerKeyExchange waits for the server's half of the key exchange, which it signs.
type client12WaitServerKeyExchange struct {
	negotiating12
	suite *cipher.Suite
	chain *unverifiedPeer
}

func (*client12WaitServerKeyExchange) Name() string        { return "client12.WaitServerKeyExchange" }
func (*client12WaitServerKeyExchange) Expects() MessageSet { return Messages(TypeServerKeyExchange) }
func (s *client12WaitServerKeyExchange) clone() State      { c := *s; return &c }

func (s *client12WaitServerKeyExchange) On(c *Context, m Message, out *Flight) (State, error) {
	kx := m.(*ServerKeyExchange)
	group := c.params.group(kx.Group)
	if group == nil || !group.Usable(c.info.Version) || !exchangeOf(s.suite).agrees(group) {
		// RFC 8422, Section 5.4: the curve must be one of supported_groups.
		return nil, record.Fail(record.AlertIllegalParameter, record.ReasonWrongCurve, "the server chose group %v, which was not offered for %v", kx.Group, c.info.Version)
	}
	content := signedParams(c.info, kx.Params)
	if err := s.chain.checkSignature(c, kx.Scheme, content, kx.Signature, c.dialect.signing); err != nil {
		return nil, err
	}
	c.info.Group = group
	return &client12WaitCertificateRequestOrServerHelloDone{
		suite: s.suite, chain: s.chain, exchange: serverHalf{group: group, public: bytes.Clone(kx.Public)},
	}, nil
}

// signedParams is what a ServerKeyExchange signs (RFC 8422, Section 5.4).
func signedParams(info *Info, params []byte) []byte {
	b := make([]byte, 0, 64+len(params))
	b = append(b, info.ClientRandom[:]...)
	b = append(b, info.ServerRandom[:]...)
	return append(b, params...)
}

// client12WaitCertificateRequestOrServerHelloDone waits for the end of the server's flight, before which it may ask for
// our certificate.
type client12WaitCertificateRequestOrServerHelloDone struct {
	negotiating12
	suite    *cipher.Suite
	chain    *unverifiedPeer
	exchange serverHalf
}

func (*client12WaitCertificateRequestOrServerHelloDone) Name() string {
	return "client12.WaitCertificateRequestOrServerHelloDone"
}

func (*client12WaitCertificateRequestOrServerHelloDone) Expects() MessageSet {
	return Messages(TypeCertificateRequest, TypeServerHelloDone)
}

func (s *client12WaitCertificateRequestOrServerHelloDone) clone() State { c := *s; return &c }

func (s *client12WaitCertificateRequestOrServerHelloDone) On(c *Context, m Message, out *Flight) (State, error) {
	request, ok := m.(*CertificateRequest)
	if !ok {
		return onServerHelloDone(c, s.suite, s.chain, s.exchange, nil, out), nil
	}
	read, err := readCertificateRequest(c, request)
	if err != nil {
		return nil, err
	}
	return &client12WaitServerHelloDone{suite: s.suite, chain: s.chain, exchange: s.exchange, request: read}, nil
}

// client12WaitServerHelloDone waits for the end of the server's flight after its CertificateRequest.
type client12WaitServerHelloDone struct {
	negotiating12
	suite    *cipher.Suite
	chain    *unverifiedPeer
	exchange serverHalf
	request  *certificateRequest
}

func (*client12WaitServerHelloDone) Name() string        { return "client12.WaitServerHelloDone" }
func (*client12WaitServerHelloDone) Expects() MessageSet { return Messages(TypeServerHelloDone) }
func (s *client12WaitServerHelloDone) clone() State      { c := *s; return &c }

func (s *client12WaitServerHelloDone) On(c *Context, m Message, out *Flight) (State, error) {
	return onServerHelloDone(c, s.suite, s.chain, s.exchange, s.request, out), nil
}

// onServerHelloDone asks for the verdict on the server, now that all of its flight is there.
func onServerHelloDone(c *Context, suite *cipher.Suite, chain *unverifiedPeer, exchange serverHalf, request *certificateRequest, out *Flight) State {
	out.endPeerFlight()
	return &client12VerifyingPeer{suite: suite, chain: chain, exchange: exchange, request: request, op: chain.verification(c)}
}
