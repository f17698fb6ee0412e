package interop

import (
	"crypto/tls"
	"net"
	"testing"

	"tlsengine/cipher"
)

// protectionRows are the ciphers with a MAC that crypto/tls has, in every version that has them.
func protectionRows() (rows []row) {
	for _, v := range []cipher.Version{cipher.VersionTLS10, cipher.VersionTLS11, cipher.VersionTLS12} {
		for _, name := range []string{
			"ECDHE-RSA-AES128-SHA", "ECDHE-RSA-AES256-SHA", "ECDHE-RSA-AES128-SHA256", "ECDHE-RSA-DES-CBC3-SHA", "ECDHE-RSA-RC4-SHA",
			"ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA", "ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-RC4-SHA",
		} {
			if s := cipher.SuiteByName(name); s.Usable(v) {
				rows = append(rows, row{version: v, suite: s.ID, key: keyFor(s)})
			}
		}
	}
	return rows
}

// oldStd lets crypto/tls speak what is off by default.
func (r row) oldStd(c *tls.Config) *tls.Config {
	c.MinVersion, c.MaxVersion, c.CipherSuites = uint16(r.version), uint16(r.version), []uint16{uint16(r.suite)}
	return c
}

// TestProtectionAgainstGo sends a megabyte in pieces of all sizes to crypto/tls and back, under every cipher with a MAC that it
// has.
func TestProtectionAgainstGo(t *testing.T) {
	each(t, protectionRows(), func(t *testing.T, r row) {
		listener := listen(t)
		results := make(chan stdResult, 1)
		go func() { results <- acceptStd(listener, r.oldStd(r.stdServer(t))) }()
		l := connect(t, listener.Addr().String(), r.clientConfig(t))
		if got := l.conn.Info(); got.Version != r.version || got.Suite.ID != r.suite {
			t.Errorf("agreed on %v, %v", got.Version, got.Suite)
		}
		if err := exchangeAndFinish(l); err != nil {
			t.Error(err)
		}
		if result := <-results; result.err != nil {
			t.Error(result.err)
		}
	})
	each(t, protectionRows(), func(t *testing.T, r row) {
		s := serve(t, r.serverConfig(t), exchangeAndFinish)
		tcp, err := net.Dial("tcp", s.addr)
		if err != nil {
			t.Fatal(err)
		}
		c := tls.Client(withDeadline(tcp), r.oldStd(r.stdClient(t)))
		defer c.Close()
		if err := exchange(c); err != nil {
			t.Errorf("crypto/tls: %v", err)
		}
		c.Close()
		if ours := s.wait(t); ours.err != nil {
			t.Error(ours.err)
		}
	})
}
