package stdtls

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync"

	"tlsengine/sslsock"
)

// Transport is an http.RoundTripper over Sockets: HTTP/1.1 and HTTP/2 for https, whichever ALPN chooses for a host, and
// HTTP/1.1 for http. Responses have their TLS field filled. Use NewTransport.
type Transport struct {
	context *sslsock.Context
	h1, h2  *http.Transport

	mu    sync.Mutex
	hosts map[string]*host // by "host:port"; one for each host that was ever asked, as long as it speaks one protocol
}

// host is what is known of a server.
type host struct {
	learning sync.Mutex // held while the first connection is made
	via      *http.Transport
	spare    []*sslsock.Socket // connections made to learn the protocol, for the transport that they are for
}

// NewTransport returns a Transport whose connections are made with c, to which it gives Protocols() for ALPN. base, which
// may be nil, is a Transport of net/http with the other settings (timeouts, limits of idle connections, proxies for http);
// those that concern TLS are not used, and https goes to no proxy.
func NewTransport(c *sslsock.Context, base *http.Transport) (*Transport, error) {
	if err := c.SetALPNProtocols(Protocols()); err != nil {
		return nil, err
	}
	if base == nil {
		base = http.DefaultTransport.(*http.Transport)
	}
	t := &Transport{context: c, h1: base.Clone(), h2: base.Clone(), hosts: map[string]*host{}}
	for _, one := range []*http.Transport{t.h1, t.h2} {
		one.Protocols = new(http.Protocols)
		one.TLSNextProto, one.TLSClientConfig, one.ForceAttemptHTTP2 = nil, nil, false
	}
	t.h1.Protocols.SetHTTP1(true)
	t.h2.Protocols.SetUnencryptedHTTP2(true) // as far as net/http can see
	t.h1.Proxy, t.h2.Proxy = plainOnly(base.Proxy), nil
	t.h1.DialTLSContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		return t.dial(ctx, t.h1, network, addr)
	}
	t.h2.DialTLSContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		return t.dial(ctx, t.h2, network, addr)
	}
	return t, nil
}

// plainOnly keeps https from a proxy: net/http would use crypto/tls behind it.
func plainOnly(proxy func(*http.Request) (*url.URL, error)) func(*http.Request) (*url.URL, error) {
	return func(r *http.Request) (*url.URL, error) {
		if proxy == nil || r.URL.Scheme == "https" {
			return nil, nil
		}
		return proxy(r)
	}
}

// errOtherProtocol is for a server that chose another protocol than before.
var errOtherProtocol = errors.New("stdtls: the server has changed the protocol that it chooses by ALPN; try again")

// RoundTrip implements http.RoundTripper.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme != "https" {
		return t.h1.RoundTrip(r)
	}
	addr := address(r)
	via, err := t.via(r.Context(), addr)
	if err != nil {
		if r.Body != nil {
			r.Body.Close()
		}
		return nil, err
	}
	var socket *sslsock.Socket
	got := httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) { socket, _ = i.Conn.(*sslsock.Socket) }}
	response, err := via.RoundTrip(r.WithContext(httptrace.WithClientTrace(r.Context(), &got)))
	if errors.Is(err, errOtherProtocol) {
		t.forget(addr)
	}
	if err != nil {
		return nil, err
	}
	response.Request = r
	if socket != nil {
		state, _ := ConnectionState(socket)
		response.TLS = &state
	}
	return response, nil
}

// CloseIdleConnections closes the connections that no request uses.
func (t *Transport) CloseIdleConnections() {
	t.h1.CloseIdleConnections()
	t.h2.CloseIdleConnections()
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, h := range t.hosts {
		h.drop()
	}
}

// drop closes connections that nobody has asked for.
func (h *host) drop() {
	for _, s := range h.spare {
		_ = s.Close()
	}
	h.spare = nil
}

// via returns the transport for a host. Of a host that is not known yet the first connection tells.
func (t *Transport) via(ctx context.Context, addr string) (*http.Transport, error) {
	t.mu.Lock()
	h := t.hosts[addr]
	if h == nil {
		h = &host{}
		t.hosts[addr] = h
	}
	via := h.via
	t.mu.Unlock()
	if via != nil {
		return via, nil
	}
	h.learning.Lock()
	defer h.learning.Unlock()
	t.mu.Lock()
	via = h.via
	t.mu.Unlock()
	if via != nil {
		return via, nil
	}
	s, err := t.context.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	h.via = t.forProtocol(s.SelectedALPNProtocol())
	h.spare = append(h.spare, s)
	return h.via, nil
}

func (t *Transport) forProtocol(name string) *http.Transport {
	if name == "h2" {
		return t.h2
	}
	return t.h1
}

// forget unlearns a host's protocol.
func (t *Transport) forget(addr string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if h := t.hosts[addr]; h != nil {
		h.drop()
	}
	delete(t.hosts, addr)
}

// dial makes a connection for one of the two transports, or hands it one that was made to learn the protocol.
func (t *Transport) dial(ctx context.Context, via *http.Transport, network, addr string) (net.Conn, error) {
	if s := t.takeSpare(via, addr); s != nil {
		return s, nil
	}
	s, err := t.context.DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	if t.forProtocol(s.SelectedALPNProtocol()) != via {
		_ = s.Close()
		return nil, fmt.Errorf("%w: now %q", errOtherProtocol, s.SelectedALPNProtocol())
	}
	return s, nil
}

func (t *Transport) takeSpare(via *http.Transport, addr string) *sslsock.Socket {
	t.mu.Lock()
	defer t.mu.Unlock()
	h := t.hosts[addr]
	if h == nil || h.via != via || len(h.spare) == 0 {
		return nil
	}
	s := h.spare[0]
	h.spare = h.spare[1:]
	return s
}

// address returns "host:port" of a request's URL.
func address(r *http.Request) string {
	port := r.URL.Port()
	if port == "" {
		port = "443"
	}
	return net.JoinHostPort(r.URL.Hostname(), port)
}
