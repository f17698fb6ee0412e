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
type negotiating12 struct {
	handshaking
	ignoringRequests12
}

// ignoringRequests12 is embedded by those in which data may flow.
type ignoringRequests12 struct{}

func (ignoringRequests12) ignoresHelloRequest() {}

// chosenBy12 returns what a ServerHello before TLS 1.3 chooses of what was offered: a suite, and the session that it resumes,
// nil if none.
func chosenBy12(c *Context, hello *ClientHello, sh *ServerHello) (*cipher.Suite, *Session, error) {
	suite := suiteByID(c.params.Suites, sh.Suite)
	if suite == nil || !slices.Contains(hello.Suites, sh.Suite) || !suite.Usable(c.info.Version) {
		// RFC 5246, Section 7.4.1.3: the suite must have been offered.
		return nil, nil, record.Fail(record.AlertIllegalParameter, record.ReasonWrongCipherReturned,
			"the server chose %v, which was not offered for %v", sh.Suite, c.info.Version)
	}
	if !slices.Contains(hello.Compression, sh.Compression) {
		// RFC 5246, Section 7.4.1.3: the method must be one that was offered.
		return nil, nil, record.Fail(record.AlertIllegalParameter, record.ReasonUnsupportedCompressionAlgorithm,
			"the server chose compression method %d, which was not offered", sh.Compression)
	}
	if len(hello.SessionID) == 0 || !bytes.Equal(sh.SessionID, hello.SessionID) {
		return suite, nil, nil
	}
	session := offered12(c, hello)
	if session == nil && hello.Extensions.Present.Has(ExtPreSharedKey) && c.rejected == nil {
		// RFC 8446, Section 4.1.3: the id says nothing about the session that was offered, which is one of TLS 1.3.
		return nil, nil, record.Fail(record.AlertIllegalParameter, record.ReasonOldSessionVersionNotReturned,
			"the server resumes a session of TLSv1.3 with %v", c.info.Version)
	}
	if session == nil {
		// RFC 8446, Appendix D.4: the id was made up for middleboxes: nobody can resume it.
		return nil, nil, record.Fail(record.AlertIllegalParameter, record.ReasonServerEchoedInvalidSessionID,
			"the server resumes a session that never was")
	}
	return suite, session, nil
}

// start12 enters the states before TLS 1.3 with the ServerHello (RFC 5246, Section 7.4.1.3).
func start12(c *Context, hello *ClientHello, sh *ServerHello, out *Flight) (State, error) {
	suite, session, err := chosenBy12(c, hello, sh)
	if err != nil {
		return nil, err
	}
	c.info.Compression = record.Compression(sh.Compression)
	if !c.dialect.extensions && !knownToSSL(&sh.Extensions) {
		return nil, record.Fail(record.AlertUnsupportedExtension, record.ReasonUnexpectedExtension,
			"the server answers extensions in a version that has none")
	}
	if err := takeExtensions12(c, &sh.Extensions); err != nil {
		return nil, err
	}
	if c.info.EncryptThenMAC && !suite.Bulk.IsCBC() {
		// RFC 7366, Section 3: with anything but CBC there is nothing that it could mean.
		return nil, record.Fail(record.AlertIllegalParameter, record.ReasonUnexpectedExtension,
			"the server chose encrypt-then-MAC with %v", suite.ID)
	}
	if err := takeLimits(c, &sh.Extensions, out); err != nil {
		return nil, err
	}
	out.expect(record.OuterPlain)
	c.keepsake.promised = sh.Extensions.Present.Has(ExtSessionTicket)
	if session != nil {
		return resumeClient12(c, session, suite, out)
	}
	c.keepsake.id = bytes.Clone(sh.SessionID)
	x := c.speak(suite)
	if x.certificate {
		if err := takeCertificateTypes(c, &sh.Extensions); err != nil {
			return nil, err
		}
		c.awaitRawKey()
	}
	if len(c.params.Credentials) == 0 && c.params.SelectCredential == nil {
		c.transcript.DropRaw() // there will be no CertificateVerify
	}
	if scts := sh.Extensions.SCTs; scts != nil {
		c.info.peer().SCTs = bytes.Clone(scts)
	}
	flight := serverFlight{suite: suite}
	if !x.certificate {
		return x.awaitServer(flight), c.checkSameServer(nil)
	}
	return &client12WaitCertificate{serverFlight: flight, status: sh.Extensions.Present.Has(ExtStatusRequest)}, nil
}

// knownToSSL tells whether there is nothing but what RFC 5746, Section 3.4 adds to SSL 3.0.
func knownToSSL(e *Extensions) bool {
	for i := range e.Raw {
		if e.Raw[i].ID != ExtRenegotiationInfo {
			return false
		}
	}
	return true
}

