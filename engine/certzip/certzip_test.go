package certzip

import (
	"bytes"
	"testing"
	"time"

	"tlsengine/engine"
	"tlsengine/fuzz/pki"
	"tlsengine/handshake"
	"tlsengine/x509lite"
)

var all = map[string]func() *handshake.CertificateCompression{"brotli": Brotli, "zstd": Zstandard}

// What was compressed comes back, and nothing else does: not with another length, a byte cut off, one added or one changed.
func TestRoundTripAndDamage(t *testing.T) {
	for name, algorithmOf := range all {
		a, plain := algorithmOf(), bytes.Repeat(pki.New().Root.Raw(), 3)
		packed, err := a.Compress(plain)
		if err != nil || len(packed) >= len(plain) {
			t.Fatal(name, err, len(packed))
		}
		open := func(n int, packed []byte) ([]byte, error) {
			p := make([]byte, n)
			return p, a.Decompress(p, packed)
		}
		if p, err := open(len(plain), packed); err != nil || !bytes.Equal(p, plain) {
			t.Error(name, err)
		}
		for what, c := range map[string]struct {
			n      int
			packed []byte
		}{
			"longer than announced":  {len(plain) - 1, packed},
			"shorter than announced": {len(plain) + 1, packed},
			"cut":                    {len(plain), packed[:len(packed)-1]},
			"something behind":       {len(plain), append(bytes.Clone(packed), 0)},
			"empty":                  {len(plain), nil},
		} {
			if _, err := open(c.n, c.packed); err == nil {
				t.Errorf("%s: %s was taken", name, what)
			}
		}
	}
}

// Two engines use it in a handshake.
func TestHandshakes(t *testing.T) {
	for name, algorithmOf := range all {
		identity := pki.New().Identities[x509lite.KeyP256]
		credential, err := handshake.NewCredential(identity.Chain, identity.Key, nil)
		if err != nil {
			t.Fatal(err)
		}
		algorithm, used := algorithmOf(), false
		inner := algorithm.Decompress
		algorithm.Decompress = func(p, packed []byte) error { used = true; return inner(p, packed) }
		config := engine.Config{
			Roots: pki.New().Roots, Credentials: []*handshake.Credential{credential},
			CertificateCompression: []*handshake.CertificateCompression{algorithm}, Time: func() time.Time { return pki.Time },
		}
		params, err := config.Freeze()
		if err != nil {
			t.Fatal(err)
		}
		client, err := engine.Client(params, engine.Options{ServerName: pki.Host})
		if err != nil {
			t.Fatal(err)
		}
		server, err := engine.Server(params, engine.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for range 4 {
			move(client, server)
			move(server, client)
		}
		if client.Info() == nil || server.Info() == nil || !used {
			t.Errorf("%s: %v, %v, used %v", name, client.Err(), server.Err(), used)
		}
	}
}

func move(from, to *engine.Conn) {
	out := from.Outgoing()
	_, _ = to.Feed(out)
	from.Sent(len(out))
}
