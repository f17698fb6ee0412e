package engine

import (
	"testing"

	"tlsengine/cipher"
	"tlsengine/handshake"
	"tlsengine/record"
)

// TestAttackRenegotiationInjection (CVE-2009-3555): somebody in the middle has a connection of his own to the server, says something on it,
// and passes on a client's first handshake as its renegotiation. The server sees that the hello doesn't follow what came before.
func TestAttackRenegotiationInjection(t *testing.T) {
	s := againStories()[0]
	v := s.begin(t, direct{}, 0)
	v.settle(t)
	attacker, server := v.ends[clientEnd], v.ends[serverEnd]
	victim := s.begin(t, direct{}, 0).ends[clientEnd]
	hello := victim.Outgoing()[5:] // the contents of its record
	attacker.Write([]byte("POST /transfer HTTP/1.1\r\nX: "))
	attacker.out.writer.WriteRecords(record.TypeHandshake, hello)
	v.settle(t)
	e, ok := server.Err().(*record.Error)
	if !ok || e.Remote || e.Alert != record.AlertHandshakeFailure || e.Reason != record.ReasonRenegotiationMismatch {
		t.Errorf("the server takes somebody else's first handshake for a renegotiation: %v", server.Err())
	}
}

// TestAttackHelloRequestFlood: a server that asks and asks gets no more of us than a client's budget, whatever the setting.
func TestAttackHelloRequestFlood(t *testing.T) {
	for _, setting := range []handshake.Renegotiation{handshake.RenegotiationRefused, handshake.RenegotiationIgnored} {
		s := &story{client: with(only(cipher.VersionTLS12), func(_ *testPKI, c *Config) { c.Renegotiation = setting })}
		v := s.begin(t, direct{}, 0)
		v.settle(t)
		client, server := v.ends[clientEnd], v.ends[serverEnd]
		for range 1000 {
			server.out.writer.WriteRecords(record.TypeHandshake, []byte{0, 0, 0, 0})
		}
		client.Feed(server.Outgoing())
		client.Read(make([]byte, 1))
		if e, ok := client.Err().(*record.Error); !ok || e.Alert != record.AlertUnexpectedMessage || len(client.Outgoing()) > 4<<10 {
			t.Errorf("setting %d: %v, %d bytes to send", setting, client.Err(), len(client.Outgoing()))
		}
	}
}
