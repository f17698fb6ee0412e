package sslsock

import (
	"context"
	"errors"
	"net"
)

// Listener is a net.Listener whose connections are server-side Sockets. Accept doesn't wait for a client's handshake:
// the first Read, Write or Handshake of the Socket does.
type Listener struct {
	net.Listener
	context  *Context
	settings socketSettings
}

// Listen listens, as net.Listen does, whose errors come back unchanged, and wraps the listener.
func Listen(network, address string, c *Context, opts ...SocketOption) (*Listener, error) {
	if c == nil {
		return nil, argumentError("Listen needs a context")
	}
	l, err := net.Listen(network, address)
	if err != nil {
		return nil, err
	}
	wrapped, err := c.WrapListener(l, opts...)
	if err != nil {
		_ = l.Close()
		return nil, err
	}
	return wrapped, nil
}

// WrapListener makes a Listener of another one. Each Socket gets the settings that the context has when it is
// accepted.
func (c *Context) WrapListener(l net.Listener, opts ...SocketOption) (*Listener, error) {
	if l == nil {
		return nil, argumentError("there is no listener to wrap")
	}
	settings := newSocketSettings(opts)
	settings.server = true
	settings.laterHandshake = !settings.handshakeInAccept
	present := c.current()
	if err := settings.check(&present); err != nil {
		return nil, err
	}
	return &Listener{Listener: l, context: c, settings: settings}, nil
}

// Accept waits for the next connection, a *Socket. The errors of the listener below come back unchanged; those of a single
// connection are *SSLError whose Temporary method returns true, and the listener goes on.
func (l *Listener) Accept() (net.Conn, error) {
	s, err := l.AcceptTLS()
	if err != nil {
		return nil, err
	}
	return s, nil
}

// AcceptTLS is Accept with the type that it returns.
func (l *Listener) AcceptTLS() (*Socket, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	s, err := l.context.wrap(context.Background(), conn, l.settings)
	if err != nil {
		_ = conn.Close()
		return nil, ofOneConnection(err)
	}
	return s, nil
}

// ofOneConnection marks an error as one that the listener survives.
func ofOneConnection(err error) error {
	e := &SSLError{Code: ErrorSSL, Message: err.Error(), Err: err, temporary: true}
	var first *SSLError
	if errors.As(err, &first) {
		*e = *first
		e.temporary = true
	}
	return e
}

// Context returns the context that the listener was made with.
func (l *Listener) Context() *Context { return l.context }
