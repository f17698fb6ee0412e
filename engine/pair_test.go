package engine

import (
	"bytes"
	"testing"

	"tlsengine/cipher"
	"tlsengine/fuzz/pki"
	"tlsengine/handshake"
	"tlsengine/x509lite"
)

func TestConnect(t *testing.T) {
	p := newTestPKI(t)
	for _, v := range []cipher.Version{cipher.VersionTLS12, cipher.VersionTLS13} {
		for _, kind := range pki.Kinds {
			credential := p.credentials[kind]
			for _, auth := range []handshake.ClientAuth{handshake.AuthNone, handshake.AuthRequired} {
				client, server := p.clientConfig(), p.serverConfig()
				client.MinVersion, client.MaxVersion = v, v
				client.Groups = []cipher.GroupID{cipher.X25519, cipher.CurveP256, cipher.CurveP384, cipher.CurveP521} // for the keys of TLS 1.2
				server.Credentials = []*handshake.Credential{credential}
				server.ClientAuth = auth
				client.Credentials = []*handshake.Credential{p.credentials[x509lite.KeyRSA2048]}
				c, s := pair(t, client, server)
				connect(t, c, s)
				if c.Info().Version != v || s.Info().Version != v {
					t.Fatalf("%v %v", c.Info().Version, s.Info().Version)
				}
				exchange(t, c, s)
				exchange(t, s, c)
				a, _ := c.Export("EXPERIMENTAL x", nil, 32)
				b, _ := s.Export("EXPERIMENTAL x", nil, 32)
				if !bytes.Equal(a, b) {
					t.Fatalf("%v %v: exporters differ", v, kind)
				}
			}
		}
	}
}

func exchange(t testing.TB, from, to *Conn) {
	t.Helper()
	message := bytes.Repeat([]byte("hello, world"), 10000)
	var got []byte
	sent := message
	buf := make([]byte, 20000)
	for len(got) < len(message) {
		sent = sent[from.Write(sent):]
		if !move(from, to) {
			t.Fatalf("stuck: from %v %v, to %v %v", from.Status(), from.Err(), to.Status(), to.Err())
		}
		for {
			n := to.Read(buf)
			if n == 0 {
				break
			}
			got = append(got, buf[:n]...)
		}
	}
	if !bytes.Equal(got, message) {
		t.Fatal("contents differ")
	}
}
