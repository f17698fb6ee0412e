package sslsock

import (
	"errors"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"
)

// S-142: Close makes calls of other goroutines return; all later ones, and a second Close, give net.ErrClosed; no goroutine
// is left.
func TestCloseEndsEverything(t *testing.T) {
	for name, w := range wires {
		t.Run(name, func(t *testing.T) {
			c, s := defaultPair(t, w, WithSuppressRaggedEOFs(false))
			blocked := make(chan error, 1)
			go func() {
				_, err := c.Read(make([]byte, 1))
				blocked <- err
			}()
			peer := make(chan error, 1)
			go func() {
				_, err := s.Read(make([]byte, 1))
				peer <- err
			}()
			time.Sleep(20 * time.Millisecond)
			if err := c.Close(); err != nil {
				t.Fatal(err)
			}
			within(t, "the blocked Read", func() {
				if err := <-blocked; !errors.Is(err, net.ErrClosed) {
					t.Errorf("blocked Read: %v", err)
				}
				if err := <-peer; err != io.EOF {
					t.Errorf("the peer: %v, not io.EOF", err)
				}
			})
			if err := c.Close(); !errors.Is(err, net.ErrClosed) {
				t.Errorf("second Close: %v", err)
			}
			_, readErr := c.Read(make([]byte, 1))
			_, writeErr := c.Write([]byte("x"))
			for what, err := range map[string]error{"Read": readErr,
				"Write": writeErr, "Handshake": c.Handshake(), "CloseWrite": c.CloseWrite()} {
				if !errors.Is(err, net.ErrClosed) {
					t.Errorf("%s: %v", what, err)
				}
			}
			if v := c.Version(); v != "" {
				t.Errorf("Version after Close is %q", v)
			}
		})
	}
	noGoroutines(t)
}

