package interop

import (
	"testing"

	"tlsengine/cipher"
	"tlsengine/engine"
	"tlsengine/handshake"
)

// pin is a peer that takes one thing only, and what then comes of our defaults.
type pin struct {
	name    string
	openssl []string // for s_client and s_server
	gnutls  string   // priority for gnutls-cli and gnutls-serv; "" where it has no words for it
	version cipher.Version
	suite   cipher.SuiteID
	group   cipher.GroupID
	retried bool // in TLS 1.3 our client has to be asked again
}

var pins = []pin{
	{name: "TLS 1.2", openssl: []string{"-tls1_2"}, gnutls: "NORMAL:-VERS-ALL:+VERS-TLS1.2", version: cipher.VersionTLS12},
	{name: "TLS 1.3", openssl: []string{"-tls1_3"}, gnutls: "NORMAL:-VERS-ALL:+VERS-TLS1.3", version: cipher.VersionTLS13},
	{
		name: "AES-128-GCM", openssl: []string{"-ciphersuites", "TLS_AES_128_GCM_SHA256"}, gnutls: "NORMAL:-CIPHER-ALL:+AES-128-GCM",
		version: cipher.VersionTLS13, suite: cipher.TLS_AES_128_GCM_SHA256,
	},
	{
		name: "AES-256-GCM", openssl: []string{"-ciphersuites", "TLS_AES_256_GCM_SHA384"}, gnutls: "NORMAL:-CIPHER-ALL:+AES-256-GCM",
		version: cipher.VersionTLS13, suite: cipher.TLS_AES_256_GCM_SHA384,
	},
	{
		name: "ChaCha20-Poly1305", openssl: []string{"-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256"}, gnutls: "NORMAL:-CIPHER-ALL:+CHACHA20-POLY1305",
		version: cipher.VersionTLS13, suite: cipher.TLS_CHACHA20_POLY1305_SHA256,
	},
	{
		name: "TLS 1.2 AES-256-GCM", openssl: []string{"-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-GCM-SHA384"},
		gnutls: "NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+AES-256-GCM", version: cipher.VersionTLS12, suite: cipher.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
	},
	{name: "X25519", openssl: []string{"-groups", "X25519"}, gnutls: "NORMAL:-GROUP-ALL:+GROUP-X25519", version: cipher.VersionTLS13, group: cipher.X25519},
	{
		name: "P-256", openssl: []string{"-groups", "P-256"}, gnutls: "NORMAL:-GROUP-ALL:+GROUP-SECP256R1",
		version: cipher.VersionTLS13, group: cipher.CurveP256, retried: true,
	},
	{
		name: "P-384", openssl: []string{"-groups", "P-384"}, gnutls: "NORMAL:-GROUP-ALL:+GROUP-SECP384R1",
		version: cipher.VersionTLS13, group: cipher.CurveP384, retried: true,
	},
	{name: "plain TLS 1.3", openssl: []string{"-no_middlebox"}, gnutls: "NORMAL:%DISABLE_TLS13_COMPAT_MODE", version: cipher.VersionTLS13},
	{name: "padded records", openssl: []string{"-record_padding", "512"}, version: cipher.VersionTLS13},
	{name: "small records", openssl: []string{"-max_send_frag", "512"}, version: cipher.VersionTLS13},
	{name: "no tickets", openssl: []string{"-no_ticket"}, gnutls: "NORMAL:%NO_TICKETS", version: cipher.VersionTLS13},
}

// check compares what our defaults came to with the pin.
func (p pin) check(t *testing.T, l *link, retried bool) {
	t.Helper()
	info := l.conn.Info()
	if info.Version != p.version || p.suite != 0 && info.Suite.ID != p.suite || p.group != 0 && info.Group.ID != p.group || info.HelloRetried != retried {
		t.Errorf("agreed on %v, %v, %v (retried: %v)", info.Version, info.Suite, info.Group, info.HelloRetried)
	}
}

// ours is our configuration as it comes, but for what it trusts and who it is.
func ours(t *testing.T) (client, server *engine.Config) {
	client, server = row{key: p256}.clientConfig(t), row{key: p256}.serverConfig(t)
	client.Groups, server.Groups = nil, nil
	return client, server
}

// apply adds the pin to a command of the program, and returns nil if the program has no words for it.
func (p pin) apply(program string, command []string) []string {
	if program == "openssl" {
		return append(command, p.openssl...) // of options given twice the later one counts
	}
	if p.gnutls == "" {
		return nil
	}
	return append([]string{"--priority", p.gnutls}, command...)
}

// TestClientDefaultsAgainstPinnedServers shows that our defaults meet servers that insist.
func TestClientDefaultsAgainstPinnedServers(t *testing.T) {
	client, _ := ours(t)
	for _, remote := range []remoteServer{opensslServer, gnutlsServer} {
		plain := remote.command
		for _, p := range pins {
			if p.apply(remote.program, nil) == nil {
				continue
			}
			t.Run(remote.name+" "+p.name, func(t *testing.T) {
				remote.command = func(s serverSetup) []string { return p.apply(remote.program, plain(s)) }
				addr, _ := remote.start(t, p256, handshake.AuthNone)
				l := connect(t, addr, client)
				p.check(t, l, p.retried)
				talk(t, l, remote.answer)
			})
		}
	}
}

// TestServerDefaultsAgainstPinnedClients is the same with the roles exchanged. A client that has one group sends its share.
func TestServerDefaultsAgainstPinnedClients(t *testing.T) {
	_, server := ours(t)
	for _, remote := range []remoteClient{opensslClient, gnutlsClient} {
		plain := remote.command
		for _, p := range pins {
			if p.apply(remote.program, nil) == nil {
				continue
			}
			t.Run(remote.name+" "+p.name, func(t *testing.T) {
				remote.command = func(c clientSetup) []string { return p.apply(remote.program, plain(c)) }
				s := serve(t, server, remote.handle())
				if _, err := remote.run(t, s.addr, ""); err != nil {
					t.Error(err)
				}
				result := s.wait(t)
				if result.err != nil {
					t.Fatal(result.err)
				}
				p.check(t, result.link, false)
			})
		}
	}
}
