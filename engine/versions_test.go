package engine

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"testing"

	"tlsengine/cipher"
	"tlsengine/record"
)

// speaker is one end of the seed's table of versions: fixed to one, or of all up to the best ("SSLv23").
type speaker struct {
	name            string
	lowest, highest cipher.Version
}

var speakers = []speaker{
	{"SSLv3", cipher.VersionSSL30, cipher.VersionSSL30},
	{"TLS", cipher.VersionTLS10, cipher.VersionTLS13}, // SSL 3.0 is off by default
	{"TLS with SSLv3", cipher.VersionSSL30, cipher.VersionTLS13},
	{"TLSv1", cipher.VersionTLS10, cipher.VersionTLS10},
	{"TLSv1.1", cipher.VersionTLS11, cipher.VersionTLS11},
	{"TLSv1.2", cipher.VersionTLS12, cipher.VersionTLS12},
	{"TLSv1.3", cipher.VersionTLS13, cipher.VersionTLS13},
}

// config gives each version a suite.
func (s speaker) config(c *Config) {
	c.MinVersion, c.MaxVersion = s.lowest, s.highest
	c.Suites = []cipher.SuiteID{cipher.TLS_AES_128_GCM_SHA256, cipher.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, cipher.TLS_RSA_WITH_AES_128_CBC_SHA}
	if s.highest < cipher.VersionTLS13 {
		c.Suites = c.Suites[1:]
	}
	if s.highest < cipher.VersionTLS12 {
		c.Suites = c.Suites[1:]
	}
}

// TestProtocolMatrix: S-031 to S-039. Two ends agree on the best version of both, and both fail where there is none.
func TestProtocolMatrix(t *testing.T) {
	p := newTestPKI(t)
	for _, one := range speakers {
		for _, other := range speakers {
			client, server := p.clientConfig(), p.serverConfig()
			one.config(client)
			other.config(server)
			want := min(one.highest, other.highest)
			if want < max(one.lowest, other.lowest) {
				want = 0
			}
			t.Run(one.name+" to "+other.name, func(t *testing.T) {
				c, s := pair(t, client, server)
				if want != 0 {
					connect(t, c, s)
					if c.Info().Version != want || s.Info().Version != want {
						t.Errorf("agreed on %v and %v, want %v", c.Info().Version, s.Info().Version, want)
					}
					return
				}
				settle(c, s)
				// S-038: both ends see an error that says so, one of them because the other has told it.
				told := 0
				for _, err := range []error{s.Err(), c.Err()} {
					var e *record.Error
					if !errors.As(err, &e) || e.Alert != record.AlertProtocolVersion && e.Alert != record.AlertHandshakeFailure {
						t.Errorf("the server has %v, the client %v", s.Err(), c.Err())
					} else if e.Remote {
						told++
					}
				}
				if told != 1 {
					t.Errorf("%d ends were told: the server has %v, the client %v", told, s.Err(), c.Err())
				}
			})
		}
	}
}

// TestAlertAboutTheVersionIsRead (RFC 5246, Appendix E.1): whatever version the record of an alert says with which a client refuses the one that
// the server has chosen, the server tells what the client said. Anything else in a record of another version is refused.
func TestAlertAboutTheVersionIsRead(t *testing.T) {
	p := newTestPKI(t)
	for _, speaks := range speakers {
		if speaks.highest != speaks.lowest || speaks.highest == cipher.VersionTLS13 {
			continue // has no record of another version
		}
		for _, says := range implemented {
			server := func() *Conn {
				client, server := p.clientConfig(), p.serverConfig()
				speaks.config(client)
				speaks.config(server)
				c, s := pair(t, client, server)
				move(c, s)
				if len(s.Outgoing()) == 0 {
					t.Fatal(s.Err())
				}
				return s
			}
			s := server()
			s.Feed([]byte{21, 3, byte(says), 0, 2, 2, byte(record.AlertProtocolVersion)})
			var e *record.Error
			if !errors.As(s.Err(), &e) || !e.Remote || e.Alert != record.AlertProtocolVersion {
				t.Errorf("%s is told in a record of %v: %v", speaks.name, says, s.Err())
			}
			if says == speaks.lowest {
				continue
			}
			s = server()
			s.Feed([]byte{22, 3, byte(says), 0, 4, 16, 0, 0, 0})
			wantFailure(t, s.Err(), record.AlertProtocolVersion, record.ReasonWrongVersionNumber)
		}
	}
}

// sslv2Hello is a ClientHello in the format of SSL 2.0, behind its length.
func sslv2Hello(version cipher.Version, suites []cipher.SuiteID, id, challenge int) []byte {
	b := binary.BigEndian.AppendUint16([]byte{0, 0, 1}, uint16(version))
	b = binary.BigEndian.AppendUint16(b, uint16(3+3*len(suites)))
	b = binary.BigEndian.AppendUint16(b, uint16(id))
	b = binary.BigEndian.AppendUint16(b, uint16(challenge))
	b = append(b, 1, 0, 0x80) // a suite of SSL 2.0's own
	for _, s := range suites {
		b = append(b, 0, byte(s>>8), byte(s))
	}
	b = append(b, bytes.Repeat([]byte{7}, id+challenge)...)
	binary.BigEndian.PutUint16(b, uint16(len(b)-2)|0x8000)
	return b
}

