package sslsock

import (
	"errors"
	"strings"
	"testing"
)

// S-129, S-180, S-218: CPython's table for next protocol negotiation, which TLS 1.3 ignores.
func TestNPN(t *testing.T) {
	if !HasNPN {
		t.Error("HasNPN is false")
	}
	for _, x := range []struct {
		client  []string
		version TLSVersion
		want    string
	}{
		{[]string{"http/1.1", "spdy/2"}, VersionTLS12, "http/1.1"},
		{[]string{"spdy/2", "test"}, VersionTLS12, "spdy/2"},
		{[]string{"abc", "def"}, VersionTLS12, "abc"},
		{nil, VersionTLS12, ""},
		{[]string{"spdy/2"}, VersionTLS13, ""},
	} {
		client, server := clientContext(t), serverContext(t)
		if err := errors.Join(client.SetMaximumVersion(x.version),
			client.SetNPNProtocols(x.client), server.SetNPNProtocols([]string{"http/1.1", "spdy/2"})); err != nil {
			t.Fatal(err)
		}
		c, s := pair(t, tcpWire, client, server)
		if c.SelectedNPNProtocol() != x.want || s.SelectedNPNProtocol() != x.want {
			t.Errorf("%v: the client has %q, the server %q, want %q", x.client, c.SelectedNPNProtocol(), s.SelectedNPNProtocol(), x.want)
		}
	}
	for _, bad := range [][]string{{""}, {strings.Repeat("x", 256)}} {
		if err := clientContext(t).SetNPNProtocols(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}
