package handshake

import (
	"bytes"
	"crypto/subtle"
	"math"

	"tlsengine/cipher"
	"tlsengine/handshake/keyschedule"
	"tlsengine/record"
)

// This file takes a TLS 1.3 server from the ClientHello to its own Finished; server13_auth.go goes on from there.

// choices13 is what a TLS 1.3 server decides on the first hello. A HelloRetryRequest changes none of it.
type choices13 struct {
	suite *cipher.Suite
	group *cipher.Group // nil: the PSK has to do
	psk   *chosenPSK    // nil: a credential authenticates us
	early bool          // early data is taken

	credential *Credential
	scheme     cipher.SignatureScheme
	show       Message // the credential's Certificate
}

// clone returns a copy with secrets of its own.
func (k *choices13) clone() choices13 {
	n := *k
	n.psk = k.psk.clone()
	return n
}

// negotiate13 begins with the PSKs that the client offers; choose13 goes on.
func negotiate13(c *Context, h *ClientHello, out *Flight) (State, error) {
	if len(h.Compression) != 1 {
		// RFC 8446, Section 4.1.2: only the null method, and nothing else.
		return nil, record.Fail(record.AlertIllegalParameter, record.ReasonInvalidCompressionList,
			"the client offers %d compression methods with TLSv1.3", len(h.Compression))
	}
	c.info.ExtendedMasterSecret, c.info.SecureRenegotiation = true, true
	c.info.PostHandshakeAuth = h.Extensions.Present.Has(ExtPostHandshakeAuth)
	return findPSK13(c, h, out)
}

// choose13 chooses suite and group, and asks for a credential unless there is a PSK.
func choose13(c *Context, h *ClientHello, psk *chosenPSK, out *Flight) (State, error) {
	choices, share, err := chooseParameters13(c, h, psk)
	switch {
	case err != nil:
		return nil, err
	case psk != nil:
		return resume13(c, h, choices, share, out)
	}
	return askCredential13(c, h, choices, share, nil)
}

// chooseParameters13 chooses suite and group, and finds the client's share; if that is nil a HelloRetryRequest has to ask for
// it, or there is no group.
func chooseParameters13(c *Context, h *ClientHello, psk *chosenPSK) (choices13, *KeyShareEntry, error) {
	if err := checkBinderSizes(&h.Extensions); err != nil {
		return choices13{}, nil, err
	}
	choices, err := chooseSuite13(c, h, psk)
	if err != nil {
		return choices13{}, nil, err
	}
	var share *KeyShareEntry
	if psk == nil || pskMode(c.params, h.Extensions.PSKModes) == modeWithDHE {
		if choices.group, share, err = chooseGroup13(c, h); err != nil {
			return choices13{}, nil, err
		}
	}
	c.info.Suite, c.info.Group = choices.suite, choices.group
	return choices, share, nil
}

// askCredential13 asks for a credential. otherwise are the client's PSKs that may do in its place, as in externals.
func askCredential13(c *Context, h *ClientHello, choices choices13, share *KeyShareEntry, otherwise []int) (State, error) {
	if h.Extensions.Present.Has(ExtEarlyData) {
		c.info.EarlyData = EarlyNotResumed
	}
	if err := chooseClientType(c, &h.Extensions); err != nil {
		return nil, err
	}
	op := &SelectCredential{
		params: c.params, Role: ServerRole, Hello: c.hello, Schemes: h.Extensions.SignatureAlgorithms,
		Authorities: h.Extensions.CertificateAuthorities, wishes: wishesOf(&h.Extensions),
		Certificates: offeredTypes(&h.Extensions, ExtServerCertificateType, h.Extensions.ServerCertificateTypes),
		rules:        signing13, Value: c.options.Value, noPSK: whyNoPSK(c.params, &h.Extensions),
	}
	return &server13ChoosingCredential{hello: h, choices: choices, share: share, otherwise: otherwise, op: op}, nil
}

// chooseSuite13 chooses the suite; with a PSK there is one, since it was taken for that.
func chooseSuite13(c *Context, h *ClientHello, psk *chosenPSK) (choices13, error) {
	if psk != nil {
		return choices13{suite: suiteForPSK(c, h, psk.hash()), psk: psk}, nil
	}
	if err := checkFull13(&h.Extensions); err != nil {
		return choices13{}, err
	}
	var room manySuites
	suites := suitesInCommon(room[:0], c.params, c.info.Version, h.Suites)
	if len(suites) == 0 {
		return choices13{}, record.Fail(record.AlertHandshakeFailure, record.ReasonNoSharedCipher, "no TLSv1.3 suite in common")
	}
	return choices13{suite: suites[0]}, nil
}

