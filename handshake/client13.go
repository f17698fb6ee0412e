package handshake

import (
	"bytes"
	"slices"

	"tlsengine/cipher"
	"tlsengine/handshake/keyschedule"
	"tlsengine/record"
)

// This file takes a client from a TLS 1.3 ServerHello to the server's Certificate; client13_auth.go goes on from there.

// checkServerHello13 checks what a ServerHello and a HelloRetryRequest of TLS 1.3 have in common, and returns the suite
// chosen.
func checkServerHello13(c *Context, hello *ClientHello, sh *ServerHello) (*cipher.Suite, error) {
	if v := sh.SelectedVersion(); v != cipher.VersionTLS13 || !c.params.enables(v) {
		// RFC 8446, Section 4.1.4: a HelloRetryRequest must select TLS 1.3, which must have been offered.
		return nil, record.Fail(record.AlertProtocolVersion, record.ReasonUnsupportedProtocol,
			"the server chose %v, which is not enabled", v)
	}
	if sh.Version != cipher.VersionTLS12 {
		// RFC 8446, Section 4.1.3: legacy_version is 0x0303.
		return nil, record.Fail(record.AlertIllegalParameter, record.ReasonWrongVersionNumber,
			"legacy_version of ServerHello is %v", sh.Version)
	}
	if !bytes.Equal(sh.SessionID, hello.SessionID) {
		// RFC 8446, Section 4.1.3: the echo must be the id of the ClientHello.
		return nil, record.Fail(record.AlertIllegalParameter, record.ReasonServerEchoedInvalidSessionID,
			"legacy_session_id_echo of %d bytes is not what was sent", len(sh.SessionID))
	}
	if sh.Compression != compressionNull {
		// RFC 8446, Section 4.1.3: the syntax of a ServerHello says that legacy_compression_method is 0; Section 6.2: what does not
		// conform to the syntax is a decode_error.
		return nil, record.Fail(record.AlertDecodeError, record.ReasonUnsupportedCompressionAlgorithm,
			"the server chose compression method %d", sh.Compression)
	}
	suite := suiteByID(c.params.Suites, sh.Suite)
	if suite == nil || !slices.Contains(hello.Suites, sh.Suite) || !suite.Usable(cipher.VersionTLS13) {
		// RFC 8446, Section 4.1.3: the suite must have been offered.
		return nil, record.Fail(record.AlertIllegalParameter, record.ReasonWrongCipherReturned,
			"the server chose %v, which was not offered for TLSv1.3", sh.Suite)
	}
	return suite, nil
}

// start13 enters the states of TLS 1.3 with the ServerHello.
func start13(c *Context, sent *clientWaitServerHello, sh *ServerHello, out *Flight) (State, error) {
	suite, err := checkServerHello13(c, sent.hello, sh)
	if err != nil {
		return nil, err
	}
	psk, err := selectedPSK(sent.psks, suite, &sh.Extensions)
	if err != nil {
		return nil, err
	}
	if psk == nil && c.params.NoCertificates {
		return nil, record.Fail(record.AlertMissingExtension, record.ReasonMissingExtension,
			"the server chose no PSK, and no certificate would do")
	}
	own, err := selectedShare(c, sent, psk, &sh.Extensions)
	if err != nil {
		return nil, err
	}
	clearOthers(sent.shares, own)
	c.form = Form13
	if !c.transcript.Started() {
		c.startTranscript(suite.Hash)
		c.transcript.DropRaw()
	}
	c.flushIncoming()
	c.info.Suite = suite
	c.info.ExtendedMasterSecret, c.info.SecureRenegotiation = true, true
	c.info.PostHandshakeAuth = sent.hello.Extensions.Present.Has(ExtPostHandshakeAuth)
	start := &client13Agreeing{suite: suite, stage: startOf(c, psk, suite), early: sent.early}
	if psk != nil {
		start.session = psk.session
	}
	if own == nil {
		return start.agreed(c, nil, out), nil
	}
	c.info.Group = own.Group()
	start.op = &KeyAgreement{group: own.Group(), own: own, peer: bytes.Clone(sh.Extensions.SelectedShare.Data)}
	return start, nil
}

