package handshake

import (
	"bytes"
	"crypto/subtle"

	"tlsengine/cipher"
	"tlsengine/handshake/keyschedule"
	"tlsengine/record"
)

// This file takes a TLS 1.3 server from the ClientHello to its own Finished; server13_auth.go goes on from there.

// choices13 is what a TLS 1.3 server decides on the first hello. A HelloRetryRequest changes none of it.
type choices13 struct {
	suite      *cipher.Suite
	group      *cipher.Group
	credential *Credential
	scheme     cipher.SignatureScheme
	show       Message // the credential's Certificate
}

// negotiate13 chooses suite and group, and asks for a credential.
func negotiate13(c *Context, h *ClientHello) (State, error) {
	if err := checkHello13(h); err != nil {
		return nil, err
	}
	suites := suitesInCommon(c.params, c.info.Version, h.Suites)
	if len(suites) == 0 {
		return nil, record.Fail(record.AlertHandshakeFailure, record.ReasonNoSharedCipher, "no TLSv1.3 suite in common")
	}
	groups := groupsInCommon(c.params, c.info.Version, h.Extensions.SupportedGroups)
	if len(groups) == 0 {
		return nil, record.Fail(record.AlertHandshakeFailure, record.ReasonNoSharedGroup, "the client offers the groups %s, none of them enabled", few(h.Extensions.SupportedGroups))
	}
	group, share := chooseShare(groups, h.Extensions.KeyShares)
	c.info.Suite, c.info.Group = suites[0], group
	c.info.ExtendedMasterSecret, c.info.SecureRenegotiation = true, true
	op := &SelectCredential{
		params: c.params, Role: ServerRole, Hello: c.hello, Schemes: h.Extensions.SignatureAlgorithms,
		Authorities: h.Extensions.CertificateAuthorities, wishes: wishesOf(&h.Extensions), rules: signing13, Value: c.options.Value,
	}
	choices := choices13{suite: suites[0], group: group}
	return &server13ChoosingCredential{hello: h, choices: choices, share: share, op: op}, nil
}

// checkHello13 checks what TLS 1.3 demands of a ClientHello.
func checkHello13(h *ClientHello) error {
	if len(h.Compression) != 1 {
		// RFC 8446, Section 4.1.2: only the null method, and nothing else.
		return record.Fail(record.AlertIllegalParameter, record.ReasonInvalidCompressionList, "the client offers %d compression methods with TLSv1.3", len(h.Compression))
	}
	e := &h.Extensions
	switch {
	case !e.Present.Has(ExtKeyShare):
		// RFC 8446, Section 9.2: without a PSK these three are mandatory.
		return record.Fail(record.AlertMissingExtension, record.ReasonMissingKeyShare, "ClientHello has no key_share")
	case !e.Present.Has(ExtSupportedGroups):
		return record.Fail(record.AlertMissingExtension, record.ReasonNoSharedGroup, "ClientHello has no supported_groups")
	case !e.Present.Has(ExtSignatureAlgorithms):
		return record.Fail(record.AlertMissingExtension, record.ReasonMissingExtension, "ClientHello has no signature_algorithms")
	}
	return nil
}

// server13ChoosingCredential waits for what to authenticate with.
type server13ChoosingCredential struct {
	waits
	hello   *ClientHello
	choices choices13
	share   *KeyShareEntry // nil: a HelloRetryRequest has to ask for it
	op      *SelectCredential
}

func (*server13ChoosingCredential) Name() string           { return "server13.ChoosingCredential" }
func (s *server13ChoosingCredential) Operation() Operation { return s.op }

func (s *server13ChoosingCredential) clone() State {
	return &server13ChoosingCredential{hello: s.hello, choices: s.choices, share: s.share, op: s.op.clone()}
}

