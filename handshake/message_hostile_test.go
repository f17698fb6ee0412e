package handshake

import (
	"errors"
	"runtime"
	"testing"

	"pgregory.net/rapid"
	"tlsengine/cipher"
	"tlsengine/handshake/wire"
	"tlsengine/record"
)

// Whatever the bytes are, parsing ends with a message or with an error of ours: it doesn't panic and doesn't hold
// more than they pay for.

// survives parses body and checks what must hold for any bytes.
func survives(t testing.TB, mt MessageType, body []byte, f *Form) {
	m, err := parseMessage(mt, body, f, peerAsked())
	var e *record.Error
	switch {
	case err == nil && m == nil:
		t.Fatalf("%v: neither a message nor an error", mt)
	case err != nil && !errors.As(err, &e):
		t.Fatalf("%v: %v is no *record.Error", mt, err)
	case e != nil && e.Alert != record.AlertDecodeError && e.Alert != record.AlertIllegalParameter && e.Alert != record.AlertUnsupportedExtension && e.Alert != record.AlertBadCertificate:
		t.Fatalf("%v: %v", mt, err)
	}
}

func TestEveryPrefixAndEveryFlipOfRealMessagesSurvives(t *testing.T) {
	for _, m := range peerMessages(t) {
		body := append([]byte(nil), m.data[headerSize:]...)
		for n := range body {
			survives(t, m.typ(), body[:n], m.form)
		}
		for i := range body {
			was := body[i]
			for _, flip := range []byte{0x01, 0x80, 0xff, was} {
				body[i] = was ^ flip
				survives(t, m.typ(), body, m.form)
			}
			body[i] = was
		}
	}
}

func TestRandomBytesSurvive(t *testing.T) {
	eachMessage(t, func(t *testing.T, row *messageRow, f *Form) {
		rapid.Check(t, func(rt *rapid.T) {
			survives(t, row.Type, someBytes(rt, "body", 0, 200), f)
		})
	})
}

// hostile are bodies of ClientHellos that have as many parts as fit into their length.
func hostile() map[string][]byte {
	hello := func(list []byte) []byte {
		m := ClientHello{Version: cipher.VersionTLS12, Suites: []cipher.SuiteID{1}, Compression: []byte{0}}
		var b wire.Builder
		m.marshal(&b, nil)
		out, _ := b.Result()
		return append(out, list...)
	}
	var extensions, shares, protocols, names wire.Builder
	for i := range 1 << 16 {
		code := uint16(i)
		if rowOf(ExtensionID(code)) == nil && extensions.Len() < 1<<16-200 {
			extensions.U16(code)
			extensions.U16(0)
		}
		if shares.Len() < 1<<16-200 {
			shares.U16(code)
			shares.Opaque16([]byte{1})
		}
		if protocols.Len() < 1<<16-200 {
			protocols.Opaque8([]byte{1})
		}
		if names.Len() < 1<<16-200 {
			names.Opaque16([]byte{1})
		}
	}
	inside := func(id ExtensionID, list wire.Builder) []byte {
		var b wire.Builder
		all, _ := list.Result()
		b.Opaque16(all)
		whole, _ := b.Result()
		return listOf(RawExtension{id, whole})
	}
	var whole wire.Builder
	all, _ := extensions.Result()
	whole.Opaque16(all)
	list, _ := whole.Result()
	return map[string][]byte{
		"extensions":  hello(list),
		"key shares":  hello(inside(ExtKeyShare, shares)),
		"protocols":   hello(inside(ExtALPN, protocols)),
		"authorities": hello(inside(ExtCertificateAuthorities, names)),
	}
}

// TestMemoryIsBoundedByInput: views cost at most eight times as much as the smallest part they can point at, names of
// protocols are copied, and the bitmap of duplicates is fixed.
func TestMemoryIsBoundedByInput(t *testing.T) {
	const fixed = 16 << 10
	for name, hello := range hostile() {
		n, err := allocated(func() error {
			_, err := parseMessage(TypeClientHello, hello, nil, ExtensionSet{})
			return err
		})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if n > fixed+9*len(hello) {
			t.Errorf("%s: %d bytes allocated for %d", name, n, len(hello))
		}
	}
}

// allocated returns how many bytes f allocates, and what it says.
func allocated(f func() error) (int, error) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err := f()
	runtime.ReadMemStats(&after)
	return int(after.TotalAlloc - before.TotalAlloc), err
}

// TestLongChainsAreNotTakenApart: a chain of very short certificates, each with an extension, would become fifty times as large, and if it
// came compressed, thousands of times.
func TestLongChainsAreNotTakenApart(t *testing.T) {
	var chain wire.Builder
	for chain.Len() < maxList-50 {
		chain.Opaque24([]byte{1})
		chain.Opaque16([]byte{0, 18, 0, 5, 0, 3, 0, 1, 7}) // a timestamp
	}
	list, _ := chain.Result()
	var b wire.Builder
	b.Opaque8(nil)
	b.Opaque24(list)
	body, _ := b.Result()
	asked := ExtensionSet{}
	asked.Add(ExtSCT)
	by := ZlibCompression()
	data, err := by.Compress(body)
	if err != nil {
		t.Fatal(err)
	}
	c := &Context{lasting: lasting{params: &Params{MaxCertificateList: maxList, CertificateCompression: []*CertificateCompression{by}}, form: Form13}, asked: asked}
	const inflater = 100 << 10
	for name, read := range map[string]func() error{
		"plain": func() error { _, err := parseMessage(TypeCertificate, body, Form13, asked); return err },
		"compressed": func() error {
			_, err := readCertificate(c, &CompressedCertificate{Algorithm: by.ID, Length: uint32(len(body)), Data: data})
			return err
		},
	} {
		n, err := allocated(read)
		var e *record.Error
		if !errors.As(err, &e) || e.Alert != record.AlertBadCertificate || e.Reason != record.ReasonExcessiveMessageSize {
			t.Errorf("%s: %v", name, err)
		}
		if n > len(body)+inflater {
			t.Errorf("%s: %d bytes allocated for %d", name, n, len(body))
		}
	}
}

func FuzzMessage(f *testing.F) {
	for _, m := range peerMessages(f) {
		f.Add(uint16(m.typ()), m.form == formECDHE, m.data[headerSize:])
	}
	for i := range messages {
		f.Add(uint16(messages[i].Type), false, []byte{0, 0})
		f.Add(uint16(messages[i].Type), true, []byte{1, 0, 2, 0, 1, 0, 0})
	}
	f.Fuzz(func(t *testing.T, code uint16, old bool, body []byte) {
		form := Form13
		if old {
			form = formECDHE
		}
		mt := MessageType(code)
		if messageInfo(mt) == nil {
			return
		}
		survives(t, mt, body, form)
		m, err := parseMessage(mt, body, form, peerAsked())
		if err != nil {
			return
		}
		// What was read can be written, and reads as the same again.
		whole, err := appendMessage(nil, m, form)
		if err != nil {
			t.Fatalf("read and not written: %v", err)
		}
		again, err := parseMessage(mt, whole[headerSize:], form, peerAsked())
		if err != nil {
			t.Fatalf("written and not read: %v\n%x\n%x", err, body, whole[headerSize:])
		}
		if diff := sameMessage(m, again); diff != "" {
			t.Fatal(diff)
		}
	})
}
