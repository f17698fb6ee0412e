package sslsock

import (
	"slices"

	"tlsengine/cipher"
	"tlsengine/engine"
	"tlsengine/handshake"
)

// SetPolicy makes the context keep to the rules of an authority: engine.PolicySP80052, PolicyWPA3, PolicyCNSA1,
// PolicyCNSA2Secrecy or PolicyCNSA2. It sets the versions, cipher suites, groups and signature algorithms of both ends,
// which SetMinimumVersion, SetCiphers, SetGroups and the like may change afterwards: what they set is theirs, and no
// longer the policy's. Security level and options still count beside it, and a policy against early data turns that
// off. The policy says nothing of keys and certificates but what they may sign with: those that fit none of its
// algorithms are not used.
//
// By default there is none: what a context begins with is sound, and takes more than any of these. A context of one fixed version
// that the policy doesn't have gives ErrInvalidArgument, and stays as it was.
func (c *Context) SetPolicy(p *engine.Policy) error {
	rules := engine.Config{MaxEarlyData: 1}
	p.Apply(&rules)
	if v := c.Protocol().fixed(); v != 0 && (v < rules.MinVersion || v > rules.MaxVersion) {
		return argumentError("the context has one fixed version, which " + p.String() + " doesn't have")
	}
	suites13, suites := []*cipher.Suite{}, []*cipher.Suite{} // empty is not nil, which stands for the defaults
	for _, id := range rules.Suites {
		if x := cipher.SuiteByID(id); x.Usable(VersionTLS13) {
			suites13 = append(suites13, x)
		} else {
			suites = append(suites, x)
		}
	}
	c.change(func(s *settings) {
		if s.protocol.fixed() == 0 {
			s.minVersion, s.maxVersion = rules.MinVersion, rules.MaxVersion
		}
		s.suites13, s.suites = suites13, suites
		s.groups, s.keyShares = slices.Clone(rules.Groups), nil
		s.accepted = [2][]cipher.SignatureScheme{handshake.ClientRole: rules.Schemes, handshake.ServerRole: rules.Schemes}
		s.signed = s.accepted
		if rules.PreferOwnOrder {
			s.options |= OpCipherServerPreference
		}
		s.unreplayable = rules.MaxEarlyData == 0
		if s.unreplayable {
			s.maxEarlyData = 0
		}
	})
	return nil
}
