package fuzz

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"tlsengine/cipher"
	"tlsengine/engine"
	"tlsengine/fuzz/pki"
	"tlsengine/handshake"
	"tlsengine/record"
	"tlsengine/x509lite"
)

// setup is a pair of configurations that fit.
type setup struct {
	name           string
	client, server engine.Config
}

// setups are what the targets choose from. A row is only ever added at the end: inputs name them by number.
func setups(t testing.TB) []setup {
	credentials := func(kinds ...x509lite.KeyKind) (all []*handshake.Credential) {
		for _, k := range kinds {
			i := pki.New().Identities[k]
			c, err := handshake.NewCredential(i.Chain, i.Key, nil)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, c)
		}
		return all
	}
	server := engine.Config{Credentials: credentials(x509lite.KeyP256, x509lite.KeyRSA2048)}
	asks := server
	asks.ClientAuth, asks.Protocols = handshake.AuthRequired, []string{"h2"}
	cookies := server
	cookies.RetryCookie = true
	short := []cipher.GroupID{cipher.X25519, cipher.CurveP256}
	old := engine.Config{MaxVersion: cipher.VersionTLS12, Groups: short}
	known := old
	known.Credentials, known.Protocols = credentials(x509lite.KeyEd25519), []string{"h2"}
	known13 := engine.Config{Groups: short, Credentials: credentials(x509lite.KeyEd25519), Protocols: []string{"h2"}}
	past, pastServer := oldest(short), oldest(short)
	pastServer.Credentials, pastServer.ClientAuth = server.Credentials, handshake.AuthOptional
	seldom, seldomServer := rare(t), rare(t)
	seldomServer.Credentials = server.Credentials
	return []setup{
		{"1.3", engine.Config{Groups: short}, server},
		{"1.3 hybrid", engine.Config{}, server},
		{"1.3 retry", engine.Config{Groups: short, KeyShares: []cipher.GroupID{}}, cookies},
		{"1.3 client auth", known13, asks},
		{"1.2", old, server},
		{"1.2 client auth", known, asks},
		{"3.0 to 1.1", past, pastServer},
		{"1.3 with what is rare", seldom, seldomServer},
	}
}

// oldest is a configuration of the versions before TLS 1.2, whose first hello may have SSL 2.0's format, with CBC, RC4 and
// renegotiation.
func oldest(groups []cipher.GroupID) engine.Config {
	return engine.Config{
		MinVersion: cipher.VersionSSL30, MaxVersion: cipher.VersionTLS11, Groups: groups,
		Suites:        []cipher.SuiteID{cipher.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, cipher.TLS_RSA_WITH_AES_128_CBC_SHA, cipher.TLS_RSA_WITH_RC4_128_SHA},
		Renegotiation: handshake.RenegotiationFreely,
	}
}

// rare is a configuration of TLS 1.3 with what few have: compressed certificates, short records, PSKs, encrypted hellos,
// authentication after the handshake.
func rare(t testing.TB) engine.Config {
	psk, err := handshake.NewPSK([]byte("nobody asks for it"), []byte("sixteen bytes of"), cipher.SHA384)
	if err != nil {
		t.Fatal(err)
	}
	key, err := handshake.GenerateECHKey(pki.Host, 1, 0, bytes.Repeat([]byte{1}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return engine.Config{
		MinVersion: cipher.VersionTLS13, Groups: []cipher.GroupID{cipher.X25519}, RecordSizeLimit: 500, PSKs: []*handshake.PSK{psk},
		CertificateCompression: []*handshake.CertificateCompression{handshake.ZlibCompression()}, ECHKeys: []*handshake.ECHKey{key},
		ECHGrease: true, PostHandshakeAuth: true, Stapling: handshake.StaplingReported, GREASE: true,
	}
}

// ends returns both ends of a connection that has not begun.
func (s *setup) ends(t testing.TB, deferred handshake.OperationKinds) (c, v *engine.Conn) {
	t.Helper()
	freeze := func(config engine.Config) *engine.Params {
		config.Roots, config.Time, config.Defer = pki.New().Roots, func() time.Time { return pki.Time }, deferred
		p, err := config.Freeze()
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	c, err := engine.Client(freeze(s.client), engine.Options{ServerName: pki.Host, Rand: seeded(1)})
	if err != nil {
		t.Fatal(err)
	}
	v, err = engine.Server(freeze(s.server), engine.Options{Rand: seeded(2)})
	if err != nil {
		t.Fatal(err)
	}
	return c, v
}

// seeded returns a Rand that is a function of its arguments.
func seeded(seed byte) handshake.Rand {
	return func(use handshake.Use, draw uint64, p []byte) {
		key := sha256.Sum256([]byte{seed, byte(use), byte(draw)})
		rand.NewChaCha8(key).Read(p)
	}
}

// put feeds p to c as far as c takes it, answers questions, and appends to got what there is to read.
func put(c *engine.Conn, p, got []byte) []byte {
	for {
		n, _ := c.Feed(p)
		p = p[n:]
		for _, op := range c.Pending() {
			op.Run()
			c.Resume()
		}
		data := c.Peek()
		got = append(got, data...)
		c.Discard(len(data))
		if n == 0 && len(data) == 0 && len(c.Pending()) == 0 || len(p) == 0 && len(data) == 0 && len(c.Pending()) == 0 {
			return got
		}
	}
}

// take returns what c has to send and takes it out.
func take(c *engine.Conn) []byte {
	p := bytes.Clone(c.Outgoing())
	c.Sent(len(p))
	return p
}

// converse moves bytes between two ends until there are none, and returns what each sent.
func converse(c, v *engine.Conn) (up, down []byte) {
	for {
		p := take(c)
		put(v, p, nil)
		q := take(v)
		put(c, q, nil)
		if up, down = append(up, p...), append(down, q...); len(p)+len(q) == 0 {
			return up, down
		}
	}
}

// conversation is a whole connection: the handshake, data both ways, a KeyUpdate, and the end.
func (s *setup) conversation(t testing.TB) (up, down []byte) {
	c, v := s.ends(t, 0)
	add := func() {
		p, q := converse(c, v)
		up, down = append(up, p...), append(down, q...)
	}
	add()
	if c.Info() == nil || v.Info() == nil {
		t.Fatalf("%s: client %v, server %v", s.name, c.Err(), v.Err())
	}
	for _, e := range []*engine.Conn{c, v} {
		e.Write([]byte("hello"))
		e.UpdateKeys(true)
		e.Write([]byte("again"))
		add()
	}
	c.CloseWrite()
	add()
	v.CloseWrite()
	add()
	return up, down
}

// sound checks what must hold of an end whatever it was fed: an error is ours, its alert exists, and nothing
// internal went wrong; memory is in proportion to n bytes of input.
func sound(t testing.TB, c *engine.Conn, n int) {
	t.Helper()
	if err := c.Err(); err != nil {
		var e *record.Error
		if !errors.As(err, &e) || !e.Remote && !e.Alert.Known() || e.Reason == record.ReasonInternalError {
			t.Fatalf("failed with %v", err)
		}
		if s := c.Status(); s&(engine.CanWrite|engine.WantsInput|engine.WantsAnswer|engine.Readable) != 0 {
			t.Fatalf("failed with %v, and is %v", err, s)
		}
	}
	if held := c.Footprint(); held > 1<<15+8*n {
		t.Fatalf("%d bytes are held after %d bytes of input", held, n)
	}
}
