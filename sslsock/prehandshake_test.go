package sslsock

import (
	"errors"
	"io"
	"net"
	"testing"
	"time"
)

// B-046, as CPython's TestPreHandshakeClose: what a peer sent before a handshake that never was is not delivered, whoever it
// is and whether the handshake runs at once or later.
func TestBytesBeforeTheHandshakeAreNeverDelivered(t *testing.T) {
	for _, server := range []bool{true, false} {
		for _, at := range []bool{true, false} {
			a, b := tcpWire(t)
			if _, err := a.Write([]byte("DELETE / HTTP/1.0\r\n\r\n")); err != nil {
				t.Fatal(err)
			}
			a.Close()
			time.Sleep(10 * time.Millisecond) // for the end to arrive; without it another path is taken, with the same result
			s, err := wrapEither(t, b, server, at)
			if err == nil {
				p := make([]byte, 100)
				var n int
				if n, err = s.Read(p); n != 0 {
					t.Errorf("server %v: %q was delivered", server, p[:n])
				}
			}
			var e *SSLError
			if !errors.As(err, &e) || err == io.EOF {
				t.Errorf("server %v, at once %v: %v", server, at, err)
			}
		}
	}
}

func wrapEither(t *testing.T, conn net.Conn, server, now bool) (*Socket, error) {
	t.Helper()
	if server {
		return serverContext(t).WrapSocket(conn, WithServerSide(), WithDoHandshakeOnConnect(now))
	}
	return clientContext(t).WrapSocket(conn, WithServerHostname("a.example"), WithDoHandshakeOnConnect(now))
}
