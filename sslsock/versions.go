package sslsock

import (
	"tlsengine/cipher"
)

// MinimumVersion returns the lowest version set, VersionMinimumSupported if none was.
func (c *Context) MinimumVersion() TLSVersion {
	s := c.current()
	if v := s.protocol.fixed(); v != 0 {
		return v
	}
	for _, v := range []TLSVersion{s.minVersion, s.floor} {
		if v != 0 {
			return v
		}
	}
	return VersionMinimumSupported
}

// MaximumVersion returns the highest version set, VersionMaximumSupported if none was.
func (c *Context) MaximumVersion() TLSVersion {
	s := c.current()
	if v := s.protocol.fixed(); v != 0 {
		return v
	}
	if s.maxVersion != 0 {
		return s.maxVersion
	}
	return VersionMaximumSupported
}

// SetMinimumVersion sets the lowest version. SSL 3.0 takes clearing OpNoSSLv3 too. Values that are no version, and
// contexts of one fixed version, give ErrInvalidArgument.
func (c *Context) SetMinimumVersion(v TLSVersion) error {
	return c.setVersion(v, func(s *settings) { s.minVersion = v })
}

// SetMaximumVersion sets the highest version. One below the minimum makes each handshake fail with
// NO_PROTOCOLS_AVAILABLE. Values that are no version, and contexts of one fixed version, give ErrInvalidArgument.
func (c *Context) SetMaximumVersion(v TLSVersion) error {
	return c.setVersion(v, func(s *settings) { s.maxVersion = v })
}

func (c *Context) setVersion(v TLSVersion, set func(*settings)) error {
	if !v.Known() && v != VersionMinimumSupported && v != VersionMaximumSupported {
		return argumentError("unsupported protocol version " + v.String())
	}
	if c.Protocol().fixed() != 0 {
		return argumentError("the context has one fixed version: its minimum and maximum can't be set")
	}
	c.change(set)
	return nil
}

// allVersions are the versions that there are, the highest first, with the options that exclude them.
var allVersions = []struct {
	version  TLSVersion
	excluded Options
}{
	{VersionTLS13, OpNoTLSv13},
	{VersionTLS12, OpNoTLSv12},
	{VersionTLS11, OpNoTLSv11},
	{VersionTLS10, OpNoTLSv1},
	{VersionSSL30, OpNoSSLv3},
}

// versions returns the versions that the settings allow, the highest first.
func (s *settings) versions() (list []TLSVersion, err error) {
	if v := s.protocol.fixed(); v != 0 {
		return []TLSVersion{v}, nil // the options are for contexts that negotiate
	}
	lowest, highest := s.bounds()
	for _, v := range allVersions {
		if lowest <= v.version && v.version <= highest && !s.options.Has(v.excluded) {
			list = append(list, v.version)
		}
	}
	if list == nil {
		return nil, &SSLError{
			Code: ErrorSSL, Library: "SSL", Reason: "NO_PROTOCOLS_AVAILABLE",
			Message: "no protocols available: the minimum, the maximum and the options leave no version",
		}
	}
	return list, nil
}

// bounds returns the lowest and the highest version as they were set. The floor of CreateDefaultContext is lifted by a minimum of
// the caller's, and by taking OpNoSSLv3 away: who does that wants old peers.
func (s *settings) bounds() (lowest, highest TLSVersion) {
	lowest, highest = VersionSSL30, VersionTLS13
	switch v := s.minVersion; {
	case v == VersionMaximumSupported:
		lowest = VersionTLS13
	case v.Known():
		lowest = v
	case v == 0 && s.options.Has(OpNoSSLv3):
		lowest = max(lowest, s.floor)
	}
	switch v := s.maxVersion; {
	case v == VersionMinimumSupported:
		highest = VersionSSL30
		if s.options.Has(OpNoSSLv3) {
			highest = VersionTLS10
		}
	case v.Known():
		highest = v
	}
	return lowest, highest
}

// SetGroups sets the groups for the key exchange, the best first, as a list of names with colons between them:
// "X25519MLKEM768:X25519:P-256". A question mark before a name passes over it if it is unknown; otherwise an unknown
// name gives an *SSLError. Clients send a key share in their first hello for the groups with a star before the name;
// without a star, for those that the engine chooses.
func (c *Context) SetGroups(list string) error {
	l, err := cipher.ParseGroupList(list)
	if err != nil {
		return sslError("", "unrecognized group in "+quote(list), err)
	}
	groups, shares := groupIDs(l.Groups), groupIDs(l.KeyShares)
	c.change(func(s *settings) { s.groups, s.keyShares = groups, shares })
	return nil
}

// groupIDs returns the numbers of groups, nil for none.
func groupIDs(groups []*cipher.Group) (ids []cipher.GroupID) {
	for _, g := range groups {
		ids = append(ids, g.ID)
	}
	return ids
}

// Groups returns the names of all groups that SetGroups takes, the best first; with aliases, each group's other names too.
func (c *Context) Groups(includeAliases bool) []string {
	var names []string
	for _, g := range cipher.Groups() {
		names = append(names, g.Name)
		if includeAliases {
			names = append(names, g.Aliases...)
		}
	}
	return names
}
