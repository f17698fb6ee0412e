package handshake

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"tlsengine/cipher"
	"tlsengine/record"
	"tlsengine/x509lite"
)

// This file lets two Machines resume each other's sessions before TLS 1.3, and tries what must not be resumed.

// memory is a server's store and its tickets, which are numbers.
type memory struct {
	sessions map[string]*Session
	tickets  []*Session
	renew    bool
}

func (m *memory) Find(id []byte) *Session { return m.sessions[string(id)] }
func (m *memory) Remove(id []byte)        { delete(m.sessions, string(id)) }

func (m *memory) Add(s *Session) {
	if m.sessions == nil {
		m.sessions = map[string]*Session{}
	}
	m.sessions[string(s.id)] = s
}

func (m *memory) Seal(s *Session, seed []byte) ([]byte, error) {
	m.tickets = append(m.tickets, s)
	return []byte{byte(len(m.tickets))}, nil
}

func (m *memory) Open(ticket []byte) (*Session, bool) {
	if len(ticket) != 1 || int(ticket[0]) > len(m.tickets) {
		return nil, false
	}
	return m.tickets[ticket[0]-1], m.renew
}

// resumption12 is a connection and what is tried with its session afterwards.
type resumption12 struct {
	ticket      bool // by ticket, otherwise by id
	renew       bool // the server wants to replace the ticket
	lost        bool // it doesn't know the session any more
	certificate bool // the client shows one
	refused     bool // and the server doesn't take it the second time
	deferred    bool
	before      func(*pairEnd) // as newPair has it; nil if deferred says all

	first func(*Params) // changes both ends before the first connection; may be nil

	// changes between the two connections; may be nil
	client, server func(*Params)
	session        func(*Session)
	shape          func(who Role, m Message) // of the second connection
}

func (s resumption12) resumes() bool { return !s.lost && !s.refused }

// resumptions12 returns what the graph has edges for.
func resumptions12() (list []resumption12) {
	for i := range 1 << 6 {
		bit := func(n int) bool { return i>>n&1 == 1 }
		s := resumption12{ticket: bit(0), renew: bit(1), lost: bit(2), certificate: bit(3), refused: bit(4), deferred: bit(5)}
		if s.renew && !s.ticket || s.refused && !s.certificate {
			continue
		}
		list = append(list, s)
	}
	return list
}

// params returns those of both ends for both connections.
func (s resumption12) params(t *testing.T) (client, server *Params, kept *memory) {
	t.Helper()
	client, server, kept = pairParams(), pairParams(), &memory{}
	for _, p := range []*Params{client, server} {
		p.Versions = []cipher.Version{cipher.VersionTLS12}
		p.SessionLifetime, p.SessionLifetimeBefore13 = time.Hour, time.Hour
		p.Suites = append(p.Suites, cipher.SuiteByID(cipher.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384))
	}
	client.NewSession = func(*Session, any) {}
	server.Credentials = []*Credential{pairCredential(t, x509lite.KeyP256, 7)}
	server.Sessions = kept
	if s.first != nil {
		s.first(client)
		s.first(server)
	}
	if s.ticket {
		server.Tickets = kept
	}
	if s.certificate {
		client.Credentials = []*Credential{pairCredential(t, x509lite.KeyP256, 8)}
		server.ClientAuth = AuthRequired
	}
	server.VerifyPeer = func(o *VerifyPeer) (*x509lite.Verdict, error) {
		if s.refused && o.Resumed {
			return nil, errors.New("not any more")
		}
		return nil, nil
	}
	return client, server, kept
}

// connect makes one connection.
func (s resumption12) connect(t *testing.T, client, server *Params, offer *Session, shape func(Role, Message), seen map[transition]bool) (c, v *pairEnd, err error) {
	t.Helper()
	before := s.before
	if before == nil {
		before = scenario{deferred: s.deferred}.before
	}
	c, v = newPair(t, client, server, before)
	c.m.c.options.Session = offer
	if offer != nil {
		v.m.c.random.source = seededRand(3) // another connection gets another session id
	}
	for _, e := range []*pairEnd{c, v} {
		if shape != nil {
			role := e.m.c.role
			e.m.c.options.Shape = func(m Message) { shape(role, m) }
		}
		e.m.trace = func(from State, on MessageType, to State) {
			if seen != nil {
				seen[transition{from.Name(), on, to.Name()}] = true
			}
		}
	}
	if err = c.start(); err == nil {
		err = c.settle()
	}
	return c, v, err
}

