package bench

import (
	"crypto/tls"
	"testing"
	"time"

	"tlsengine/engine"
)

// sides holds something for the client and for the server: a time, a number.
type sides[T any] struct{ client, server T }

func freeze(b testing.TB, c *engine.Config) *engine.Params {
	p, err := c.Freeze()
	check(b, err)
	return p
}

// connect makes one connection and returns its ends. after, if not nil, is called when one side has worked.
func connect(b testing.TB, p sides[*engine.Params], after func(server bool)) (c, s *engine.Conn) {
	return connectBy(b, p, engine.Options{ServerName: serverName}, after)
}

// connectBy is connect by a client with these options.
func connectBy(b testing.TB, p sides[*engine.Params], o engine.Options, after func(server bool)) (c, s *engine.Conn) {
	if after == nil {
		after = func(bool) {}
	}
	c, err := engine.Client(p.client, o)
	check(b, err)
	out := c.Outgoing()
	after(false)
	s, err = engine.Server(p.server, engine.Options{})
	check(b, err)
	for len(out) > 0 {
		out = answer(b, s, c, out)
		after(true)
		out = answer(b, c, s, out)
		after(false)
	}
	if !c.Status().Has(engine.HandshakeDone) || !s.Status().Has(engine.HandshakeDone) {
		b.Fatalf("no connection: client %v, server %v", c.Err(), s.Err())
	}
	if want := o.Session != nil; c.Info().Resumed != want || s.Info().Resumed != want {
		b.Fatalf("resumed: %v", !want)
	}
	return c, s
}

// answer feeds a what came from its peer and returns what a has to send; first the peer learns that its output is gone.
func answer(b testing.TB, a, peer *engine.Conn, input []byte) []byte {
	n, err := a.Feed(input)
	check(b, err)
	peer.Sent(n)
	return a.Outgoing()
}

// move carries what one end has to send to the other.
func move(b testing.TB, from, to *engine.Conn) {
	for out := from.Outgoing(); len(out) > 0; out = from.Outgoing() {
		n, err := to.Feed(out)
		check(b, err)
		from.Sent(n)
	}
}

// timedConnect makes one connection and adds each side's time to s.
func timedConnect(b testing.TB, p sides[*engine.Params], o engine.Options, s *sides[series]) {
	var client, server time.Duration
	var clock lapClock
	clock.start()
	connectBy(b, p, o, func(isServer bool) {
		if isServer {
			clock.lap(&server)
		} else {
			clock.lap(&client)
		}
	})
	s.client.add(client)
	s.server.add(server)
}

// stdEnds are the ends of a connection of crypto/tls.
type stdEnds struct {
	client, server *tls.Conn
	near, far      *pipeEnd
}

// stdConnect is connect for crypto/tls. The transport's clocks tell how long each side worked; they mean something only on one
// processor, where waking the other goroutine costs nothing extra.
func stdConnect(b testing.TB, config sides[*tls.Config]) stdEnds {
	near, far := memoryPipe()
	e := stdEnds{tls.Client(near, config.client), tls.Server(far, config.server), near, far}
	done := make(chan error, 1)
	go func() {
		far.clock.start()
		err := e.server.Handshake()
		far.clock.lap(&far.busy)
		done <- err
	}()
	near.clock.start()
	err := e.client.Handshake()
	near.clock.lap(&near.busy)
	check(b, err)
	check(b, <-done)
	return e
}

func timedStdConnect(b testing.TB, config sides[*tls.Config], s *sides[series]) {
	e := stdConnect(b, config)
	if want := config.client.ClientSessionCache != nil; e.client.ConnectionState().DidResume != want {
		b.Fatalf("crypto/tls has resumed: %v", !want)
	}
	s.client.add(e.near.busy)
	s.server.add(e.far.busy)
}

// connectStdServer connects one of our clients with a server of crypto/tls, which then works on its end of a pipe; so the
// client's configuration chooses the suite. The client is left without a transport.
func connectStdServer(b testing.TB, client *engine.Params, config *tls.Config) (*engine.Conn, *tls.Conn, *pipeEnd) {
	near, far := memoryPipe()
	server := tls.Server(far, config)
	done := make(chan error, 1)
	go func() { done <- server.Handshake() }()
	c, err := engine.Client(client, engine.Options{ServerName: serverName})
	check(b, err)
	buf := make([]byte, 4096)
	for {
		out := c.Outgoing()
		near.out.put(out)
		c.Sent(len(out))
		if c.Status().Has(engine.HandshakeDone) {
			break
		}
		_, err := c.Feed(buf[:near.in.take(buf)])
		check(b, err)
	}
	check(b, <-done)
	return c, server, far
}