// selectedShare returns our half of the key exchange that the server chose, nil if it chose to do without one.
func selectedShare(c *Context, sent *clientWaitServerHello, psk *offeredPSK, e *Extensions) (*cipher.Ephemeral, error) {
	if !e.Present.Has(ExtKeyShare) {
		if psk != nil && c.params.PSKWithoutDHE && !c.info.HelloRetried {
			return nil, nil // RFC 8446, Section 4.2.9: psk_ke
		}
		// RFC 8446, Section 9.2: without a PSK, and with psk_dhe_ke, a key_share is mandatory.
		return nil, record.Fail(record.AlertMissingExtension, record.ReasonMissingKeyShare, "ServerHello has no key_share")
	}
	own := shareOf(sent.shares, e.SelectedShare.Group)
	if own == nil {
		// RFC 8446, Section 4.2.8: the group must be one for which a share was sent.
		return nil, record.Fail(record.AlertIllegalParameter, record.ReasonWrongCurve,
			"the server's share is for group %v, for which none was sent", e.SelectedShare.Group)
	}
	return own, nil
}

// startOf returns the first stage of the key schedule that the server chose, and reports the choice.
func startOf(c *Context, psk *offeredPSK, suite *cipher.Suite) keyschedule.Early {
	if psk == nil {
		return keyschedule.NewEarly(suite.Hash, nil)
	}
	if psk.session != nil {
		takeSession(c, psk.session)
	} else {
		c.info.peer().PSK = psk.psk
	}
	return psk.early
}

// client13Agreeing waits for the shared secret of the key exchange.
type client13Agreeing struct {
	waits
	suite   *cipher.Suite
	stage   keyschedule.Early
	session *Session // that is resumed; nil if none is
	early   earlyOffer
	op      *KeyAgreement
}

func (*client13Agreeing) Name() string           { return "client13.Agreeing" }
func (s *client13Agreeing) Operation() Operation { return s.op }
func (s *client13Agreeing) clone() State {
	n := *s
	n.op = s.op.clone()
	return &n
}

func (s *client13Agreeing) Resume(c *Context, out *Flight) (State, error) {
	if err := s.op.err; err != nil {
		// RFC 8446, Section 4.2.8.2 and 7.4.2: a share that is not a point of the curve, or gives zero, is refused.
		return nil, badShare(err)
	}
	defer clear(s.op.value.secret)
	return s.agreed(c, s.op.value.secret, out), nil
}

// agreed goes on with the shared secret, nil if the PSK has to do (RFC 8446, Section 4.2.9).
func (s *client13Agreeing) agreed(c *Context, secret []byte, out *Flight) State {
	keys := s.stage.Handshake(secret, c.hashThrough())

	client, server := keys.ClientTraffic(), keys.ServerTraffic()
	defer client.Clear()
	defer server.Clear()
	c.logSecret(keyschedule.LogClientHandshake, client.Bytes())
	c.logSecret(keyschedule.LogServerHandshake, server.Bytes())
	disguise(c, out)
	out.expect(record.OuterHandshake)
	out.installRead13(s.suite, &server, EpochHandshake)
	if s.early != earlyOffered { // else early data goes on until the server has accepted or refused it
		out.installWrite13(s.suite, &client, EpochHandshake)
	}
	return &client13WaitEncryptedExtensions{suite: s.suite, keys: keys, session: s.session, early: s.early}
}

// disguise sends the ChangeCipherSpec that makes TLS 1.3 look like a resumption of TLS 1.2, once (RFC 8446, Appendix D.4):
// before the second flight, or right behind the first hello if early data follows that.
func disguise(c *Context, out *Flight) {
	if c.params.MiddleboxCompat && !c.disguised {
		c.disguised = true
		out.sendChangeCipherSpec()
	}
}