// twice makes the first connection, and the second with its session. It returns both ends of the second one and its error.
func (s resumption12) twice(t *testing.T, seen map[transition]bool) (c, v *pairEnd, err error) {
	t.Helper()
	client, server, kept := s.params(t)
	c, v, err = s.connect(t, client, server, nil, nil, seen)
	if err != nil || c.done == nil || v.done == nil || len(c.told) != 1 || len(v.told) != map[bool]int{false: 1}[s.ticket] {
		t.Fatalf("%+v: first connection: %v, %d and %d sessions", s, err, len(c.told), len(v.told))
	}
	for _, told := range v.told {
		kept.Add(told)
	}
	offer := *c.told[0]
	if s.session != nil {
		s.session(&offer)
	}
	kept.renew = s.renew
	if s.lost {
		*kept = memory{}
	}
	if s.client != nil {
		s.client(client)
	}
	if s.server != nil {
		s.server(server)
	}
	return s.connect(t, client, server, &offer, s.shape, seen)
}

// run connects twice and looks at the second connection.
func (s resumption12) run(t *testing.T, seen map[transition]bool) {
	t.Helper()
	c, v, err := s.twice(t, seen)
	if err != nil || c.done == nil || v.done == nil {
		t.Errorf("%+v: %v", s, err)
		return
	}
	for _, e := range []*pairEnd{c, v} {
		if e.done.Info.Resumed != s.resumes() {
			t.Errorf("%+v: resumed %v", s, e.done.Info.Resumed)
		}
	}
	if s.certificate && len(v.done.Info.PeerChain) != 1 || len(c.done.Info.PeerChain) != 1 {
		t.Errorf("%+v: the peers are not known", s)
	}
	mine, err1 := c.done.Exporter.Unique()
	theirs, err2 := v.done.Exporter.Unique()
	if err1 != nil || err2 != nil || !bytes.Equal(mine, theirs) {
		t.Errorf("%+v: tls-unique %x and %x", s, mine, theirs)
	}
	wantTold := 1
	if s.resumes() && !s.renew {
		wantTold = 0 // the session is as good as it was
	}
	if len(c.told) != wantTold {
		t.Errorf("%+v: the client is told of %d sessions, want %d", s, len(c.told), wantTold)
	}
}

// flight returns the types of messages.
func flight(types ...MessageType) []MessageType { return types }

// TestResumptionSendsTheMessagesOfTheRFC: RFC 5246, Section 7.3, Figure 2; RFC 5077, Section 3.1, Figure 3.
func TestResumptionSendsTheMessagesOfTheRFC(t *testing.T) {
	for _, renew := range []bool{false, true} {
		c, v, err := resumption12{ticket: true, renew: renew}.twice(t, nil)
		if err != nil {
			t.Fatal(err)
		}
		server := flight(TypeServerHello, TypeFinished)
		if renew {
			server = flight(TypeServerHello, TypeNewSessionTicket, TypeFinished)
		}
		if !slices.Equal(v.sent, server) || !slices.Equal(c.sent, flight(TypeClientHello, TypeFinished)) {
			t.Errorf("renew %v: the client sends %v, the server %v", renew, c.sent, v.sent)
		}
	}
}

