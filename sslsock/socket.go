package sslsock

import (
	"net"
	"sync"
	"sync/atomic"
	"time"

	"tlsengine/engine"
)

// Socket is a TLS connection over a net.Conn, and itself a net.Conn. One goroutine may read while another writes; several
// that read, or several that write, take turns. All other methods may be called at any time.
//
// A deadline that passes, and on a socket that doesn't wait ErrWantRead and ErrWantWrite, leave the connection usable:
// nothing is lost and nothing is sent twice.
type Socket struct {
	context  atomic.Pointer[Context]
	start    *start // nil once the handshake is done; belongs to shaking
	users    users
	sessions sessionUse

	// What Connect or WrapSocket sets before the socket is marked as connected.
	conn      *engine.Conn
	transport net.Conn
	raw       rawConn // empty if the transport has no descriptor that we know how to use

	// The turns, taken in this order. Each belongs to the one goroutine that may use the engine's half; it is no lock of
	// anything else, and those who must not wait try.
	shaking sync.Mutex // the handshake, which needs both halves
	reading turn       // the inbound half
	writing sync.Mutex // the outbound half

	deadlines deadlines
	timeout   atomic.Int64 // of each operation, in nanoseconds; 0: none

	ready       atomic.Bool              // the handshake is done and its last flight is sent
	nonBlocking atomic.Bool              // SetBlocking(false)
	failure     atomic.Pointer[SSLError] // what ended the connection, or kept the handshake from ending

	closing     atomic.Bool // CloseWrite or Unwrap has sent close_notify
	server      bool        // WithServerSide
	startsAhead bool        // SetFalseStart
	sleeps      bool        // SetSleepWhileReading
	lent        bool        // the deadline of writing counts for reading too; belongs to deadlines

	in        inboundEnd // belongs to reading
	panicking *any       // what the server name callback panicked with; belongs to shaking
}

// start is what a socket has until its handshake is done, and then drops: a connection that waits should hold little.
type start struct {
	params   *engine.Params
	settings socketSettings
}

// inboundEnd is how the inbound half ended.
type inboundEnd struct {
	err      error // why nothing more comes; nil while something may
	stash    stash // what came early, or during a renegotiation, and nobody has read
	told     bool  // Read has returned io.EOF
	drained  bool  // what the peer still sent after our fatal alert was read and thrown away
	together bool  // a renegotiation is under way: every call of the engine needs the writing turn too

	strictEOF bool // WithSuppressRaggedEOFs(false)
	lenient   bool // OpIgnoreUnexpectedEOF
}

var _ net.Conn = (*Socket)(nil)

// newSocket makes a socket without transport.
func (c *Context) newSocket(s socketSettings) (*Socket, error) {
	params, present, err := c.prepare(&s)
	if err != nil {
		return nil, err
	}
	socket := &Socket{start: &start{params, s}, server: s.server, in: inboundEnd{strictEOF: s.strictEOF}}
	socket.sessions.adopt(&present, s.hostname)
	socket.adopt(c, &present)
	return socket, nil
}

// prepare checks the choices for a socket against the settings that the context has now, which it returns, and adds
// what they say.
func (c *Context) prepare(s *socketSettings) (*engine.Params, settings, error) {
	params, present, err := c.snapshot(s.role())
	if err == nil {
		err = s.check(&present)
	}
	if err == nil {
		err = c.checkSession(s)
	}
	if err != nil {
		return nil, settings{}, err
	}
	s.askPSK = present.pskForHello()
	s.onMessage = present.onMessage
	c.offerOwn(s, present.sessions.own)
	return params, present, nil
}

// check refuses combinations that make no sense.
func (s *socketSettings) check(c *settings) error {
	switch {
	case s.server && c.protocol == ProtocolTLSClient:
		return sslError("", "Cannot create a server socket with a PROTOCOL_TLS_CLIENT context", nil)
	case !s.server && c.protocol == ProtocolTLSServer:
		return sslError("", "Cannot create a client socket with a PROTOCOL_TLS_SERVER context", nil)
	case s.server && s.hostnameGiven:
		return argumentError("server_hostname can only be specified in client mode")
	case s.server && s.echConfigs != nil:
		return argumentError("ECH configurations are for clients: a server has keys")
	case s.hostnameErr != nil:
		return s.hostnameErr
	case !s.server && c.checkHostname && s.hostname == "":
		return argumentError("check_hostname requires server_hostname")
	}
	return nil
}

// attach gives a socket its transport.
func (s *Socket) attach(transport net.Conn) (err error) {
	if s.conn, err = s.start.settings.connection(s.start.params, s); err != nil {
		return err
	}
	s.transport = transport
	s.raw = s.rawOf(transport)
	s.users.mark(isConnecting | isConnected)
	return nil
}

// connection makes the engine's end; owner is whose it is.
func (s *socketSettings) connection(params *engine.Params, owner helloOwner) (conn *engine.Conn, err error) {
	if s.onMessage != nil {
		params = watched(params, s.onMessage, owner)
	}
	o := engine.Options{ServerName: s.hostname, ECHConfigs: s.echConfigs, NoEarlyData: !s.saysEarly(), Value: owner}
	if s.session != nil {
		o.Session = s.session.session
	}
	if o.PSKs, err = askPSK(s.askPSK); err != nil {
		return nil, err
	}
	if s.server {
		conn, err = engine.Server(params, o)
	} else {
		conn, err = engine.Client(params, o)
	}
	if err != nil {
		return nil, protocolError(err)
	}
	s.sendEarly(conn)
	return conn, nil
}

// enter begins a call that uses the connection. After it comes leave, unless it fails.
func (s *Socket) enter() error {
	is, ok := s.users.enter()
	switch {
	case ok:
		return nil
	case is&isClosed != 0:
		return net.ErrClosed
	case is&isUnwrapped != 0:
		return errUnwrapped
	}
	return ErrNotConnected
}

// leave ends a call.
func (s *Socket) leave() {
	if s.users.leave() {
		s.conn.Close()
	}
}

// errUnwrapped is what a socket says whose transport was handed back.
var errUnwrapped error = &SSLError{
	Code: ErrorZeroReturn, Message: "No SSL wrapper around the transport any more", Err: argumentError("the socket was unwrapped"),
}

// SetDeadline sets the deadlines of reading and of writing, as net.Conn has them.
func (s *Socket) SetDeadline(t time.Time) error {
	if err := s.SetReadDeadline(t); err != nil {
		return err
	}
	return s.SetWriteDeadline(t)
}

// SetReadDeadline sets the moment from which Read no longer waits for the peer. Data that is here already is still read.
func (s *Socket) SetReadDeadline(t time.Time) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	return s.setDeadline(inbound, t)
}

// SetWriteDeadline sets the moment from which Write no longer waits for the transport, nor for a peer that doesn't go on with
// a renegotiation.
func (s *Socket) SetWriteDeadline(t time.Time) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	return s.setDeadline(outbound, t)
}

// SetBlocking chooses whether calls wait. With false they return ErrWantRead or ErrWantWrite in place of waiting; when
// the descriptor of SyscallConn is readable or writable again, the same call goes on where it stopped. It takes a TCP or
// Unix transport on a system with Unix descriptors; others give errors.ErrUnsupported.
func (s *Socket) SetBlocking(blocking bool) error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	if !blocking && !s.raw.usable() {
		return unsupportedError("only TCP and Unix sockets can be used without blocking")
	}
	s.nonBlocking.Store(!blocking)
	return nil
}