// badShare is the error for a key share that the group refuses.
func badShare(err error) *record.Error {
	return record.Fail(record.AlertIllegalParameter, record.ReasonBadECPoint, "the peer's key share is not valid").Because(err)
}

// client13WaitEncryptedExtensions waits for what the server has to say beyond the ServerHello.
type client13WaitEncryptedExtensions struct {
	handshaking
	suite   *cipher.Suite
	keys    keyschedule.Handshake
	session *Session // that is resumed; nil if none is
	early   earlyOffer
}

func (*client13WaitEncryptedExtensions) Name() string { return "client13.WaitEncryptedExtensions" }
func (*client13WaitEncryptedExtensions) Expects() MessageSet {
	return Messages(TypeEncryptedExtensions)
}
func (s *client13WaitEncryptedExtensions) clone() State { c := *s; return &c }

// Flow lets early data go on, unless it is known already that it is in vain.
func (s *client13WaitEncryptedExtensions) Flow() Flow {
	if s.session == nil {
		return Flow{}
	}
	return s.early.flow()
}

func (s *client13WaitEncryptedExtensions) On(c *Context, m Message, out *Flight) (State, error) {
	e := &m.(*EncryptedExtensions).Extensions
	if err := takeProtocol(c, e); err != nil {
		return nil, err
	}
	if s.session == nil && c.info.PSK == nil {
		if err := takeCertificateTypes(c, e); err != nil {
			return nil, err
		}
	}
	if err := takeLimits13(c, e, out); err != nil {
		return nil, err
	}
	if err := takeRetryConfigs(c, e); err != nil {
		return nil, err
	}
	early, err := s.takeEarlyAnswer(c, e)
	if err != nil {
		return nil, err
	}
	next := client13Encrypted{suite: s.suite, keys: s.keys, session: s.session}
	switch early {
	case earlyAccepted:
		next.early = true
	case earlyRefused:
		return next.confirmRefusal(c, s.early, out), nil
	}
	return next.proceed(c), nil
}

// client13Encrypted is what a client has once the server has said all that it says in every handshake.
type client13Encrypted struct {
	suite   *cipher.Suite
	keys    keyschedule.Handshake
	session *Session // that is resumed; nil if none is
	early   bool     // early data was accepted
}

// proceed waits for what comes next: a PSK is in the place of all that has to do with certificates (RFC 8446, Section 2.2).
func (s *client13Encrypted) proceed(c *Context) State {
	switch {
	case s.session != nil && s.session.knowsPeer():
		peer := resumedPeer(s.session)
		return &client13VerifyingPeer{suite: s.suite, keys: s.keys, early: s.early, chain: peer, op: peer.verificationAgain(c)}
	case s.session != nil || c.info.PSK != nil:
		return &client13WaitFinished{suite: s.suite, keys: s.keys, early: s.early}
	}
	return &client13WaitCertificateRequestOrCertificate{mayBeCompressed: certificatesMayBe(c.params), suite: s.suite, keys: s.keys}
}

// takeProtocol takes the server's choice of ALPN.
func takeProtocol(c *Context, e *Extensions) error {
	if !e.Present.Has(ExtALPN) {
		return nil
	}
	chosen := e.ALPN[0]
	if !slices.Contains(c.params.Protocols, chosen) && !c.params.TolerateUnknownProtocol {
		// RFC 7301, Section 3.1: the server chooses from what was offered.
		return record.Fail(record.AlertIllegalParameter, record.ReasonInvalidALPNProtocol,
			"the server chose the protocol %q, which was not offered", chosen)
	}
	c.info.Protocol = chosen
	return nil
}

// client13WaitCertificateRequestOrCertificate waits for the server's Certificate, before which it may ask for ours.
type client13WaitCertificateRequestOrCertificate struct {
	handshaking
	mayBeCompressed
	suite *cipher.Suite
	keys  keyschedule.Handshake
}

func (*client13WaitCertificateRequestOrCertificate) Name() string {
	return "client13.WaitCertificateRequestOrCertificate"
}

