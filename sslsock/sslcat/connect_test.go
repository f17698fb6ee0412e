package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	"os/exec"
	"strings"
	"testing"
	"time"

	"tlsengine/fuzz/peers"
	"tlsengine/x509lite"
)

// sServer runs `openssl s_server`, which answers GET with a page.
func sServer(t *testing.T, cert, key string, more ...string) (addr string) {
	t.Helper()
	openssl := peers.Need(t, "openssl")
	addr = peers.FreeAddr(t)
	args := append([]string{"s_server", "-accept", addr, "-cert", cert, "-key", key, "-www"}, more...)
	peers.Start(t, exec.Command(openssl, args...)).WaitListening(addr)
	return addr
}

// at shifts a template's validity.
func at(t *x509lite.Template, from, to time.Duration) *x509lite.Template {
	t.NotBefore, t.NotAfter = time.Now().Add(from), time.Now().Add(to)
	return t
}

const day = 24 * time.Hour

// TestConnectRefusesEachWithItsOwnReason is Done when 3 of issue 2: bad servers, each with a line of its own.
func TestConnectRefusesEachWithItsOwnReason(t *testing.T) {
	p := newPaper(t)
	stranger, err := newAuthority(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := localhost()
	elsewhere.DNSNames, elsewhere.IPs = []string{"other.example"}, nil
	seen := map[string]string{}
	for _, c := range []struct {
		name  string
		make  func() (cert, key string)
		alert string
		why   string
	}{
		{"expired", func() (string, string) { return p.leaf(t, "expired", at(localhost(), -9*day, -2*day)) },
			"we sent alert certificate_expired: ", `certificate "localhost": expired`},
		{"not yet valid", func() (string, string) { return p.leaf(t, "early", at(localhost(), 2*day, 9*day)) },
			"we sent alert certificate_expired: ", `certificate "localhost": not yet valid`},
		{"wrong name", func() (string, string) { return p.leaf(t, "elsewhere", elsewhere) },
			"we sent alert bad_certificate: ", `the certificate is not for "localhost" but for "other.example"`},
		{"self-signed", func() (string, string) { return p.selfSigned(t, "self", localhost()) },
			"we sent alert unknown_ca: ", `certificate "localhost": self-signed and not among the trusted`},
		{"unknown authority", func() (string, string) { return p.issued(t, stranger, "strange", localhost()) },
			"we sent alert unknown_ca: ", `certificate "localhost": no trusted certificate of its issuer is at hand (issuer "CN=throw-away CA `},
	} {
		t.Run(c.name, func(t *testing.T) {
			cert, key := c.make()
			addr := sServer(t, cert, key)
			_, port, _ := net.SplitHostPort(addr)
			line := fails(t, "connect", "localhost:"+port, "-ca", p.path("ca.pem"))
			holds(t, line, "sslcat: localhost:"+port+": ", c.alert, c.why)
			why := line[strings.Index(line, ": we")+2:]
			if other, twice := seen[why]; twice {
				t.Errorf("the same line as for %s: %s", other, line)
			}
			seen[why] = c.name

			// The same server with -insecure: the reason is what stopped us, and nothing else.
			r := sslcat(t, "GET / HTTP/1.0\r\n\r\n", "connect", "localhost:"+port, "-insecure")
			holds(t, r.out, "HTTP/1.0 200 ok")
			holds(t, r.err, "NOT VERIFIED")
			if r.status != 0 {
				t.Errorf("-insecure: exit status %d", r.status)
			}
		})
	}
}

// TestConnectTrustsTheSystem shows that without -ca the system's certificates count, wherever the environment says they
// are, and nothing else.
func TestConnectTrustsTheSystem(t *testing.T) {
	p := newPaper(t)
	cert, key := p.leaf(t, "leaf", localhost())
	addr := sServer(t, cert, key)
	holds(t, fails(t, "connect", addr), "we sent alert unknown_ca: ")
	t.Setenv("SSL_CERT_FILE", p.path("ca.pem"))
	r := sslcat(t, "GET / HTTP/1.0\r\n\r\n", "connect", addr)
	if r.status != 0 {
		t.Errorf("exit status %d: %s", r.status, r.err)
	}
	holds(t, r.out, "HTTP/1.0 200 ok")
	holds(t, r.err, "connected to "+addr, "version       TLSv1.3", "key exchange  x25519",
		"CN=localhost", "issued by", "signed with   ecdsa_secp256r1_sha256", "trusted by")
}

// TestConnectTellsOfTheServersAlert shows whose alert it was, and what to do about it.
func TestConnectTellsOfTheServersAlert(t *testing.T) {
	p := newPaper(t)
	cert, key := p.leaf(t, "leaf", localhost())
	ca := p.path("ca.pem")
	for _, c := range []struct {
		name   string
		server []string
		flags  []string
		want   string
	}{
		{"no certificate", []string{"-Verify", "1", "-verify_return_error", "-CAfile", ca}, nil,
			"the server sent alert certificate_required: it wants a certificate (-cert, -key)"},
		{"no certificate in TLS 1.2", []string{"-Verify", "1", "-verify_return_error", "-CAfile", ca, "-tls1_2"}, nil,
			"the server sent alert handshake_failure: it accepts nothing of what we offer, or wants a certificate (-cert, -key)"},
		{"version", []string{"-tls1_2"}, []string{"-min", "1.3"},
			"the server sent alert protocol_version: it speaks none of our versions (-min, -max)"},
		{"protocol", []string{"-alpn", "h2"}, []string{"-alpn", "smtp"},
			"the server sent alert no_application_protocol: it speaks none of our protocols (-alpn)"},
		{"group", []string{"-groups", "P-384"}, []string{"-groups", "X25519"},
			"the server sent alert handshake_failure: it accepts nothing of what we offer"},
	} {
		t.Run(c.name, func(t *testing.T) {
			addr := sServer(t, cert, key, c.server...)
			holds(t, fails(t, append([]string{"connect", addr, "-ca", ca}, c.flags...)...), "sslcat: "+addr+": "+c.want)
		})
	}
}

// TestConnectShowsItsCertificate shows -cert and -key.
func TestConnectShowsItsCertificate(t *testing.T) {
	p := newPaper(t)
	cert, key := p.leaf(t, "leaf", localhost())
	mine, mineKey := p.leaf(t, "mine", &x509lite.Template{Subject: x509lite.NewName("somebody", "")})
	for _, version := range []string{"1.2", "1.3"} {
		addr := sServer(t, cert, key, "-Verify", "1", "-verify_return_error", "-CAfile", p.path("ca.pem"))
		r := sslcat(t, "GET / HTTP/1.0\r\n\r\n", "connect", addr,
			"-ca", p.path("ca.pem"), "-cert", mine, "-key", mineKey, "-max", version)
		if r.status != 0 {
			t.Errorf("TLS %s: exit status %d: %s", version, r.status, r.err)
		}
		holds(t, r.out, "HTTP/1.0 200 ok", "somebody")
		holds(t, r.err, "version       TLSv"+version)
	}
}

// TestConnectShowcerts shows the chain as PEM, also of a server that is refused, and that openssl reads it.
func TestConnectShowcerts(t *testing.T) {
	p := newPaper(t)
	cert, key := p.selfSigned(t, "self", localhost())
	addr := sServer(t, cert, key)
	r := sslcat(t, "", "connect", addr, "-showcerts")
	if r.status != 1 {
		t.Errorf("exit status %d, want 1", r.status)
	}
	holds(t, r.err, "0  subject  CN=localhost", "issuer", "valid",
		"-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----", "    tried \"localhost\"", "unknown_ca", "self-signed")
	out, err := peers.Run(t, exec.Command(peers.Need(t, "openssl"), "x509", "-noout", "-subject"), r.err)
	if err != nil {
		t.Error(err)
	}
	holds(t, out, "localhost")
}

// TestConnectTrace draws a TLS 1.2 connection with its later keys.
func TestConnectTrace(t *testing.T) {
	p := newPaper(t)
	cert, key := p.leaf(t, "leaf", localhost())
	addr := sServer(t, cert, key, "-tls1_2")
	r := sslcat(t, "GET / HTTP/1.0\r\n\r\n", "connect", "-trace", addr, "-ca", p.path("ca.pem"))
	holds(t, r.err, "client", "server", "bytes  keys", " ClientHello ─",
		"─ ServerHello ", "─ Certificate ", "ServerKeyExchange", "ServerHelloDone",
		"ClientKeyExchange ─", "ChangeCipherSpec ─", "Finished ═",
		"application", "═ Finished ", "connected to", "application data ═", "═ application data")
}

// TestConnectMovesData sends 1 MiB through an echo of another TLS and compares.
func TestConnectMovesData(t *testing.T) {
	p := newPaper(t)
	cert, key := p.leaf(t, "leaf", localhost())
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		_, _ = io.Copy(conn, conn)
		conn.Close()
	}()
	input := string(bytes.Repeat([]byte("0123456789abcdef"), 1<<16))
	r := sslcat(t, input, "connect", l.Addr().String(), "-ca", p.path("ca.pem"))
	if r.status != 0 || r.out != input {
		t.Errorf("exit status %d, %d bytes of %d came back\n%s", r.status, len(r.out), len(input), r.err)
	}
	holds(t, r.err, "X25519MLKEM768")
}

