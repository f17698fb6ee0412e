package engine

import (
	"bytes"
	"testing"

	"tlsengine/cipher"
	"tlsengine/handshake"
	"tlsengine/record"
)

// CVE-2025-61730: messages in one record across a change of keys. What came under the old keys, or under none, must not be read as if
// it had come under the new ones (RFC 8446, Section 5.1). This file adds to the last message before each change of keys the beginning,
// the whole, or more than the whole of another.

// follow is what comes behind a message in its record.
var follow = map[string][]byte{
	"a byte":     {byte(handshake.TypeFinished)},
	"a header":   {byte(handshake.TypeEncryptedExtensions), 0, 0, 2},
	"a message":  {byte(handshake.TypeEncryptedExtensions), 0, 0, 2, 0, 0},
	"KeyUpdates": {byte(handshake.TypeKeyUpdate), 0, 0, 1, 0, byte(handshake.TypeKeyUpdate), 0, 0, 1, 0},
}

func TestCoalescedMessagesAcrossKeyChangeToHandshakeKeys(t *testing.T) {
	p := newTestPKI(t)
	for name, more := range follow {
		// ServerHello, at the client.
		c, s := pair(t, p.clientConfig(), p.serverConfig())
		move(c, s)
		c.Feed(longer(s.Outgoing(), more))
		t.Run("ServerHello and "+name, func(t *testing.T) {
			wantFailure(t, c.Err(), record.AlertUnexpectedMessage, record.ReasonExcessHandshakeData)
		})
		// ClientHello, at the server.
		c, s = pair(t, p.clientConfig(), p.serverConfig())
		s.Feed(longer(c.Outgoing(), more))
		t.Run("ClientHello and "+name, func(t *testing.T) {
			wantFailure(t, s.Err(), record.AlertUnexpectedMessage, record.ReasonExcessHandshakeData)
		})
	}
}

// longer adds to the first record of a flight.
func longer(flight, more []byte) []byte {
	n := int(flight[3])<<8 + int(flight[4])
	out := append(bytes.Clone(flight[:5+n]), more...)
	out[3], out[4] = byte((n+len(more))>>8), byte(n+len(more))
	return append(out, flight[5+n:]...)
}

// A KeyUpdate is the last message under its keys.
func TestCoalescedMessagesAcrossKeyChangeOfAnUpdate(t *testing.T) {
	for name, more := range follow {
		for _, toServer := range []bool{false, true} {
			victim, peer := connected(t, cipher.TLS_AES_128_GCM_SHA256)
			if toServer {
				victim, peer = peer, victim
			}
			update := []byte{byte(handshake.TypeKeyUpdate), 0, 0, 1, 0}
			peer.seal(record.TypeHandshake, append(update, more...))
			move(peer, victim)
			victim.Peek()
			t.Run(name, func(t *testing.T) {
				wantFailure(t, victim.Err(), record.AlertUnexpectedMessage, record.ReasonExcessHandshakeData)
			})
		}
	}
}

// Before TLS 1.3 it is ChangeCipherSpec that nothing may straddle (RFC 5246, Section 7.1): here the beginning of a Finished, which the
// client would end under the new keys.
func TestCoalescedMessagesAcrossKeyChangeByChangeCipherSpec(t *testing.T) {
	p := newTestPKI(t)
	for _, v := range oldVersions {
		for _, early := range []string{"\x14", "\x14\x00\x00\x0c\x01\x02"} { // the second is judged by its header
			client, server := p.clientConfig(), p.serverConfig()
			staticRSA(p, client)
			staticRSA(p, server)
			client.MinVersion, client.MaxVersion, server.MinVersion, server.MaxVersion = v, v, v, v
			c, s := pair(t, client, server)
			move(c, s)
			move(s, c)
			flight := c.Outgoing()
			end := bytes.Index(flight, []byte{byte(record.TypeChangeCipherSpec), byte(v >> 8), byte(v), 0, 1, 1})
			if end < 0 {
				t.Fatal("no ChangeCipherSpec")
			}
			part := append([]byte{byte(record.TypeHandshake), byte(v >> 8), byte(v), 0, byte(len(early))}, early...)
			s.Feed(bytes.Join([][]byte{flight[:end], part, flight[end:]}, nil))
			wantFailure(t, s.Err(), record.AlertUnexpectedMessage, record.ReasonUnexpectedRecord)
		}
	}
}
