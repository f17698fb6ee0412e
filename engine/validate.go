package engine

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"tlsengine/cipher"
	"tlsengine/handshake"
	"tlsengine/record"
	"tlsengine/x509lite"
)

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

// checkSessions looks at what is said about sessions.
func (c *Config) checkSessions() error {
	if c.TicketCount < NoTickets || c.TicketCount > maxTicketCount {
		return fmt.Errorf("engine: TicketCount is %d: it must be 0 to %d, or NoTickets", c.TicketCount, maxTicketCount)
	}
	if d := c.SessionLifetimeBefore13; d < 0 || d > maxSessionLifetime {
		return fmt.Errorf("engine: SessionLifetimeBefore13 is %v: it must be 0 to %v", d, maxSessionLifetime)
	}
	if c.SessionLifetime < 0 || c.SessionLifetime > maxSessionLifetime {
		return fmt.Errorf("engine: SessionLifetime is %v: it must be 0 to %v", c.SessionLifetime, maxSessionLifetime)
	}
	return nil
}

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

// freezeAlgorithms turns versions, suites, groups and schemes into lists that are known to fit together.
func (c *Config) freezeAlgorithms(h *handshake.Params) (err error) {
	if h.Versions, err = c.versions(); err != nil {
		return err
	}
	if h.Suites, err = c.suites(h.Versions); err != nil {
		return err
	}
	if h.Groups, err = c.groups(h.Versions[0], h.Suites); err != nil {
		return err
	}
	h.DHGroup = c.finiteField(h.Groups)
	if h.KeyShares, err = c.keyShares(h.Groups); err != nil {
		return err
	}
	// Who still sends such hellos has no TLS 1.2; RFC 8446, Appendix D.5 wants them gone.
	h.SSLv2Hello = h.Versions[len(h.Versions)-1] < cipher.VersionTLS12
	h.VerifySchemes, err = c.schemes()
	return err
}

// implemented are the versions that there are, the highest first.
var implemented = []cipher.Version{cipher.VersionTLS13, cipher.VersionTLS12, cipher.VersionTLS11, cipher.VersionTLS10, cipher.VersionSSL30}

// versions returns the enabled versions, the highest first.
func (c *Config) versions() ([]cipher.Version, error) {
	lowest, highest := c.MinVersion, c.MaxVersion
	if lowest == 0 {
		lowest = cipher.VersionTLS12
	}
	if highest == 0 {
		highest = cipher.VersionTLS13
	}
	var versions []cipher.Version
	for _, v := range implemented {
		if lowest <= v && v <= highest && !slices.Contains(c.WithoutVersions, v) {
			versions = append(versions, v)
		}
	}
	if len(versions) == 0 {
		return nil, badConfig(record.ReasonNoSupportedVersionsEnabled, "no supported version between MinVersion %v and MaxVersion %v", lowest, highest)
	}
	return versions, nil
}

// suites returns the configured suites that the versions can use and the handshake supports. Each version needs at least one.
func (c *Config) suites(versions []cipher.Version) ([]*cipher.Suite, error) {
	all, err := lookUpSuites(c.Suites)
	if err != nil {
		return nil, err
	}
	if c.Suites == nil {
		all = cipher.Suites()
	}
	old, err := lookUpSuites(c.OldSuites)
	if err != nil {
		return nil, err
	}
	for _, s := range old {
		if slices.Contains(all, s) {
			return nil, fmt.Errorf("engine: cipher suite %v is both among Suites and OldSuites", s.ID)
		}
		all = append(all, upTo(s, cipher.VersionTLS11))
	}
	usable := slices.DeleteFunc(all, func(s *cipher.Suite) bool {
		return !slices.ContainsFunc(versions, s.Usable) || s.NeedsPSK() && len(c.PSKs) == 0 && c.FindPSK == nil ||
			c.NoCertificates && s.Max < cipher.VersionTLS13 && s.Auth != cipher.AuthPSK
	})
	for _, v := range versions {
		if !slices.ContainsFunc(usable, func(s *cipher.Suite) bool { return s.Usable(v) }) {
			return nil, badConfig(record.ReasonNoCiphersAvailable, "no cipher suite for %v: list one, or take the version out", v)
		}
	}
	return usable, nil
}

// lookUpSuites returns the rows of ids, none of them twice.
func lookUpSuites(ids []cipher.SuiteID) ([]*cipher.Suite, error) {
	var all []*cipher.Suite
	for _, id := range ids {
		s := cipher.SuiteByID(id)
		if s == nil {
			return nil, fmt.Errorf("engine: unknown cipher suite %v", id)
		}
		if slices.Contains(all, s) {
			return nil, fmt.Errorf("engine: cipher suite %v is listed twice", id)
		}
		all = append(all, s)
	}
	return all, nil
}

