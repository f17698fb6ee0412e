package engine

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"tlsengine/cipher"
	"tlsengine/handshake"
	"tlsengine/record"
)

// testECHKey makes the key with this id. Its public name is the one that the test PKI has certificates for.
func testECHKey(t testing.TB, id uint8) *handshake.ECHKey {
	t.Helper()
	k, err := handshake.GenerateECHKey("example.test", id, 32, slices.Repeat([]byte{id}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func publishedECH(t testing.TB, keys ...*handshake.ECHKey) *handshake.ECHConfigList {
	t.Helper()
	var configs []*handshake.ECHConfig
	for _, k := range keys {
		configs = append(configs, k.Config())
	}
	l, err := handshake.NewECHConfigList(configs...)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// opens gives a server the keys with these ids.
func opens(ids ...uint8) change {
	return func(_ *testPKI, c *Config) {
		for _, id := range ids {
			k, err := handshake.GenerateECHKey("example.test", id, 32, slices.Repeat([]byte{id}, 32))
			if err != nil {
				panic(err)
			}
			c.ECHKeys = append(c.ECHKeys, k)
		}
	}
}

func pretends(_ *testPKI, c *Config) { c.ECHGrease = true }

// echStories are those of encrypted hellos, accepted or pretended.
func echStories() []*story {
	acts := []act{{clientEnd, write, 100}, {serverEnd, write, 500}, {serverEnd, closeWrite, 0}, {clientEnd, closeWrite, 0}}
	short := with(groups(cipher.X25519, cipher.CurveP256), goldenSuites)
	newer := with(only(cipher.VersionTLS13), short, keeps)
	return []*story{
		{name: "ech", client: short, server: opens(1), acts: acts, encrypts: true},
		{name: "ech with a retry", client: short, server: with(opens(2, 1), groups(cipher.CurveP256), cookies), acts: acts, encrypts: true},
		{name: "ech resumed", client: newer, server: with(opens(1), byTicket), acts: acts, encrypts: true, resumes: true},
		{name: "ech early data", client: with(newer, takesEarly), server: with(opens(1), byTicket, takesEarly), acts: acts, encrypts: true, resumes: true, early: 300},
		{name: "ech pretended", client: with(short, pretends), server: opens(1), acts: acts},
	}
}

// echFailures are those of hellos that the server doesn't accept.
func echFailures() []*story {
	late := []act{{clientEnd, write, 10}, {serverEnd, write, 100}}
	return []*story{
		{name: "ech rejected", server: opens(2), acts: late, encrypts: true},
		{name: "ech rejected with a retry", client: with(noShares), server: with(opens(2), cookies), acts: late, encrypts: true},
		{name: "ech not known", client: with(authenticated), server: with(asks), acts: late, encrypts: true},
		{name: "ech not known in 1.2", client: with(authenticated), server: with(only(cipher.VersionTLS12), asks), acts: late, encrypts: true},
	}
}

// TestRejectedECHTellsWhatToDo: a client whose configuration is out of date is told the present one, by the server that it was for, and
// has a connection with that.
func TestRejectedECHTellsWhatToDo(t *testing.T) {
	pki := newTestPKI(t)
	server := pki.serverConfig()
	server.ECHKeys = []*handshake.ECHKey{testECHKey(t, 1), testECHKey(t, 2).Retired()}
	client := pki.clientConfig()
	client.RequireECH = true
	c, s := newClient(t, client, Options{ServerName: "example.test", ECHConfigs: publishedECH(t, testECHKey(t, 3))}), newServer(t, server, Options{})
	settle(c, s)
	var e *record.Error
	var rejection *handshake.ECHRejection
	if err := c.Err(); !errors.As(err, &e) || e.Alert != record.AlertECHRequired || !errors.As(err, &rejection) {
		t.Fatal(err)
	}
	if c.Status().Has(HandshakeDone) || c.Info() != nil || c.Write([]byte("x")) != 0 {
		t.Error("the connection looks like one")
	}
	s.Read(make([]byte, 1))
	if err := s.Err(); !errors.As(err, &e) || !e.Remote || e.Alert != record.AlertECHRequired {
		t.Errorf("the server: %v", err)
	}
	if want := publishedECH(t, testECHKey(t, 1)); !bytes.Equal(rejection.RetryConfigs.Bytes(), want.Bytes()) {
		t.Errorf("told %x", rejection.RetryConfigs.Bytes())
	}
	for _, id := range []uint8{1, 2} {
		list := rejection.RetryConfigs
		if id == 2 {
			list = publishedECH(t, testECHKey(t, 2)) // retired, and still good
		}
		c, s = newClient(t, client, Options{ServerName: "example.test", ECHConfigs: list}), newServer(t, server, Options{})
		connect(t, c, s)
		if c.Info().ECH != handshake.ECHAccepted || s.Info().ECH != handshake.ECHAccepted {
			t.Errorf("key %d: %v, %v", id, c.Info().ECH, s.Info().ECH)
		}
	}
}

// TestRejectedECHNeedsThePublicName: who has no certificate for the public name can tell a client nothing about keys, even one that
// otherwise takes anybody.
func TestRejectedECHNeedsThePublicName(t *testing.T) {
	pki := newTestPKI(t)
	for name, change := range map[string]func(c *Config){
		"usual":      func(*Config) {},
		"no names":   func(c *Config) { c.SkipHostname = true },
		"unverified": func(c *Config) { c.UnverifiedServer = true },
	} {
		other, err := handshake.GenerateECHKey("public.test", 1, 0, nil)
		if err != nil {
			t.Fatal(err)
		}
		server, client := pki.serverConfig(), pki.clientConfig()
		server.ECHKeys = []*handshake.ECHKey{testECHKey(t, 2)}
		change(client)
		c, s := newClient(t, client, Options{ServerName: "example.test", ECHConfigs: publishedECH(t, other)}), newServer(t, server, Options{})
		settle(c, s)
		var e *record.Error
		var rejection *handshake.ECHRejection
		if err := c.Err(); !errors.As(err, &e) || e.Reason != record.ReasonCertificateVerifyFailed || errors.As(err, &rejection) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestRequireECH: a client that must encrypt its hello sends nothing if it can't.
func TestRequireECH(t *testing.T) {
	pki := newTestPKI(t)
	unknown, err := handshake.ParseECHConfigList([]byte{0, 5, 0xba, 0xdd, 0, 1, 7})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		list *handshake.ECHConfigList
		max  cipher.Version
	}{
		"no list": {}, "unknown version": {list: unknown}, "no TLS 1.3": {list: publishedECH(t, testECHKey(t, 1)), max: cipher.VersionTLS12},
	} {
		config := pki.clientConfig()
		config.RequireECH, config.MaxVersion = true, c.max
		p, err := config.Freeze()
		if err != nil {
			t.Fatal(err)
		}
		var e *record.Error
		if _, err := Client(p, Options{ServerName: "example.test", ECHConfigs: c.list}); !errors.As(err, &e) || e.Reason != record.ReasonUnusableECHConfigList {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestServerNeedsAnECHKeyToHandOut, because RFC 9849 makes it tell clients one.
func TestServerNeedsAnECHKeyToHandOut(t *testing.T) {
	for _, keys := range [][]*handshake.ECHKey{{testECHKey(t, 1).Retired()}, {testECHKey(t, 1), nil}} {
		c := newTestPKI(t).serverConfig()
		c.ECHKeys = keys
		if _, err := c.Freeze(); err == nil {
			t.Errorf("a server has %v", keys)
		}
	}
}
