package engine

import (
	"bytes"
	"errors"
	"testing"

	"tlsengine/cipher"
	"tlsengine/handshake"
	"tlsengine/record"
)

// This file hands sessions to both ends that somebody has written who could: a file that was changed, a store that is not ours.

// sessionStores are configurations of servers that find sessions in each way.
var sessionStores = []change{byTicket, byID, func(p *testPKI, c *Config) { byTicket(p, c); takesEarly(p, c); requires(p, c); c.PSKWithoutDHE = true }}

// FuzzForeignSession lets a client offer, and with the highest bit of how a server find, what form says is a session. Neither panics, hangs
// or fails with an internal error, and if both go on, they have the same keys.
func FuzzForeignSession(f *testing.F) {
	var pairs [][2]*Params
	var good []*handshake.Session
	for i, store := range sessionStores {
		for j, v := range []cipher.Version{cipher.VersionTLS12, cipher.VersionTLS13} {
			s := &story{client: with(only(v), keeps, authenticated, takesEarly, compresses, alone, speaks("x", "y")), server: with(store, vouched, speaks("y", "x"))}
			params := s.freeze(f, 0)
			if i == 1 && j == 1 {
				continue // no sessions of TLS 1.3 by id
			}
			pairs, good = append(pairs, params), append(good, meet(f, params))
			form, err := good[len(good)-1].Marshal()
			if err != nil {
				f.Fatal(err)
			}
			for k := range byte(6) {
				f.Add(k, form)
				form = bytes.Clone(form)
				form[1] = 1
				f.Add(0x80|k, form)
				form[1] = 0
			}
		}
	}
	f.Fuzz(func(t *testing.T, how byte, form []byte) {
		session, err := handshake.ParseSession(form, nil)
		if err != nil {
			return
		}
		params := pairs[int(how&0x7f)%len(pairs)]
		o := Options{ServerName: "example.test", Session: session, Rand: seeded(1)}
		if how&0x80 != 0 {
			o.Session = good[int(how&0x7f)%len(pairs)]
			params[serverEnd] = findingAnyway(params[serverEnd], session)
		}
		c, err := Client(params[clientEnd], o)
		if err != nil {
			t.Fatal(err)
		}
		s, err := Server(params[serverEnd], Options{Rand: seeded(2)})
		if err != nil {
			t.Fatal(err)
		}
		c.Write([]byte("early"))
		buf := make([]byte, 100)
		for range 4 { // early data holds up the rest until it is read
			answerAll(c, s)
			c.Read(buf)
			s.Read(buf)
		}
		for who, end := range []*Conn{c, s} {
			var e *record.Error
			if err := end.Err(); err != nil && (!errors.As(err, &e) || e.Alert == record.AlertInternalError) {
				t.Fatalf("end %d: %v", who, err)
			}
		}
		if c.Err() == nil && s.Err() == nil {
			a, err1 := c.Export("EXPERIMENTAL session", nil, 32)
			b, err2 := s.Export("EXPERIMENTAL session", nil, 32)
			if err1 != nil || err2 != nil || !bytes.Equal(a, b) {
				t.Fatalf("%v, %v: %x and %x", err1, err2, a, b)
			}
		}
	})
}

// findingAnyway returns Params of a server that finds a session whatever is asked for.
func findingAnyway(p *Params, s *handshake.Session) *Params {
	own, h := *p, *p.handshake
	own.handshake = &h
	if h.Tickets != nil {
		h.Tickets = foundAnyway{h.Tickets, s}
	}
	if h.Sessions != nil {
		h.Sessions = storedAnyway{h.Sessions, s}
	}
	return &own
}

type foundAnyway struct {
	handshake.TicketSealer
	session *handshake.Session
}

func (a foundAnyway) Open([]byte) (*handshake.Session, bool) { return a.session, false }

type storedAnyway struct {
	handshake.SessionStore
	session *handshake.Session
}

func (a storedAnyway) Find([]byte) *handshake.Session { return a.session }
