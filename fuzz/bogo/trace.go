package main

import (
	"fmt"
	"strings"

	"tlsengine/cipher"
	"tlsengine/engine"
	"tlsengine/handshake"
	"tlsengine/record"
)

// trace is what a connection was seen to do, a line for each message, in BoGo's words.
type trace struct {
	lines strings.Builder
	last  handshake.MessageType // that was read
}

// watch returns the functions that write the trace.
func (t *trace) watch() *engine.Trace {
	return &engine.Trace{
		Record: func(d engine.Direction, kind record.ContentType, _ int) {
			if kind == record.TypeSSLv2ClientHello {
				t.add(d, "v2clienthello")
			}
		},
		Message: func(d engine.Direction, kind handshake.MessageType, _ []byte) {
			if t.add(d, "hs %d", kind); d == engine.Inbound {
				t.last = kind
			}
		},
		InnerHello:       func(d engine.Direction, _ []byte) { t.add(d, "clienthelloinner") },
		ChangeCipherSpec: func(d engine.Direction) { t.add(d, "ccs") },
		Alert:            func(d engine.Direction, a record.Alert) { t.add(d, "alert %d %d", alertLevel(a), a) },
	}
}

// seen returns the trace of a connection. BoringSSL says nothing of a ChangeCipherSpec that it drops, as all are in TLS 1.3.
func (t *trace) seen(info *handshake.Info) string {
	if info != nil && info.Version == cipher.VersionTLS13 {
		return strings.ReplaceAll(t.lines.String(), "read ccs\n", "")
	}
	return t.lines.String()
}

func (t *trace) add(d engine.Direction, format string, args ...any) {
	verb := "read"
	if d == engine.Outbound {
		verb = "write"
	}
	fmt.Fprintf(&t.lines, verb+" "+format+"\n", args...)
}

// alertLevel is what BoGo writes before an alert: close_notify is the only warning in a connection that it traces.
func alertLevel(a record.Alert) int {
	if a == record.AlertCloseNotify {
		return 1
	}
	return 2
}
