package engine

import (
	"testing"

	"tlsengine/cipher"
	"tlsengine/handshake"
	"tlsengine/record"
)

// resumeBySuite connects with a suite, and again with the session. It returns the ends of the second connection.
func resumeBySuite(t *testing.T, v cipher.Version, s *cipher.Suite, gives change) (c, d *Conn) {
	t.Helper()
	p := newTestPKI(t)
	client, server := p.clientConfig(), p.serverConfig()
	with(bySuite(v, s), keeps)(p, client)
	with(bySuite(v, s), gives)(p, server)
	var session *handshake.Session
	for range 2 {
		c = newClient(t, client, Options{ServerName: "example.test", Session: session, Value: &session})
		d = newServer(t, server, Options{})
		connect(t, c, d)
	}
	return c, d
}

// TestEverySuiteResumes in each version that may use it, by id and by ticket; SSL 3.0 has no extensions, and so no tickets.
func TestEverySuiteResumes(t *testing.T) {
	for _, v := range oldVersions {
		for i, s := range cipher.AllSuites() {
			if !s.Usable(v) {
				continue
			}
			gives := byID
			if i%2 == 0 {
				gives = with(byID, byTicket)
			}
			c, d := resumeBySuite(t, v, s, gives)
			for _, e := range []*Conn{c, d} {
				if i := e.Info(); !i.Resumed || i.Version != v || i.Suite != s {
					t.Errorf("%v, %s: resumed %v as %v, %v", v, s.Name, i.Resumed, i.Version, i.Suite)
				}
			}
			exchange(t, c, d)
			exchange(t, d, c)
			a, errA := c.Unique()
			b, errB := d.Unique()
			if unique := errA == nil && errB == nil && string(a) == string(b); unique == (v == cipher.VersionSSL30) {
				t.Errorf("%v, %s: tls-unique %x, %x, %v", v, s.Name, a, b, errA)
			}
		}
	}
}

// TestSessionStaysInItsVersion: one of TLS 1.1 is not resumed with TLS 1.2 by a client that has learned that, nor with TLS 1.0.
func TestSessionStaysInItsVersion(t *testing.T) {
	suite := cipher.SuiteByID(cipher.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA)
	for _, later := range []cipher.Version{cipher.VersionTLS10, cipher.VersionTLS11, cipher.VersionTLS12} {
		p := newTestPKI(t)
		client, server := p.clientConfig(), p.serverConfig()
		with(bySuite(cipher.VersionTLS11, suite), keeps)(p, client)
		with(bySuite(cipher.VersionTLS11, suite), byTicket)(p, server)
		client.MinVersion, client.MaxVersion = cipher.VersionTLS10, cipher.VersionTLS12
		var session *handshake.Session
		connect(t, newClient(t, client, Options{ServerName: "example.test", Value: &session}), newServer(t, server, Options{}))
		server.MinVersion, server.MaxVersion = later, later
		c, d := newClient(t, client, Options{ServerName: "example.test", Session: session}), newServer(t, server, Options{})
		connect(t, c, d)
		if want := later == cipher.VersionTLS11; c.Info().Resumed != want || d.Info().Resumed != want || c.Info().Version != later {
			t.Errorf("%v: resumed %v", later, c.Info().Resumed)
		}
	}
}

// TestFatalAlertEndsTheSession: RFC 5246, Section 7.2.2: after a connection that failed, its session is not resumed; after one that was
// closed it is. A ticket is out of the server's hands.
func TestFatalAlertEndsTheSession(t *testing.T) {
	suite := cipher.SuiteByID(cipher.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256)
	for name, end := range map[string]func(c, d *Conn){
		"closed":           func(c, d *Conn) { c.CloseWrite(); settle(c, d) },
		"the client fails": func(c, d *Conn) { c.Abort(record.AlertInternalError); settle(c, d); d.Peek() },
		"the server fails": func(c, d *Conn) { d.Abort(record.AlertInternalError); settle(c, d) },
		"a record is bad": func(c, d *Conn) {
			d.Feed([]byte{23, 3, 3, 0, 30, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30})
			d.Peek()
		},
	} {
		for _, resumedFirst := range []bool{false, true} {
			p := newTestPKI(t)
			client, server := p.clientConfig(), p.serverConfig()
			with(bySuite(cipher.VersionTLS12, suite), keeps)(p, client)
			with(bySuite(cipher.VersionTLS12, suite), byID)(p, server)
			var session *handshake.Session
			again := func() (c, d *Conn) {
				c = newClient(t, client, Options{ServerName: "example.test", Session: session, Value: &session})
				d = newServer(t, server, Options{})
				connect(t, c, d)
				return c, d
			}
			c, d := again()
			if resumedFirst {
				c, d = again()
			}
			end(c, d)
			if c, _ := again(); c.Info().Resumed != (name == "closed") {
				t.Errorf("%s, resumed before %v: resumed %v", name, resumedFirst, c.Info().Resumed)
			}
		}
	}
}
