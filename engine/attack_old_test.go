package engine

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"tlsengine/cipher"
	"tlsengine/handshake"
	"tlsengine/record"
	"tlsengine/x509lite"
)

// The attacks of the years before TLS 1.3, each by its name.

// staticRSA is one old suite in TLS 1.2, for both ends.
func staticRSA(p *testPKI, c *Config) {
	c.MinVersion, c.MaxVersion = cipher.VersionTLS12, cipher.VersionTLS12
	c.Suites = []cipher.SuiteID{cipher.TLS_RSA_WITH_AES_128_CBC_SHA}
	if len(c.Credentials) > 0 {
		c.Credentials = []*handshake.Credential{p.credentials[x509lite.KeyRSA2048]}
	}
}

// POODLE (CVE-2014-3566), BEAST (CVE-2011-3389), and all else that needs SSL 3.0, TLS 1.0 or CBC: none of it is there by default, and
// each takes a choice that names it.
func TestPOODLEAndBEASTNeedAChoice(t *testing.T) {
	p := newTestPKI(t)
	client, err := p.clientConfig().Freeze()
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range client.handshake.Versions {
		if v < cipher.VersionTLS12 {
			t.Errorf("%v is on by default", v)
		}
	}
	for _, s := range client.handshake.Suites {
		if s.Bulk.IsCBC() || s.Kx == cipher.KxRSA || s.Auth == cipher.AuthNone {
			t.Errorf("%v is on by default", s)
		}
	}
	for _, v := range oldVersions[:3] {
		config := p.clientConfig()
		config.MinVersion = v
		if _, err := config.Freeze(); err == nil {
			t.Errorf("%v is on without a suite that names it", v)
		}
	}
}

// POODLE begins with a client that some interference has made try again with less: RFC 7507 lets the server tell it.
func TestPOODLEFallbackIsRefused(t *testing.T) {
	p := newTestPKI(t)
	for _, v := range oldVersions {
		for _, best := range []cipher.Version{v, cipher.VersionTLS13} {
			client, server := p.clientConfig(), p.serverConfig()
			speaker{"", v, v}.config(client)
			speaker{"", cipher.VersionSSL30, best}.config(server)
			client.Fallback = true
			c, s := pair(t, client, server)
			settle(c, s)
			if best == v {
				if c.Err() != nil || s.Err() != nil {
					t.Errorf("%v, which is the server's best: client %v, server %v", v, c.Err(), s.Err())
				}
				continue
			}
			wantFailure(t, s.Err(), record.AlertInappropriateFallback, record.ReasonInappropriateFallback)
			if c.Err() == nil {
				t.Errorf("%v: the client was not told", v)
			}
		}
	}
}

// BEAST: in TLS 1.0 the first byte of application data goes alone, so that nobody knows the IV of what he chooses.
func TestBEASTFirstByteGoesAlone(t *testing.T) {
	for _, unsplit := range []bool{false, true} {
		p := newTestPKI(t)
		client, server := p.clientConfig(), p.serverConfig()
		for _, c := range []*Config{client, server} {
			staticRSA(p, c)
			c.MinVersion, c.MaxVersion, c.UnsplitCBC = cipher.VersionTLS10, cipher.VersionTLS10, unsplit
		}
		c, s := pair(t, client, server)
		connect(t, c, s)
		c.Write(make([]byte, 100))
		records := 0
		for out := c.Outgoing(); len(out) > 0; out = out[5+int(out[3])<<8+int(out[4]):] {
			records++
		}
		if records != 2 && !unsplit || records != 1 && unsplit {
			t.Errorf("unsplit %v: %d records", unsplit, records)
		}
	}
}

// Bleichenbacher's attack and ROBOT: whatever is wrong with a ClientKeyExchange under RSA, the server goes on as if nothing were,
// and fails when the first record doesn't open, always in the same words.
func TestBleichenbacherAndROBOTLearnNothing(t *testing.T) {
	p := newTestPKI(t)
	config := p.serverConfig()
	staticRSA(p, config)
	var first string
	for name, spoil := range map[string]func(sealed []byte){
		"garbage": func(b []byte) { copy(b[1:], bytes.Repeat([]byte{0x5a}, len(b)-1)) },
		"zero":    func(b []byte) { clear(b) },
		"one bit": func(b []byte) { b[len(b)-1] ^= 1 },
		"too big": func(b []byte) {
			for i := range b {
				b[i] = 0xff
			}
		},
	} {
		client := p.clientConfig()
		staticRSA(p, client)
		c, s := newClient(t, client, Options{ServerName: "example.test", Rand: seeded(1)}), newServer(t, config, Options{Rand: seeded(2)})
		move(c, s)
		move(s, c)
		flight := bytes.Clone(c.Outgoing())
		// ClientKeyExchange is the first record: header, message header, two bytes of length.
		spoil(flight[5+4+2 : 5+int(flight[3])<<8+int(flight[4])])
		s.Feed(flight)
		var e *record.Error
		if !errors.As(s.Err(), &e) || e.Alert != record.AlertBadRecordMAC {
			t.Fatalf("%s: %v", name, s.Err())
		}
		if said := fmt.Sprint(s.Err(), s.Outgoing()); first == "" {
			first = said
		} else if said != first {
			t.Errorf("%s: the server says %q, otherwise %q", name, said, first)
		}
	}
}

