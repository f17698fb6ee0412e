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
		client, server := onlyVersion(t, clientContext(t), v), serverContext(t)
		var keys bytes.Buffer
		client.SetKeylogWriter(&keys)
		seen := map[*Context]*[]string{client: new([]string), server: new([]string)}
		sent := map[*Context]*[]byte{client: new([]byte), server: new([]byte)}
		traced := 0
		var mu sync.Mutex
		for _, c := range []*Context{client, server} {
			c.SetMessageCallback(func(m MessageInfo) {
				mu.Lock()
				defer mu.Unlock()
				if m.Object == nil || m.Object.Context() != c || m.Socket != nil || m.Version != 0 && m.Version != v {
					t.Errorf("%+v", m)
				}
				if m.ContentType == record.TypeHandshake && (len(m.Data) < 4 || m.Data[0] != byte(m.Handshake)) {
					t.Errorf("%v: %x", m.Handshake, m.Data)
				}
				*sent[c] = append(*sent[c], m.Data...)
				*seen[c] = append(*seen[c], describeMessage(m))
			})
		}
		client.SetTrace(&engine.Trace{Message: func(engine.Direction, handshake.MessageType, []byte) { traced++ }})

		c, s, ce, se := shakeOnce(t, client, server, pki.Host)
		_, err := c.Write([]byte("some application data"))
		if ce != nil || se != nil || err != nil {
			t.Fatal(ce, se, err)
		}
		got := make([]byte, 100)
		n, err := s.Read(got)
		if err != nil || string(got[:n]) != "some application data" {
			t.Error(err)
		}
		if err := c.Unwrap(); !errors.Is(err, ErrWantRead) {
			t.Error(err)
		}
		if _, err := s.Read(got); err != io.EOF {
			t.Error(err)
		}

		want := "out ClientHello, in ServerHello TLSv1.2?, in Certificate TLSv1.2, in ServerKeyExchange TLSv1.2, in ServerHelloDone TLSv1.2, " +
			"out ClientKeyExchange TLSv1.2, out ccs TLSv1.2, out Finished TLSv1.2, in NewSessionTicket TLSv1.2, in ccs TLSv1.2, in Finished TLSv1.2, out close_notify TLSv1.2"
		if v == VersionTLS13 {
			want = "out ClientHello, in ServerHello TLSv1.3?, out ccs TLSv1.3, in ccs TLSv1.3, in EncryptedExtensions TLSv1.3, in Certificate TLSv1.3, in CertificateVerify TLSv1.3, " +
				"in Finished TLSv1.3, out Finished TLSv1.3, out close_notify TLSv1.3, in NewSessionTicket TLSv1.3, in NewSessionTicket TLSv1.3"
		}
		want = strings.ReplaceAll(want, " "+v.String()+"?", "")
		if have := strings.Join(*seen[client], ", "); have != want {
			t.Errorf("the client has seen\n%s\nwant\n%s", have, want)
		}
		for _, one := range *seen[client] {
			mirrored := strings.NewReplacer("out ", "in ", "in ", "out ").Replace(one)
			kind := strings.Join(strings.Fields(mirrored)[:2], " ")
			if !slices.ContainsFunc(*seen[server], func(s string) bool { return strings.HasPrefix(s, kind) }) {
				t.Errorf("%v: the client has seen %q, the server has no %q in %q", v, one, kind, *seen[server])
			}
		}
		for _, data := range sent {
			if bytes.Contains(*data, []byte("application data")) {
				t.Errorf("%v: application data is among the messages", v)
			}
			for line := range strings.Lines(keys.String()) {
				secret, err := hex.DecodeString(strings.Fields(line)[2])
				if err != nil || bytes.Contains(*data, secret) {
					t.Errorf("%v: %s is among the messages", v, strings.Fields(line)[0])
				}
			}
		}
		if traced == 0 || keys.Len() == 0 {
			t.Error("the trace sees nothing any more")
		}
		client.SetMessageCallback(nil)
		before := len(*seen[client])
		if shakeOnce(t, client, server, pki.Host); len(*seen[client]) != before {
			t.Error("a callback that was taken away is called")
		}
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
