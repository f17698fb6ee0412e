package interop

import (
	"errors"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tlsengine/cipher"
	"tlsengine/engine"
	"tlsengine/fuzz/peers"
	"tlsengine/handshake"
)

// This file sends early data to others and takes theirs (RFC 8446, Section 2.3). OpenSSL and GnuTLS have it; crypto/tls and
// Python's ssl don't, and curl sends none from a process that ends after each connection.

const earlyText = "early, and perhaps not once only\n"

// maxEarly is what either end of ours takes, in bytes.
const maxEarly = 4096

// connectEarly connects with a session and sends earlyText before the server has said anything.
func connectEarly(t *testing.T, addr string, c *engine.Config, session *handshake.Session) *link {
	t.Helper()
	l := dialWith(t, addr, c, engine.Options{Session: session})
	if n := l.conn.Write([]byte(earlyText)); n != len(earlyText) {
		t.Fatalf("%d bytes of early data can be written: the session allows %d", n, session.MaxEarlyData())
	}
	return l.mustHandshake(t)
}

// earlyClient returns a configuration whose sessions end up in the place that comes with it.
func earlyClient(t *testing.T) (*engine.Config, **handshake.Session) {
	t.Helper()
	c := row{version: cipher.VersionTLS13, key: p256}.clientConfig(t)
	session := new(*handshake.Session)
	c.MaxEarlyData = maxEarly
	c.NewSession = func(s *handshake.Session, _ any) { *session = s }
	return c, session
}

// firstOf makes a full handshake, of which a session must come that allows early data. answered is called once a line was sent.
func firstOf(t *testing.T, addr string, c *engine.Config, session **handshake.Session, answered func(l *link)) {
	t.Helper()
	l := connectWith(t, addr, c, nil)
	if _, err := l.Write([]byte(greeting)); err != nil {
		t.Fatal(err)
	}
	answered(l)
	if *session == nil || (*session).MaxEarlyData() == 0 {
		t.Fatal("the server gave no session with early data")
	}
	if err := l.finish(); err != nil {
		t.Fatal(err) // s_server forgets the session of a connection that was cut
	}
}

// TestClientSendsEarlyDataToOpenSSL: s_server takes it once, and refuses what is offered again, on which we say the same as
// ordinary data.
func TestClientSendsEarlyDataToOpenSSL(t *testing.T) {
	remote := opensslServer
	remote.command = func(s serverSetup) []string { return append(withoutRev(sServer(s)), "-early_data") }
	addr, process := remote.start(t, p256, handshake.AuthNone)
	c, session := earlyClient(t)
	firstOf(t, addr, c, session, func(l *link) {
		process.WaitOutput(greeting)
		hear(t, process, l)
	})
	offered := *session
	l := connectEarly(t, addr, c, offered)
	if got := l.conn.Info().EarlyData; got != handshake.EarlyAccepted {
		t.Errorf("early data: %v", got)
	}
	process.WaitOutput(earlyText)
	hear(t, process, l)
	l.hangUp()

	before := strings.Count(process.Output(), earlyText)
	l = connectEarly(t, addr, c, offered)
	if got := l.conn.Info().EarlyData; got == handshake.EarlyAccepted {
		t.Error("s_server took early data of the same ticket twice")
	}
	if _, err := l.Write([]byte("and later\n")); err != nil {
		t.Fatal(err)
	}
	process.WaitOutput("and later\n")
	if n := strings.Count(process.Output(), earlyText); n != before {
		t.Errorf("refused early data was printed: %d, before %d", n, before)
	}
	l.hangUp()
}

// withoutRev makes s_server print what comes and send what is typed: with -rev it takes no early data.
func withoutRev(args []string) []string {
	return args[:len(args)-1]
}

// hear lets s_server send a line, which we wait for.
func hear(t *testing.T, process *peers.Process, l *link) {
	t.Helper()
	if _, err := process.Input.Write([]byte(greeting)); err != nil {
		t.Fatal(err)
	}
	if err := expect(hearLine(t, l), greeting); err != nil {
		t.Fatal(err)
	}
}

// hearLine waits for a line as long as greeting.
func hearLine(t *testing.T, l *link) string {
	t.Helper()
	got := make([]byte, len(greeting))
	if _, err := io.ReadFull(l, got); err != nil {
		t.Fatal(err)
	}
	return string(got)
}