// upTo returns a suite that is not used with a version above last.
func upTo(s *cipher.Suite, last cipher.Version) *cipher.Suite {
	narrow := *s
	narrow.Max = min(s.Max, last)
	return &narrow
}

// defaultGroups are those of a deployment that cares for the future and for round trips.
var defaultGroups = []cipher.GroupID{cipher.X25519MLKEM768, cipher.X25519, cipher.CurveP256, cipher.CurveP384}

// groups returns the configured groups that some version can use; the highest can use all that a lower one can.
func (c *Config) groups(highest cipher.Version, suites []*cipher.Suite) ([]*cipher.Group, error) {
	ids := c.Groups
	if ids == nil {
		ids = defaultGroups
		if slices.ContainsFunc(suites, func(s *cipher.Suite) bool { return s.Kx == cipher.KxDHE || s.Kx == cipher.KxDHEPSK }) {
			ids = append(slices.Clip(ids), c.defaultFields()...)
		}
	}
	groups, err := lookUpGroups(ids)
	if err != nil {
		return nil, err
	}
	groups = slices.DeleteFunc(groups, func(g *cipher.Group) bool { return !g.Usable(highest) })
	if len(groups) == 0 {
		return nil, badConfig(record.ReasonNoGroupsSpecified, "none of the groups can be used with %v", highest)
	}
	return groups, nil
}

// defaultFields returns the groups of RFC 7919 that stand among the default groups: where the server has parameters of its own, those
// only, if they are of the RFC.
func (c *Config) defaultFields() []cipher.GroupID {
	if c.DHParameters == nil {
		return []cipher.GroupID{cipher.FFDHE2048, cipher.FFDHE3072}
	}
	if id := c.DHParameters.Group().ID; id != 0 {
		return []cipher.GroupID{id}
	}
	return nil
}

// finiteField returns what a server uses where the client leaves the finite field to it.
func (c *Config) finiteField(groups []*cipher.Group) *cipher.Group {
	if c.DHParameters != nil {
		return c.DHParameters.Group()
	}
	for _, g := range groups {
		if g.FiniteField {
			return g
		}
	}
	return cipher.GroupByID(cipher.FFDHE2048)
}

// lookUpGroups returns the rows of ids, none of them twice.
func lookUpGroups(ids []cipher.GroupID) ([]*cipher.Group, error) {
	var groups []*cipher.Group
	for _, id := range ids {
		g := cipher.GroupByID(id)
		if g == nil {
			return nil, fmt.Errorf("engine: unknown group %v", id)
		}
		if slices.Contains(groups, g) {
			return nil, fmt.Errorf("engine: group %v is listed twice", id)
		}
		groups = append(groups, g)
	}
	return groups, nil
}

// keyShares returns the groups of a first hello's shares, all of them in groups.
func (c *Config) keyShares(groups []*cipher.Group) ([]*cipher.Group, error) {
	if c.KeyShares == nil {
		return predictShares(groups), nil
	}
	shares, err := lookUpGroups(c.KeyShares)
	if err != nil {
		return nil, err
	}
	for _, g := range shares {
		if !slices.Contains(groups, g) {
			return nil, fmt.Errorf("engine: a key share for %v needs that group among the groups", g)
		}
	}
	return shares, nil
}

// predictShares is the first group and, if that is a post-quantum one, the first classical one too: servers that
// lack the first are then spared a round trip.
func predictShares(groups []*cipher.Group) []*cipher.Group {
	shares := groups[:1:1]
	if !groups[0].PostQuantum {
		return shares
	}
	for _, g := range groups {
		if !g.PostQuantum {
			return append(shares, g)
		}
	}
	return shares
}

// schemes returns what the peer may sign with.
func (c *Config) schemes() ([]cipher.SignatureScheme, error) {
	if c.Schemes == nil {
		var sound []cipher.SignatureScheme
		for _, s := range cipher.Schemes() {
			if s.Weak == "" && !s.PostQuantum { // nobody certifies post-quantum keys yet
				sound = append(sound, s.ID)
			}
		}
		return sound, nil
	}
	for _, s := range c.Schemes {
		if row := s.Info(); row == nil || !row.Negotiable() {
			return nil, fmt.Errorf("engine: signature scheme %v is unknown, or is not negotiated", s)
		}
	}
	if len(c.Schemes) == 0 {
		return nil, errors.New("engine: no signature scheme is accepted from the peer: list one")
	}
	return slices.Clone(c.Schemes), nil
}