// chooseGroup13 chooses the group and finds the client's share; if that is nil a HelloRetryRequest has to ask for it.
func chooseGroup13(c *Context, h *ClientHello) (*cipher.Group, *KeyShareEntry, error) {
	e := &h.Extensions
	if err := checkExchange13(e); err != nil {
		return nil, nil, err
	}
	groups := groupsInCommon(c.params, c.info.Version, e.SupportedGroups)
	if len(groups) == 0 {
		return nil, nil, record.Fail(record.AlertHandshakeFailure, record.ReasonNoSharedGroup,
			"the client offers the groups %s, none of them enabled", few(e.SupportedGroups))
	}
	group, share := chooseShare(c.params, groups, e.KeyShares)
	return group, share, nil
}

// checkFull13 checks that a ClientHello has what a handshake without a PSK needs.
func checkFull13(e *Extensions) error {
	if err := checkExchange13(e); err != nil {
		return err
	}
	if !e.Present.Has(ExtSignatureAlgorithms) {
		// RFC 8446, Section 9.2: without a PSK it is mandatory.
		return record.Fail(record.AlertMissingExtension, record.ReasonMissingExtension, "ClientHello has no signature_algorithms")
	}
	return nil
}

// checkExchange13 checks that a ClientHello has what a key exchange needs (RFC 8446, Section 9.2).
func checkExchange13(e *Extensions) error {
	switch {
	case !e.Present.Has(ExtKeyShare):
		return record.Fail(record.AlertMissingExtension, record.ReasonMissingKeyShare, "ClientHello has no key_share")
	case !e.Present.Has(ExtSupportedGroups):
		return record.Fail(record.AlertMissingExtension, record.ReasonNoSharedGroup, "ClientHello has no supported_groups")
	}
	return nil
}

// server13ChoosingCredential waits for what to authenticate with.
type server13ChoosingCredential struct {
	waits
	hello     *ClientHello
	choices   choices13
	share     *KeyShareEntry // nil: a HelloRetryRequest has to ask for it
	otherwise []int          // the client's PSKs that may do in place of a credential, if that comes first
	op        *SelectCredential
}

func (*server13ChoosingCredential) Name() string           { return "server13.ChoosingCredential" }
func (s *server13ChoosingCredential) Operation() Operation { return s.op }

func (s *server13ChoosingCredential) clone() State {
	return &server13ChoosingCredential{hello: s.hello, choices: s.choices, share: s.share, otherwise: s.otherwise, op: s.op.clone()}
}

func (s *server13ChoosingCredential) Resume(c *Context, out *Flight) (State, error) {
	if len(s.otherwise) > 0 && s.op.err == nil && s.op.value == nil {
		return externals{order: s.otherwise, refusal: s.op.noCredential()}.ask(c, s.hello, out)
	}
	credential, err := s.op.serverCredential()
	if err != nil {
		return nil, err
	}
	choices := s.choices
	choices.credential = credential
	choices.scheme = s.op.schemeOf(credential)
	choices.show = credential.message(&s.op.wishes, c.params)
	c.info.Credential = credential
	return answer13(c, s.hello, choices, s.share, out), nil
}

// answer13 answers the first hello, now that all is chosen: by a HelloRetryRequest if the group needs a share that isn't there.
func answer13(c *Context, h *ClientHello, choices choices13, share *KeyShareEntry, out *Flight) State {
	c.hello = nil // nobody is asked again who would want to see it
	c.tickets = grantsTickets(c, h.Extensions.PSKModes)
	c.form = Form13
	c.startTranscript(choices.suite.Hash)
	if choices.group != nil && share == nil {
		return retry13(c, h, choices, out)
	}
	c.transcript.DropRaw()
	c.opened = nil // there is no second hello
	return agree13(c, h, choices, share, out)
}

// retry13 asks for a share of the group chosen (RFC 8446, Section 4.1.4).
func retry13(c *Context, h *ClientHello, choices choices13, out *Flight) State {
	first := c.transcript.Raw()
	c.transcript.Retry()
	c.transcript.DropRaw()
	c.info.HelloRetried = true
	hrr := serverHellos.take()
	defer serverHellos.give(hrr)
	hrr.Version, hrr.Random, hrr.SessionID, hrr.Suite = cipher.VersionTLS12, retryRandom, h.SessionID, choices.suite.ID
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
	if confirmsECH(h) {
		e.ECHConfirmation = make([]byte, echConfirmationSize)
		e.Add(ExtEncryptedClientHello)
		sendConfirmed(c, h, hrr, echRetryLabel, confirmationInRetry, out)
	} else {
		pretendConfirmation(c, h, e)
		out.send(hrr)
	}
	out.expect(record.OuterHello)
	skipsEarlyData(c, h, out)
	disguise13(c, h, out)
	return &server13WaitClientHello2{first: first, choices: choices, cookie: e.Cookie}
}

