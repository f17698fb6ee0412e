package engine

import (
	"bytes"
	"testing"

	"tlsengine/cipher"
	"tlsengine/handshake"
	"tlsengine/record"
)

// againStories are connections that are negotiated again, with data on its way in both directions.
func againStories() []*story {
	acts := againActs
	oldSuite := suites(cipher.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA)
	return []*story{
		{name: "1.2 renegotiation", client: with(only(cipher.VersionTLS12), freely), server: freely, acts: acts(clientEnd), eof: true},
		{name: "1.2 renegotiation asked by the server", client: with(only(cipher.VersionTLS12), freely, speaks("x")), server: with(freely, speaks("x")), acts: acts(serverEnd)},
		{name: "1.2 renegotiation for client auth", client: with(only(cipher.VersionTLS12), freely, authenticated), server: with(freely, requiresLater),
			acts: acts(serverEnd)},
		{name: "1.0 renegotiation", client: with(only(cipher.VersionTLS10), oldSuite, freely), server: with(only(cipher.VersionTLS10), oldSuite, freely),
			acts: acts(serverEnd)},
		{name: "1.2 renegotiation with compression", client: with(only(cipher.VersionTLS12), freely, compressed), server: with(freely, compressed), acts: acts(clientEnd)},
		{name: "1.2 renegotiation refused to a client", client: only(cipher.VersionTLS12), acts: acts(clientEnd)},
		{name: "1.2 renegotiation refused to a server", client: only(cipher.VersionTLS12), acts: acts(serverEnd)[:3]},
		{name: "1.3 client auth afterwards", client: with(later, authenticated, keeps), server: with(later, requires, grants), acts: asking, eof: true},
		{name: "1.3 client auth afterwards, without a certificate", client: later, server: with(later, asks), acts: asking},
		{name: "1.3 client auth afterwards, not offered", server: with(later, requires), acts: asking},
	}
}

// againFailures are connections that end with what comes later in them.
func againFailures() []*story {
	return []*story{
		{name: "1.2 renegotiation fails for want of a certificate", client: with(only(cipher.VersionTLS12), freely), server: with(freely, requiresLater),
			acts: againActs(serverEnd)},
		{name: "1.3 client auth afterwards, refused", client: later, server: with(later, requires), acts: asking},
	}
}

// againActs are acts in which one end, and then the other, would like to negotiate again.
func againActs(who int) []act {
	return []act{{clientEnd, write, 10}, {who, again, 20000}, {clientEnd, write, 3}, {serverEnd, write, 40000}, {1 - who, again, 5},
		{serverEnd, lend, 7}, {serverEnd, closeWrite, 0}, {clientEnd, closeWrite, 0}}
}

func freely(_ *testPKI, c *Config) { c.Renegotiation = handshake.RenegotiationFreely }

// asking are acts in which the server asks for the client's certificate, with data on its way in both directions.
var asking = []act{{clientEnd, write, 10}, {serverEnd, ask, 20000}, {clientEnd, renewBoth, 0}, {clientEnd, write, 3}, {serverEnd, ask, 5},
	{serverEnd, write, 7}, {serverEnd, closeWrite, 0}, {clientEnd, closeWrite, 0}}

func later(_ *testPKI, c *Config) { c.PostHandshakeAuth = true }

// grants makes a server give tickets.
func grants(p *testPKI, c *Config) {
	keys, err := FixedTicketKeys([32]byte{1})
	if err != nil {
		panic(err)
	}
	c.Tickets, c.TicketCount = keys, 1
}

// TestPostHandshakeAuthentication (RFC 8446, Section 4.6.2) looks at what its stories come to.
func TestPostHandshakeAuthentication(t *testing.T) {
	for _, s := range append(againStories()[7:], againFailures()[1]) {
		v := s.begin(t, direct{}, 0)
		o := v.run(t)
		if s.name == "1.3 client auth afterwards, refused" {
			if e, ok := v.ends[clientEnd].Err().(*record.Error); !ok || !e.Remote || e.Alert != record.AlertCertificateRequired {
				t.Errorf("%s: %v", s.name, e)
			}
			continue
		}
		if o.fail != [2]string{"<nil>", "<nil>"} || len(o.got[serverEnd]) == 0 || len(o.got[clientEnd]) == 0 {
			t.Errorf("%s: %v", s.name, o.fail)
		}
		if got := len(v.ends[serverEnd].Info().PeerChain) > 0; got != (s.name == "1.3 client auth afterwards") {
			t.Errorf("%s: a client certificate: %v", s.name, got)
		}
		if got := v.ends[clientEnd].Info().Credential != nil; got != (s.name == "1.3 client auth afterwards") {
			t.Errorf("%s: the client has shown a certificate: %v", s.name, got)
		}
	}
}

