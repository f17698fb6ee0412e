package engine

import (
	"slices"
	"testing"
	"time"

	"tlsengine/cipher"
	"tlsengine/fuzz/pki"
	"tlsengine/handshake"
	"tlsengine/x509lite"
)

// authStories are those in which the ends say more about who they are than a chain of certificates does, or say it in another way.
func authStories() []*story {
	acts := []act{{clientEnd, write, 20}, {serverEnd, write, 30}, {clientEnd, closeWrite, 0}, {serverEnd, closeWrite, 0}}
	newer := with(only(cipher.VersionTLS13), groups(cipher.X25519, cipher.CurveP256))
	return []*story{
		{name: "1.3 PSK", client: with(newer, hasPSK), server: with(byTicket, hasPSK), acts: acts},
		{name: "1.3 PSK after a retry", client: with(newer, hasPSK), server: with(hasPSK, groups(cipher.CurveP256)), acts: acts},
		{name: "1.3 PSK without key exchange of its own", client: with(newer, hasPSK, alone), server: with(hasPSK, alone), acts: acts},
		{name: "1.3 PSK that the server doesn't know", client: with(newer, hasPSK), server: byTicket, acts: acts},
		{name: "1.3 imported PSK", client: with(newer, importsPSK), server: with(importsPSK, cookies), acts: acts},
		{name: "1.3 staples", client: with(statuses, authenticated, vouched), server: with(statuses, requires, vouched), acts: acts},
		{name: "1.2 staples", client: with(only(cipher.VersionTLS12), statuses), server: vouched, acts: acts},
		{name: "1.3 compressed certificates", client: with(compresses, authenticated), server: with(compresses, requires), acts: acts},
		{name: "1.3 compressed staples after a retry", client: with(compresses, statuses, noShares), server: with(compresses, vouched), acts: acts},
		{name: "1.3 delegated", client: with(delegated, delegates), server: with(requires, delegated, delegates), acts: acts},
		{name: "1.2 nothing delegated", client: with(only(cipher.VersionTLS12), delegated), server: delegates, acts: acts},
		{name: "1.3 raw keys", client: with(takesRawKeys, rawKey), server: with(takesRawKeys, rawKey, requires), acts: acts},
		{name: "1.2 raw keys", client: with(only(cipher.VersionTLS12), takesRawKeys, rawKey), server: with(takesRawKeys, rawKey, requires), acts: acts},
		{name: "1.2 a raw key wanted and not there", client: with(only(cipher.VersionTLS12), takesRawKeys, offersRawKeys), server: with(takesRawKeys, asks), acts: acts},
		{name: "1.3 raw key of the server, compressed", client: with(takesRawKeys, compresses), server: with(rawKey, compresses), acts: acts},
		{name: "1.3 raw keys taken and certificates shown", client: with(takesRawKeys, authenticated), server: with(takesRawKeys, requires), acts: acts},
		{name: "1.3 greased", client: with(greased, authenticated), server: with(greased, requires), acts: acts},
		{name: "1.3 greased, permuted and retried", client: with(greased, permuted, noShares, speaks("h2")), server: with(greased, cookies), acts: acts},
		{name: "1.2 greased, permuted and padded", client: with(only(cipher.VersionTLS12), greased, permuted, padded), acts: acts},
		{name: "1.3 short records", client: with(limited(64), authenticated), server: with(limited(100), requires), acts: acts},
		{name: "1.2 short records", client: with(only(cipher.VersionTLS12), limited(600)), acts: acts},
		{name: "1.3 ML-DSA", client: with(takesMLDSA, has(x509lite.KeyMLDSA44)), server: with(takesMLDSA, has(x509lite.KeyMLDSA65), requires), acts: acts},
		{name: "1.2 DSA", client: with(bySuite(cipher.VersionTLS12, dss), hasDSA), server: with(bySuite(cipher.VersionTLS12, dss), requires), acts: acts},
		{name: "1.0 DSA", client: with(bySuite(cipher.VersionTLS10, dss), hasDSA), server: with(bySuite(cipher.VersionTLS10, dss), requires), acts: acts},
		{name: "3.0 DSA", client: with(bySuite(cipher.VersionSSL30, dss), hasDSA), server: with(bySuite(cipher.VersionSSL30, dss), requires), acts: acts},
		{name: "1.2 staples wanted and not there", client: with(only(cipher.VersionTLS12), reported), acts: acts},
	}
}

// takesMLDSA accepts keys of ML-DSA beside what the root signs with.
func takesMLDSA(_ *testPKI, c *Config) {
	c.Schemes = []cipher.SignatureScheme{cipher.MLDSA65, cipher.MLDSA87, cipher.MLDSA44, cipher.ECDSAP256SHA256}
}

// dss is a suite that all versions before TLS 1.3 have.
var dss = cipher.SuiteByID(cipher.TLS_DHE_DSS_WITH_AES_128_CBC_SHA)

func hasDSA(p *testPKI, c *Config) { c.Credentials = []*handshake.Credential{p.dsa} }

