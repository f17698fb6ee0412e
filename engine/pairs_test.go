package engine

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"tlsengine/cipher"
	"tlsengine/fuzz/pki"
	"tlsengine/handshake"
	"tlsengine/record"
	"tlsengine/x509lite"

	"pgregory.net/rapid"
)

// drawConfig draws a configuration of one end; err is Freeze's.
func drawConfig(rt *rapid.T, p *testPKI, role string) (*Config, *Params, error) {
	draw := func(what string, least, most int) int { return rapid.IntRange(least, most).Draw(rt, role+" "+what) }
	flip := func(what string) bool { return rapid.Bool().Draw(rt, role+" "+what) }
	c := p.clientConfig()
	versions := [][2]cipher.Version{{}, {cipher.VersionTLS12, cipher.VersionTLS13}, {cipher.VersionTLS12, cipher.VersionTLS12}, {cipher.VersionTLS13, cipher.VersionTLS13}}
	v := versions[draw("versions", 0, 3)]
	c.MinVersion, c.MaxVersion = v[0], v[1]
	if flip("has suites") {
		c.Suites = some(rt, role+" suites", ids(cipher.Suites(), func(s *cipher.Suite) cipher.SuiteID { return s.ID }))
	}
	if flip("has groups") {
		c.Groups = some(rt, role+" groups", ids(cipher.Groups(), func(g *cipher.Group) cipher.GroupID { return g.ID }))
		if flip("has key shares") {
			c.KeyShares = some(rt, role+" key shares", c.Groups)[:draw("number of key shares", 0, 1)]
		}
	}
	if flip("has schemes") {
		negotiable := slices.DeleteFunc(cipher.Schemes(), func(s *cipher.Scheme) bool { return !s.Negotiable() })
		c.Schemes = some(rt, role+" schemes", ids(negotiable, func(s *cipher.Scheme) cipher.SignatureScheme { return s.ID }))
	}
	kinds := some(rt, role+" keys", pki.Kinds)
	if role == "client" && flip("has no credential") {
		kinds = nil
	}
	for _, k := range kinds {
		c.Credentials = append(c.Credentials, p.credentials[k])
	}
	if flip("has protocols") {
		c.Protocols = some(rt, role+" protocols", []string{"a", "b", "c"})
	}
	c.ClientAuth = handshake.ClientAuth(draw("client auth", 0, 2))
	c.TolerateNoProtocol, c.PreferOwnOrder = flip("tolerates"), flip("prefers its order")
	c.PlainTLS13, c.RetryCookie = flip("is plain"), flip("sends cookies")
	c.MaxFragment = rapid.SampledFrom([]int{0, 512, 1000}).Draw(rt, role+" fragment")
	frozen, err := c.Freeze()
	return c, frozen, err
}

// some draws a list without repetitions, in any order.
func some[T comparable](rt *rapid.T, what string, all []T) []T {
	return rapid.SliceOfNDistinct(rapid.SampledFrom(all), 1, len(all), rapid.ID[T]).Draw(rt, what)
}

func ids[R, T any](rows []R, id func(R) T) (all []T) {
	for _, r := range rows {
		all = append(all, id(r))
	}
	return all
}

// agreement says, from the two configurations alone, which version two ends should agree on; 0 if on none.
func agreement(c, s *handshake.Params) cipher.Version {
	v := common(c.Versions, s.Versions)
	if v == 0 {
		return 0
	}
	usable := func(scheme cipher.SignatureScheme, k cipher.PublicKey) bool {
		return scheme.Info().Usable(v) && scheme.Fits(k) && (v < cipher.VersionTLS13 || scheme.FitsCurve(k))
	}
	can := func(credentials []*handshake.Credential, schemes []cipher.SignatureScheme, fits func(cipher.PublicKey) bool) bool {
		return slices.ContainsFunc(credentials, func(x *handshake.Credential) bool {
			k := x.Key().Public()
			return fits(k) && slices.ContainsFunc(schemes, func(s cipher.SignatureScheme) bool { return s.Info().Weak == "" && usable(s, k) })
		})
	}
	suites := slices.DeleteFunc(slices.Clone(c.Suites), func(x *cipher.Suite) bool { return !x.Usable(v) || !slices.Contains(s.Suites, x) })
	groups := slices.DeleteFunc(slices.Clone(c.Groups), func(x *cipher.Group) bool {
		return !x.Usable(v) || !slices.Contains(s.Groups, x) || x.FiniteField && v < cipher.VersionTLS13
	})
	suiteFits := func(k cipher.PublicKey) bool {
		if v == cipher.VersionTLS13 {
			return true
		}
		onCurve := k.Type() != cipher.KeyECDSA || slices.ContainsFunc(c.Groups, func(g *cipher.Group) bool { return g.ID == k.Curve() })
		return onCurve && slices.ContainsFunc(suites, func(x *cipher.Suite) bool { return x.Auth.Accepts(k.Type()) })
	}
	protocol := slices.ContainsFunc(c.Protocols, func(p string) bool { return slices.Contains(s.Protocols, p) })
	switch {
	case len(suites) == 0 || len(groups) == 0 || !can(s.Credentials, c.VerifySchemes, suiteFits):
		return 0
	case len(c.Protocols) > 0 && len(s.Protocols) > 0 && !protocol && !s.TolerateNoProtocol:
		return 0
	case s.ClientAuth == handshake.AuthRequired && !can(c.Credentials, s.VerifySchemes, func(cipher.PublicKey) bool { return true }):
		return 0
	}
	return v
}

