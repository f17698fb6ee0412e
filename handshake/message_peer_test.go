package handshake

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"

	"tlsengine/cipher"
)

// Messages made by crypto/tls, which knows nothing of this package: what it writes must be read, and be written again
// byte for byte.

// said is one message of a peer with what it takes to read it.
type said struct {
	form *Form
	data []byte // header and body
}

func (m said) typ() MessageType { return MessageType(m.data[0]) }

// peerAsked is what crypto/tls may answer: everything, session_ticket and, in QUIC, quic_transport_parameters.
func peerAsked() ExtensionSet {
	asked := everything()
	asked.Add(35)
	asked.Add(57)
	return asked
}

// peerConfig is a config of crypto/tls that makes it say as much as it can.
func peerConfig(t testing.TB) *tls.Config {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "peer"}, DNSNames: []string{"example.test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{der, der}, PrivateKey: key}}, NextProtos: []string{"h2", "http/1.1"},
		ServerName: "example.test", InsecureSkipVerify: true, ClientAuth: tls.RequireAnyClientCert, ClientCAs: pool,
	}
}

// tap records what is written to a connection.
type tap struct {
	net.Conn
	mu  sync.Mutex
	out []byte
}

func (c *tap) Write(p []byte) (int, error) {
	c.mu.Lock()
	c.out = append(c.out, p...)
	c.mu.Unlock()
	return c.Conn.Write(p)
}

// plain returns the handshake messages ahead of the first ChangeCipherSpec or protected record.
func (c *tap) plain(f *Form) (all []said) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var hs []byte
	for p := c.out; len(p) >= 5 && p[0] == 22; {
		n := 5 + int(p[3])<<8 + int(p[4])
		hs = append(hs, p[5:n]...)
		p = p[n:]
	}
	return split(hs, f)
}

func split(hs []byte, f *Form) (all []said) {
	for len(hs) >= headerSize {
		n := headerSize + int(hs[1])<<16 + int(hs[2])<<8 + int(hs[3])
		all = append(all, said{f, hs[:n]})
		hs = hs[n:]
	}
	return all
}

// overPipe lets two crypto/tls connections shake hands and returns what both said before it was protected.
func overPipe(t testing.TB, config *tls.Config, f *Form) []said {
	a, b := net.Pipe()
	client, server := &tap{Conn: a}, &tap{Conn: b}
	done := make(chan error, 1)
	go func() {
		s := tls.Server(server, config)
		err := s.Handshake()
		done <- err
		s.Close()
	}()
	c := tls.Client(client, config)
	if err := c.Handshake(); err != nil {
		t.Fatal(err)
	}
	go c.Read(make([]byte, 1)) // takes tickets, so that the server can finish
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	a.Close()
	b.Close()
	return append(client.plain(f), server.plain(f)...)
}

// overQUIC does the same for TLS 1.3 as QUIC uses it: there crypto/tls hands out all messages in the clear.
func overQUIC(t testing.TB, config *tls.Config) []said {
	config = config.Clone()
	config.MinVersion = tls.VersionTLS13
	q := &tls.QUICConfig{TLSConfig: config}
	client, server := tls.QUICClient(q), tls.QUICServer(q)
	var all []said
	for _, c := range []*tls.QUICConn{client, server} {
		c.SetTransportParameters([]byte{1, 2, 3})
		if err := c.Start(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	pump := func(from, to *tls.QUICConn) (moved bool) {
		for {
			e := from.NextEvent()
			switch e.Kind {
			case tls.QUICNoEvent:
				return moved
			case tls.QUICWriteData:
				moved = true
				data := bytes.Clone(e.Data)
				all = append(all, split(data, Form13)...)
				if err := to.HandleData(e.Level, data); err != nil {
					t.Fatal(err)
				}
			case tls.QUICHandshakeDone:
				if from == server {
					if err := server.SendSessionTicket(tls.QUICSessionTicketOptions{EarlyData: true}); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
	}
	for pump(client, server) || pump(server, client) {
	}
	return all
}

// peerMessages returns messages of crypto/tls of each type that it can say.
func peerMessages(t testing.TB) []said {
	config := peerConfig(t)
	all := overQUIC(t, config)
	all = append(all, overPipe(t, config, Form13)...)
	old := config.Clone()
	old.MaxVersion = tls.VersionTLS12
	return append(all, overPipe(t, old, formECDHE)...)
}

func TestMessagesOfAnotherImplementation(t *testing.T) {
	seen := make(map[string]int)
	for _, m := range peerMessages(t) {
		got, err := parseMessage(m.typ(), m.data[headerSize:], m.form, peerAsked())
		if err != nil {
			t.Errorf("%s %v: %v\n%x", m.form.Name, m.typ(), err, m.data)
			continue
		}
		again, err := appendMessage(nil, got, m.form)
		if err != nil || !bytes.Equal(again, m.data) {
			t.Errorf("%s %v: %v\nread    %x\nwritten %x", m.form.Name, m.typ(), err, m.data, again)
		}
		seen[m.form.Name+" "+m.typ().String()]++
	}
	for f, types := range map[*Form][]MessageType{
		Form13: {TypeClientHello, TypeServerHello, TypeEncryptedExtensions, TypeCertificateRequest, TypeCertificate,
			TypeCertificateVerify, TypeFinished, TypeNewSessionTicket},
		formECDHE: {TypeClientHello, TypeServerHello, TypeCertificate, TypeServerKeyExchange, TypeCertificateRequest,
			TypeServerHelloDone, TypeClientKeyExchange, TypeCertificateVerify},
	} {
		for _, mt := range types {
			if seen[f.Name+" "+mt.String()] == 0 {
				t.Errorf("%s: no %v was seen", f.Name, mt)
			}
		}
	}
}

func TestClientHelloOfAnotherImplementationMeansWhatWasConfigured(t *testing.T) {
	config := peerConfig(t)
	first := overPipe(t, config, Form13)[0]
	m, err := parseMessage(TypeClientHello, first.data[headerSize:], nil, ExtensionSet{})
	if err != nil {
		t.Fatal(err)
	}
	h := m.(*ClientHello)
	e := &h.Extensions
	if e.ServerName != config.ServerName || len(e.ALPN) != 2 || e.ALPN[0] != "h2" || e.ALPN[1] != "http/1.1" {
		t.Errorf("server name %q, protocols %q", e.ServerName, e.ALPN)
	}
	if len(e.SupportedVersions) == 0 || e.SupportedVersions[0] != cipher.VersionTLS13 || h.Version != cipher.VersionTLS12 {
		t.Errorf("version %v, supported_versions %v", h.Version, e.SupportedVersions)
	}
	if len(e.KeyShares) == 0 || len(e.KeyShares) > len(e.SupportedGroups) || !e.Present.Has(ExtExtendedMasterSecret) {
		t.Errorf("%d shares for %v", len(e.KeyShares), e.SupportedGroups)
	}
}
