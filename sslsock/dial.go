package sslsock

import (
	"context"
	"net"
)

// Dial is DialContext without an end.
func (c *Context) Dial(network, address string, opts ...SocketOption) (*Socket, error) {
	return c.DialContext(context.Background(), network, address, opts...)
}

// DialContext connects to an address, as net.Dialer does, and runs the handshake unless WithDoHandshakeOnConnect(false) is
// given; both end when ctx does. Without WithServerHostname the host in address is the one that the certificate must be for.
// Errors of dialling come back unchanged.
func (c *Context) DialContext(ctx context.Context, network, address string, opts ...SocketOption) (*Socket, error) {
	settings := newSocketSettings(opts)
	if settings.server {
		return nil, argumentError("can't connect in server-side mode")
	}
	if !settings.hostnameGiven {
		if host, _, err := net.SplitHostPort(address); err == nil && host != "" {
			WithServerHostname(host).applySocket(&settings)
		}
	}
	s, err := c.newSocket(settings)
	if err != nil {
		return nil, err
	}
	if err := s.Connect(ctx, network, address); err != nil {
		return nil, err
	}
	return s, nil
}

// DialTLSContext is DialContext in the form that net/http.Transport takes.
func (c *Context) DialTLSContext(ctx context.Context, network, address string) (net.Conn, error) {
	s, err := c.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return s, nil
}
