package handshake

import (
	"tlsengine/cipher"
	"tlsengine/handshake/keyschedule"
	"tlsengine/record"
)

// This file is TLS 1.3 after the handshake: the connected states of both ends, and KeyUpdate in both directions.

// connect13 ends a TLS 1.3 handshake; tickets are what a client makes sessions from, or a server more tickets, which has given
// some.
func connect13(c *Context, secrets *applicationSecrets, tickets *resumption, given int, out *Flight) State {
	c.flushIncoming()
	c.keepForLater(tickets, given)
	c.transcript = Transcript{rawGone: true}
	c.unhashed = Messages(TypeNewSessionTicket, TypeKeyUpdate)
	suite, read, write := c.info.Suite, secrets.server, secrets.client
	if c.role == ServerRole {
		read, write = write, read
	}
	k := &connected13{exporter: exporter13{secrets.exporter}, keys: SendKeys{suite, write}}
	k.share.secret = &k.exporter
	k.connection = Connection{Info: c.info, Exporter: &k.share, SendKeys: &k.keys}
	c.info, c.hello, c.resumed = nil, nil, nil
	out.add(Effect{Kind: TellConnected, Connection: &k.connection})
	if c.role == ServerRole {
		return &server13Connected{receiving{suite: suite, secret: read}}
	}
	return &client13Connected{receiving: receiving{suite: suite, secret: read}, tickets: tickets.clone(), authenticates: c.auth != nil}
}

// connectClient13 ends a client's handshake behind its own Finished. The resumption secret is kept if somebody wants to know of
// sessions.
func connectClient13(c *Context, secrets *applicationSecrets, out *Flight) State {
	var tickets *resumption
	if c.params.NewSession != nil && leavesSessions(c) {
		tickets = &resumption{secret: secrets.master.Resumption(c.hashThrough()), template: newSession(c), left: maxTickets}
	}
	defer tickets.forget()
	return connect13(c, secrets, tickets, 0, out)
}

// connected13 is all that a TLS 1.3 handshake leaves behind for the engine, in one piece.
type connected13 struct {
	connection Connection
	share      Exporter
	exporter   exporter13
	keys       SendKeys
}

// opener13 returns the read protection of a traffic secret.
func opener13(suite *cipher.Suite, secret *keyschedule.Secret) (record.Opener, error) {
	var key [32]byte
	var iv [12]byte
	defer clear(key[:])
	secret.KeyIV(suite, key[:suite.Bulk.KeyLen], iv[:])
	return record.NewOpener13(suite, key[:suite.Bulk.KeyLen], iv[:])
}

// sealer13 returns the write protection of a traffic secret.
func sealer13(suite *cipher.Suite, secret *keyschedule.Secret) (record.Sealer, error) {
	var key [32]byte
	var iv [12]byte
	defer clear(key[:])
	secret.KeyIV(suite, key[:suite.Bulk.KeyLen], iv[:])
	return record.NewSealer13(suite, key[:suite.Bulk.KeyLen], iv[:])
}

// SendKeys are the write keys of an established TLS 1.3 connection, generation by generation. They belong to the
// outbound half.
type SendKeys struct {
	suite  *cipher.Suite
	secret keyschedule.Secret
}

// Update returns the KeyUpdate message to send under the present keys, and the protection for all that follows it
// (RFC 8446, Section 4.6.3). askPeer asks the peer to do the same.
func (k *SendKeys) Update(askPeer bool) (message []byte, next record.Sealer, err error) {
	message, err = appendMessage(nil, &KeyUpdate{Request: askPeer}, Form13)
	if err != nil {
		return nil, nil, err
	}
	secret := k.secret.Next()
	k.secret.Clear()
	k.secret = secret
	next, err = sealer13(k.suite, &k.secret)
	return message, next, err
}

// Clone returns an independent copy.
func (k *SendKeys) Clone() *SendKeys { c := *k; return &c }

// Clear forgets the secret.
func (k *SendKeys) Clear() { k.secret.Clear() }

// receiving is the part that the connected states of both ends share: the secret behind the present read keys.
type receiving struct {
	suite  *cipher.Suite
	secret keyschedule.Secret
}

// onKeyUpdate installs the next read keys, and owes an answer if the peer wants one.
func (r *receiving) onKeyUpdate(m *KeyUpdate, out *Flight) receiving {
	next := receiving{suite: r.suite, secret: r.secret.Next()}
	r.secret.Clear()
	out.installRead13(next.suite, &next.secret, EpochApplication)
	if m.Request {
		out.add(Effect{Kind: OweKeyUpdate})
	}
	return next
}

// client13Connected is a client after the handshake.
type client13Connected struct {
	receiving
	tickets       *resumption // nil if no tickets are taken
	authenticates bool        // the server may ask for our certificate
}

func (*client13Connected) Name() string { return "client13.Connected" }

// Expects depends on what the client has offered: RFC 8446, Section 4.6.2: a request is unexpected otherwise.
func (s *client13Connected) Expects() MessageSet {
	if s.authenticates {
		return Messages(TypeNewSessionTicket, TypeKeyUpdate, TypeCertificateRequest)
	}
	return Messages(TypeNewSessionTicket, TypeKeyUpdate)
}
func (*client13Connected) Flow() Flow     { return Flow{Read: AllData, Write: AllData} }
func (s *client13Connected) clone() State { return s.copy() }

func (s *client13Connected) copy() *client13Connected {
	c := *s
	c.tickets = s.tickets.clone()
	return &c
}

func (s *client13Connected) On(c *Context, m Message, out *Flight) (State, error) {
	if u, ok := m.(*KeyUpdate); ok {
		next := s.copy()
		next.receiving = s.onKeyUpdate(u, out)
		return next, nil
	}
	if r, ok := m.(*CertificateRequest); ok {
		return s, beginClientAuth(c, r)
	}
	if s.tickets == nil || s.tickets.left == 0 {
		return s, nil // RFC 8446, Section 4.6.1: a client may pass over tickets
	}
	next := s.copy()
	next.tickets.takeTicket(c, m.(*NewSessionTicket), out)
	return next, nil
}

// server13Connected is a server after the handshake.
type server13Connected struct{ receiving }

func (*server13Connected) Name() string        { return "server13.Connected" }
func (*server13Connected) Expects() MessageSet { return Messages(TypeKeyUpdate) }
func (*server13Connected) Flow() Flow          { return Flow{Read: AllData, Write: AllData} }
func (s *server13Connected) clone() State      { c := *s; return &c }

func (s *server13Connected) On(c *Context, m Message, out *Flight) (State, error) {
	return &server13Connected{s.onKeyUpdate(m.(*KeyUpdate), out)}, nil
}
