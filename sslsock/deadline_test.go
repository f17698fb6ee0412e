package sslsock

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"testing"
	"time"
)

// randomBytes returns n bytes that are the same each time.
func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(b)
	return b
}

// S-147, S-014: a Write that ran into its deadline says how much it sealed; with the rest given again the peer gets each
// byte once.
func TestWriteAfterTimeoutsSendsEachByteOnce(t *testing.T) {
	for name, w := range wires {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, s := defaultPair(t, w)
			data := randomBytes(12 << 20)
			received := make(chan []byte, 1)
			start := make(chan struct{})
			go func() {
				<-start
				got := make([]byte, 0, len(data))
				buf := make([]byte, 70000)
				for {
					n, err := s.Read(buf)
					got = append(got, buf[:n]...)
					if len(got)%7 == 0 {
						time.Sleep(time.Millisecond) // lets the writer's transport fill up
					}
					if err != nil {
						received <- got
						return
					}
				}
			}()
			timeouts := 0
			for rest := data; len(rest) > 0; {
				_ = c.SetWriteDeadline(time.Now().Add(5 * time.Millisecond))
				n, err := c.Write(rest)
				if err == nil {
					break
				}
				if !isTimeout(err) || !errors.Is(err, os.ErrDeadlineExceeded) {
					t.Fatal(err)
				}
				wantSSL(t, err)
				rest = rest[n:]
				if timeouts++; timeouts == 3 {
					close(start)
				}
				if timeouts >= 20 {
					_ = c.SetWriteDeadline(time.Time{})
					if _, err := c.Write(rest); err != nil {
						t.Fatal(err)
					}
					break
				}
			}
			if timeouts < 3 {
				t.Fatalf("only %d deadlines passed: the test shows nothing", timeouts)
			}
			_ = c.SetWriteDeadline(time.Time{})
			if err := c.Close(); err != nil {
				t.Fatal(err)
			}
			within(t, "reading", func() {
				if got := <-received; !bytes.Equal(got, data) {
					t.Errorf("%d bytes arrived, %d were sent, or they differ", len(got), len(data))
				}
			})
		})
	}
}

// S-147: a deadline in the past is seen before anything is sealed, and while older records wait nothing new is sealed.
func TestPastWriteDeadlineSealsNothing(t *testing.T) {
	c, s := defaultPair(t, pipeWire)
	_ = c.SetWriteDeadline(time.Now().Add(-time.Second))
	if n, err := c.Write([]byte("never sealed")); n != 0 || !isTimeout(err) {
		t.Fatalf("%d, %v", n, err)
	}
	_ = c.SetWriteDeadline(time.Now().Add(50 * time.Millisecond))
	first, err := c.Write([]byte("first"))
	if first != 5 || !isTimeout(err) {
		t.Fatalf("%d, %v: the record should be sealed and wait", first, err)
	}
	_ = c.SetWriteDeadline(time.Now().Add(50 * time.Millisecond))
	if n, err := c.Write([]byte("not sealed")); n != 0 || !isTimeout(err) {
		t.Fatalf("%d, %v: the first record still waits", n, err)
	}
	_ = c.SetWriteDeadline(time.Time{})
	go c.Write([]byte(" second"))
	if got := readAll(t, s, 12); string(got) != "first second" {
		t.Errorf("%q", got)
	}
}

// S-007, S-042: a silent peer makes the handshake run into its deadline, and it goes on when there is more time.
func TestHandshakeGoesOnAfterDeadline(t *testing.T) {
	for name, w := range wires {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, s := lazyPair(t, w, clientContext(t), serverContext(t))
			for range 3 {
				_ = c.SetDeadline(time.Now().Add(30 * time.Millisecond))
				err := c.Handshake()
				if e := wantSSL(t, err); !e.Timeout() || !errors.Is(err, os.ErrDeadlineExceeded) {
					t.Fatal(err)
				}
			}
			_ = c.SetDeadline(time.Time{})
			if ce, se := shakeBoth(c, s); ce != nil || se != nil {
				t.Fatalf("client: %v, server: %v", ce, se)
			}
		})
	}
}

// S-149: a deadline that the transport had before it was wrapped holds for the handshake.
func TestDeadlineOfTransportHoldsForHandshake(t *testing.T) {
	a, _ := tcpWire(t)
	_ = a.SetDeadline(time.Now().Add(50 * time.Millisecond))
	if _, err := clientContext(t).WrapSocket(a, WithServerHostname("example.test")); !isTimeout(err) {
		t.Errorf("%v", err)
	}
}

// S-147: a Read that ran into its deadline in the middle of a record loses nothing.
func TestReadGoesOnAfterDeadlineInsideRecord(t *testing.T) {
	for name, w := range wires {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, b := w(t)
			slow := &pacedConn{Conn: b, gate: make(chan int)}
			c, err := clientContext(t).WrapSocket(a, WithServerHostname("example.test"), WithDoHandshakeOnConnect(false))
			if err != nil {
				t.Fatal(err)
			}
			s, err := serverContext(t).WrapSocket(slow, WithServerSide(), WithDoHandshakeOnConnect(false))
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			defer s.Close()
			if ce, se := shakeBoth(c, s); ce != nil || se != nil {
				t.Fatalf("client: %v, server: %v", ce, se)
			}
			slow.paced.Store(true)
			want := randomBytes(3000)
			go s.Write(want)
			got, buf := []byte(nil), make([]byte, 4000)
			for _, k := range []int{1, 4, 7, 1500, 1, 5000} {
				slow.gate <- k
				_ = c.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
				n, err := c.Read(buf)
				got = append(got, buf[:n]...)
				if err != nil && !isTimeout(err) {
					t.Fatal(err)
				}
			}
			slow.paced.Store(false)
			if !bytes.Equal(got, want) {
				t.Errorf("%d bytes of %d, or they differ", len(got), len(want))
			}
		})
	}
}

// S-274, B-010: what is here already is read whatever the deadline, and without touching the transport.
func TestBufferedDataNeedsNoTransport(t *testing.T) {
	c, s := defaultPair(t, tcpWire)
	if _, err := s.Write([]byte("one")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Write([]byte("two")); err != nil {
		t.Fatal(err)
	}
	time.Sleep(20 * time.Millisecond) // both records should come with one read
	if got := readAll(t, c, 1); string(got) != "o" {
		t.Fatalf("%q", got)
	}
	if n := c.Pending(); n != 2 {
		t.Errorf("Pending is %d, not 2", n)
	}
	_ = c.SetReadDeadline(time.Now().Add(-time.Second))
	if got := readAll(t, c, 5); string(got) != "netwo" {
		t.Errorf("%q", got)
	}
	if _, err := io.ReadFull(c, make([]byte, 1)); !isTimeout(err) {
		t.Errorf("%v", err)
	}
}
