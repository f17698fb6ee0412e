package handshake

import (
	"bytes"
	"net/netip"
	"slices"
	"strings"

	"tlsengine/cipher"
	"tlsengine/record"
)

// clientStart is a client that has sent nothing yet.
type clientStart struct{ handshaking }

func (*clientStart) Name() string        { return "client.Start" }
func (*clientStart) Expects() MessageSet { return MessageSet{} }
func (s *clientStart) clone() State      { return s }

func (*clientStart) On(*Context, Message, *Flight) (State, error) {
	panic("handshake: a message was handed to a client that has not started")
}

// hello builds and sends the first ClientHello (RFC 8446, Section 4.1.2).
func (s *clientStart) hello(c *Context, out *Flight) (State, error) {
	h := newClientHello()
	h.Version = min(c.params.highest(), cipher.VersionTLS12) // RFC 8446, Section 4.1.2: legacy_version
	h.Suites = appendSuites(h.Suites, c.params)
	h.Compression = offeredCompression(c.params)
	if c.params.Fallback {
		h.Suites = append(h.Suites, cipher.TLS_FALLBACK_SCSV) // RFC 7507, Section 4
	}
	h.Suites = slices.Clip(h.Suites) // copies of the hello append to it
	c.random.fill(UseClientRandom, h.Random[:])
	c.info.ClientRandom = h.Random
	ech, err := chooseECH(c)
	if err != nil {
		return nil, err
	}
	offerSession12(c, h, ech == nil) // RFC 9849, Section 6.1: an encrypted hello resumes no older session
	if offers13(c.params) && c.params.MiddleboxCompat && len(h.SessionID) == 0 {
		h.SessionID = make([]byte, 32)
		c.random.fill(UseSessionID, h.SessionID)
	}
	if offersTLS(c.params) {
		offerExtensions(c, h)
	} else {
		// RFC 5746, Section 3.4: for servers that know no extensions; SSL 3.0 has none.
		h.Extensions = Extensions{}
		h.Suites = append(h.Suites, cipher.TLS_EMPTY_RENEGOTIATION_INFO_SCSV)
	}
	if c.previous != nil {
		c.previous.bind(h)
	}
	c.helloVersion = h.Version
	shares, err := offerKeyShares(c, h)
	if err != nil {
		return nil, err
	}
	arrangeHello(c, h)
	psks := offerPSKs(c, h)
	early := offerEarlyData(c, h, psks)
	h, err = sendHello(c, h, ech, psks, out)
	if err != nil {
		return nil, err
	}
	next := &clientWaitServerHello{hello: h, shares: shares, psks: psks, ech: ech}
	if early {
		startEarlyData(c, &psks[0], out)
		next.early = earlyOffered
	}
	return next, nil
}

// sendHello sends h as the first hello, encrypted if there is something to encrypt it to, and returns what was offered in truth.
func sendHello(c *Context, h *ClientHello, ech *echOffer, psks []offeredPSK, out *Flight) (sent *ClientHello, err error) {
	if c.previous == nil {
		// RFC 8446, Section 5.1: the first hello's record may say TLS 1.0, for the sake of old servers.
		out.setRecordVersion(min(h.Version, cipher.VersionTLS10))
	}
	sent = h
	if ech != nil {
		sent, err = ech.sendFirst(c, h, psks, out)
	} else if err = greaseECH(c, h); err == nil {
		c.asked = h.Asked()
		out.sendHello(h, psks)
	}
	if err != nil {
		return nil, err
	}
	if c.previous == nil {
		out.setRecordVersion(h.Version)
	}
	if offers13(c.params) {
		// RFC 8446, Section 5: a ChangeCipherSpec means nothing from the first hello on.
		out.expect(record.OuterHello)
	}
	return sent, nil
}

// offers13 tells whether TLS 1.3 is enabled: the one question about versions that a hello has to ask.
func offers13(p *Params) bool { return p.enables(cipher.VersionTLS13) }

// offersTLS tells whether there is a version beside SSL 3.0.
func offersTLS(p *Params) bool { return p.highest() > cipher.VersionSSL30 }

// offersSchemes tells whether there is a version that negotiates signature schemes: RFC 5246, Section 7.4.1.4.1 has clients offer
// them with no other.
func offersSchemes(p *Params) bool { return p.highest() >= cipher.VersionTLS12 }

// offeredSchemes returns what a server may sign with. draft-ietf-tls-tls13-pkcs1, Section 2: without what only clients sign with.
func offeredSchemes(p *Params) []cipher.SignatureScheme {
	clientsOnly := func(s cipher.SignatureScheme) bool { return s.Info().ClientsOnly }
	switch {
	case !offersSchemes(p):
		return nil
	case !slices.ContainsFunc(p.VerifySchemes, clientsOnly):
		return p.VerifySchemes
	}
	return slices.DeleteFunc(slices.Clone(p.VerifySchemes), clientsOnly)
}

