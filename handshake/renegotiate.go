package handshake

import (
	"crypto/subtle"
	"errors"
	"slices"

	"tlsengine/cipher"
	"tlsengine/handshake/keyschedule"
	"tlsengine/record"
)

// This file is renegotiation before TLS 1.3 (RFC 5246, Section 7.4.1.1; RFC 5746): how a handshake starts from the connection
// that it takes the place of. From there on it goes through the states of any other handshake, with Params in which what must
// stay is all that there is.

// running12 is a connection before TLS 1.3, as far as the next handshake on it depends on it. It is immutable.
type running12 struct {
	version        cipher.Version
	helloVersion   cipher.Version // of the ClientHello
	suite          *cipher.Suite
	secure         bool                   // both ends know RFC 5746
	extended       bool                   // RFC 7627
	client, server keyschedule.VerifyData // of the last handshake
	peer           []byte                 // the leaf certificate or raw key that the peer showed; nil without
	protocol       string                 // ALPN
	nextProtocol   string                 // next protocol negotiation
	count          uint32                 // how often it was negotiated again
	options        *Options
	random         randomness
}

// verifyData12 are the contents of both Finished messages of a handshake.
type verifyData12 struct{ client, server keyschedule.VerifyData }

// remember notes what the next handshake on this connection has to know. It is called when all else is done.
func (c *Context) remember(v verifyData12) {
	r := &running12{
		version: c.info.Version, helloVersion: c.helloVersion, suite: c.info.Suite,
		secure: c.info.SecureRenegotiation, extended: c.info.ExtendedMasterSecret, client: v.client, server: v.server, peer: shownBy(c.info),
		protocol: c.info.Protocol, nextProtocol: c.info.NextProtocol, count: c.info.Renegotiations, options: c.options, random: c.random,
	}
	if c.options.Session != nil || c.options.KnownGroups != nil || c.options.ECHConfigs != nil {
		own := *c.options
		own.Session, own.KnownGroups, own.ECHConfigs = nil, nil, nil // they are for a connection's first hello
		r.options = &own
	}
	c.previous = r
	if c.unpinned != nil {
		c.params, c.unpinned = c.unpinned, nil
	}
}

// shownBy is what the peer authenticated with.
func shownBy(i *Info) []byte {
	if len(i.PeerChain) > 0 {
		return i.PeerChain[0].Raw()
	}
	return i.PeerKey
}

// renew begins another handshake on the connection.
func (c *Context) renew(out *Flight) {
	r := c.previous
	*c = Context{lasting: c.lasting, random: r.random, overlaps: true}
	c.info = newInfo(c.role)
	c.info.Protocol, c.info.Renegotiations = r.protocol, r.count+1
	if r.nextProtocol != "" {
		c.info.peer().NextProtocol = r.nextProtocol
	}
	c.options, c.form, c.unhashed = r.options, Form12, Messages(TypeHelloRequest)
	c.configure(c.params)
	out.add(Effect{Kind: TellRenegotiating})
}

// configure makes p the configuration of the handshake, all of it in the first of a connection.
func (c *Context) configure(p *Params) {
	c.params = p
	if c.previous != nil {
		c.unpinned, c.params = p, p.pinned(c.previous.version)
	}
}

// pinned returns p for another handshake on a connection of version v, which keeps its version: under a p that lacks it there is none.
// RFC 8446, Section 4.1.2: also if both ends know TLS 1.3. Protocols are agreed on once: whoever uses the connection has acted
// on it.
func (p *Params) pinned(v cipher.Version) *Params {
	own := *p
	own.Protocols, own.NextProtocols, own.Fallback = nil, nil, false
	own.Versions = slices.DeleteFunc(slices.Clone(p.Versions), func(other cipher.Version) bool { return other != v })
	own.Groups = slices.DeleteFunc(slices.Clone(p.Groups), func(g *cipher.Group) bool { return !g.Usable(v) })
	return &own
}

// fromClient is what a ClientHello's renegotiation_info must hold, nothing in a first handshake (RFC 5746, Sections 3.5 and 3.7).
func (r *running12) fromClient() []byte {
	if r == nil || !r.secure {
		return nil
	}
	return r.client.Bytes()
}

