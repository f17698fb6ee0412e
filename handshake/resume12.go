package handshake

import (
	"bytes"
	"crypto/sha256"
	"time"

	"tlsengine/handshake/keyschedule"
	"tlsengine/record"
)

// This file holds what both ends before TLS 1.3 need for resumption, by session id (RFC 5246, Section 7.3) and by ticket (RFC
// 5077). client12_resume.go and server12_resume.go have the states.

// keepsake is what a handshake before TLS 1.3 gives, or is given, for a later one to resume by.
type keepsake struct {
	id       []byte        // in the ServerHello of a full handshake; nil without
	promised bool          // a NewSessionTicket belongs to the handshake
	ticket   []byte        // clients: what came in it
	lifetime time.Duration // clients: of the ticket; 0 if the server doesn't say
	offered  usableOnce    // servers: the ticket that the client resumes with
}

// enabled tells whether a session's version and suite are still ours, and the one still goes with the other.
func (s *Session) enabled(p *Params) bool {
	own := suiteByID(p.Suites, s.suite.ID)
	return p.enables(s.version) && own != nil && own.Usable(s.version)
}

// resume12 goes on with what the session holds, and returns its master secret.
func resume12(c *Context, s *Session) keyschedule.Master12 {
	takeSession(c, s)
	c.info.Group, c.info.Compression = s.group, record.Compression(s.compression)
	c.speak(s.suite)
	c.transcript.DropRaw() // there will be no CertificateVerify
	master := c.dialect.derivation(s.suite).ResumeMaster(s.secret)
	c.logSecret(keyschedule.LogClientRandom, master.Bytes())
	return master
}

// newSession12 returns a session but for what it is resumed by.
func newSession12(c *Context, master *keyschedule.Master12) *Session {
	s := newSession(c)
	s.secret, s.extended = bytes.Clone(master.Bytes()), c.info.ExtendedMasterSecret
	s.compression = byte(c.info.Compression)
	s.lifetime = min(ticketLifetime(c.params, s), c.params.SessionLifetimeBefore13)
	return s
}

// storedSession12 returns where a server's store has, or will have, the session of the connection; without an id if it hasn't.
func storedSession12(c *Context) StoredSession {
	id := c.keepsake.id
	if c.resumed != nil {
		id = c.resumed.id
	}
	if c.role == ClientRole || c.params.Sessions == nil || len(id) == 0 {
		return StoredSession{}
	}
	return StoredSession{store: c.params.Sessions, id: id}
}

// leavesSessions12 tells whether a session of this connection may be made. One with a PSK that a callback finds may not: the
// key may be gone tomorrow, and the session would outlive it. TLS 1.3 has the same rule in leavesSessions.
func leavesSessions12(c *Context) bool { return !c.info.Suite.NeedsPSK() || c.params.FindPSK == nil }

// keptSession12 returns what a finished handshake leaves for a later one, nil if nothing.
func keptSession12(c *Context, master *keyschedule.Master12) *Session {
	k := &c.keepsake
	switch {
	case c.role == ClientRole && (c.params.NewSession == nil || !leavesSessions12(c)):
		return nil
	case len(k.ticket) > 0:
		s := newSession12(c, master)
		// RFC 5077, Section 3.4: a client makes a session id of its own for a ticket, by whose echo it can tell that it is resumed.
		// That of a ticket is the same on each use, which tells nobody more than the ticket does.
		id := sha256.Sum256(k.ticket)
		s.ticket, s.id = k.ticket, id[:]
		if k.lifetime > 0 {
			s.lifetime = min(s.lifetime, k.lifetime)
		}
		return s
	case len(k.id) > 0 && c.resumed == nil:
		s := newSession12(c, master)
		s.id = k.id
		return s
	}
	return nil
}
