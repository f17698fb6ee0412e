package sslsock

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"tlsengine/cipher"
	"tlsengine/fuzz/pki"
	"tlsengine/record"
	"tlsengine/x509lite"
)

// shakeOnce runs a handshake between Objects, the client with more options, and returns both ends' errors.
func shakeOnce(t testing.TB, client, server *Context, host string,
	more ...SocketOption) (c, s *Object, clientErr, serverErr error) {
	t.Helper()
	up, down := NewMemoryBIO(), NewMemoryBIO()
	var opts []SocketOption
	if host != "" {
		opts = append(opts, WithServerHostname(host))
	}
	c, err := client.WrapBIO(down, up, append(opts, more...)...)
	if err != nil {
		t.Fatal(err)
	}
	s, err = server.WrapBIO(up, down, WithServerSide())
	if err != nil {
		t.Fatal(err)
	}
	for range 6 {
		clientErr, serverErr = c.Handshake(), s.Handshake()
	}
	return c, s, clientErr, serverErr
}

func unverifying(t testing.TB) *Context {
	t.Helper()
	c, err := NewContext(ProtocolTLS)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// S-220 to S-223, B-047: what the callback is given, that the last one set counts, and that clients have none.
func TestServernameCallbackArguments(t *testing.T) {
	client, server := unverifying(t), serverContext(t)
	var got []string
	note := func(h *Hello, name string, initial *Context) error {
		got = append(got, fmt.Sprintf("%s %s %v", name, h.ServerNameALabel(), initial == server && h.Context() == server))
		return nil
	}
	client.SetServernameCallback(func(*Hello, string, *Context) error { return errors.New("called on a client") })
	server.SetServernameCallback(note)
	for _, host := range []string{"a.example", "pythön.org", "xn--pythn-mua.org", "", "127.0.0.1"} {
		if _, _, ce, se := shakeOnce(t, client, server, host); ce != nil || se != nil {
			t.Fatal(host, ce, se)
		}
	}
	server.SetSNICallback(note)
	shakeOnce(t, client, server, "pythön.org")
	server.SetServernameCallback(nil)
	shakeOnce(t, client, server, "a.example")
	want := []string{
		"a.example a.example true", "pythön.org xn--pythn-mua.org true", "pythön.org xn--pythn-mua.org true",
		"  true", "  true", "xn--pythn-mua.org xn--pythn-mua.org true",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// S-220: once per handshake, though there is a HelloRetryRequest.
func TestServernameCallbackOncePerConnection(t *testing.T) {
	client, server := unverifying(t), serverContext(t)
	if err := errors.Join(client.SetGroups("X25519:P-384"), server.SetGroups("P-384")); err != nil {
		t.Fatal(err)
	}
	calls := 0
	server.SetServernameCallback(func(*Hello, string, *Context) error { calls++; return nil })
	_, s, ce, se := shakeOnce(t, client, server, "a.example")
	if ce != nil || se != nil || !s.HandshakeInfo().HelloRetried || calls != 1 {
		t.Error(ce, se, calls)
	}
}

// S-224, S-184: all of the other context counts, its certificate, versions and protocols.
func TestServernameCallbackSwitchesContext(t *testing.T) {
	other := serverContextOf(t, pki.New().Identities[x509lite.KeyEd25519])
	if err := errors.Join(other.SetMaximumVersion(VersionTLS12), other.SetALPNProtocols([]string{"b"})); err != nil {
		t.Fatal(err)
	}
	server, client := serverContext(t), unverifying(t)
	if err := errors.Join(server.SetALPNProtocols([]string{"a"}), client.SetALPNProtocols([]string{"a", "b"})); err != nil {
		t.Fatal(err)
	}
	server.SetServernameCallback(func(h *Hello, name string, _ *Context) error {
		if h.SetContext(nil) == nil {
			t.Error("nil was taken")
		}
		return h.SetContext(other)
	})
	c, s, ce, se := shakeOnce(t, client, server, "a.example")
	if ce != nil || se != nil {
		t.Fatal(ce, se)
	}
	der, _ := c.PeerCertDER()
	if !bytes.Equal(der, pki.New().Identities[x509lite.KeyEd25519].Chain[0].Raw()) || c.Version() != "TLSv1.2" ||
		c.SelectedALPNProtocol() != "b" || s.Context() != other {
		t.Error(c.Version(), c.SelectedALPNProtocol(), s.Context() == other)
	}
}

// S-225, B-073: what is known of the client in the callback.
func TestServernameCallbackSeesTheHello(t *testing.T) {
	client, server := unverifying(t), serverContext(t)
	if err := client.SetALPNProtocols([]string{"h2", "http/1.1"}); err != nil {
		t.Fatal(err)
	}
	server.SetServernameCallback(func(h *Hello, _ string, _ *Context) error {
		hello := h.ClientHello()
		if !slices.Equal(hello.Protocols, []string{"h2", "http/1.1"}) || !slices.Contains(hello.Versions, VersionTLS13) ||
			!slices.Contains(hello.Suites, cipher.TLS_AES_128_GCM_SHA256) || !slices.Contains(hello.Groups, cipher.X25519) {
			t.Errorf("%+v", hello)
		}
		return nil
	})
	if _, _, ce, se := shakeOnce(t, client, server, "a.example"); ce != nil || se != nil {
		t.Error(ce, se)
	}
	if b, s := defaultPair(t, pipeWire); b.Context() == s.Context() || s.Context() == nil {
		t.Error("a socket has lost its context")
	}
}

// S-226 to S-228: what the callback returns decides over the alert, and over the server's error.
func TestServernameCallbackRefuses(t *testing.T) {
	mine := errors.New("not this one")
	for _, c := range []struct {
		host     string
		returned error
		alert    AlertDescription
		is       error
	}{
		{"a.example", record.AlertAccessDenied, 49, record.AlertAccessDenied},
		{"a.example", fmt.Errorf("wrapped: %w", record.AlertUnrecognizedName), 112, record.AlertUnrecognizedName},
		{"a.example", AlertDescription(200), 80, AlertDescription(200)},
		{"a.example", record.AlertCloseNotify, 80, record.AlertCloseNotify},
		{"a.example", mine, 40, mine},
		{"xn--0.example", nil, 80, nil}, // no name can be decoded from it
	} {
		client, server := unverifying(t), serverContext(t)
		server.SetServernameCallback(func(*Hello, string, *Context) error {
			if c.returned == nil {
				t.Error("called for a name that can't be decoded")
			}
			return c.returned
		})
		_, _, ce, se := shakeOnce(t, client, server, c.host)
		var clientSaw, serverSaid *SSLError
		if !errors.As(ce, &clientSaw) || !errors.As(se, &serverSaid) || clientSaw.Alert != c.alert || serverSaid.Alert != c.alert {
			t.Errorf("%s, %v: client %v, server %v", c.host, c.returned, ce, se)
		}
		if c.is != nil && !errors.Is(se, c.is) {
			t.Errorf("the server's error hides %v: %v", c.is, se)
		}
	}
}

// S-228: a panic goes on in the caller of Handshake, and the client gets its alert first.
func TestServernameCallbackPanics(t *testing.T) {
	client, server := unverifying(t), serverContext(t)
	server.SetServernameCallback(func(*Hello, string, *Context) error { panic("mine") })
	c, s := lazyPair(t, tcpWire, client, server)
	seen := make(chan any, 1)
	go func() {
		defer func() { seen <- recover() }()
		s.Handshake()
	}()
	var e *SSLError
	if err := c.Handshake(); !errors.As(err, &e) || e.Alert != record.AlertHandshakeFailure {
		t.Error(err)
	}
	if v := <-seen; v != "mine" {
		t.Errorf("recovered %v", v)
	}
	if err := s.Handshake(); !errors.As(err, &e) || e.Alert != record.AlertHandshakeFailure {
		t.Error("afterwards:", err)
	}
}
