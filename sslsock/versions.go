package sslsock

import (
	"fmt"

	"tlsengine/cipher"
)

// protocolNotSupported is the error for protocols that nobody here speaks.
func protocolNotSupported(p Protocol) error {
	return fmt.Errorf("%w: %v is not supported by this library", ErrUnsupportedProtocol, p)
}

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

// SetMinimumVersion sets the lowest version. The engine speaks TLS 1.2 and 1.3: a lower minimum allows both. Values that
// are no version, and contexts of one fixed version, give ErrInvalidArgument.
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

// versions returns the lowest and highest version that the settings allow among those that the engine speaks.
func (s *settings) versions() (lowest, highest TLSVersion, err error) {
	lowest, highest = VersionTLS12, VersionTLS13
	if v := s.protocol.fixed(); v != 0 {
		lowest, highest = v, v
	} else {
		if v := s.minVersion; v == VersionMaximumSupported {
			lowest = VersionTLS13
		} else if v.Known() {
			lowest = max(lowest, v)
		}
		if v := s.maxVersion; v == VersionMinimumSupported {
			highest = VersionTLS12
		} else if v.Known() {
			highest = min(highest, v)
		}
		if s.options.Has(OpNoTLSv12) {
			lowest = max(lowest, VersionTLS13)
		}
		if s.options.Has(OpNoTLSv13) {
			highest = min(highest, VersionTLS12)
		}
	}
	if lowest > highest {
		return 0, 0, &SSLError{
			Code: ErrorSSL, Library: "SSL", Reason: "NO_PROTOCOLS_AVAILABLE",
			Message: "no protocols available: the minimum, the maximum and the options leave no version",
		}
	}
	return lowest, highest, nil
}

// SetGroups sets the groups for the key exchange, the best first, as a list of names with colons between them:
// "X25519MLKEM768:X25519:P-256". A question mark before a name passes over it if it is unknown; otherwise an unknown
// name gives an *SSLError. Clients send a key share in their first hello for the groups with a star before the name;
// without a star, for those that the engine chooses.
func (c *Context) SetGroups(list string) error {
	l, err := cipher.ParseGroupList(list)
	if err != nil {
		return &SSLError{Code: ErrorSSL, Library: "SSL", Message: "unrecognized group in " + quote(list), Err: err}
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
