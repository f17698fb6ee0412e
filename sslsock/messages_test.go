package sslsock

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"

	"tlsengine/engine"
	"tlsengine/fuzz/pki"
	"tlsengine/handshake"
	"tlsengine/record"
)

// B-056: both ends see each message that goes by, in order, with direction, version and kind, whole and in plain text;
// what one end has sent the other has got. No application data is among it and no secret, and what SetTrace has set
// goes on seeing.
func TestMessageCallback(t *testing.T) {
	for _, v := range []TLSVersion{VersionTLS12, VersionTLS13} {
		t.Run(v.String(), func(t *testing.T) {
			client, server := onlyVersion(t, clientContext(t), v), serverContext(t)
			var keys bytes.Buffer
			client.SetKeylogWriter(&keys)
			traced := 0
			client.SetTrace(&engine.Trace{Message: func(engine.Direction, handshake.MessageType, []byte) { traced++ }})
			atClient, atServer := overhear(t, client, v), overhear(t, server, v)

			talkOnce(t, client, server)
			if traced == 0 || keys.Len() == 0 {
				t.Error("the trace sees nothing any more")
			}
			if have := strings.Join(atClient.seen, ", "); have != clientSees[v] {
				t.Errorf("the client has seen\n%s\nwant\n%s", have, clientSees[v])
			}
			for _, one := range atClient.seen {
				mirrored := strings.NewReplacer("out ", "in ", "in ", "out ").Replace(one)
				kind := strings.Join(strings.Fields(mirrored)[:2], " ")
				if !slices.ContainsFunc(atServer.seen, func(s string) bool { return strings.HasPrefix(s, kind) }) {
					t.Errorf("the client has seen %q, the server has no %q in %q", one, kind, atServer.seen)
				}
			}
			atClient.isDiscreet(t, keys.String())
			atServer.isDiscreet(t, keys.String())

			client.SetMessageCallback(nil)
			before := len(atClient.seen)
			if shakeOnce(t, client, server, pki.Host); len(atClient.seen) != before {
				t.Error("a callback that was taken away is called")
			}
		})
	}
}

// clientSees is what a client sees of a connection that it ends, by version.
var clientSees = map[TLSVersion]string{
	VersionTLS12: "out ClientHello, in ServerHello, in Certificate TLSv1.2, in ServerKeyExchange TLSv1.2, " +
		"in ServerHelloDone TLSv1.2, out ClientKeyExchange TLSv1.2, out ccs TLSv1.2, out Finished TLSv1.2, " +
		"in NewSessionTicket TLSv1.2, in ccs TLSv1.2, in Finished TLSv1.2, out close_notify TLSv1.2",
	VersionTLS13: "out ClientHello, in ServerHello, out ccs TLSv1.3, in ccs TLSv1.3, in EncryptedExtensions TLSv1.3, " +
		"in Certificate TLSv1.3, in CertificateVerify TLSv1.3, in Finished TLSv1.3, out Finished TLSv1.3, " +
		"out close_notify TLSv1.3, in NewSessionTicket TLSv1.3, in NewSessionTicket TLSv1.3",
}

// overheard is what a callback was shown.
type overheard struct {
	seen []string
	data []byte
}

// overhear sets a callback that looks at each message, and keeps it.
func overhear(t *testing.T, c *Context, v TLSVersion) *overheard {
	o := &overheard{}
	c.SetMessageCallback(func(m MessageInfo) {
		if m.Object == nil || m.Object.Context() != c || m.Socket != nil || m.Version != 0 && m.Version != v {
			t.Errorf("%+v", m)
		}
		if m.ContentType == record.TypeHandshake && (len(m.Data) < 4 || m.Data[0] != byte(m.Handshake)) {
			t.Errorf("%v: %x", m.Handshake, m.Data)
		}
		o.data = append(o.data, m.Data...)
		o.seen = append(o.seen, describeMessage(m))
	})
	return o
}

// isDiscreet fails the test if application data or one of the secrets of a key log were shown.
func (o *overheard) isDiscreet(t *testing.T, keylog string) {
	t.Helper()
	if bytes.Contains(o.data, []byte("application data")) {
		t.Error("application data is among the messages")
	}
	for line := range strings.Lines(keylog) {
		secret, err := hex.DecodeString(strings.Fields(line)[2])
		if err != nil || bytes.Contains(o.data, secret) {
			t.Errorf("%s is among the messages", strings.Fields(line)[0])
		}
	}
}

// talkOnce makes a connection between two Objects, sends something, and ends it.
func talkOnce(t *testing.T, client, server *Context) {
	t.Helper()
	c, s, ce, se := shakeOnce(t, client, server, pki.Host)
	_, err := c.Write([]byte("some application data"))
	if ce != nil || se != nil || err != nil {
		t.Fatal(ce, se, err)
	}
	got := make([]byte, 100)
	if n, err := s.Read(got); err != nil || string(got[:n]) != "some application data" {
		t.Errorf("%q, %v", got[:n], err)
	}
	if err := c.Unwrap(); !errors.Is(err, ErrWantRead) {
		t.Error(err)
	}
	if _, err := s.Read(got); err != io.EOF {
		t.Error(err)
	}
}

func describeMessage(m MessageInfo) string {
	what := m.Handshake.String()
	switch m.ContentType {
	case record.TypeAlert:
		what = m.Alert.String()
	case record.TypeChangeCipherSpec:
		what = "ccs"
	}
	if m.Version == 0 {
		return fmt.Sprintf("%v %s", m.Direction, what)
	}
	return fmt.Sprintf("%v %s %v", m.Direction, what, m.Version)
}

// B-056: over a transport the callback is told whose message it is.
func TestMessageCallbackKnowsTheSocket(t *testing.T) {
	client := clientContext(t)
	var mu sync.Mutex
	of := map[*Socket]int{}
	client.SetMessageCallback(func(m MessageInfo) {
		mu.Lock()
		defer mu.Unlock()
		of[m.Socket]++
	})
	server := serverContext(t)
	one, _ := pair(t, tcpWire, client, server)
	two, _ := pair(t, tcpWire, client, server)
	mu.Lock()
	defer mu.Unlock()
	if len(of) != 2 || of[one] == 0 || of[two] == 0 {
		t.Error(of)
	}
}
