package bench

import (
	"crypto/tls"
	"testing"

	"tlsengine/engine"
	"tlsengine/handshake"
)

// resumption is how a scenario goes on with a session. All its connections offer the same one.
type resumption uint8

const (
	never    resumption = iota // full handshakes
	byTicket                   // TLS 1.3: with psk_dhe_ke, and a new ticket each time
	byID                       // before TLS 1.3
)

// configure makes client and server resume.
func (r resumption) configure(client, server *engine.Config) {
	if r == never {
		return
	}
	client.NewSession = func(s *handshake.Session, value any) {
		if o, ok := value.(*engine.Options); ok {
			o.Session = s
		}
	}
	if r == byID {
		server.Sessions = engine.NewSessionCache(engine.CacheLimits{Time: clock})
		return
	}
	keys, err := engine.FixedTicketKeys([32]byte{1})
	if err != nil {
		panic(err)
	}
	server.Tickets, server.TicketCount = keys, 1 // as many as crypto/tls gives
}

// options makes a first connection, so that caches are warm, and returns what all of the scenario's clients have: its session, if
// they are to resume it.
func (s scenario) options(b testing.TB, p sides[*engine.Params]) engine.Options {
	o := engine.Options{ServerName: serverName}
	c, _ := connectBy(b, p, engine.Options{ServerName: serverName, Value: &o}, nil)
	c.Peek() // in TLS 1.3 the ticket comes when the handshake is done, and waits to be looked at
	if want := s.resumed != never; (o.Session != nil) != want {
		b.Fatalf("a session came: %v", !want)
	}
	return o
}

// rememberStd makes ends of crypto/tls resume the session of a first connection. They know no ids: that is measured beside their
// tickets.
func rememberStd(b testing.TB, config sides[*tls.Config]) {
	config.server.SessionTicketsDisabled = false
	config.client.ClientSessionCache = new(oneSession)
	first := stdConnect(b, config)
	go first.server.Write([]byte{0})
	first.client.Read(make([]byte, 1)) // in TLS 1.3 the ticket stands in front of the data
}

// oneSession keeps the first session that it is given.
type oneSession struct{ session *tls.ClientSessionState }

func (o *oneSession) Get(string) (*tls.ClientSessionState, bool) { return o.session, o.session != nil }

func (o *oneSession) Put(_ string, s *tls.ClientSessionState) {
	if o.session == nil {
		o.session = s
	}
}
