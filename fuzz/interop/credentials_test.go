package interop

import (
	"testing"

	"tlsengine/handshake"
)

// choice is a peer of openssl's that can't use every key, and the key that we then choose.
type choice struct {
	name    string
	openssl []string
	want    keyName
}

// owned are the keys of an end that has several, in its order of preference.
var owned = []keyName{p256, rsa, ed25519}

// s_client against our server.
var serverChoices = []choice{
	{"TLS 1.3 all", []string{"-tls1_3"}, p256},
	{"TLS 1.3 no ECDSA", []string{"-tls1_3", "-sigalgs", "ed25519:RSA-PSS+SHA256"}, rsa},
	{"TLS 1.3 Ed25519", []string{"-tls1_3", "-sigalgs", "ed25519"}, ed25519},
	{"TLS 1.3 another curve", []string{"-tls1_3", "-sigalgs", "ECDSA+SHA384:ed25519"}, ed25519},
	{"TLS 1.2 all", []string{"-tls1_2"}, p256},
	{"TLS 1.2 RSA suites", []string{"-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256"}, rsa},
	{"TLS 1.2 RSA signatures", []string{"-tls1_2", "-sigalgs", "RSA+SHA256"}, rsa},
	{"TLS 1.2 Ed25519", []string{"-tls1_2", "-sigalgs", "ed25519"}, ed25519},
}

// Our client against s_server. What a server says of signatures binds the client's too.
var clientChoices = []choice{
	{"TLS 1.3 all", []string{"-tls1_3"}, p256},
	{"TLS 1.3 RSA", []string{"-tls1_3", "-client_sigalgs", "RSA-PSS+SHA256"}, rsa},
	{"TLS 1.3 Ed25519", []string{"-tls1_3", "-client_sigalgs", "ed25519"}, ed25519},
	{"TLS 1.2 all", []string{"-tls1_2"}, p256},
	{"TLS 1.2 RSA", []string{"-tls1_2", "-client_sigalgs", "RSA+SHA256"}, rsa},
	{"TLS 1.2 Ed25519", []string{"-tls1_2", "-client_sigalgs", "ed25519"}, ed25519},
	{"TLS 1.3 none", []string{"-tls1_3", "-client_sigalgs", "ed448"}, ""},
	{"TLS 1.2 none", []string{"-tls1_2", "-client_sigalgs", "ed448"}, ""},
}

func ownedCredentials(t *testing.T) []*handshake.Credential {
	t.Helper()
	var all []*handshake.Credential
	for _, k := range owned {
		all = append(all, newPKI(t).identities[k].credential(t, 0))
	}
	return all
}

func (c choice) check(t *testing.T, chosen *handshake.Credential) {
	t.Helper()
	switch {
	case chosen == nil:
		if c.want != "" {
			t.Errorf("no key was chosen, want %v", c.want)
		}
	case c.want == "" || !chosen.Chain()[0].Equal(newPKI(t).identities[c.want].chain[0]):
		t.Errorf("a key was chosen (%v), want %q", chosen.Key().Public().Type(), c.want)
	}
}

// TestServerChoosesCredential shows that the first key that the client can use is taken.
func TestServerChoosesCredential(t *testing.T) {
	config := row{key: p256}.serverConfig(t)
	config.Credentials = ownedCredentials(t)
	remote := opensslClient
	for _, c := range serverChoices {
		t.Run(c.name, func(t *testing.T) {
			remote.command = func(s clientSetup) []string { return append(sClient(s), c.openssl...) }
			s := serve(t, config, answerOnce)
			if _, err := remote.run(t, s.addr, ""); err != nil {
				t.Error(err)
			}
			result := s.wait(t)
			if result.err != nil {
				t.Fatal(result.err)
			}
			c.check(t, result.link.conn.Info().Credential)
		})
	}
}

// TestClientChoosesCredential shows the same for a client, which sends no certificate if the server can use none.
func TestClientChoosesCredential(t *testing.T) {
	config := row{key: p256}.clientConfig(t)
	config.Credentials = ownedCredentials(t)
	remote := opensslServer
	for _, c := range clientChoices {
		t.Run(c.name, func(t *testing.T) {
			remote.command = func(s serverSetup) []string { return append(sServer(s), c.openssl...) }
			addr, _ := remote.start(t, p256, handshake.AuthOptional)
			l := connect(t, addr, config)
			c.check(t, l.conn.Info().Credential)
			talk(t, l, remote.answer)
		})
	}
}
