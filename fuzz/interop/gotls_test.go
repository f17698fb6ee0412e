package interop

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"tlsengine/cipher"
)

// stdConfig returns what both roles of crypto/tls have in common: all that it can.
func stdConfig() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{otherProtocol, protocol}, CurvePreferences: stdGroups(allGroups)}
}

func stdGroups(groups []cipher.GroupID) []tls.CurveID {
	var ids []tls.CurveID
	for _, g := range groups {
		ids = append(ids, tls.CurveID(g))
	}
	return ids
}

func (r row) stdServer(t testing.TB) *tls.Config {
	p := newPKI(t)
	c := stdConfig()
	if r.group != 0 && !r.retry {
		// It goes by its own order of groups, so that a TLS 1.2 client's would not decide.
		c.CurvePreferences = stdGroups([]cipher.GroupID{r.group})
	}
	c.Certificates = []tls.Certificate{p.identities[r.key].std(t)}
	c.ClientCAs = p.stdRoots
	switch {
	case r.client != "":
		c.ClientAuth = tls.RequireAndVerifyClientCert
	case r.asks:
		c.ClientAuth = tls.VerifyClientCertIfGiven
	}
	return c
}

func (r row) stdClient(t testing.TB) *tls.Config {
	p := newPKI(t)
	c := stdConfig()
	c.RootCAs, c.ServerName = p.stdRoots, serverName
	if r.client != "" {
		c.Certificates = []tls.Certificate{p.identities[r.client].std(t)}
	}
	return c
}

// goRows are the rows of crypto/tls, which costs no process: beside the tables' rows, every group with every key and
// with a certificate of the client.
func goRows(t testing.TB) []row {
	all := goTLS.rows(t)
	for _, v := range versions {
		for _, g := range goTLS.groups {
			if !cipher.GroupByID(g).Usable(v) {
				continue
			}
			for i, k := range goTLS.keys {
				all = append(all, row{version: v, group: g, key: k, client: goTLS.keys[(i+1)%len(goTLS.keys)], alpn: true})
			}
		}
	}
	return all
}

// TestClientAgainstGo shows that Go's server accepts our client with all that both have, and that both export the same.
func TestClientAgainstGo(t *testing.T) {
	each(t, goRows(t), func(t *testing.T, r row) {
		listener := listen(t)
		results := make(chan stdResult, 1)
		go func() { results <- acceptStd(listener, r.stdServer(t)) }()
		l := connect(t, listener.Addr().String(), r.clientConfig(t))
		r.check(t, l.conn.Info())
		material := export(t, l)
		talk(t, l, same)
		result := <-results
		if result.err != nil {
			t.Fatal(result.err)
		}
		r.checkStd(t, result, material)
	})
}

// TestServerAgainstGo is the same with the roles exchanged.
func TestServerAgainstGo(t *testing.T) {
	each(t, goRows(t), func(t *testing.T, r row) {
		var material []byte
		s := serve(t, r.serverConfig(t), func(l *link) error {
			material = export(t, l)
			return answerAndWait(l)
		})
		tcp, err := net.Dial("tcp", s.addr)
		if err != nil {
			t.Fatal(err)
		}
		result := talkStd(tls.Client(withDeadline(tcp), r.stdClient(t)))
		ours := s.wait(t)
		if result.err != nil || ours.err != nil {
			t.Fatalf("crypto/tls: %v; we: %v", result.err, ours.err)
		}
		r.check(t, ours.link.conn.Info())
		r.checkStd(t, result, material)
	})
}

// stdResult is what crypto/tls says of a connection.
type stdResult struct {
	state    tls.ConnectionState
	exported []byte
	err      error
}

func withDeadline(c net.Conn) net.Conn {
	c.SetDeadline(time.Now().Add(patience))
	return c
}