func statuses(_ *testPKI, c *Config) { c.Stapling, c.SCTs = handshake.StaplingRequired, true }
func reported(_ *testPKI, c *Config) { c.Stapling, c.SCTs = handshake.StaplingReported, true }

func compresses(_ *testPKI, c *Config) {
	c.CertificateCompression = []*handshake.CertificateCompression{handshake.ZlibCompression()}
}

func delegated(_ *testPKI, c *Config) { c.DelegatedCredentials = true }

// delegates puts a delegated credential before the others.
func delegates(p *testPKI, c *Config) {
	role := handshake.ClientRole
	if len(c.Credentials) > 0 {
		role = handshake.ServerRole
	}
	c.Credentials = append([]*handshake.Credential{p.delegate(role, pki.Time.AddDate(0, 0, 3))}, c.Credentials...)
}

// delegate makes a delegated credential for a role, until a time.
func (p *testPKI) delegate(r handshake.Role, until time.Time) *handshake.Credential {
	key := p.credentials[x509lite.KeyP384].Key()
	c, err := p.delegator.Delegate(r, key, cipher.ECDSAP384SHA384, until, make([]byte, cipher.SignSeedSize))
	if err != nil {
		panic(err)
	}
	return c
}

// takesRawKeys takes the keys of rawKey, and certificates too.
func takesRawKeys(p *testPKI, c *Config) {
	c.PeerCertificateTypes = []handshake.CertificateType{handshake.CertificateRawPublicKey, handshake.CertificateX509}
	for _, kind := range []x509lite.KeyKind{x509lite.KeyP256, x509lite.KeyRSA2048} {
		spki, err := x509lite.MarshalPublicKey(p.credentials[kind].Key().Public())
		if err != nil {
			panic(err)
		}
		c.TrustedKeys = append(c.TrustedKeys, spki)
	}
}

func offersRawKeys(_ *testPKI, c *Config) {
	c.OwnCertificateTypes = []handshake.CertificateType{handshake.CertificateRawPublicKey}
}

// rawKey puts raw keys before the other credentials.
func rawKey(p *testPKI, c *Config) {
	for _, kind := range []x509lite.KeyKind{x509lite.KeyRSA2048, x509lite.KeyP256} {
		raw, err := handshake.NewRawKeyCredential(p.credentials[kind].Key(), nil)
		if err != nil {
			panic(err)
		}
		c.Credentials = append([]*handshake.Credential{raw}, c.Credentials...)
	}
}

func greased(_ *testPKI, c *Config)  { c.GREASE = true }
func permuted(_ *testPKI, c *Config) { c.PermuteExtensions = true }
func padded(_ *testPKI, c *Config)   { c.PadHello = true }

func limited(n int) change { return func(_ *testPKI, c *Config) { c.RecordSizeLimit = n } }

// vouched gives each credential with a certificate a staple and timestamps.
func vouched(_ *testPKI, c *Config) {
	c.Credentials = slices.Clone(c.Credentials)
	for i, credential := range c.Credentials {
		if credential.Chain() == nil {
			continue
		}
		credential, _ = credential.WithStaples(pki.New().Staple(credential.Chain()[0], pki.Good, pki.Time))
		c.Credentials[i], _ = credential.WithSCTs([]byte{0, 3, 0, 1, 7})
	}
}

// hasPSK gives either end a PSK from outside of TLS.
func hasPSK(_ *testPKI, c *Config) {
	psk, err := handshake.NewPSK([]byte("both know"), []byte("sixteen bytes of"), cipher.SHA256)
	if err != nil {
		panic(err)
	}
	c.PSKs = []*handshake.PSK{psk}
}

// importsPSK gives either end one that wasn't made for TLS 1.3 (RFC 9258).
func importsPSK(_ *testPKI, c *Config) {
	psks, err := handshake.ImportPSK([]byte("both know"), []byte("sixteen bytes of"), []byte("story"), cipher.SHA256)
	if err != nil {
		panic(err)
	}
	c.PSKs = psks
}

// TestAuthoritiesChooseTheChain (RFC 5246, Section 7.4.6; RFC 8446, Section 4.4.2.3): of several chains a client shows one of an issuer that the
// server names, and without names its first.
func TestAuthoritiesChooseTheChain(t *testing.T) {
	for _, v := range []cipher.Version{cipher.VersionTLS12, cipher.VersionTLS13} {
		for _, named := range []bool{false, true} {
			p := newTestPKI(t)
			client, server := p.clientConfig(), p.serverConfig()
			own := p.credentials[x509lite.KeyRSA2048]
			client.MaxVersion, client.Credentials = v, []*handshake.Credential{p.stranger, own}
			server.ClientAuth = handshake.AuthRequired
			if named {
				server.Authorities = [][]byte{p.root.RawSubject()}
			}
			c, s := pair(t, client, server)
			settle(c, s)
			if got := s.Err() == nil && s.Info().PeerChain[0].Equal(own.Chain()[0]); got != named {
				t.Errorf("%v: named %v: the right chain came: %v; %v", v, named, got, s.Err())
			}
		}
	}
}