// offersOlder tells whether a version before TLS 1.3 is enabled.
func offersOlder(p *Params) bool { return p.Versions[len(p.Versions)-1] < cipher.VersionTLS13 }

// appendSuites appends the suites that some enabled version can use.
func appendSuites(ids []cipher.SuiteID, p *Params) []cipher.SuiteID {
	for _, s := range p.Suites {
		for _, v := range p.Versions {
			if s.Usable(v) {
				ids = append(ids, s.ID)
				break
			}
		}
	}
	return ids
}

// offerExtensions puts into the first hello what the configuration asks for, all but the key shares.
func offerExtensions(c *Context, h *ClientHello) {
	p, e := c.params, &h.Extensions
	if name := sniName(c.options.ServerName); name != "" {
		e.ServerName = name
		e.Add(ExtServerName)
		c.info.ServerName = name
	}
	if offersOlder(p) {
		e.Add(ExtExtendedMasterSecret)
		if slices.ContainsFunc(p.Suites, func(s *cipher.Suite) bool { return s.Bulk.IsCBC() }) {
			e.Add(ExtEncryptThenMAC)
		}
		e.Add(ExtRenegotiationInfo)
		e.PointFormats = []byte{pointUncompressed}
		e.Add(ExtECPointFormats)
	}
	if p.NextProtocols != nil && offersOlder(p) {
		e.Add(ExtNextProtocols)
	}
	e.SupportedGroups = groupIDs(p.Groups)
	e.Add(ExtSupportedGroups)
	if schemes := offeredSchemes(p); len(schemes) > 0 {
		e.SignatureAlgorithms = schemes
		e.Add(ExtSignatureAlgorithms)
	}
	addWishes(p, e)
	offerCertificateTypes(p, e)
	offerLimits(p, e)
	c.offeredFragments = e.MaxFragmentLength
	if len(p.Protocols) > 0 {
		e.ALPN = p.Protocols
		e.Add(ExtALPN)
	}
	if offers13(p) {
		e.SupportedVersions = p.Versions
		e.Add(ExtSupportedVersions)
		addWishes13(p, e)
		if p.PostHandshakeAuth {
			e.Add(ExtPostHandshakeAuth)
		}
	}
}

// offerKeyShares makes the key pairs of the first hello. A classical share that is also half of a hybrid one is made
// once.
func offerKeyShares(c *Context, h *ClientHello) ([]*cipher.Ephemeral, error) {
	if !offers13(c.params) {
		return nil, nil
	}
	var shares []*cipher.Ephemeral
	for _, g := range firstShares(c) {
		own, err := newShare(c, g, shares)
		if err != nil {
			return nil, err
		}
		shares = append(shares, own)
		h.Extensions.KeyShares = append(h.Extensions.KeyShares, KeyShareEntry{Group: g.ID, Data: own.Share()})
	}
	h.Extensions.Add(ExtKeyShare)
	return shares, nil
}

// firstShares returns the groups of the shares in the first hello: the first that the server is known to have, or those
// configured.
func firstShares(c *Context) []*cipher.Group {
	for i, g := range c.params.Groups {
		if g.Usable(cipher.VersionTLS13) && slices.Contains(c.options.KnownGroups, g.ID) {
			return c.params.Groups[i : i+1]
		}
	}
	return c.params.KeyShares
}

// newShare makes a key pair for g, or takes the half of a hybrid among those made already.
func newShare(c *Context, g *cipher.Group, made []*cipher.Ephemeral) (*cipher.Ephemeral, error) {
	for _, e := range made {
		if part := e.Part(g); part != nil {
			return part, nil
		}
	}
	return g.Generate(c.random.seed(UseKeyShare, g.SeedSize()))
}

func groupIDs(groups []*cipher.Group) []cipher.GroupID {
	ids := make([]cipher.GroupID, len(groups))
	for i, g := range groups {
		ids[i] = g.ID
	}
	return ids
}

// sniName returns what to send as server_name for host: nothing for an IP address or an empty name, and no trailing
// dot (RFC 6066, Section 3).
func sniName(host string) string {
	bare := strings.Trim(host, "[]")
	// What has no digit in front and no colon is no address, and ParseAddr would need memory to say so.
	if bare != "" && (bare[0] <= '9' || strings.IndexByte(bare, ':') >= 0) {
		if _, err := netip.ParseAddr(bare); err == nil {
			return ""
		}
	}
	return strings.TrimSuffix(host, ".")
}

// clientWaitServerHello waits for the answer to the first hello, a ServerHello or a HelloRetryRequest. The version is
// chosen here.
type clientWaitServerHello struct {
	handshaking
	hello  *ClientHello
	shares []*cipher.Ephemeral
	psks   []offeredPSK
	early  earlyOffer
	ech    *echOffer // nil if hello was sent as it is
}

