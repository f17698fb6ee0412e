package handshake

import (
	"bytes"
	"errors"
	"unsafe"

	"tlsengine/cipher"
	"tlsengine/handshake/keyschedule"
	"tlsengine/record"
)

// This file is client authentication after the handshake of TLS 1.3 (RFC 8446, Section 4.6.2): what is kept for it, how it
// begins and how it ends. postauth_server.go is the server's side. There is one exchange at a time on a connection, whose
// transcript is a fork of the handshake's.

// postAuth13 is what a connection keeps whose client has offered to authenticate later, and whose server may ask for it. It is
// immutable, but for the secret of the tickets, which is cleared.
type postAuth13 struct {
	transcript Transcript // through the client's Finished: to be forked, and never added to
	info       *Info
	options    *Options
	random     randomness
	tickets    *resumption // servers: what their tickets are made from; nil if they give none
	given      int         // servers: how many tickets they have given

	ownType, peerType CertificateType // as agreed on in the handshake
}

// clone returns a copy with a secret of its own; nil stays nil.
func (a *postAuth13) clone() *postAuth13 {
	if a == nil {
		return nil
	}
	n := *a
	n.tickets = a.tickets.clone()
	return &n
}

// forget forgets the secret.
func (a *postAuth13) forget() {
	if a != nil {
		a.tickets.forget()
	}
}

// asksLater tells whether a server's configuration leaves it free to ask for a certificate after the handshake: it wants one
// from its clients, or was told to wait with it. All others keep nothing for it, whatever their clients offer.
func (p *Params) asksLater() bool { return p.PostHandshakeAuth || p.ClientAuth != AuthNone }

// mayAuthenticateLater tells whether the client may have to authenticate after the handshake: it has offered to, and a server
// asks.
func (c *Context) mayAuthenticateLater() bool {
	return c.info.PostHandshakeAuth && (c.role == ClientRole || c.params.asksLater())
}

// keepForLater keeps what a later authentication needs, if there may be one.
func (c *Context) keepForLater(tickets *resumption, given int) {
	if !c.mayAuthenticateLater() {
		return
	}
	c.auth = &postAuth13{
		transcript: c.transcript, info: c.info, options: c.options, random: c.random,
		ownType: c.ownType, peerType: c.peerType,
	}
	if c.role == ServerRole {
		c.auth.tickets, c.auth.given = tickets.clone(), given
	}
}

// runningSize is about what a running hash of a suite takes, in bytes.
const runningSize = 160

// footprint returns how many bytes of heap a holds alone; nil holds none.
func (a *postAuth13) footprint() int {
	if a == nil {
		return 0
	}
	n := int(unsafe.Sizeof(*a)+unsafe.Sizeof(*a.options)) + runningSize
	if a.tickets != nil {
		n += int(unsafe.Sizeof(*a.tickets) + unsafe.Sizeof(*a.tickets.template))
	}
	return n
}

// beginExchange makes the Context that of an exchange.
func (c *Context) beginExchange() {
	c.info, c.options, c.random = c.auth.info.clone(), c.auth.options, c.auth.random
	c.ownType, c.peerType = c.auth.ownType, c.auth.peerType // the rest of the handshake's Context is gone
	c.transcript = c.auth.transcript.Fork()
}

// endExchange ends it, and tells what came of it if anything did.
func (c *Context) endExchange(authenticated bool, out *Flight) {
	next := *c.auth
	next.random = c.random
	if authenticated {
		next.info = c.info
		out.add(Effect{Kind: TellAuthenticated, Connection: &Connection{Info: c.info}})
	}
	c.auth, c.info, c.transcript = &next, nil, Transcript{rawGone: true}
}

// An exchange goes on beside the connected state and stops nothing. It waits for an answer; what follows that needs both halves
// of the connection.
type exchange13 interface {
	// Operation is the question.
	Operation() Operation
	// resume goes on with the answer; keys are our write keys, nil if we send nothing any more. It returns nil at the end.
	resume(c *Context, keys *SendKeys, out *Flight) (exchange13, error)
	clone() exchange13
}

// Exchange returns what a post-handshake exchange waits for, or nil.
func (m *Machine) Exchange() Operation {
	if m.desk == nil || m.c.aside == nil {
		return nil
	}
	return m.c.aside.Operation()
}

// ResumeExchange goes on with a post-handshake exchange after its answer; keys are our write keys, which stay the caller's, or
// nil if nothing can be sent any more. It returns nil when there is none yet.
func (m *Machine) ResumeExchange(keys *SendKeys) (*Flight, error) {
	if m.failed != nil {
		return nil, m.failed
	}
	if op := m.Exchange(); op == nil || !op.Answered() {
		return nil, nil
	}
	m.flight.reset()
	aside := m.c.aside
	next, err := aside.resume(&m.c, keys, &m.flight)
	m.c.aside = next
	return m.settle(pseudoAnswer, m.state, err)
}

// A certificateRequester is a state in which a server may ask for the client's certificate.
type certificateRequester interface {
	State
	requestCertificate(*Context, *Flight) (State, error)
}

