package handshake

import (
	"bytes"
	"testing"

	"tlsengine/cipher"
	"tlsengine/handshake/keyschedule"
	"tlsengine/record"
)

// withBinders returns a whole ClientHello with other binders.
func withBinders(t *testing.T, whole []byte, change func(list [][]byte)) []byte {
	t.Helper()
	m, err := parseMessage(TypeClientHello, whole[headerSize:], Form12, ExtensionSet{})
	if err != nil {
		t.Fatal(err)
	}
	h := m.(*ClientHello)
	if same, err := appendMessage(nil, h, nil); err != nil || !bytes.Equal(same, whole) {
		t.Fatal("a hello is another one when it is read and written", err)
	}
	change(h.Extensions.PSKBinders)
	changed, err := appendMessage(nil, h, nil)
	if err != nil {
		t.Fatal(err)
	}
	return changed
}

// TestServerRefusesShortBinders (RFC 8446, Section 4.2.11: PskBinderEntry<32..255>): a binder of less than 32 bytes ends the handshake,
// whether the server knows one of the PSKs or not, in the first hello and in the second.
func TestServerRefusesShortBinders(t *testing.T) {
	for _, x := range []struct {
		name   string
		s      resumption13
		hello  int // which one is changed
		short  int // which binder
		size   int
		alert  record.Alert
		reason record.Reason
	}{
		{"of a PSK that is unknown", resumption13{external: 2}, 1, 1, 31, record.AlertDecodeError, record.ReasonErrorParsingExtension},
		{"of one byte", resumption13{external: 1}, 1, 0, 1, record.AlertDecodeError, record.ReasonErrorParsingExtension},
		{"behind the PSK that is chosen", resumption13{external: 2, known: 2}, 1, 1, 31, record.AlertDecodeError, record.ReasonErrorParsingExtension},
		{"of the PSK that is chosen", resumption13{external: 2, known: 2}, 1, 0, 31, record.AlertDecryptError, record.ReasonBinderDoesNotVerify},
		{"of an unknown PSK in the second hello", resumption13{external: 2, retry: true}, 2, 0, 31, record.AlertDecodeError, record.ReasonErrorParsingExtension},
		{"behind the chosen PSK in the second hello", resumption13{external: 2, known: 2, retry: true}, 2, 1, 31, record.AlertDecodeError, record.ReasonErrorParsingExtension},
		{"of the chosen PSK in the second hello", resumption13{external: 2, known: 2, retry: true}, 2, 0, 31, record.AlertDecryptError, record.ReasonBinderDoesNotVerify},
	} {
		t.Run(x.name, func(t *testing.T) {
			hellos := 0
			x.s.before = func(e *pairEnd) {
				if e.m.c.role != ServerRole || len(e.coming) == 0 || MessageType(e.coming[0]) != TypeClientHello {
					return
				}
				if hellos++; hellos == x.hello {
					e.coming = shortened(t, e, x.short, x.size)
				}
			}
			x.s.params(t)
			_, _, err := x.s.twice(t)
			wantFailure(t, err, x.alert, x.reason)
		})
	}
}

// shortened returns the hello that comes to e with a binder of another size, and a first one that is made anew for the hello as it is then.
func shortened(t *testing.T, e *pairEnd, which, size int) []byte {
	t.Helper()
	whole := withBinders(t, e.coming, func(list [][]byte) { list[which] = list[which][:size] })
	if which == 0 {
		return whole
	}
	psk := e.peer.m.Params().PSKs[0]
	m, err := parseMessage(TypeClientHello, whole[headerSize:], Form12, ExtensionSet{})
	if err != nil {
		t.Fatal(err)
	}
	truncated := beforeBinders(whole, &m.(*ClientHello).Extensions)
	chosen := &chosenPSK{psk: psk, kind: psk.kind, stage: keyschedule.NewEarly(psk.hash, psk.key)}
	first := chosen.stage.AppendBinder(nil, chosen.kind, e.m.c.transcript.SumWith(nil, psk.hash, truncated))
	return withBinders(t, whole, func(list [][]byte) { list[0] = first })
}

// TestBindersOfEveryHashAreTaken: 48 bytes go with SHA-384, and are no less welcome.
func TestBindersOfEveryHashAreTaken(t *testing.T) {
	for _, hash := range []cipher.Hash{cipher.SHA256, cipher.SHA384} {
		k, err := NewPSK([]byte("k"), bytes.Repeat([]byte{1}, 32), hash)
		if err != nil {
			t.Fatal(err)
		}
		client, server := pairParams(), pairParams()
		client.PSKs, server.PSKs = []*PSK{k}, []*PSK{k}
		c, v := newPair(t, client, server, func(*pairEnd) {})
		if err := c.start(); err != nil {
			t.Fatal(err)
		}
		if err := c.settle(); err != nil || v.done == nil || v.done.Info.PSK != k {
			t.Errorf("%v: %v", hash, err)
		}
	}
}