func (*clientWaitServerHello) Name() string         { return "client.WaitServerHello" }
func (*clientWaitServerHello) Expects() MessageSet  { return Messages(TypeServerHello) }
func (s *clientWaitServerHello) Flow() Flow         { return s.early.flow() }
func (*clientWaitServerHello) ignoresHelloRequest() {}

func (s *clientWaitServerHello) clone() State {
	return &clientWaitServerHello{hello: s.hello, shares: cloneShares(s.shares), psks: clonePSKs(s.psks), early: s.early, ech: s.ech.clone()}
}

func (s *clientWaitServerHello) On(c *Context, m Message, out *Flight) (State, error) {
	sh := m.(*ServerHello)
	s, err := s.decideECH(c, sh)
	if err != nil {
		return nil, err
	}
	if sh.IsRetry() {
		return s.retry(c, sh, out)
	}
	version := sh.SelectedVersion()
	if sh.Extensions.Present.Has(ExtSupportedVersions) && version != cipher.VersionTLS13 {
		// RFC 8446, Section 4.2.1: the extension chooses none that was not offered, and none before TLS 1.3: those have another place.
		return nil, record.Fail(record.AlertIllegalParameter, record.ReasonUnsupportedProtocol,
			"the server chose %v in supported_versions, where only TLSv1.3 may stand", version)
	}
	if c.previous != nil && version != c.previous.version {
		// RFC 5246, Section 7.4.1.1: a connection keeps its version: its records say nothing else.
		return nil, record.Fail(record.AlertProtocolVersion, record.ReasonWrongSSLVersion,
			"the server chose %v for a connection of %v", version, c.previous.version)
	}
	if !c.params.enables(version) {
		// RFC 8446, Section 4.2.1 and RFC 5246, Appendix E.1: a version that was not offered ends the handshake.
		return nil, record.Fail(record.AlertProtocolVersion, record.ReasonUnsupportedProtocol,
			"the server chose %v, which is not enabled", version)
	}
	c.info.Version, c.info.ServerRandom = version, sh.Random
	out.chooseVersion(version)
	if version == cipher.VersionTLS13 {
		return start13(c, s, sh, out)
	}
	if s.early == earlyOffered {
		// RFC 8446, Appendix D.3: who sent early data must not go on with an older version; the session was one of TLS 1.3.
		return nil, record.Fail(record.AlertProtocolVersion, record.ReasonWrongVersionOnEarlyData,
			"the server chose %v after early data was sent", version)
	}
	if err := checkSentinel(c.params, version, sh.Random); err != nil {
		return nil, err
	}
	clearOthers(s.shares, nil) // those are for TLS 1.3
	c.dialect = dialects[version]
	return start12(c, s.hello, sh, out)
}

// checkSentinel looks for the mark that a server leaves when it could have done better (RFC 8446, Section 4.1.3).
func checkSentinel(p *Params, chosen cipher.Version, random [32]byte) error {
	highest := p.highest()
	var tail [8]byte
	copy(tail[:], random[24:])
	// RFC 8446, Section 4.1.3: a client capable of TLS 1.3 must look for both marks, one of TLS 1.2 should for the second.
	downgraded := tail == sentinel12 && highest >= cipher.VersionTLS13 ||
		tail == sentinel11 && highest >= cipher.VersionTLS12 && chosen < cipher.VersionTLS12 ||
		tail == sentinel11 && highest >= cipher.VersionTLS13
	if downgraded {
		return record.Fail(record.AlertIllegalParameter, record.ReasonTLS13Downgrade,
			"the server marks %v as a downgrade: somebody may have tampered with the hello", chosen)
	}
	return nil
}

// The downgrade sentinels, the last eight bytes of ServerHello.random (RFC 8446, Section 4.1.3).
var (
	sentinel12 = [8]byte{'D', 'O', 'W', 'N', 'G', 'R', 'D', 1}
	sentinel11 = [8]byte{'D', 'O', 'W', 'N', 'G', 'R', 'D', 0}
)

