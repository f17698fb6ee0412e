package stdtls

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"tlsengine/sslsock"
)

// ErrEarlyBytes is for a server that sent something behind its consent to TLS, before TLS began: it was put there by somebody
// who wants it to be taken for what comes through TLS (CVE-2011-0411).
var ErrEarlyBytes = errors.New("stdtls: the server sent bytes between its consent to STARTTLS and the handshake")

// StartSMTP turns a connection to a mail server into a TLS one (RFC 3207): it waits for the greeting, says EHLO with the name
// local, and STARTTLS. host is whom the certificate must be for, if c checks names. smtp.NewClient takes the result: the greeting
// comes once more, in place of the one that it waits for. All ends when ctx does; on error conn is closed.
func StartSMTP(ctx context.Context, conn net.Conn, c *sslsock.Context, host, local string) (net.Conn, error) {
	d := newDialogue(ctx, conn)
	defer d.end()
	greeting, err := d.smtp("220")
	if err != nil {
		return nil, d.failed(err)
	}
	if !plain(local) {
		return nil, d.failed(errors.New("stdtls: the name for EHLO has characters that can't be sent"))
	}
	d.say("EHLO " + local)
	if _, err := d.smtp("250"); err != nil {
		return nil, d.failed(err)
	}
	d.say("STARTTLS")
	if _, err := d.smtp("220"); err != nil {
		return nil, d.failed(err)
	}
	s, err := d.wrap(c, host)
	if err != nil {
		return nil, err
	}
	return &greeted{Socket: s, greeting: strings.NewReader(greeting + "\r\n")}, nil
}

// StartIMAP turns a connection to a mail server into a TLS one (RFC 9051, Section 6.2.1): it waits for the greeting and says
// STARTTLS. What follows the greeting is the client's next command. The rest is as StartSMTP has it.
func StartIMAP(ctx context.Context, conn net.Conn, c *sslsock.Context, host string) (*sslsock.Socket, error) {
	d := newDialogue(ctx, conn)
	defer d.end()
	greeting, err := d.line()
	if err == nil && !strings.HasPrefix(greeting, "* OK") {
		err = fmt.Errorf("stdtls: the server's greeting is %q", greeting)
	}
	if err != nil {
		return nil, d.failed(err)
	}
	d.say("a1 STARTTLS")
	for range maxLines {
		answer, err := d.line()
		switch {
		case err != nil:
			return nil, d.failed(err)
		case strings.HasPrefix(answer, "* "):
			continue // untagged: the server's capabilities, for example
		case !strings.HasPrefix(answer, "a1 OK"):
			return nil, d.failed(fmt.Errorf("stdtls: the server refuses STARTTLS: %q", answer))
		}
		return d.wrap(c, host)
	}
	return nil, d.failed(errManyLines)
}

// PostgreSQL's question for TLS: its length, and a number that no version of the protocol has; and the answer that consents.
const (
	postgresRequest = "\x00\x00\x00\x08\x04\xd2\x16\x2f"
	postgresConsent = 'S'
)

// StartPostgreSQL turns a connection to a PostgreSQL server into a TLS one (its manual, "SSL Session Encryption" in the
// chapter about the protocol). Nothing was sent on it yet. The rest is as StartSMTP has it.
func StartPostgreSQL(ctx context.Context, conn net.Conn, c *sslsock.Context, host string) (*sslsock.Socket, error) {
	d := newDialogue(ctx, conn)
	defer d.end()
	if _, err := io.WriteString(conn, postgresRequest); err != nil {
		return nil, d.failed(err)
	}
	switch answer, err := d.in.ReadByte(); {
	case err != nil:
		return nil, d.failed(fmt.Errorf("stdtls: before TLS: %w", err))
	case answer != postgresConsent:
		return nil, d.failed(fmt.Errorf("stdtls: the server answers %q to the question for TLS", answer))
	}
	return d.wrap(c, host)
}

// dialogue is what is said before TLS, line by line.
type dialogue struct {
	ctx  context.Context
	conn net.Conn
	in   *bufio.Reader
	err  error // of saying something
	stop func() bool
}

// Bounds of what a server may say, in bytes and lines.
const (
	maxLine  = 4096
	maxLines = 100
)

var errManyLines = fmt.Errorf("stdtls: an answer of more than %d lines", maxLines)

func newDialogue(ctx context.Context, conn net.Conn) *dialogue {
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	return &dialogue{ctx: ctx, conn: conn, in: bufio.NewReaderSize(conn, maxLine), stop: stop}
}

func (d *dialogue) end() { d.stop() }

// failed closes the connection, and says which error counts.
func (d *dialogue) failed(err error) error {
	_ = d.conn.Close()
	if d.ctx.Err() != nil {
		return d.ctx.Err()
	}
	return err
}

// plain reports whether a word can stand in a command.
func plain(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r >= 0x7F }) < 0
}

func (d *dialogue) say(line string) { _, d.err = io.WriteString(d.conn, line+"\r\n") }

func (d *dialogue) line() (string, error) {
	if d.err != nil {
		return "", d.err
	}
	text, err := d.in.ReadSlice('\n')
	if err != nil {
		return "", fmt.Errorf("stdtls: before TLS: %w", err)
	}
	return strings.TrimRight(string(text), "\r\n"), nil
}

// smtp reads an answer of one or more lines, which must have the code (RFC 5321, Section 4.2.1), and returns the last.
func (d *dialogue) smtp(code string) (string, error) {
	for range maxLines {
		text, err := d.line()
		switch {
		case err != nil:
			return "", err
		case len(text) < 3 || text[:3] != code:
			return "", fmt.Errorf("stdtls: the server answers %q in place of %s", text, code)
		case len(text) == 3 || text[3] != '-':
			return text, nil
		}
	}
	return "", errManyLines
}

// wrap begins TLS, unless something is there that came before it.
func (d *dialogue) wrap(c *sslsock.Context, host string) (*sslsock.Socket, error) {
	if d.in.Buffered() > 0 {
		return nil, d.failed(ErrEarlyBytes)
	}
	s, err := c.WrapSocket(d.conn, sslsock.WithServerHostname(host), sslsock.WithDoHandshakeOnConnect(false))
	if err != nil {
		return nil, d.failed(err)
	}
	if err := s.HandshakeContext(d.ctx); err != nil {
		_ = s.Close()
		return nil, err
	}
	return s, nil
}

// greeted is a Socket before whose first bytes a greeting comes.
type greeted struct {
	*sslsock.Socket
	greeting *strings.Reader
}

// Read reads the greeting, then the socket.
func (g *greeted) Read(p []byte) (int, error) {
	if g.greeting.Len() > 0 {
		return g.greeting.Read(p)
	}
	return g.Socket.Read(p)
}
