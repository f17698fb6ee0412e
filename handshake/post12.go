package handshake

import (
	"tlsengine/cipher"
	"tlsengine/handshake/keyschedule"
	"tlsengine/record"
)

// This file is the time after a handshake before TLS 1.3: neither end negotiates again.

// connect12 ends a handshake before TLS 1.3, in which first was the contents of the first Finished.
func connect12(c *Context, suite *cipher.Suite, master *keyschedule.Master12, first keyschedule.VerifyData, out *Flight) State {
	c.flushIncoming()
	session, stored := keptSession12(c, master), storedSession12(c)
	c.transcript = Transcript{rawGone: true}
	c.unhashed = Messages(TypeHelloRequest, TypeClientHello)
	info := c.info
	c.info, c.hello = nil, nil
	out.add(Effect{Kind: TellConnected, Connection: &Connection{
		Info: info, Stored: stored,
		Exporter: &Exporter{secret: &exporter12{
			master: *master, client: info.ClientRandom, server: info.ServerRandom, first: first,
			unbound: info.Resumed && !info.ExtendedMasterSecret,
		}},
	}})
	if session != nil {
		out.add(Effect{Kind: TellSession, Session: session})
	}
	master.Clear()
	if c.role == ServerRole {
		return &server12Connected{}
	}
	return &client12Connected{}
}

// client12Connected is a client after the handshake.
type client12Connected struct{ connectedFlow }

func (*client12Connected) Name() string        { return "client12.Connected" }
func (*client12Connected) Expects() MessageSet { return Messages(TypeHelloRequest) }
func (s *client12Connected) clone() State      { return s }

func (s *client12Connected) On(c *Context, m Message, out *Flight) (State, error) {
	return s, answerRenegotiation(c, out)
}

// server12Connected is a server after the handshake.
type server12Connected struct{ connectedFlow }

func (*server12Connected) Name() string        { return "server12.Connected" }
func (*server12Connected) Expects() MessageSet { return Messages(TypeClientHello) }
func (s *server12Connected) clone() State      { return s }

func (s *server12Connected) On(c *Context, m Message, out *Flight) (State, error) {
	return s, answerRenegotiation(c, out)
}

// answerRenegotiation answers a HelloRequest or a ClientHello after the handshake, as configured.
func answerRenegotiation(c *Context, out *Flight) error {
	switch c.params.Renegotiation {
	case RenegotiationForbidden:
		return record.Fail(record.AlertNoRenegotiation, record.ReasonNoRenegotiation, "the peer wants to negotiate again, which is forbidden")
	case RenegotiationRefused:
		return c.dialect.refuse(out)
	}
	return nil
}

// cipherSpec is what was agreed for the records.
func (c *Context) cipherSpec() record.CipherSpec {
	return record.CipherSpec{Bulk: c.info.Suite.Bulk, Form: c.dialect.records, EncryptThenMAC: c.info.EncryptThenMAC, Unsplit: c.params.UnsplitCBC}
}

// keyBlock derives the keys of both directions.
func (c *Context) keyBlock(master *keyschedule.Master12) keyschedule.KeyBlock {
	spec := c.cipherSpec()
	mac, key, iv := spec.KeyLengths()
	return master.KeyBlock(mac, key, iv, c.info.ClientRandom[:], c.info.ServerRandom[:])
}

// installRead12 installs the read keys of a key block; side is its half.
func (f *Flight) installRead12(side func() (mac, key, iv []byte)) {
	mac, key, iv := side()
	o, err := record.NewOpener(f.c.cipherSpec(), record.Keys{MAC: mac, Key: key, IV: iv})
	if err != nil {
		f.fail(err)
		return
	}
	f.installRead(o, EpochApplication)
}

// installWrite12 installs the write keys of a key block; side is its half.
func (f *Flight) installWrite12(side func() (mac, key, iv []byte)) {
	mac, key, iv := side()
	s, err := record.NewSealer(f.c.cipherSpec(), record.Keys{MAC: mac, Key: key, IV: iv})
	if err != nil {
		f.fail(err)
		return
	}
	f.installWrite(s, EpochApplication)
}
