package engine

import (
	"strings"
	"testing"
	"time"

	"tlsengine/cipher"
	"tlsengine/handshake"
	"tlsengine/record"
)

// resumeStories are those in which a session is resumed, or should not be. The first goldenResumptions are kept as transcripts.
func resumeStories() []*story {
	acts := []act{{clientEnd, write, 100}, {serverEnd, write, 5000}, {serverEnd, closeWrite, 0}, {clientEnd, closeWrite, 0}}
	older := with(only(cipher.VersionTLS12), groups(cipher.X25519, cipher.CurveP256, cipher.CurveP384), goldenSuites)
	renews := func(p *testPKI, c *Config) { byTicket(p, c); c.Tickets = renewing{c.Tickets} }
	loses := func(_ *testPKI, c *Config) { c.Sessions = forgetful{} }
	newer := with(only(cipher.VersionTLS13), groups(cipher.X25519, cipher.CurveP256), goldenSuites, keeps)
	earlier := with(byTicket, takesEarly)
	late := func(p *testPKI, c *Config) { takesEarly(p, c); c.AdmitEarlyData = nil }
	all := []*story{
		{name: "1.3 resumed", client: newer, server: byTicket, acts: acts},
		{name: "1.3 early data", client: with(newer, takesEarly), server: earlier, acts: acts, early: 300},
		{name: "1.3 early data refused", client: with(newer, takesEarly), server: with(byTicket, late), acts: acts, early: 300},
		{name: "1.3 early data and a retry", client: with(newer, takesEarly), server: with(earlier, groups(cipher.CurveP256)), acts: acts, early: 300},
		{name: "1.2 resumed by id", client: with(older, keeps), server: byID},
		{name: "1.2 resumed by ticket", client: with(older, keeps), server: byTicket, acts: acts},
		{name: "1.2 resumed with a new ticket", client: with(older, keeps, authenticated), server: with(renews, requires), acts: acts},
		{name: "1.3 early data in several records", client: with(newer, takesEarly, small), server: earlier, acts: acts, early: 3000},
		{name: "1.3 resumed without key exchange of its own", client: with(newer, alone), server: with(byTicket, alone), acts: acts},
		{name: "1.3 resumed with a certificate of the client", client: with(newer, authenticated), server: with(byTicket, requires), acts: acts},
		{name: "1.3 session that is lost", client: newer, server: with(byTicket, losesTickets), acts: acts},
		{name: "1.3 resumed after a retry", client: newer, server: with(byTicket, groups(cipher.CurveP256)), acts: acts},
		{name: "1.3 early data and a session that is lost", client: with(newer, takesEarly), server: with(earlier, losesTickets), acts: acts, early: 300},
		{name: "1.2 session that is lost", client: with(older, keeps), server: loses, acts: acts},
		// No transcript of these: what comes out of the library's compressor is for its next version to change.
		{name: "1.2 resumed with compression", client: with(older, keeps, compressed), server: with(byID, compressed), acts: acts},
		{name: "1.2 resumed with compression by ticket", client: with(older, keeps, compressed, small), server: with(byTicket, compressed), acts: acts},
		{name: "1.2 session offered with 1.3", client: with(keeps), server: with(byTicket, only(cipher.VersionTLS12)), acts: acts},
	}
	for _, s := range all {
		s.resumes = true
	}
	return all
}

const goldenResumptions = 7

// keeps gives a client's sessions to whoever said, with Options.Value, where to.
func keeps(_ *testPKI, c *Config) {
	c.NewSession = func(s *handshake.Session, value any) {
		if at, ok := value.(**handshake.Session); ok {
			*at = s
		}
	}
}

func byID(_ *testPKI, c *Config) {
	c.Sessions = NewSessionCache(CacheLimits{Time: func() time.Time { return testTime }})
}

func byTicket(_ *testPKI, c *Config) {
	keys, err := FixedTicketKeys([32]byte{1})
	if err != nil {
		panic(err)
	}
	c.Tickets = keys
}

