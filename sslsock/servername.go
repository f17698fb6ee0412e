package sslsock

import (
	"errors"
	"net"

	"tlsengine/engine"
	"tlsengine/handshake"
	"tlsengine/record"
	"tlsengine/x509lite"
)

// ServernameCallback decides on a client's hello, once per handshake, before version, suite and certificate are chosen.
// serverName is the host that the client asks for, "" if it doesn't say; initial is the context that the connection began
// with. What is returned decides:
//
//   - nil goes on, with the context that h.SetContext was given if it was called;
//   - an AlertDescription, or an error that wraps one, ends the handshake with that alert; one that is no alert of a failure
//     counts as internal_error;
//   - any other error ends it with handshake_failure, and Handshake returns it.
//
// A panic ends it likewise and goes on in the caller of Handshake. The callback runs inside Handshake: it must not use the
// Socket that shakes hands, which would wait for itself; h has what there is to know.
type ServernameCallback func(h *Hello, serverName string, initial *Context) error

// Hello is a handshake that has got no further than the client's first message. It is valid until the callback returns.
type Hello struct {
	info    *handshake.ClientHelloInfo
	initial *Context
	chosen  *Context
	conn    net.Conn // nil for an Object
}

// Context returns the context that the handshake goes on with.
func (h *Hello) Context() *Context {
	if h.chosen != nil {
		return h.chosen
	}
	return h.initial
}

// SetContext makes the handshake go on with another context, of which everything counts: versions, suites, groups,
// certificates, verification, ALPN, sessions, options. nil gives ErrInvalidArgument.
func (h *Hello) SetContext(c *Context) error {
	if c == nil {
		return argumentError("the context is nil")
	}
	h.chosen = c
	return nil
}

// ClientHello returns all that the client said. It is read only and may be kept.
func (h *Hello) ClientHello() *handshake.ClientHelloInfo { return h.info }

// ServerNameALabel returns the host that the client asks for as it was sent, "" if it doesn't say.
func (h *Hello) ServerNameALabel() string { return h.info.ServerName }

// NetConn returns the transport, nil for an Object. Whoever reads or writes it breaks the connection.
func (h *Hello) NetConn() net.Conn { return h.conn }

// SetServernameCallback sets the function that server sockets call with the name of the host that a client asks for, in
// Unicode: "xn--pythn-mua.org" comes as "pythön.org", and a name that can't be decoded ends the handshake with
// internal_error. Only the last function set, here or with SetSNICallback, is called; nil calls none.
func (c *Context) SetServernameCallback(cb ServernameCallback) {
	c.setHelloFunc(cb, x509lite.HostToUnicode)
}

// SetSNICallback is SetServernameCallback with the name as it was sent, in A-labels.
func (c *Context) SetSNICallback(cb ServernameCallback) {
	c.setHelloFunc(cb, func(name string) (string, error) { return name, nil })
}

// helloFunc is a ServernameCallback and the form in which it wants names.
type helloFunc struct {
	call ServernameCallback
	form func(string) (string, error)
}

func (c *Context) setHelloFunc(cb ServernameCallback, form func(string) (string, error)) {
	f := &helloFunc{cb, form}
	if cb == nil {
		f = nil
	}
	c.change(func(s *settings) { s.onHello = f })
}

// helloOwner is a Socket or an Object, whose hello it is.
type helloOwner interface {
	Context() *Context
	netConn() net.Conn
	// engineConn returns the engine's end, nil while it is being made.
	engineConn() *engine.Conn
	// adopt goes on with another context.
	adopt(c *Context, present *settings)
	// panicked keeps what a callback panicked with.
	panicked(value any)
}

// selectContext answers the engine's question for a context with a callback.
func (f *helloFunc) selectContext(info *handshake.ClientHelloInfo) (*engine.Params, error) {
	owner := info.Value.(helloOwner)
	h := &Hello{info: info, initial: owner.Context(), conn: owner.netConn()}
	name, err := f.form(info.ServerName)
	if err != nil {
		return nil, rejection(record.AlertInternalError, err)
	}
	if err := f.run(h, name, owner); err != nil {
		return nil, err
	}
	if h.chosen == nil {
		return nil, nil
	}
	params, present, err := h.chosen.snapshot(handshake.ServerRole)
	if err != nil {
		return nil, rejection(record.AlertInternalError, err)
	}
	owner.adopt(h.chosen, &present)
	return params, nil
}

// run calls the callback and turns what it says into what the engine understands.
func (f *helloFunc) run(h *Hello, name string, owner helloOwner) (err error) {
	defer func() {
		if value := recover(); value != nil {
			owner.panicked(value)
			err = rejection(record.AlertHandshakeFailure, nil)
		}
	}()
	err = f.call(h, name, h.initial)
	var alert AlertDescription
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &alert):
		return rejection(record.AlertHandshakeFailure, err)
	case !alert.Known() || alert == record.AlertCloseNotify:
		alert = record.AlertInternalError
	}
	return rejection(alert, err)
}

func (s *Socket) netConn() net.Conn { return s.transport }

func (s *Socket) adopt(c *Context, present *settings) {
	s.context.Store(c)
	s.in.lenient = present.options.Has(OpIgnoreUnexpectedEOF)
	s.sleeps = present.sleepWhileReading
	s.startsAhead = present.falseStart != handshake.FalseStartNever && !s.server
}

func (s *Socket) keepSession(session *handshake.Session) { s.sessions.keepSession(session) }

func (s *Socket) panicked(value any) { s.panicking = &value }

// rethrow lets the panic of a callback go on, now that no turn is taken any more.
func (s *Socket) rethrow() {
	if value := s.panicking; value != nil {
		s.panicking = nil
		panic(*value)
	}
}

func (o *Object) netConn() net.Conn { return nil }

func (o *Object) adopt(c *Context, present *settings) {
	o.context, o.lenient = c, present.options.Has(OpIgnoreUnexpectedEOF)
}

func (o *Object) keepSession(session *handshake.Session) { o.sessions.keepSession(session) }

func (o *Object) panicked(value any) { o.panicking = value }

func rejection(alert record.Alert, cause error) error {
	e := record.Fail(alert, record.ReasonCallbackFailed, "the server name callback refused the client")
	if cause != nil {
		e = e.Because(cause)
	}
	return e
}
