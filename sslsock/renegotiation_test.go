package sslsock

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"testing"
	"time"

	"tlsengine/engine"
	"tlsengine/fuzz/pki"
	"tlsengine/handshake"
)

// enginePeer is an engine as a server that asks for another handshake, on a transport.
type enginePeer struct {
	t    testing.TB
	conn *engine.Conn
	net.Conn
}

// pump moves bytes until f is content.
func (a *enginePeer) pump(f func() bool) {
	a.t.Helper()
	buf := make([]byte, 20000)
	for {
		for _, op := range a.conn.Pending() {
			op.Run()
		}
		a.conn.Resume()
		if out := a.conn.Outgoing(); len(out) > 0 {
			if _, err := a.Write(out); err != nil {
				a.t.Error(err)
				return
			}
			a.conn.Sent(len(out))
			continue
		}
		if f() || a.conn.Err() != nil {
			return
		}
		if len(a.conn.Pending()) > 0 || len(a.conn.Outgoing()) > 0 {
			continue
		}
		n, err := a.Read(buf)
		if err != nil {
			a.t.Error(err)
			return
		}
		a.conn.Feed(buf[:n])
	}
}

// renegotiatingPair returns our socket as a client, and a server that is an engine.
func renegotiatingPair(t *testing.T, change func(*Context)) (*Socket, *enginePeer) {
	t.Helper()
	client := clientContext(t)
	if err := client.SetMaximumVersion(VersionTLS12); err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(client)
	}
	server := serverContext(t) // its settings are taken as a client's would be, which may negotiate again
	params, _, err := server.snapshot(handshake.ClientRole)
	if err != nil {
		t.Fatal(err)
	}
	a, b := tcpWire(t)
	conn, err := engine.Server(params, engine.Options{Value: &Socket{}})
	if err != nil {
		t.Fatal(err)
	}
	peer := &enginePeer{t, conn, b}
	done := make(chan struct{})
	go func() {
		defer close(done)
		peer.pump(func() bool { return conn.Status().Has(engine.HandshakeDone) })
	}()
	c, err := client.WrapSocket(a, WithServerHostname(pki.Host))
	if err != nil {
		t.Fatal(err)
	}
	<-done
	t.Cleanup(func() { c.Close() })
	return c, peer
}

// B-027: without OpNoRenegotiation a client follows a HelloRequest, with data on its way in both directions, and counts
// it (S-241).
func TestClientNegotiatesAgain(t *testing.T) {
	var context *Context
	c, peer := renegotiatingPair(t, func(x *Context) {
		context = x
		_ = x.SetOptions(x.Options() &^ OpNoRenegotiation)
	})
	first, err := c.ChannelBinding("tls-unique")
	if err != nil {
		t.Fatal(err)
	}
	data := randomBytes(60000)
	if err := peer.conn.Renegotiate(); err != nil {
		t.Fatal(err)
	}
	var got []byte
	done := make(chan struct{})
	go func() {
		defer close(done)
		n := peer.conn.Write(data) // on its way, behind the HelloRequest
		buf := make([]byte, 20000)
		peer.pump(func() bool {
			n += peer.conn.Write(data[n:])
			for k := peer.conn.Read(buf); k > 0; k = peer.conn.Read(buf) {
				got = append(got, buf[:k]...)
			}
			return n == len(data) && len(got) == len(data) && len(peer.conn.Outgoing()) == 0
		})
	}()
	one := make([]byte, 1)
	if n, err := c.Read(one); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if _, err := c.Write(data); err != nil { // must end the renegotiation first
		t.Fatal(err)
	}
	if rest := readAll(t, c, len(data)-1); !bytes.Equal(append(one, rest...), data) {
		t.Error("other data came than was sent")
	}
	<-done
	if !bytes.Equal(got, data) {
		t.Error("other data was received than written")
	}
	if i := c.HandshakeInfo(); i.Renegotiations != 1 || context.SessionStats().ConnectRenegotiate != 1 {
		t.Errorf("%d renegotiations, counted %d", i.Renegotiations, context.SessionStats().ConnectRenegotiate)
	}
	if second, err := c.ChannelBinding("tls-unique"); err != nil || bytes.Equal(first, second) { // S-177
		t.Errorf("tls-unique is still %x: %v", second, err)
	}
}

