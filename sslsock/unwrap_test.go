package sslsock

import (
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"tlsengine/fuzz/pki"
)

// S-181, S-182: STARTTLS and back: both ends unwrap at once, go on in the clear, and start TLS again.
func TestUnwrapAtBothEnds(t *testing.T) {
	for name, w := range wires {
		for _, v := range []TLSVersion{VersionTLS12, VersionTLS13} {
			t.Run(name+"/"+v.String(), func(t *testing.T) {
				client, server := clientContext(t), serverContext(t)
				if err := client.SetMaximumVersion(v); err != nil {
					t.Fatal(err)
				}
				a, b := w(t)
				for range 2 {
					c, s := pair(t, func(testing.TB) (net.Conn, net.Conn) { return a, b }, client, server)
					unwrapped := make(chan net.Conn, 1)
					go func() {
						plain, err := s.Unwrap()
						if err != nil {
							t.Error(err)
						}
						unwrapped <- plain
					}()
					plain, err := c.Unwrap()
					if err != nil {
						t.Fatal(err)
					}
					a, b = plain, <-unwrapped
					go a.Write([]byte("plain"))
					if got := readAll(t, b, 5); string(got) != "plain" {
						t.Errorf("%q", got)
					}
					if _, err := c.Read(make([]byte, 1)); !errors.Is(err, ErrZeroReturn) || !errors.Is(err, ErrInvalidArgument) {
						t.Errorf("Read after Unwrap: %v", err)
					}
					if _, err := c.Write([]byte("secret")); !errors.Is(err, ErrZeroReturn) || !errors.Is(err, ErrInvalidArgument) {
						t.Errorf("Write after Unwrap: %v", err)
					}
					if _, err := c.Unwrap(); !errors.Is(err, ErrInvalidArgument) {
						t.Errorf("second Unwrap: %v", err)
					}
					if err := c.Close(); err != nil {
						t.Errorf("Close after Unwrap: %v", err)
					}
				}
			})
		}
	}
}

// S-182: what came in one segment with the close_notify is not lost.
func TestUnwrapKeepsWhatWasReadBeyondCloseNotify(t *testing.T) {
	for name, w := range wires {
		t.Run(name, func(t *testing.T) {
			c, s := defaultPair(t, w)
			s.conn.CloseWrite()
			segment := append([]byte(nil), s.conn.Outgoing()...)
			s.conn.Sent(len(segment))
			go func() {
				_, _ = s.transport.Write(append(segment, "plain"...))
				_, _ = s.transport.Write([]byte(" text"))
			}()
			go io.Copy(io.Discard, s.transport) // a pipe's writer needs a reader
			plain, err := c.Unwrap()
			if err != nil {
				t.Fatal(err)
			}
			if got := readAll(t, plain, 10); string(got) != "plain text" {
				t.Errorf("%q", got)
			}
		})
	}
}

// S-181: data that nobody has read is an error, and stays readable; a transport that ends is ErrEOF; before the
// handshake there is nothing to unwrap.
func TestUnwrapRefuses(t *testing.T) {
	c, s := lazyPair(t, tcpWire, clientContext(t), serverContext(t))
	if _, err := c.Unwrap(); !errors.Is(err, ErrInvalidArgument) {
		t.Errorf("before the handshake: %v", err)
	}
	if ce, se := shakeBoth(c, s); ce != nil || se != nil {
		t.Fatalf("client: %v, server: %v", ce, se)
	}
	if _, err := s.Write([]byte("unread")); err != nil {
		t.Fatal(err)
	}
	_, err := c.Unwrap()
	if e := wantSSL(t, err); e.Reason != "APPLICATION_DATA_AFTER_CLOSE_NOTIFY" {
		t.Fatalf("%v", err)
	}
	if got := readAll(t, c, 6); string(got) != "unread" {
		t.Errorf("%q", got)
	}
	_ = c.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
	if _, err := c.Unwrap(); !isTimeout(err) {
		t.Errorf("silent peer: %v", err)
	}
	_ = c.SetReadDeadline(time.Time{})
	if _, err := s.Read(make([]byte, 1)); err != io.EOF { // unread input would make the kernel reset
		t.Fatal(err)
	}
	_ = s.transport.Close()
	if _, err := c.Unwrap(); !errors.Is(err, ErrEOF) {
		t.Errorf("transport gone: %v", err)
	}
}

// The names of the test PKI are what the tests say they are.
func TestServerHostname(t *testing.T) {
	c, s := defaultPair(t, pipeWire)
	if c.ServerHostname() != pki.Host || s.ServerHostname() != "" || s.RequestedServerName() != pki.Host {
		t.Errorf("%q, %q, %q", c.ServerHostname(), s.ServerHostname(), s.RequestedServerName())
	}
}