func compressed(_ *testPKI, c *Config) { c.Compression = true }

// takesEarly lets either end have early data.
func takesEarly(_ *testPKI, c *Config) {
	c.MaxEarlyData = 5000
	c.AdmitEarlyData = func(*handshake.AdmitEarlyData) (bool, error) { return true, nil }
}

func alone(_ *testPKI, c *Config) { c.PSKWithoutDHE = true }

// losesTickets gives tickets that nobody can open.
func losesTickets(_ *testPKI, c *Config) { c.Tickets = sealingOnly{c.Tickets} }

type sealingOnly struct{ handshake.TicketSealer }

func (sealingOnly) Open([]byte) (*handshake.Session, bool) { return nil, false }

// renewing are tickets that are replaced on each use.
type renewing struct{ handshake.TicketSealer }

func (r renewing) Open(ticket []byte) (*handshake.Session, bool) {
	s, _ := r.TicketSealer.Open(ticket)
	return s, true
}

// forgetful is a store that finds nothing.
type forgetful struct{}

func (forgetful) Find([]byte) *handshake.Session { return nil }
func (forgetful) Add(*handshake.Session)         {}
func (forgetful) Remove([]byte)                  {}

// meet makes the connection that goes before, and returns the client's session.
func meet(t testing.TB, params [2]*Params) *handshake.Session {
	t.Helper()
	var session *handshake.Session
	c, err := Client(params[clientEnd], Options{ServerName: "example.test", Rand: seeded(11), Value: &session})
	if err != nil {
		t.Fatal(err)
	}
	s, err := Server(params[serverEnd], Options{Rand: seeded(12)})
	if err != nil {
		t.Fatal(err)
	}
	answerAll(c, s)
	c.Read(make([]byte, 1)) // the tickets of TLS 1.3
	if session == nil || c.Err() != nil || s.Err() != nil {
		t.Fatalf("the connection before left no session: %v, %v", c.Err(), s.Err())
	}
	return session
}

// answerAll moves bytes and answers questions until there are none.
func answerAll(ends ...*Conn) {
	for again := true; again; {
		settle(ends[0], ends[1])
		again = false
		for _, c := range ends {
			for _, op := range c.Pending() {
				op.Run()
				c.Resume()
				again = true
			}
		}
	}
}

// TestResumptionsAreWhatTheirStoriesSay looks at what both ends report. // B-017, S-177
func TestResumptionsAreWhatTheirStoriesSay(t *testing.T) {
	for _, s := range resumeStories() {
		v := s.begin(t, direct{}, 0)
		v.run(t)
		c, e := v.ends[clientEnd], v.ends[serverEnd]
		want := !strings.HasSuffix(s.name, "session that is lost")
		if c.Info() == nil || e.Info() == nil || c.Info().Resumed != want || e.Info().Resumed != want {
			t.Errorf("%s: %v, %v", s.name, c.Info(), e.Info())
			continue
		}
		compresses := strings.Contains(s.name, "compression")
		for _, end := range v.ends {
			if (end.Info().Compression == record.CompressionDeflate) != compresses {
				t.Errorf("%s: compression method %d", s.name, end.Info().Compression)
			}
		}
		if early := s.early > 0 && want && !strings.Contains(s.name, "refused") && !strings.Contains(s.name, "retry"); early != (e.Info().EarlyData == handshake.EarlyAccepted) {
			t.Errorf("%s: early data %v", s.name, e.Info().EarlyData)
		}
		if c.Info().Version == cipher.VersionTLS13 {
			continue // has no tls-unique
		}
		mine, err1 := c.Unique()
		theirs, err2 := e.Unique()
		if err1 != nil || err2 != nil || string(mine) != string(theirs) {
			t.Errorf("%s: tls-unique %x and %x", s.name, mine, theirs)
		}
	}
}