// TestWhatDoesNotMatchIsNotResumed changes one thing between two connections: the second one is a full handshake and works.
func TestWhatDoesNotMatchIsNotResumed(t *testing.T) {
	first := cipher.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
	for name, s := range map[string]resumption12{
		"the server's scope":              {server: func(p *Params) { p.Scope[0]++ }},
		"the server's scope, ticket":      {ticket: true, server: func(p *Params) { p.Scope[0]++ }},
		"the client's scope":              {client: func(p *Params) { p.Scope[0]++ }},
		"the session's server name":       {session: func(s *Session) { s.serverName = "other.test" }},
		"the session has expired":         {client: later(2 * time.Hour)},
		"it has, says the server":         {server: later(2 * time.Hour)},
		"it has, in the ticket":           {ticket: true, server: later(2 * time.Hour)},
		"the server now wants proof":      {server: func(p *Params) { p.ClientAuth = AuthOptional; p.Scope[0]++ }},
		"the server's suites":             {ticket: true, server: func(p *Params) { p.Suites = without(p.Suites, first) }},
		"the client's suites":             {ticket: true, client: func(p *Params) { p.Suites = without(p.Suites, first) }},
		"tickets are not taken":           {ticket: true, server: func(p *Params) { p.Tickets = nil }},
		"tickets are not offered":         {ticket: true, client: func(p *Params) { p.SessionIDsOnly = true }},
		"ids are not taken":               {server: func(p *Params) { p.Sessions = nil }},
		"a certificate of then has ended": {session: func(s *Session) { s.notAfter = pairTime.Add(-time.Second) }},
	} {
		for _, deferred := range []bool{false, true} {
			s.deferred = deferred
			c, v, err := s.twice(t, nil)
			if err != nil || c.done == nil || v.done == nil {
				t.Errorf("%s: %v", name, err)
			} else if c.done.Info.Resumed || v.done.Info.Resumed {
				t.Errorf("%s: resumed", name)
			}
		}
	}
}

func later(d time.Duration) func(*Params) {
	return func(p *Params) { p.Time = func() time.Time { return pairTime.Add(d) } }
}

func without(suites []*cipher.Suite, id cipher.SuiteID) []*cipher.Suite {
	return slices.DeleteFunc(slices.Clone(suites), func(s *cipher.Suite) bool { return s.ID == id })
}

// TestSessionIsBoundToItsServerName shows a server a session with another server_name. RFC 6066, Section 3. (S-185)
func TestSessionIsBoundToItsServerName(t *testing.T) {
	for _, ticket := range []bool{false, true} {
		_, v, err := resumption12{ticket: ticket, shape: func(_ Role, m Message) {
			if h, ok := m.(*ClientHello); ok {
				h.Extensions.ServerName = "other.test"
			}
		}}.twice(t, nil)
		if err != nil || v.done == nil || v.done.Info.Resumed {
			t.Errorf("ticket %v: %v, resumed", ticket, err)
		}
	}
}

// TestExtendedMasterSecretOnResumption is the table of RFC 7627, Section 5.3: the triple handshake attack needs a resumption whose
// secret is not bound to the first handshake.
func TestExtendedMasterSecretOnResumption(t *testing.T) {
	drop := func(who Role) func(Role, Message) {
		return func(r Role, m Message) {
			if r != who {
				return
			}
			switch m := m.(type) {
			case *ClientHello:
				m.Extensions.Present.Remove(ExtExtendedMasterSecret)
			case *ServerHello:
				m.Extensions.Present.Remove(ExtExtendedMasterSecret)
			}
		}
	}
	for _, c := range []struct {
		name    string
		session bool // had it
		shape   func(Role, Message)
		reason  record.Reason // of the failure; 0 for none
		resumed bool
	}{
		{"with, with", true, nil, 0, true},
		{"with, client without", true, drop(ClientRole), record.ReasonResumedEMSSessionWithoutEMSExtension, false},
		{"with, server without", true, drop(ServerRole), record.ReasonResumedEMSSessionWithoutEMSExtension, false},
		{"without, with", false, nil, 0, false},
	} {
		for _, ticket := range []bool{false, true} {
			s := resumption12{ticket: ticket}
			client, server, kept := s.params(t)
			var first func(Role, Message)
			if !c.session {
				first = drop(ClientRole)
			}
			a, v, err := s.connect(t, client, server, nil, first, nil)
			if err != nil || len(a.told) != 1 || a.told[0].extended != c.session {
				t.Fatalf("%s: %v", c.name, err)
			}
			for _, told := range v.told {
				kept.Add(told)
			}
			a, v, err = s.connect(t, client, server, a.told[0], c.shape, nil)
			var failure *record.Error
			switch errors.As(err, &failure); {
			case c.reason != 0 && (failure == nil || failure.Reason != c.reason || failure.Alert != record.AlertHandshakeFailure):
				t.Errorf("%s: %v, want %v", c.name, err, c.reason)
			case c.reason == 0 && (err != nil || a.done.Info.Resumed != c.resumed || v.done.Info.Resumed != c.resumed):
				t.Errorf("%s: %v", c.name, err)
			}
		}
	}
}

