package engine

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"tlsengine/cipher"
	"tlsengine/handshake"
	"tlsengine/x509lite"

	"pgregory.net/rapid"
)

// A story is a whole connection as a value: two configurations, a seed, and what the applications do once the
// handshake is over. Tests tell the same story in many ways (bytes split, answers deferred, calls in another order) and
// compare what came of it.
type story struct {
	name           string
	client, server func(*testPKI, *Config) // changes to the usual configurations
	acts           []act
	damage         *damage
	resumes        bool       // another connection went before, whose session the client offers
	encrypts       bool       // the client has the configuration of testECHKey
	early          int        // bytes of early data that the client writes at once
	ahead          int        // bytes that the client writes before the handshake is done, if it may: a false start
	eof            bool       // when all is said, the transport ends in both directions
	params         [2]*Params // if set, both ends' in place of the configurations
}

// act is one thing that an application does; after each, bytes move until there are none.
type act struct {
	who int // clientEnd or serverEnd
	do  deed
	n   int // bytes
}

const (
	clientEnd = iota
	serverEnd
)

type deed int

const (
	write deed = iota
	lend       // Space and Seal
	renew      // UpdateKeys
	renewBoth
	closeWrite
	ask   // RequestCertificate
	again // Renegotiate, while the peer still writes n bytes
)

// damage changes one byte on its way.
type damage struct {
	from, at int // the end that sent it, and its place in all that the end sends
	mask     byte
}

// outcome is what came of a story. Two tellings that are the same have equal outcomes.
type outcome struct {
	sent     [2][]byte // all that each end sent
	got      [2][]byte // all the application data that each end received
	rest     [2][]byte // what each end hands back, unless it failed
	fail     [2]string // Err
	ended    [2]string // what FeedEOF said, if the story has it
	status   [2]Status
	exported [2][]byte
}

// diff says where o and p differ, "" if nowhere.
func (o *outcome) diff(p *outcome) string {
	for who, name := range []string{"client", "server"} {
		switch {
		case !bytes.Equal(o.sent[who], p.sent[who]):
			return fmt.Sprintf("the %s sent %d bytes, then %d, different from byte %d on", name, len(o.sent[who]), len(p.sent[who]), firstDifference(o.sent[who], p.sent[who]))
		case !bytes.Equal(o.got[who], p.got[who]):
			return fmt.Sprintf("the %s received %d bytes, then %d", name, len(o.got[who]), len(p.got[who]))
		case !bytes.Equal(o.rest[who], p.rest[who]):
			return fmt.Sprintf("the %s hands back %d bytes, then %d", name, len(o.rest[who]), len(p.rest[who]))
		case o.fail[who] != p.fail[who]:
			return fmt.Sprintf("the %s failed with %q, then with %q", name, o.fail[who], p.fail[who])
		case o.ended[who] != p.ended[who]:
			return fmt.Sprintf("the %s ended with %q, then with %q", name, o.ended[who], p.ended[who])
		case o.status[who] != p.status[who]:
			return fmt.Sprintf("the %s is %v, then %v", name, o.status[who], p.status[who])
		case !bytes.Equal(o.exported[who], p.exported[who]):
			return fmt.Sprintf("the %s exports other keys", name)
		}
	}
	return ""
}

