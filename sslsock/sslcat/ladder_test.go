package main

import (
	"bytes"
	"encoding/binary"
	"net"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tlsengine/engine"
	"tlsengine/handshake"
	"tlsengine/record"
)

// TestLadderPutsTheClientLeft shows that both ends' ladders of the same events look alike.
func TestLadderPutsTheClientLeft(t *testing.T) {
	draw := func(side handshake.Role, toServer, toClient engine.Direction) string {
		var b bytes.Buffer
		l := newLadder(&b, side, "#1")
		trace := l.trace()
		trace.Message(toServer, handshake.TypeClientHello, make([]byte, 512))
		trace.Keys(toClient, handshake.EpochHandshake)
		trace.Message(toClient, handshake.TypeFinished, make([]byte, 36))
		trace.ChangeCipherSpec(toServer)
		trace.Keys(toServer, handshake.EpochApplication)
		trace.Keys(toServer, handshake.EpochApplication)
		l.data(toServer, 7, "hello")
		trace.Alert(toClient, record.AlertUnknownCA)
		return b.String()
	}
	client := draw(handshake.ClientRole, engine.Outbound, engine.Inbound)
	if server := draw(handshake.ServerRole, engine.Inbound, engine.Outbound); server != client {
		t.Errorf("the client draws\n%s\nthe server\n%s", client, server)
	}
	want := strings.Join([]string{
		"#1  client                            server    bytes  keys",
		"#1    │ ClientHello ─────────────────────▶ │      512  none         what I can do, and my key shares",
		"#1    │                                    │",
		"#1    │ ◀════════════════════════ Finished │       36  handshake    a MAC over all of this: nobody changed it",
		"#1    │                                    │",
		"#1    │ ChangeCipherSpec ────────────────▶ │        1  none         from here on I encrypt",
		"#1    │ application data ════════════════▶ │        7  application+1  hello",
		"#1    │                                    │",
		"#1    │ ◀════════════════ alert unknown_ca │        2  handshake    the connection is over",
	}, "\n")
	if strings.TrimSuffix(client, "\n") != want {
		t.Errorf("it draws\n%s\nwant\n%s", client, want)
	}
}

// TestTapCountsRecordsHoweverTheyAreCut feeds records in any pieces and wants each once, with its size.
func TestTapCountsRecordsHoweverTheyAreCut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sizes := rapid.SliceOfN(rapid.IntRange(0, 300), 0, 8).Draw(t, "sizes")
		var stream []byte
		var want []wireRecord
		for _, n := range sizes {
			stream = append(stream, byte(record.TypeApplicationData), 3, 3)
			stream = binary.BigEndian.AppendUint16(stream, uint16(n))
			stream = append(stream, make([]byte, n)...)
			want = append(want, wireRecord{engine.Inbound, record.TypeApplicationData, record.HeaderSize + n})
		}
		tap := &tap{}
		for len(stream) > 0 {
			n := rapid.IntRange(1, len(stream)).Draw(t, "piece")
			tap.note(engine.Inbound, stream[:n])
			stream = stream[n:]
		}
		got := tap.records()
		if len(got) != len(want) {
			t.Fatalf("%v, want %v", got, want)
		}
		for i := range got {
			if got[i] != want[i] {
				t.Fatalf("%v, want %v", got, want)
			}
		}
	})
}

// TestExplainKeepsToOneLine shows that nothing that a peer chose makes a second line.
func TestExplainKeepsToOneLine(t *testing.T) {
	err := record.Fail(record.AlertDecodeError, record.ReasonDecodeError, "a name\nsslcat: all is well")
	if line := explain(err, handshake.ClientRole); strings.ContainsAny(line, "\r\n") {
		t.Errorf("%q", line)
	}
}

// TestExplainSaysWhoseAlert compares the words of both ends for the same alert.
func TestExplainSaysWhoseAlert(t *testing.T) {
	for _, c := range []struct {
		err  error
		we   handshake.Role
		want string
	}{
		{record.FromPeer(record.AlertUnknownCA), handshake.ClientRole,
			"the server sent alert unknown_ca: it does not trust the authority of our certificate"},
		{record.FromPeer(record.AlertUnknownCA), handshake.ServerRole,
			"the client sent alert unknown_ca: it does not trust the authority of our certificate"},
		{record.FromPeer(record.AlertHandshakeFailure), handshake.ServerRole,
			"the client sent alert handshake_failure: we have nothing in common"},
		{record.FromPeer(record.Alert(200)), handshake.ServerRole, "the client sent alert 200"},
		{record.FromPeer(record.AlertCloseNotify), handshake.ClientRole,
			"the server sent alert close_notify in the middle of the handshake"},
		{record.Fail(record.AlertHandshakeFailure, record.ReasonNoSharedCipher, "the client offers none"), handshake.ServerRole,
			"we sent alert handshake_failure: no shared cipher: the client offers none"},
		{&net.OpError{Op: "dial", Err: net.UnknownNetworkError("x")}, handshake.ClientRole, "no connection: unknown network x"},
	} {
		if got := explain(c.err, c.we); got != c.want {
			t.Errorf("%v: %q, want %q", c.err, got, c.want)
		}
	}
}