// stalledRenegotiation returns a client that has begun another handshake, on which the server doesn't go on.
func stalledRenegotiation(t *testing.T) (*Socket, *enginePeer) {
	t.Helper()
	c, peer := renegotiatingPair(t, func(x *Context) { _ = x.SetOptions(x.Options() &^ OpNoRenegotiation) })
	if err := peer.conn.Renegotiate(); err != nil {
		t.Fatal(err)
	}
	if _, err := peer.Write(peer.conn.Outgoing()); err != nil {
		t.Fatal(err)
	}
	peer.conn.Sent(len(peer.conn.Outgoing()))
	_ = c.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	if n, err := c.Read(make([]byte, 1)); n != 0 || !isTimeout(err) {
		t.Fatalf("%d, %v", n, err)
	}
	if !c.conn.Renegotiating() {
		t.Fatal("no renegotiation has begun")
	}
	_ = c.SetReadDeadline(time.Time{})
	return c, peer
}

// S-147, B-027: a server that stalls in the midst of a renegotiation holds Write no longer than its deadline or timeout, also one
// that is set meanwhile, whether a Read waits too or Write has to read for itself. When the server goes on, so does Write.
func TestWriteKeepsItsDeadlineInAStalledRenegotiation(t *testing.T) {
	for _, reads := range []bool{true, false} {
		t.Run(fmt.Sprintf("Read waits %v", reads), func(t *testing.T) {
			t.Parallel()
			c, peer := stalledRenegotiation(t)
			read := make(chan error, 1)
			if reads {
				go func() {
					_, err := c.Read(make([]byte, 1))
					read <- err
				}()
				time.Sleep(20 * time.Millisecond) // so that it most likely has the turn
			}
			write := func(how string) {
				t.Helper()
				within(t, how, func() {
					n, err := c.Write([]byte("x"))
					if n != 0 || !isTimeout(err) || !errors.Is(err, os.ErrDeadlineExceeded) {
						t.Errorf("%s: %d, %v", how, n, err)
					}
				})
			}
			_ = c.SetWriteDeadline(time.Now().Add(50 * time.Millisecond))
			write("a deadline")
			_ = c.SetWriteDeadline(time.Now().Add(time.Hour))
			time.AfterFunc(50*time.Millisecond, func() { _ = c.SetWriteDeadline(time.Now()) })
			write("a deadline that comes nearer")
			_ = c.SetWriteDeadline(time.Time{})
			c.SetTimeout(50 * time.Millisecond)
			write("a timeout")
			c.SetTimeout(0)

			written := make(chan error, 1)
			go func() {
				_, err := c.Write([]byte("x"))
				written <- err
			}()
			peer.pump(func() bool { return peer.conn.Read(make([]byte, 1)) == 1 })
			if err := <-written; err != nil {
				t.Error(err)
			}
			if n := c.HandshakeInfo().Renegotiations; n != 1 {
				t.Errorf("%d renegotiations", n)
			}
			peer.conn.Write([]byte("y"))
			peer.pump(func() bool { return true })
			if reads {
				if err := <-read; err != nil {
					t.Error(err)
				}
			} else {
				readAll(t, c, 1)
			}
		})
	}
}

// S-147: a Read keeps its deadline, too, while a Write waits for the peer in its place; and Close ends them both.
func TestReadKeepsItsDeadlineBehindAWriteThatRenegotiates(t *testing.T) {
	c, _ := stalledRenegotiation(t)
	written := make(chan error, 1)
	go func() {
		_, err := c.Write([]byte("x"))
		written <- err
	}()
	time.Sleep(20 * time.Millisecond) // so that it most likely has the turn
	for range 2 {
		_ = c.SetReadDeadline(time.Now().Add(30 * time.Millisecond))
		within(t, "reading", func() {
			if n, err := c.Read(make([]byte, 1)); n != 0 || !isTimeout(err) {
				t.Errorf("%d, %v", n, err)
			}
		})
	}
	_ = c.SetReadDeadline(time.Time{})
	read := make(chan error, 1)
	go func() {
		_, err := c.Read(make([]byte, 1))
		read <- err
	}()
	time.Sleep(20 * time.Millisecond)
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	within(t, "closing", func() {
		for _, done := range []chan error{written, read} {
			if err := <-done; !errors.Is(err, net.ErrClosed) {
				t.Error(err)
			}
		}
	})
}

