package handshake

import (
	"time"

	"tlsengine/cipher"
	"tlsengine/x509lite"
)

// This file is what all versions have in common about making sessions and going on with them.

// newSession returns what a session takes over from the connection that it comes from, without its secret.
func newSession(c *Context) *Session {
	now := c.params.Time()
	s := &Session{
		role: c.role, version: c.info.Version, suite: c.info.Suite, extended: true, created: now, authenticated: now, scope: c.params.Scope,
		serverName: c.info.ServerName, protocol: c.info.Protocol, group: c.info.Group, peerScheme: c.info.PeerScheme,
		peerKey: c.info.PeerKey, peerChain: c.info.PeerChain, notAfter: earliestEnd(c.info.Verdict), staple: c.info.Staple, scts: c.info.SCTs,
	}
	if c.role == ClientRole {
		s.serverName, s.recordLimit = c.options.ServerName, c.recordLimit
	}
	if c.info.Credential != nil {
		s.ownType = c.info.Credential.Type()
	}
	if c.resumed != nil {
		s.ownType = c.resumed.ownType
		s.authenticated = c.resumed.authenticated
	}
	return s
}

// earliestEnd returns when the first certificate of a verified chain expires, the zero time without one.
func earliestEnd(v *x509lite.Verdict) (end time.Time) {
	if v == nil {
		return end
	}
	for _, cert := range v.Chain {
		if end.IsZero() || cert.NotAfter().Before(end) {
			end = cert.NotAfter()
		}
	}
	return end
}

// resumedPeer is the peer of a session, to be verified again.
func resumedPeer(s *Session) *unverifiedPeer {
	peer := &unverifiedPeer{chain: s.peerChain, rawKey: s.peerKey}
	if s.staple != nil {
		peer.staples = [][]byte{s.staple}
	}
	return peer
}

// takeSession goes on with a session in place of a handshake's own authentication.
func takeSession(c *Context, s *Session) {
	c.resumed = s
	c.info.Resumed = true
	c.info.PeerScheme = s.peerScheme
	if s.scts != nil {
		c.info.peer().SCTs = s.scts
	}
}

// ticketLifetime returns for how long a session may be resumed: no longer than its first authentication counts, or the
// certificates that were shown in it are valid.
func ticketLifetime(p *Params, s *Session) time.Duration {
	lifetime := min(p.SessionLifetime, maxSessionAge-s.created.Sub(s.authenticated))
	if !s.notAfter.IsZero() {
		lifetime = min(lifetime, s.notAfter.Sub(s.created))
	}
	return max(lifetime, 0).Truncate(time.Second)
}

// verificationAgain is verification for the peer of a session that is being resumed.
func (u *unverifiedPeer) verificationAgain(c *Context) *VerifyPeer {
	op := u.verification(c)
	op.Resumed = true
	return op
}

// resumes13 tells whether the session is one of TLS 1.3, which is resumed by a PSK.
func (s *Session) resumes13() bool { return s.version == cipher.VersionTLS13 }

// offersSession tells whether a client may offer a session now: it is for the same host, was made under settings that are
// worth the same as the present ones, and nothing of it has expired. RFC 8446, Section 4.6.1: a ticket is offered only to a
// server whose name is valid for the certificate of then.
func offersSession(c *Context, s *Session) bool {
	return s.role == ClientRole && s.serverName == c.options.ServerName && s.scope == c.params.Scope && !s.ExpiredAt(c.params.Time())
}