func (s *client13WaitCertificateRequestOrCertificate) Expects() MessageSet {
	return s.expects(TypeCertificateRequest, TypeCertificate)
}

func (s *client13WaitCertificateRequestOrCertificate) clone() State { c := *s; return &c }

func (s *client13WaitCertificateRequestOrCertificate) On(c *Context, m Message, out *Flight) (State, error) {
	asked, ok := m.(*CertificateRequest)
	if !ok {
		return onServerCertificate13(c, s.suite, s.keys, nil, m)
	}
	request, err := readCertificateRequest(c, asked)
	if err != nil {
		return nil, err
	}
	return &client13WaitCertificate{mayBeCompressed: s.mayBeCompressed, suite: s.suite, keys: s.keys, request: request}, nil
}

// certificateRequest is what a server's CertificateRequest asks for.
type certificateRequest struct {
	schemes     []cipher.SignatureScheme
	authorities [][]byte
	types       []byte // before TLS 1.3: the kinds of keys
	wishes      wishes
}

// readCertificateRequest takes what the server asks for in a handshake.
func readCertificateRequest(c *Context, m *CertificateRequest) (*certificateRequest, error) {
	if len(m.Context) != 0 {
		// RFC 8446, Section 4.3.2: the context is empty within a handshake.
		return nil, record.Fail(record.AlertIllegalParameter, record.ReasonDecodeError,
			"CertificateRequest has a context of %d bytes", len(m.Context))
	}
	return readRequest(c, m)
}

// readRequest takes what the server asks for out of the message, whose memory is the Machine's.
func readRequest(c *Context, m *CertificateRequest) (*certificateRequest, error) {
	if c.form.Entries && !m.Extensions.Present.Has(ExtSignatureAlgorithms) {
		// RFC 8446, Section 4.3.2: signature_algorithms must be there.
		return nil, record.Fail(record.AlertMissingExtension, record.ReasonMissingExtension,
			"CertificateRequest has no signature_algorithms")
	}
	c.info.ClientAuthRequested = true
	return &certificateRequest{
		schemes: m.PeerSchemes(), authorities: cloneAll(m.PeerAuthorities()), types: bytes.Clone(m.Types), wishes: wishesOf(&m.Extensions),
	}, nil
}

// cloneAll copies a list into one piece of memory: a peer may send twenty thousand names of one byte.
func cloneAll(list [][]byte) [][]byte {
	all := bytes.Join(list, nil)
	own := make([][]byte, len(list))
	for i, e := range list {
		own[i], all = all[:len(e):len(e)], all[len(e):]
	}
	return own
}

// client13WaitCertificate waits for the server's Certificate after its CertificateRequest.
type client13WaitCertificate struct {
	handshaking
	mayBeCompressed
	suite   *cipher.Suite
	keys    keyschedule.Handshake
	request *certificateRequest
}

func (*client13WaitCertificate) Name() string          { return "client13.WaitCertificate" }
func (s *client13WaitCertificate) Expects() MessageSet { return s.expects(TypeCertificate) }
func (s *client13WaitCertificate) clone() State        { c := *s; return &c }

func (s *client13WaitCertificate) On(c *Context, m Message, out *Flight) (State, error) {
	return onServerCertificate13(c, s.suite, s.keys, s.request, m)
}

// onServerCertificate13 reads the server's chain; request is nil if it asked for none of ours.
func onServerCertificate13(c *Context, suite *cipher.Suite, keys keyschedule.Handshake, request *certificateRequest, shown Message) (State, error) {
	m, err := readCertificate(c, shown)
	if err != nil {
		return nil, err
	}
	if len(m.Context) != 0 {
		// RFC 8446, Section 4.4.2: a server's context is empty.
		return nil, record.Fail(record.AlertIllegalParameter, record.ReasonDecodeError,
			"the server's Certificate has a context of %d bytes", len(m.Context))
	}
	chain, err := readServerChain(c, m)
	if err != nil {
		return nil, err
	}
	return &client13WaitCertificateVerify{suite: suite, keys: keys, request: request, chain: chain}, nil
}