// B-027: with OpNoRenegotiation it says no, and the connection lives.
func TestClientRefusesWithOpNoRenegotiation(t *testing.T) {
	c, peer := renegotiatingPair(t, func(x *Context) { _ = x.SetOptions(x.Options() | OpNoRenegotiation) })
	if err := peer.conn.Renegotiate(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		peer.conn.Write([]byte("x"))
		peer.pump(func() bool { return peer.conn.Read(make([]byte, 1)) == 1 })
	}()
	readAll(t, c, 1)
	if _, err := c.Write([]byte("y")); err != nil {
		t.Fatal(err)
	}
	<-done
	if n := c.HandshakeInfo().Renegotiations; n != 0 || peer.conn.Err() != nil {
		t.Errorf("%d renegotiations, the server failed with %v", n, peer.conn.Err())
	}
}

// B-027: a server refuses a client that wants it, on a Socket and on an Object.
func TestServerRefusesToNegotiateAgain(t *testing.T) {
	in, out := NewMemoryBIO(), NewMemoryBIO()
	o, err := serverContext(t).WrapBIO(in, out, WithServerSide())
	if err != nil {
		t.Fatal(err)
	}
	client := clientContext(t)
	if err := client.SetMaximumVersion(VersionTLS12); err != nil {
		t.Fatal(err)
	}
	_ = client.SetOptions(client.Options() &^ OpNoRenegotiation)
	params, _, err := client.snapshot(handshake.ClientRole)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := engine.Client(params, engine.Options{ServerName: pki.Host, Value: &Socket{}})
	if err != nil {
		t.Fatal(err)
	}
	move := func() {
		p := conn.Outgoing()
		_, _ = in.Write(p)
		conn.Sent(len(p))
		_, _ = o.Read(make([]byte, 10))
		conn.Feed(out.Next(1 << 20))
		conn.Read(make([]byte, 10))
	}
	for range 4 {
		move()
	}
	if err := conn.Renegotiate(); err != nil {
		t.Fatal(err)
	}
	move()
	if err := conn.Err(); err == nil {
		t.Error("the client was not refused")
	}
	if _, err := o.Write([]byte("x")); err != nil && !errors.Is(err, ErrWantRead) {
		t.Errorf("the server is not alive: %v", err)
	}
	var i *handshake.Info = o.HandshakeInfo()
	if i.Renegotiations != 0 {
		t.Error("the server negotiated again")
	}
}

// A server that asks for another handshake when the client has closed is not answered, and does not keep Unwrap from
// its end: on an Object, and on a Socket.
func TestUnwrapPassesOverHelloRequest(t *testing.T) {
	allow := func(c *Context) { _ = c.SetOptions(c.Options() &^ OpNoRenegotiation) }
	t.Run("Socket", func(t *testing.T) {
		c, peer := renegotiatingPair(t, allow)
		if err := peer.conn.Renegotiate(); err != nil {
			t.Fatal(err)
		}
		peer.conn.CloseWrite()
		done := make(chan struct{})
		go func() {
			defer close(done)
			peer.pump(func() bool { return peer.conn.Read(make([]byte, 1)) == 0 && peer.conn.Status().Has(engine.PeerClosed) })
		}()
		if _, err := c.Unwrap(); err != nil {
			t.Error(err)
		}
		<-done
	})
	t.Run("Object", func(t *testing.T) {
		client := clientContext(t)
		if err := client.SetMaximumVersion(VersionTLS12); err != nil {
			t.Fatal(err)
		}
		allow(client)
		in, out := NewMemoryBIO(), NewMemoryBIO()
		o, err := client.WrapBIO(in, out, WithServerHostname(pki.Host))
		if err != nil {
			t.Fatal(err)
		}
		params, _, err := serverContext(t).snapshot(handshake.ClientRole)
		if err != nil {
			t.Fatal(err)
		}
		conn, err := engine.Server(params, engine.Options{Value: &Socket{}})
		if err != nil {
			t.Fatal(err)
		}
		move := func() {
			conn.Feed(out.Next(-1))
			_, _ = in.Write(conn.Outgoing())
			conn.Sent(len(conn.Outgoing()))
		}
		for o.Handshake() != nil {
			move()
		}
		if err := conn.Renegotiate(); err != nil {
			t.Fatal(err)
		}
		conn.CloseWrite()
		move()
		if err := o.Unwrap(); err != nil {
			t.Error(err)
		}
		move()
		conn.Peek()
		if !conn.Status().Has(engine.PeerClosed) || len(conn.Rest()) != 0 {
			t.Errorf("%v, and %d bytes behind close_notify", conn.Status(), len(conn.Rest()))
		}
	})
}
