// Package grpctls lets gRPC speak TLS by package sslsock. It is a module of its own, so that nobody else depends on gRPC.
package grpctls

import (
	"context"
	"fmt"
	"net"

	"google.golang.org/grpc/credentials"

	"tlsengine/sslsock"
	"tlsengine/sslsock/stdtls"
)

// protocol is what gRPC goes by in ALPN.
const protocol = "h2"

// transport implements credentials.TransportCredentials.
type transport struct {
	context    *sslsock.Context
	serverName string // in place of the authority, if it isn't ""
}

// New returns credentials for grpc.WithTransportCredentials and grpc.Creds. Everything about TLS is c's, for clients or
// for servers as its protocol and settings allow; for ALPN it is given "h2", without which no connection is made. What
// is known of the peer comes as credentials.TLSInfo, as with gRPC's own.
func New(c *sslsock.Context) (credentials.TransportCredentials, error) {
	if err := c.SetALPNProtocols([]string{protocol}); err != nil {
		return nil, err
	}
	return &transport{context: c}, nil
}

// ClientHandshake makes a connection a client's, for the host of authority. On error raw is closed.
func (t *transport) ClientHandshake(ctx context.Context, authority string, raw net.Conn) (net.Conn, credentials.AuthInfo, error) {
	host := t.serverName
	if host == "" {
		host = authority
		if name, _, err := net.SplitHostPort(authority); err == nil {
			host = name
		}
	}
	s, err := t.context.WrapSocket(raw, sslsock.WithServerHostname(host), sslsock.WithDoHandshakeOnConnect(false))
	return finish(ctx, raw, s, err)
}

// ServerHandshake makes a connection a server's, under the deadline that gRPC has set on raw. On error raw is closed.
func (t *transport) ServerHandshake(raw net.Conn) (net.Conn, credentials.AuthInfo, error) {
	s, err := t.context.WrapSocket(raw, sslsock.WithServerSide(), sslsock.WithDoHandshakeOnConnect(false))
	return finish(context.Background(), raw, s, err)
}

// finish runs the handshake.
func finish(ctx context.Context, raw net.Conn, s *sslsock.Socket, err error) (net.Conn, credentials.AuthInfo, error) {
	if err != nil {
		_ = raw.Close()
		return nil, nil, err
	}
	err = s.HandshakeContext(ctx)
	if err == nil && s.SelectedALPNProtocol() != protocol {
		err = fmt.Errorf("grpctls: the peer has not chosen %q by ALPN", protocol)
	}
	if err != nil {
		_ = s.Close()
		return nil, nil, err
	}
	state, err := stdtls.ConnectionState(s)
	if err != nil {
		_ = s.Close()
		return nil, nil, err
	}
	return s, credentials.TLSInfo{
		State: state, CommonAuthInfo: credentials.CommonAuthInfo{SecurityLevel: credentials.PrivacyAndIntegrity},
	}, nil
}

// Info describes the credentials.
func (t *transport) Info() credentials.ProtocolInfo {
	//lint:ignore SA1019 whoever overrides the name is asked for it here
	return credentials.ProtocolInfo{SecurityProtocol: "tls", ServerName: t.serverName}
}

// Clone returns a copy with the same context.
func (t *transport) Clone() credentials.TransportCredentials {
	own := *t
	return &own
}

// OverrideServerName sets whom a server's certificate must be for, whatever the authority is.
//
// Deprecated: use grpc.WithAuthority.
func (t *transport) OverrideServerName(name string) error {
	t.serverName = name
	return nil
}
