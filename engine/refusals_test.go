package engine

import (
	"bytes"
	"errors"
	"math"
	"slices"
	"testing"

	"tlsengine/cipher"
	"tlsengine/handshake"
	"tlsengine/record"
	"tlsengine/x509lite"
)

// wantFailure fails the test unless err is a failure of our own finding with this alert and reason.
func wantFailure(t *testing.T, err error, alert record.Alert, reason record.Reason) {
	t.Helper()
	var e *record.Error
	if !errors.As(err, &e) || e.Remote || e.Alert != alert || e.Reason != reason {
		t.Errorf("got %v, want %v and %v", err, alert, reason)
	}
}

// RFC 5246, Sections 7.2.2 and 7.4.1.1: refused by a warning, by a fatal alert, or passed over, at either end.
func TestRenegotiationIsAnsweredAsConfigured(t *testing.T) {
	pki := newTestPKI(t)
	helloRequest := []byte{byte(handshake.TypeHelloRequest), 0, 0, 0}
	for _, answer := range []handshake.Renegotiation{handshake.RenegotiationRefused, handshake.RenegotiationForbidden, handshake.RenegotiationIgnored} {
		client, server := pki.clientConfig(), pki.serverConfig()
		client.MaxVersion, client.Renegotiation = cipher.VersionTLS12, answer
		c, s := pair(t, client, server)
		connect(t, c, s)
		s.seal(record.TypeHandshake, helloRequest)
		move(s, c)
		c.Peek()
		if got, want := len(c.Outgoing()) > 0, answer != handshake.RenegotiationIgnored; got != want {
			t.Errorf("answer %d: sends something: %v", answer, got)
		}
		if answer == handshake.RenegotiationForbidden {
			wantFailure(t, c.Err(), record.AlertNoRenegotiation, record.ReasonNoRenegotiation)
			continue
		}
		exchange(t, c, s)
		exchange(t, s, c)
	}
}

// RFC 8422, Section 5.3: before TLS 1.3 an ECDSA key is on one of the client's curves. The server must not choose
// another, and a client does not take it.
func TestECDSAKeysAreOnOfferedCurves(t *testing.T) {
	pki := newTestPKI(t)
	client, server := pki.clientConfig(), pki.serverConfig()
	client.MaxVersion = cipher.VersionTLS12
	client.Groups = []cipher.GroupID{cipher.X25519, cipher.CurveP256}
	server.Credentials = []*handshake.Credential{pki.credentials[x509lite.KeyP384]}
	c, s := pair(t, client, server)
	settle(c, s)
	wantFailure(t, s.Err(), record.AlertHandshakeFailure, record.ReasonWrongCurve)

	server.SelectCredential = func(op *handshake.SelectCredential) (*handshake.Credential, error) {
		return server.Credentials[0], nil
	}
	c, s = pair(t, client, server)
	settle(c, s)
	wantFailure(t, s.Err(), record.AlertInternalError, record.ReasonInternalError)

	server.Credentials = append(server.Credentials, pki.credentials[x509lite.KeyRSA2048])
	server.SelectCredential = nil
	c, s = pair(t, client, server)
	connect(t, c, s) // with the credential that fits
}

// RFC 5246, Section 7.4.6: a client may rather fail than go on without a certificate; Check tells it why.
func TestCheckSaysWhyACredentialIsNotUsable(t *testing.T) {
	pki := newTestPKI(t)
	client, server := pki.clientConfig(), pki.serverConfig()
	server.ClientAuth = handshake.AuthOptional
	server.Schemes = []cipher.SignatureScheme{cipher.Ed25519}
	rsa := pki.credentials[x509lite.KeyRSA2048]
	client.SelectCredential = func(op *handshake.SelectCredential) (*handshake.Credential, error) {
		return rsa, op.Check(rsa)
	}
	c, s := pair(t, client, server)
	settle(c, s)
	wantFailure(t, c.Err(), record.AlertHandshakeFailure, record.ReasonNoCommonSignatureAlgorithms)
}

