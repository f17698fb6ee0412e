package sslsock

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"tlsengine/fuzz/pki"
	"tlsengine/x509lite"
)

// atTestTime makes a context judge certificates at the time of the test PKI.
func atTestTime(c *Context) { c.SetTime(func() time.Time { return pki.Time }) }

// serverContext returns a context with a P-256 identity.
func serverContext(t testing.TB) *Context {
	t.Helper()
	return serverContextOf(t, pki.New().Identities[x509lite.KeyP256])
}

func serverContextOf(t testing.TB, identities ...pki.Identity) *Context {
	t.Helper()
	c, err := NewContext(ProtocolTLSServer)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range identities {
		if err := c.addCredential(i.Chain, i.Key); err != nil {
			t.Fatal(err)
		}
	}
	atTestTime(c)
	return c
}

// clientContext returns a context that trusts the test PKI and checks names.
func clientContext(t testing.TB) *Context {
	t.Helper()
	c, err := CreateDefaultContext(PurposeServerAuth, WithCADataDER(pki.New().Root.Raw()))
	if err != nil {
		t.Fatal(err)
	}
	atTestTime(c)
	return c
}

// wire makes two connected transports.
type wire func(t testing.TB) (a, b net.Conn)

// wires are the kinds of transports that sockets are tested over: with a descriptor, and without.
var wires = map[string]wire{"tcp": tcpWire, "unix": unixWire, "pipe": pipeWire}

func pipeWire(testing.TB) (a, b net.Conn) { return net.Pipe() }

func tcpWire(t testing.TB) (a, b net.Conn) { return dialled(t, "tcp", "127.0.0.1:0") }

func unixWire(t testing.TB) (a, b net.Conn) { return dialled(t, "unix", t.TempDir()+"/s") }

func dialled(t testing.TB, network, address string) (a, b net.Conn) {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	accepted := make(chan net.Conn, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			c = nil
		}
		accepted <- c
	}()
	a, err = net.Dial(l.Addr().Network(), l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if b = <-accepted; b == nil {
		t.Fatal("nothing was accepted")
	}
	t.Cleanup(func() { a.Close(); b.Close() })
	return a, b
}

// lazyPair wraps both ends of a wire; no handshake was run.
func lazyPair(t testing.TB, w wire, client, server *Context, opts ...SocketOption) (c, s *Socket) {
	t.Helper()
	a, b := w(t)
	opts = append([]SocketOption{WithDoHandshakeOnConnect(false)}, opts...)
	c, err := client.WrapSocket(a, append(opts, WithServerHostname(pki.Host))...)
	if err != nil {
		t.Fatal(err)
	}
	s, err = server.WrapSocket(b, append(opts, WithServerSide())...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { hangUp(c, s) })
	return c, s
}

// hangUp closes transports before their sockets: a pipe that nobody reads would hold up each Close for its 5 seconds.
func hangUp(c, s *Socket) {
	_ = c.transport.Close()
	_ = s.transport.Close()
	_ = c.Close()
	_ = s.Close()
}

// pair is lazyPair with the handshake run.
func pair(t testing.TB, w wire, client, server *Context, opts ...SocketOption) (c, s *Socket) {
	t.Helper()
	c, s = lazyPair(t, w, client, server, opts...)
	if ce, se := shakeBoth(c, s); ce != nil || se != nil {
		t.Fatalf("client: %v, server: %v", ce, se)
	}
	return c, s
}

// defaultPair is pair with the usual contexts.
func defaultPair(t testing.TB, w wire, opts ...SocketOption) (c, s *Socket) {
	t.Helper()
	return pair(t, w, clientContext(t), serverContext(t), opts...)
}

// shakeBoth runs both ends' handshakes at once. Ten seconds are more than enough.
func shakeBoth(c, s *Socket) (clientErr, serverErr error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	var both sync.WaitGroup
	both.Go(func() { serverErr = s.HandshakeContext(ctx) })
	clientErr = c.HandshakeContext(ctx)
	both.Wait()
	return clientErr, serverErr
}

// within fails the test if f takes longer than a minute, a sign that it hangs.
func within(t testing.TB, what string, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { defer close(done); f() }()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatalf("%s: hangs", what)
	}
}

// readAll reads exactly n bytes.
func readAll(t testing.TB, r io.Reader, n int) []byte {
	t.Helper()
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		t.Fatalf("reading %d bytes: %v", n, err)
	}
	return b
}

// wantSSL finds the *SSLError in err.
func wantSSL(t testing.TB, err error) *SSLError {
	t.Helper()
	var e *SSLError
	if !errors.As(err, &e) {
		t.Fatalf("%v (%T) is no *SSLError", err, err)
	}
	return e
}

func isTimeout(err error) bool {
	var e net.Error
	return errors.As(err, &e) && e.Timeout()
}