func firstDifference(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// courier carries bytes and does what inbound calls there are to do; how is what tellings differ in.
type courier interface {
	// deliver gives p to an end and appends to got what that end's application reads meanwhile. It delivers less than p only to an
	// end that takes no more.
	deliver(to *Conn, p []byte, got []byte) []byte
	// answer does something about the questions that wait, at the latest when it is the last call.
	answer(c *Conn, last bool)
}

// telling is a story on its way.
type telling struct {
	*story
	courier courier
	ends    [2]*Conn
	options Options // the client's
	outcome outcome
	next    int                      // the act that comes next
	started bool                     // the client has written ahead
	between func(*telling)           // called before each round of moves that no act is in the middle of
	moved   func(from int, p []byte) // sees all bytes that move
}

// tell runs the story with fresh ends and says what came of it.
func (s *story) tell(t testing.TB, c courier) *outcome {
	t.Helper()
	return s.begin(t, c, 0).run(t)
}

// begin makes the ends; operations of these kinds are deferred.
func (s *story) begin(t testing.TB, c courier, deferred handshake.OperationKinds) *telling {
	t.Helper()
	params := s.params
	if params[clientEnd] == nil {
		params = s.freeze(t, deferred)
	}
	v := &telling{story: s, courier: c}
	var session *handshake.Session
	if s.resumes {
		session = meet(t, params)
	}
	options := Options{ServerName: "example.test", Session: session, Rand: seeded(1)}
	if s.encrypts {
		options.ECHConfigs = publishedECH(t, testECHKey(t, 1))
	}
	v.options = options
	var err error
	if v.ends[clientEnd], err = Client(params[clientEnd], options); err != nil {
		t.Fatal(err)
	}
	if v.ends[serverEnd], err = Server(params[serverEnd], Options{Rand: seeded(2)}); err != nil {
		t.Fatal(err)
	}
	if n := v.ends[clientEnd].Write(filler(s.early)); n != s.early {
		t.Fatalf("%s: %d of %d bytes of early data were taken", s.name, n, s.early)
	}
	return v
}

// freeze makes both ends' Params.
func (s *story) freeze(t testing.TB, deferred handshake.OperationKinds) (params [2]*Params) {
	t.Helper()
	p := newTestPKI(t)
	configs := [2]*Config{p.clientConfig(), p.serverConfig()}
	for who, change := range []change{s.client, s.server} {
		if change != nil {
			change(p, configs[who])
		}
		configs[who].Defer = deferred
		var err error
		if params[who], err = configs[who].Freeze(); err != nil {
			t.Fatal(err)
		}
	}
	return params
}

// seeded returns a Rand that is a function of its arguments.
func seeded(seed byte) handshake.Rand {
	return func(use handshake.Use, draw uint64, p []byte) {
		key := sha256.Sum256([]byte{seed, byte(use), byte(draw)})
		rand.NewChaCha8(key).Read(p)
	}
}

// run tells the rest of the story.
func (v *telling) run(t testing.TB) *outcome {
	t.Helper()
	v.settle(t)
	for v.next < len(v.acts) {
		v.next++
		v.perform(t, v.acts[v.next-1])
	}
	return v.finish()
}

// finish ends the telling and fills the outcome in.
func (v *telling) finish() *outcome {
	o := &v.outcome
	for who, c := range v.ends {
		if v.eof {
			o.ended[who] = fmt.Sprint(c.FeedEOF())
		}
		if c.Err() == nil {
			o.rest[who] = bytes.Clone(c.Rest())
		}
		o.fail[who] = fmt.Sprint(c.Err())
		o.status[who] = c.Status()
		o.exported[who], _ = c.Export("EXPERIMENTAL story", nil, 32)
	}
	return o
}

// perform lets an application do one thing, then moves bytes.
func (v *telling) perform(t testing.TB, a act) {
	c := v.ends[a.who]
	switch a.do {
	case write:
		p := filler(a.n)
		for p = p[c.Write(p):]; len(p) > 0 && c.Status().Has(CanWrite); p = p[v.ends[a.who].Write(p):] {
			v.rounds(t, nil)
		}
	case lend:
		if p := c.Space(); p != nil {
			c.Seal(copy(p, filler(a.n)))
		}
	case renew:
		c.UpdateKeys(false)
	case renewBoth:
		c.UpdateKeys(true)
	case ask:
		if c.RequestCertificate() == nil {
			c.Write(filler(a.n))
			v.ends[1-a.who].Write(filler(a.n))
		}
	case again:
		if c.Renegotiate() == nil {
			v.ends[1-a.who].Write(filler(a.n))
		}
	case closeWrite:
		if c.Status().Has(HandshakeDone) {
			c.CloseWrite()
		}
	}
	v.settle(t)
}

// filler is n bytes of application data.
func filler(n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(i ^ i>>8)
	}
	return p
}

