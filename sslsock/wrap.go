package sslsock

import (
	"context"
	"net"
	"slices"
)

// WrapSocket makes a Socket of a connection that speaks no TLS yet, with a context of its own. VERIFY NOTHING is the
// default (CertNone): name what to trust with WithCACerts and demand it with WithCertReqs, or better make a context with
// CreateDefaultContext and use its WrapSocket.
//
// A server needs WithCertFile. The handshake runs before WrapSocket returns, unless WithDoHandshakeOnConnect(false) is
// given; if it fails, conn is closed.
func WrapSocket(conn net.Conn, opts ...WrapOption) (*Socket, error) {
	w := wrapSettings{protocol: ProtocolTLS}
	for _, o := range opts {
		o.applyWrap(&w)
	}
	switch {
	case w.keyFile != "" && w.certFile == "":
		return nil, argumentError("certfile must be specified")
	case w.socket.server && w.certFile == "":
		return nil, argumentError("certfile must be specified for server-side operations")
	}
	c, err := NewContext(w.protocol)
	if err != nil {
		return nil, err
	}
	if err := c.SetVerifyMode(w.mode); err != nil {
		return nil, err
	}
	if w.ciphers != nil {
		if err := c.SetCiphers(*w.ciphers); err != nil {
			return nil, err
		}
	}
	if w.certFile != "" {
		if err := c.LoadCertChain(w.certFile, w.keyFile, nil); err != nil {
			return nil, err
		}
	}
	if w.caFile != "" {
		if err := c.LoadVerifyLocations(VerifyLocations{CAFile: w.caFile}); err != nil {
			return nil, err
		}
	}
	return c.wrap(context.Background(), conn, w.socket)
}

// WrapSocket makes a Socket of a connection that speaks no TLS yet, with the settings that the context has now. It is a
// client unless WithServerSide is given. The handshake runs before WrapSocket returns, under the deadlines that conn has,
// unless WithDoHandshakeOnConnect(false) is given; if it fails, conn is closed. Otherwise the Socket owns conn.
func (c *Context) WrapSocket(conn net.Conn, opts ...SocketOption) (*Socket, error) {
	return c.wrap(context.Background(), conn, newSocketSettings(opts))
}

func (c *Context) wrap(ctx context.Context, conn net.Conn, settings socketSettings) (*Socket, error) {
	if conn == nil {
		return nil, argumentError("there is no connection to wrap")
	}
	if isPacketConn(conn) {
		return nil, unsupportedError("only stream sockets are supported")
	}
	s, err := c.newSocket(settings)
	if err != nil {
		return nil, err
	}
	if err := s.begin(ctx, conn); err != nil {
		return nil, err
	}
	return s, nil
}

// begin gives a socket its transport and runs the handshake if it is to run now. On failure the transport is closed.
func (s *Socket) begin(ctx context.Context, conn net.Conn) error {
	if err := s.attach(conn); err != nil {
		_ = conn.Close()
		return err
	}
	if s.start.settings.laterHandshake {
		return nil
	}
	err := s.HandshakeContext(ctx)
	if err != nil {
		_ = s.Close() // what matters is why
	}
	return err
}

// packetNetworks are the networks that keep the boundaries of packets.
var packetNetworks = []string{"udp", "udp4", "udp6", "ip", "ip4", "ip6", "unixgram", "unixpacket"}

func isPacketConn(conn net.Conn) bool {
	if _, ok := conn.(net.PacketConn); ok {
		if _, unix := conn.(*net.UnixConn); !unix {
			return true
		}
	}
	a := conn.LocalAddr()
	return a != nil && slices.Contains(packetNetworks, a.Network())
}

// NewSocket makes a Socket without transport, with the settings that the context has now. Connect gives it one.
func (c *Context) NewSocket(opts ...SocketOption) (*Socket, error) {
	return c.newSocket(newSocketSettings(opts))
}

// Connect dials and, unless WithDoHandshakeOnConnect(false) was given, runs the handshake; both end when ctx does. Errors of
// dialling come back unchanged.
func (s *Socket) Connect(ctx context.Context, network, address string) error {
	switch {
	case s.server:
		return argumentError("can't connect in server-side mode")
	case s.users.is(isClosed):
		return net.ErrClosed
	case !s.users.mark(isConnecting):
		return argumentError("attempt to connect already-connected socket")
	}
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		s.users.unmark(isConnecting)
		return err
	}
	if isPacketConn(conn) {
		s.users.unmark(isConnecting)
		_ = conn.Close()
		return unsupportedError("only stream sockets are supported")
	}
	return s.begin(ctx, conn)
}
