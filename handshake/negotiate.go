package handshake

import (
	"slices"

	"tlsengine/cipher"
)

// This file holds the choosers: pure functions that pick the best of what both ends have. An empty result means that
// there is nothing in common; the caller knows which alert that deserves.

// manySuites is room for all the suites that a configuration usually has.
type manySuites [24]*cipher.Suite

// suitesInCommon appends to none, which is empty, the suites of version v that both ends have, the best first by our order or
// the client's.
func suitesInCommon(none []*cipher.Suite, p *Params, v cipher.Version, client []cipher.SuiteID) []*cipher.Suite {
	common := none
	if p.PreferOwnOrder {
		for _, s := range p.Suites {
			if s.Usable(v) && slices.Contains(client, s.ID) {
				common = append(common, s)
			}
		}
		return byClientWithin(common, p.EqualSuites, client, func(s *cipher.Suite) cipher.SuiteID { return s.ID })
	}
	for _, id := range client {
		if s := suiteByID(p.Suites, id); s != nil && s.Usable(v) && !slices.Contains(common, s) {
			common = append(common, s)
		}
	}
	return common
}

// byClientWithin brings what is equal to us, and stands side by side, into the client's order.
func byClientWithin[T any, ID comparable](common []T, equals [][]ID, client []ID, id func(T) ID) []T {
	for _, set := range equals {
		in := func(x T) bool { return slices.Contains(set, id(x)) }
		first := slices.IndexFunc(common, in)
		if first < 0 {
			continue
		}
		run := common[first:]
		if n := slices.IndexFunc(run, func(x T) bool { return !in(x) }); n >= 0 {
			run = run[:n]
		}
		slices.SortStableFunc(run, func(a, b T) int { return slices.Index(client, id(a)) - slices.Index(client, id(b)) })
	}
	return common
}

func suiteByID(suites []*cipher.Suite, id cipher.SuiteID) *cipher.Suite {
	for _, s := range suites {
		if s.ID == id {
			return s
		}
	}
	return nil
}

// groupsInCommon returns the groups of version v that both ends have, the best first by our order or the client's.
func groupsInCommon(p *Params, v cipher.Version, client []cipher.GroupID) []*cipher.Group {
	common := make([]*cipher.Group, 0, len(p.Groups))
	if p.PreferOwnOrder {
		for _, g := range p.Groups {
			if g.Usable(v) && slices.Contains(client, g.ID) {
				common = append(common, g)
			}
		}
		return byClientWithin(common, p.EqualGroups, client, func(g *cipher.Group) cipher.GroupID { return g.ID })
	}
	for _, id := range client {
		if g := p.group(id); g != nil && g.Usable(v) && !slices.Contains(common, g) {
			common = append(common, g)
		}
	}
	return common
}

// chooseShare picks the group of a TLS 1.3 key exchange among those in common, best first, and the client's share for
// it; a nil share means that a HelloRetryRequest has to ask for one.
func chooseShare(p *Params, common []*cipher.Group, shares []KeyShareEntry) (*cipher.Group, *KeyShareEntry) {
	best := common[0]
	for _, g := range common {
		if !sparesRetry(p, best, g) {
			continue
		}
		for i := range shares {
			if shares[i].Group == g.ID {
				return g, &shares[i]
			}
		}
	}
	return best, nil
}

// sparesRetry tells whether a share for g is as good as a round trip to get one for the best group. A round trip is worth more
// than the order of the groups, but post-quantum security is worth a round trip, and whoever insists on an order may have one
// for it.
func sparesRetry(p *Params, best, g *cipher.Group) bool {
	if !p.AskForBestGroup || g == best {
		return g.PostQuantum || !best.PostQuantum
	}
	return p.PreferOwnOrder && slices.ContainsFunc(p.EqualGroups, func(set []cipher.GroupID) bool {
		return slices.Contains(set, best.ID) && slices.Contains(set, g.ID)
	})
}

// chooseProtocol picks the ALPN protocol: the first of the server's list that the client offered (RFC 7301, Section 3.2).
func chooseProtocol(server, client []string) string {
	for _, s := range server {
		if slices.Contains(client, s) {
			return s
		}
	}
	return ""
}

// chooseVersion picks the highest enabled version that the client offers, or 0.
func chooseVersion(p *Params, h *ClientHello) cipher.Version {
	if h.Extensions.Present.Has(ExtSupportedVersions) {
		// RFC 8446, Section 4.2.1: with this extension there, legacy_version must not be used.
		for _, v := range p.Versions {
			if slices.Contains(h.Extensions.SupportedVersions, v) {
				return v
			}
		}
		return 0
	}
	for _, v := range p.Versions {
		// RFC 8446, Section 4.1.2: without it, TLS 1.3 is not negotiated.
		if v <= h.Version && v <= cipher.VersionTLS12 {
			return v
		}
	}
	return 0
}