// Why a client's certificate can't be asked for.
var (
	ErrNotPostHandshake = errors.New("handshake: only a server of TLSv1.3 can ask for a certificate after its handshake, once at a time")
	ErrNoPostHandshake  = errors.New("handshake: the client has not offered to authenticate after the handshake")
	ErrNeverAsks        = errors.New("handshake: a server asks for a certificate after the handshake only with ClientAuth or PostHandshakeAuth")
)

// RequestCertificate asks the client for its certificate. The Flight is valid until the next call. The error changes nothing:
// ErrNotPostHandshake, ErrNeverAsks or ErrNoPostHandshake.
func (m *Machine) RequestCertificate() (*Flight, error) {
	s, ok := m.state.(certificateRequester)
	if !ok || m.failed != nil || m.Exchange() != nil {
		return nil, ErrNotPostHandshake
	}
	if !m.Params().asksLater() {
		return nil, ErrNeverAsks
	}
	if m.lasting().auth == nil {
		return nil, ErrNoPostHandshake
	}
	m.begin()
	m.flight.reset()
	next, err := s.requestCertificate(&m.c, &m.flight)
	return m.settle(pseudoStart, next, err)
}

// finishedBy is the contents of a Finished under an application traffic secret (RFC 8446, Section 4.4).
func finishedBy(secret *keyschedule.Secret, transcriptHash []byte) []byte {
	return secret.AppendFinished(make([]byte, 0, cipher.MaxHashSize), transcriptHash)
}

// client13Choosing is a client that was asked for its certificate and waits for the credential.
type client13Choosing struct {
	context []byte
	op      *SelectCredential
}

func (e *client13Choosing) Operation() Operation { return e.op }
func (e *client13Choosing) clone() exchange13 {
	return &client13Choosing{context: e.context, op: e.op.clone()}
}

// beginClientAuth takes a CertificateRequest on a running connection.
func beginClientAuth(c *Context, m *CertificateRequest) error {
	if c.aside != nil {
		return unexpected("a second CertificateRequest before the first was answered")
	}
	if len(m.Context) == 0 {
		// RFC 8446, Section 4.3.2: it tells the requests of a connection apart.
		return record.Fail(record.AlertIllegalParameter, record.ReasonDecodeError,
			"CertificateRequest has no context after the handshake")
	}
	c.beginExchange()
	c.flushIncoming()
	request, err := readRequest(c, m)
	if err != nil {
		return err
	}
	c.aside = &client13Choosing{context: bytes.Clone(m.Context), op: &SelectCredential{
		params: c.params, Role: ClientRole, Schemes: request.schemes, Authorities: request.authorities, wishes: request.wishes,
		Certificates: []CertificateType{c.ownType}, rules: signing13, Value: c.options.Value,
	}}
	return nil
}

func (e *client13Choosing) resume(c *Context, keys *SendKeys, out *Flight) (exchange13, error) {
	credential, err := e.op.credential()
	if err != nil {
		return nil, err
	}
	if keys == nil {
		c.endExchange(false, out)
		return nil, nil
	}
	if credential == nil {
		// RFC 8446, Section 4.4.2: without a suitable certificate the list is empty, and no CertificateVerify follows.
		out.send(&Certificate{Context: e.context})
		finishClientAuth(c, keys, out)
		return nil, nil
	}
	c.info.Credential = credential
	shown := *credential.certificate(e.op.wishes.asked)
	shown.Context = e.context
	whole, err := appendMessage(nil, &shown, Form13)
	if err != nil {
		return nil, err
	}
	hash := c.transcript.SumWith(nil, c.info.Suite.Hash, whole)
	return &client13Proving{shown: &shown, op: signing(c, credential, e.op.schemeOf(credential), signedContent13(ClientRole, hash))}, nil
}

// client13Proving is a client that waits for the signature. All three messages go out together then: RFC 8446, Section 4.6.2:
// nothing may come between them.
type client13Proving struct {
	shown *Certificate
	op    *Sign
}

func (e *client13Proving) Operation() Operation { return e.op }
func (e *client13Proving) clone() exchange13 {
	return &client13Proving{shown: e.shown, op: e.op.clone()}
}

func (e *client13Proving) resume(c *Context, keys *SendKeys, out *Flight) (exchange13, error) {
	signature, err := e.op.signature()
	if err != nil {
		return nil, err
	}
	if keys == nil {
		c.endExchange(false, out)
		return nil, nil
	}
	out.send(e.shown)
	out.send(&CertificateVerify{Scheme: e.op.scheme, Signature: signature})
	c.info.LocalScheme = e.op.scheme
	finishClientAuth(c, keys, out)
	return nil, nil
}

// finishClientAuth sends the Finished of an exchange.
func finishClientAuth(c *Context, keys *SendKeys, out *Flight) {
	out.sendFinished(finishedBy(&keys.secret, c.transcript.Sum(c.sum[:0])))
	c.endExchange(true, out)
}
