package fuzz

import (
	"bytes"
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
	"tlsengine/cipher"
	"tlsengine/engine"
	"tlsengine/fuzz/pki"
	"tlsengine/handshake"
	"tlsengine/x509lite"
)

// stream is one direction of a transport in memory. Writes never wait.
type stream struct {
	mu     sync.Mutex
	change sync.Cond
	data   []byte
	closed bool
}

func newStream() *stream {
	s := &stream{}
	s.change.L = &s.mu
	return s
}

func (s *stream) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.data = append(s.data, p...)
	s.change.Broadcast()
	return len(p), nil
}

func (s *stream) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.data) == 0 && !s.closed {
		s.change.Wait()
	}
	if len(s.data) == 0 {
		return 0, io.EOF
	}
	n := copy(p, s.data)
	s.data = s.data[n:]
	return n, nil
}

func (s *stream) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.change.Broadcast()
}

// transport is a net.Conn of two streams.
type transport struct{ in, out *stream }

func (t transport) Read(p []byte) (int, error)     { return t.in.Read(p) }
func (t transport) Write(p []byte) (int, error)    { return t.out.Write(p) }
func (t transport) Close() error                   { t.out.close(); return nil }
func (transport) LocalAddr() net.Addr              { return &net.TCPAddr{} }
func (transport) RemoteAddr() net.Addr             { return &net.TCPAddr{} }
func (transport) SetDeadline(time.Time) error      { return nil }
func (transport) SetReadDeadline(time.Time) error  { return nil }
func (transport) SetWriteDeadline(time.Time) error { return nil }

// ours drives an end over a transport, in pieces of random sizes.
type ours struct {
	c *engine.Conn
	transport
	r     *rand.Rand
	piece int
}

// flush writes what there is to send.
func (o *ours) flush() {
	for out := o.c.Outgoing(); len(out) > 0; out = o.c.Outgoing() {
		n := 1 + o.r.IntN(min(len(out), o.piece))
		o.out.Write(out[:n])
		o.c.Sent(n)
	}
}

// more waits for a piece of input and returns what can be read then; false at the end of the transport or of c.
func (o *ours) more() ([]byte, bool) {
	o.flush()
	buf := make([]byte, 1+o.r.IntN(o.piece))
	n, err := o.in.Read(buf)
	if err != nil {
		return nil, false
	}
	got := put(o.c, buf[:n], nil)
	o.flush()
	return got, o.c.Err() == nil
}

// send writes p.
func (o *ours) send(p []byte) {
	for len(p) > 0 {
		n := o.c.Write(p[:min(len(p), 1+o.r.IntN(o.piece))])
		p = p[n:]
		o.flush()
		if n == 0 && !o.c.Status().Has(engine.CanWrite) {
			return
		}
	}
}

// serve sends back all that comes, and closes when the peer does.
func (o *ours) serve() {
	for o.c.Status()&engine.PeerClosed == 0 {
		p, ok := o.more()
		o.send(p)
		if !ok {
			break
		}
	}
	o.c.CloseWrite()
	o.flush()
	o.out.close()
}

// fetch sends p and returns what comes back.
func (o *ours) fetch(p []byte) (got []byte) {
	for !o.c.Status().Has(engine.HandshakeDone) {
		if _, ok := o.more(); !ok {
			break
		}
	}
	o.send(p)
	for ok := true; ok && len(got) < len(p); {
		var q []byte
		q, ok = o.more()
		got = append(got, q...)
	}
	o.c.CloseWrite()
	o.flush()
	for o.c.Status()&engine.PeerClosed == 0 {
		if _, ok := o.more(); !ok {
			break
		}
	}
	o.out.close()
	return got
}

// match is a configuration of both a crypto/tls end and one of ours.
type match struct {
	version cipher.Version
	kind    x509lite.KeyKind
	auth    bool
	alpn    bool
	theirs  []cipher.GroupID
	piece   int
	size    int
	seed    uint64
}

func drawMatch(rt *rapid.T) match {
	m := match{
		version: rapid.SampledFrom([]cipher.Version{cipher.VersionTLS12, cipher.VersionTLS13}).Draw(rt, "version"),
		kind:    rapid.SampledFrom(pki.Kinds).Draw(rt, "key"),
		auth:    rapid.Bool().Draw(rt, "client auth"),
		alpn:    rapid.Bool().Draw(rt, "alpn"),
		piece:   rapid.SampledFrom([]int{1, 30, 1000, 50000}).Draw(rt, "piece"),
		seed:    rapid.Uint64().Draw(rt, "seed"),
	}
	m.size = rapid.IntRange(0, 3*m.piece+100).Draw(rt, "size")
	all := []cipher.GroupID{cipher.X25519, cipher.CurveP256, cipher.CurveP384, cipher.CurveP521}
	if m.version == cipher.VersionTLS13 {
		all = append(all, cipher.X25519MLKEM768)
	}
	if m.version == cipher.VersionTLS13 || m.kind == x509lite.KeyRSA2048 || m.kind == x509lite.KeyEd25519 {
		all = rapid.SliceOfNDistinct(rapid.SampledFrom(all), 1, len(all), rapid.ID[cipher.GroupID]).Draw(rt, "their groups")
	}
	m.theirs = all
	return m
}

