package engine

import (
	"testing"

	"tlsengine/cipher"
)

// TestEqualsStandSideBySide says which sets of equals Freeze takes.
func TestEqualsStandSideBySide(t *testing.T) {
	const aes, chacha, long = cipher.TLS_AES_128_GCM_SHA256, cipher.TLS_CHACHA20_POLY1305_SHA256, cipher.TLS_AES_256_GCM_SHA384
	for _, c := range []struct {
		name string
		set  []cipher.SuiteID
		good bool
	}{
		{"neighbours", []cipher.SuiteID{aes, chacha}, true},
		{"neighbours, turned round", []cipher.SuiteID{chacha, aes}, true},
		{"one between", []cipher.SuiteID{aes, long}, false},
		{"one that is not on", []cipher.SuiteID{long, cipher.TLS_AES_128_CCM_SHA256}, false},
		{"none that is on", []cipher.SuiteID{cipher.TLS_AES_128_CCM_SHA256}, false},
	} {
		config := &Config{MinVersion: cipher.VersionTLS13, Suites: []cipher.SuiteID{aes, chacha, long}, EqualSuites: [][]cipher.SuiteID{c.set}}
		if _, err := config.Freeze(); (err == nil) != c.good {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestEqualSuitesFollowTheClient shows that a server takes of equals what the client likes best, and of others what it likes itself.
func TestEqualSuitesFollowTheClient(t *testing.T) {
	pki := newTestPKI(t)
	const aes, chacha, long = cipher.TLS_AES_128_GCM_SHA256, cipher.TLS_CHACHA20_POLY1305_SHA256, cipher.TLS_AES_256_GCM_SHA384
	for _, c := range []struct {
		client []cipher.SuiteID
		want   cipher.SuiteID
	}{
		{[]cipher.SuiteID{long, chacha, aes}, chacha},
		{[]cipher.SuiteID{long, aes, chacha}, aes},
		{[]cipher.SuiteID{long, chacha}, chacha},
		{[]cipher.SuiteID{long}, long},
	} {
		client, server := pki.clientConfig(), pki.serverConfig()
		client.MinVersion, server.MinVersion = cipher.VersionTLS13, cipher.VersionTLS13
		client.Suites = c.client
		server.Suites, server.PreferOwnOrder = []cipher.SuiteID{aes, chacha, long}, true
		server.EqualSuites = [][]cipher.SuiteID{{aes, chacha}}
		a, b := pair(t, client, server)
		settle(a, b)
		if got := b.Info().Suite.ID; got != c.want {
			t.Errorf("%v: %v, want %v", c.client, got, c.want)
		}
	}
}
