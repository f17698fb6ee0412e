package engine

import (
	"slices"
	"testing"

	"tlsengine/cipher"
	"tlsengine/fuzz/pki"
	"tlsengine/handshake"
	"tlsengine/x509lite"
)

var policies = []*Policy{PolicySP80052, PolicyWPA3, PolicyCNSA1, PolicyCNSA2Secrecy, PolicyCNSA2}

// keeps tells whether a connection is within a policy.
func (p *Policy) keeps(info *handshake.Info) bool {
	return info.Version >= p.lowest && slices.Contains(p.suites, info.Suite.ID) && slices.Contains(p.groups, info.Group.ID)
}

// TestPoliciesMeet connects ends that keep to policies: what they agree on is within both, and two ends of one policy agree.
func TestPoliciesMeet(t *testing.T) {
	p := newTestPKI(t)
	for _, client := range policies {
		for _, server := range policies {
			c, s := p.clientConfig(), p.serverConfig()
			client.Apply(c)
			server.Apply(s)
			s.Credentials = credentialsOf(server)
			a, b := pair(t, c, s)
			settle(a, b)
			done := a.Status().Has(HandshakeDone) && b.Status().Has(HandshakeDone)
			if done && !(client.keeps(a.Info()) && server.keeps(a.Info()) && slices.Contains(client.schemes, a.Info().PeerScheme) &&
				slices.Contains(server.schemes, a.Info().PeerScheme)) {
				t.Errorf("%v with %v: %v %v %v %v", client, server, a.Info().Version, a.Info().Suite.ID, a.Info().Group, a.Info().PeerScheme)
			}
			if client == server && !done {
				t.Errorf("two ends with %v don't agree: %v, %v", client, a.Err(), b.Err())
			}
		}
	}
}

// credentialsOf returns the credentials that a policy lets a server use.
func credentialsOf(policy *Policy) (all []*handshake.Credential) {
	shared := pki.New()
	for _, id := range []pki.Identity{shared.Identities[x509lite.KeyP256], shared.Identities[x509lite.KeyP384],
		shared.Identities[x509lite.KeyRSA2048], shared.MLDSA[x509lite.KeyMLDSA87]} {
		if c, err := handshake.NewCredential(id.Chain, id.Key, policy.Schemes()); err == nil {
			all = append(all, c)
		}
	}
	return all
}

// TestPolicyRefusesWhatItLacks connects each policy with an end that has nothing but one thing outside of it.
func TestPolicyRefusesWhatItLacks(t *testing.T) {
	own := newTestPKI(t)
	for _, p := range policies {
		for _, other := range []struct {
			name string
			set  func(*Config)
		}{
			{"ChaCha20", func(c *Config) {
				c.Suites = []cipher.SuiteID{cipher.TLS_CHACHA20_POLY1305_SHA256, cipher.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256}
			}},
			{"X25519", func(c *Config) { c.Groups = []cipher.GroupID{cipher.X25519} }},
			{"Ed25519", func(c *Config) { c.Schemes = []cipher.SignatureScheme{cipher.Ed25519} }},
			{"TLS 1.1", func(c *Config) {
				c.MinVersion, c.MaxVersion = cipher.VersionTLS11, cipher.VersionTLS11
				c.Suites = []cipher.SuiteID{cipher.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA}
			}},
		} {
			c, s := own.clientConfig(), own.serverConfig()
			other.set(c)
			p.Apply(s)
			s.Credentials = credentialsOf(p)
			a, b := pair(t, c, s)
			settle(a, b)
			if b.Err() == nil {
				t.Errorf("%v agreed with a client that has nothing but %s", p, other.name)
			}
		}
	}
}