// acceptStd echoes on one connection until the client closes.
func acceptStd(listener net.Listener, config *tls.Config) stdResult {
	tcp, err := listener.Accept()
	if err != nil {
		return stdResult{err: err}
	}
	c := tls.Server(withDeadline(tcp), config)
	defer c.Close()
	if _, err := io.Copy(c, c); err != nil {
		return stdResult{err: err}
	}
	return newStdResult(c)
}

// talkStd sends a line, compares the echo and closes.
func talkStd(c *tls.Conn) stdResult {
	defer c.Close()
	if _, err := io.WriteString(c, greeting); err != nil {
		return stdResult{err: err}
	}
	if err := c.CloseWrite(); err != nil {
		return stdResult{err: err}
	}
	got, err := io.ReadAll(c)
	if err == nil {
		err = expect(string(got), greeting)
	}
	if err != nil {
		return stdResult{err: err}
	}
	return newStdResult(c)
}

// The exporter's context, which openssl and gnutls-cli can't be given.
var exportContext = []byte("context of the exporter")

func newStdResult(c *tls.Conn) stdResult {
	r := stdResult{state: c.ConnectionState()}
	r.exported, r.err = r.state.ExportKeyingMaterial(exportLabel, exportContext, exportLength)
	if r.err != nil {
		return r
	}
	none, err := r.state.ExportKeyingMaterial(exportLabel, nil, exportLength)
	r.exported, r.err = append(r.exported, none...), err
	return r
}

// export returns what newStdResult exports.
func export(t testing.TB, l *link) []byte {
	t.Helper()
	with, err := l.conn.Export(exportLabel, exportContext, exportLength)
	if err != nil {
		t.Error(err)
	}
	without, err := l.conn.Export(exportLabel, nil, exportLength)
	if err != nil {
		t.Error(err)
	}
	return append(with, without...)
}

// checkStd compares crypto/tls's report with the row.
func (r row) checkStd(t testing.TB, got stdResult, exported []byte) {
	t.Helper()
	s := got.state
	if s.Version != uint16(r.version) || r.suite != 0 && s.CipherSuite != uint16(r.suite) || r.group != 0 && s.CurveID != tls.CurveID(r.group) {
		t.Errorf("crypto/tls agreed on %04x, %04x, %v", s.Version, s.CipherSuite, s.CurveID)
	}
	if (s.NegotiatedProtocol == protocol) != r.alpn {
		t.Errorf("crypto/tls agreed on the protocol %q", s.NegotiatedProtocol)
	}
	if !bytes.Equal(got.exported, exported) {
		t.Error("crypto/tls exports something else")
	}
}

// TestExchangeWithGo sends 1 MiB in both directions at once, in pieces of all sizes, and compares the contents.
func TestExchangeWithGo(t *testing.T) {
	for _, v := range versions {
		r := row{version: v, key: p256}
		t.Run(v.String()+" client", func(t *testing.T) {
			listener := listen(t)
			std := make(chan error, 1)
			go func() {
				tcp, err := listener.Accept()
				if err == nil {
					err = exchangeStd(tls.Server(withDeadline(tcp), r.stdServer(t)))
				}
				std <- err
			}()
			l := connect(t, listener.Addr().String(), r.clientConfig(t))
			if err := errors.Join(exchangeAndFinish(l), <-std); err != nil {
				t.Fatal(err)
			}
		})
		t.Run(v.String()+" server", func(t *testing.T) {
			s := serve(t, r.serverConfig(t), exchangeAndFinish)
			tcp, err := net.Dial("tcp", s.addr)
			if err != nil {
				t.Fatal(err)
			}
			err = exchangeStd(tls.Client(withDeadline(tcp), r.stdClient(t)))
			if err := errors.Join(err, s.wait(t).err); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// exchangeStd is exchangeAndFinish for crypto/tls.
func exchangeStd(c *tls.Conn) error {
	defer c.Close()
	if err := exchange(c); err != nil {
		return err
	}
	if err := c.CloseWrite(); err != nil {
		return err
	}
	rest, err := io.ReadAll(c)
	if err == nil {
		err = expect(string(rest), "")
	}
	return err
}