// serverFlight is what has come of the server's flight after its hello.
type serverFlight struct {
	suite   *cipher.Suite
	chain   *unverifiedPeer     // nil if the server shows no certificate
	half    serverHalf          // of the key exchange
	request *certificateRequest // nil if there was none
}

// takeExtensions12 takes the answers of a ServerHello before TLS 1.3.
func takeExtensions12(c *Context, e *Extensions) error {
	c.info.ExtendedMasterSecret = e.Present.Has(ExtExtendedMasterSecret)
	c.info.EncryptThenMAC = e.Present.Has(ExtEncryptThenMAC)
	c.info.SecureRenegotiation = e.Present.Has(ExtRenegotiationInfo)
	if err := c.checkBinding(e, c.previous.fromServer()); err != nil {
		return err
	}
	if err := c.checkStays(); err != nil {
		return err
	}
	if !c.info.SecureRenegotiation && !c.params.AllowLegacyServer {
		// RFC 5746, Section 4.1: a client may insist on it.
		return record.Fail(record.AlertHandshakeFailure, record.ReasonUnsafeLegacyRenegotiationDisabled,
			"the server does not know secure renegotiation (RFC 5746)")
	}
	if e.Present.Has(ExtECPointFormats) && !slices.Contains(e.PointFormats, pointUncompressed) {
		// RFC 8422, Section 5.1.2: the uncompressed format must be among them.
		return record.Fail(record.AlertIllegalParameter, record.ReasonErrorParsingExtension,
			"the server does not support uncompressed points")
	}
	if err := takeNextProtocols(c, e); err != nil {
		return err
	}
	return takeProtocol(c, e)
}

// client12WaitCertificate waits for the server's Certificate.
type client12WaitCertificate struct {
	negotiating12
	serverFlight
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
	if err := c.checkSameServer(chain.shown()); err != nil {
		return nil, err
	}
	x := exchangeOf(s.suite)
	if err := x.checkKey(c, s.suite, chain); err != nil {
		return nil, err
	}
	flight := s.serverFlight
	flight.chain = chain
	next := x.awaitServer(flight)
	if s.status {
		return &client12WaitCertificateStatus{next: next}, nil
	}
	return next, nil
}

// A flightState waits for what may follow the server's Certificate.
type flightState interface {
	State
	// withStaple returns the state with an OCSP response beside the certificate.
	withStaple(response []byte) flightState
}

// awaitServer is the state in which a client waits for the rest of the server's flight.
func (x *exchange) awaitServer(f serverFlight) flightState {
	switch {
	case x.server == always12:
		return &client12WaitServerKeyExchange{serverFlight: f}
	case x.server == sometimes12:
		return &client12WaitOptionalServerKeyExchange{serverFlight: f}
	}
	return &client12WaitCertificateRequestOrServerHelloDone{serverFlight: f}
}

// client12WaitCertificateStatus waits for the OCSP response that the server has acknowledged. That is no promise: what comes next
// without it may come instead (RFC 6066, Section 8).
type client12WaitCertificateStatus struct {
	negotiating12
	next flightState
}

func (*client12WaitCertificateStatus) Name() string { return "client12.WaitCertificateStatus" }

// Expects depends on the suite; without one it is all that may come under some suite.
func (s *client12WaitCertificateStatus) Expects() MessageSet {
	next := s.next
	if next == nil {
		next = &client12WaitOptionalServerKeyExchange{}
	}
	return next.Expects().With(TypeCertificateStatus)
}

func (s *client12WaitCertificateStatus) clone() State { c := *s; return &c }

func (s *client12WaitCertificateStatus) On(c *Context, m Message, out *Flight) (State, error) {
	status, ok := m.(*CertificateStatus)
	if !ok {
		return s.next.On(c, m, out)
	}
	return s.next.withStaple(bytes.Clone(status.Response)), nil
}

// client12WaitServerKeyExchange waits for the server's half of a key exchange that can't do without.
type client12WaitServerKeyExchange struct {
	negotiating12
	serverFlight
}

func (*client12WaitServerKeyExchange) Name() string        { return "client12.WaitServerKeyExchange" }
func (*client12WaitServerKeyExchange) Expects() MessageSet { return Messages(TypeServerKeyExchange) }
func (s *client12WaitServerKeyExchange) clone() State      { c := *s; return &c }

func (s *client12WaitServerKeyExchange) withStaple(response []byte) flightState {
	n := *s
	n.chain = n.chain.withStaple(response)
	return &n
}

func (s *client12WaitServerKeyExchange) On(c *Context, m Message, out *Flight) (State, error) {
	return s.takeKeyExchange(c, m.(*ServerKeyExchange))
}

