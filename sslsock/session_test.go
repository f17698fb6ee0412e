package sslsock

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tlsengine/engine"
	"tlsengine/fuzz/pki"
	"tlsengine/handshake"
)

// only12 holds a context to TLS 1.2.
func only12(t testing.TB, c *Context) *Context {
	t.Helper()
	if err := c.SetMaximumVersion(VersionTLS12); err != nil {
		t.Fatal(err)
	}
	return c
}

// withSession is one connection, whose client offers a session; both ends stay open.
func withSession(t testing.TB, client, server *Context, session *Session) (c, s *Socket) {
	t.Helper()
	c, s = lazyPair(t, tcpWire, client, server)
	if err := c.SetSession(session); err != nil {
		t.Fatal(err)
	}
	if ce, se := shakeBoth(c, s); ce != nil || se != nil {
		t.Fatalf("client: %v, server: %v", ce, se)
	}
	return c, s
}

// TestSessionStatsBeginAtZero: all counters of a new context. S-241
func TestSessionStatsBeginAtZero(t *testing.T) {
	c := clientContext(t)
	if s := c.SessionStats(); s != (SessionStats{}) {
		t.Errorf("%+v", s)
	}
	names := []string{"number", "connect", "connect_good", "connect_renegotiate",
		"accept", "accept_good", "accept_renegotiate", "hits", "misses", "timeouts", "cache_full"}
	m := c.SessionStats().Map()
	for _, name := range names {
		if v, ok := m[name]; !ok || v != 0 {
			t.Errorf("%s: %d, %v", name, v, ok)
		}
	}
	if len(m) != len(names) {
		t.Errorf("%d counters", len(m))
	}
}

// TestSessionsLikeCPythons is the sequence of CPython's test_session: four connections, two of them resumed. S-242,
// B-015, B-016, B-017
func TestSessionsLikeCPythons(t *testing.T) {
	client, server := only12(t, clientContext(t)), serverContext(t)
	c, s := withSession(t, client, server, nil)
	first := c.Session()
	if first == nil || len(first.ID()) == 0 || !first.Time().Equal(pki.Time) ||
		first.Timeout() <= 0 || !first.HasTicket() || first.TicketLifetimeHint() <= 0 {
		t.Fatalf("the session: %v", first)
	}
	if c.SessionReused() || s.SessionReused() {
		t.Error("the first connection is resumed")
	}
	if stats := server.SessionStats(); stats.Accept != 1 || stats.AcceptGood != 1 || stats.Hits != 0 {
		t.Errorf("%+v", stats)
	}
	for round := 2; round <= 4; round++ {
		offer := first
		if round == 3 {
			offer = nil
		}
		c, s = withSession(t, client, server, offer)
		if c.SessionReused() != (offer != nil) || s.SessionReused() != (offer != nil) {
			t.Errorf("connection %d: reused %v and %v", round, c.SessionReused(), s.SessionReused())
		}
		if offer != nil && !c.Session().Equal(first) {
			t.Errorf("connection %d has another session", round)
		}
		if offer == nil && c.Session().Equal(first) {
			t.Error("another full handshake has the same session")
		}
		if n, err := c.PeerCertDER(); err != nil || len(n) == 0 {
			t.Errorf("connection %d: no certificate: %v", round, err)
		}
	}
	if stats := server.SessionStats(); stats.Accept != 4 || stats.AcceptGood != 4 || stats.Hits != 2 {
		t.Errorf("the server: %+v", stats)
	}
	if stats := client.SessionStats(); stats.Connect != 4 || stats.ConnectGood != 4 || stats.Hits != 2 {
		t.Errorf("the client: %+v", stats)
	}
}

// TestSessionHandlingLikeCPythons is test_session_handling: what may be set, where and when. B-016
func TestSessionHandlingLikeCPythons(t *testing.T) {
	client, other, server := only12(t, clientContext(t)), only12(t, clientContext(t)), serverContext(t)
	c, s := lazyPair(t, tcpWire, client, server)
	if c.Session() != nil || s.Session() != nil || c.SessionReused() {
		t.Error("a session before the handshake")
	}
	if ce, se := shakeBoth(c, s); ce != nil || se != nil {
		t.Fatal(ce, se)
	}
	session := c.Session()
	refused := func(what string, err error, text string) {
		t.Helper()
		if !errors.Is(err, ErrInvalidArgument) || !strings.Contains(err.Error(), text) {
			t.Errorf("%s: %v", what, err)
		}
	}
	refused("after the handshake", c.SetSession(session), "Cannot set session after handshake.")
	a, b := tcpWire(t)
	_, err := other.WrapSocket(a, WithServerHostname(pki.Host), WithSession(session))
	refused("another context", err, "Session refers to a different SSLContext.")
	_, err = server.WrapSocket(b, WithServerSide(), WithSession(session))
	refused("a server", err, "Cannot set session for server-side SSLSocket.")
	c, _ = lazyPair(t, tcpWire, other, server)
	refused("another context, later", c.SetSession(session), "Session refers to a different SSLContext.")
}