// settle moves bytes until neither end has any to send and no question waits.
func (v *telling) settle(t testing.TB) {
	t.Helper()
	v.rounds(t, v.between)
}

func (v *telling) rounds(t testing.TB, between func(*telling)) {
	t.Helper()
	for rounds := 0; ; rounds++ {
		if rounds > 1000 {
			t.Fatalf("%s: the ends never settle: client %v, server %v", v.name, v.ends[0].Status(), v.ends[1].Status())
		}
		if between != nil {
			between(v)
		}
		v.writeAhead()
		moved := v.move(clientEnd)
		moved = v.move(serverEnd) || moved
		idle := !moved
		for who := range v.ends {
			idle = idle && len(v.ends[who].Pending()) == 0
			v.courier.answer(v.ends[who], !moved)
			idle = idle && len(v.ends[who].Outgoing()) == 0 && len(v.ends[who].Pending()) == 0
		}
		if idle {
			return
		}
	}
}

// writeAhead lets a client that is to write before the handshake is done do so, as soon as it may.
func (v *telling) writeAhead() {
	if c := v.ends[clientEnd]; v.ahead > 0 && !v.started && c.Status()&(CanWrite|HandshakeDone) == CanWrite {
		v.started = c.Write(filler(v.ahead)) > 0
	}
}

// move carries all that one end has to send to the other.
func (v *telling) move(from int) bool {
	c, to := v.ends[from], 1-from
	out := c.Outgoing()
	if len(out) == 0 {
		return false
	}
	p := bytes.Clone(out)
	scribble(out)
	c.Sent(len(out))
	if d := v.damage; d != nil && d.from == from {
		if i := d.at - len(v.outcome.sent[from]); i >= 0 && i < len(p) {
			p[i] ^= d.mask
		}
	}
	v.outcome.sent[from] = append(v.outcome.sent[from], p...)
	if v.moved != nil {
		v.moved(from, p)
	}
	v.outcome.got[to] = v.courier.deliver(v.ends[to], p, v.outcome.got[to])
	return true
}

// scribble overwrites a slice whose time is over, so that whoever still uses it is found out.
func scribble(p []byte) {
	for i := range p {
		p[i] = 0xa5
	}
}

// direct delivers everything at once and answers questions at once.
type direct struct{}

func (direct) deliver(to *Conn, p []byte, got []byte) []byte {
	buf := make([]byte, 20000)
	for {
		n, _ := to.Feed(p)
		p = p[n:]
		k := to.Read(buf)
		got = append(got, buf[:k]...)
		if k == 0 && (n == 0 || len(p) == 0) {
			return got
		}
	}
}

func (direct) answer(c *Conn, _ bool) {
	for _, op := range c.Pending() {
		op.Run()
	}
	c.Resume()
}

