package bench

import (
	"fmt"
	"runtime"
	"testing"

	"tlsengine/cipher"
	"tlsengine/engine"
	"tlsengine/handshake"
	"tlsengine/x509lite"
)

// This file asks what a handshake costs where there is more of something: of open handshakes, of trust anchors, of certificates.

var ecdsa13 = scenario{version: cipher.VersionTLS13, group: cipher.X25519, kind: x509lite.KeyP256}

func (s scenario) params(b testing.TB, c *chain) sides[*engine.Params] {
	client, server := s.configs(c)
	return sides[*engine.Params]{freeze(b, client), freeze(b, server)}
}

// BenchmarkOpenHandshakes compares handshakes among 10,000 that are open with those among 100.
func BenchmarkOpenHandshakes(b *testing.B) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	p := ecdsa13.params(b, newChain(b, x509lite.KeyP256))
	few, many := newCrowd(b, p, 100), newCrowd(b, p, 10000)
	var among100, among10000 series
	for b.Loop() {
		among100.timed(func() { few.step(b) })
		among10000.timed(func() { many.step(b) })
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(among10000.over(among100), "10000-x-100")
}

// crowd is a number of handshakes of which each waits for the client to go on.
type crowd struct {
	params sides[*engine.Params]
	open   []sides[*engine.Conn]
	next   int
}

func newCrowd(b testing.TB, p sides[*engine.Params], n int) *crowd {
	c := &crowd{params: p, open: make([]sides[*engine.Conn], n)}
	for i := range c.open {
		c.open[i] = c.begin(b)
	}
	return c
}

// begin makes a handshake that has got as far as the server's flight.
func (c *crowd) begin(b testing.TB) sides[*engine.Conn] {
	client, server := halfOpen(b, c.params)
	move(b, client, server)
	return sides[*engine.Conn]{client, server}
}

// step ends one of the handshakes and begins another.
func (c *crowd) step(b testing.TB) {
	e := c.open[c.next]
	move(b, e.server, e.client)
	move(b, e.client, e.server)
	if !e.server.Status().Has(engine.HandshakeDone) {
		b.Fatal(e.server.Err())
	}
	c.open[c.next] = c.begin(b)
	c.next = (c.next + 7919) % len(c.open) // no order that a cache could guess
}

// BenchmarkAnchors compares clients with 1,000 trust anchors with those that have one.
func BenchmarkAnchors(b *testing.B) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	c := newChain(b, x509lite.KeyP256)
	one := ecdsa13.params(b, c)
	key := newKey(b, x509lite.KeyP256)
	for i := range 999 {
		c.roots.Add(issue(b, authority(fmt.Sprintf("root %d", i)), nil, key, key))
	}
	thousand := ecdsa13.params(b, c)
	o := ecdsa13.options(b, one)
	ecdsa13.options(b, thousand)
	var few, many sides[series]
	for b.Loop() {
		timedConnect(b, one, o, &few)
		timedConnect(b, thousand, o, &many)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(many.client.over(few.client), "1000-x-1")
}

// BenchmarkFurtherCertificate tells what a certificate more costs a client that sees its chain for the first time, beside the
// check of its signature.
func BenchmarkFurtherCertificate(b *testing.B) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	const more = 4
	shallow, deep := newDeepChain(b, 1), newDeepChain(b, 1+more)
	keys := newSigner(b, newChain(b, x509lite.KeyP256))
	var short, long sides[series]
	var check series
	for b.Loop() {
		o := engine.Options{ServerName: serverName}
		timedConnect(b, ecdsa13.params(b, shallow), o, &short)
		timedConnect(b, ecdsa13.params(b, deep), o, &long)
		check.timed(keys.verifyCertificate)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric((long.client.quartile()-short.client.quartile())/more/check.quartile(), "x-check")
}

// authority is a template for a CA.
func authority(name string) *x509lite.Template {
	return &x509lite.Template{
		Subject: x509lite.NewName(name, "bench"), IsCA: true, NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(5, 0, 0),
	}
}

// newDeepChain makes a chain for our stack with n intermediates.
func newDeepChain(b testing.TB, n int) *chain {
	key := newKey(b, x509lite.KeyP256)
	issuer := issue(b, authority("root"), nil, key, key)
	c := &chain{roots: x509lite.NewPool()}
	c.roots.Add(issuer)
	certificates := make([]*x509lite.Certificate, n+1)
	for i := n; i > 0; i-- {
		own := newKey(b, x509lite.KeyP256)
		issuer = issue(b, authority(fmt.Sprintf("intermediate %d", i)), issuer, own, key)
		certificates[i], key = issuer, own
	}
	own := newKey(b, x509lite.KeyP256)
	certificates[0] = issue(b, &x509lite.Template{
		Subject: x509lite.NewName(serverName, ""), DNSNames: []string{serverName}, NotBefore: now.AddDate(0, -1, 0), NotAfter: now.AddDate(0, 2, 0),
	}, issuer, own, key)
	var err error
	c.credential, err = handshake.NewCredential(certificates, own, nil)
	check(b, err)
	return c
}
