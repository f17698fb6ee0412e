package handshake

import (
	"testing"

	"tlsengine/cipher"
	"tlsengine/record"
	"tlsengine/x509lite"
)

// npnPair returns both ends of a connection of TLS 1.2 with these names for next protocol negotiation.
func npnPair(t *testing.T, client, server []string, change func(client, server *Params), before func(*pairEnd)) (c, v *pairEnd) {
	t.Helper()
	s := renegotiation12{version: cipher.VersionTLS12, credential: pairCredential(t, x509lite.KeyP256, 7)}
	cp, sp := s.params(), s.params()
	cp.Protocols, sp.Protocols = nil, nil
	cp.NextProtocols, sp.NextProtocols = client, server
	if change != nil {
		change(cp, sp)
	}
	c, v = newPair(t, cp, sp, before)
	if err := c.start(); err != nil {
		t.Fatal(err)
	}
	return c, v
}

// negotiateNextProtocol makes a connection with next protocol negotiation, and negotiates it again.
func negotiateNextProtocol(t *testing.T, seen map[transition]bool, before func(*pairEnd)) {
	t.Helper()
	c, v := npnPair(t, []string{"x"}, []string{"x"}, nil, before)
	for _, e := range []*pairEnd{c, v} {
		if seen != nil {
			e.m.trace = func(from State, on MessageType, to State) { seen[transition{from.Name(), on, to.Name()}] = true }
		}
	}
	if err := c.settle(); err != nil || v.done == nil {
		t.Fatal(err)
	}
}

// S-218: the client takes the first of the server's that it has too, else its own first; CPython's table.
func TestNextProtocol(t *testing.T) {
	for _, x := range []struct {
		client, server []string
		want           string
	}{
		{[]string{"http/1.1", "spdy/2"}, []string{"spdy/2", "http/1.1"}, "spdy/2"},
		{[]string{"http/1.1", "abc"}, []string{"spdy/2", "http/1.1"}, "http/1.1"},
		{[]string{"abc", "def"}, []string{"spdy/2", "http/1.1"}, "abc"},
		{[]string{"abc"}, []string{}, "abc"},
		{[]string{}, []string{"abc"}, ""},
		{[]string{"abc"}, nil, ""},
		{nil, []string{"abc"}, ""},
	} {
		c, v := npnPair(t, x.client, x.server, nil, func(*pairEnd) {})
		if err := c.settle(); err != nil || c.done.Info.NextProtocol != x.want || v.done.Info.NextProtocol != x.want {
			t.Fatalf("%v and %v: %v, want %q", x.client, x.server, err, x.want)
		}
		// It is chosen once: whoever uses the connection has acted on it.
		if err := (renegotiation12{}).again(c, v); err != nil || c.done.Info.NextProtocol != x.want || c.done.Info.Renegotiations != 1 {
			t.Errorf("after a renegotiation: %v, %q", err, c.done.Info.NextProtocol)
		}
	}
}

// S-218: a server that could do both answers ALPN only; a client that gets both answers refuses.
func TestNextProtocolGivesWayToALPN(t *testing.T) {
	both := func(client, server *Params) { client.Protocols, server.Protocols = []string{"h2"}, []string{"h2"} }
	c, v := npnPair(t, []string{"x"}, []string{"x"}, both, func(*pairEnd) {})
	if err := c.settle(); err != nil || c.done.Info.NextProtocol != "" || v.done.Info.Protocol != "h2" {
		t.Errorf("%v", err)
	}
	c, v = npnPair(t, []string{"x"}, []string{"x"}, both, func(*pairEnd) {})
	v.m.c.options.Shape = func(m Message) {
		if sh, ok := m.(*ServerHello); ok {
			sh.Extensions.NextProtocols = []string{"x"}
			sh.Extensions.Add(ExtNextProtocols)
		}
	}
	wantFailure(t, c.settle(), record.AlertIllegalParameter, record.ReasonNegotiatedBothNPNAndALPN)
}

// TestNextProtocolIsPadded (draft-agl-tls-nextprotoneg-03, Section 3.2).
func TestNextProtocolIsPadded(t *testing.T) {
	for n := range 256 {
		m := newNextProtocol(string(make([]byte, n)))
		if size := 1 + n + 1 + m.Padding; size%32 != 0 || m.Padding < 1 || m.Padding > 32 {
			t.Errorf("a name of %d bytes makes %d", n, size)
		}
	}
}
