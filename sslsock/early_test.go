package sslsock

import (
	"context"
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"tlsengine/fuzz/pki"
	"tlsengine/handshake"
)

const earlyWords = "early words"

// earlyContexts returns contexts whose servers take early data.
func earlyContexts(t testing.TB) (client, server *Context) {
	t.Helper()
	client, server = clientContext(t), serverContext(t)
	if err := server.SetMaxEarlyData(1000); err != nil {
		t.Fatal(err)
	}
	return client, server
}

// sessionFor makes one connection and returns what it leaves.
func sessionFor(t testing.TB, w wire, client, server *Context) *Session {
	t.Helper()
	c, s := pair(t, w, client, server)
	go s.Write([]byte("x")) // tickets go with the first data
	if _, err := c.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	return c.Session()
}

// readText reads exactly n bytes.
func readText(t testing.TB, r io.Reader, n int) string {
	t.Helper()
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		t.Errorf("after %q: %v", b, err)
	}
	return string(b)
}

// TestEarlyDataIsReadAndAnsweredEarly: the server reads it and answers before the client has finished, and the client knows that
// it was taken.
func TestEarlyDataIsReadAndAnsweredEarly(t *testing.T) {
	for name, w := range wires {
		if name == "pipe" {
			continue // without a buffer the answer and the client's Finished meet, and nobody reads
		}
		t.Run(name, func(t *testing.T) {
			client, server := earlyContexts(t)
			session := sessionFor(t, w, client, server)
			c, s := lazyPair(t, w, client, server, WithEarlyData([]byte(earlyWords)))
			if err := c.SetSession(session); err != nil {
				t.Fatal(err)
			}
			answered := make(chan error, 1)
			go func() {
				b := make([]byte, 100)
				n, err := s.ReadEarlyData(b)
				if err != nil || string(b[:n]) != earlyWords || s.HandshakeInfo() != nil {
					t.Errorf("%q came early: %v", b[:n], err)
				}
				_, err = s.Write([]byte("answer"))
				if n, end := s.ReadEarlyData(b); end != io.EOF {
					t.Errorf("behind the early data: %q, %v", b[:n], end)
				}
				answered <- err
			}()
			if got := readText(t, c, len("answer")); got != "answer" {
				t.Errorf("the answer is %q", got)
			}
			if err := <-answered; err != nil {
				t.Error(err)
			}
			if !c.EarlyDataAccepted() || !s.EarlyDataAccepted() {
				t.Errorf("accepted: %v, %v", c.EarlyDataAccepted(), s.EarlyDataAccepted())
			}
			go c.Write([]byte("later"))
			if got := readText(t, s, len("later")); got != "later" {
				t.Errorf("later came %q", got)
			}
		})
	}
}

// TestEarlyDataIsSetAside: a server that only reads gets it when the handshake is done, in front of the rest.
func TestEarlyDataIsSetAside(t *testing.T) {
	for name, w := range wires {
		t.Run(name, func(t *testing.T) {
			client, server := earlyContexts(t)
			session := sessionFor(t, w, client, server)
			c, s := lazyPair(t, w, client, server, WithEarlyData([]byte(earlyWords)))
			if err := c.SetSession(session); err != nil {
				t.Fatal(err)
			}
			if ce, se := shakeBoth(c, s); ce != nil || se != nil {
				t.Fatal(ce, se)
			}
			if s.Pending() != len(earlyWords) || !c.EarlyDataAccepted() {
				t.Errorf("%d bytes are pending, accepted %v", s.Pending(), c.EarlyDataAccepted())
			}
			go c.Write([]byte("later"))
			if got := readText(t, s, len(earlyWords)+len("later")); got != earlyWords+"later" {
				t.Errorf("read %q", got)
			}
		})
	}
}

// TestEarlyDataIsRefused: by a server that takes none now, by one whose ticket was used before, and by a client's own
// judgement where a session has no room; nothing of it is read, the connection stands, and the client says it later if
// it wants.
func TestEarlyDataIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		before func(t *testing.T, client, server *Context, session *Session)
		data   string
		want   handshake.EarlyOutcome
	}{
		"off": {func(t *testing.T, _, server *Context, _ *Session) { must(t, server.SetMaxEarlyData(0)) },
			earlyWords, handshake.EarlyDeclined},
		"used": {func(t *testing.T, client, server *Context, session *Session) { useEarly(t, client, server, session) },
			earlyWords, handshake.EarlyReplayed},
		"no room": {func(*testing.T, *Context, *Context, *Session) {}, strings.Repeat("x", 1001), handshake.EarlyNotOffered},
		"fleet": {func(t *testing.T, _, server *Context, _ *Session) { must(t, server.SetTicketKeys([][32]byte{{1}})) },
			earlyWords, handshake.EarlyDeclined},
		"just room": {func(*testing.T, *Context, *Context, *Session) {}, strings.Repeat("x", 1000), handshake.EarlyAccepted},
	} {
		t.Run(name, func(t *testing.T) {
			client, server := earlyContexts(t)
			session := sessionFor(t, tcpWire, client, server)
			c.before(t, client, server, session)
			a, b := lazyPair(t, tcpWire, client, server, WithEarlyData([]byte(c.data)))
			must(t, a.SetSession(session))
			if ce, se := shakeBoth(a, b); ce != nil || se != nil {
				t.Fatal(ce, se)
			}
			accepted := c.want == handshake.EarlyAccepted
			if a.EarlyDataAccepted() != accepted || (b.Pending() > 0) != accepted {
				t.Errorf("accepted %v, %d bytes wait", a.EarlyDataAccepted(), b.Pending())
			}
			if got := b.HandshakeInfo().EarlyData; name != "fleet" && got != c.want {
				t.Errorf("the server says %v, want %v", got, c.want)
			}
			if !accepted {
				go a.Write([]byte(c.data))
			}
			if got := readText(t, b, len(c.data)); got != c.data {
				t.Errorf("%d bytes came, want %d", len(got), len(c.data))
			}
		})
	}
}

