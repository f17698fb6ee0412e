package bench

import (
	"crypto/tls"
	"net"
	"testing"
	"time"

	"tlsengine/engine"
)

// BenchmarkHandshake makes whole connections in memory, both ends in turn, ours beside those of crypto/tls. Cold makes new
// Params for each, so that no cache can help; warm shares them.
func BenchmarkHandshake(b *testing.B) {
	for _, s := range scenarios {
		c := newChain(b, s.kind)
		b.Run(s.name+"/warm", func(b *testing.B) { benchmarkEngine(b, s, c, false) })
		b.Run(s.name+"/cold", func(b *testing.B) { benchmarkEngine(b, s, c, true) })
		b.Run(s.name+"/crypto-tls", func(b *testing.B) { benchmarkStd(b, s, c) })
	}
}

func benchmarkEngine(b *testing.B, s scenario, c *chain, cold bool) {
	clientConfig, serverConfig := s.configs(c)
	client, server := freeze(b, clientConfig), freeze(b, serverConfig)
	b.ReportAllocs()
	for b.Loop() {
		if cold {
			client, server = freeze(b, clientConfig), freeze(b, serverConfig)
		}
		connect(b, client, server)
	}
}

func freeze(b testing.TB, c *engine.Config) *engine.Params {
	p, err := c.Freeze()
	if err != nil {
		b.Fatal(err)
	}
	return p
}

// connect makes one connection and returns its ends.
func connect(b testing.TB, client, server *engine.Params) (c, s *engine.Conn) {
	c, err := engine.Client(client, engine.Options{ServerName: serverName})
	if err != nil {
		b.Fatal(err)
	}
	s, err = engine.Server(server, engine.Options{})
	if err != nil {
		b.Fatal(err)
	}
	for move(c, s) || move(s, c) {
	}
	if !c.Status().Has(engine.HandshakeDone) || !s.Status().Has(engine.HandshakeDone) {
		b.Fatalf("no connection: client %v, server %v", c.Err(), s.Err())
	}
	return c, s
}

// move carries what one end has to send to the other, and tells whether there was any.
func move(from, to *engine.Conn) bool {
	out := from.Outgoing()
	if len(out) == 0 {
		return false
	}
	n, _ := to.Feed(out)
	from.Sent(n)
	return n > 0
}

func benchmarkStd(b *testing.B, s scenario, c *chain) {
	client, server := s.stdConfigs(c)
	b.ReportAllocs()
	for b.Loop() {
		stdConnect(b, client, server)
	}
}

// stdConnect is connect for crypto/tls, over a transport in memory.
func stdConnect(b testing.TB, client, server *tls.Config) (c, s *tls.Conn) {
	near, far := memoryPipe()
	c, s = tls.Client(near, client), tls.Server(far, server)
	done := make(chan error, 1)
	go func() { done <- s.Handshake() }()
	if err := c.Handshake(); err != nil {
		b.Fatal(err)
	}
	if err := <-done; err != nil {
		b.Fatal(err)
	}
	return c, s
}

// memoryPipe returns the two ends of a buffered connection in memory.
func memoryPipe() (near, far net.Conn) {
	ab, ba := make(chan []byte, 64), make(chan []byte, 64)
	return &memoryConn{in: ba, out: ab}, &memoryConn{in: ab, out: ba}
}

type memoryConn struct {
	net.Conn
	in, out chan []byte
	rest    []byte
}

func (c *memoryConn) Read(p []byte) (int, error) {
	if len(c.rest) == 0 {
		c.rest = <-c.in
	}
	n := copy(p, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}

func (c *memoryConn) Write(p []byte) (int, error) {
	c.out <- append([]byte(nil), p...)
	return len(p), nil
}

func (c *memoryConn) SetDeadline(time.Time) error { return nil }
func (c *memoryConn) Close() error                { return nil }