// stories are the connections that the properties are tested on: both versions, all that the handshake can do, and
// ways to fail.
func stories() []*story {
	talk := []act{{clientEnd, write, 10}, {serverEnd, write, 70000}, {clientEnd, lend, 16384}, {serverEnd, lend, 1},
		{clientEnd, write, 40000}, {serverEnd, closeWrite, 0}, {clientEnd, write, 3}, {clientEnd, closeWrite, 0}}
	chat := []act{{clientEnd, write, 10}, {serverEnd, write, 700}, {clientEnd, lend, 1500}, {clientEnd, write, 3},
		{serverEnd, closeWrite, 0}, {clientEnd, write, 4}, {clientEnd, closeWrite, 0}}
	turns := []act{{clientEnd, write, 100}, {clientEnd, renew, 0}, {clientEnd, write, 2000}, {serverEnd, renewBoth, 0},
		{serverEnd, renewBoth, 0}, {clientEnd, lend, 7}, {clientEnd, renewBoth, 0}, {serverEnd, write, 17000}, {clientEnd, write, 5},
		{clientEnd, closeWrite, 0}, {serverEnd, write, 12}, {serverEnd, closeWrite, 0}}
	all := []*story{
		{name: "1.3", acts: talk, eof: true},
		{name: "1.2", client: only(cipher.VersionTLS12), acts: talk, eof: true},
		{name: "1.3 key updates", acts: turns, eof: true},
		{name: "1.2 without key updates", client: only(cipher.VersionTLS12), acts: turns, eof: true},
		{name: "1.3 without close", acts: talk[:3], eof: true},
		{name: "1.2 without close", client: only(cipher.VersionTLS12), acts: talk[:3], eof: true},
		{name: "1.3 client auth", client: with(authenticated), server: with(requires), acts: chat},
		{name: "1.2 client auth", client: with(only(cipher.VersionTLS12), authenticated), server: with(requires), acts: chat},
		{name: "1.3 no certificate for an optional request", server: with(asks), acts: chat[:4]},
		{name: "1.2 no certificate for an optional request", client: only(cipher.VersionTLS12), server: with(asks), acts: chat[:4]},
		{name: "1.3 retry", client: with(noShares), server: with(cookies), acts: chat},
		{name: "1.3 retry and client auth", client: with(noShares, authenticated), server: with(requires), acts: chat[:4]},
		{name: "1.3 plain", client: with(undisguised), server: with(undisguised), acts: chat[:4]},
		{name: "1.3 plain retry", client: with(undisguised, noShares), server: with(undisguised), acts: chat[:4]},
		{name: "1.3 alpn", client: with(speaks("h2", "x")), server: with(speaks("y", "x")), acts: chat[:4]},
		{name: "1.2 alpn", client: with(only(cipher.VersionTLS12), speaks("h2", "x")), server: with(speaks("y", "x")), acts: chat[:4]},
		{name: "1.3 small fragments", client: with(small), server: with(small), acts: chat},
		{name: "1.2 small fragments", client: with(only(cipher.VersionTLS12), small), server: with(small), acts: chat},
		{name: "1.3 client chacha", client: with(suites(cipher.TLS_CHACHA20_POLY1305_SHA256)), acts: turns},
		{name: "1.2 chacha", client: with(only(cipher.VersionTLS12), suites(cipher.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256)), acts: chat},
	}
	return slices.Concat(all, authStories(), resumeStories(), echStories(), againStories(), nextProtocolStories(), falseStartStories(), oldStories(chat), failures())
}

// failures are stories that end badly.
func failures() []*story {
	late := []act{{clientEnd, write, 10}, {serverEnd, write, 100}, {clientEnd, write, 10}, {serverEnd, write, 1}}
	return append(slices.Concat(echFailures(), againFailures()), []*story{
		falseStartFailure(),
		{name: "no version in common", client: only(cipher.VersionTLS12), server: only(cipher.VersionTLS13)},
		{name: "no 1.3 group in common", client: with(groups(cipher.X25519)), server: with(groups(cipher.CurveP384))},
		{name: "no 1.2 suite in common", client: with(only(cipher.VersionTLS12), suites(cipher.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256)),
			server: with(suites(cipher.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, cipher.TLS_AES_128_GCM_SHA256))},
		{name: "ML-DSA unasked", server: has(x509lite.KeyMLDSA65)},
		{name: "ML-DSA in 1.2", client: with(only(cipher.VersionTLS12), takesMLDSA), server: has(x509lite.KeyMLDSA65)},
		{name: "no protocol in common", client: with(speaks("a")), server: with(speaks("b"))},
		{name: "1.3 expired server", server: func(p *testPKI, c *Config) { c.Credentials = []*handshake.Credential{p.expired} }},
		{name: "1.2 unknown server", client: only(cipher.VersionTLS12), server: func(p *testPKI, c *Config) { c.Credentials = []*handshake.Credential{p.stranger} }},
		{name: "1.3 client without certificate", server: with(requires), acts: late},
		{name: "1.2 client without certificate", client: only(cipher.VersionTLS12), server: with(requires), acts: late},
		{name: "1.3 expired client", client: func(p *testPKI, c *Config) { c.Credentials = []*handshake.Credential{p.expired} }, server: with(requires), acts: late},
		{name: "1.2 unknown client", client: with(only(cipher.VersionTLS12), func(p *testPKI, c *Config) { c.Credentials = []*handshake.Credential{p.stranger} }),
			server: with(requires), acts: late},
		{name: "1.3 hello damaged", damage: &damage{clientEnd, 60, 0x40}},
		{name: "1.3 server's flight damaged", damage: &damage{serverEnd, 1500, 0x40}},
		{name: "1.2 server's flight damaged", client: only(cipher.VersionTLS12), damage: &damage{serverEnd, 500, 0x40}},
		{name: "1.3 data damaged", client: with(groups(cipher.X25519)), acts: late, damage: &damage{serverEnd, 850, 1}},
		{name: "1.2 data damaged", client: only(cipher.VersionTLS12), acts: late, damage: &damage{serverEnd, 800, 1}},
	}...)
}