// takeKeyExchange takes the server's half of the key exchange, whose signature is checked here.
func (f serverFlight) takeKeyExchange(c *Context, m *ServerKeyExchange) (State, error) {
	x := exchangeOf(f.suite)
	half, err := x.readServer(c, m)
	if err != nil {
		return nil, err
	}
	if x.layout.signed {
		if err := f.chain.checkSignature(c, m.Scheme, signedParams(c.info, m.Params), m.Signature, c.dialect.signing); err != nil {
			return nil, err
		}
	}
	c.info.Group, f.half = half.group, half
	if f.chain == nil {
		// RFC 5246, Section 7.4.4: only a server that authenticates itself by a certificate may ask for one.
		return &client12WaitServerHelloDone{serverFlight: f}, nil
	}
	return &client12WaitCertificateRequestOrServerHelloDone{serverFlight: f}, nil
}

// signedParams is what a ServerKeyExchange signs (RFC 5246, Section 7.4.3; RFC 8422, Section 5.4).
func signedParams(info *Info, params []byte) []byte {
	b := make([]byte, 0, 64+len(params))
	b = append(b, info.ClientRandom[:]...)
	b = append(b, info.ServerRandom[:]...)
	return append(b, params...)
}

// client12WaitOptionalServerKeyExchange waits for a ServerKeyExchange that holds no more than the hint which PSK to use, and for
// what comes next without one (RFC 4279, Section 2).
type client12WaitOptionalServerKeyExchange struct {
	negotiating12
	serverFlight
}

func (*client12WaitOptionalServerKeyExchange) Name() string {
	return "client12.WaitOptionalServerKeyExchange"
}

// Expects depends on the suite: where the server showed no certificate, it asks for none. Without a suite it is all.
func (s *client12WaitOptionalServerKeyExchange) Expects() MessageSet {
	if s.suite != nil && s.chain == nil {
		return Messages(TypeServerKeyExchange, TypeServerHelloDone)
	}
	return Messages(TypeServerKeyExchange, TypeCertificateRequest, TypeServerHelloDone)
}

func (s *client12WaitOptionalServerKeyExchange) clone() State { c := *s; return &c }

func (s *client12WaitOptionalServerKeyExchange) withStaple(response []byte) flightState {
	n := *s
	n.chain = n.chain.withStaple(response)
	return &n
}

func (s *client12WaitOptionalServerKeyExchange) On(c *Context, m Message, out *Flight) (State, error) {
	if kx, ok := m.(*ServerKeyExchange); ok {
		return s.takeKeyExchange(c, kx)
	}
	return s.takeRest(c, m, out)
}

// client12WaitCertificateRequestOrServerHelloDone waits for the end of the server's flight, before which it may ask for
// our certificate.
type client12WaitCertificateRequestOrServerHelloDone struct {
	negotiating12
	serverFlight
}

func (*client12WaitCertificateRequestOrServerHelloDone) Name() string {
	return "client12.WaitCertificateRequestOrServerHelloDone"
}

func (*client12WaitCertificateRequestOrServerHelloDone) Expects() MessageSet {
	return Messages(TypeCertificateRequest, TypeServerHelloDone)
}

func (s *client12WaitCertificateRequestOrServerHelloDone) clone() State { c := *s; return &c }

func (s *client12WaitCertificateRequestOrServerHelloDone) withStaple(response []byte) flightState {
	n := *s
	n.chain = n.chain.withStaple(response)
	return &n
}

func (s *client12WaitCertificateRequestOrServerHelloDone) On(c *Context, m Message, out *Flight) (State, error) {
	return s.takeRest(c, m, out)
}

// takeRest takes a CertificateRequest or ServerHelloDone.
func (f serverFlight) takeRest(c *Context, m Message, out *Flight) (State, error) {
	request, ok := m.(*CertificateRequest)
	if !ok {
		return f.end(c, out)
	}
	read, err := readCertificateRequest(c, request)
	if err != nil {
		return nil, err
	}
	f.request = read
	return &client12WaitServerHelloDone{serverFlight: f}, nil
}

// client12WaitServerHelloDone waits for the end of the server's flight when nothing else may come.
type client12WaitServerHelloDone struct {
	negotiating12
	serverFlight
}

func (*client12WaitServerHelloDone) Name() string        { return "client12.WaitServerHelloDone" }
func (*client12WaitServerHelloDone) Expects() MessageSet { return Messages(TypeServerHelloDone) }
func (s *client12WaitServerHelloDone) clone() State      { c := *s; return &c }

func (s *client12WaitServerHelloDone) On(c *Context, m Message, out *Flight) (State, error) {
	return s.end(c, out)
}

// end takes the ServerHelloDone: now that all of the server's flight is there, who sent it is asked.
func (f serverFlight) end(c *Context, out *Flight) (State, error) {
	out.endPeerFlight()
	if f.chain == nil {
		return f.exchangeKeys(c, nil, 0, out)
	}
	return &client12VerifyingPeer{serverFlight: f, op: f.chain.verification(c)}, nil
}
