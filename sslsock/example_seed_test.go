package sslsock_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"tlsengine/fuzz/pki"
	"tlsengine/sslsock"
)

// The examples of the documentation of Python's ssl module, in Go. Their certificates are of the test PKI, and of its day.

func testDay() time.Time { return pki.Time }

// webServer serves HTTP until the example ends.
func webServer() (address string, stop func()) {
	c, err := sslsock.CreateDefaultContext(sslsock.PurposeClientAuth)
	check(err)
	check(c.LoadCertChainPEM(certificatePEM(), keyPEM(), nil))
	l, err := sslsock.Listen("tcp", "127.0.0.1:0", c)
	check(err)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Date"] = nil
		w.Header().Set("Server", "example")
	})}
	go server.Serve(l)
	return l.Addr().String(), func() { server.Close() }
}

// S-264, S-263, S-277: a context that is safe to use, from an import that is there.
func ExampleCreateDefaultContext() {
	c, err := sslsock.CreateDefaultContext(sslsock.PurposeServerAuth)
	check(err)
	fmt.Println(c.VerifyMode(), c.CheckHostname(), c.MinimumVersion(), sslsock.HasTLSv13)
	// Output: CertRequired true TLSv1.2 true
}

// S-265, S-266, S-268: a context made by hand, a socket that is connected later, and a request.
func ExampleNewContext() {
	address, stop := webServer()
	defer stop()

	c, err := sslsock.NewContext(sslsock.ProtocolTLS)
	check(err)
	check(c.SetVerifyMode(sslsock.CertRequired))
	check(c.SetCheckHostname(true))
	check(c.LoadVerifyLocations(sslsock.VerifyLocations{CADataDER: pki.New().Root.Raw()}))
	c.SetTime(testDay)

	conn, err := c.NewSocket(sslsock.WithServerHostname(pki.Host))
	check(err)
	check(conn.Connect(context.Background(), "tcp", address))
	defer conn.Close()
	_, err = conn.Write([]byte("HEAD / HTTP/1.0\r\nHost: " + pki.Host + "\r\n\r\n"))
	check(err)
	answer, err := conn.Recv(1024)
	check(err)
	for _, line := range strings.Split(string(answer), "\r\n") {
		fmt.Printf("%q\n", line)
	}
	// Output:
	// "HTTP/1.0 200 OK"
	// "Server: example"
	// ""
	// ""
}

// S-245: the host name is checked by the context.
func ExampleContext_SetCheckHostname() {
	address, stop := webServer()
	defer stop()

	c, err := sslsock.NewContext(sslsock.ProtocolTLSv12)
	check(err)
	check(c.SetVerifyMode(sslsock.CertRequired))
	check(c.SetCheckHostname(true))
	check(c.LoadVerifyLocations(sslsock.VerifyLocations{CADataDER: pki.New().Root.Raw()}))
	c.SetTime(testDay)

	for _, host := range []string{pki.Host, "other.test"} {
		s, err := c.NewSocket(sslsock.WithServerHostname(host))
		check(err)
		fmt.Println(s.Connect(context.Background(), "tcp", address))
		s.Close()
	}
	// Output:
	// <nil>
	// [SSL: CERTIFICATE_VERIFY_FAILED] sent alert bad_certificate: certificate verify failed: Hostname mismatch, certificate is not valid for 'other.test'
}

// S-267, S-168: what the server's certificate says, and a check by hand.
func ExampleSocket_PeerCert() {
	address, stop := webServer()
	defer stop()

	c, err := sslsock.CreateDefaultContext(sslsock.PurposeServerAuth, sslsock.WithCADataDER(pki.New().Root.Raw()))
	check(err)
	c.SetTime(testDay)
	s, err := c.Dial("tcp", address, sslsock.WithServerHostname(pki.Host))
	check(err)
	defer s.Close()
	cert, err := s.PeerCert()
	check(err)
	fmt.Println(cert.Dict()["subjectAltName"])
	fmt.Println(sslsock.MatchHostname(cert, pki.Host))
	fmt.Println(sslsock.MatchHostname(cert, "other.test"))
	// Output:
	// [[DNS example.test] [IP Address 127.0.0.1]]
	// <nil>
	// hostname 'other.test' doesn't match 'example.test'
}

// S-269 to S-272: a server that deals with each client in a goroutine, until the client is finished.
func ExampleContext_WrapSocket() {
	c, err := sslsock.CreateDefaultContext(sslsock.PurposeClientAuth)
	check(err)
	check(c.LoadCertChainPEM(certificatePEM(), keyPEM(), nil))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	defer l.Close()
	go client(l.Addr().String())

	conn, err := l.Accept()
	check(err)
	var clients sync.WaitGroup
	clients.Go(func() {
		s, err := c.WrapSocket(conn, sslsock.WithServerSide())
		check(err)
		defer s.Close()
		defer s.Shutdown(sslsock.ShutRdWr)
		dealWithClient(s)
	})
	clients.Wait()
	// Output:
	// said: hello
	// finished with the client
}

