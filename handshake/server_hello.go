package handshake

import (
	"errors"
	"fmt"
	"slices"

	"tlsengine/cipher"
	"tlsengine/record"
)

// serverWaitClientHello waits for a connection's first message.
type serverWaitClientHello struct{ handshaking }

func (*serverWaitClientHello) Name() string { return "server.WaitClientHello" }
func (*serverWaitClientHello) Expects() MessageSet {
	return Messages(TypeClientHello, PseudoSSLv2ClientHello)
}
func (s *serverWaitClientHello) clone() State { return s }

func (s *serverWaitClientHello) On(c *Context, m Message, out *Flight) (State, error) {
	hello := m.(*ClientHello)
	out.endPeerFlight()
	raw := c.incoming
	c.incoming = nil
	return takeHello(c, hello, raw)
}

// selectContext asks for the configuration to answer hello with, which is the one that counts; raw is the whole message.
func selectContext(c *Context, hello *ClientHello, raw []byte) State {
	c.transcript.adopt(raw)
	c.info.ClientRandom = hello.Random
	c.info.ServerName = hello.Extensions.ServerName
	s, asked := inOnePiece[serverSelectingContext, selection]()
	op := &asked.op
	c.hello = &asked.info
	describeHello(c.hello, hello, raw)
	c.hello.Value, c.hello.ECH, c.hello.Again = c.options.Value, c.info.ECH, c.previous != nil
	op.params, op.hello = c.params, c.hello
	s.hello, s.op = hello, op
	return s
}

// selection is the question for a configuration and what the application gets to see.
type selection struct {
	op   SelectContext
	info ClientHelloInfo
}

// describeHello fills in what the application gets to see of a hello; raw is the whole message, which info keeps.
func describeHello(info *ClientHelloInfo, h *ClientHello, raw []byte) {
	e := &h.Extensions
	info.ServerName, info.Protocols, info.Raw = e.ServerName, e.ALPN, raw
	info.Versions, info.Suites = e.SupportedVersions, h.Suites
	info.Groups, info.Schemes = e.SupportedGroups, e.SignatureAlgorithms
	if !e.Present.Has(ExtSupportedVersions) {
		info.legacy[0] = h.Version
		info.Versions = info.legacy[:]
	}
	info.KeyShares = make([]cipher.GroupID, 0, len(e.KeyShares))
	info.Extensions = info.room[:0] // a longer list goes elsewhere
	for _, s := range e.KeyShares {
		info.KeyShares = append(info.KeyShares, s.Group)
	}
	for _, x := range e.Raw {
		info.Extensions = append(info.Extensions, x.ID)
	}
}

// serverSelectingContext waits for the configuration to answer with.
type serverSelectingContext struct {
	waits
	hello *ClientHello
	op    *SelectContext
}

func (*serverSelectingContext) Name() string           { return "server.SelectingContext" }
func (s *serverSelectingContext) Operation() Operation { return s.op }
func (s *serverSelectingContext) clone() State {
	return &serverSelectingContext{hello: s.hello, op: s.op.clone()}
}

// Resume makes all choices that need no further answer, each once and in one order: version, protocol, suite, group.
func (s *serverSelectingContext) Resume(c *Context, out *Flight) (State, error) {
	if err := s.op.err; err != nil {
		if c.opened != nil && errors.Is(err, ErrDeclineECH) {
			return declineECH(c)
		}
		return nil, refused(err, record.Fail(record.AlertInternalError, record.ReasonConnectionRejected,
			"the ClientHello was refused by the application"))
	}
	if s.op.value != nil {
		c.configure(s.op.value)
	}
	c.info.shared = c.params.sharedSuites(s.hello.Suites)
	version := chooseVersion(c.params, s.hello)
	if version == 0 {
		// RFC 8446, Section 4.2.1; RFC 5246, Appendix E.1: no version in common.
		return nil, record.Fail(record.AlertProtocolVersion, record.ReasonUnsupportedProtocol,
			"the client offers %s, enabled are %v", few(c.hello.Versions), c.params.Versions)
	}
	c.dialect = dialects[version]
	hello := c.dialect.heeded(s.hello)
	if err := checkHello(c, hello, version); err != nil {
		return nil, err
	}
	c.info.Version = version
	c.random.fill(UseServerRandom, c.info.ServerRandom[:])
	markDowngrade(c.params, version, &c.info.ServerRandom)
	if err := answerProtocol(c, &hello.Extensions); err != nil {
		return nil, err
	}
	out.chooseVersion(version)
	if version == cipher.VersionTLS13 {
		return negotiate13(c, s.hello, out)
	}
	return negotiate12(c, hello)
}

