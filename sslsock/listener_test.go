package sslsock

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"tlsengine/fuzz/pki"
)

// S-021, S-022, S-140: a client that says nothing holds up nobody.
func TestAcceptDoesNotWaitForSlowClient(t *testing.T) {
	l, err := Listen("tcp", "127.0.0.1:0", serverContext(t))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	silent, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_, _ = io.Copy(conn, conn)
			}()
		}
	}()
	c, err := clientContext(t).Dial("tcp", l.Addr().String()) // the name checked is 127.0.0.1
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Write([]byte("echo")); err != nil {
		t.Fatal(err)
	}
	if got := readAll(t, c, 4); string(got) != "echo" {
		t.Errorf("%q", got)
	}
	if c.RemoteAddr().String() != l.Addr().String() || c.ServerHostname() != "127.0.0.1" {
		t.Errorf("%v, %q", c.RemoteAddr(), c.ServerHostname())
	}
}

// S-022: with the handshake in Accept, a client that fails is an error that the listener survives.
func TestHandshakeInAccept(t *testing.T) {
	l, err := Listen("tcp", "127.0.0.1:0", serverContext(t), WithHandshakeInAccept())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		if bad, err := net.Dial("tcp", l.Addr().String()); err == nil {
			_, _ = bad.Write([]byte("GET / HTTP/1.0\r\n\r\n"))
			_ = bad.Close()
		}
		if c, err := clientContext(t).Dial("tcp", l.Addr().String()); err == nil {
			_, _ = c.Read(make([]byte, 1))
			_ = c.Close()
		}
	}()
	_, err = l.Accept()
	var temporary interface{ Temporary() bool }
	if !errors.As(err, &temporary) || !temporary.Temporary() {
		t.Errorf("%v", err)
	}
	wantSSL(t, err)
	s, err := l.AcceptTLS()
	if err != nil {
		t.Fatal(err)
	}
	if s.Version() != "TLSv1.3" {
		t.Errorf("the handshake is not done: %q", s.Version())
	}
	_ = s.Close()
}

// S-141, S-143: errors of the network come back unchanged, and wrong use is refused.
func TestNetworkErrorsComeBackUnchanged(t *testing.T) {
	server, client := serverContext(t), clientContext(t)
	l, err := Listen("tcp", "127.0.0.1:0", server)
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	var op *net.OpError
	var e *SSLError
	if _, err := Listen("tcp", address, server); !errors.As(err, &op) || errors.As(err, &e) {
		t.Errorf("busy port: %v", err)
	}
	_ = l.Close()
	if _, err := client.Dial("tcp", address); !errors.As(err, &op) || errors.As(err, &e) {
		t.Errorf("refused: %v", err)
	}
	if _, err := Listen("tcp", "127.0.0.1:0", nil); !errors.Is(err, ErrInvalidArgument) {
		t.Error(err)
	}
	if _, err := Listen("tcp", "127.0.0.1:0", client.mustClient(t)); err == nil {
		t.Error("a client-only context listens")
	}
	u, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer u.Close()
	if _, err := client.WrapSocket(u.(*net.UDPConn), WithServerHostname(pki.Host)); !errors.Is(err, errors.ErrUnsupported) { // S-019
		t.Error(err)
	}
	if _, err := WrapSocket(u.(*net.UDPConn)); !errors.Is(err, errors.ErrUnsupported) {
		t.Error(err)
	}
	if _, err := client.WrapSocket(nil, WithServerHostname(pki.Host)); !errors.Is(err, ErrInvalidArgument) {
		t.Error(err)
	}
}

func (c *Context) mustClient(t *testing.T) *Context {
	t.Helper()
	only, err := NewContext(ProtocolTLSClient)
	if err != nil {
		t.Fatal(err)
	}
	return only
}

// S-018, S-024 to S-030, S-044: the function WrapSocket.
func TestWrapSocketFunction(t *testing.T) {
	f := writeFiles(t)
	for name, opts := range map[string][]WrapOption{
		"key without certificate":    {WithKeyFile(f.key)},
		"server without certificate": {WithServerSide()},
		"mode":                       {WithCertReqs(42)},
		"protocol":                   {WithSSLVersion(42)},
		"name on server":             {WithServerSide(), WithCertFile(f.both), WithServerHostname("x")},
		"empty name":                 {WithServerHostname("")},
		"leading dot":                {WithServerHostname(".example.test")},
		"NUL":                        {WithServerHostname("a\x00b")},
	} {
		a, _ := net.Pipe()
		if _, err := WrapSocket(a, opts...); !errors.Is(err, ErrInvalidArgument) {
			t.Errorf("%s: %v", name, err)
		}
	}
	a, b := tcpWire(t)
	accepted := make(chan error, 1)
	go func() {
		s, err := WrapSocket(b, WithServerSide(), WithCertFile(f.cert), WithKeyFile(f.key))
		if err == nil {
			_, err = s.Write([]byte("hi"))
		}
		accepted <- err
	}()
	c, err := WrapSocket(a) // unverified
	if err != nil {
		t.Fatal(err)
	}
	if err := <-accepted; err != nil {
		t.Fatal(err)
	}
	if got := readAll(t, c, 2); string(got) != "hi" {
		t.Errorf("%q", got)
	}
	if c.VerifiedChain() != nil || len(c.UnverifiedChain()) != 1 {
		t.Error("the chain counts as verified")
	}
	// S-028: required but nothing trusted.
	a, b = tcpWire(t)
	go WrapSocket(b, WithServerSide(), WithCertFile(f.both))
	_, err = WrapSocket(a, WithCertReqs(CertRequired))
	if e := wantSSL(t, err); e.Reason != "CERTIFICATE_VERIFY_FAILED" {
		t.Error(err)
	}
}

// S-060: net/http over both ends.
func TestHTTPOverSockets(t *testing.T) {
	l, err := Listen("tcp", "127.0.0.1:0", serverContext(t))
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter,
		r *http.Request) {
		fmt.Fprintf(w, "hello, %s", r.URL.Path)
	})}
	go server.Serve(l)
	defer server.Close()
	client := http.Client{Transport: &http.Transport{DialTLSContext: clientContext(t).DialTLSContext}, Timeout: 10 * time.Second}
	for range 3 {
		r, err := client.Get("https://" + l.Addr().String() + "/path")
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r.Body)
		_ = r.Body.Close()
		if err != nil || string(body) != "hello, /path" {
			t.Errorf("%q, %v", body, err)
		}
	}
}

// S-008: the forms of the text.
func TestErrorText(t *testing.T) {
	for want, e := range map[string]*SSLError{
		"[PEM: NO_START_LINE] no start line": {Library: "PEM", Reason: "NO_START_LINE", Message: "no start line"},
		"[SSL] PEM lib":                      {Library: "SSL", Message: "PEM lib"},
		"only this":                          {Code: ErrorSSL, Message: "only this"},
	} {
		if e.Error() != want {
			t.Errorf("%q, not %q", e.Error(), want)
		}
	}
	for _, k := range kinds {
		for _, other := range kinds {
			if errors.Is(k, other) != (k == other) {
				t.Errorf("%v is %v", k, other)
			}
		}
		wantSSL(t, k)
	}
}
