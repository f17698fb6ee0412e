package engine

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"tlsengine/cipher"
	"tlsengine/handshake"

	"pgregory.net/rapid"
)

// What an idle connection may hold, by its own estimate, beside its two cipher states; asleep it has none. DESIGN.md
// ("Speed") aims at 1 KiB; what bench measures on the heap is what counts in the end.
const (
	maxIdle = 1700
	aesGCM  = 1280 // of Go 1.26, for each direction
)

// aliveSuites are one suite of each kind of protection.
var aliveSuites = []cipher.SuiteID{
	cipher.TLS_AES_128_GCM_SHA256, cipher.TLS_CHACHA20_POLY1305_SHA256,
	cipher.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, cipher.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
}

// connected returns two ends that share a connection with this suite.
func connected(t testing.TB, id cipher.SuiteID) (c, s *Conn) {
	t.Helper()
	p := newTestPKI(t)
	config := p.clientConfig()
	config.MinVersion, config.MaxVersion = cipher.SuiteByID(id).Min, cipher.SuiteByID(id).Min
	config.Suites = []cipher.SuiteID{id}
	c, s = pair(t, config, p.serverConfig())
	connect(t, c, s)
	return c, s
}

// TestNoAllocationPerRecord in either direction and at any size, by all the ways to write and to read.
func TestNoAllocationPerRecord(t *testing.T) {
	if raceEnabled {
		t.Log("under the race detector pools drop what they are given: nothing to count")
		return
	}
	buf := make([]byte, 20000)
	writes := map[string]func(c *Conn, p []byte){
		"Write": func(c *Conn, p []byte) { c.Write(p) },
		"Space": func(c *Conn, p []byte) {
			for len(p) > 0 {
				n := copy(c.Space(), p)
				c.Seal(n)
				p = p[n:]
			}
		},
	}
	carries := map[string]func(from, to *Conn){
		"Feed": func(from, to *Conn) { move(from, to) },
		"Buffer": func(from, to *Conn) {
			for out := from.Outgoing(); len(out) > 0; out = from.Outgoing() {
				n := copy(to.Buffer(), out)
				to.Commit(n)
				from.Sent(n)
			}
		},
	}
	reads := map[string]func(c *Conn) int{
		"Read":       func(c *Conn) int { return c.Read(buf) },
		"small Read": func(c *Conn) int { return c.Read(buf[:100]) },
		"Peek":       func(c *Conn) int { n := len(c.Peek()); c.Discard(n); return n },
	}
	for _, id := range aliveSuites {
		c, s := connected(t, id)
		for w, write := range writes {
			for m, carry := range carries {
				for r, read := range reads {
					for _, n := range []int{1, 63, 1000, 16384, 50000} {
						round := func(from, to *Conn) {
							write(from, buf[:min(n, len(buf))])
							if n > len(buf) {
								write(from, buf)
							}
							carry(from, to)
							for read(to) > 0 {
							}
						}
						both := func() { round(c, s); round(s, c) }
						both() // fills the pools
						if a := testing.AllocsPerRun(20, both); a != 0 {
							t.Errorf("%v, %s, %s, %s, %d bytes: %v allocations", id, w, m, r, n, a)
						}
					}
				}
			}
		}
		if c.Err() != nil || s.Err() != nil {
			t.Fatal(c.Err(), s.Err())
		}
	}
}

// TestAnIdleConnectionHoldsNoBuffer: after the handshake and after any traffic, a connection with nothing in it holds its state
// and its ciphers, and asleep not even these.
func TestAnIdleConnectionHoldsNoBuffer(t *testing.T) {
	for _, id := range aliveSuites {
		c, s := connected(t, id)
		idle := func(when string) {
			for who, e := range []*Conn{c, s} {
				if n := e.Footprint(); n > maxIdle+2*aesGCM {
					t.Errorf("%v, end %d, %s: %d bytes are held", id, who, when, n)
				}
				if !e.Sleep() {
					t.Errorf("%v, end %d, %s: it doesn't sleep", id, who, when)
				}
				if n := e.Footprint(); n > maxIdle {
					t.Errorf("%v, end %d, %s: %d bytes are held asleep", id, who, when, n)
				}
			}
		}
		idle("after the handshake")
		for _, n := range []int{1, 5000, 16384, 60000} {
			for _, ends := range [][2]*Conn{{c, s}, {s, c}} {
				ends[0].Write(filler(n))
				ends[0].UpdateKeys(true)
				got := direct{}.deliver(ends[1], ends[0].Outgoing(), nil)
				ends[0].Sent(len(ends[0].Outgoing()))
				if len(got) != n {
					t.Fatalf("%d of %d bytes", len(got), n)
				}
			}
			idle(fmt.Sprintf("after %d bytes", n))
		}
		if p := c.Buffer(); len(p) < 16384 {
			t.Errorf("Buffer lends %d bytes", len(p))
		}
		c.Commit(0)
		s.Seal(len(s.Space()[:0]))
		idle("after loans that were not used")
	}
}