// skipsEarlyData passes over the early data of a client that has announced any, if it is not taken (RFC 8446, Section 4.2.10).
func skipsEarlyData(c *Context, h *ClientHello, out *Flight) {
	if h.Extensions.Present.Has(ExtEarlyData) {
		out.skipEarlyData(skippedEarlyData(c.params))
	}
}

// minSkippedEarlyData is how many bytes of early data are skipped whatever is configured: those of tickets of other times.
const minSkippedEarlyData = 16384

// skippedEarlyData returns how many bytes of records are skipped: what our tickets let clients send before they hear that it is
// not taken, and an eighth for what records add.
func skippedEarlyData(p *Params) int {
	granted := int64(p.MaxEarlyData)
	return int(min(max(minSkippedEarlyData, granted+granted/8), math.MaxInt32-1))
}

// server13WaitClientHello2 waits for the hello with the share that was asked for.
type server13WaitClientHello2 struct {
	handshaking
	first   []byte // the whole message: taken apart it would be ten times as large, and a client may never go on
	choices choices13
	cookie  []byte // nil without
}

func (*server13WaitClientHello2) Name() string        { return "server13.WaitClientHello2" }
func (*server13WaitClientHello2) Expects() MessageSet { return Messages(TypeClientHello) }

func (s *server13WaitClientHello2) clone() State {
	return &server13WaitClientHello2{first: s.first, choices: s.choices.clone(), cookie: s.cookie}
}

func (s *server13WaitClientHello2) On(c *Context, m Message, out *Flight) (State, error) {
	second := m.(*ClientHello)
	out.endPeerFlight()
	out.skipEarlyData(0)
	if c.opened != nil {
		return s.openSecond(c, second)
	}
	return s.take(c, second, out)
}

// take goes on with the second hello, the inner one if it was encrypted.
func (s *server13WaitClientHello2) take(c *Context, second *ClientHello, out *Flight) (State, error) {
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
		return nil, record.Fail(record.AlertIllegalParameter, record.ReasonCookieMismatch,
			"the cookie of the second ClientHello is not the one that was sent")
	}
	shares := second.Extensions.KeyShares
	if len(shares) != 1 || shares[0].Group != s.choices.group.ID {
		// RFC 8446, Section 4.2.8: the second hello has one share, for the group that was asked for.
		return nil, record.Fail(record.AlertIllegalParameter, record.ReasonWrongCurve,
			"the second ClientHello must have one key share, for %v", s.choices.group.ID)
	}
	choices := s.choices.clone()
	if choices.psk != nil {
		if choices.psk, err = choices.psk.checkAgain(c, first.(*ClientHello), second); err != nil {
			return nil, err
		}
	}
	if err := checkBinderSizes(&second.Extensions); err != nil {
		return nil, err
	}
	c.flushIncoming()
	return agree13(c, second, choices, &shares[0], out), nil
}

// agree13 asks for our share and the secret, unless the PSK has to do.
func agree13(c *Context, h *ClientHello, choices choices13, share *KeyShareEntry, out *Flight) State {
	if choices.group == nil {
		return sendFlight13(c, h, choices, agreement{}, out)
	}
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
	return &server13Agreeing{hello: s.hello, choices: s.choices.clone(), op: s.op.clone()}
}

func (s *server13Agreeing) Resume(c *Context, out *Flight) (State, error) {
	if err := s.op.err; err != nil {
		return nil, badShare(err)
	}
	defer clear(s.op.value.secret)
	return sendFlight13(c, s.hello, s.choices.clone(), s.op.value, out), nil
}

