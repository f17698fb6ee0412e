package sslsock

import (
	"errors"
	"os/exec"
	"strings"
	"testing"

	"tlsengine/fuzz/peers"
	"tlsengine/record"
)

// pskPair makes contexts that know a key, and no certificates.
func pskPair(t *testing.T, v TLSVersion, identity string,
	clientKey, serverKey []byte) (client, server *Context, hints *[]string) {
	t.Helper()
	hints = new([]string)
	make := func(p Protocol) *Context {
		c, err := NewContext(p)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(c.SetMinimumVersion(v), c.SetMaximumVersion(v),
			c.SetCiphers("PSK:DHE-PSK-AES128-GCM-SHA256:ECDHE-PSK-AES128-CBC-SHA")); err != nil {
			t.Fatal(err)
		}
		return c
	}
	client, server = make(ProtocolTLS), make(ProtocolTLSServer)
	err := errors.Join(client.SetPSKClientCallback(func(hint string) (string, []byte, error) {
		*hints = append(*hints, hint)
		return identity, clientKey, nil
	}), server.SetPSKServerCallback(func(name string) ([]byte, error) {
		if name != identity {
			return nil, nil
		}
		return serverKey, nil
	}, "the hint"))
	if err != nil {
		t.Fatal(err)
	}
	return client, server, hints
}

// B-051, B-052: both eras with the right key, a wrong one, none and a name that nobody knows; names are UTF-8.
func TestPSKCallbacks(t *testing.T) {
	key := []byte("0123456789abcdef0123456789abcdef")
	for _, v := range []TLSVersion{VersionTLS12, VersionTLS13} {
		client, server, hints := pskPair(t, v, "Jürgen", key, key)
		c, s, ce, se := shakeOnce(t, client, server, "")
		if ce != nil || se != nil {
			t.Fatal(v, ce, se)
		}
		exchange(t, c, s)
		if v == VersionTLS12 && c.Session() != nil {
			t.Error("a session that outlives the key")
		}
		if der, err := c.PeerCertDER(); der != nil || err != nil {
			t.Error("a certificate came:", err)
		}
		want := map[TLSVersion]string{VersionTLS12: "the hint", VersionTLS13: ""}[v]
		if len(*hints) != 1 || (*hints)[0] != want {
			t.Errorf("%v: hints %q", v, *hints)
		}
		for name, serverKey := range map[string][]byte{"another key": []byte("another key of any length"), "no such name": nil} {
			client, server, _ := pskPair(t, v, "x", key, serverKey)
			if _, _, ce, se := shakeOnce(t, client, server, ""); ce == nil || se == nil || errors.Is(se, ErrWantRead) {
				t.Errorf("%v, %s: %v, %v", v, name, ce, se)
			}
		}
	}
}

// B-051: an empty key, a name that is too long, and an error end the handshake; the error can be found.
func TestPSKClientCallbackRefuses(t *testing.T) {
	mine := errors.New("no key today")
	for name, ask := range map[string]PSKClientCallback{
		"empty":    func(string) (string, []byte, error) { return "x", nil, nil },
		"too long": func(string) (string, []byte, error) { return strings.Repeat("x", 257), []byte("key"), nil },
		"error":    func(string) (string, []byte, error) { return "", nil, mine },
	} {
		for _, v := range []TLSVersion{VersionTLS12, VersionTLS13} {
			client, server, _ := pskPair(t, v, "x", nil, []byte("key"))
			if err := client.SetPSKClientCallback(ask); err != nil {
				t.Fatal(err)
			}
			up, down := NewMemoryBIO(), NewMemoryBIO()
			c, err := client.WrapBIO(down, up)
			if err == nil {
				s, serverErr := server.WrapBIO(up, down, WithServerSide())
				if serverErr != nil {
					t.Fatal(serverErr)
				}
				_, _ = c.Handshake(), s.Handshake()
				err = c.Handshake()
			}
			var e *SSLError
			if !errors.As(err, &e) || e.Alert != record.AlertHandshakeFailure || name == "error" && !errors.Is(err, mine) {
				t.Errorf("%s, %v: %v", name, v, err)
			}
		}
	}
}

// B-051, B-052: the wrong kind of context, a hint that is too long, and taking a callback away.
func TestPSKCallbackSetters(t *testing.T) {
	client, server := unverifying(t), serverContext(t)
	only, err := NewContext(ProtocolTLSClient)
	if err != nil {
		t.Fatal(err)
	}
	if e := wantSSL(t, server.SetPSKClientCallback(nil)); !strings.Contains(e.Message, "PROTOCOL_TLS_SERVER") {
		t.Error(e)
	}
	if e := wantSSL(t, only.SetPSKServerCallback(nil, "")); !strings.Contains(e.Message, "PROTOCOL_TLS_CLIENT") {
		t.Error(e)
	}
	if err := client.SetPSKServerCallback(nil, strings.Repeat("x", 129)); !errors.Is(err, ErrInvalidArgument) {
		t.Error(err)
	}
	asked := false
	if err := errors.Join(client.SetPSKClientCallback(func(string) (string,
		[]byte, error) {
		asked = true
		return "x", []byte("k"), nil
	}),
		client.SetPSKClientCallback(nil)); err != nil {
		t.Fatal(err)
	}
	if _, _, ce, se := shakeOnce(t, client, server, ""); ce != nil || se != nil || asked {
		t.Error(ce, se, asked)
	}
}

// B-051, B-052: with OpenSSL at the other end, in both roles and eras.
func TestPSKWithOpenSSL(t *testing.T) {
	openssl := peers.Need(t, "openssl")
	const hexKey = "30313233343536373839616263646566"
	key := []byte("0123456789abcdef")
	for _, v := range []TLSVersion{VersionTLS12, VersionTLS13} {
		flag := map[TLSVersion]string{VersionTLS12: "-tls1_2", VersionTLS13: "-tls1_3"}[v]
		client, server, _ := pskPair(t, v, "Client_identity", key, key)
		addr := peers.FreeAddr(t)
		p := peers.Start(t, exec.Command(openssl, "s_server", "-accept",
			addr, "-nocert", "-psk", hexKey, "-psk_identity", "Client_identity", "-rev", flag, "-cipher", "PSK"))
		p.WaitListening(addr)
		s, err := client.Dial("tcp", addr)
		if err != nil {
			t.Fatal(v, err)
		}
		if _, err := s.Write([]byte("hello\n")); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Recv(100); err != nil || string(got) != "olleh\n" {
			t.Errorf("%v: %q, %v", v, got, err)
		}
		s.Close()
		l, err := Listen("tcp", "127.0.0.1:0", server)
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			conn, err := l.AcceptTLS()
			if err == nil {
				conn.Write([]byte("from the server\n"))
				conn.Close()
			}
		}()
		out, err := peers.Run(t, exec.Command(openssl, "s_client", "-connect", l.Addr().String(),
			"-psk", hexKey, "-psk_identity", "Client_identity", "-quiet", flag, "-cipher", "PSK"), "")
		l.Close()
		if !strings.Contains(out, "from the server") {
			t.Errorf("%v: %v: %s", v, err, out)
		}
	}
}
