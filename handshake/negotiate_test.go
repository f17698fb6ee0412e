package handshake

import (
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"tlsengine/cipher"
)

func sortedNames[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }

const (
	tls10, tls11 = cipher.VersionTLS10, cipher.VersionTLS11
	tls12, tls13 = cipher.VersionTLS12, cipher.VersionTLS13
)

// TestChooseVersion is a table: RFC 8446, Sections 4.1.2 and 4.2.1; RFC 5246, Appendix E.1.
func TestChooseVersion(t *testing.T) {
	for _, c := range []struct {
		name    string
		enabled []cipher.Version
		legacy  cipher.Version
		offered []cipher.Version // nil: no supported_versions
		want    cipher.Version   // 0: none
	}{
		{"the best of both", []cipher.Version{tls13, tls12}, tls12, []cipher.Version{tls13, tls12}, tls13},
		{"not the client's order", []cipher.Version{tls13, tls12}, tls12, []cipher.Version{tls12, tls13}, tls13},
		{"unknown ones are passed over", []cipher.Version{tls13, tls12}, tls12, []cipher.Version{0x7a7a, 0x0305, tls12}, tls12},
		{"the server has less", []cipher.Version{tls12}, tls12, []cipher.Version{tls13, tls12}, tls12},
		{"the list counts, not legacy_version", []cipher.Version{tls13, tls12}, tls12, []cipher.Version{tls13}, tls13},
		{"the list counts if it has nothing", []cipher.Version{tls12}, tls12, []cipher.Version{tls13}, 0},
		{"a list below legacy_version", []cipher.Version{tls12, tls11}, tls12, []cipher.Version{tls11}, tls11},
		{"no list", []cipher.Version{tls13, tls12}, tls12, nil, tls12},
		{"no list never means TLS 1.3", []cipher.Version{tls13}, tls12, nil, 0},
		{"nor does a higher legacy_version", []cipher.Version{tls13, tls12}, tls13, nil, tls12},
		{"nor one from the future", []cipher.Version{tls13, tls12}, 0x03ff, nil, tls12},
		{"an old client", []cipher.Version{tls13, tls12}, tls11, nil, 0},
		{"an old client of an old server", []cipher.Version{tls12, tls10}, tls11, nil, tls10},
	} {
		h := &ClientHello{Version: c.legacy}
		if c.offered != nil {
			h.Extensions.SupportedVersions = c.offered
			h.Extensions.Add(ExtSupportedVersions)
		}
		if got := chooseVersion(&Params{Versions: c.enabled}, h); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// TestSuitesInCommon: only what both have and the version can use, in the order of whom the configuration says, each
// once whatever the client repeats.
func TestSuitesInCommon(t *testing.T) {
	const (
		aes13, chacha13 = cipher.TLS_AES_128_GCM_SHA256, cipher.TLS_CHACHA20_POLY1305_SHA256
		ecdsa12, rsa12  = cipher.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, cipher.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
	)
	p := &Params{}
	for _, id := range []cipher.SuiteID{aes13, chacha13, ecdsa12, rsa12} {
		p.Suites = append(p.Suites, cipher.SuiteByID(id))
	}
	for _, c := range []struct {
		name    string
		version cipher.Version
		client  []cipher.SuiteID
		theirs  []cipher.SuiteID // by the client's order
		ours    []cipher.SuiteID // by our own
	}{
		{"of the version", tls13, []cipher.SuiteID{rsa12, chacha13, aes13}, []cipher.SuiteID{chacha13, aes13}, []cipher.SuiteID{aes13, chacha13}},
		{"of the version before", tls12, []cipher.SuiteID{aes13, rsa12, ecdsa12}, []cipher.SuiteID{rsa12, ecdsa12}, []cipher.SuiteID{ecdsa12, rsa12}},
		{"unknown and repeated", tls13, []cipher.SuiteID{0x1a1a, aes13, 0x00ff, aes13}, []cipher.SuiteID{aes13}, []cipher.SuiteID{aes13}},
		{"nothing", tls13, []cipher.SuiteID{rsa12}, nil, nil},
	} {
		for _, own := range []bool{false, true} {
			p.PreferOwnOrder = own
			want := c.theirs
			if own {
				want = c.ours
			}
			var got []cipher.SuiteID
			for _, s := range suitesInCommon(nil, p, c.version, c.client) {
				got = append(got, s.ID)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s, own order %v: %v, want %v", c.name, own, got, want)
			}
		}
	}
}

func groupsOf(ids ...cipher.GroupID) (groups []*cipher.Group) {
	for _, id := range ids {
		groups = append(groups, cipher.GroupByID(id))
	}
	return groups
}

// TestGroupsInCommon is TestSuitesInCommon for groups.
func TestGroupsInCommon(t *testing.T) {
	p := &Params{Groups: groupsOf(cipher.X25519MLKEM768, cipher.X25519, cipher.CurveP256)}
	client := []cipher.GroupID{0x2a2a, cipher.CurveP256, cipher.CurveP521, cipher.X25519MLKEM768, cipher.CurveP256, cipher.X25519}
	for _, c := range []struct {
		version cipher.Version
		own     bool
		want    []*cipher.Group
	}{
		{tls13, true, p.Groups},
		{tls13, false, groupsOf(cipher.CurveP256, cipher.X25519MLKEM768, cipher.X25519)},
		{tls12, true, groupsOf(cipher.X25519, cipher.CurveP256)}, // no hybrid before TLS 1.3
		{tls12, false, groupsOf(cipher.CurveP256, cipher.X25519)},
	} {
		p.PreferOwnOrder = c.own
		if got := groupsInCommon(p, c.version, client); !slices.Equal(got, c.want) {
			t.Errorf("%v, own order %v: %v, want %v", c.version, c.own, got, c.want)
		}
	}
}

// TestChooseShare is a table of who gets asked again.
func TestChooseShare(t *testing.T) {
	const hybrid, x, p256 = cipher.X25519MLKEM768, cipher.X25519, cipher.CurveP256
	for _, c := range []struct {
		name   string
		common []cipher.GroupID
		shares []cipher.GroupID
		want   cipher.GroupID
		retry  bool
	}{
		{"the best has a share", []cipher.GroupID{hybrid, x}, []cipher.GroupID{hybrid, x}, hybrid, false},
		{"in the order of the groups, not of the shares", []cipher.GroupID{x, p256}, []cipher.GroupID{p256, x}, x, false},
		{"a share is worth more than the order", []cipher.GroupID{x, p256}, []cipher.GroupID{p256}, p256, false},
		{"post-quantum is worth a round trip", []cipher.GroupID{hybrid, x}, []cipher.GroupID{x}, hybrid, true},
		{"but costs none if its share is there", []cipher.GroupID{x, hybrid}, []cipher.GroupID{hybrid}, hybrid, false},
		{"another hybrid does as well", []cipher.GroupID{cipher.SecP256r1MLKEM768, hybrid}, []cipher.GroupID{hybrid}, hybrid, false},
		{"no share at all", []cipher.GroupID{x, p256}, nil, x, true},
		{"a share of what we don't have", []cipher.GroupID{x}, []cipher.GroupID{p256, 0x2a2a}, x, true},
	} {
		var shares []KeyShareEntry
		for _, id := range c.shares {
			shares = append(shares, KeyShareEntry{Group: id})
		}
		g, share := chooseShare(&Params{}, groupsOf(c.common...), shares)
		if g.ID != c.want || (share == nil) != c.retry || share != nil && share.Group != g.ID {
			t.Errorf("%s: %v with share %v, want %v, retry %v", c.name, g.ID, share, c.want, c.retry)
		}
	}
}

// TestAskForBestGroup: who insists on the best group gets it at the cost of a round trip, unless a share of an equal one is there.
func TestAskForBestGroup(t *testing.T) {
	const hybrid, x, p256, p384 = cipher.X25519MLKEM768, cipher.X25519, cipher.CurveP256, cipher.CurveP384
	p := &Params{AskForBestGroup: true, PreferOwnOrder: true, EqualGroups: [][]cipher.GroupID{{x, p256}}}
	for _, c := range []struct {
		common []cipher.GroupID
		shares []cipher.GroupID
		want   cipher.GroupID
		retry  bool
	}{
		{[]cipher.GroupID{x, p384}, []cipher.GroupID{p384}, x, true},
		{[]cipher.GroupID{x, p384}, []cipher.GroupID{p384, x}, x, false},
		{[]cipher.GroupID{x, p256, p384}, []cipher.GroupID{p384, p256}, p256, false},
		{[]cipher.GroupID{p384, x}, []cipher.GroupID{hybrid, x}, p384, true},
	} {
		var shares []KeyShareEntry
		for _, id := range c.shares {
			shares = append(shares, KeyShareEntry{Group: id})
		}
		if g, share := chooseShare(p, groupsOf(c.common...), shares); g.ID != c.want || (share == nil) != c.retry {
			t.Errorf("%v with shares of %v: %v, a share %v", c.common, c.shares, g.ID, share != nil)
		}
	}
}

// TestChoosersChooseOfBoth: whatever both ends have, what is chosen is in both lists, and something is chosen if
// anything is.
func TestChoosersChooseOfBoth(t *testing.T) {
	all := []cipher.GroupID{cipher.X25519MLKEM768, cipher.SecP256r1MLKEM768, cipher.X25519, cipher.CurveP256, cipher.CurveP384, 0x2a2a}
	rapid.Check(t, func(t *rapid.T) {
		pick := func(label string, of []cipher.GroupID) []cipher.GroupID {
			return rapid.SliceOfN(rapid.SampledFrom(of), 0, 6).Draw(t, label)
		}
		enabled := pick("enabled", all[:5])
		slices.Sort(enabled)
		enabled = slices.Compact(enabled)
		client := pick("client", all)
		p := &Params{Groups: groupsOf(enabled...), PreferOwnOrder: rapid.Bool().Draw(t, "own order"), AskForBestGroup: rapid.Bool().Draw(t, "asks")}
		common := groupsInCommon(p, tls13, client)
		for _, id := range enabled {
			if slices.Contains(client, id) != slices.Contains(common, cipher.GroupByID(id)) {
				t.Fatalf("%v: enabled %v, client %v, common %v", id, enabled, client, common)
			}
		}
		if len(common) == 0 {
			return
		}
		var shares []KeyShareEntry
		for _, id := range client[:rapid.IntRange(0, len(client)).Draw(t, "shares")] {
			shares = append(shares, KeyShareEntry{Group: id})
		}
		g, share := chooseShare(p, common, shares)
		if !slices.Contains(common, g) || share != nil && share.Group != g.ID {
			t.Fatalf("%v with share %v, common %v", g.ID, share, common)
		}
		has := slices.ContainsFunc(shares, func(k KeyShareEntry) bool { return k.Group == g.ID })
		if has != (share != nil) {
			t.Fatalf("%v has a share: %v; it was found: %v", g.ID, has, share != nil)
		}
	})
}

// TestChooseProtocol: the server's order (RFC 7301, Section 3.2).
func TestChooseProtocol(t *testing.T) {
	for _, c := range []struct {
		server, client []string
		want           string
	}{
		{[]string{"h2", "http/1.1"}, []string{"http/1.1", "h2"}, "h2"},
		{[]string{"h2", "http/1.1"}, []string{"x", "http/1.1"}, "http/1.1"},
		{[]string{"h2"}, []string{"h2c", "H2"}, ""},
		{nil, []string{"h2"}, ""},
	} {
		if got := chooseProtocol(c.server, c.client); got != c.want {
			t.Errorf("server %q, client %q: %q, want %q", c.server, c.client, got, c.want)
		}
	}
}

// TestSuiteForCredential: the first suite whose authentication is by that type of key, or by none.
func TestSuiteForCredential(t *testing.T) {
	suites := []*cipher.Suite{
		cipher.SuiteByID(cipher.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256), cipher.SuiteByID(cipher.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256),
		cipher.SuiteByID(cipher.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384), cipher.SuiteByID(cipher.TLS_PSK_WITH_AES_128_GCM_SHA256),
	}
	credential := pairCredential(t, 0, 7)
	op := &SelectCredential{suites: suites, rules: signing12, Schemes: []cipher.SignatureScheme{cipher.ECDSAP256SHA256}}
	if got := op.suiteFor(credential); got != suites[1] {
		t.Errorf("an ECDSA key gets %v", got)
	}
	if got := op.suiteFor(nil); got != suites[3] {
		t.Errorf("no key gets %v", got)
	}
	op.Schemes = []cipher.SignatureScheme{cipher.RSAPKCS1SHA256}
	if got := op.suiteFor(credential); got != nil {
		t.Errorf("an ECDSA key gets %v for a peer that checks RSA signatures only", got)
	}
	op.suites = suites[:1]
	if got := op.suiteFor(credential); got != nil {
		t.Errorf("an ECDSA key gets %v of RSA suites", got)
	}
}

// TestEqualsFollowTheClient shows that within a set the client's order counts, and nowhere else.
func TestEqualsFollowTheClient(t *testing.T) {
	const hybrid, strong, x, p256 = cipher.X25519MLKEM768, cipher.MLKEM1024, cipher.X25519, cipher.CurveP256
	p := &Params{PreferOwnOrder: true, Groups: groupsOf(hybrid, strong, x, p256), EqualGroups: [][]cipher.GroupID{{hybrid, strong}, {x, p256}}}
	for _, c := range []struct{ client, want []cipher.GroupID }{
		{[]cipher.GroupID{p256, x, strong, hybrid}, []cipher.GroupID{strong, hybrid, p256, x}},
		{[]cipher.GroupID{hybrid, strong, x, p256}, []cipher.GroupID{hybrid, strong, x, p256}},
		{[]cipher.GroupID{p256, x, hybrid}, []cipher.GroupID{hybrid, p256, x}},
		{[]cipher.GroupID{p256, strong}, []cipher.GroupID{strong, p256}},
		{[]cipher.GroupID{p256, x}, []cipher.GroupID{p256, x}},
	} {
		if got := groupsInCommon(p, tls13, c.client); !slices.Equal(got, groupsOf(c.want...)) {
			t.Errorf("%v: %v, want %v", c.client, got, c.want)
		}
	}
}

// RFC 6066, Section 3: literal addresses are no server names, and the dot at the end isn't sent.
func TestAddressesAreNoServerNames(t *testing.T) {
	for host, want := range map[string]string{
		"": "", "192.0.2.1": "", "[192.0.2.1]": "", "2001:db8::1": "", "[2001:db8::1]": "", "::1": "", "fe80::1%eth0": "", "abcd::": "",
		"example.org": "example.org", "example.org.": "example.org", "1.example.org": "1.example.org", "a": "a", "1password.example": "1password.example",
	} {
		if got := sniName(host); got != want {
			t.Errorf("%q is sent as %q, want %q", host, got, want)
		}
	}
}
