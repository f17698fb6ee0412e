package engine

import (
	"slices"
	"testing"
	"time"

	"tlsengine/cipher"
	"tlsengine/handshake"
)

// resuming is the two ends of several connections, of which the later ones resume the first.
type resuming struct {
	client, server *Config
	clock          time.Time
	sessions       []*handshake.Session // that the client was told of, the latest last
	host           string
}

// newResuming returns ends that make and keep sessions of TLS 1.3.
func newResuming(t testing.TB) *resuming {
	t.Helper()
	pki := newTestPKI(t)
	r := &resuming{client: pki.clientConfig(), server: pki.serverConfig(), clock: testTime, host: "example.test"}
	for _, c := range []*Config{r.client, r.server} {
		c.Time = func() time.Time { return r.clock }
		c.MinVersion = cipher.VersionTLS13
	}
	keys, err := RandomTicketKeys(Rotation{Time: r.server.Time})
	if err != nil {
		t.Fatal(err)
	}
	r.server.Tickets = keys
	r.client.NewSession = func(s *handshake.Session, _ any) { r.sessions = append(r.sessions, s) }
	return r
}

// ends returns the two ends of the next connection, whose client offers session.
func (r *resuming) ends(t testing.TB, session *handshake.Session) (c, s *Conn) {
	t.Helper()
	return newClient(t, r.client, Options{ServerName: r.host, Session: session}), newServer(t, r.server, Options{})
}

// latest returns the last session that the client was told of.
func (r *resuming) latest(t testing.TB) *handshake.Session {
	t.Helper()
	if len(r.sessions) == 0 {
		t.Fatal("the client was told of no session")
	}
	return r.sessions[len(r.sessions)-1]
}

// first makes a full connection and returns the last session that comes of it.
func (r *resuming) first(t testing.TB) *handshake.Session {
	t.Helper()
	c, s := r.ends(t, nil)
	connect(t, c, s)
	exchange(t, s, c)
	if c.Info().Resumed || s.Info().Resumed {
		t.Fatal("the first connection resumes something")
	}
	return r.latest(t)
}

// again connects with session and tells whether it was resumed; both ends must agree.
func (r *resuming) again(t testing.TB, session *handshake.Session) bool {
	t.Helper()
	c, s := r.ends(t, session)
	connect(t, c, s)
	exchange(t, s, c)
	if c.Info().Resumed != s.Info().Resumed {
		t.Fatalf("resumed: client %v, server %v", c.Info().Resumed, s.Info().Resumed)
	}
	return c.Info().Resumed
}

// TestTicketsResume: each of the tickets of a connection resumes it, and so do those of the resumed connections. // B-017
func TestTicketsResume(t *testing.T) {
	r := newResuming(t)
	r.first(t)
	if n := len(r.sessions); n != defaultTicketCount {
		t.Errorf("the client was told of %d sessions, want %d", n, defaultTicketCount)
	}
	for _, s := range slices.Clone(r.sessions) {
		if !r.again(t, s) {
			t.Error("a ticket does not resume its session")
		}
	}
	for range 3 {
		if !r.again(t, r.latest(t)) {
			t.Error("a resumed connection can't be resumed")
		}
	}
	c, s := r.ends(t, r.latest(t))
	connect(t, c, s)
	if c.Info().PeerChain == nil || c.Info().Verdict == nil {
		t.Error("a resumed client doesn't know its server's certificate")
	}
}
