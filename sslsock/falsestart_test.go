package sslsock

import (
	"net"
	"testing"

	"tlsengine/fuzz/pki"
	"tlsengine/handshake"
)

// falseStartContexts are for TLS 1.2 with a protocol; the client starts falsely.
func falseStartContexts(t *testing.T, when handshake.FalseStart) (client, server *Context) {
	t.Helper()
	client, server = clientContext(t), serverContext(t)
	client.SetFalseStart(when)
	must(t, client.SetMaximumVersion(VersionTLS12))
	for _, c := range []*Context{client, server} {
		must(t, c.SetALPNProtocols([]string{"h2"}))
	}
	return client, server
}

// heldBack passes on what is read only as long as it is let: a server's Finished stays behind it.
type heldBack struct {
	net.Conn
	server *Socket
	wrote  chan struct{}
}

// Read waits, once the server has sent its Finished, until the client has written.
func (h *heldBack) Read(p []byte) (int, error) {
	if h.server != nil && h.server.ready.Load() {
		<-h.wrote
	}
	return h.Conn.Read(p)
}

// TestFalseStartWritesBeforeFinished: the server's Finished is held back until Write has returned; without false start
// that would never be.
func TestFalseStartWritesBeforeFinished(t *testing.T) {
	client, server := falseStartContexts(t, handshake.FalseStartWithProtocol)
	a, b := tcpWire(t)
	held := &heldBack{Conn: a, wrote: make(chan struct{})}
	c, err := client.WrapSocket(held, WithServerHostname(pki.Host), WithDoHandshakeOnConnect(false))
	must(t, err)
	s, err := server.WrapSocket(b, WithServerSide(), WithDoHandshakeOnConnect(false))
	must(t, err)
	t.Cleanup(func() { hangUp(c, s) })
	held.server = s
	go s.Handshake()
	within(t, "the first write", func() {
		for _, words := range []string{"early", " bird"} {
			if n, err := c.Write([]byte(words)); n != 5 || err != nil {
				t.Errorf("%d, %v", n, err)
			}
		}
	})
	if c.HandshakeInfo() != nil {
		t.Error("the client knows of a Finished that it can't have seen")
	}
	close(held.wrote)
	go s.Write([]byte("worm"))
	if got := readText(t, s, 10); got != "early bird" {
		t.Errorf("%q", got)
	}
	if got := readText(t, c, 4); got != "worm" || c.HandshakeInfo() == nil {
		t.Errorf("%q", got)
	}
}

// TestFalseStartIsOffUnlessAsked: by default, in TLS 1.3 and in resumed sessions a Write runs the whole handshake.
func TestFalseStartIsOffUnlessAsked(t *testing.T) {
	for _, when := range []handshake.FalseStart{handshake.FalseStartNever, handshake.FalseStartWithProtocol} {
		client, server := falseStartContexts(t, when)
		if when != handshake.FalseStartNever {
			must(t, client.SetMaximumVersion(VersionTLS13))
		}
		c, s := lazyPair(t, tcpWire, client, server)
		go s.Handshake()
		if _, err := c.Write([]byte("x")); err != nil || c.HandshakeInfo() == nil {
			t.Errorf("%v: written before the handshake was done: %v", when, err)
		}
	}
}