// TestSSLv2FormatHello: S-032. A server that has TLS 1.1 or less answers one as it would answer the same in the format of TLS; the
// other servers, and those that are asked for SSL 2.0 itself, refuse.
func TestSSLv2FormatHello(t *testing.T) {
	p := newTestPKI(t)
	old := []cipher.SuiteID{cipher.TLS_RSA_WITH_AES_128_CBC_SHA, cipher.TLS_EMPTY_RENEGOTIATION_INFO_SCSV}
	for _, a := range []struct {
		name    string
		server  speaker
		hello   []byte
		alert   record.Alert // 0: it is accepted
		version byte
	}{
		{"TLS 1.0", speakers[1], sslv2Hello(cipher.VersionTLS10, old, 0, 16), 0, 1},
		{"TLS 1.2, never 1.3", speakers[1], sslv2Hello(cipher.VersionTLS13, append(old, cipher.TLS_AES_128_GCM_SHA256, cipher.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256), 0, 32), 0, 3},
		{"SSL 3.0", speakers[0], sslv2Hello(cipher.VersionTLS10, old, 0, 48), 0, 0},
		{"a careful server", speakers[5], sslv2Hello(cipher.VersionTLS12, old, 0, 32), record.AlertProtocolVersion, 0},
		{"SSL 2.0", speakers[2], sslv2Hello(0x0002, old, 0, 16), record.AlertProtocolVersion, 0}, // DROWN's door
		{"a session id", speakers[1], sslv2Hello(cipher.VersionTLS10, old, 16, 16), record.AlertIllegalParameter, 0},
		{"a short challenge", speakers[1], sslv2Hello(cipher.VersionTLS10, old, 0, 15), record.AlertIllegalParameter, 0},
		{"a long challenge", speakers[1], sslv2Hello(cipher.VersionTLS10, old, 0, 49), record.AlertIllegalParameter, 0},
	} {
		t.Run(a.name, func(t *testing.T) {
			config := p.serverConfig()
			a.server.config(config)
			s := newServer(t, config, Options{})
			for _, b := range a.hello {
				s.Feed([]byte{b})
			}
			if a.alert != 0 {
				var e *record.Error
				if !errors.As(s.Err(), &e) || e.Alert != a.alert {
					t.Fatal(s.Err())
				}
				return
			}
			out := s.Outgoing()
			if s.Err() != nil || len(out) < 11 || out[0] != 22 || out[5] != 2 || out[10] != a.version {
				t.Fatalf("%v: % x", s.Err(), out[:min(len(out), 11)])
			}
		})
	}
}

// S-032: every cut of the fields is refused, and after another record the format has no meaning.
func TestSSLv2FormatHelloCut(t *testing.T) {
	p := newTestPKI(t)
	whole := sslv2Hello(cipher.VersionTLS10, []cipher.SuiteID{cipher.TLS_RSA_WITH_AES_128_CBC_SHA}, 0, 16)
	for n := 5; n < len(whole)-2; n++ {
		config := p.serverConfig()
		speakers[1].config(config)
		s := newServer(t, config, Options{})
		cut := bytes.Clone(whole[:2+n])
		binary.BigEndian.PutUint16(cut, uint16(n)|0x8000)
		s.Feed(cut)
		wantFailure(t, s.Err(), record.AlertDecodeError, record.ReasonClientHelloParseFailed)
	}
	config := p.serverConfig()
	speakers[1].config(config)
	s := newServer(t, config, Options{})
	s.Feed([]byte{21, 3, 1, 0, 2, 1, 90}) // a warning
	s.Feed(whole)
	if s.Err() == nil {
		t.Error("a hello in SSLv2 format was taken as the second record")
	}
}

// Downgrade sentinels: the server capable of more says so, and a client capable of more looks: RFC 8446, Section 4.1.3. A hello that somebody on the
// way has changed to offer less is found out, if not by the Finished.
func TestDowngradeSentinels(t *testing.T) {
	p := newTestPKI(t)
	for _, low := range []cipher.Version{cipher.VersionTLS10, cipher.VersionTLS11, cipher.VersionTLS12} {
		t.Run(fmt.Sprint(low), func(t *testing.T) {
			client, server := p.clientConfig(), p.serverConfig()
			speaker{"", low, low}.config(client)
			speakers[1].config(server)
			c, s := pair(t, client, server)
			move(c, s)
			out := s.Outgoing()
			tail := out[5+4+2+24:][:8]
			want := []byte("DOWNGRD\x00")
			if low == cipher.VersionTLS12 {
				want[7] = 1
			}
			if !bytes.Equal(tail, want) {
				t.Errorf("the server's random ends in %q, want %q", tail, want)
			}
			// The same answer to a client that offers TLS 1.3 is a downgrade.
			speakers[1].config(client)
			victim := newClient(t, client, Options{ServerName: "example.test"})
			victim.Feed(out)
			wantFailure(t, victim.Err(), record.AlertIllegalParameter, record.ReasonTLS13Downgrade)
		})
	}
}
