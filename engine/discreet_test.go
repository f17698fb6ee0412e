package engine

import (
	"fmt"
	"strings"
	"testing"

	"tlsengine/handshake"
)

// TestQuestionsDoNotPrintSecrets prints every question of a handshake with each verb that shows bytes, and looks for what
// was drawn for keys and signatures: a trace may print what it likes.
func TestQuestionsDoNotPrintSecrets(t *testing.T) {
	pki := newTestPKI(t)
	var drawn [][]byte
	var printed strings.Builder
	questions := 0
	trace := &Trace{Operation: func(op handshake.Operation) {
		questions++
		fmt.Fprintf(&printed, "%v %+v %#v %x %d\n", op, op, op, op, op)
	}}
	random := func(use handshake.Use, draw uint64, p []byte) {
		for i := range p {
			p[i] = byte(use)*37 + byte(draw)*11 + byte(i)*7 + 3
		}
		switch use {
		case handshake.UseKeyShare, handshake.UseKeyResponse, handshake.UseSignature:
			drawn = append(drawn, append([]byte(nil), p...))
		}
	}
	client, server := pki.clientConfig(), pki.serverConfig()
	client.Trace, server.Trace = trace, trace
	c := newClient(t, client, Options{ServerName: "example.test", Rand: random})
	s := newServer(t, server, Options{Rand: random})
	settle(c, s)
	if c.Info() == nil || s.Info() == nil || questions < 4 || len(drawn) < 3 {
		t.Fatalf("%d questions, %d draws: %v, %v", questions, len(drawn), c.Err(), s.Err())
	}
	for _, secret := range drawn {
		part := secret[:8]
		forms := []string{fmt.Sprintf("%x", part), strings.Trim(fmt.Sprint(part), "[]"), strings.Trim(fmt.Sprintf("%#v", part), "[]byte{}")}
		for _, form := range forms {
			if strings.Contains(printed.String(), form) {
				t.Errorf("a question prints %q of what was drawn in secret", form)
			}
		}
	}
}
