package main

import (
	"context"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"os"
	"time"

	"tlsengine/sslsock"
)

// sessionFlags are the flags of connect about sessions.
type sessionFlags struct {
	in, out   string
	reconnect bool
}

func (f *sessionFlags) define(flags *flag.FlagSet) {
	flags.StringVar(&f.in, "sess-in", "", "offer to resume the session in `FILE`, which -sess-out wrote")
	flags.StringVar(&f.out, "sess-out", "", "write the session to `FILE` at the end; who has it can pass for either end")
	flags.BoolVar(&f.reconnect, "reconnect", false, "connect twice, the second time with the session of the first")
}

// sessionPEM is the type of the block in which a session is kept.
const sessionPEM = "TLSENGINE SESSION"

// options are what the first connection is made with.
func (f *sessionFlags) options(c *sslsock.Context) ([]sslsock.SocketOption, error) {
	if f.in == "" {
		return nil, nil
	}
	text, err := os.ReadFile(f.in)
	if err != nil {
		return nil, fmt.Errorf("-sess-in: %w", err)
	}
	block, _ := pem.Decode(text)
	if block == nil || block.Type != sessionPEM {
		return nil, fmt.Errorf("-sess-in %s: there is no session in it", f.in)
	}
	session, err := c.ParseSession(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("-sess-in %s: %w", f.in, err)
	}
	return []sslsock.SocketOption{sslsock.WithSession(session)}, nil
}

// save writes the session that a connection leaves, if there is one and it is wanted.
func (f *sessionFlags) save(s *sslsock.Socket) error {
	if f.out == "" {
		return nil
	}
	session := s.Session()
	if session == nil {
		return errors.New("-sess-out: the server has given no session")
	}
	form, err := session.Marshal()
	if err != nil {
		return fmt.Errorf("-sess-out: %w", err)
	}
	if err := os.WriteFile(f.out, pem.EncodeToMemory(&pem.Block{Type: sessionPEM, Bytes: form}), 0o600); err != nil {
		return fmt.Errorf("-sess-out: %w", err)
	}
	return nil
}

// ticketTime is how long to wait for a session, which in TLS 1.3 comes behind the handshake; ticketLook is how often to look.
const ticketTime, ticketLook = 2 * time.Second, 20 * time.Millisecond

// sessionOf connects for nothing but the session that comes of it.
func sessionOf(ctx context.Context, c *sslsock.Context, address string, opts []sslsock.SocketOption) (*sslsock.Session, error) {
	s, err := c.DialContext(ctx, "tcp", address, opts...)
	if err != nil {
		return nil, &failure{address, err}
	}
	defer s.Close()
	// Some servers send their tickets with the first data, if it is but the answer to our end.
	if s.Session() == nil {
		_ = s.CloseWrite()
	}
	for end := time.Now().Add(ticketTime); s.Session() == nil && time.Now().Before(end); {
		if err := s.SetReadDeadline(time.Now().Add(ticketLook)); err != nil {
			return nil, err
		}
		if _, err := s.Read(make([]byte, 1)); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			break
		}
	}
	if s.Session() == nil {
		return nil, fmt.Errorf("%s: -reconnect: the server has given no session", address)
	}
	return s.Session(), nil
}