// RFC 8446, Section 4.2.10: a server that takes no early data skips what can't be opened, within a budget.
func TestServerSkipsEarlyData(t *testing.T) {
	pki := newTestPKI(t)
	for _, retried := range []bool{false, true} {
		for _, size := range []int{100, 16384, 16385} {
			client, server := pki.clientConfig(), pki.serverConfig()
			client.MinVersion = cipher.VersionTLS13
			if retried {
				client.KeyShares = []cipher.GroupID{}
			}
			c, s := offeringEarlyData(t, client, server)
			early := append([]byte{byte(record.TypeApplicationData), 3, 3, byte(size >> 8), byte(size)}, make([]byte, size)...)
			hello := slices.Concat(c.Outgoing(), early)
			c.Sent(len(c.Outgoing()))
			s.Feed(hello)
			settle(c, s)
			if size > 16384 {
				wantFailure(t, s.Err(), record.AlertUnexpectedMessage, record.ReasonTooMuchSkippedEarlyData)
				continue
			}
			connect(t, c, s)
			exchange(t, c, s)
		}
	}
}

// TestServerSkipsAllTheEarlyDataThatItGrants: RFC 8446, Section 4.2.10: a client may have sent as much as its ticket lets it before it
// hears that none is taken.
func TestServerSkipsAllTheEarlyDataThatItGrants(t *testing.T) {
	pki := newTestPKI(t)
	for _, retried := range []bool{false, true} {
		for _, granted := range []uint32{1, 16384, 100000, math.MaxUint32} {
			client, server := pki.clientConfig(), pki.serverConfig()
			client.MinVersion, server.MaxEarlyData = cipher.VersionTLS13, granted
			if retried {
				client.KeyShares = []cipher.GroupID{}
			}
			c, s := offeringEarlyData(t, client, server)
			flight := bytes.Clone(c.Outgoing())
			c.Sent(len(flight))
			for left := int(min(granted, 1<<20)); left > 0; left -= record.MaxPlaintext {
				size := min(left, record.MaxPlaintext) + 17 // the content type and the tag
				flight = append(flight, byte(record.TypeApplicationData), 3, 3, byte(size>>8), byte(size))
				flight = append(flight, make([]byte, size)...)
			}
			for len(flight) > 0 && s.Err() == nil {
				n, _ := s.Feed(flight)
				flight = flight[n:]
			}
			connect(t, c, s)
			exchange(t, c, s)
		}
	}
}

// offeringEarlyData returns the two ends of a connection in which the client's first hello has early_data,
// although it resumes nothing.
func offeringEarlyData(t *testing.T, client, server *Config) (c, s *Conn) {
	t.Helper()
	first := true
	c = shapedClient(t, client, func(hello *handshake.ClientHello) {
		hello.Extensions.Present.Remove(handshake.ExtEarlyData)
		if first {
			hello.Extensions.Add(handshake.ExtEarlyData)
		}
		first = false
	})
	return c, newServer(t, server, Options{})
}

// shapedClient returns a client whose hellos go through shape.
func shapedClient(t *testing.T, config *Config, shape func(*handshake.ClientHello)) *Conn {
	t.Helper()
	c := shaped(t, config, handshake.NewClient, true, func(m handshake.Message) {
		if hello, ok := m.(*handshake.ClientHello); ok {
			shape(hello)
		}
	})
	flight, err := c.in.machine.Start()
	if err != nil {
		t.Fatal(err)
	}
	c.carryOut(flight)
	return c
}

// RFC 9001, Section 8.2: QUIC's parameters in a hello over another transport.
func TestServerRefusesAHelloForQUIC(t *testing.T) {
	pki := newTestPKI(t)
	c := shapedClient(t, pki.clientConfig(), func(hello *handshake.ClientHello) {
		hello.Extensions.Raw = []handshake.RawExtension{{ID: 57}}
	})
	s := newServer(t, pki.serverConfig(), Options{})
	move(c, s)
	wantFailure(t, s.Err(), record.AlertUnsupportedExtension, record.ReasonUnexpectedExtension)
}

