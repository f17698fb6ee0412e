package engine

import (
	"errors"
	"slices"
	"testing"

	"tlsengine/cipher"
	"tlsengine/handshake"
	"tlsengine/record"
)

// checkSound refuses what nobody should offer who didn't choose it.
func checkSound(t *testing.T, who string, hello *handshake.ClientHelloInfo) {
	t.Helper()
	for _, v := range hello.Versions {
		if v < cipher.VersionTLS12 {
			t.Errorf("%s: %v is on", who, v)
		}
	}
	for _, id := range hello.Suites {
		s := cipher.SuiteByID(id)
		switch {
		case id == cipher.TLS_EMPTY_RENEGOTIATION_INFO_SCSV:
		case s == nil || s.Weak != "" || !slices.Contains(cipher.Suites(), s):
			t.Errorf("%s: %v is on", who, id)
		}
	}
	for _, id := range hello.Schemes {
		if s := id.Info(); s == nil || s.Weak != "" {
			t.Errorf("%s: %v is on", who, id)
		}
	}
	if len(hello.Versions) == 0 || len(hello.Suites) < 9 || len(hello.Schemes) < 5 {
		t.Errorf("%s: too little to choose from: %v", who, hello)
	}
}

// TestDefaultClientOffersNothingWeak looks at what the zero Config puts on the wire.
func TestDefaultClientOffersNothingWeak(t *testing.T) {
	pki := newTestPKI(t)
	server, seen := pki.serverConfig(), (*handshake.ClientHelloInfo)(nil)
	server.SelectContext = func(hello *handshake.ClientHelloInfo) (*Params, error) {
		seen = hello
		return nil, nil
	}
	c, s := newClient(t, new(Config), Options{ServerName: "example.test"}), newServer(t, server, Options{})
	settle(c, s)
	if seen == nil {
		t.Fatal(c.Err(), s.Err())
	}
	checkSound(t, "a client", seen)
	if c.Err() == nil {
		t.Error("a client that trusts nobody has taken a certificate")
	}
}

// TestDefaultServerTakesNothingWeak: clients that offer one suite that is off get nothing from a server
// whose lists nobody set. Whatever a client can be configured to offer is tried.
func TestDefaultServerTakesNothingWeak(t *testing.T) {
	pki := newTestPKI(t)
	server := pki.serverConfig()
	tried := 0
	for _, suite := range cipher.AllSuites() {
		client := pki.clientConfig()
		client.MinVersion, client.MaxVersion, client.Suites = suite.Max, suite.Max, []cipher.SuiteID{suite.ID}
		if _, err := client.Freeze(); err != nil || slices.Contains(cipher.Suites(), suite) {
			continue
		}
		tried++
		c, s := pair(t, client, server)
		settle(c, s)
		var e *record.Error
		if c.Status().Has(HandshakeDone) || !errors.As(s.Err(), &e) || e.Reason != record.ReasonNoSharedCipher {
			t.Errorf("%v: %v", suite, s.Err())
		}
	}
	if tried == 0 {
		t.Error("there was no suite to try")
	}
}