// noGoroutines fails the test if one of this package's calls still runs in another goroutine.
func noGoroutines(t *testing.T) {
	t.Helper()
	for range 100 {
		stacks := make([]byte, 1<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		if strings.Count(string(stacks), "sslsock.(*Socket)") == 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("a goroutine is still inside a Socket")
}

// S-142: Close while a Write is stuck does not wait for the peer.
func TestCloseBreaksOffStuckWrite(t *testing.T) {
	for name, w := range wires {
		t.Run(name, func(t *testing.T) {
			c, _ := defaultPair(t, w)
			stuck, big := make(chan error, 1), make([]byte, 32<<20)
			go func() {
				_, err := c.Write(big)
				stuck <- err
			}()
			time.Sleep(30 * time.Millisecond)
			within(t, "Close", func() { _ = c.Close() })
			within(t, "Write", func() {
				if err := <-stuck; !errors.Is(err, net.ErrClosed) {
					t.Errorf("%v", err)
				}
			})
		})
	}
}

// S-012: the proper end is io.EOF itself, again and again. TLS 1.3 still writes then, TLS 1.2 doesn't.
func TestProperEndIsEOF(t *testing.T) {
	for _, v := range []TLSVersion{VersionTLS12, VersionTLS13} {
		t.Run(v.String(), func(t *testing.T) {
			client := clientContext(t)
			if err := client.SetMaximumVersion(v); err != nil {
				t.Fatal(err)
			}
			c, s := pair(t, tcpWire, client, serverContext(t), WithSuppressRaggedEOFs(false))
			if err := s.CloseWrite(); err != nil {
				t.Fatal(err)
			}
			for range 3 {
				if n, err := c.Read(make([]byte, 10)); n != 0 || err != io.EOF {
					t.Fatalf("%d, %v", n, err)
				}
			}
			if _, err := s.Write([]byte("x")); !errors.Is(err, ErrZeroReturn) {
				t.Errorf("Write after our close_notify: %v", err)
			}
			_, err := c.Write([]byte("answer"))
			if v == VersionTLS12 {
				// RFC 5246, Section 7.2.1: pending writes are discarded.
				if !errors.Is(err, ErrZeroReturn) {
					t.Errorf("Write after the peer's close_notify: %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := readAll(t, s, 6); string(got) != "answer" {
				t.Errorf("%q", got)
			}
			if err := c.CloseWrite(); err != nil {
				t.Fatal(err)
			}
			if _, err := c.Read(make([]byte, 1)); !errors.Is(err, ErrZeroReturn) {
				t.Errorf("Read with both directions closed: %v", err)
			}
			if _, err := s.Read(make([]byte, 1)); err != io.EOF {
				t.Errorf("first Read of the end: %v", err)
			}
		})
	}
}

// S-043, S-016: the transport ends without close_notify, between records and inside one.
func TestRaggedEOF(t *testing.T) {
	for _, strict := range []bool{false, true} {
		for _, inside := range []bool{false, true} {
			for name, w := range wires {
				c, s := defaultPair(t, w, WithSuppressRaggedEOFs(!strict))
				go func() {
					if inside {
						_, _ = s.transport.Write([]byte{23, 3, 3, 0, 100, 1, 2, 3})
					}
					_ = s.transport.Close()
				}()
				for range 2 {
					n, err := c.Read(make([]byte, 10))
					if n != 0 {
						t.Fatalf("%d bytes", n)
					}
					if !strict && !inside {
						if err != io.EOF {
							t.Errorf("%s, suppressed: %v", name, err)
						}
						continue
					}
					if !errors.Is(err, ErrEOF) || !errors.Is(err, io.ErrUnexpectedEOF) {
						t.Errorf("%s, strict %v, inside %v: %v", name, strict, inside, err)
					}
					if e := wantSSL(t, err); e.Reason != "UNEXPECTED_EOF_WHILE_READING" {
						t.Errorf("%+v", e)
					}
				}
			}
		}
	}
}

// S-015: the transport's own error is kept.
func TestTransportErrorIsKept(t *testing.T) {
	for _, what := range []string{"read", "write"} {
		failing := &failingConn{}
		c, _ := defaultPair(t, func(t testing.TB) (a, b net.Conn) {
			failing.Conn, b = tcpWire(t)
			return failing, b
		})
		broken := error(&net.OpError{Op: what, Err: errBroken})
		failing.readErr.Store(&broken)
		failing.writeErr.Store(&broken)
		var err error
		if what == "read" {
			_, err = c.Read(make([]byte, 1))
		} else {
			_, err = c.Write([]byte("x"))
		}
		var op *net.OpError
		if !errors.Is(err, ErrSyscall) || !errors.Is(err, errBroken) || !errors.As(err, &op) {
			t.Errorf("%s: %v", what, err)
		}
		_ = c.Close()
	}
}

var errBroken = errors.New("the cable is cut")

// S-154: after Shutdown nothing is written, in the clear least of all, and the peer sees a proper end.
func TestShutdown(t *testing.T) {
	for _, how := range []ShutdownHow{ShutWr, ShutRdWr} {
		c, s := defaultPair(t, tcpWire, WithSuppressRaggedEOFs(false))
		if err := c.Shutdown(how); err != nil {
			t.Fatal(err)
		}
		if n, err := c.Write([]byte("secret")); n != 0 || !errors.Is(err, ErrZeroReturn) {
			t.Errorf("%d, %v", n, err)
		}
		if _, err := s.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("the peer: %v", err)
		}
	}
	c, _ := defaultPair(t, tcpWire)
	if err := c.Shutdown(3); !errors.Is(err, ErrInvalidArgument) {
		t.Error(err)
	}
	if err := c.Shutdown(ShutRd); err != nil {
		t.Error(err)
	}
}

// A fatal alert that a stuck writer is in the way of is still sent when the writer goes on, and what ended the
// connection is what both ends say.
func TestAlertBehindStuckWriter(t *testing.T) {
	c, s := defaultPair(t, tcpWire)
	wrote, big := make(chan error, 1), make([]byte, 32<<20)
	go func() {
		_, err := c.Write(big)
		wrote <- err
	}()
	time.Sleep(50 * time.Millisecond)
	if _, err := s.transport.Write([]byte{23, 3, 3, 0, 40, 39: 1, 44: 0}); err != nil { // a record that nobody sealed
		t.Fatal(err)
	}
	within(t, "reading", func() {
		_, err := c.Read(make([]byte, 1))
		if e := wantSSL(t, err); e.Reason != "DECRYPTION_FAILED_OR_BAD_RECORD_MAC" {
			t.Errorf("%v", err)
		}
	})
	within(t, "the peer", func() {
		_, err := io.Copy(io.Discard, s)
		if e := wantSSL(t, err); e.Reason != "SSLV3_ALERT_BAD_RECORD_MAC" {
			t.Errorf("the peer: %v", err)
		}
	})
	within(t, "writing", func() {
		if e := wantSSL(t, <-wrote); e.Reason != "DECRYPTION_FAILED_OR_BAD_RECORD_MAC" {
			t.Errorf("Write: %v", e)
		}
	})
}