// useEarly uses the session for early data once.
func useEarly(t *testing.T, client, server *Context, session *Session) {
	t.Helper()
	c, s := lazyPair(t, tcpWire, client, server, WithEarlyData([]byte(earlyWords)))
	must(t, c.SetSession(session))
	if ce, se := shakeBoth(c, s); ce != nil || se != nil || !c.EarlyDataAccepted() {
		t.Fatal(ce, se, c.EarlyDataAccepted())
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestEarlyDataIsOffByDefault: the sessions of a new context allow none, and who has nothing to say early announces none.
func TestEarlyDataIsOffByDefault(t *testing.T) {
	client, server := clientContext(t), serverContext(t)
	if n := sessionFor(t, tcpWire, client, server).session.MaxEarlyData(); n != 0 {
		t.Errorf("a session allows %d bytes", n)
	}
	client, server = earlyContexts(t)
	c, s := withSession(t, client, server, sessionFor(t, tcpWire, client, server))
	if c.EarlyDataAccepted() || s.HandshakeInfo().EarlyData != handshake.EarlyNotOffered {
		t.Errorf("without early data: %v", s.HandshakeInfo().EarlyData)
	}
	if _, err := c.ReadEarlyData(make([]byte, 1)); !errors.Is(err, ErrInvalidArgument) {
		t.Errorf("a client reads early data: %v", err)
	}
	if n, err := s.ReadEarlyData(make([]byte, 1)); n != 0 || err != io.EOF {
		t.Errorf("after the handshake: %d, %v", n, err)
	}
	wrong := []int{-1}
	if tooMany := int64(math.MaxUint32) + 1; tooMany <= math.MaxInt {
		wrong = append(wrong, int(tooMany))
	}
	for _, n := range wrong {
		if err := server.SetMaxEarlyData(n); !errors.Is(err, ErrInvalidArgument) {
			t.Errorf("SetMaxEarlyData(%d): %v", n, err)
		}
	}
}

// TestEarlyDataEndsWithTheHandshake: a handshake that fails behind the early data is an error of ReadEarlyData, and
// what was set aside is never read.
func TestEarlyDataEndsWithTheHandshake(t *testing.T) {
	client, server := earlyContexts(t)
	session := sessionFor(t, tcpWire, client, server)
	c, s := lazyPair(t, tcpWire, client, server, WithEarlyData([]byte(earlyWords)))
	must(t, c.SetSession(session))
	ctx, cancel := context.WithCancel(t.Context())
	go func() { _ = c.HandshakeContext(ctx) }()
	if n, err := s.ReadEarlyData(make([]byte, 100)); n != len(earlyWords) || err != nil {
		t.Fatal(n, err)
	}
	cancel()
	hangUp(c, s)
	if n, err := s.Read(make([]byte, 100)); n > 0 || err == nil {
		t.Errorf("read %d bytes of a connection that never was: %v", n, err)
	}
}

// TestObjectsHaveEarlyData: between queues it is the same.
func TestObjectsHaveEarlyData(t *testing.T) {
	client, server := earlyContexts(t)
	session := sessionFor(t, tcpWire, client, server)
	for _, early := range []bool{true, false} {
		toServer, toClient := NewMemoryBIO(), NewMemoryBIO()
		c, err := client.WrapBIO(toClient, toServer, WithServerHostname(pki.Host),
			WithSession(session), WithEarlyData([]byte(earlyWords)))
		must(t, err)
		s, err := server.WrapBIO(toServer, toClient, WithServerSide())
		must(t, err)
		if err := c.Handshake(); !errors.Is(err, ErrWantRead) {
			t.Fatal(err)
		}
		b := make([]byte, 100)
		if early {
			if n, err := s.ReadEarlyData(b); err != nil || string(b[:n]) != earlyWords {
				t.Fatalf("%q, %v", b[:n], err)
			}
			if n, err := s.Write([]byte("answer")); n != len("answer") || err != nil {
				t.Fatal(n, err)
			}
			if _, err := s.ReadEarlyData(b); !errors.Is(err, ErrWantRead) {
				t.Fatal(err)
			}
		} else if err := s.Handshake(); !errors.Is(err, ErrWantRead) {
			t.Fatal(err)
		}
		must(t, c.Handshake())
		must(t, s.Handshake())
		if early != c.EarlyDataAccepted() {
			t.Errorf("accepted: %v", c.EarlyDataAccepted())
		}
		if n, err := c.Read(b); early && (err != nil || string(b[:n]) != "answer") {
			t.Errorf("%q, %v", b[:n], err)
		}
	}
}