// TestInputIsBoundedByWhatWaits: whenever an inbound call has returned, the connection holds at most 64 bytes more than
// twice what it has not processed, for input, beside what it holds when idle.
func TestInputIsBoundedByWhatWaits(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c, s := connected(t, rapid.SampledFrom(aliveSuites).Draw(rt, "suite"))
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
		c.Write([]byte("x"))
		move(c, s)
		s.Read(make([]byte, 10)) // with the first record the cipher is made
		idle := s.Footprint()
		var stream []byte
		for range 3 {
			c.Write(filler(1 + r.IntN(40000)))
			stream = append(stream, c.Outgoing()...)
			c.Sent(len(c.Outgoing()))
		}
		most := rapid.SampledFrom([]int{1, 10, 300, 20000}).Draw(rt, "piece")
		buf := make([]byte, 1+r.IntN(20000))
		for fed := 0; fed < len(stream); {
			p := stream[fed:min(len(stream), fed+1+r.IntN(most))]
			before := fed
			if r.IntN(2) == 0 {
				n, _ := s.Feed(p)
				fed += n
			} else {
				n := copy(s.Buffer(), p)
				s.Commit(n)
				fed += n
			}
			checkBound(rt, s, idle)
			for i := 0; fed == before || i < r.IntN(3); i++ {
				if r.IntN(2) == 0 {
					s.Read(buf)
				} else {
					s.Discard(r.IntN(len(s.Peek()) + 1))
				}
				checkBound(rt, s, idle)
				before = -1
			}
			if most == 1 && fed > 500 {
				most = 2000
			}
		}
	})
}

func checkBound(rt *rapid.T, c *Conn, idle int) {
	waits := len(c.Rest()) + len(c.in.reader.Held())
	if have := c.Footprint() - idle; have > 2*waits+64 {
		rt.Fatalf("%d bytes are held for %d", have, waits)
	}
}

// TestAHalfOpenConnectionIsBoundedByWhatThePeerSent: a server that got part of a hello holds a few times as much, and not
// what the hello claims to be.
func TestAHalfOpenConnectionIsBoundedByWhatThePeerSent(t *testing.T) {
	p := newTestPKI(t)
	empty := newServer(t, p.serverConfig(), Options{}).Footprint()
	hello := newClient(t, p.clientConfig(), Options{ServerName: "example.test"}).Outgoing()
	claim := []byte{22, 3, 1, 0x40, 0, 1, 0, 0xff, 0xff}
	for n := range len(hello) {
		for name, input := range map[string][]byte{"a hello": hello[:n], "a claim": append(claim, make([]byte, n)...)} {
			s := newServer(t, p.serverConfig(), Options{})
			s.Feed(input)
			if have := s.Footprint() - empty; have > 2*len(input)+64 || s.Err() != nil {
				t.Fatalf("%d bytes of %s: %d bytes are held, %v", len(input), name, have, s.Err())
			}
		}
	}
}

// TestWhatAnExchangeNeedsIsGivenBack: a connection is as idle behind an exchange after its handshake as it was before, and where one was
// refused.
func TestWhatAnExchangeNeedsIsGivenBack(t *testing.T) {
	p := newTestPKI(t)
	idle := func(when string, ends ...*Conn) {
		t.Helper()
		for who, e := range ends {
			if !e.in.machine.Idle() || e.Err() != nil {
				t.Errorf("%s, end %d: the handshake's memory is still held: %v", when, who, e.Err())
			}
		}
	}
	client, server := p.clientConfig(), p.serverConfig()
	with(later, authenticated, keeps)(p, client)
	with(later, requires, grants)(p, server)
	c, s := pair(t, client, server)
	connect(t, c, s)
	c.Read(make([]byte, 1)) // the ticket
	idle("after the handshake", c, s)
	if err := s.RequestCertificate(); err != nil {
		t.Fatal(err)
	}
	for move(s, c) || move(c, s) || woke(c) || woke(s) {
	}
	if len(s.Info().PeerChain) == 0 {
		t.Fatal("the client has shown no certificate")
	}
	c.Read(make([]byte, 1)) // another ticket
	idle("after authentication", c, s)

	client.PostHandshakeAuth = false
	c, s = pair(t, client, server)
	connect(t, c, s)
	c.Read(make([]byte, 1))
	if err := s.RequestCertificate(); err != handshake.ErrNoPostHandshake {
		t.Error(err)
	}
	client.MaxVersion = cipher.VersionTLS12
	d, _ := pair(t, client, server)
	connect(t, d, newServer(t, server, Options{}))
	if err := d.Renegotiate(); err == nil {
		t.Error("renegotiation is off, and was asked for")
	}
	idle("after refusals", c, s, d)
}
