package engine

import (
	"testing"

	"tlsengine/cipher"
	"tlsengine/handshake"
	"tlsengine/record"
)

// TestShapedMessagesAreRefused lets one end send what it never would, and looks at the other end's alert and reason.
func TestShapedMessagesAreRefused(t *testing.T) {
	pki := newTestPKI(t)
	noShares := func(client, _ *Config) { client.KeyShares = []cipher.GroupID{} }
	older := func(client, _ *Config) { client.MaxVersion = cipher.VersionTLS12 }
	hellos := 0
	for _, c := range []struct {
		name   string
		config func(client, server *Config) // changes to the usual configurations, or nil
		by     int                          // the end that misbehaves
		shape  func(handshake.Message)
		alert  record.Alert
		reason record.Reason
	}{
		{ // RFC 8446, Section 4.1.3: the syntax says 0
			"compression in TLS 1.3", nil, serverEnd, compress, record.AlertDecodeError, record.ReasonUnsupportedCompressionAlgorithm,
		},
		{ // RFC 8446, Section 4.1.4: as in a ServerHello
			"compression in a retry", noShares, serverEnd, compress, record.AlertDecodeError, record.ReasonUnsupportedCompressionAlgorithm,
		},
		{ // RFC 5246, Section 7.4.1.3: what was not offered
			"compression in TLS 1.2", older, serverEnd, compress, record.AlertIllegalParameter, record.ReasonUnsupportedCompressionAlgorithm,
		},
		{ // RFC 8446, Section 4.4.2.4
			"no certificate in TLS 1.3", nil, serverEnd, withoutCertificates, record.AlertDecodeError, record.ReasonPeerDidNotReturnACertificate,
		},
		{ // RFC 5246, Section 7.4.2
			"no certificate in TLS 1.2", older, serverEnd, withoutCertificates, record.AlertDecodeError, record.ReasonPeerDidNotReturnACertificate,
		},
		{ // RFC 8446, Section 4.3.2
			"a request without schemes", func(_, server *Config) { server.ClientAuth = handshake.AuthOptional }, serverEnd, func(m handshake.Message) {
				if r, ok := m.(*handshake.CertificateRequest); ok {
					r.Extensions.Present.Remove(handshake.ExtSignatureAlgorithms)
				}
			}, record.AlertMissingExtension, record.ReasonMissingExtension,
		},
		{ // RFC 8446, Section 9.2
			"a second hello without key_share", noShares, clientEnd, func(m handshake.Message) {
				if h, ok := m.(*handshake.ClientHello); ok {
					if hellos++; hellos == 2 {
						h.Extensions.Present.Remove(handshake.ExtKeyShare)
					}
				}
			}, record.AlertMissingExtension, record.ReasonMissingKeyShare,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			client, server := pki.clientConfig(), pki.serverConfig()
			if c.config != nil {
				c.config(client, server)
			}
			ends := [2]*Conn{
				clientEnd: shaped(t, client, handshake.NewClient, c.by == clientEnd, c.shape),
				serverEnd: shaped(t, server, handshake.NewServer, c.by == serverEnd, c.shape),
			}
			flight, err := ends[clientEnd].in.machine.Start()
			if err != nil {
				t.Fatal(err)
			}
			ends[clientEnd].carryOut(flight)
			settle(ends[clientEnd], ends[serverEnd])
			wantFailure(t, ends[1-c.by].Err(), c.alert, c.reason)
		})
	}
}

// shaped returns an end that has not begun, whose messages go through shape if it is the one to misbehave.
func shaped(t *testing.T, config *Config, machine func(*handshake.Params, *handshake.Options) *handshake.Machine, misbehaves bool, shape func(handshake.Message)) *Conn {
	t.Helper()
	p, err := config.Freeze()
	if err != nil {
		t.Fatal(err)
	}
	c := newConn(p, Options{})
	h := c.options(Options{ServerName: "example.test"})
	if misbehaves {
		h.Shape = shape
	}
	c.in.machine = *machine(p.handshake, h)
	return c
}

func compress(m handshake.Message) {
	if h, ok := m.(*handshake.ServerHello); ok {
		h.Compression = 1
	}
}

func withoutCertificates(m handshake.Message) {
	if c, ok := m.(*handshake.Certificate); ok {
		c.Entries = nil
	}
}