// DROWN (CVE-2016-0800) asks a server of SSL 2.0 about the secrets of TLS. Whatever is configured, SSL 2.0 is not spoken: neither to a
// hello that asks for it, nor to one in its format that offers nothing but its suites.
func TestDROWNFindsTheDoorClosed(t *testing.T) {
	p := newTestPKI(t)
	for _, server := range speakers {
		for name, hello := range map[string][]byte{
			"SSL 2.0":          sslv2Hello(0x0002, []cipher.SuiteID{cipher.TLS_RSA_WITH_AES_128_CBC_SHA}, 0, 16),
			"its suites alone": sslv2Hello(cipher.VersionTLS12, nil, 0, 16),
		} {
			config := p.serverConfig()
			server.config(config)
			s := newServer(t, config, Options{})
			s.Feed(hello)
			var e *record.Error
			if !errors.As(s.Err(), &e) || e.Remote {
				t.Errorf("%s, %s: %v", server.name, name, s.Err())
			}
			if out := s.Outgoing(); len(out) != 7 || out[0] != byte(record.TypeAlert) {
				t.Errorf("%s, %s: the answer is % x", server.name, name, out)
			}
		}
	}
}

// FREAK (CVE-2015-0204): a client that has chosen RSA key transport takes no ServerKeyExchange with a weaker key.
func TestFREAKNoServerKeyExchangeWithStaticRSA(t *testing.T) {
	p := newTestPKI(t)
	client, server := p.clientConfig(), p.serverConfig()
	staticRSA(p, client)
	staticRSA(p, server)
	c, s := pair(t, client, server)
	move(c, s)
	out := bytes.Clone(s.Outgoing())
	end := bytes.Index(out, []byte{14, 0, 0, 0}) // ServerHelloDone becomes a ServerKeyExchange
	if end < 0 {
		t.Fatal("no ServerHelloDone")
	}
	out[end] = byte(handshake.TypeServerKeyExchange)
	c.Feed(out)
	wantFailure(t, c.Err(), record.AlertUnexpectedMessage, record.ReasonUnexpectedMessage)
}

// Logjam (CVE-2015-4000): a prime that is too short is refused before anything is computed with it.
func TestLogjamShortPrimesAreRefused(t *testing.T) {
	p := newTestPKI(t)
	prime := bytes.Repeat([]byte{0xff}, 128) // odd, 1024 bits; whether it is a prime doesn't matter here
	params, err := cipher.NewDHParameters(prime, []byte{2})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cipher.NewDHParameters(prime[:64], []byte{2}); err == nil {
		t.Error("a prime of 512 bits is taken")
	}
	client, server := p.clientConfig(), p.serverConfig()
	for _, c := range []*Config{client, server} {
		staticRSA(p, c)
		c.Suites = []cipher.SuiteID{cipher.TLS_DHE_RSA_WITH_AES_128_GCM_SHA256}
		c.Groups = []cipher.GroupID{cipher.CurveP256} // none of RFC 7919
	}
	server.DHParameters = params
	c, s := pair(t, client, server)
	settle(c, s)
	wantFailure(t, c.Err(), record.AlertInsufficientSecurity, record.ReasonDHKeyTooSmall)
}

// The triple handshake (CVE-2014-1295): with the extended master secret of RFC 7627 two connections never share one, even if the
// randoms and the premaster secret are the same.
func TestTripleHandshakeSecretsAreBoundToTheHandshake(t *testing.T) {
	secret := keyscheduleOf(t, nil)
	if other := keyscheduleOf(t, []string{"h2"}); bytes.Equal(secret, other) {
		t.Error("two handshakes with the same randoms and premaster secret have the same keys")
	}
}

// keyscheduleOf connects with fixed randomness and returns exported keying material.
func keyscheduleOf(t *testing.T, protocols []string) []byte {
	t.Helper()
	p := newTestPKI(t)
	client, server := p.clientConfig(), p.serverConfig()
	staticRSA(p, client)
	staticRSA(p, server)
	client.Protocols, server.Protocols = protocols, protocols
	c, s := newClient(t, client, Options{ServerName: "example.test", Rand: seeded(1)}), newServer(t, server, Options{Rand: seeded(2)})
	connect(t, c, s)
	if !c.Info().ExtendedMasterSecret {
		t.Fatal("no extended master secret")
	}
	material, err := c.Export("EXPERIMENTAL triple", nil, 32)
	if err != nil {
		t.Fatal(err)
	}
	return material
}

