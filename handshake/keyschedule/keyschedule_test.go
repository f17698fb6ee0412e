package keyschedule

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"tlsengine/cipher"
)

var hashes = []cipher.Hash{cipher.SHA256, cipher.SHA384}

// stages makes all three for a hash, from constants.
func stages(h cipher.Hash) (Early, Handshake, Master) {
	early := NewEarly(h, nil)
	next := early
	hs := next.Handshake(bytes.Repeat([]byte{0xab}, 32), bytes.Repeat([]byte{1}, h.Size()))
	spare := hs
	m := spare.Master(bytes.Repeat([]byte{2}, h.Size()))
	return early, hs, m
}

// TestMaster12TakesRandomsInOrder: RFC 5246, Section 8.1 has the client's first, unlike the key block.
func TestMaster12TakesRandomsInOrder(t *testing.T) {
	pre, client, server := bytes.Repeat([]byte{1}, 48), bytes.Repeat([]byte{2}, 32), bytes.Repeat([]byte{3}, 32)
	for _, h := range hashes {
		var want [48]byte
		cipher.PRF12(h, want[:], pre, "master secret", append(bytes.Clone(client), server...))
		m := TLS12(h).Master(pre, client, server)
		if !bytes.Equal(m.Bytes(), want[:]) {
			t.Errorf("%v: %x, want %x", h, m.Bytes(), want)
		}
	}
}

func TestNoPSKIsZeros(t *testing.T) {
	for _, h := range hashes {
		if NewEarly(h, nil) != NewEarly(h, make([]byte, h.Size())) {
			t.Errorf("%v: the constant is another secret", h)
		}
		early := NewEarly(h, nil)
		other := early
		hash := make([]byte, h.Size())
		if early.Handshake(nil, hash) != other.Handshake(make([]byte, h.Size()), hash) {
			t.Errorf("%v: psk_ke has another secret than zeros", h)
		}
	}
}

func TestBinderKindsDiffer(t *testing.T) {
	early := NewEarly(cipher.SHA256, []byte("psk"))
	hash := make([]byte, 32)
	seen := map[string]bool{}
	for _, k := range []PSKKind{PSKResumption, PSKExternal, PSKImported} {
		seen[string(early.AppendBinder(nil, k, hash))] = true
	}
	if len(seen) != 3 {
		t.Errorf("%d binders of 3 kinds", len(seen))
	}
}

func TestNextGenerationsDiffer(t *testing.T) {
	_, _, m := stages(cipher.SHA384)
	s := m.ClientTraffic()
	seen := map[Secret]bool{}
	for range 10 {
		seen[s] = true
		s = s.Next()
	}
	if len(seen) != 10 {
		t.Errorf("%d generations of 10", len(seen))
	}
}

func mustPanic(t *testing.T, what string, f func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Errorf("%s: no panic", what)
		}
	}()
	f()
}

func TestStageCantBeUsedTwice(t *testing.T) {
	hash := make([]byte, 32)
	early := NewEarly(cipher.SHA256, nil)
	hs := early.Handshake(hash, hash)
	mustPanic(t, "Handshake again", func() { early.Handshake(hash, hash) })
	mustPanic(t, "binder after Handshake", func() { early.AppendBinder(nil, PSKResumption, hash) })
	m := hs.Master(hash)
	mustPanic(t, "Master again", func() { hs.Master(hash) })
	if len(hs.ClientFinished(hash)) != 32 {
		t.Error("no Finished after Master")
	}
	hs.Clear()
	mustPanic(t, "Finished after Clear", func() { hs.ClientFinished(hash) })
	m.Clear()
	mustPanic(t, "traffic secret after Clear", func() { m.ClientTraffic() })
}

func TestHashOfAnotherSuitePanics(t *testing.T) {
	wrong := make([]byte, 48)
	early, hs, m := stages(cipher.SHA256)
	mustPanic(t, "Handshake", func() { early.Handshake(nil, wrong) })
	mustPanic(t, "Finished", func() { hs.ServerFinished(wrong) })
	mustPanic(t, "Master", func() { hs.Master(wrong) })
	mustPanic(t, "Resumption", func() { m.Resumption(wrong) })
	mustPanic(t, "NewEarly", func() { NewEarly(cipher.SHA512, nil) })
	mustPanic(t, "NewSecret", func() { NewSecret(cipher.SHA256, make([]byte, 49)) })
}

func TestExportersRefuseWhatHasNoRoom(t *testing.T) {
	_, _, m := stages(cipher.SHA256)
	exporter := m.Exporter()
	if err := Export13(exporter, strings.Repeat("x", cipher.MaxLabelLength), nil, make([]byte, 255*32)); err != nil {
		t.Error("the longest:", err)
	}
	out := []byte{7}
	if err := Export13(exporter, strings.Repeat("x", cipher.MaxLabelLength+1), nil, out); !errors.Is(err, ErrExport) || out[0] != 7 {
		t.Error("long label:", err)
	}
	if err := Export13(exporter, "x", nil, make([]byte, 255*32+1)); !errors.Is(err, ErrExport) {
		t.Error("long output:", err)
	}
	m12 := TLS12(cipher.SHA256).Master(out, nil, nil)
	if err := m12.Export("x", make([]byte, 65535), true, nil, nil, out); err != nil {
		t.Error("the longest:", err)
	}
	out[0] = 7
	if err := m12.Export("x", make([]byte, 65536), true, nil, nil, out); !errors.Is(err, ErrExport) || out[0] != 7 {
		t.Error("long context:", err)
	}
	// RFC 5705, Section 4: exports must not meet the protocol's own uses of the PRF.
	for _, label := range []string{"client finished", "server finished", "master secret", "extended master secret", "key expansion"} {
		if err := m12.Export(label, nil, false, nil, nil, out); !errors.Is(err, ErrReservedLabel) || out[0] != 7 {
			t.Errorf("%s: %v", label, err)
		}
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	early, hs, m := stages(cipher.SHA256)
	s := NewSecret(cipher.SHA256, bytes.Repeat([]byte{0xab}, 32))
	m12 := TLS12(cipher.SHA256).ResumeMaster(bytes.Repeat([]byte{0xab}, 48))
	k := KeyBlock{key: 16, iv: 4, b: [192]byte{0xab, 0xab, 0xab, 0xab}}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%X", "%q", "%d"} {
		for _, v := range []any{early, &early, hs, &hs, m, &m, s, &s, m12, &m12, k, &k, struct{ S Secret }{s}} {
			if got := fmt.Sprintf(verb, v); len(got) > 80 || strings.Contains(got, "171") || strings.Contains(strings.ToLower(got), "abab") {
				t.Errorf("%s of %T: %s", verb, v, got)
			}
		}
	}
}

func TestClearForgets(t *testing.T) {
	early, hs, m := stages(cipher.SHA384)
	s := m.Exporter()
	m12 := TLS12(cipher.SHA256).Master(nil, nil, nil)
	k := m12.KeyBlock(48, 32, 16, nil, nil)
	early.Clear()
	hs.Clear()
	m.Clear()
	s.Clear()
	m12.Clear()
	k.Clear()
	if early != (Early{}) || hs != (Handshake{}) || m != (Master{}) || s != (Secret{}) || m12 != (Master12{}) || k != (KeyBlock{}) {
		t.Error("something is left")
	}
}
