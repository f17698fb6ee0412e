package stdtls

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"sync"

	"tlsengine/sslsock"
)

// Protocols are the names that HTTP over TLS goes by in ALPN, the best first: give them to SetALPNProtocols of the context
// whose listener Serve gets.
func Protocols() []string { return []string{"h2", "http/1.1"} }

// Serve accepts connections on l and serves HTTP/1.1 and HTTP/2 on them, whichever ALPN has chosen, as srv.Serve does: it
// returns what that returns. Requests have their TLS field filled. The handshake takes place with the first read, under the
// server's ReadHeaderTimeout.
//
// It sets srv.Protocols, and wraps srv.Handler and srv.ConnContext: a server is for one call of it. Certificates and
// everything else of TLS come from the listener's context; srv.TLSConfig has no part in it.
func Serve(srv *http.Server, l *sslsock.Listener) error {
	prepare(srv)
	return srv.Serve(l)
}

// ListenAndServe is Serve on a listener of its own, at srv.Addr or else ":https". It gives c Protocols() for ALPN.
func ListenAndServe(srv *http.Server, c *sslsock.Context) error {
	addr := srv.Addr
	if addr == "" {
		addr = ":https"
	}
	if err := c.SetALPNProtocols(Protocols()); err != nil {
		return err
	}
	l, err := sslsock.Listen("tcp", addr, c)
	if err != nil {
		return err
	}
	defer l.Close()
	return Serve(srv, l)
}

// prepare makes a server take Sockets.
func prepare(srv *http.Server) {
	srv.Protocols = new(http.Protocols)
	srv.Protocols.SetHTTP1(true)
	srv.Protocols.SetUnencryptedHTTP2(true) // as far as net/http can see
	inner := srv.ConnContext
	srv.ConnContext = func(ctx context.Context, conn net.Conn) context.Context {
		if inner != nil {
			ctx = inner(ctx, conn)
		}
		if s, ok := conn.(*sslsock.Socket); ok {
			ctx = context.WithValue(ctx, socketKey{}, &served{socket: s})
		}
		return ctx
	}
	handler := srv.Handler
	if handler == nil {
		handler = http.DefaultServeMux
	}
	srv.Handler = withState{handler}
}

// socketKey is the key of a request's connection in its context.
type socketKey struct{}

// served is a connection whose state is looked up once.
type served struct {
	socket *sslsock.Socket
	once   sync.Once
	state  tls.ConnectionState
}

// withState fills Request.TLS.
type withState struct{ next http.Handler }

func (h withState) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s, ok := r.Context().Value(socketKey{}).(*served); ok {
		s.once.Do(func() { s.state, _ = ConnectionState(s.socket) })
		r.TLS = &s.state
	}
	h.next.ServeHTTP(w, r)
}

// Socket returns the connection that a request came over, for what only a Socket knows; nil if Serve didn't accept it.
func Socket(r *http.Request) *sslsock.Socket {
	if s, ok := r.Context().Value(socketKey{}).(*served); ok {
		return s.socket
	}
	return nil
}
