package handshake

import (
	"tlsengine/handshake/keyschedule"
	"tlsengine/record"
)

// This file is the time after a handshake before TLS 1.3.

// connect12 ends a handshake before TLS 1.3.
func connect12(c *Context, master *keyschedule.Master12, finished verifyData12, out *Flight) State {
	c.flushIncoming()
	// The client's Finished has shown that the ticket is its own. Another connection may have used it at the same time, as it may
	// a session id: before TLS 1.3 that gives nothing away, for each has keys of its own.
	c.keepsake.offered.spend()
	session, stored := keptSession12(c, master), storedSession12(c)
	c.transcript = Transcript{rawGone: true}
	first := finished.client
	if c.resumed != nil {
		first = finished.server
	}
	if c.params.Renegotiation.granted() {
		c.remember(finished)
	}
	info := c.info
	c.info, c.hello, c.resumed = nil, nil, nil
	k := &connected12{exporter: exporter12{master: *master, info: info, first: first, unbound: info.Resumed && !info.ExtendedMasterSecret}}
	k.share.secret = &k.exporter
	k.connection = Connection{Info: info, Exporter: &k.share}
	if stored.id != nil {
		k.stored = stored
		k.connection.Stored = &k.stored
	}
	out.add(Effect{Kind: TellConnected, Connection: &k.connection})
	if session != nil {
		out.add(Effect{Kind: TellSession, Session: session})
	}
	master.Clear()
	if c.role == ServerRole {
		return &server12Connected{}
	}
	return &client12Connected{}
}

// connected12 is all that a handshake before TLS 1.3 leaves behind for the engine, in one piece.
type connected12 struct {
	connection Connection
	share      Exporter
	exporter   exporter12
	stored     StoredSession
}

// client12Connected is a client after the handshake.
type client12Connected struct{ connectedFlow }

func (*client12Connected) Name() string        { return "client12.Connected" }
func (*client12Connected) Expects() MessageSet { return Messages(TypeHelloRequest) }
func (s *client12Connected) clone() State      { return s }

func (s *client12Connected) On(c *Context, m Message, out *Flight) (State, error) {
	if c.mayBeRenegotiated() {
		return &client12Renegotiating{op: c.renegotiating()}, nil
	}
	return s, refuseRenegotiation(c, out)
}

// renegotiate sends the hello of another handshake (RFC 5746, Section 3.5).
func (*client12Connected) renegotiate(c *Context, out *Flight) (State, error) {
	c.renew(out)
	return (&clientStart{}).hello(c, out)
}

// server12Connected is a server after the handshake.
type server12Connected struct {
	connectedFlow
	asked bool // we have sent a HelloRequest
}

func (*server12Connected) Name() string        { return "server12.Connected" }
func (*server12Connected) Expects() MessageSet { return Messages(TypeClientHello) }
func (s *server12Connected) clone() State      { return s }

func (s *server12Connected) On(c *Context, m Message, out *Flight) (State, error) {
	if !s.asked && !c.mayBeRenegotiated() {
		return s, refuseRenegotiation(c, out)
	}
	out.endPeerFlight()
	return &server12Renegotiating{hello: m.(*ClientHello), raw: c.incoming, op: c.renegotiating()}, nil
}

// renegotiate asks the client for another hello (RFC 5246, Section 7.4.1.1), which it may refuse, or send any time later.
func (*server12Connected) renegotiate(_ *Context, out *Flight) (State, error) {
	out.send(&HelloRequest{})
	return &server12Connected{asked: true}, nil
}

// refuseRenegotiation answers a HelloRequest or a ClientHello on a running connection, as configured.
func refuseRenegotiation(c *Context, out *Flight) error {
	switch c.params.Renegotiation {
	case RenegotiationForbidden:
		return record.Fail(record.AlertNoRenegotiation, record.ReasonNoRenegotiation,
			"the peer wants to negotiate again, which is forbidden")
	case RenegotiationIgnored:
		return nil
	}
	return c.dialect.refuse(out)
}

// cipherSpec is what was agreed for the records.
func (c *Context) cipherSpec() record.CipherSpec {
	return record.CipherSpec{Bulk: c.info.Suite.Bulk, Form: c.dialect.records, EncryptThenMAC: c.info.EncryptThenMAC,
		Compression: c.info.Compression, Unsplit: c.params.UnsplitCBC}
}

// keyBlock derives the keys of both directions.
func (c *Context) keyBlock(master *keyschedule.Master12) keyschedule.KeyBlock {
	spec := c.cipherSpec()
	mac, key, iv := spec.KeyLengths()
	return master.KeyBlock(mac, key, iv, c.info.ClientRandom[:], c.info.ServerRandom[:])
}

// installRead12 installs the read keys of a key block: one of its sides.
func (f *Flight) installRead12(mac, key, iv []byte) {
	o, err := record.NewOpener(f.c.cipherSpec(), record.Keys{MAC: mac, Key: key, IV: iv})
	if err != nil {
		f.fail(err)
		return
	}
	f.installRead(o, EpochApplication)
}

// installWrite12 installs the write keys of a key block: one of its sides.
func (f *Flight) installWrite12(mac, key, iv []byte) {
	s, err := record.NewSealer(f.c.cipherSpec(), record.Keys{MAC: mac, Key: key, IV: iv})
	if err != nil {
		f.fail(err)
		return
	}
	f.installWrite(s, EpochApplication)
}
