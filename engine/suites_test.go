package engine

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"tlsengine/cipher"
	"tlsengine/handshake"
	"tlsengine/x509lite"
)

// oldVersions are those before TLS 1.3.
var oldVersions = []cipher.Version{cipher.VersionSSL30, cipher.VersionTLS10, cipher.VersionTLS11, cipher.VersionTLS12}

// exchangeSuites are suites of each key exchange, that SSL 3.0 has too where it has the key exchange.
var exchangeSuites = []cipher.SuiteID{
	cipher.TLS_RSA_WITH_AES_128_CBC_SHA, cipher.TLS_DHE_RSA_WITH_AES_128_CBC_SHA, cipher.TLS_DHE_DSS_WITH_AES_128_CBC_SHA, cipher.TLS_DH_anon_WITH_AES_128_CBC_SHA,
	cipher.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, cipher.TLS_ECDH_anon_WITH_AES_128_CBC_SHA, cipher.TLS_PSK_WITH_AES_128_CBC_SHA,
	cipher.TLS_DHE_PSK_WITH_AES_128_CBC_SHA, cipher.TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA, cipher.TLS_RSA_PSK_WITH_AES_128_CBC_SHA,
}

// oldGoldens are transcripts of each key exchange in each version before TLS 1.3.
func oldGoldens(acts []act) map[string]*story {
	all := map[string]*story{}
	for _, v := range oldVersions {
		for _, id := range exchangeSuites {
			if s := cipher.SuiteByID(id); s.Usable(v) {
				name := strings.ToLower(strings.NewReplacer("v", "", ".", "").Replace(v.String()) + "-" + strings.TrimSuffix(s.OpenSSL, "-CBC-SHA"))
				all[strings.TrimSuffix(name, "-sha")] = &story{client: bySuite(v, s), server: bySuite(v, s), acts: acts}
			}
		}
	}
	return all
}

// oldStories are connections of each version with a key exchange that it has, of each key exchange with TLS 1.2, and one of SSL
// 3.0 whose client warns that it has no certificate.
func oldStories(acts []act) []*story {
	var all []*story
	tell := func(v cipher.Version, id cipher.SuiteID, client, server change) {
		by := bySuite(v, cipher.SuiteByID(id))
		all = append(all, &story{name: fmt.Sprint(v, " ", id, " ", len(all)), client: with(by, client), server: with(by, server), acts: acts})
	}
	nothing := func(*testPKI, *Config) {}
	for _, v := range oldVersions[:3] {
		tell(v, cipher.TLS_RSA_WITH_AES_128_CBC_SHA, nothing, nothing)
		tell(v, cipher.TLS_DHE_RSA_WITH_AES_128_CBC_SHA, authenticated, asks)
	}
	tell(cipher.VersionSSL30, cipher.TLS_RSA_WITH_AES_128_CBC_SHA, nothing, asks)
	for _, id := range exchangeSuites {
		tell(cipher.VersionTLS12, id, nothing, nothing)
	}
	return all
}

// bySuite offers one suite in one version, with all that any suite needs.
func bySuite(v cipher.Version, s *cipher.Suite) change {
	return func(p *testPKI, c *Config) {
		c.MinVersion, c.MaxVersion, c.Suites = v, v, []cipher.SuiteID{s.ID}
		psk, err := handshake.NewPSK([]byte("name"), []byte("a key that both ends were given"), cipher.SHA256)
		if err != nil {
			panic(err)
		}
		c.PSKs = []*handshake.PSK{psk}
		if s.Auth == cipher.AuthDSS {
			takesDSA(p, c)
		}
		if len(c.Credentials) > 0 {
			c.Credentials = p.forSuite(s)
		}
	}
}

// takesDSA accepts DSA beside what the root and usual certificates sign with.
func takesDSA(_ *testPKI, c *Config) {
	c.Schemes = append([]cipher.SignatureScheme{cipher.ECDSAP256SHA256, cipher.RSAPKCS1SHA256}, dsaSchemes...)
}

// forSuite returns what a server authenticates with under a suite.
func (p *testPKI) forSuite(s *cipher.Suite) []*handshake.Credential {
	switch s.Auth {
	case cipher.AuthRSA:
		return []*handshake.Credential{p.credentials[x509lite.KeyRSA2048]}
	case cipher.AuthECDSA:
		return []*handshake.Credential{p.credentials[x509lite.KeyP256]}
	case cipher.AuthDSS:
		return []*handshake.Credential{p.dsa}
	}
	return nil
}

// TestEverySuiteInEveryVersion connects with each suite in each version that may use it, asks for a client certificate where
// that is possible, exchanges data in both directions and compares what both ends export.
func TestEverySuiteInEveryVersion(t *testing.T) {
	for _, v := range oldVersions {
		for _, s := range cipher.AllSuites() {
			if !s.Usable(v) {
				continue
			}
			for _, auth := range []handshake.ClientAuth{handshake.AuthNone, handshake.AuthRequired} {
				if auth != handshake.AuthNone && (s.Auth == cipher.AuthNone || s.Auth == cipher.AuthPSK) {
					continue
				}
				t.Run(fmt.Sprint(v, " ", s.Name, " ", auth), func(t *testing.T) { connectBySuite(t, v, s, auth) })
			}
		}
	}
}

func connectBySuite(t *testing.T, v cipher.Version, s *cipher.Suite, auth handshake.ClientAuth) {
	p := newTestPKI(t)
	client, server := p.clientConfig(), p.serverConfig()
	bySuite(v, s)(p, client)
	bySuite(v, s)(p, server)
	server.ClientAuth = auth
	client.Credentials = []*handshake.Credential{p.credentials[x509lite.KeyRSA2048]}
	c, d := pair(t, client, server)
	connect(t, c, d)
	for _, e := range []*Conn{c, d} {
		if i := e.Info(); i.Version != v || i.Suite != s {
			t.Fatalf("%v, %v", i.Version, i.Suite)
		}
	}
	if auth != handshake.AuthNone && len(d.Info().PeerChain) == 0 {
		t.Error("the server has no client certificate")
	}
	exchange(t, c, d)
	exchange(t, d, c)
	a, errA := c.Export("EXPERIMENTAL x", nil, 32)
	b, errB := d.Export("EXPERIMENTAL x", nil, 32)
	if !bytes.Equal(a, b) || (errA != nil || errB != nil) != (v == cipher.VersionSSL30) {
		t.Errorf("exporters: %x %v, %x %v", a, errA, b, errB)
	}
	a, errA = c.Unique()
	b, errB = d.Unique()
	if errA != nil || errB != nil || !bytes.Equal(a, b) {
		t.Errorf("tls-unique: %x %v, %x %v", a, errA, b, errB)
	}
}