// common returns the first of a that is in b.
func common[T comparable](a, b []T) (none T) {
	for _, x := range a {
		if slices.Contains(b, x) {
			return x
		}
	}
	return none
}

// TestTwoEnginesAgreeOrBothFail over all pairs of configurations: they agree exactly when their configurations have all that
// it takes in common; then keys, choices and data are the same; otherwise one sends an alert and the other reports it.
func TestTwoEnginesAgreeOrBothFail(t *testing.T) {
	p := newTestPKI(t)
	agreed := map[cipher.Version]int{}
	rapid.Check(t, func(rt *rapid.T) {
		_, client, err := drawConfig(rt, p, "client")
		if err != nil {
			rt.Skip(err)
		}
		_, server, err := drawConfig(rt, p, "server")
		if err != nil {
			rt.Skip(err)
		}
		c, err := Client(client, Options{ServerName: pki.Host, Rand: seeded(1)})
		if err != nil {
			rt.Fatal(err)
		}
		s, err := Server(server, Options{Rand: seeded(2)})
		if err != nil {
			rt.Fatal(err)
		}
		settle(c, s)
		c.Peek() // opens an alert that came behind the handshake
		v := agreement(client.handshake, server.handshake)
		agreed[v]++
		if v == 0 {
			if err := bothFailed(c, s); err != nil {
				rt.Fatal(err)
			}
			return
		}
		if err := sameConnection(c, s, v); err != nil {
			rt.Fatalf("%v\nclient %v, %v\nserver %v, %v", err, c.Status(), c.Err(), s.Status(), s.Err())
		}
		protocol := common(server.handshake.Protocols, client.handshake.Protocols)
		if got := c.Info().Protocol; got != protocol {
			rt.Fatalf("the protocol is %q, it should be %q", got, protocol)
		}
		for _, ends := range [][2]*Conn{{c, s}, {s, c}, {c, s}} {
			if err := carries(ends[0], ends[1]); err != nil {
				rt.Fatal(err)
			}
		}
	})
	if agreed[0] == 0 || agreed[cipher.VersionTLS12] == 0 || agreed[cipher.VersionTLS13] == 0 {
		t.Errorf("what was drawn shows too little: %v", agreed)
	}
}

// TestTwoOldEnginesAgreeOrBothFail is the same over versions down to SSL 3.0, all suites and all key exchanges: whatever the configurations
// are, two ends report one connection of the best version of both, or one tells the other why not.
func TestTwoOldEnginesAgreeOrBothFail(t *testing.T) {
	p := newTestPKI(t)
	agreed := map[cipher.Version]int{}
	rapid.Check(t, func(rt *rapid.T) {
		client, server := drawOldConfig(rt, p, "client"), drawOldConfig(rt, p, "server")
		c, err := Client(client, Options{ServerName: pki.Host, Rand: seeded(1)})
		if err != nil {
			rt.Fatal(err)
		}
		s, err := Server(server, Options{Rand: seeded(2)})
		if err != nil {
			rt.Fatal(err)
		}
		settle(c, s)
		c.Peek()
		v := common(client.handshake.Versions, server.handshake.Versions)
		if c.Err() != nil || s.Err() != nil {
			agreed[0]++
			// A client that doesn't take the version that the server chose says so in a record of its own version, which the server refuses.
			if err := bothFailed(c, s); err != nil && (v != 0 || c.Err() == nil || s.Err() == nil) {
				rt.Fatal(err)
			}
			return
		}
		agreed[v]++
		if err := sameConnection(c, s, v); err != nil {
			rt.Fatalf("%v\nclient %v\nserver %v", err, c.Info(), s.Info())
		}
		for _, ends := range [][2]*Conn{{c, s}, {s, c}, {c, s}} {
			if err := carries(ends[0], ends[1]); err != nil {
				rt.Fatal(err)
			}
		}
	})
	if agreed[0] == 0 || len(agreed) < len(oldVersions) { // failures, and all versions but one
		t.Errorf("what was drawn shows too little: %v", agreed)
	}
}

