package engine

import (
	"errors"
	"fmt"
	"slices"

	"tlsengine/cipher"
	"tlsengine/handshake"
	"tlsengine/record"
)

// This file turns what a Config says about versions, suites, groups and schemes into lists that are known to fit together.

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
		return nil, badConfig(record.ReasonNoSupportedVersionsEnabled,
			"no supported version between MinVersion %v and MaxVersion %v", lowest, highest)
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

// defaultFields returns the groups of RFC 7919 that stand among the default groups: where the server has parameters of its own,
// those only, if they are of the RFC.
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