// SLOTH (CVE-2015-7575): no signature with MD5 or SHA-1 is taken in TLS 1.2 unless the configuration names it, and MD5 can't be named.
func TestSLOTHWeakHashesAreNotNegotiated(t *testing.T) {
	p := newTestPKI(t)
	client, err := p.clientConfig().Freeze()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range client.handshake.VerifySchemes {
		if h := s.Info().Algorithm.Hash; h == cipher.SHA1 || h == cipher.MD5SHA1 || h == cipher.MD5 {
			t.Errorf("%v is offered by default", s)
		}
	}
	config := p.clientConfig()
	config.Schemes = []cipher.SignatureScheme{cipher.RSAPKCS1MD5SHA1}
	if _, err := config.Freeze(); err == nil {
		t.Error("rsa_pkcs1_md5_sha1 can be negotiated")
	}
}

// CRIME (CVE-2012-4929): no compression is offered by default, and a server chooses none of what others offer.
func TestCRIMENothingIsCompressedByDefault(t *testing.T) {
	p := newTestPKI(t)
	for _, v := range []cipher.Version{cipher.VersionTLS12, cipher.VersionTLS13} {
		client := p.clientConfig()
		client.MinVersion, client.MaxVersion = cipher.VersionTLS12, v
		c, s := pair(t, client, p.serverConfig())
		hello := bytes.Clone(c.Outgoing())
		at := 5 + 4 + 2 + 32
		at += 1 + int(hello[at])
		at += 2 + int(hello[at])<<8 + int(hello[at+1])
		if !bytes.Equal(hello[at:at+2], []byte{1, 0}) {
			t.Errorf("%v: the client offers compression: % x", v, hello[at:at+2])
		}
		hello[at+1] = 1 // DEFLATE in place of none
		s.Feed(hello)
		wantFailure(t, s.Err(), record.AlertIllegalParameter, record.ReasonInvalidCompressionList)
	}
}

// CRIME: compression takes both ends' own choice, each knowing what it does, and a client that has given up TLS 1.3. Nobody gets it by
// a setting of the peer's alone.
func TestCRIMECompressionTakesBothEnds(t *testing.T) {
	p := newTestPKI(t)
	for i := range 8 {
		client, server := p.clientConfig(), p.serverConfig()
		client.Compression, server.Compression = i&1 != 0, i&2 != 0
		want := record.CompressionNull
		if i&4 != 0 {
			client.MaxVersion = cipher.VersionTLS12
			if client.Compression && server.Compression {
				want = record.CompressionDeflate
			}
		}
		c, s := pair(t, client, server)
		connect(t, c, s)
		request := bytes.Repeat([]byte("token="), 100)
		c.Write(request)
		short := len(c.Outgoing()) < len(request)
		if c.Info().Compression != want || s.Info().Compression != want || short != (want == record.CompressionDeflate) {
			t.Errorf("client %v up to %v, server %v: method %d and %d", client.Compression, client.MaxVersion, server.Compression,
				c.Info().Compression, s.Info().Compression)
		}
	}
}

// SMACK (CVE-2014-6593 and others): no message of the peer's may be skipped. Each of a server's messages is left out once.
func TestSMACKSkippedMessagesAreNoticed(t *testing.T) {
	p := newTestPKI(t)
	for _, suite := range []cipher.SuiteID{cipher.TLS_RSA_WITH_AES_128_CBC_SHA, cipher.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, cipher.TLS_DHE_RSA_WITH_AES_128_CBC_SHA} {
		for skipped := 1; skipped < 4; skipped++ {
			client, server := p.clientConfig(), p.serverConfig()
			staticRSA(p, client)
			staticRSA(p, server)
			client.Suites, server.Suites = []cipher.SuiteID{suite}, []cipher.SuiteID{suite}
			c, s := pair(t, client, server)
			move(c, s)
			flight, n := without(s.Outgoing(), skipped)
			if skipped >= n {
				continue
			}
			c.Feed(flight)
			if c.Err() == nil && skipped < n-1 {
				t.Errorf("%v: message %d of %d is not missed", suite, skipped, n)
			}
			if c.Status().Has(HandshakeDone) || len(c.Outgoing()) > 7 {
				t.Errorf("%v: the client goes on without message %d of %d", suite, skipped, n)
			}
		}
	}
}

// without returns the handshake messages of a plaintext flight, in records anew, without one of them, and how many there were.
func without(flight []byte, skipped int) (rest []byte, n int) {
	var all []byte
	version := flight[1:3]
	for ; len(flight) > 0; flight = flight[5+int(flight[3])<<8+int(flight[4]):] {
		all = append(all, flight[5:5+int(flight[3])<<8+int(flight[4])]...)
	}
	for ; len(all) > 0; n++ {
		size := 4 + int(all[1])<<16 + int(all[2])<<8 + int(all[3])
		if n != skipped {
			rest = append(rest, 22, version[0], version[1], byte(size>>8), byte(size))
			rest = append(rest, all[:size]...)
		}
		all = all[size:]
	}
	return rest, n
}