// config is the configuration of crypto/tls.
func (m match) config() *tls.Config {
	roots := x509.NewCertPool()
	root, err := x509.ParseCertificate(pki.New().Root.Raw())
	if err != nil {
		panic(err)
	}
	roots.AddCert(root)
	i := pki.New().Identities[m.kind]
	c := &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{i.Chain[0].Raw()}, PrivateKey: i.Key.(interface{ Signer() crypto.Signer }).Signer()}},
		RootCAs:      roots, ClientCAs: roots, ServerName: pki.Host, Time: func() time.Time { return pki.Time },
		MinVersion: uint16(m.version), MaxVersion: uint16(m.version),
	}
	for _, g := range m.theirs {
		c.CurvePreferences = append(c.CurvePreferences, tls.CurveID(g))
	}
	if m.auth {
		c.ClientAuth = tls.RequireAndVerifyClientCert
	}
	if m.alpn {
		c.NextProtos = []string{"a", "b"}
	}
	return c
}

// ours is our configuration.
func (m match) ours(t testing.TB) *engine.Params {
	i := pki.New().Identities[m.kind]
	credential, err := handshake.NewCredential(i.Chain, i.Key, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := engine.Config{
		Credentials: []*handshake.Credential{credential}, Roots: pki.New().Roots, Time: func() time.Time { return pki.Time },
		Groups: []cipher.GroupID{cipher.X25519MLKEM768, cipher.X25519, cipher.CurveP256, cipher.CurveP384, cipher.CurveP521},
	}
	if m.auth {
		c.ClientAuth = handshake.AuthRequired
	}
	if m.alpn {
		c.Protocols = []string{"b", "c"}
	}
	p, err := c.Freeze()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// compare checks that both reports are of one connection.
func (m match) compare(c *engine.Conn, state tls.ConnectionState) error {
	i := c.Info()
	if i == nil || c.Err() != nil {
		return fmt.Errorf("%v, %v", c.Status(), c.Err())
	}
	if uint16(i.Version) != state.Version || uint16(i.Suite.ID) != state.CipherSuite || uint16(i.Group.ID) != uint16(state.CurveID) ||
		i.Protocol != state.NegotiatedProtocol || i.HelloRetried != state.HelloRetryRequest {
		return fmt.Errorf("we report %+v, crypto/tls %+v", i, state)
	}
	want, err := state.ExportKeyingMaterial("EXPERIMENTAL peer", []byte{1}, 32)
	if err != nil {
		return err
	}
	if got, err := c.Export("EXPERIMENTAL peer", []byte{1}, 32); err != nil || !bytes.Equal(got, want) {
		return fmt.Errorf("we export %x, crypto/tls %x: %v", got, want, err)
	}
	return nil
}

// TestCryptoTLSAndAnySplit talks to crypto/tls in both roles, in any configuration, with its bytes and ours cut at any
// place: same report, same exported keys, all data there and back, closed in good order.
func TestCryptoTLSAndAnySplit(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := drawMatch(rt)
		up, down := newStream(), newStream()
		r := rand.New(rand.NewPCG(m.seed, 9))
		said := bytes.Repeat([]byte("over and over "), m.size/14+1)[:m.size]
		if rapid.Bool().Draw(rt, "our client") {
			c, err := engine.Client(m.ours(t), engine.Options{ServerName: pki.Host})
			if err != nil {
				rt.Fatal(err)
			}
			peer := tls.Server(transport{up, down}, m.config())
			var served sync.WaitGroup
			var failed error
			served.Go(func() {
				_, failed = io.Copy(peer, peer)
				peer.Close()
				down.close()
			})
			got := (&ours{c, transport{down, up}, r, m.piece}).fetch(said)
			served.Wait()
			if failed != nil || !bytes.Equal(got, said) {
				rt.Fatalf("%+v: %d of %d bytes came back: %v, %v", m, len(got), len(said), c.Err(), failed)
			}
			if err := m.compare(c, peer.ConnectionState()); err != nil {
				rt.Fatalf("%+v: %v", m, err)
			}
			return
		}
		s, err := engine.Server(m.ours(t), engine.Options{})
		if err != nil {
			rt.Fatal(err)
		}
		var served sync.WaitGroup
		served.Go((&ours{s, transport{up, down}, r, m.piece}).serve)
		peer := tls.Client(transport{down, up}, m.config())
		_, err = peer.Write(said)
		got := make([]byte, len(said))
		if err == nil {
			_, err = io.ReadFull(peer, got)
		}
		if err == nil {
			err = peer.CloseWrite()
		}
		if err == nil {
			_, err = peer.Read(make([]byte, 1))
		}
		up.close()
		served.Wait()
		if err != io.EOF || !bytes.Equal(got, said) {
			rt.Fatalf("%+v: %v; %v", m, err, s.Err())
		}
		if err := m.compare(s, peer.ConnectionState()); err != nil {
			rt.Fatalf("%+v: %v", m, err)
		}
	})
}
