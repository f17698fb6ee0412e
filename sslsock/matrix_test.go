package sslsock

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"tlsengine/fuzz/pki"
	"tlsengine/x509lite"
)

// protocols are the rows and columns of the table of the seed, SSL 2.0 aside, with which no context can be made.
var protocols = []Protocol{ProtocolSSLv3, ProtocolTLS, ProtocolTLSv1, ProtocolTLSv11, ProtocolTLSv12}

// S-030, S-033 to S-039, S-107, S-110 to S-113, S-183: the table of which client can connect to which server, as the seed has
// it, with TLS 1.3 where both ends negotiate; and every "no" is an error at both ends.
func TestProtocolMatrix(t *testing.T) {
	yes := map[[2]Protocol]string{ // client, server
		{ProtocolSSLv3, ProtocolSSLv3}: "SSLv3",
		{ProtocolTLS, ProtocolTLS}:     "TLSv1.3", {ProtocolTLS, ProtocolTLSv1}: "TLSv1",
		{ProtocolTLS, ProtocolTLSv11}: "TLSv1.1", {ProtocolTLS, ProtocolTLSv12}: "TLSv1.2",
		{ProtocolTLSv1, ProtocolTLS}: "TLSv1", {ProtocolTLSv1, ProtocolTLSv1}: "TLSv1",
		{ProtocolTLSv11, ProtocolTLS}: "TLSv1.1", {ProtocolTLSv11, ProtocolTLSv11}: "TLSv1.1",
		{ProtocolTLSv12, ProtocolTLS}: "TLSv1.2", {ProtocolTLSv12, ProtocolTLSv12}: "TLSv1.2",
	}
	for _, cp := range protocols {
		for _, sp := range protocols {
			checkCell(t, matrixContext(t, cp), matrixContext(t, sp), yes[[2]Protocol{cp, sp}], fmt.Sprintf("%v client, %v server", cp, sp))
		}
	}
	// The footnote: contexts that negotiate speak SSL 3.0 when OpNoSSLv3 is cleared.
	for _, flip := range []bool{false, true} {
		one, other := matrixContext(t, ProtocolTLS), matrixContext(t, ProtocolSSLv3)
		one.ClearOptions(OpNoSSLv3)
		if flip {
			one, other = other, one
		}
		checkCell(t, one, other, "SSLv3", "OpNoSSLv3 cleared")
	}
}

// matrixContext makes a context for either role; an RSA key serves all versions.
func matrixContext(t *testing.T, p Protocol) *Context {
	t.Helper()
	c, err := NewContext(p)
	if err != nil {
		t.Fatal(err)
	}
	i := pki.New().Identities[x509lite.KeyRSA2048]
	if err := c.addCredential(i.Chain, i.Key); err != nil {
		t.Fatal(err)
	}
	return c
}

func checkCell(t *testing.T, client, server *Context, want, name string) {
	t.Helper()
	c, s, ce, se := shakeOnce(t, client, server, "")
	if want == "" {
		var e *SSLError
		if !errors.As(ce, &e) || !errors.As(se, &e) || errors.Is(ce, ErrWantRead) || errors.Is(se, ErrWantRead) {
			t.Errorf("%s: client %v, server %v", name, ce, se)
		}
		return
	}
	if ce != nil || se != nil || c.Version() != want || s.Version() != want {
		t.Errorf("%s: client %q, %v, server %q, %v, want %s", name, c.Version(), ce, s.Version(), se, want)
		return
	}
	exchange(t, c, s)
	exchange(t, s, c)
}

// S-049, S-054: a default server refuses what is below TLS 1.2 until the documented line takes OpNoSSLv3 away, which a
// minimum of the caller's outlasts.
func TestDefaultFloor(t *testing.T) {
	server := func(lift func(*Context)) *Context {
		c, err := CreateDefaultContext(PurposeClientAuth)
		if err != nil {
			t.Fatal(err)
		}
		i := pki.New().Identities[x509lite.KeyRSA2048]
		if err := c.addCredential(i.Chain, i.Key); err != nil {
			t.Fatal(err)
		}
		lift(c)
		return c
	}
	nothing := func(*Context) {}
	documented := func(c *Context) { c.ClearOptions(OpNoSSLv3) }
	for _, c := range []struct {
		client Protocol
		lift   func(*Context)
		want   string
	}{
		{ProtocolTLSv11, nothing, ""},
		{ProtocolTLSv12, nothing, "TLSv1.2"},
		{ProtocolSSLv3, documented, "SSLv3"},
		{ProtocolTLSv1, documented, "TLSv1"},
		{ProtocolTLSv11, func(c *Context) { _ = c.SetMinimumVersion(VersionTLS11) }, "TLSv1.1"},
		{ProtocolTLSv1, func(c *Context) { _ = c.SetMinimumVersion(VersionTLS11) }, ""},
		{ProtocolSSLv3, func(c *Context) { _ = c.SetMinimumVersion(VersionTLS12); c.ClearOptions(OpNoSSLv3) }, ""},
	} {
		checkCell(t, matrixContext(t, c.client), server(c.lift), c.want, c.client.String())
	}
}