// fromServer is what a ServerHello's must hold.
func (r *running12) fromServer() []byte {
	if r == nil || !r.secure {
		return nil
	}
	return slices.Concat(r.client.Bytes(), r.server.Bytes())
}

// bind makes a hello one of the running connection.
func (r *running12) bind(h *ClientHello) {
	h.Version = r.helloVersion // some servers compare it with the first
	// RFC 5746, Section 3.5: the extension and not the SCSV; Section 4.2: also with a server that has not shown that it knows it.
	// If it does, and takes this for a first handshake, it is to find out.
	h.Suites = slices.DeleteFunc(h.Suites, func(id cipher.SuiteID) bool { return id == cipher.TLS_EMPTY_RENEGOTIATION_INFO_SCSV })
	h.Extensions.RenegotiationInfo = r.client.Bytes()
	h.Extensions.Add(ExtRenegotiationInfo)
}

// checkBinding checks the renegotiation_info of a hello, which must hold want.
func (c *Context) checkBinding(e *Extensions, want []byte) error {
	if r := c.previous; r != nil && r.secure != e.Present.Has(ExtRenegotiationInfo) {
		// RFC 5746, Sections 3.5, 3.7, 4.2 and 4.4: it is there in each handshake of a connection or in none.
		return record.Fail(record.AlertHandshakeFailure, record.ReasonRenegotiationMismatch,
			"renegotiation_info is missing, or appears in a renegotiation")
	}
	if subtle.ConstantTimeCompare(e.RenegotiationInfo, want) != 1 {
		// RFC 5746, Sections 3.4 to 3.7: the handshake doesn't follow the one that it should: somebody is between the two ends.
		return record.Fail(record.AlertHandshakeFailure, record.ReasonRenegotiationMismatch,
			"renegotiation_info of %d bytes is not what it must be", len(e.RenegotiationInfo))
	}
	return nil
}

// checkStays checks that a renegotiation leaves extended master secrets as they are.
func (c *Context) checkStays() error {
	if r := c.previous; r != nil && r.extended != c.info.ExtendedMasterSecret {
		// RFC 7627, Section 6.2: without it in both, the handshakes of two connections can be spliced (the triple handshake).
		return record.Fail(record.AlertIllegalParameter, record.ReasonRenegotiationEMSMismatch,
			"the renegotiation changes the use of extended master secrets")
	}
	return nil
}

// checkSameServer checks that the server stays who it is; shown is its certificate or key, nil without.
func (c *Context) checkSameServer(shown []byte) error {
	if r := c.previous; r != nil && subtle.ConstantTimeCompare(r.peer, shown) != 1 {
		// RFC 7627, Section 6.2 and the triple handshake attack (2014): who has begun to talk to one server doesn't go on with another.
		return record.Fail(record.AlertIllegalParameter, record.ReasonServerCertChanged,
			"the server shows another certificate than before")
	}
	return nil
}

// Renegotiate asks whether to negotiate again, as the peer wants to and the configuration lets it. Unlike other operations it
// holds up the input alone: data can be written until the engine's Resume, which needs both halves of the connection.
type Renegotiate struct {
	answer[grant]
	Role  Role // ours
	Count int  // how often this connection was negotiated again already
	Value any  // the application's own, from Options
}

// Kind returns KindRenegotiate.
func (o *Renegotiate) Kind() OperationKind { return KindRenegotiate }

// grant is what becomes of a wish to negotiate again.
type grant uint8

const (
	granted grant = iota + 1
	refusedByWarning
	passedOver
)

// Complete answers. false refuses by a warning, and the connection goes on as it is, but for SSL 3.0's, which a refusal ends;
// an error ends it.
func (o *Renegotiate) Complete(again bool, err error) {
	if again {
		o.fill(granted, err)
	} else {
		o.fill(refusedByWarning, err)
	}
}

// PassOver answers by saying nothing: the connection goes on, and the peer may wait for long. A client may do so (RFC 5246,
// Section 7.4.1.1), and who has sent its close_notify has to.
func (o *Renegotiate) PassOver() { o.fill(passedOver, nil) }

// Run agrees.
func (o *Renegotiate) Run() { o.Complete(true, nil) }

