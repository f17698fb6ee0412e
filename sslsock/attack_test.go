package sslsock

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"
)

// TestCloseAtAnyMomentHarmsNobody closes sockets while other goroutines are in the midst of every call there is.
// Buffers are pooled by the process: one that was given back while somebody still used it would break a bystander's
// connection, and one that is used by two is a race.
func TestCloseAtAnyMomentHarmsNobody(t *testing.T) {
	for name, w := range map[string]wire{"tcp": tcpWire, "pipe": pipeWire} {
		t.Run(name, func(t *testing.T) {
			var all sync.WaitGroup
			stop := make(chan struct{})
			c, s := defaultPair(t, w)
			all.Go(func() { talk(t, c, s, stop) })
			server, client := serverContext(t), clientContext(t)
			for range 40 {
				a, b := w(t)
				one, err := client.WrapSocket(a, WithServerHostname("example.test"), WithDoHandshakeOnConnect(false))
				if err != nil {
					t.Fatal(err)
				}
				two, err := server.WrapSocket(b, WithServerSide(), WithDoHandshakeOnConnect(false))
				if err != nil {
					t.Fatal(err)
				}
				torment(one, two)
			}
			close(stop)
			all.Wait()
		})
	}
	noGoroutines(t)
}

// talk exchanges data that is looked at, until stop.
func talk(t *testing.T, c, s *Socket, stop chan struct{}) {
	p, got := make([]byte, 40000), make([]byte, 40000)
	for i := 0; ; i++ {
		select {
		case <-stop:
			return
		default:
		}
		for j := range p {
			p[j] = byte(i + j)
		}
		sent := make(chan error, 1)
		go func() {
			_, err := c.Write(p)
			sent <- err
		}()
		_, err := io.ReadFull(s, got)
		if err = errors.Join(err, <-sent); err != nil || string(got) != string(p) {
			t.Errorf("a bystander: %v", err)
			return
		}
		c, s = s, c
	}
}

// torment uses both sockets by all that may be called at any time, and closes both at moments of no choice.
func torment(one, two *Socket) {
	ctx, cancel := context.WithCancel(context.Background())
	var users sync.WaitGroup
	for _, s := range []*Socket{one, two} {
		buf := func() []byte { return make([]byte, 1+rand.IntN(20000)) }
		for _, use := range []func() error{
			func() error { _, err := s.Read(buf()); return err },
			func() error { _, err := s.Read(buf()); return err },
			func() error { _, err := s.Write(buf()); return err },
			func() error { return errors.Join(s.UpdateKeys(rand.IntN(2) == 0), s.Handshake()) },
			func() error { s.Pending(); return s.SetReadDeadline(time.Now().Add(time.Second)) },
			func() error { s.Version(); s.PeerCertDER(); _, err := s.ExportKeyingMaterial("x", nil, 9); return err },
			func() error { return s.HandshakeContext(ctx) },
		} {
			users.Go(func() {
				for range 200 {
					if errors.Is(use(), net.ErrClosed) {
						return
					}
				}
			})
		}
		users.Go(func() {
			time.Sleep(time.Duration(rand.IntN(20)) * time.Millisecond)
			late := time.AfterFunc(time.Second, func() { _ = s.Close() }) // when nobody reads any more, nothing else ends CloseWrite
			defer late.Stop()
			switch rand.IntN(6) {
			case 0:
				cancel()
			case 1:
				_, _ = s.Unwrap()
			case 2:
				_ = s.CloseWrite()
			}
			_ = s.Close()
			if conn := s.NetConn(); conn != nil {
				_ = conn.Close() // one that was unwrapped
			}
		})
	}
	users.Wait()
	cancel()
}