// TestSessionByID: without tickets the server remembers. B-020
func TestSessionByID(t *testing.T) {
	client, server := only12(t, clientContext(t)), serverContext(t)
	if err := server.AddOptions(OpNoTicket); err != nil {
		t.Fatal(err)
	}
	c, _ := withSession(t, client, server, nil)
	session := c.Session()
	if session == nil || session.HasTicket() || session.TicketLifetimeHint() != 0 {
		t.Fatalf("the session: %v", session)
	}
	if stats := server.SessionStats(); stats.Number != 1 {
		t.Errorf("%+v", stats)
	}
	if c, _ := withSession(t, client, server, session); !c.SessionReused() {
		t.Error("not resumed")
	}
	stranger := serverContext(t)
	if err := stranger.AddOptions(OpNoTicket); err != nil {
		t.Fatal(err)
	}
	if c, _ := withSession(t, client, stranger, session); c.SessionReused() {
		t.Error("resumed by another server")
	}
	if stats := stranger.SessionStats(); stats.Misses != 1 || stats.Hits != 0 {
		t.Errorf("%+v", stats)
	}
}

// TestSessionCacheLimits: a full cache and an expired session are counted. S-185, S-242
func TestSessionCacheLimits(t *testing.T) {
	now := pki.Time
	client, server := only12(t, clientContext(t)), serverContext(t)
	server.SetTime(func() time.Time { return now })
	for _, err := range []error{server.AddOptions(OpNoTicket),
		server.SetSessionCacheSize(2), server.SetSessionTimeout(time.Minute)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	var latest *Session
	for range 3 {
		c, _ := withSession(t, client, server, nil)
		latest = c.Session()
	}
	if stats := server.SessionStats(); stats.Number != 2 || stats.CacheFull != 1 {
		t.Errorf("%+v", stats)
	}
	now = now.Add(2 * time.Minute)
	if c, _ := withSession(t, client, server, latest); c.SessionReused() {
		t.Error("resumed after its time")
	}
	if stats := server.SessionStats(); stats.Timeouts != 1 {
		t.Errorf("%+v", stats)
	}
	for _, err := range []error{server.SetSessionCacheSize(0),
		server.SetSessionTimeout(-1), server.SetSessionTimeout(8 * 24 * time.Hour),
		server.SetSessionIDContext(make([]byte, 33)), server.SetTicketKeys(nil),
		server.SetNumTickets(-1), server.SetNumTickets(65536), client.SetNumTickets(70000)} {
		if !errors.Is(err, ErrInvalidArgument) {
			t.Errorf("%v", err)
		}
	}
}

// TestServersWithTheSameTicketKeysResume, unless their session id contexts differ. B-021, S-185
func TestServersWithTheSameTicketKeysResume(t *testing.T) {
	client := only12(t, clientContext(t))
	one, two, three, four := serverContext(t), serverContext(t), serverContext(t), serverContext(t)
	older, newer := [32]byte{1}, [32]byte{2}
	for _, err := range []error{
		one.SetTicketKeys([][32]byte{older}), two.SetTicketKeys([][32]byte{newer, older}),
		three.SetTicketKeys([][32]byte{older}), three.SetSessionIDContext([]byte("another service")),
		four.SetTicketKeys([][32]byte{newer}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	c, _ := withSession(t, client, one, nil)
	session := c.Session()
	c, _ = withSession(t, client, two, session)
	if !c.SessionReused() {
		t.Error("the second server doesn't know the first one's key")
	}
	renewed := c.Session()
	if renewed.Equal(session) {
		t.Error("a ticket under an old key was not replaced")
	}
	for name, server := range map[string]*Context{"another service": three, "other keys": four} {
		want := name == "other keys"
		if c, _ := withSession(t, client, server, renewed); c.SessionReused() != want {
			t.Errorf("%s: reused %v", name, c.SessionReused())
		}
		if c, _ := withSession(t, client, server, session); c.SessionReused() {
			t.Errorf("%s: resumed", name)
		}
	}
}

// TestSessionIsNotOfferedUnderOtherSettings: what another configuration accepted doesn't count (CVE-2025-68121). B-018
func TestSessionIsNotOfferedUnderOtherSettings(t *testing.T) {
	server := serverContext(t)
	for name, change := range map[string]func(c *Context) error{
		"it was made without verification": func(c *Context) error { return c.SetVerifyMode(CertRequired) },
		"others are trusted now": func(c *Context) error {
			return c.LoadVerifyLocations(VerifyLocations{CADataDER: pki.New().Stranger.Chain[0].Raw()})
		},
		"the name counts now": func(c *Context) error {
			if err := c.SetVerifyMode(CertRequired); err != nil {
				return err
			}
			return c.SetCheckHostname(true)
		},
	} {
		client, err := NewContext(ProtocolTLS)
		if err != nil {
			t.Fatal(err)
		}
		atTestTime(only12(t, client))
		if err := client.LoadVerifyLocations(VerifyLocations{CADataDER: pki.New().Root.Raw()}); err != nil {
			t.Fatal(err)
		}
		c, _ := withSession(t, client, server, nil)
		session := c.Session()
		if c, _ := withSession(t, client, server, session); !c.SessionReused() {
			t.Fatalf("%s: not resumed under the same settings", name)
		}
		if err := change(client); err != nil {
			t.Fatal(err)
		}
		if c, _ := withSession(t, client, server, session); c.SessionReused() {
			t.Errorf("%s: resumed", name)
		}
	}
}

// TestExactSessionIsOfferedAgainAndAgain: FTPS servers want the session of the control connection on each data connection. B-018
func TestExactSessionIsOfferedAgainAndAgain(t *testing.T) {
	client, server := only12(t, clientContext(t)), serverContext(t)
	c, _ := withSession(t, client, server, nil)
	session := c.Session()
	for i := range 4 {
		a, b := tcpWire(t)
		done := make(chan *Socket, 1)
		go func() {
			s, _ := server.WrapSocket(b, WithServerSide())
			done <- s
		}()
		c, err := client.WrapSocket(a, WithServerHostname(pki.Host), WithSession(session))
		if err != nil || !c.SessionReused() || !c.Session().Equal(session) || (<-done) == nil {
			t.Fatalf("data connection %d: %v", i, err)
		}
		c.Close()
	}
}

// TestSessionsCanBeKeptElsewhere: as bytes, for contexts of another process.
func TestSessionsCanBeKeptElsewhere(t *testing.T) {
	client, later, server := only12(t, clientContext(t)), only12(t, clientContext(t)), serverContext(t)
	c, _ := withSession(t, client, server, nil)
	form, err := c.Session().Marshal()
	if err != nil {
		t.Fatal(err)
	}
	session, err := later.ParseSession(form)
	if err != nil || !session.Equal(c.Session()) {
		t.Fatalf("%v: %v", session, err)
	}
	if c, _ := withSession(t, later, server, session); !c.SessionReused() {
		t.Error("not resumed")
	}
	if _, err := later.ParseSession(form[1:]); !errors.Is(err, ErrInvalidArgument) {
		t.Error(err)
	}
}

// TestSessionsDoNotPrintSecrets with any verb. B-015
func TestSessionsDoNotPrintSecrets(t *testing.T) {
	client, server := only12(t, clientContext(t)), serverContext(t)
	c, _ := withSession(t, client, server, nil)
	session := c.Session()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		if text := fmt.Sprintf(verb, session); !strings.HasPrefix(text, "client session (TLSv1.2") || len(text) > 100 {
			t.Errorf("%s: %q", verb, text)
		}
	}
	if text := fmt.Sprint((*Session)(nil)); text != "no session" {
		t.Errorf("%q", text)
	}
	if (*Session)(nil).Equal(session) || session.Equal(nil) {
		t.Error("equal to none")
	}
	mine := session.ID()
	mine[0]++
	if slices.Equal(mine, session.ID()) {
		t.Error("the id is not the caller's")
	}
}

// TestObjectsResumeToo: the same without I/O. B-016, B-017
func TestObjectsResumeToo(t *testing.T) {
	client, server := only12(t, clientContext(t)), serverContext(t)
	connect := func(session *Session) (c, s *Object) {
		up, down := NewMemoryBIO(), NewMemoryBIO()
		c, err := client.WrapBIO(down, up, WithServerHostname(pki.Host))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.SetSession(session); err != nil {
			t.Fatal(err)
		}
		s, err = server.WrapBIO(up, down, WithServerSide())
		if err != nil {
			t.Fatal(err)
		}
		for range 10 {
			if ce, se := c.Handshake(), s.Handshake(); ce == nil && se == nil {
				return c, s
			}
		}
		t.Fatal("the handshake doesn't end")
		return nil, nil
	}
	c, _ := connect(nil)
	session := c.Session()
	if session == nil || c.SessionReused() {
		t.Fatalf("%v, reused %v", session, c.SessionReused())
	}
	c, s := connect(session)
	if !c.SessionReused() || !s.SessionReused() || !c.Session().Equal(session) {
		t.Error("not resumed")
	}
	if err := c.SetSession(session); !errors.Is(err, ErrInvalidArgument) {
		t.Error(err)
	}
	if err := s.SetSession(session); !errors.Is(err, ErrInvalidArgument) {
		t.Error(err)
	}
	if stats := server.SessionStats(); stats.Accept != 2 || stats.AcceptGood != 2 || stats.Hits != 1 {
		t.Errorf("%+v", stats)
	}
}

// exchangeSome sends a byte each way, so that a client of TLS 1.3 gets its tickets.
func exchangeSome(t testing.TB, c, s *Socket) {
	t.Helper()
	for _, pair := range [][2]*Socket{{c, s}, {s, c}} {
		if _, err := pair[0].Write([]byte("x")); err != nil {
			t.Fatal(err)
		}
		if _, err := pair[1].Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
	}
}

// TestSessionsOfTLS13 come with the data; tickets count as hits. B-016, B-017, S-242
func TestSessionsOfTLS13(t *testing.T) {
	client, server := clientContext(t), serverContext(t)
	c, s := withSession(t, client, server, nil)
	if c.Session() != nil {
		t.Error("a session before a ticket came")
	}
	exchangeSome(t, c, s)
	session := c.Session()
	if session == nil || !session.HasTicket() || len(session.ID()) == 0 ||
		session.Timeout() != 2*time.Hour || c.Version() != "TLSv1.3" {
		t.Fatalf("the session: %v", session)
	}
	for range 2 {
		c, s := withSession(t, client, server, session)
		if !c.SessionReused() || !s.SessionReused() || !c.Session().Equal(session) {
			t.Error("not resumed")
		}
		exchangeSome(t, c, s)
		if c.Session().Equal(session) {
			t.Error("no new ticket came")
		}
	}
	if stats := server.SessionStats(); stats.Accept != 3 || stats.AcceptGood != 3 || stats.Hits != 2 {
		t.Errorf("%+v", stats)
	}
}

// TestNumTickets counts the tickets of a connection. B-019
func TestNumTickets(t *testing.T) {
	for _, n := range []int{0, 1, 2, 5} {
		client, server := clientContext(t), serverContext(t)
		if server.NumTickets() != 2 {
			t.Errorf("%d tickets by default", server.NumTickets())
		}
		if err := server.SetNumTickets(n); err != nil || server.NumTickets() != n {
			t.Fatal(err, server.NumTickets())
		}
		got := 0
		client.SetTrace(&engine.Trace{Message: func(d engine.Direction, m handshake.MessageType, _ []byte) {
			if d == engine.Inbound && m == handshake.TypeNewSessionTicket {
				got++
			}
		}})
		c, s := withSession(t, client, server, nil)
		exchangeSome(t, c, s)
		if got != n {
			t.Errorf("%d tickets came, want %d", got, n)
		}
	}
	if err := clientOnly(t).SetNumTickets(1); !errors.Is(err, ErrInvalidArgument) {
		t.Error(err)
	}
}

func clientOnly(t testing.TB) *Context {
	t.Helper()
	c, err := NewContext(ProtocolTLSClient)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestTicketsThatTheServerRemembersWorkOnce: OpNoTicket in TLS 1.3. B-020
func TestTicketsThatTheServerRemembersWorkOnce(t *testing.T) {
	client, server := clientContext(t), serverContext(t)
	if err := server.AddOptions(OpNoTicket); err != nil {
		t.Fatal(err)
	}
	c, s := withSession(t, client, server, nil)
	exchangeSome(t, c, s)
	session := c.Session()
	if session == nil || server.SessionStats().Number != 2 {
		t.Fatalf("the session: %v; %+v", session, server.SessionStats())
	}
	for i := range 2 {
		c, s := withSession(t, client, server, session)
		if c.SessionReused() != (i == 0) {
			t.Errorf("use %d: reused %v", i+1, c.SessionReused())
		}
		exchangeSome(t, c, s)
	}
}

// TestContextsOwnStoreOffersATicketOnce, and older sessions as often as they last; nothing unless it is asked to. B-018
func TestContextsOwnStoreOffersATicketOnce(t *testing.T) {
	reused := func(client, server *Context) bool {
		t.Helper()
		c, s := pair(t, tcpWire, client, server)
		exchangeSome(t, c, s)
		return c.SessionReused()
	}
	client, server := clientContext(t), serverContext(t)
	if err := server.SetNumTickets(1); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if reused(client, server) {
			t.Error("resumed without being asked to")
		}
	}
	client.SetClientSessionCache(true)
	if first, second := reused(client, server), reused(client, server); first || !second {
		t.Error("the second connection should be the one that is resumed")
	}
	if err := server.SetNumTickets(0); err != nil {
		t.Fatal(err)
	}
	if !reused(client, server) || reused(client, server) {
		t.Error("a ticket is offered once")
	}
	older, oldServer := only12(t, clientContext(t)), serverContext(t)
	older.SetClientSessionCache(true)
	if reused(older, oldServer) || !reused(older, oldServer) || !reused(older, oldServer) {
		t.Error("a session of TLS 1.2 is offered as long as it lasts")
	}
	if err := older.SetVerifyFlags(older.VerifyFlags() &^ VerifyX509Strict); err != nil {
		t.Fatal(err)
	}
	if reused(older, oldServer) {
		t.Error("resumed under other settings")
	}
	older.SetClientSessionCache(false)
	older.SetClientSessionCache(true)
	if reused(older, oldServer) {
		t.Error("not forgotten")
	}
}

// TestSessionOfAHandshakeThatFailedIsForgotten (RFC 5246, Section 7.2.2): a session of TLS 1.2, which is offered as long as it lasts, is not
// once the server has ended a handshake with it.
func TestSessionOfAHandshakeThatFailedIsForgotten(t *testing.T) {
	client, server := only12(t, clientContext(t)), serverContext(t)
	client.SetClientSessionCache(true)
	for _, want := range []bool{false, true, true} {
		if c, _ := pair(t, tcpWire, client, server); c.SessionReused() != want {
			t.Errorf("resumed %v", !want)
		}
	}
	if err := server.SetMinimumVersion(VersionTLS13); err != nil {
		t.Fatal(err)
	}
	c, s := lazyPair(t, tcpWire, client, server)
	if err, _ := shakeBoth(c, s); err == nil {
		t.Fatal("the handshake doesn't fail")
	}
	if err := server.SetMinimumVersion(VersionTLS12); err != nil {
		t.Fatal(err)
	}
	for _, want := range []bool{false, true} {
		if c, _ := pair(t, tcpWire, client, server); c.SessionReused() != want {
			t.Errorf("after the failure: resumed %v", !want)
		}
	}
}

// TestClientRemembersSoMuch: a client that visits many hosts keeps sessions of the latest.
func TestClientRemembersSoMuch(t *testing.T) {
	client, server := only12(t, clientContext(t)), serverContext(t)
	c, _ := withSession(t, client, server, nil)
	session := c.Session().session
	client.SetClientSessionCache(true)
	own := client.current().sessions.own
	own.add("", session)
	for i := range 2 * maxSessionHosts {
		for range 2 * maxHostSessions {
			own.add(fmt.Sprint("host ", i), session)
		}
	}
	if len(own.hosts) != maxSessionHosts || len(own.order) != maxSessionHosts || len(own.hosts["host 511"]) != maxHostSessions {
		t.Errorf("%d hosts, %d sessions of the last", len(own.hosts), len(own.hosts["host 511"]))
	}
	if own.take("host 0", pki.Time) != nil || own.take("host 511", pki.Time) != session ||
		own.take("host 511", pki.Time.AddDate(1, 0, 0)) != nil {
		t.Error("the wrong ones are remembered")
	}
}