func (s *server13ChoosingCredential) Resume(c *Context, out *Flight) (State, error) {
	credential, err := s.op.serverCredential()
	if err != nil {
		return nil, err
	}
	c.hello = nil // nobody is asked again who would want to see it
	choices := s.choices
	choices.credential = credential
	choices.scheme = s.op.schemeOf(credential)
	choices.show = credential.message(&s.op.wishes, c.params)
	c.info.Credential = credential
	c.form = Form13
	c.startTranscript(choices.suite.Hash)
	if s.share == nil {
		return retry13(c, s.hello, choices, out), nil
	}
	c.transcript.DropRaw()
	return agree13(c, s.hello, choices, s.share), nil
}

// retry13 asks for a share of the group chosen (RFC 8446, Section 4.1.4).
func retry13(c *Context, h *ClientHello, choices choices13, out *Flight) State {
	first := c.transcript.Raw()
	c.transcript.Retry()
	c.transcript.DropRaw()
	c.info.HelloRetried = true
	hrr := &ServerHello{Version: cipher.VersionTLS12, Random: retryRandom, SessionID: h.SessionID, Suite: choices.suite.ID}
	e := &hrr.Extensions
	e.SelectedVersion = c.info.Version
	e.Add(ExtSupportedVersions)
	e.RetryGroup = choices.group.ID
	e.Add(ExtKeyShare)
	if c.params.RetryCookie {
		e.Cookie = make([]byte, 32)
		c.random.fill(UseCookie, e.Cookie)
		e.Add(ExtCookie)
	}
	out.send(hrr)
	out.expect(record.OuterHello)
	if h.Extensions.Present.Has(ExtEarlyData) {
		out.skipEarlyData(maxSkippedEarlyData)
	}
	if len(h.SessionID) > 0 {
		out.sendChangeCipherSpec() // RFC 8446, Appendix D.4: right after the first message
	}
	return &server13WaitClientHello2{first: first, choices: choices, cookie: e.Cookie}
}

// maxSkippedEarlyData bounds the records of early data that are skipped, in bytes: a server that accepts none must pass over what
// was sent before the client knew (RFC 8446, Section 4.2.10), and no more than that is in flight.
const maxSkippedEarlyData = 16384

// server13WaitClientHello2 waits for the hello with the share that was asked for.
type server13WaitClientHello2 struct {
	handshaking
	first   []byte // the whole message: taken apart it would be ten times as large, and a client may never go on
	choices choices13
	cookie  []byte // nil without
}

func (*server13WaitClientHello2) Name() string        { return "server13.WaitClientHello2" }
func (*server13WaitClientHello2) Expects() MessageSet { return Messages(TypeClientHello) }
func (s *server13WaitClientHello2) clone() State      { c := *s; return &c }

func (s *server13WaitClientHello2) On(c *Context, m Message, out *Flight) (State, error) {
	second := m.(*ClientHello)
	out.endPeerFlight()
	out.skipEarlyData(0)
	if !second.Extensions.Present.Has(ExtKeyShare) {
		// RFC 8446, Section 9.2: without a PSK it is mandatory, in the second hello too.
		return nil, record.Fail(record.AlertMissingExtension, record.ReasonMissingKeyShare, "the second ClientHello has no key_share")
	}
	first, err := parseMessage(TypeClientHello, s.first[headerSize:], c.form, ExtensionSet{})
	if err != nil {
		return nil, err // can't be: it was read before
	}
	if err := checkSecondHello(first.(*ClientHello), second); err != nil {
		return nil, err
	}
	if subtle.ConstantTimeCompare(second.Extensions.Cookie, s.cookie) != 1 {
		// RFC 8446, Section 4.2.2: the cookie must come back as it went.
		return nil, record.Fail(record.AlertIllegalParameter, record.ReasonCookieMismatch, "the cookie of the second ClientHello is not the one that was sent")
	}
	shares := second.Extensions.KeyShares
	if len(shares) != 1 || shares[0].Group != s.choices.group.ID {
		// RFC 8446, Section 4.2.8: the second hello has one share, for the group that was asked for.
		return nil, record.Fail(record.AlertIllegalParameter, record.ReasonWrongCurve,
			"the second ClientHello must have one key share, for %v", s.choices.group.ID)
	}
	c.flushIncoming()
	return agree13(c, second, s.choices, &shares[0]), nil
}

