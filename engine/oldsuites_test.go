package engine

import (
	"testing"

	"tlsengine/cipher"
	"tlsengine/handshake"
)

// TestOldSuitesResume: sessions with a suite that is narrowed to the versions below TLS 1.2 are resumed by id and by ticket, from their
// form and under another Params of the same configuration.
func TestOldSuitesResume(t *testing.T) {
	id := cipher.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA
	for name, gives := range map[string]change{"by id": byID, "by ticket": with(byID, byTicket)} {
		p := newTestPKI(t)
		client, server := p.clientConfig(), p.serverConfig()
		with(keeps)(p, client)
		gives(p, server)
		for _, c := range []*Config{client, server} {
			c.MinVersion, c.MaxVersion = cipher.VersionTLS11, cipher.VersionTLS11
			c.OldSuites = []cipher.SuiteID{id}
			c.Suites = []cipher.SuiteID{cipher.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}
		}
		var session *handshake.Session
		for i := range 3 {
			c := newClient(t, client, Options{ServerName: "example.test", Session: session, Value: &session}) // both freeze anew
			d := newServer(t, server, Options{})
			connect(t, c, d)
			if c.Info().Resumed != (i > 0) || d.Info().Resumed != (i > 0) || c.Info().Suite.ID != id {
				t.Fatalf("%s, connection %d: resumed %v with %v", name, i, c.Info().Resumed, c.Info().Suite.ID)
			}
			form, err := session.Marshal()
			if err != nil {
				t.Fatal(err)
			}
			if session, err = handshake.ParseSession(form, nil); err != nil {
				t.Fatal(err)
			}
		}
	}
}