// extQUICTransportParameters has no row: over TCP there is nothing to know about it but that it came.
const extQUICTransportParameters ExtensionID = 57

// checkHello checks what holds for a first ClientHello of any version.
func checkHello(c *Context, h *ClientHello, version cipher.Version) error {
	if slices.Contains(h.Suites, cipher.TLS_FALLBACK_SCSV) && version < c.params.highest() {
		// RFC 7507, Section 3: a client that says it tries again with a lower version than we have is told so.
		return record.Fail(record.AlertInappropriateFallback, record.ReasonInappropriateFallback,
			"the client fell back to %v, the server has %v", version, c.params.highest())
	}
	if !slices.Contains(h.Compression, compressionNull) {
		// RFC 5246, Section 7.4.1.2: the null method must be there.
		return record.Fail(record.AlertIllegalParameter, record.ReasonInvalidCompressionList,
			"the client does not offer the null compression method")
	}
	if hasExtension(h.Extensions.Raw, extQUICTransportParameters) {
		// RFC 9001, Section 8.2: over any other transport than QUIC.
		return record.Fail(record.AlertUnsupportedExtension, record.ReasonUnexpectedExtension, "the client takes this for QUIC")
	}
	if c.previous != nil && slices.Contains(h.Suites, cipher.TLS_EMPTY_RENEGOTIATION_INFO_SCSV) {
		// RFC 5746, Sections 3.7 and 4.4: the SCSV is for first handshakes: the client doesn't know that this is another.
		return record.Fail(record.AlertHandshakeFailure, record.ReasonRenegotiationMismatch,
			"the SCSV of a first handshake came in a renegotiation")
	}
	return c.checkBinding(&h.Extensions, c.previous.fromClient())
}

// few shows the beginning of what a peer offers: a message for people is one line, however long the list is that a peer sends
// to fill somebody's log.
func few[T any](list []T) string {
	const shown = 8
	verb := "%v"
	if _, text := any(list).([]string); text {
		verb = "%.64q" // names of protocols are whatever bytes the peer likes
	}
	more := ""
	if len(list) > shown {
		more = fmt.Sprintf(" and %d more", len(list)-shown)
		list = list[:shown]
	}
	return fmt.Sprintf(verb, list) + more
}

// markDowngrade writes the sentinel when less than our best was chosen (RFC 8446, Section 4.1.3).
func markDowngrade(p *Params, chosen cipher.Version, random *[32]byte) {
	switch highest := p.highest(); {
	case chosen == cipher.VersionTLS12 && highest > cipher.VersionTLS12:
		copy(random[24:], sentinel12[:])
	case chosen < cipher.VersionTLS12 && highest >= cipher.VersionTLS12:
		copy(random[24:], sentinel11[:])
	}
}

// answerProtocol chooses the ALPN protocol.
func answerProtocol(c *Context, e *Extensions) error {
	if !e.Present.Has(ExtALPN) || len(c.params.Protocols) == 0 {
		return nil
	}
	c.info.Protocol = chooseProtocol(c.params.Protocols, e.ALPN)
	if c.info.Protocol == "" && !c.params.TolerateNoProtocol {
		// RFC 7301, Section 3.2.
		return record.Fail(record.AlertNoApplicationProtocol, record.ReasonNoApplicationProtocol,
			"the client offers %s, the server has %q", few(e.ALPN), c.params.Protocols)
	}
	return nil
}

// answerCommon puts the answers that all versions give into a ServerHello or EncryptedExtensions.
func answerCommon(c *Context, offered, e *Extensions) {
	if offered.Present.Has(ExtServerName) && c.resumed == nil && !c.params.QuietServerName {
		e.Add(ExtServerName) // RFC 6066, Section 3: an empty one says that it was used, which it isn't for a session
	}
	if c.info.Protocol != "" && c.previous == nil {
		e.ALPN = []string{c.info.Protocol}
		e.Add(ExtALPN)
	}
}