// sendFlight13 sends the ServerHello and what follows it, up to our proof of who we are.
func sendFlight13(c *Context, h *ClientHello, choices choices13, agreed agreement, out *Flight) State {
	suite, stage := choices.suite, keyschedule.NewEarly(choices.suite.Hash, nil)
	if choices.psk != nil {
		stage = choices.psk.stage
		defer choices.psk.clear()
	} else {
		out.reserve(choices.credential.size + len(agreed.share))
	}
	var early keyschedule.Secret
	if choices.early {
		early = earlySecrets(c, &stage, c.hashThrough(), out)
		defer early.Clear()
	}
	sendServerHello13(c, h, &choices, agreed.share, out)
	keys := stage.Handshake(agreed.secret, c.hashThrough())
	client, server := keys.ClientTraffic(), keys.ServerTraffic()
	defer client.Clear()
	defer server.Clear()
	c.logSecret(keyschedule.LogClientHandshake, client.Bytes())
	c.logSecret(keyschedule.LogServerHandshake, server.Bytes())
	out.installWrite13(suite, &server, EpochHandshake)
	// RFC 8446, Section 6: a client that fails on the ServerHello has no keys for its alert.
	out.expect(record.OuterHandshakeAlert)
	if choices.early {
		out.installRead13(suite, &early, EpochEarly)
	} else {
		out.installRead13(suite, &client, EpochHandshake)
		skipsEarlyData(c, h, out)
	}

	ee := encryptedExtensions.take()
	defer encryptedExtensions.give(ee)
	answerCommon(c, &h.Extensions, &ee.Extensions)
	answerLimits(c, &h.Extensions, &ee.Extensions, choices.early, out)
	answerECH(c, h, &ee.Extensions)
	if choices.early {
		ee.Extensions.Add(ExtEarlyData)
	}
	switch {
	case c.resumed != nil:
		answerTypeAgain(c.resumed, &h.Extensions, &ee.Extensions)
	case choices.psk == nil:
		answerCertificateTypes(c, &h.Extensions, &ee.Extensions)
	}
	out.send(ee)
	if choices.psk != nil {
		return sendFinished13(c, &keys, choices.early, out)
	}
	if c.params.ClientAuth != AuthNone && !c.params.PostHandshakeAuth {
		sendCertificateRequest13(c, nil, out)
	}
	out.send(choices.show)
	sign := signing(c, choices.credential, choices.scheme, signedContent13(ServerRole, c.hashThrough()))
	return &server13Signing{suite: suite, keys: keys, op: sign}
}

// sendServerHello13 sends the ServerHello (RFC 8446, Section 4.1.3) with our share.
func sendServerHello13(c *Context, h *ClientHello, choices *choices13, share []byte, out *Flight) {
	sh := serverHellos.take()
	defer serverHellos.give(sh)
	sh.Version, sh.Random, sh.SessionID, sh.Suite = cipher.VersionTLS12, c.info.ServerRandom, h.SessionID, choices.suite.ID
	sh.Extensions.SelectedVersion = c.info.Version
	sh.Extensions.Add(ExtSupportedVersions)
	if choices.group != nil {
		sh.Extensions.SelectedShare = KeyShareEntry{Group: choices.group.ID, Data: share}
		sh.Extensions.Add(ExtKeyShare)
	}
	if choices.psk != nil {
		sh.Extensions.SelectedIdentity = choices.psk.index
		sh.Extensions.Add(ExtPreSharedKey)
	}
	if confirmsECH(h) {
		end := len(sh.Random) - echConfirmationSize
		clear(sh.Random[end:])
		confirmation := sendConfirmed(c, h, sh, echAcceptLabel, confirmationInRandom, out)
		copy(c.info.ServerRandom[end:], confirmation[:])
	} else {
		out.send(sh)
	}
	if !c.info.HelloRetried {
		disguise13(c, h, out)
	}
}

// disguise13 sends the ChangeCipherSpec by which TLS 1.3 looks like the TLS 1.2 that boxes on the way know. RFC 8446,
// Appendix D.4: right after the first message, always for a client that sends a session id. Others bear it too, and their boxes
// may need it.
func disguise13(c *Context, h *ClientHello, out *Flight) {
	if c.params.MiddleboxCompat || len(h.SessionID) > 0 {
		out.sendChangeCipherSpec()
	}
}

// sendCertificateRequest13 asks for the client's certificate (RFC 8446, Section 4.3.2).
func sendCertificateRequest13(c *Context, context []byte, out *Flight) {
	m := certificateRequests.take()
	defer certificateRequests.give(m)
	m.Context = context
	m.Extensions.SignatureAlgorithms = c.params.VerifySchemes
	m.Extensions.Add(ExtSignatureAlgorithms)
	addWishes(c.params, &m.Extensions)
	addWishes13(c.params, &m.Extensions)
	c.asked = m.Extensions.Present
	greaseAsked(c, &m.Extensions)
	c.info.ClientAuthRequested = true
	out.send(m)
}