func dealWithClient(s *sslsock.Socket) {
	for {
		data, err := s.Recv(1024)
		if err == io.EOF {
			fmt.Println("finished with the client")
			return
		}
		check(err)
		fmt.Printf("said: %s\n", data)
	}
}

func client(address string) {
	c, err := sslsock.CreateDefaultContext(sslsock.PurposeServerAuth, sslsock.WithCADataDER(pki.New().Root.Raw()))
	check(err)
	c.SetTime(testDay)
	s, err := c.Dial("tcp", address, sslsock.WithServerHostname(pki.Host))
	check(err)
	defer s.Close()
	fmt.Fprint(s, "hello")
}

// S-276: a handshake that never waits, for a loop that has other things to do.
func ExampleSocket_SetBlocking() {
	address, stop := webServer()
	defer stop()
	c, err := sslsock.CreateDefaultContext(sslsock.PurposeServerAuth, sslsock.WithCADataDER(pki.New().Root.Raw()))
	check(err)
	c.SetTime(testDay)
	conn, err := net.Dial("tcp", address)
	check(err)
	s, err := c.WrapSocket(conn, sslsock.WithServerHostname(pki.Host), sslsock.WithDoHandshakeOnConnect(false))
	check(err)
	defer s.Close()
	check(s.SetBlocking(false))
	for {
		err := s.Handshake()
		if err == nil {
			break
		}
		switch { // here a real program waits with its poller
		case errors.Is(err, sslsock.ErrWantRead), errors.Is(err, sslsock.ErrWantWrite):
			time.Sleep(time.Millisecond)
		default:
			check(err)
		}
	}
	fmt.Println(s.Version())
	// Output: TLSv1.3
}

// B-001 to B-008: TLS between two queues of bytes, for programs with an I/O of their own.
func ExampleContext_WrapBIO() {
	clientContext, err := sslsock.CreateDefaultContext(sslsock.PurposeServerAuth, sslsock.WithCADataDER(pki.New().Root.Raw()))
	check(err)
	clientContext.SetTime(testDay)
	serverContext, err := sslsock.CreateDefaultContext(sslsock.PurposeClientAuth)
	check(err)
	check(serverContext.LoadCertChainPEM(certificatePEM(), keyPEM(), nil))

	up, down := sslsock.NewMemoryBIO(), sslsock.NewMemoryBIO()
	client, err := clientContext.WrapBIO(down, up, sslsock.WithServerHostname(pki.Host))
	check(err)
	server, err := serverContext.WrapBIO(up, down, sslsock.WithServerSide())
	check(err)
	for done := false; !done; {
		clientErr, serverErr := client.Handshake(), server.Handshake()
		done = clientErr == nil && serverErr == nil
		// A real program sends what is in up, puts what it receives into down, and looks at errors that are not ErrWantRead.
	}
	_, err = client.Write([]byte("through two queues"))
	check(err)
	line, err := bufio.NewReader(server).Peek(18)
	check(err)
	fmt.Printf("%s\n", line)
	// Output: through two queues
}

// S-224: a server with a certificate for each host.
func ExampleContext_SetServernameCallback() {
	front, err := sslsock.CreateDefaultContext(sslsock.PurposeClientAuth)
	check(err)
	check(front.LoadCertChainPEM(certificatePEM(), keyPEM(), nil))
	hosts := map[string]*sslsock.Context{"a.test": front}
	front.SetServernameCallback(func(h *sslsock.Hello, name string, _ *sslsock.Context) error {
		c, ok := hosts[name]
		if !ok {
			return sslsock.AlertDescription(112) // unrecognized_name
		}
		return h.SetContext(c)
	})
	l, err := sslsock.Listen("tcp", "127.0.0.1:0", front)
	check(err)
	defer l.Close()
	go http.Serve(l, nil)

	anybody, err := sslsock.NewContext(sslsock.ProtocolTLS)
	check(err)
	for _, host := range []string{"a.test", "b.test"} {
		s, err := anybody.Dial("tcp", l.Addr().String(), sslsock.WithServerHostname(host))
		fmt.Println(err)
		if err == nil {
			s.Close()
		}
	}
	// Output:
	// <nil>
	// [SSL: TLSV1_UNRECOGNIZED_NAME] the peer sent alert unrecognized_name
}