// The application's own alert is the last that the peer hears.
func TestAbortTellsThePeer(t *testing.T) {
	pki := newTestPKI(t)
	c, s := pair(t, pki.clientConfig(), pki.serverConfig())
	connect(t, c, s)
	c.Write([]byte("so far"))
	c.Abort(record.AlertAccessDenied)
	wantFailure(t, c.Err(), record.AlertAccessDenied, record.ReasonConnectionRejected)
	if n := c.Write([]byte("and no further")); n != 0 {
		t.Errorf("Write took %d bytes after Abort", n)
	}
	move(c, s)
	got := make([]byte, 100)
	if n := s.Read(got); string(got[:n]) != "so far" {
		t.Errorf("%q arrived", got[:n])
	}
	s.Read(got)
	var e *record.Error
	if !errors.As(s.Err(), &e) || !e.Remote || e.Alert != record.AlertAccessDenied {
		t.Errorf("the peer was told %v", s.Err())
	}
	if move(c, s) {
		t.Error("something follows the alert")
	}
}

// The share of a client that knows what its server has saves the round trip of a HelloRetryRequest.
func TestClientSendsTheShareOfAKnownGroup(t *testing.T) {
	pki := newTestPKI(t)
	server := pki.serverConfig()
	server.Groups = []cipher.GroupID{cipher.CurveP384}
	for _, known := range [][]cipher.GroupID{nil, {cipher.CurveP521, cipher.CurveP384, 0x4242}} {
		c := newClient(t, pki.clientConfig(), Options{ServerName: "example.test", KnownGroups: known})
		s := newServer(t, server, Options{})
		connect(t, c, s)
		if c.Info().HelloRetried != (known == nil) || c.Info().Group.ID != cipher.CurveP384 {
			t.Errorf("known %v: retried %v, group %v", known, c.Info().HelloRetried, c.Info().Group)
		}
	}
}

// RFC 8446, Section 4.2.4: a credential for the peers of certain authorities is not shown to others.
func TestCredentialForAuthoritiesNeedsThem(t *testing.T) {
	pki := newTestPKI(t)
	for _, v := range []cipher.Version{cipher.VersionTLS12, cipher.VersionTLS13} {
		for _, authorities := range [][][]byte{nil, {pki.root.RawSubject()}} {
			client, server := pki.clientConfig(), pki.serverConfig()
			client.MaxVersion = v
			client.Credentials = []*handshake.Credential{pki.credentials[x509lite.KeyP256].ForAuthorities()}
			server.ClientAuth, server.Authorities = handshake.AuthOptional, authorities
			c, s := pair(t, client, server)
			connect(t, c, s)
			if got, want := s.Info().PeerChain != nil, authorities != nil; got != want {
				t.Errorf("%v: the client showed a certificate: %v, want %v", v, got, want)
			}
		}
	}
}

// RFC 5929, Section 3: both ends have the same, no two connections do, and TLS 1.3 has none.
func TestUniqueIsTheSameAtBothEnds(t *testing.T) {
	pki := newTestPKI(t)
	var seen [][]byte
	for range 2 {
		client := pki.clientConfig()
		client.MaxVersion = cipher.VersionTLS12
		c, s := pair(t, client, pki.serverConfig())
		if _, err := c.Unique(); err == nil {
			t.Error("there is something before the handshake")
		}
		connect(t, c, s)
		a, err := c.Unique()
		b, err2 := s.Unique()
		if err != nil || err2 != nil || len(a) != 12 || !slices.Equal(a, b) {
			t.Errorf("%x and %x, %v, %v", a, b, err, err2)
		}
		seen = append(seen, a)
	}
	if slices.Equal(seen[0], seen[1]) {
		t.Error("two connections have the same")
	}
	c, s := pair(t, pki.clientConfig(), pki.serverConfig())
	connect(t, c, s)
	if _, err := c.Unique(); err == nil {
		t.Error("TLS 1.3 has one")
	}
}