// TestServerThatResumesAsIfItHadExtendedMasterSecret: the client ends it (RFC 7627, Section 5.3).
func TestServerThatResumesAsIfItHadExtendedMasterSecret(t *testing.T) {
	_, _, err := resumption12{
		session: func(s *Session) { s.extended = false },
	}.twice(t, nil)
	wantFailure(t, err, record.AlertHandshakeFailure, record.ReasonResumedNonEMSSessionWithEMSExtension)
}

func wantFailure(t *testing.T, err error, alert record.Alert, reason record.Reason) {
	t.Helper()
	var failure *record.Error
	if !errors.As(err, &failure) || failure.Alert != alert || failure.Reason != reason {
		t.Errorf("%v, want %v with %v", err, reason, alert)
	}
}

// TestUniqueIsNotToldWithoutExtendedMasterSecret: RFC 7627, Section 5.4: it isn't unique on a connection that resumes without one. // S-177
func TestUniqueIsNotToldWithoutExtendedMasterSecret(t *testing.T) {
	s := resumption12{ticket: true}
	client, server, _ := s.params(t)
	without := func(_ Role, m Message) {
		if h, ok := m.(*ClientHello); ok {
			h.Extensions.Present.Remove(ExtExtendedMasterSecret)
		}
	}
	var session *Session
	for _, resumed := range []bool{false, true} {
		c, v, err := s.connect(t, client, server, session, without, nil)
		if err != nil || c.done.Info.Resumed != resumed {
			t.Fatalf("resumed %v: %v", resumed, err)
		}
		for _, e := range []*pairEnd{c, v} {
			if _, err := e.done.Exporter.Unique(); (err != nil) != resumed {
				t.Errorf("resumed %v: %v", resumed, err)
			}
		}
		if !resumed {
			session = c.told[0]
		}
	}
}

// TestSessionDoesNotHoldOnToAWorseSuite: a suite that both ends prefer now ends the use of sessions with another.
func TestSessionDoesNotHoldOnToAWorseSuite(t *testing.T) {
	better := func(p *Params) {
		p.Suites = append([]*cipher.Suite{cipher.SuiteByID(cipher.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384)}, p.Suites...)
		p.PreferOwnOrder = true
	}
	for _, ticket := range []bool{false, true} {
		c, v, err := resumption12{ticket: ticket, server: better}.twice(t, nil)
		if err != nil || c.done.Info.Resumed || v.done.Info.Suite.ID != cipher.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 {
			t.Errorf("ticket %v: %v", ticket, err)
		}
	}
}

// TestClientRefusesResumptionThatChanges: suite and version are the session's (RFC 5246, Section 7.4.1.3).
func TestClientRefusesResumptionThatChanges(t *testing.T) {
	_, _, err := resumption12{shape: func(_ Role, m Message) {
		if h, ok := m.(*ServerHello); ok {
			h.Suite = cipher.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
		}
	}}.twice(t, nil)
	wantFailure(t, err, record.AlertIllegalParameter, record.ReasonOldSessionCipherNotReturned)
}

// TestServerThatPromisedATicketMustSendIt: RFC 5077, Section 3.3.
func TestServerThatPromisedATicketMustSendIt(t *testing.T) {
	s := resumption12{}
	client, server, _ := s.params(t)
	_, _, err := s.connect(t, client, server, nil, func(_ Role, m Message) {
		if h, ok := m.(*ServerHello); ok {
			h.Extensions.Add(ExtSessionTicket)
		}
	}, nil)
	wantFailure(t, err, record.AlertUnexpectedMessage, record.ReasonUnexpectedRecord)
}

// TestEmptyTicketLeavesNoSession: RFC 5077, Section 3.3: the server changed its mind.
func TestEmptyTicketLeavesNoSession(t *testing.T) {
	s := resumption12{ticket: true}
	client, server, _ := s.params(t)
	c, v, err := s.connect(t, client, server, nil, func(_ Role, m Message) {
		if ticket, ok := m.(*NewSessionTicket); ok {
			ticket.Ticket = nil
		}
	}, nil)
	if err != nil || c.done == nil || v.done == nil || len(c.told) != 0 {
		t.Errorf("%v, %d sessions", err, len(c.told))
	}
}