// TestClientSendsEarlyDataToGnuTLS: gnutls-serv takes it. It remembers hellos and not tickets, so that another hello with the
// same ticket is no replay to it.
func TestClientSendsEarlyDataToGnuTLS(t *testing.T) {
	remote := gnutlsServer
	remote.command = func(s serverSetup) []string { return append(gnutlsServ(s), "--earlydata") }
	addr, _ := remote.start(t, p256, handshake.AuthNone)
	c, session := earlyClient(t)
	firstOf(t, addr, c, session, func(l *link) { hearLine(t, l) })
	l := connectEarly(t, addr, c, *session)
	if got := l.conn.Info().EarlyData; got != handshake.EarlyAccepted {
		t.Errorf("early data: %v", got)
	}
	talk(t, l, same)
}

// TestClientSendsEarlyDataAndIsAskedAgain: a HelloRetryRequest refuses early data; the session is resumed all the same. GnuTLS
// 3.7 isn't asked: its server answers early data before a second hello with bad_record_mac, and its client sends none then.
func TestClientSendsEarlyDataAndIsAskedAgain(t *testing.T) {
	remote := opensslServer
	remote.command = func(s serverSetup) []string {
		// With the protection against replays s_server has forgotten the session when the second hello comes.
		return append(sServer(s), "-groups", "P-384", "-max_early_data", "1000", "-no_anti_replay")
	}
	addr, _ := remote.start(t, p256, handshake.AuthNone)
	c, session := earlyClient(t)
	c.Groups, c.KeyShares = []cipher.GroupID{cipher.X25519, cipher.CurveP384}, []cipher.GroupID{cipher.X25519}
	firstOf(t, addr, c, session, func(l *link) { hearLine(t, l) })
	l := connectEarly(t, addr, c, *session)
	info := l.conn.Info()
	if !info.HelloRetried || !info.Resumed || info.EarlyData != handshake.EarlyRetried {
		t.Errorf("asked again %v, resumed %v, early data %v", info.HelloRetried, info.Resumed, info.EarlyData)
	}
	talk(t, l, remote.answer)
}

// earlyServer is our server with early data, which the handler finds in link.early.
func earlyServer(t *testing.T, h handler) *server {
	t.Helper()
	c := row{version: cipher.VersionTLS13, key: p256}.serverConfig(t)
	keys, err := engine.RandomTicketKeys(engine.Rotation{Time: c.Time})
	if err != nil {
		t.Fatal(err)
	}
	c.Tickets, c.MaxEarlyData = keys, maxEarly
	return serve(t, c, h)
}

// takesEarly waits for a connection that has brought earlyText early.
func (s *server) takesEarly(t *testing.T) {
	t.Helper()
	r := s.wait(t)
	if r.err != nil {
		t.Fatal(r.err)
	}
	if got := r.link.conn.Info().EarlyData; got != handshake.EarlyAccepted {
		t.Errorf("early data: %v, skew %v", got, r.link.conn.Info().TicketAgeSkew)
	}
	if err := expect(string(r.link.early), earlyText); err != nil {
		t.Error(err)
	}
}

// TestServerTakesEarlyDataOfOpenSSL: s_client sends a file early, which our server takes once.
func TestServerTakesEarlyDataOfOpenSSL(t *testing.T) {
	openssl := peers.Need(t, "openssl")
	s := earlyServer(t, answerOnce)
	dir := t.TempDir()
	session, early := filepath.Join(dir, "session"), filepath.Join(dir, "early")
	writeFile(t, early, []byte(earlyText))
	run := func(more ...string) string {
		t.Helper()
		args := append(sClient(clientSetup{addr: s.addr, root: newPKI(t).rootFile}), more...)
		output, err := peers.Run(t, exec.Command(openssl, args...), greeting)
		if err != nil {
			t.Fatal(err)
		}
		return output
	}
	run("-sess_out", session)
	if r := s.wait(t); r.err != nil {
		t.Fatal(r.err)
	}
	if out := run("-sess_in", session, "-early_data", early); !strings.Contains(out, "Early data was accepted") {
		t.Error("s_client says nothing of early data")
	}
	s.takesEarly(t)
	if out := run("-sess_in", session, "-early_data", early); !strings.Contains(out, "Early data was rejected") {
		t.Error("s_client says nothing of a refusal")
	}
	r := s.wait(t)
	if r.err != nil || r.link.conn.Info().EarlyData != handshake.EarlyReplayed || len(r.link.early) > 0 {
		t.Errorf("the second time: %v, %v, %q", r.err, r.link.conn.Info().EarlyData, r.link.early)
	}
}

