package sslsock

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"tlsengine/fuzz/pki"
	"tlsengine/record"
	"tlsengine/x509lite"
)

// refusal is what one end says when the handshake fails.
type refusal struct {
	reason string
	alert  record.Alert
}

// S-006, S-010, S-011, S-017, B-039, B-040: each kind of refusal is an *SSLError with its reason at both ends, and what
// errors.As finds behind it tells wrong hosts from wrong chains.
func TestRefusals(t *testing.T) {
	for name, test := range refusalTests() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.run(t)
		})
	}
}

// refusalTest is a handshake that fails.
type refusalTest struct {
	client    func(*Context)
	server    func(*Context)
	hostname  string
	identity  pki.Identity
	atClient  refusal
	atServer  refusal
	code      int
	wrongHost bool
}

func refusalTests() map[string]refusalTest {
	shared := pki.New()
	return map[string]refusalTest{
		"unknown authority": {
			identity: shared.Stranger,
			atClient: refusal{"CERTIFICATE_VERIFY_FAILED", record.AlertUnknownCA},
			atServer: refusal{"TLSV1_ALERT_UNKNOWN_CA", record.AlertUnknownCA},
			code:     18,
		},
		"expired": {
			identity: shared.Expired,
			atClient: refusal{"CERTIFICATE_VERIFY_FAILED", record.AlertCertificateExpired},
			atServer: refusal{"SSLV3_ALERT_CERTIFICATE_EXPIRED", record.AlertCertificateExpired},
			code:     10,
		},
		"wrong host": {
			hostname: "other.test",
			atClient: refusal{"CERTIFICATE_VERIFY_FAILED", record.AlertBadCertificate},
			atServer: refusal{"SSLV3_ALERT_BAD_CERTIFICATE", record.AlertBadCertificate},
			code:     62, wrongHost: true,
		},
		"wrong address": {
			hostname: "192.0.2.1",
			atClient: refusal{"CERTIFICATE_VERIFY_FAILED", record.AlertBadCertificate},
			atServer: refusal{"SSLV3_ALERT_BAD_CERTIFICATE", record.AlertBadCertificate},
			code:     64, wrongHost: true,
		},
		"no common protocol": {
			client:   func(c *Context) { _ = c.SetALPNProtocols([]string{"a"}) },
			server:   func(c *Context) { _ = c.SetALPNProtocols([]string{"b"}) },
			atClient: refusal{"TLSV1_ALERT_NO_APPLICATION_PROTOCOL", record.AlertNoApplicationProtocol},
			atServer: refusal{"NO_APPLICATION_PROTOCOL", record.AlertNoApplicationProtocol},
		},
		"no common version": {
			client:   func(c *Context) { _ = c.SetMaximumVersion(VersionTLS12) },
			server:   func(c *Context) { _ = c.SetMinimumVersion(VersionTLS13) },
			atClient: refusal{"TLSV1_ALERT_PROTOCOL_VERSION", record.AlertProtocolVersion},
			atServer: refusal{"UNSUPPORTED_PROTOCOL", record.AlertProtocolVersion},
		},
	}
}