// S-117 to S-121, B-023, B-026: any options and limits at both ends, against a model: the highest version that both enable, or an
// error.
func TestVersionsAgainstModel(t *testing.T) {
	type end struct {
		context *Context
		enabled []TLSVersion
	}
	draw := func(r *rapid.T, who string) end {
		c := matrixContext(t, ProtocolTLS)
		e := end{context: c}
		lowest := rapid.SampledFrom([]TLSVersion{0, VersionSSL30, VersionTLS10, VersionTLS11, VersionTLS12, VersionTLS13}).Draw(r,
			who+" minimum")
		highest := rapid.SampledFrom([]TLSVersion{0, VersionTLS10, VersionTLS11, VersionTLS12, VersionTLS13}).Draw(r, who+" maximum")
		for _, v := range allVersions {
			if rapid.Bool().Draw(r, who+" "+v.version.String()) {
				_ = c.AddOptions(v.excluded)
				continue
			}
			c.ClearOptions(v.excluded)
			if v.version >= lowest && (highest == 0 || v.version <= highest) {
				e.enabled = append(e.enabled, v.version)
			}
		}
		if lowest != 0 {
			_ = c.SetMinimumVersion(lowest)
		}
		if highest != 0 {
			_ = c.SetMaximumVersion(highest)
		}
		return e
	}
	rapid.Check(t, func(r *rapid.T) {
		client, server := draw(r, "client"), draw(r, "server")
		want := TLSVersion(0)
		for _, v := range client.enabled {
			if slices.Contains(server.enabled, v) && v > want {
				want = v
			}
		}
		for _, e := range []end{client, server} {
			var none *SSLError
			if _, err := e.context.NewSocket(); (len(e.enabled) == 0) != (errors.As(err, &none) &&
				none.Reason == "NO_PROTOCOLS_AVAILABLE") {
				r.Fatalf("%v enabled: %v", e.enabled, err)
			}
			if len(e.enabled) == 0 {
				return
			}
		}
		c, _, ce, se := shakeOnce(t, client.context, server.context, "")
		switch {
		case reachable(client.enabled, server.enabled) != want:
			return // a version that both have, but the client can't say so: it says its highest only
		case downgrade(want, client.enabled, server.enabled):
			if ce == nil || wantSSL(t, ce).Reason != "TLS13_DOWNGRADE" {
				r.Fatalf("%v and %v: what looks like an attack is connected with %q, %v", client.enabled, server.enabled, c.Version(), ce)
			}
		case want == 0 && (ce == nil || se == nil):
			r.Fatalf("%v and %v: connected with %s", client.enabled, server.enabled, c.Version())
		case want != 0 && (ce != nil || se != nil || c.Version() != want.String()):
			r.Fatalf("%v and %v: %v, %v, %q", client.enabled, server.enabled, ce, se, c.Version())
		}
	})
}

// downgrade tells whether holes in what both enable make an honest handshake look as if somebody had tampered with the
// hello: the server marks that it could do better than the version chosen, and the client, which could too, must give
// up (RFC 8446, Section 4.1.3).
func downgrade(chosen TLSVersion, client, server []TLSVersion) bool {
	return chosen != 0 && chosen < VersionTLS12 && client[0] >= VersionTLS12 && server[0] >= VersionTLS12
}

// reachable is what a server takes: of a list if the client has one, with TLS 1.3, and otherwise the highest that is not above
// the client's.
func reachable(client, server []TLSVersion) TLSVersion {
	for _, v := range server { // the highest first
		if slices.Contains(client, VersionTLS13) && slices.Contains(client, v) ||
			!slices.Contains(client, VersionTLS13) && v <= client[0] {
			if slices.Contains(client, v) {
				return v
			}
			return 0
		}
	}
	return 0
}