// TestFailedHandshakeLeavesNoSession breaks the last message of each end: nobody is told of a session that the other end doesn't know.
func TestFailedHandshakeLeavesNoSession(t *testing.T) {
	for _, ticket := range []bool{false, true} {
		for _, who := range []Role{ClientRole, ServerRole} {
			s := resumption12{ticket: ticket}
			client, server, _ := s.params(t)
			c, _, err := s.connect(t, client, server, nil, nil, nil)
			if err != nil || len(c.told) != 1 {
				t.Fatal(err)
			}
			c, v := newPair(t, client, server, func(e *pairEnd) {
				if len(e.coming) > 0 && MessageType(e.coming[0]) == TypeFinished && e.m.c.role != who {
					e.coming[len(e.coming)-1]++
				}
			})
			if err := c.start(); err != nil {
				t.Fatal(err)
			}
			err = c.settle()
			wantFailure(t, err, record.AlertDecryptError, record.ReasonDigestCheckFailed)
			if len(c.told) > 0 || who == ClientRole && len(v.told) > 0 {
				t.Errorf("ticket %v, %v's Finished is wrong: %d and %d sessions", ticket, who, len(c.told), len(v.told))
			}
		}
	}
}

// TestClientMakesTheIDOfATicket: RFC 5077, Section 3.4. A ServerHello with any other id is a full handshake.
func TestClientMakesTheIDOfATicket(t *testing.T) {
	s := resumption12{ticket: true}
	client, server, _ := s.params(t)
	c, _, err := s.connect(t, client, server, nil, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	session := c.told[0]
	if len(session.id) != maxSessionID || len(session.ticket) != 1 {
		t.Fatalf("the session has an id of %d bytes and a ticket of %d", len(session.id), len(session.ticket))
	}
	var asked, answered []byte
	_, _, err = s.connect(t, client, server, session, func(_ Role, m Message) {
		switch m := m.(type) {
		case *ClientHello:
			asked = m.SessionID
		case *ServerHello:
			answered = m.SessionID
		}
	}, nil)
	if err != nil || !bytes.Equal(asked, session.id) || !bytes.Equal(answered, session.id) {
		t.Errorf("%v: the client sends %x, the server %x", err, asked, answered)
	}
}

// TestStoreWithAnotherSessionIsNotBelieved: an outside store that answers with a session of another id is passed over.
func TestStoreWithAnotherSessionIsNotBelieved(t *testing.T) {
	s := resumption12{}
	client, server, _ := s.params(t)
	c, v, err := s.connect(t, client, server, nil, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	other := *v.told[0]
	other.id = []byte("another")
	server.Sessions = anySession{&other}
	_, v, err = s.connect(t, client, server, c.told[0], nil, nil)
	if err != nil || v.done.Info.Resumed {
		t.Errorf("resumed: %v", err)
	}
}

// anySession is a store that finds the same session always.
type anySession struct{ *Session }

func (a anySession) Find([]byte) *Session { return a.Session }
func (anySession) Add(*Session)           {}
func (anySession) Remove([]byte)          {}

// TestResumedSessionKeepsWhenItBegan: renewing tickets doesn't make a session live forever.
func TestResumedSessionKeepsWhenItBegan(t *testing.T) {
	s := resumption12{ticket: true, renew: true}
	client, server, kept := s.params(t)
	kept.renew = true
	var session *Session
	resumed := 0
	for day := range 10 {
		now := pairTime.Add(time.Duration(day) * 24 * time.Hour)
		for _, p := range []*Params{client, server} {
			p.Time = func() time.Time { return now }
			p.SessionLifetime, p.SessionLifetimeBefore13 = 2*24*time.Hour, 2*24*time.Hour
		}
		c, _, err := s.connect(t, client, server, session, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(c.told) > 0 {
			session = c.told[0]
		}
		if c.done.Info.Resumed {
			resumed++
			if day == 7 {
				t.Error("resumed a week after anybody signed anything")
			}
		}
	}
	if resumed != 8 {
		t.Errorf("resumed on %d of nine days, want all but the seventh", resumed)
	}
}

// TestSessionsOfOurOwnAreDiscreet: no verb prints a secret.
func TestSessionsOfOurOwnAreDiscreet(t *testing.T) {
	for name, s := range goldenSessions() {
		for _, verb := range []string{"%v", "%+v", "%#v", "%x", "%q"} {
			text := fmt.Sprintf(verb, s)
			if len(text) > 100 || bytes.Contains([]byte(text), s.secret[:4]) {
				t.Errorf("%s: %s prints %q", name, verb, text)
			}
		}
	}
}