// check looks at the values that are copied as they are.
func (c *Config) check() error {
	total := 0
	for _, p := range c.NextProtocols {
		if len(p) == 0 || len(p) > 255 {
			return badConfig(record.ReasonInvalidALPNProtocol, "NextProtocols must be 1 to 255 bytes long, %q is %d", p, len(p))
		}
	}
	for _, p := range c.Protocols {
		// RFC 7301, Section 3.1: names of 1 to 255 bytes, in a list of at most 65535.
		if len(p) == 0 || len(p) > 255 {
			return badConfig(record.ReasonInvalidALPNProtocol, "ALPN protocols must be 1 to 255 bytes long, %q is %d", p, len(p))
		}
		total += 1 + len(p)
	}
	if total > 1<<16-1 {
		return badConfig(record.ReasonInvalidALPNProtocol, "the ALPN protocols are %d bytes, at most 65535 can be sent", total)
	}
	if c.MaxFragment != 0 && (c.MaxFragment < 512 || c.MaxFragment > record.MaxPlaintext) {
		return fmt.Errorf("engine: MaxFragment is %d: it must be 512 to %d", c.MaxFragment, record.MaxPlaintext)
	}
	if c.MaxCertificateList < 0 || c.MaxCertificateList >= 1<<24 {
		return fmt.Errorf("engine: MaxCertificateList is %d: it must fit in 24 bits", c.MaxCertificateList)
	}
	if c.MinDHBits != 0 && c.MinDHBits < cipher.MinDHBits {
		return fmt.Errorf("engine: MinDHBits is %d: primes of less than %d bits are never taken", c.MinDHBits, cipher.MinDHBits)
	}
	if len(c.PSKHint) > 1<<16-1 {
		return fmt.Errorf("engine: PSKHint has %d bytes, at most 65535 can be sent", len(c.PSKHint))
	}
	if c.ClientAuth > handshake.AuthRequired {
		return fmt.Errorf("engine: unknown ClientAuth %d", c.ClientAuth)
	}
	if c.Verification.StaplesCount && c.Stapling == handshake.StaplingOff {
		return errors.New("engine: Verification.StaplesCount, and Stapling asks for none")
	}
	if c.Stapling > handshake.StaplingRequired {
		return fmt.Errorf("engine: unknown Stapling %d", c.Stapling)
	}
	for i, a := range c.CertificateCompression {
		same := func(o *handshake.CertificateCompression) bool { return o.ID == a.ID }
		if a.Compress == nil || a.Decompress == nil || slices.ContainsFunc(c.CertificateCompression[:i], same) {
			return fmt.Errorf("engine: %v is listed twice in CertificateCompression, or lacks a function", a.ID)
		}
	}
	for _, types := range [][]handshake.CertificateType{c.PeerCertificateTypes, c.OwnCertificateTypes} {
		for i, t := range types {
			if t != handshake.CertificateX509 && t != handshake.CertificateRawPublicKey || slices.Contains(types[:i], t) {
				return fmt.Errorf("engine: %v is unknown, or listed twice among certificate types", t)
			}
		}
	}
	if n := c.RecordSizeLimit; n != 0 && (n < 64 || n > record.MaxPlaintext+1) {
		return fmt.Errorf("engine: RecordSizeLimit is %d: it must be 64 to %d", n, record.MaxPlaintext+1)
	}
	if c.Renegotiation > handshake.RenegotiationFreely {
		return fmt.Errorf("engine: unknown Renegotiation %d", c.Renegotiation)
	}
	if c.FalseStart > handshake.FalseStartAlways {
		return fmt.Errorf("engine: unknown FalseStart %d", c.FalseStart)
	}
	if err := checkEquals("EqualSuites", c.EqualSuites, c.Suites); err != nil {
		return err
	}
	if err := checkEquals("EqualGroups", c.EqualGroups, c.Groups); err != nil {
		return err
	}
	return c.checkSessions()
}

// checkEquals looks whether each set stands side by side in the list.
func checkEquals[ID comparable](name string, sets [][]ID, list []ID) error {
	for _, set := range sets {
		first := slices.IndexFunc(list, func(id ID) bool { return slices.Contains(set, id) })
		if first < 0 || first+len(set) > len(list) {
			return fmt.Errorf("engine: %s has %v, which do not stand side by side in the list", name, set)
		}
		for _, id := range list[first : first+len(set)] {
			if !slices.Contains(set, id) {
				return fmt.Errorf("engine: %s has %v, which do not stand side by side in the list: %v is between them", name, set, id)
			}
		}
	}
	return nil
}
