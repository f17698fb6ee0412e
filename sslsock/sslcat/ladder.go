package main

import (
	"crypto/sha256"
	"fmt"
	"io"
	"strings"
	"sync"
	"unicode/utf8"

	"tlsengine/engine"
	"tlsengine/handshake"
	"tlsengine/record"
)

// ladder draws a connection as it happens: the client on the left, the server on the right, an arrow for each message.
// Its trace and its methods may be called from several goroutines; each row is one Write.
type ladder struct {
	side handshake.Role // whose trace it is
	tag  string         // stands before each row

	mu   sync.Mutex
	w    io.Writer
	keys [2]keys // by engine.Direction
	last lastRow
}

// keys are what protects a direction.
type keys struct {
	epoch      handshake.Epoch
	generation int // how often a KeyUpdate has changed them
}

// String returns the epoch's name, "none" for none.
func (k keys) String() string {
	switch {
	case k.epoch == handshake.EpochPlaintext:
		return "none"
	case k.generation > 0:
		return fmt.Sprintf("%v+%d", k.epoch, k.generation)
	}
	return k.epoch.String()
}

// lastRow says where a space between flights belongs.
type lastRow struct {
	drawn bool
	d     engine.Direction
}

// ladderWidth is the number of columns between the two lifelines.
const ladderWidth = 36

func newLadder(w io.Writer, side handshake.Role, tag string) *ladder {
	return &ladder{w: w, side: side, tag: tag}
}

// trace returns the functions that draw.
func (l *ladder) trace() *engine.Trace {
	return &engine.Trace{
		Message: func(d engine.Direction, t handshake.MessageType, message []byte) {
			name, note := t.String(), messageNotes[t]
			if isRetry(t, message) {
				name, note = "HelloRetryRequest", retryNote
			}
			l.row(d, name, len(message), note)
		},
		InnerHello: func(d engine.Direction, message []byte) {
			l.row(d, "inner ClientHello", len(message), innerHelloNote)
		},
		ChangeCipherSpec: l.changeCipherSpec,
		Alert: func(d engine.Direction, a record.Alert) {
			l.row(d, alertName(a), 2, alertNote(a))
		},
		Keys: func(d engine.Direction, e handshake.Epoch) {
			l.mu.Lock()
			defer l.mu.Unlock()
			k := &l.keys[d]
			if k.epoch == e {
				k.generation++
			} else {
				*k = keys{epoch: e}
			}
		},
	}
}

// data draws application data, of which no trace tells how much of it a call took.
func (l *ladder) data(d engine.Direction, n int, note string) { l.row(d, "application data", n, note) }

// row draws an arrow under the keys that protect its direction.
func (l *ladder) row(d engine.Direction, name string, size int, note string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.draw(d, name, size, l.keys[d], note)
}

// changeCipherSpec draws the one record that goes out without the keys that are there already.
func (l *ladder) changeCipherSpec(d engine.Direction) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.draw(d, "ChangeCipherSpec", 1, keys{}, changeCipherSpecNote)
}

func (l *ladder) draw(d engine.Direction, name string, size int, k keys, note string) {
	var b strings.Builder
	switch {
	case !l.last.drawn:
		caption := "client" + strings.Repeat(" ", ladderWidth+4-len("client")-len("server")) + "server"
		fmt.Fprintf(&b, "%s  %s  %7s  %s\n", l.tag, caption, "bytes", "keys")
	case l.last.d != d:
		fmt.Fprintf(&b, "%s    │%s│\n", l.tag, strings.Repeat(" ", ladderWidth))
	}
	l.last = lastRow{true, d}
	row := fmt.Sprintf("%s    │%s│  %7d  %-11s  %s", l.tag, l.arrow(d, name, k), size, k, note)
	b.WriteString(strings.TrimRight(row, " ") + "\n")
	_, _ = io.WriteString(l.w, b.String())
}

// arrow fills the space between the lifelines: a single line in the clear, a double one for what is encrypted.
func (l *ladder) arrow(d engine.Direction, name string, k keys) string {
	line := "─"
	if k.epoch != handshake.EpochPlaintext {
		line = "═"
	}
	shaft := strings.Repeat(line, max(1, ladderWidth-5-utf8.RuneCountInString(name)))
	if (d == engine.Outbound) == (l.side == handshake.ClientRole) {
		return " " + name + " " + shaft + line + "▶ "
	}
	return " ◀" + line + shaft + " " + name + " "
}

// isRetry reports whether a ServerHello is a HelloRetryRequest.
// RFC 8446, Section 4.1.3: it is one if its random is the SHA-256 of "HelloRetryRequest".
func isRetry(t handshake.MessageType, message []byte) bool {
	const at = 4 + 2 // behind the header and legacy_version
	random := sha256.Sum256([]byte("HelloRetryRequest"))
	return t == handshake.TypeServerHello && len(message) >= at+len(random) &&
		string(message[at:at+len(random)]) == string(random[:])
}
