package engine

import (
	"slices"
	"time"

	"tlsengine/handshake"
	"tlsengine/record"
	"tlsengine/x509lite"
)

// This file makes Params of a Config: validate.go says what is wrong with one, algorithms.go chooses among what is enabled.

// Freeze checks c, copies it and builds all that is constant. Whatever is wrong with a configuration is said here,
// never in the middle of a handshake.
func (c *Config) Freeze() (*Params, error) {
	h := c.negotiation()
	c.copyPeers(h)
	c.copySessions(h)
	if err := c.freezeAlgorithms(h); err != nil {
		return nil, err
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	var err error
	if h.ECHRetryConfigs, err = handshake.ECHRetryConfigs(h.ECHKeys); err != nil {
		return nil, err
	}
	c.freezeShared(h)
	h.Scope = handshake.ScopeOf(h)
	if h.Replays == nil && h.MaxEarlyData > 0 {
		h.Replays = replaysOf(h.Tickets)
	}
	p := &Params{handshake: h, defers: c.Defer, maxFragment: c.MaxFragment}
	if p.maxFragment == 0 {
		p.maxFragment = record.MaxPlaintext
	}
	if c.KeyLog != nil {
		p.keyLog = &keyLog{w: c.KeyLog}
	}
	if c.Trace != nil {
		p.trace = *c.Trace
	}
	return p, nil
}

// negotiation returns what c says about the hellos and the messages, copied.
func (c *Config) negotiation() *handshake.Params {
	h := &handshake.Params{
		SuiteLists:              new(handshake.SuiteLists),
		Protocols:               slices.Clone(c.Protocols),
		NextProtocols:           slices.Clone(c.NextProtocols),
		TolerateNoProtocol:      c.TolerateNoProtocol,
		PreferOwnOrder:          c.PreferOwnOrder,
		QuietServerName:         c.QuietServerName,
		FalseStart:              c.FalseStart,
		TolerateUnknownProtocol: c.TolerateUnknownProtocol,
		EqualSuites:             slices.Clone(c.EqualSuites),
		EqualGroups:             slices.Clone(c.EqualGroups),
		AskForBestGroup:         c.AskForBestGroup,
		CertificateFirst:        c.CertificateFirst,
		RecordSizeLimit:         c.RecordSizeLimit,
		GREASE:                  c.GREASE,
		PermuteExtensions:       c.PermuteExtensions,
		PadHello:                c.PadHello,
		MiddleboxCompat:         !c.PlainTLS13,
		RetryCookie:             c.RetryCookie,
		AllowLegacyServer:       c.AllowLegacyServer,
		Renegotiation:           c.Renegotiation,
		InsecureRenegotiation:   c.InsecureRenegotiation,
		MinDHBits:               c.MinDHBits,
		Fallback:                c.Fallback,
		UnsplitCBC:              c.UnsplitCBC,
		Compression:             c.Compression,
		ECHKeys:                 slices.Clone(c.ECHKeys),
		ECHGrease:               c.ECHGrease,
		RequireECH:              c.RequireECH,
		Time:                    c.Time,
	}
	h.Time = orSystemTime(h.Time)
	if h.MinDHBits == 0 {
		h.MinDHBits = defaultMinDHBits
	}
	return h
}

// copyPeers copies what c says about who both ends are, and how the peer is judged.
func (c *Config) copyPeers(h *handshake.Params) {
	h.Credentials = slices.Clone(c.Credentials)
	h.NoCertificates = c.NoCertificates
	h.Roots = c.Roots
	h.Verification = c.Verification
	h.Stapling = c.Stapling
	h.SCTs = c.SCTs
	h.UnverifiedServer = c.UnverifiedServer
	h.SkipHostname = c.SkipHostname
	h.CertificateSchemes = slices.Clone(c.CertificateSchemes)
	h.CertificateCompression = slices.Clone(c.CertificateCompression)
	h.DelegatedCredentials = c.DelegatedCredentials
	h.PeerTypes = slices.Clone(c.PeerCertificateTypes)
	h.OwnTypes = slices.Clone(c.OwnCertificateTypes)
	h.TrustedKeys = slices.Clone(c.TrustedKeys)
	h.ClientAuth = c.ClientAuth
	h.Authorities = slices.Clone(c.Authorities)
	h.PostHandshakeAuth = c.PostHandshakeAuth
	h.MaxCertificateList = c.MaxCertificateList
	h.SelectCredential = c.SelectCredential
	h.VerifyPeer = c.VerifyPeer
	if h.Roots == nil {
		h.Roots = x509lite.NewPool()
	}
	if h.MaxCertificateList == 0 {
		h.MaxCertificateList = defaultMaxCertificateList
	}
}

// copySessions copies what c says about sessions, pre-shared keys and early data.
func (c *Config) copySessions(h *handshake.Params) {
	h.Sessions = c.Sessions
	h.Tickets = c.Tickets
	h.SessionIDsOnly = c.SessionIDsOnly
	h.TicketCount = c.TicketCount
	h.SessionLifetime = c.SessionLifetime
	h.SessionContext = slices.Clone(c.SessionContext)
	h.NewSession = c.NewSession
	h.PSKs = slices.Clone(c.PSKs)
	h.FindPSK = c.FindPSK
	h.PSKHint = slices.Clone(c.PSKHint)
	h.PSKWithoutDHE = c.PSKWithoutDHE
	h.MaxEarlyData = c.MaxEarlyData
	h.Replays = c.Replays
	h.AdmitEarlyData = c.AdmitEarlyData
	switch h.TicketCount {
	case 0:
		h.TicketCount = defaultTicketCount
	case NoTickets:
		h.TicketCount = 0
	}
	if h.SessionLifetime == 0 {
		h.SessionLifetime = defaultSessionLifetime
	}
	h.SessionLifetimeBefore13 = min(h.SessionLifetime, c.SessionLifetimeBefore13)
	if h.SessionLifetimeBefore13 == 0 {
		h.SessionLifetimeBefore13 = h.SessionLifetime
	}
}

// orSystemTime returns the clock, or the system's for nil.
func orSystemTime(clock func() time.Time) func() time.Time {
	if clock == nil {
		return time.Now
	}
	return clock
}

// defaultMaxCertificateList is in bytes: ten times what an honest chain has.
const defaultMaxCertificateList = 100 << 10

// defaultMinDHBits is what 112 bits of strength ask for; shorter primes have been broken, or are within reach (Logjam).
const defaultMinDHBits = 2048

// What a server does about sessions unless told otherwise, and what it may be told. A browser opens two connections at once
// and has a ticket for each (RFC 8446, Appendix C.4: a ticket is used once).
const (
	defaultTicketCount     = 2
	defaultSessionLifetime = 24 * time.Hour
	maxTicketCount         = 65535
	maxSessionLifetime     = 7 * 24 * time.Hour // RFC 8446, Section 4.6.1
)

// freezeShared sets up what connections share.
func (c *Config) freezeShared(h *handshake.Params) {
	certificates := newCertificateCache()
	h.ParseCertificate = certificates.parse
	h.Signatures = newSignatureCache()
	if c.SelectContext == nil {
		return
	}
	choose := c.SelectContext
	h.SelectContext = func(hello *handshake.ClientHelloInfo) (*handshake.Params, error) {
		p, err := choose(hello)
		if p == nil || err != nil {
			return nil, err
		}
		return p.handshake, nil
	}
}