// TestConnectToWhatIsNoTLS shows one clear line for peers that speak something else, nothing, or stop in the middle.
func TestConnectToWhatIsNoTLS(t *testing.T) {
	p := newPaper(t)
	cert, key := p.leaf(t, "leaf", localhost())
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		answer func(net.Conn)
		want   string
	}{
		{"HTTP", func(c net.Conn) { _, _ = io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n") }, "we sent alert "},
		{"SSH", func(c net.Conn) { _, _ = io.WriteString(c, "SSH-2.0-OpenSSH_9.2\r\n") }, "we sent alert "},
		{"nothing", func(net.Conn) {}, "the server ended the connection without an alert"},
		{"cut short", func(c net.Conn) {
			s := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{pair}})
			_ = s.Handshake()
		}, "the server ended the connection without an alert or close_notify: what has come may be cut short"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			go func() {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				c.answer(conn)
				_ = conn.(*net.TCPConn).CloseWrite()
				_, _ = io.Copy(io.Discard, conn)
				conn.Close()
			}()
			line := fails(t, "connect", l.Addr().String(), "-ca", p.path("ca.pem"))
			holds(t, line, "sslcat: "+l.Addr().String()+": ", c.want)
			t.Log(line)
		})
	}
}

// TestConnectWithoutConnection shows the line when there is nobody.
func TestConnectWithoutConnection(t *testing.T) {
	addr := peers.FreeAddr(t)
	holds(t, fails(t, "connect", addr), "sslcat: "+addr+": no connection: ")
}