// TestServerTakesEarlyDataOfGnuTLS: gnutls-cli connects twice and sends a file early.
func TestServerTakesEarlyDataOfGnuTLS(t *testing.T) {
	gnutls := peers.Need(t, "gnutls-cli")
	s := earlyServer(t, answerAndWait)
	early := filepath.Join(t.TempDir(), "early")
	writeFile(t, early, []byte(earlyText))
	setup := clientSetup{addr: s.addr, root: newPKI(t).rootFile}
	args := append([]string{"--resume", "--waitresumption", "--earlydata", early}, gnutlsCli(setup)...)
	if _, err := peers.Run(t, exec.Command(gnutls, args...), greeting); err != nil {
		t.Fatal(err)
	}
	var quiet net.Error
	if r := s.wait(t); r.err != nil && !errors.As(r.err, &quiet) && r.link.conn.Info() == nil {
		t.Fatal(r.err) // it goes without a word once it has the ticket
	}
	s.takesEarly(t)
}

// TestServerAsksAgainWhenEarlyDataCame: our server skips the early data of s_client whose key share it can't use, and resumes the
// session.
func TestServerAsksAgainWhenEarlyDataCame(t *testing.T) {
	openssl := peers.Need(t, "openssl")
	c := row{version: cipher.VersionTLS13, key: p256}.serverConfig(t)
	keys, err := engine.RandomTicketKeys(engine.Rotation{Time: c.Time})
	if err != nil {
		t.Fatal(err)
	}
	c.Tickets, c.MaxEarlyData, c.Groups = keys, maxEarly, []cipher.GroupID{cipher.CurveP384}
	s := serve(t, c, answerOnce)
	dir := t.TempDir()
	session, early := filepath.Join(dir, "session"), filepath.Join(dir, "early")
	writeFile(t, early, []byte(strings.Repeat(earlyText, 100)))
	for _, more := range [][]string{{"-sess_out", session}, {"-sess_in", session, "-early_data", early}} {
		args := append(sClient(clientSetup{addr: s.addr, root: newPKI(t).rootFile}), more...)
		if _, err := peers.Run(t, exec.Command(openssl, args...), greeting); err != nil {
			t.Fatal(err)
		}
	}
	s.resumed(t)
}

// TestEarlyDataAtTheWrongTime: a server whose clock has gone on by more than the window takes none.
func TestEarlyDataAtTheWrongTime(t *testing.T) {
	openssl := peers.Need(t, "openssl")
	c := row{version: cipher.VersionTLS13, key: p256}.serverConfig(t)
	var late bool
	c.Time = func() time.Time {
		if late {
			return time.Now().Add(5 * time.Minute)
		}
		return time.Now()
	}
	keys, err := engine.RandomTicketKeys(engine.Rotation{Time: c.Time})
	if err != nil {
		t.Fatal(err)
	}
	c.Tickets, c.MaxEarlyData = keys, maxEarly
	s := serve(t, c, answerOnce)
	dir := t.TempDir()
	session, early := filepath.Join(dir, "session"), filepath.Join(dir, "early")
	writeFile(t, early, []byte(earlyText))
	for _, more := range [][]string{{"-sess_out", session}, {"-sess_in", session, "-early_data", early}} {
		args := append(sClient(clientSetup{addr: s.addr, root: newPKI(t).rootFile}), more...)
		if _, err := peers.Run(t, exec.Command(openssl, args...), greeting); err != nil {
			t.Fatal(err)
		}
		r := s.wait(t)
		if r.err != nil {
			t.Fatal(r.err)
		}
		if info := r.link.conn.Info(); info.Resumed != late || late && info.EarlyData != handshake.EarlyStale {
			t.Errorf("resumed %v, early data %v", info.Resumed, info.EarlyData)
		}
		late = true
	}
}