func (o *Renegotiate) clone() *Renegotiate {
	n := &Renegotiate{Role: o.Role, Count: o.Count, Value: o.Value}
	o.copyTo(&n.answer)
	return n
}

// agreed carries out the answer unless that is yes.
func (o *Renegotiate) agreed(c *Context, out *Flight) (bool, error) {
	switch {
	case o.err == nil && o.value == granted:
		return true, nil
	case o.err == nil && o.value == passedOver:
		return false, nil
	case o.err == nil:
		return false, c.dialect.refuse(out)
	}
	return false, refused(o.err, record.Fail(record.AlertNoRenegotiation, record.ReasonNoRenegotiation,
		"the application does not negotiate again"))
}

// mayBeRenegotiated tells whether the peer's wish to negotiate again is granted.
func (c *Context) mayBeRenegotiated() bool {
	switch c.params.Renegotiation {
	case RenegotiationFreely:
		return c.isBound()
	case RenegotiationOnce:
		return c.isBound() && c.previous.count == 0
	}
	return false
}

// isBound tells whether another handshake would be bound to this one, or need not be.
func (l *lasting) isBound() bool { return l.previous.secure || l.params.InsecureRenegotiation }

// renegotiating is the question about the peer's wish.
func (c *Context) renegotiating() *Renegotiate {
	return &Renegotiate{Role: c.role, Count: int(c.previous.count), Value: c.previous.options.Value}
}

// A renegotiator is a state in which we may ask for another handshake.
type renegotiator interface {
	State
	renegotiate(*Context, *Flight) (State, error)
}

// Why another handshake can't be asked for.
var (
	errNothingToRenegotiate = errors.New("handshake: only a connection of TLSv1.2 or older can be negotiated again, between two handshakes")
	errRenegotiationOff     = errors.New("handshake: the configuration grants no renegotiation, ours neither (Config.Renegotiation)")
	errUnboundRenegotiation = errors.New("handshake: the peer does not know secure renegotiation (RFC 5746)")
)

// Renegotiate asks the peer to negotiate again: a client sends its hello, a server a HelloRequest. The Flight is valid until
// the next call. The error changes nothing; it says that this connection can't be negotiated again, or not now.
func (m *Machine) Renegotiate() (*Flight, error) {
	s, ok := m.state.(renegotiator)
	if !ok || m.failed != nil {
		return nil, errNothingToRenegotiate
	}
	if l := m.lasting(); l.previous == nil {
		return nil, errRenegotiationOff
	} else if !l.isBound() {
		return nil, errUnboundRenegotiation
	}
	m.begin()
	m.flight.reset()
	next, err := s.renegotiate(&m.c, &m.flight)
	return m.settle(pseudoStart, next, err)
}

// client12Renegotiating waits for the answer on a HelloRequest.
type client12Renegotiating struct {
	waits
	op *Renegotiate
}

func (*client12Renegotiating) Name() string           { return "client12.Renegotiating" }
func (s *client12Renegotiating) Operation() Operation { return s.op }
func (s *client12Renegotiating) clone() State         { return &client12Renegotiating{op: s.op.clone()} }

func (s *client12Renegotiating) Resume(c *Context, out *Flight) (State, error) {
	again, err := s.op.agreed(c, out)
	if !again {
		return &client12Connected{}, err
	}
	return (&client12Connected{}).renegotiate(c, out)
}

// server12Renegotiating waits for the answer on a ClientHello on a running connection.
type server12Renegotiating struct {
	waits
	hello *ClientHello
	raw   []byte // the whole message
	op    *Renegotiate
}

func (*server12Renegotiating) Name() string           { return "server12.Renegotiating" }
func (s *server12Renegotiating) Operation() Operation { return s.op }

func (s *server12Renegotiating) clone() State {
	return &server12Renegotiating{hello: s.hello, raw: s.raw, op: s.op.clone()}
}

func (s *server12Renegotiating) Resume(c *Context, out *Flight) (State, error) {
	again, err := s.op.agreed(c, out)
	if !again {
		return &server12Connected{}, err
	}
	c.renew(out)
	c.incoming = s.raw
	return (&serverWaitClientHello{}).On(c, s.hello, out)
}