// agree13 asks for our share and the secret.
func agree13(c *Context, h *ClientHello, choices choices13, share *KeyShareEntry) State {
	op := &KeyAgreement{
		group: choices.group, seed: c.random.seed(UseKeyResponse, choices.group.SeedSize()), peer: bytes.Clone(share.Data),
	}
	return &server13Agreeing{hello: h, choices: choices, op: op}
}

// server13Agreeing waits for the shared secret of the key exchange.
type server13Agreeing struct {
	waits
	hello   *ClientHello
	choices choices13
	op      *KeyAgreement
}

func (*server13Agreeing) Name() string           { return "server13.Agreeing" }
func (s *server13Agreeing) Operation() Operation { return s.op }

func (s *server13Agreeing) clone() State {
	return &server13Agreeing{hello: s.hello, choices: s.choices, op: s.op.clone()}
}

func (s *server13Agreeing) Resume(c *Context, out *Flight) (State, error) {
	if err := s.op.err; err != nil {
		return nil, badShare(err)
	}
	suite := s.choices.suite
	out.reserve(s.choices.credential.size + len(s.op.value.share))
	sendServerHello13(c, s.hello, suite, s.op.value.share, out)

	early := keyschedule.NewEarly(suite.Hash, nil)
	keys := early.Handshake(s.op.value.secret, c.hashThrough())
	clear(s.op.value.secret)
	client, server := keys.ClientTraffic(), keys.ServerTraffic()
	defer client.Clear()
	defer server.Clear()
	c.logSecret(keyschedule.LogClientHandshake, client.Bytes())
	c.logSecret(keyschedule.LogServerHandshake, server.Bytes())
	out.installWrite13(suite, &server, EpochHandshake)
	// RFC 8446, Section 6: a client that fails on the ServerHello has no keys for its alert.
	out.expect(record.OuterHandshakeAlert)
	out.installRead13(suite, &client, EpochHandshake)
	if s.hello.Extensions.Present.Has(ExtEarlyData) {
		out.skipEarlyData(maxSkippedEarlyData)
	}

	ee := &EncryptedExtensions{}
	answerCommon(c, &s.hello.Extensions, &ee.Extensions)
	out.send(ee)
	if c.params.ClientAuth != AuthNone {
		sendCertificateRequest13(c, out)
	}
	out.send(s.choices.show)
	sign := signing(c, s.choices.credential, s.choices.scheme, signedContent13(ServerRole, c.hashThrough()))
	return &server13Signing{suite: suite, keys: keys, op: sign}, nil
}

// sendServerHello13 sends the ServerHello (RFC 8446, Section 4.1.3) with our share.
func sendServerHello13(c *Context, h *ClientHello, suite *cipher.Suite, share []byte, out *Flight) {
	sh := &ServerHello{Version: cipher.VersionTLS12, Random: c.info.ServerRandom, SessionID: h.SessionID, Suite: suite.ID}
	sh.Extensions.SelectedVersion = c.info.Version
	sh.Extensions.Add(ExtSupportedVersions)
	sh.Extensions.SelectedShare = KeyShareEntry{Group: c.info.Group.ID, Data: share}
	sh.Extensions.Add(ExtKeyShare)
	out.send(sh)
	if len(h.SessionID) > 0 && !c.info.HelloRetried {
		out.sendChangeCipherSpec() // RFC 8446, Appendix D.4: right after the first message
	}
}

// sendCertificateRequest13 asks for the client's certificate (RFC 8446, Section 4.3.2).
func sendCertificateRequest13(c *Context, out *Flight) {
	m := &CertificateRequest{}
	m.Extensions.SignatureAlgorithms = c.params.VerifySchemes
	m.Extensions.Add(ExtSignatureAlgorithms)
	addWishes(c.params, &m.Extensions)
	addWishes13(c.params, &m.Extensions)
	c.asked = m.Extensions.Present
	c.info.ClientAuthRequested = true
	out.send(m)
}
