package sslsock

import (
	"time"

	"tlsengine/engine"
	"tlsengine/handshake"
)

// clock tells the time; nil is time.Now.
type clock func() time.Time

// SetTime sets the clock by which certificates are judged. nil means time.Now.
func (c *Context) SetTime(now func() time.Time) { c.change(func(s *settings) { s.time = now }) }

// snapshot returns the frozen form of the present settings for one role. Sockets share one as long as nothing changes,
// and with it what connections of a context share.
func (c *Context) snapshot(role handshake.Role) (*engine.Params, settings, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.params[role] == nil {
		p, err := c.settings.freeze(role)
		if err != nil {
			return nil, settings{}, err
		}
		c.params[role] = p
	}
	return c.params[role], c.settings, nil
}

// freeze turns settings into what the engine takes.
func (s *settings) freeze(role handshake.Role) (*engine.Params, error) {
	versions, err := s.versions()
	if err != nil {
		return nil, err
	}
	suites, old := s.negotiable()
	if versions, err = withSuites(versions, suites, old); err != nil {
		return nil, err
	}
	config := s.config(role)
	config.MinVersion, config.MaxVersion, config.WithoutVersions = versions[len(versions)-1], versions[0], holes(versions)
	config.Suites, config.OldSuites = suiteIDs(suites), suiteIDs(old)
	if role == handshake.ServerRole {
		s.exchange.into(config)
	}
	s.sessions.into(config, s.options)
	s.psk.into(config)
	s.ech.into(config)
	if s.onHello != nil {
		config.SelectContext = s.onHello.selectContext
	}
	p, err := config.Freeze()
	if err != nil {
		return nil, &SSLError{Code: ErrorSSL, Library: "SSL", Message: err.Error(), Err: err}
	}
	return p, nil
}

// config returns what follows from one setting each.
func (s *settings) config(role handshake.Role) *engine.Config {
	return &engine.Config{
		Groups:             s.groups,
		KeyShares:          s.keyShares,
		MinDHBits:          minDHBits(s.level),
		Schemes:            s.accepted[role],
		Credentials:        s.signing(role),
		Protocols:          s.protocols,
		NextProtocols:      s.nextProtocols,
		TolerateNoProtocol: s.tolerant,
		PreferOwnOrder:     s.options.Has(OpCipherServerPreference),
		Roots:              s.pool(),
		Verification:       s.verification(),
		Stapling:           s.wantedStaples(),
		MaxEarlyData:       s.earlyLimit(role),
		UnverifiedServer:   s.verifyMode == CertNone,
		SkipHostname:       !s.checkHostname,
		ClientAuth:         s.clientAuth(),
		Compression:        !s.options.Has(OpNoCompression),
		PlainTLS13:         !s.options.Has(OpEnableMiddleboxCompat),
		AllowLegacyServer:  s.options.Has(OpLegacyServerConnect),
		Renegotiation:      s.renegotiation(role),
		PostHandshakeAuth:  s.postAuth,
		Time:               s.time,

		FalseStart:             s.falseStart,
		TrustedKeys:            s.trustedKeys,
		PeerCertificateTypes:   s.peerTypes(),
		CertificateCompression: s.compression,
		DelegatedCredentials:   s.delegated,

		KeyLog: s.keylog,
		Trace:  s.trace,
	}
}

// renegotiation is what B-027 wants: without OpNoRenegotiation clients follow a HelloRequest; servers refuse, as OpenSSL 3 does.
func (s *settings) renegotiation(role handshake.Role) handshake.Renegotiation {
	if role == handshake.ServerRole || s.options.Has(OpNoRenegotiation) {
		return handshake.RenegotiationRefused
	}
	return handshake.RenegotiationFreely
}

func (s *settings) clientAuth() handshake.ClientAuth {
	switch s.verifyMode {
	case CertOptional:
		return handshake.AuthOptional
	case CertRequired:
		return handshake.AuthRequired
	}
	return handshake.AuthNone
}
