package stdtls

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/smtp"
	"strings"
	"testing"
	"time"

	"tlsengine/fuzz/pki"
	"tlsengine/sslsock"
)

// mailServer plays one connection of a mail server: what it expects ("< line") and what it says ("> line", without end of
// line after "|"). "TLS" is the handshake.
func mailServer(t *testing.T, script ...string) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	server, err := sslsock.CreateDefaultContext(sslsock.PurposeClientAuth)
	if err != nil {
		t.Fatal(err)
	}
	cert, key := identityPEM(t)
	if err := server.LoadCertChainPEM(cert, key, nil); err != nil {
		t.Fatal(err)
	}
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer func() { conn.Close() }()
		in := bufio.NewReader(conn)
		for _, step := range script {
			switch kind, text := step[:2], step[2:]; {
			case step == "TLS":
				s, err := server.WrapSocket(conn, sslsock.WithServerSide())
				if err != nil {
					return // the client has given up
				}
				conn, in = s, bufio.NewReader(s)
			case kind == "> ":
				fmt.Fprint(conn, strings.ReplaceAll(text, "|", "\r\n"), "\r\n")
			default:
				if line, err := in.ReadString('\n'); err != nil || strings.TrimRight(line, "\r\n") != text {
					t.Errorf("the client says %q, %v in place of %q", line, err, text)
					return
				}
			}
		}
	}()
	return l.Addr().String()
}

func verifying(t *testing.T) *sslsock.Context {
	t.Helper()
	c, err := sslsock.CreateDefaultContext(sslsock.PurposeServerAuth, sslsock.WithCADataDER(pki.New().Root.Raw()))
	if err != nil {
		t.Fatal(err)
	}
	c.SetTime(testTime)
	return c
}

func dialMail(t *testing.T, address string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// net/smtp's client goes on where StartSMTP ends.
func TestStartSMTP(t *testing.T) {
	conn := dialMail(t, mailServer(t, "> 220-mail.test|220 ready",
		"< EHLO client.test", "> 250-mail.test|250 STARTTLS", "< STARTTLS", "> 220 go", "TLS",
		"< EHLO localhost", "> 250-mail.test|250 AUTH PLAIN", "< QUIT", "> 221 bye"))
	tlsConn, err := StartSMTP(context.Background(), conn, verifying(t), pki.Host, "client.test")
	if err != nil {
		t.Fatal(err)
	}
	c, err := smtp.NewClient(tlsConn, pki.Host)
	if err != nil {
		t.Fatal(err)
	}
	if ok, arg := c.Extension("AUTH"); !ok || arg != "PLAIN" {
		t.Error(ok, arg)
	}
	if err := c.Quit(); err != nil {
		t.Error(err)
	}
}

func TestStartIMAP(t *testing.T) {
	conn := dialMail(t, mailServer(t, "> * OK ready", "< a1 STARTTLS",
		"> * CAPABILITY IMAP4rev2|a1 OK begin", "TLS", "< a2 NOOP", "> a2 OK done"))
	s, err := StartIMAP(context.Background(), conn, verifying(t), pki.Host)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(s, "a2 NOOP\r\n")
	if answer, err := bufio.NewReader(s).ReadString('\n'); answer != "a2 OK done\r\n" {
		t.Errorf("%q, %v", answer, err)
	}
}

// Whatever a server does instead of consenting to TLS, or behind its consent, ends the connection before anything goes over it.
func TestStartTLSRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		script []string
		imap   bool
		want   error
	}{
		"bytes behind the consent": {script: []string{"> 220 ready",
			"< EHLO client.test", "> 250 STARTTLS", "< STARTTLS", "> 220 go|250 injected"}, want: ErrEarlyBytes},
		"bytes behind IMAP's consent": {script: []string{"> * OK ready", "< a1 STARTTLS", "> a1 OK begin|* OK injected"},
			imap: true, want: ErrEarlyBytes},
		"no greeting": {script: []string{"> 554 go away"}},
		"refusal": {script: []string{"> 220 ready",
			"< EHLO client.test", "> 250 ok", "< STARTTLS", "> 454 not now"}},
		"IMAP's refusal":             {script: []string{"> * OK ready", "< a1 STARTTLS", "> a1 NO"}, imap: true},
		"IMAP already authenticated": {script: []string{"> * PREAUTH hello"}, imap: true},
		"an answer without end":      {script: []string{"> 220" + strings.Repeat("-x|220", 200) + "-x"}, want: errManyLines},
		"IMAP's answer without end": {script: []string{"> * OK ready",
			"< a1 STARTTLS", "> " + strings.Repeat("* x|", 200) + "a1 OK"}, imap: true, want: errManyLines},
		"a line without end":     {script: []string{"> 220 " + strings.Repeat("x", 10000)}},
		"a connection that ends": {script: nil},
	} {
		t.Run(name, func(t *testing.T) {
			conn := dialMail(t, mailServer(t, c.script...))
			var err error
			if c.imap {
				_, err = StartIMAP(context.Background(), conn, verifying(t), pki.Host)
			} else {
				_, err = StartSMTP(context.Background(), conn, verifying(t), pki.Host, "client.test")
			}
			if err == nil || c.want != nil && !errors.Is(err, c.want) {
				t.Error(err)
			}
			if _, err := conn.Write([]byte("x")); !errors.Is(err, net.ErrClosed) {
				t.Error("the connection is still open:", err)
			}
		})
	}
	if _, err := StartSMTP(context.Background(), dialMail(t, mailServer(t, "> 220 ready")),
		verifying(t), pki.Host, "a\r\nb"); err == nil {
		t.Error("a name with a line break was sent")
	}
}

