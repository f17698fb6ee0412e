package engine

import (
	"testing"

	"tlsengine/cipher"
	"tlsengine/handshake"
	"tlsengine/record"
)

// This file plays peers that go on asking when there is nothing left to ask.

// certificateRequest is a request after the handshake, as a server of TLS 1.3 sends it.
func certificateRequest(context byte) []byte {
	return []byte{13, 0, 0, 12, 1, context, 0, 8, 0, 13, 0, 4, 0, 2, 4, 3}
}

// A server that asks for a certificate after each byte of data, and reads none of the answers.
func TestAnswersThatNobodyReadsAreNotHeld(t *testing.T) {
	pki := newTestPKI(t)
	client, server := pki.clientConfig(), pki.serverConfig()
	later(pki, client)
	client.Credentials = server.Credentials
	later(pki, server)
	c, s := pair(t, client, server)
	connect(t, c, s)
	var buf [1]byte
	most := 0
	for i := 0; i < 2000 && c.Err() == nil; i++ {
		s.seal(record.TypeHandshake, certificateRequest(byte(i)))
		s.Write([]byte{1})
		move(s, c)
		c.Read(buf[:])
		c.Resume()
		most = max(most, len(c.Outgoing()))
	}
	wantFailure(t, c.Err(), record.AlertUnexpectedMessage, record.ReasonUnexpectedMessage)
	if most > 2*maxAnswers {
		t.Errorf("%d bytes of answers wait", most)
	}
}

// RFC 8446, Section 6.1; RFC 5246, Section 7.2.1: nothing follows our close_notify, whatever the peer asks behind it.
func TestNothingIsSentBehindCloseNotify(t *testing.T) {
	pki := newTestPKI(t)
	for _, v := range []cipher.Version{cipher.VersionTLS12, cipher.VersionTLS13} {
		for _, role := range []handshake.Role{handshake.ClientRole, handshake.ServerRole} {
			client, server := pki.clientConfig(), pki.serverConfig()
			client.Credentials = server.Credentials
			for _, c := range []*Config{client, server} {
				c.MinVersion, c.MaxVersion, c.PostHandshakeAuth, c.Renegotiation = v, v, true, handshake.RenegotiationFreely
			}
			c, s := pair(t, client, server)
			connect(t, c, s)
			victim, peer, ask := c, s, []byte{byte(handshake.TypeHelloRequest), 0, 0, 0}
			switch {
			case v == cipher.VersionTLS13:
				ask = certificateRequest(1)
				if role == handshake.ServerRole {
					ask = []byte{24, 0, 0, 1, 1}
				}
			case role == handshake.ServerRole:
				ask = hostileHello(true)
			}
			if role == handshake.ServerRole {
				victim, peer = s, c
			}
			victim.CloseWrite()
			said := len(victim.Outgoing())
			peer.seal(record.TypeHandshake, ask)
			move(peer, victim)
			victim.Peek()
			victim.Resume()
			if n := len(victim.Outgoing()); n != said {
				t.Errorf("%v, %v: %d bytes follow close_notify: %v", v, role, n-said, victim.Err())
			}
		}
	}
}

// An application that closes while a handshake lasts has said its last word too.
func TestHandshakeSendsNothingBehindCloseNotify(t *testing.T) {
	pki := newTestPKI(t)
	for _, again := range []bool{false, true} {
		client, server := pki.clientConfig(), pki.serverConfig()
		client.MaxVersion = cipher.VersionTLS12
		client.Renegotiation, server.Renegotiation = handshake.RenegotiationFreely, handshake.RenegotiationFreely
		c, s := pair(t, client, server)
		if again {
			connect(t, c, s)
			if err := c.Renegotiate(); err != nil {
				t.Fatal(err)
			}
		}
		move(c, s)
		s.Peek()
		s.Resume()
		c.CloseWrite()
		said := len(c.Outgoing())
		move(s, c)
		c.Peek()
		if n := len(c.Outgoing()); n != said {
			t.Errorf("again %v: %d bytes follow close_notify: %v", again, n-said, c.Err())
		}
	}
}
