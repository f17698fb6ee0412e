package engine

import (
	"bytes"
	"errors"
	"testing"

	"tlsengine/record"
)

// FuzzConnected lets a peer that has the right keys say anything it likes after the handshake. Each record of script begins with
// two bytes: the content type, with the highest bit set for a record outside the protection, and the length of what follows. What
// arrives is what was sent as application data before the first thing that ended the connection.
func FuzzConnected(f *testing.F) {
	var ends [4][2]*Conn
	for i, id := range aliveSuites {
		c, s := connected(f, id)
		ends[i] = [2]*Conn{c, s}
	}
	for choice := range byte(8) {
		f.Add(choice, []byte{23, 3, 'a', 'b', 'c', 22, 5, 24, 0, 0, 1, 1, 23, 1, 'd', 21, 2, 1, 0, 23, 1, 'e'})
		f.Add(choice, []byte{23, 0, 23, 1, 'a', 21, 2, 1, 90, 22, 4, 0, 0, 0, 0, 23, 1, 'b'})
		f.Add(choice, []byte{22, 3, 24, 0, 0, 22, 2, 1, 0, 20, 1, 1, 0x80 | 20, 1, 1})
		f.Add(choice, []byte{22, 10, 4, 0, 0, 6, 0, 0, 0, 0, 0, 0, 22, 1, 4, 23, 1, 'a'})
	}
	f.Fuzz(func(t *testing.T, choice byte, script []byte) {
		pair := ends[choice>>1&3]
		from, err := pair[choice&1].Clone()
		if err != nil {
			t.Fatal(err)
		}
		to, err := pair[1-choice&1].Clone()
		if err != nil {
			t.Fatal(err)
		}
		defer to.Close()
		defer from.Close()
		var said []byte
		to.value = new(bytes.Buffer)
		for len(script) >= 2 {
			kind := max(script[0], 1) // 0 would be padding
			p := script[2:min(len(script), 2+int(script[1]))]
			script = script[2+len(p):]
			if kind&0x80 == 0 {
				from.out.writer.WriteRecords(record.ContentType(kind), p)
			} else {
				to.Feed(append([]byte{kind & 0x7f, 3, 3, 0, byte(len(p))}, p...))
			}
			if kind == byte(record.TypeApplicationData) {
				said = append(said, p...)
			}
			if len(p) > 0 && kind == byte(record.TypeHandshake) && p[0] == 24 && len(p) == 5 && from.out.keys != nil {
				from.UpdateKeys(false) // so that what follows can be opened
			}
			checkSaid(t, to, said, sent(from))
		}
	})
}

// checkSaid delivers p and checks what arrives.
func checkSaid(t *testing.T, to *Conn, said, p []byte) {
	got := to.value.(*bytes.Buffer) // what has arrived so far
	got.Write(direct{}.deliver(to, p, nil))
	if !bytes.HasPrefix(said, got.Bytes()) {
		t.Fatalf("%q arrived, said was %q", got, said)
	}
	if err := to.Err(); err != nil {
		var e *record.Error
		if !errors.As(err, &e) || !e.Alert.Known() && !e.Remote || e.Reason == record.ReasonInternalError {
			t.Fatal(err)
		}
	} else if to.Status()&PeerClosed == 0 && got.Len() != len(said) && len(to.Rest()) == 0 {
		t.Fatalf("%q of %q arrived", got, said)
	}
}