func (test refusalTest) run(t *testing.T) {
	identity := test.identity
	if identity.Key == nil {
		identity = pki.New().Identities[x509lite.KeyP256]
	}
	client, server := clientContext(t), serverContextOf(t, identity)
	if test.client != nil {
		test.client(client)
	}
	if test.server != nil {
		test.server(server)
	}
	hostname := test.hostname
	if hostname == "" {
		hostname = pki.Host
	}
	a, b := tcpWire(t)
	c, err := client.WrapSocket(a, WithServerHostname(hostname), WithDoHandshakeOnConnect(false))
	if err != nil {
		t.Fatal(err)
	}
	s, err := server.WrapSocket(b, WithServerSide(), WithDoHandshakeOnConnect(false))
	if err != nil {
		t.Fatal(err)
	}
	ce, se := shakeBoth(c, s)
	checkRefusal(t, "client", ce, test.atClient)
	checkRefusal(t, "server", se, test.atServer)
	if again := c.Handshake(); again != ce {
		t.Errorf("the second Handshake says %v", again)
	}
	var verification *CertVerificationError
	if errors.As(ce, &verification) != (test.code != 0) || verification != nil && verification.VerifyCode != test.code {
		t.Errorf("verification: %+v", verification)
	}
	var host *CertificateError
	if errors.As(ce, &host) != test.wrongHost {
		t.Errorf("certificate error: %+v", host)
	}
	if host != nil && (host.Hostname != hostname || len(host.Names) == 0 || !strings.Contains(host.Message, pki.Host)) {
		t.Errorf("%+v", host)
	}
	if test.code == 18 && !strings.HasSuffix(ce.Error(), "certificate verify failed: self-signed certificate") {
		t.Errorf("text: %v", ce)
	}
}

func checkRefusal(t *testing.T, who string, err error, want refusal) {
	t.Helper()
	e := wantSSL(t, err)
	if e.Reason != want.reason || e.Alert != want.alert || e.Code != ErrorSSL {
		t.Errorf("%s: %v (%s, %v)", who, err, e.Reason, e.Alert)
	}
	if !strings.HasPrefix(err.Error(), "[SSL: "+e.Reason+"] ") {
		t.Errorf("%s: text %q", who, err.Error())
	}
}

// S-100, S-101: a client without certificate where one is required. In TLS 1.3 the client learns it from its first Read.
func TestClientCertificateRequired(t *testing.T) {
	for _, v := range []TLSVersion{VersionTLS12, VersionTLS13} {
		t.Run(v.String(), func(t *testing.T) {
			client, server := clientContext(t), serverContext(t)
			if err := client.SetMaximumVersion(v); err != nil {
				t.Fatal(err)
			}
			if err := server.LoadVerifyLocations(VerifyLocations{CADataDER: pki.New().Root.Raw()}); err != nil {
				t.Fatal(err)
			}
			if err := server.SetVerifyMode(CertRequired); err != nil {
				t.Fatal(err)
			}
			c, s := lazyPair(t, tcpWire, client, server)
			ce, se := shakeBoth(c, s)
			if e := wantSSL(t, se); e.Reason != "PEER_DID_NOT_RETURN_A_CERTIFICATE" {
				t.Errorf("server: %v", se)
			}
			if v == VersionTLS13 {
				if ce != nil {
					t.Fatalf("client: %v", ce)
				}
				_, ce = c.Read(make([]byte, 1))
			}
			if e := wantSSL(t, ce); !strings.HasPrefix(e.Reason, "TLSV13_ALERT_CERTIFICATE_REQUIRED") &&
				e.Reason != "SSLV3_ALERT_HANDSHAKE_FAILURE" {
				t.Errorf("client: %v", ce)
			}
		})
	}
	// S-282: with one it works, and the server knows whose it is.
	client, server := clientContext(t), serverContext(t)
	identity := pki.New().Identities[x509lite.KeyEd25519]
	if err := client.addCredential(identity.Chain, identity.Key); err != nil {
		t.Fatal(err)
	}
	_ = server.LoadVerifyLocations(VerifyLocations{CADataDER: pki.New().Root.Raw()})
	_ = server.SetVerifyMode(CertRequired)
	c, s := pair(t, tcpWire, client, server)
	if der, err := s.PeerCertDER(); err != nil || string(der) != string(identity.Chain[0].Raw()) {
		t.Errorf("%d bytes, %v", len(der), err)
	}
	if n := len(s.VerifiedChain()); n != 2 {
		t.Errorf("the verified chain has %d certificates", n)
	}
	if n := len(c.UnverifiedChain()); n != 1 {
		t.Errorf("the server sent %d certificates", n)
	}
}