type change = func(*testPKI, *Config)

func with(changes ...change) change {
	return func(p *testPKI, c *Config) {
		for _, f := range changes {
			f(p, c)
		}
	}
}

func only(v cipher.Version) change {
	return func(_ *testPKI, c *Config) { c.MinVersion, c.MaxVersion = v, v }
}

func suites(ids ...cipher.SuiteID) change {
	return func(_ *testPKI, c *Config) {
		c.Suites = ids
		if c.MinVersion == 0 && len(ids) == 1 {
			c.MinVersion = cipher.SuiteByID(ids[0]).Min
		}
	}
}

func groups(ids ...cipher.GroupID) change { return func(_ *testPKI, c *Config) { c.Groups = ids } }

func speaks(protocols ...string) change {
	return func(_ *testPKI, c *Config) { c.Protocols = protocols }
}

func authenticated(p *testPKI, c *Config) {
	c.Credentials = []*handshake.Credential{p.credentials[x509lite.KeyRSA2048]}
}

func requires(_ *testPKI, c *Config)    { c.ClientAuth = handshake.AuthRequired }
func asks(_ *testPKI, c *Config)        { c.ClientAuth = handshake.AuthOptional }
func noShares(_ *testPKI, c *Config)    { c.KeyShares = []cipher.GroupID{} }
func cookies(_ *testPKI, c *Config)     { c.RetryCookie = true }
func undisguised(_ *testPKI, c *Config) { c.PlainTLS13 = true }
func small(_ *testPKI, c *Config)       { c.MaxFragment = 512 }

// eachStory runs a test on every story, told directly once.
func eachStory(t *testing.T, test func(t *testing.T, s *story, want *outcome)) {
	for _, s := range stories() {
		t.Run(s.name, func(t *testing.T) { test(t, s, s.tell(t, direct{})) })
	}
}

// tellings runs a property on stories drawn by rapid, together with how they go when told directly.
func tellings(t *testing.T, property func(rt *rapid.T, s *story, want *outcome)) {
	all := stories()
	wants := make([]*outcome, len(all))
	rapid.Check(t, func(rt *rapid.T) {
		i := rapid.IntRange(0, len(all)-1).Draw(rt, "story")
		if wants[i] == nil {
			wants[i] = all[i].tell(t, direct{})
		}
		property(rt, all[i], wants[i])
	})
}

// TestStoriesEndAsTheyShould: the stories are about what they say, so that the properties are about something.
func TestStoriesEndAsTheyShould(t *testing.T) {
	bad := map[string]bool{}
	for _, s := range failures() {
		bad[s.name] = true
	}
	eachStory(t, func(t *testing.T, s *story, o *outcome) {
		for who := range 2 {
			if failed := o.status[who].Has(Failed); failed != bad[s.name] {
				t.Errorf("end %d: %v, %s", who, o.status[who], o.fail[who])
			}
			if !bad[s.name] && !bytes.Equal(o.exported[0], o.exported[1]) {
				t.Error("the ends export different keys")
			}
		}
	})
}
