package sslsock

import (
	"errors"
	"slices"
	"testing"

	"tlsengine/cipher"
	"tlsengine/engine"
	"tlsengine/fuzz/pki"
	"tlsengine/handshake"
	"tlsengine/x509lite"
)

// policies are all, each with a key whose certificate it takes.
var policies = map[*engine.Policy]x509lite.KeyKind{
	engine.PolicySP80052: x509lite.KeyP256, engine.PolicyWPA3: x509lite.KeyP384, engine.PolicyCNSA1: x509lite.KeyP384,
	engine.PolicyCNSA2Secrecy: x509lite.KeyP384, engine.PolicyCNSA2: x509lite.KeyMLDSA87,
}

// identityOf returns the one of the test PKI with this kind of key.
func identityOf(k x509lite.KeyKind) pki.Identity {
	p := pki.New()
	if i, ok := p.MLDSA[k]; ok {
		return i
	}
	return p.Identities[k]
}

// TestPoliciesBindSockets: whichever end has the policy, what is negotiated is the policy's; both without early data
// where it forbids that.
func TestPoliciesBindSockets(t *testing.T) {
	for policy, kind := range policies {
		var rules engine.Config
		policy.Apply(&rules)
		for _, bound := range []handshake.Role{handshake.ClientRole, handshake.ServerRole} {
			client, server := clientContext(t), serverContextOf(t, identityOf(kind))
			must(t, errors.Join(client.SetGroups("X25519:P-256:P-384:MLKEM1024"), server.SetGroups("MLKEM1024:P-384:P-256:X25519")))
			if kind == x509lite.KeyMLDSA87 {
				must(t, client.SetSignatureAlgorithms("mldsa87"))
			}
			must(t, []*Context{client, server}[bound].SetPolicy(policy))
			c, _ := pair(t, tcpWire, client, server)
			i := c.HandshakeInfo()
			if !slices.Contains(rules.Suites, i.Suite.ID) || !slices.Contains(rules.Groups, i.Group.ID) ||
				!slices.Contains(rules.Schemes, i.PeerScheme) ||
				i.Version < rules.MinVersion {
				t.Errorf("%v, %v bound: %v, %v, %v, %v", policy, bound, i.Version, i.Suite, i.Group.ID, i.PeerScheme)
			}
		}
	}
}

// TestPolicySetsWhatOthersShow: the getters know it, and what is set afterwards counts.
func TestPolicySetsWhatOthersShow(t *testing.T) {
	c := serverContext(t)
	must(t, c.SetMaxEarlyData(100))
	must(t, c.SetPolicy(engine.PolicyCNSA2))
	if list := c.Ciphers(); len(list) != 1 || c.MinimumVersion() != VersionTLS13 || c.MaxEarlyData() != 0 {
		t.Errorf("%v, from %v on, %d bytes early", list, c.MinimumVersion(), c.MaxEarlyData())
	}
	must(t, errors.Join(c.SetMinimumVersion(VersionTLS12), c.SetCiphers("ECDHE+AESGCM"),
		c.SetGroups("P-256"), c.SetSignatureAlgorithms("ecdsa_secp256r1_sha256"),
		c.SetServerSigalgs("ecdsa_secp256r1_sha256")))
	client := clientContext(t)
	must(t, client.SetMaximumVersion(VersionTLS12))
	if c, _ := pair(t, tcpWire, client, c); c.HandshakeInfo().Suite.ID != cipher.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 {
		t.Errorf("%v", c.HandshakeInfo().Suite)
	}
}

// TestPolicyRefusesOtherVersions: a context that is fixed to a version stays as it was.
func TestPolicyRefusesOtherVersions(t *testing.T) {
	c, err := NewContext(ProtocolTLSv1)
	must(t, err)
	before := len(c.Ciphers())
	if err := c.SetPolicy(engine.PolicySP80052); !errors.Is(err, ErrInvalidArgument) || len(c.Ciphers()) != before {
		t.Errorf("%v, %d suites", err, len(c.Ciphers()))
	}
	fixed, err := NewContext(ProtocolTLSv12)
	must(t, errors.Join(err, fixed.SetPolicy(engine.PolicySP80052)))
	if err := fixed.SetPolicy(engine.PolicyCNSA2); !errors.Is(err, ErrInvalidArgument) {
		t.Error(err)
	}
}