// TestConnectInterrupted shows that an interrupt ends a connection at once, and without a word: within a handshake that
// the server doesn't answer, and while both ends are silent.
func TestConnectInterrupted(t *testing.T) {
	mute, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer mute.Close()
	s := serve(t, "-echo")
	for addr, wait := range map[string]func(errs *screen){
		mute.Addr().String(): func(*screen) {
			if conn, err := mute.Accept(); err != nil {
				t.Error(err)
			} else if _, err := conn.Read(make([]byte, 1)); err != nil {
				t.Error(err)
			}
		},
		s.addr: func(errs *screen) {
			for !strings.Contains(errs.String(), "trusted by") {
				time.Sleep(5 * time.Millisecond)
			}
		},
	} {
		ctx, interrupt := context.WithCancel(t.Context())
		in, keyboard := io.Pipe()
		defer keyboard.Close()
		var out, errs screen
		ended := make(chan int)
		go func() { ended <- run(ctx, stdio{in, &out, &errs}, []string{"connect", addr, "-ca", authorityFile}) }()
		wait(&errs)
		interrupt()
		if status := <-ended; status != 130 || out.String() != "" || strings.Contains(errs.String(), "sslcat:") {
			t.Errorf("exit status %d, %q, %q", status, out.String(), errs.String())
		}
	}
}

// TestConnectMisused shows that command lines that make no sense are refused before anything is dialled.
func TestConnectMisused(t *testing.T) {
	for _, args := range [][]string{
		{"connect"}, {"connect", "a:1", "b:2"}, {"connect", "localhost"},
		{"connect", ":443"}, {"connect", "https://localhost/"}, {"connect", "a:65536"},
		{"connect", "a:1", "-cert", "f"}, {"connect", "a:1", "-min", "4"},
		{"connect", "a:1", "-nonsense"}, {"connect", "a:1", "-ca", "f", "-insecure"}, {"connect", "a:1", "-alpn", ","},
	} {
		if r := sslcat(t, "", args...); r.status != 2 || !strings.Contains(r.err, "sslcat help connect") {
			t.Errorf("sslcat %q: exit status %d, %s", args, r.status, r.err)
		}
	}
	for _, args := range [][]string{
		{"connect", "127.0.0.1:1", "-groups", "x26"}, {"connect", "127.0.0.1:1", "-ca", "/nonexistent"},
		{"connect", "127.0.0.1:1", "-min", "1.3", "-max", "1.2"}, {"connect", "127.0.0.1:1", "-keylog", "/nonexistent/f"},
		{"connect", "127.0.0.1:1", "-servername", "a b"},
	} {
		t.Log(fails(t, args...))
	}
}