func TestStartTLSEndsWithItsContext(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if _, err := StartIMAP(ctx, dialMail(t, l.Addr().String()), verifying(t), pki.Host); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

// postgresServer answers one connection's question for TLS, and consents with the rest of the connection if the answer is "S".
func postgresServer(t *testing.T, answer string) net.Conn {
	t.Helper()
	conn, far := net.Pipe()
	t.Cleanup(func() { conn.Close(); far.Close() })
	server, err := sslsock.CreateDefaultContext(sslsock.PurposeClientAuth)
	if err != nil {
		t.Fatal(err)
	}
	cert, key := identityPEM(t)
	if err := server.LoadCertChainPEM(cert, key, nil); err != nil {
		t.Fatal(err)
	}
	go func() {
		question := make([]byte, 8)
		if _, err := io.ReadFull(far, question); err != nil ||
			binary.BigEndian.Uint32(question) != 8 || binary.BigEndian.Uint32(question[4:]) != 80877103 {
			t.Errorf("the question is %x, %v", question, err)
		}
		if _, err := io.WriteString(far, answer); err != nil || answer != "S" {
			return
		}
		if s, err := server.WrapSocket(far, sslsock.WithServerSide()); err == nil {
			_, _ = io.Copy(s, s)
		}
	}()
	return conn
}

func TestStartPostgreSQL(t *testing.T) {
	s, err := StartPostgreSQL(context.Background(), postgresServer(t, "S"), verifying(t), pki.Host)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(s, "hello\n")
	if answer, err := bufio.NewReader(s).ReadString('\n'); answer != "hello\n" {
		t.Errorf("%q, %v", answer, err)
	}
	for answer, want := range map[string]error{"N": nil, "E": nil, "SZ": ErrEarlyBytes} {
		conn := postgresServer(t, answer)
		if _, err := StartPostgreSQL(context.Background(), conn, verifying(t), pki.Host); err == nil ||
			want != nil && !errors.Is(err, want) {
			t.Errorf("%q: %v", answer, err)
		}
		if _, err := conn.Write([]byte("x")); !errors.Is(err, io.ErrClosedPipe) {
			t.Error("the connection is still open:", err)
		}
	}
}