// retry answers a HelloRetryRequest (RFC 8446, Section 4.1.4).
func (s *clientWaitServerHello) retry(c *Context, hrr *ServerHello, out *Flight) (State, error) {
	suite, err := checkServerHello13(c, s.hello, hrr)
	if err != nil {
		return nil, err
	}
	second := *s.hello
	e := &second.Extensions
	shares, err := s.retryShares(c, hrr, e)
	if err != nil {
		return nil, err
	}
	if hrr.Extensions.Present.Has(ExtCookie) {
		// RFC 8446, Section 4.2.2: the cookie goes back as it came.
		e.Cookie = bytes.Clone(hrr.Extensions.Cookie)
		e.Add(ExtCookie)
	} else if !hrr.Extensions.Present.Has(ExtKeyShare) {
		// RFC 8446, Section 4.1.4: a retry that would change nothing is refused.
		return nil, record.Fail(record.AlertIllegalParameter, record.ReasonEmptyHelloRetryRequest,
			"HelloRetryRequest asks for no change")
	}
	c.info.HelloRetried = true
	out.chooseVersion(cipher.VersionTLS13)
	c.form = Form13
	c.startTranscript(suite.Hash)
	c.transcript.Retry()
	c.transcript.DropRaw()
	c.flushIncoming()
	out.endPeerFlight()
	psks := retryPSKs(c, s.psks, suite, e)
	early := s.early.retried(e, out)
	disguise(c, out)
	sent := &clientWaitServerHello{hello: &second, shares: shares, psks: psks, early: early, ech: s.ech.clone()}
	if sent.ech != nil {
		err = sent.ech.sendSecond(c, &second, psks, out)
	} else {
		out.sendHello(&second, psks)
		c.asked = second.Asked()
	}
	if err != nil {
		return nil, err
	}
	return &clientWaitServerHello2{sent: sent, suite: suite}, nil
}

// retryShares returns the key pairs of the second hello and puts their shares into it.
func (s *clientWaitServerHello) retryShares(c *Context, hrr *ServerHello, e *Extensions) ([]*cipher.Ephemeral, error) {
	if !hrr.Extensions.Present.Has(ExtKeyShare) {
		return s.shares, nil
	}
	id := hrr.Extensions.RetryGroup
	group := c.params.group(id)
	if group == nil {
		// RFC 8446, Section 4.2.8: the group must be one of supported_groups.
		return nil, record.Fail(record.AlertIllegalParameter, record.ReasonWrongCurve,
			"HelloRetryRequest asks for group %v, which was not offered", id)
	}
	if shareOf(s.shares, id) != nil {
		// RFC 8446, Section 4.2.8: and must not be one that already has a share.
		return nil, record.Fail(record.AlertIllegalParameter, record.ReasonWrongCurve,
			"HelloRetryRequest asks for group %v, whose share it has", id)
	}
	own, err := newShare(c, group, nil)
	if err != nil {
		return nil, err
	}
	e.KeyShares = []KeyShareEntry{{Group: id, Data: own.Share()}}
	clearOthers(s.shares, own)
	return []*cipher.Ephemeral{own}, nil
}

// shareOf returns the key pair for the group with this id, or nil.
func shareOf(shares []*cipher.Ephemeral, id cipher.GroupID) *cipher.Ephemeral {
	for _, e := range shares {
		if e.Group().ID == id {
			return e
		}
	}
	return nil
}

// clientWaitServerHello2 waits for the answer to the second hello. Version, suite and group are pinned by the retry.
type clientWaitServerHello2 struct {
	handshaking
	sent  *clientWaitServerHello // as the first, with what was sent second
	suite *cipher.Suite
}

func (*clientWaitServerHello2) Name() string        { return "client13.WaitServerHello2" }
func (*clientWaitServerHello2) Expects() MessageSet { return Messages(TypeServerHello) }

func (s *clientWaitServerHello2) clone() State {
	return &clientWaitServerHello2{sent: s.sent.clone().(*clientWaitServerHello), suite: s.suite}
}

// cloneShares copies key pairs, so that clearing one set leaves the other.
func cloneShares(shares []*cipher.Ephemeral) []*cipher.Ephemeral {
	own := make([]*cipher.Ephemeral, len(shares))
	for i, e := range shares {
		own[i] = e.Clone()
	}
	return own
}

func (s *clientWaitServerHello2) On(c *Context, m Message, out *Flight) (State, error) {
	sh := m.(*ServerHello)
	if sh.IsRetry() {
		// RFC 8446, Section 4.1.4: a second HelloRetryRequest is refused.
		return nil, unexpected("a second HelloRetryRequest")
	}
	if v := sh.SelectedVersion(); v != cipher.VersionTLS13 {
		// RFC 8446, Section 4.1.4: the retry's version stays.
		return nil, record.Fail(record.AlertIllegalParameter, record.ReasonSecondServerHelloVersionMismatch,
			"HelloRetryRequest was of TLSv1.3, ServerHello is of %v", v)
	}
	if sh.Suite != s.suite.ID {
		// RFC 8446, Section 4.1.4: so does its suite.
		return nil, record.Fail(record.AlertIllegalParameter, record.ReasonWrongCipherReturned,
			"HelloRetryRequest chose %v, ServerHello chose %v", s.suite.ID, sh.Suite)
	}
	if err := s.checkECHAgain(c); err != nil {
		return nil, err
	}
	c.info.Version, c.info.ServerRandom = cipher.VersionTLS13, sh.Random
	return start13(c, s.sent, sh, out)
}