// drawOldConfig draws a configuration of one end with versions down to SSL 3.0, each with a suite at least.
func drawOldConfig(rt *rapid.T, p *testPKI, role string) *Params {
	flip := func(what string) bool { return rapid.Bool().Draw(rt, role+" "+what) }
	c := p.clientConfig()
	lowest := rapid.SampledFrom([]int{0, 0, 0, 1, 2, 3}).Draw(rt, role+" lowest") // of equal chances, few have a version in common
	bySuite(oldVersions[lowest], dss)(p, c)                                       // which brings a PSK, and accepts DSA
	c.MaxVersion = rapid.SampledFrom(oldVersions[lowest:]).Draw(rt, role+" highest")
	c.Suites = ids(cipher.AllSuites(), func(s *cipher.Suite) cipher.SuiteID { return s.ID })
	if flip("has some suites") {
		c.Suites = some(rt, role+" suites", c.Suites)
	}
	if !slices.Contains(c.Suites, cipher.TLS_RSA_WITH_AES_128_CBC_SHA) {
		c.Suites = append(c.Suites, cipher.TLS_RSA_WITH_AES_128_CBC_SHA)
	}
	if flip("has groups") {
		c.Groups = append(some(rt, role+" groups", ids(cipher.Groups(), func(g *cipher.Group) cipher.GroupID { return g.ID })), cipher.CurveP256)
		c.Groups = slices.Compact(c.Groups)
	}
	if role == "server" || flip("has a credential") {
		c.Credentials = some(rt, role+" credentials", append(ids(pki.Kinds, func(k x509lite.KeyKind) *handshake.Credential { return p.credentials[k] }), p.dsa))
	}
	if flip("has protocols") {
		c.Protocols = some(rt, role+" protocols", []string{"a", "b", "c"})
	}
	c.ClientAuth = handshake.ClientAuth(rapid.IntRange(0, 2).Draw(rt, role+" client auth"))
	c.TolerateNoProtocol, c.PreferOwnOrder, c.UnsplitCBC = true, flip("prefers its order"), flip("splits nothing")
	frozen, err := c.Freeze()
	if err != nil {
		rt.Skip(err)
	}
	return frozen
}

// bothFailed checks that one end found a fault and the other was told of it.
func bothFailed(c, s *Conn) error {
	var a, b *record.Error
	if !errors.As(c.Err(), &a) || !errors.As(s.Err(), &b) {
		return fmt.Errorf("not both failed: client %v, %v; server %v, %v", c.Status(), c.Err(), s.Status(), s.Err())
	}
	if a.Remote == b.Remote || a.Alert != b.Alert || a.Alert == record.AlertInternalError {
		return fmt.Errorf("client %v; server %v", a, b)
	}
	if c.Status()&(CanWrite|Readable|WantsInput|WantsAnswer|HasOutput) != 0 || s.Status()&(CanWrite|Readable|WantsInput|WantsAnswer|HasOutput) != 0 {
		return fmt.Errorf("something goes on: client %v, server %v", c.Status(), s.Status())
	}
	return nil
}

// sameConnection checks that both ends report one and the same connection of version v.
func sameConnection(c, s *Conn, v cipher.Version) error {
	a, b := c.Info(), s.Info()
	if a == nil || b == nil || c.Err() != nil || s.Err() != nil {
		return errors.New("no connection came of it")
	}
	if a.Version != v || b.Version != v || a.Suite != b.Suite || a.Group != b.Group || a.Protocol != b.Protocol ||
		a.ClientRandom != b.ClientRandom || a.ServerRandom != b.ServerRandom || a.HelloRetried != b.HelloRetried ||
		a.ExtendedMasterSecret != b.ExtendedMasterSecret || a.ServerName != b.ServerName || a.ClientAuthRequested != b.ClientAuthRequested ||
		a.PeerScheme != b.LocalScheme || b.PeerScheme != a.LocalScheme {
		return fmt.Errorf("the reports differ: %+v and %+v", a, b)
	}
	for _, x := range [][2]*handshake.Info{{a, b}, {b, a}} {
		if (x[0].Credential == nil) != (len(x[1].PeerChain) == 0) {
			return errors.New("one end authenticated, and the other did not notice")
		}
		if k := x[0].Credential; k != nil && !bytes.Equal(k.Chain()[0].Raw(), x[1].PeerChain[0].Raw()) {
			return errors.New("the peer's certificate is another one")
		}
	}
	if v == cipher.VersionSSL30 {
		return nil // which exports nothing
	}
	for _, context := range [][]byte{nil, {}, {1, 2, 3}} {
		x, err := c.Export("EXPERIMENTAL pair", context, 40)
		y, err2 := s.Export("EXPERIMENTAL pair", context, 40)
		if err != nil || err2 != nil || !bytes.Equal(x, y) || bytes.Equal(x, make([]byte, 40)) {
			return fmt.Errorf("exported keys differ: %v, %v", err, err2)
		}
	}
	return nil
}

// carries sends data from one end to the other.
func carries(from, to *Conn) error {
	want := filler(1300)
	if n := from.Write(want); n != len(want) {
		return fmt.Errorf("Write took %d bytes of %d", n, len(want))
	}
	if got := (direct{}).deliver(to, from.Outgoing(), nil); !bytes.Equal(got, want) {
		return fmt.Errorf("%d bytes arrived of %d: %v", len(got), len(want), to.Err())
	}
	from.Sent(len(from.Outgoing()))
	return nil
}