// requiresLater makes a server ask for the client's certificate in a renegotiation only.
func requiresLater(_ *testPKI, c *Config) {
	strict := *c
	strict.ClientAuth = handshake.AuthRequired
	params, err := strict.Freeze()
	c.SelectContext = func(hello *handshake.ClientHelloInfo) (*Params, error) {
		if !hello.Again {
			return nil, nil
		}
		return params, err
	}
}

// TestRenegotiation looks at what the stories of renegotiation come to.
func TestRenegotiation(t *testing.T) {
	for _, s := range againStories()[:5] {
		v := s.begin(t, direct{}, 0)
		o := v.run(t)
		if o.fail != [2]string{"<nil>", "<nil>"} || !bytes.Equal(o.exported[0], o.exported[1]) {
			t.Errorf("%s: %v", s.name, o.fail)
		}
		if want := 20000; len(o.got[0])+len(o.got[1]) != want+10+3+40000+5+7 {
			t.Errorf("%s: %d and %d bytes came", s.name, len(o.got[0]), len(o.got[1]))
		}
		for _, c := range v.ends {
			if (c.Info().Compression == record.CompressionDeflate) != (s.name == "1.2 renegotiation with compression") {
				t.Errorf("%s: compression method %d", s.name, c.Info().Compression)
			}
			if c.Info().Renegotiations != 2 || c.Status().Has(Renegotiating) {
				t.Errorf("%s: %d renegotiations, %v", s.name, c.Info().Renegotiations, c.Status())
			}
		}
		if got := len(v.ends[serverEnd].Info().PeerChain) > 0; got != (s.name == "1.2 renegotiation for client auth") {
			t.Errorf("%s: a client certificate: %v", s.name, got)
		}
	}
}

// TestNothingIsSentDuringARenegotiation: between our first message of another handshake and its end Write takes nothing, keying material
// is not exported, and what is found wrong is said under the keys of before.
func TestNothingIsSentDuringARenegotiation(t *testing.T) {
	s := againStories()[0]
	v := s.begin(t, direct{}, 0)
	v.settle(t)
	client, server := v.ends[clientEnd], v.ends[serverEnd]
	if err := client.Renegotiate(); err != nil {
		t.Fatal(err)
	}
	if st := client.Status(); !st.Has(Renegotiating|HandshakeDone) || st.Has(CanWrite) || client.Write([]byte("x")) != 0 || client.Space() != nil {
		t.Errorf("%v, and data can be written", st)
	}
	if _, err := client.Export("EXPERIMENTAL", nil, 1); err == nil {
		t.Error("keying material is exported during a renegotiation")
	}
	if err := client.Renegotiate(); err == nil || client.Sleep() {
		t.Error("one renegotiation in another, or a connection that sleeps in it")
	}
	v.move(clientEnd)
	if !server.Status().Has(WantsAnswer) || server.Status().Has(Readable|Renegotiating) || server.Write([]byte("y")) != 1 {
		t.Errorf("the server can't write until it answers: %v", server.Status())
	}
	client.Abort(record.AlertInternalError)
	v.move(clientEnd)
	direct{}.answer(server, true)
	if e, ok := server.Err().(*record.Error); !ok || !e.Remote {
		server.Read(make([]byte, 10))
	}
	if e, ok := server.Err().(*record.Error); !ok || !e.Remote || e.Alert != record.AlertInternalError {
		t.Errorf("the server can't read the alert: %v", server.Err())
	}
}

// TestRenegotiationOnce: the second wish is refused by a warning, and the connection lives.
func TestRenegotiationOnce(t *testing.T) {
	once := func(_ *testPKI, c *Config) { c.Renegotiation = handshake.RenegotiationOnce }
	s := &story{client: with(only(cipher.VersionTLS12), once), server: with(once), acts: []act{{serverEnd, again, 0}, {serverEnd, again, 0}, {clientEnd, write, 5}, {serverEnd, write, 6}}}
	v := s.begin(t, direct{}, 0)
	o := v.run(t)
	if o.fail != [2]string{"<nil>", "<nil>"} || v.ends[0].Info().Renegotiations != 1 || len(o.got[0]) != 6 || len(o.got[1]) != 5 {
		t.Errorf("%v, %d renegotiations", o.fail, v.ends[0].Info().Renegotiations)
	}
}
