package sslsock

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"io"
	"testing"
	"time"

	"tlsengine/fuzz/pki"
	"tlsengine/x509lite"
)

// stdConfig is the test PKI for crypto/tls.
func stdConfig(t *testing.T, version uint16) *tls.Config {
	t.Helper()
	shared := pki.New()
	identity := shared.Identities[x509lite.KeyRSA2048]
	cert, err := tls.X509KeyPair(x509lite.MarshalPEM(nil, "CERTIFICATE", identity.Chain[0].Raw()), keyPEM(t, identity))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	root, err := x509.ParseCertificate(shared.Root.Raw())
	if err != nil {
		t.Fatal(err)
	}
	roots.AddCert(root)
	return &tls.Config{
		Certificates: []tls.Certificate{cert}, RootCAs: roots, ClientCAs: roots, ServerName: pki.Host,
		Time: func() time.Time { return pki.Time }, MinVersion: version, MaxVersion: version, NextProtos: []string{"a"},
	}
}

// S-001: both roles with crypto/tls as the peer, in both versions: the same keys, data both ways, and a proper end.
func TestAgainstGo(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		for _, server := range []bool{false, true} {
			name := map[bool]string{false: "client/", true: "server/"}[server] + tls.VersionName(version)
			t.Run(name, func(t *testing.T) {
				a, b := tcpWire(t)
				var ours *Socket
				var theirs *tls.Conn
				var err error
				later := WithDoHandshakeOnConnect(false)
				if server {
					context := serverContext(t)
					_ = context.SetALPNProtocols([]string{"a"})
					ours, err = context.WrapSocket(a, WithServerSide(), later, WithSuppressRaggedEOFs(false))
					theirs = tls.Client(b, stdConfig(t, version))
				} else {
					context := clientContext(t)
					_ = context.SetALPNProtocols([]string{"a"})
					ours, err = context.WrapSocket(a, WithServerHostname(pki.Host), later, WithSuppressRaggedEOFs(false))
					theirs = tls.Server(b, stdConfig(t, version))
				}
				if err != nil {
					t.Fatal(err)
				}
				shaken := make(chan error, 1)
				go func() { shaken <- theirs.Handshake() }()
				if err := ours.Handshake(); err != nil {
					t.Fatal(err)
				}
				if err := <-shaken; err != nil {
					t.Fatal(err)
				}
				state := theirs.ConnectionState()
				suite, _ := ours.Cipher()
				if state.NegotiatedProtocol != ours.SelectedALPNProtocol() || ours.SelectedALPNProtocol() != "a" || suite.Name == "" {
					t.Errorf("%q, %q, %+v", state.NegotiatedProtocol, ours.SelectedALPNProtocol(), suite)
				}
				want, err := state.ExportKeyingMaterial("EXPORTER-x", []byte("c"), 32)
				got, err2 := ours.ExportKeyingMaterial("EXPORTER-x", []byte("c"), 32)
				if err != nil || err2 != nil || !bytes.Equal(got, want) {
					t.Errorf("exporter: %x, %x, %v, %v", got, want, err, err2)
				}
				data := randomBytes(1 << 20)
				go func() {
					_, _ = io.CopyN(theirs, theirs, int64(len(data))) // echo
					_ = theirs.CloseWrite()
				}()
				go ours.Write(data)
				back, err := io.ReadAll(ours)
				if err != nil || !bytes.Equal(back, data) {
					t.Errorf("%d bytes came back, %v", len(back), err)
				}
				if err := ours.Close(); err != nil {
					t.Error(err)
				}
				if _, err := theirs.Read(make([]byte, 1)); err != io.EOF {
					t.Errorf("their end: %v", err)
				}
			})
		}
	}
}