// DESIGN, "Errors": after a fatal alert we half-close and read on, so that the kernel doesn't answer the peer's unread
// bytes with a reset and lose the alert.
func TestAlertSurvivesUnreadInput(t *testing.T) {
	a, b := tcpWire(t)
	s, err := serverContext(t).WrapSocket(b, WithServerSide(), WithDoHandshakeOnConnect(false))
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		_, _ = a.Write([]byte("GET / HTTP/1.1\r\n\r\n"))
		for range 8 {
			time.Sleep(5 * time.Millisecond)
			_, _ = a.Write(make([]byte, 4<<10))
		}
		_ = a.(*net.TCPConn).CloseWrite()
	}()
	err = s.Handshake()
	if e := wantSSL(t, err); e.Reason != "HTTP_REQUEST" {
		t.Errorf("%v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	got, err := io.ReadAll(a)
	if err != nil || len(got) != 7 || got[0] != 21 {
		t.Errorf("%x, %v: no alert", got, err)
	}
}

// The time for reading on is bounded: a peer that neither reads nor closes costs a second.
func TestDrainIsBounded(t *testing.T) {
	a, b := tcpWire(t)
	s, err := serverContext(t).WrapSocket(b, WithServerSide(), WithDoHandshakeOnConnect(false))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Write([]byte("not TLS at all, and nothing more comes")); err != nil {
		t.Fatal(err)
	}
	_ = s.SetDeadline(time.Now().Add(50 * time.Millisecond))
	began := time.Now()
	wantSSL(t, s.Handshake())
	if d := time.Since(began); d > drainTime/2 {
		t.Errorf("%v with a deadline of 50 ms", d)
	}
}

// S-042, B-072: canceling interrupts the handshake and closes the transport.
func TestHandshakeContextCancels(t *testing.T) {
	for name, w := range wires {
		t.Run(name, func(t *testing.T) {
			c, s := lazyPair(t, w, clientContext(t), serverContext(t))
			ctx, cancel := context.WithCancel(context.Background())
			time.AfterFunc(30*time.Millisecond, cancel)
			go io.Copy(io.Discard, s.transport)
			within(t, "the handshake", func() {
				if err := c.HandshakeContext(ctx); !errors.Is(err, context.Canceled) {
					t.Errorf("%v", err)
				}
			})
			if _, err := c.Read(make([]byte, 1)); !errors.Is(err, context.Canceled) {
				t.Errorf("Read afterwards: %v", err)
			}
			if _, err := c.transport.Write([]byte("x")); err == nil {
				t.Error("the transport is open")
			}
			if err := c.Close(); err != nil {
				t.Errorf("Close: %v", err)
			}
		})
	}
	noGoroutines(t)
}

// S-041: Read, Write and Handshake before the handshake are put in order.
func TestConcurrentFirstUse(t *testing.T) {
	for name, w := range wires {
		t.Run(name, func(t *testing.T) {
			c, s := lazyPair(t, w, clientContext(t), serverContext(t))
			for _, end := range []*Socket{c, s} {
				for range 4 {
					go end.Handshake()
				}
				go end.Write([]byte("hello"))
			}
			for _, end := range []*Socket{c, s} {
				within(t, "reading", func() {
					if got := readAll(t, end, 5); string(got) != "hello" {
						t.Errorf("%q", got)
					}
				})
			}
		})
	}
}

// S-023: when the handshake fails inside WrapSocket, the transport is closed.
func TestFailedWrapCloses(t *testing.T) {
	a, b := tcpWire(t)
	_ = b.Close()
	if _, err := clientContext(t).WrapSocket(a, WithServerHostname(pki.Host)); err == nil {
		t.Fatal("no error")
	} else {
		wantSSL(t, err)
	}
	if _, err := a.Write([]byte("x")); !errors.Is(err, net.ErrClosed) {
		t.Errorf("the transport: %v", err)
	}
}
