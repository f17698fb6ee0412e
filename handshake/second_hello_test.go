package handshake

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"tlsengine/cipher"
	"tlsengine/record"
)

// hellos draws a first hello, with the extensions that a retry is about among others, and a copy of it.
func hellos(t *rapid.T) (first, second *ClientHello) {
	h := someClientHello(t).(*ClientHello)
	if !h.Extensions.Present.Has(ExtKeyShare) {
		h.Extensions.Add(ExtKeyShare)
		fill(t, &h.Extensions, ExtKeyShare, inClientHello)
	}
	return parsedHello(t, h), parsedHello(t, h)
}

// parsedHello writes h and reads it, as a server does.
func parsedHello(t *rapid.T, h *ClientHello) *ClientHello {
	whole, err := appendMessage(nil, h, nil)
	if err != nil {
		t.Fatal(err)
	}
	m, err := parseMessage(TypeClientHello, whole[headerSize:], nil, ExtensionSet{})
	if err != nil {
		t.Fatal(err)
	}
	return m.(*ClientHello)
}

// extensionAt returns the place of an extension in the hello, or -1.
func extensionAt(h *ClientHello, id ExtensionID) int {
	return slices.IndexFunc(h.Extensions.Raw, func(x RawExtension) bool { return x.ID == id })
}

// set gives an extension another body, in its place or, if it is not there, before all others.
func set(h *ClientHello, id ExtensionID, body []byte) {
	x := RawExtension{ID: id, Body: body}
	if i := extensionAt(h, id); i >= 0 {
		h.Extensions.Raw[i] = x
		return
	}
	h.Extensions.Raw = slices.Insert(h.Extensions.Raw, 0, x)
}

func drop(h *ClientHello, id ExtensionID) {
	h.Extensions.Raw = slices.DeleteFunc(h.Extensions.Raw, func(x RawExtension) bool { return x.ID == id })
}

// TestSecondHelloMayDiffer makes the changes that RFC 8446, Section 4.1.2 lists, any of them together: all are taken.
func TestSecondHelloMayDiffer(t *testing.T) {
	changes := map[string]func(t *rapid.T, first, second *ClientHello){
		"another share": func(t *rapid.T, _, second *ClientHello) { set(second, ExtKeyShare, someBytes(t, "share", 1, 50)) },
		"a cookie":      func(t *rapid.T, _, second *ClientHello) { set(second, ExtCookie, someBytes(t, "cookie", 3, 50)) },
		"no early data": func(_ *rapid.T, first, second *ClientHello) {
			set(first, ExtEarlyData, nil)
			drop(second, ExtEarlyData)
		},
		"other binders": func(t *rapid.T, first, second *ClientHello) {
			if extensionAt(first, ExtPreSharedKey) >= 0 && extensionAt(second, ExtPreSharedKey) >= 0 {
				set(second, ExtPreSharedKey, someBytes(t, "pre_shared_key", 1, 50))
			}
		},
		"no PSK":  func(_ *rapid.T, _, second *ClientHello) { drop(second, ExtPreSharedKey) },
		"padding": func(t *rapid.T, _, second *ClientHello) { set(second, extPadding, someBytes(t, "padding", 0, 50)) },
		"other padding": func(_ *rapid.T, first, second *ClientHello) {
			set(first, extPadding, nil)
			set(second, extPadding, []byte{0})
		},
		"no padding now": func(_ *rapid.T, first, second *ClientHello) { set(first, extPadding, nil); drop(second, extPadding) },
		"nothing":        func(*rapid.T, *ClientHello, *ClientHello) {},
	}
	rapid.Check(t, func(t *rapid.T) {
		first, second := hellos(t)
		for _, id := range []ExtensionID{ExtEarlyData, extPadding} {
			drop(first, id)
			drop(second, id)
		}
		names := rapid.SliceOfNDistinct(rapid.SampledFrom(sortedNames(changes)), 0, 3, rapid.ID[string]).Draw(t, "changes")
		slices.Sort(names)
		for _, name := range names {
			changes[name](t, first, second)
		}
		if err := checkSecondHello(first, second); err != nil {
			t.Fatalf("%v: %v", names, err)
		}
	})
}

// TestSecondHelloMayNotDiffer makes one change that the RFC does not list: it is refused with illegal_parameter.
func TestSecondHelloMayNotDiffer(t *testing.T) {
	changes := map[string]func(t *rapid.T, h *ClientHello){
		"version":           func(_ *rapid.T, h *ClientHello) { h.Version ^= 1 },
		"random":            func(_ *rapid.T, h *ClientHello) { h.Random[31] ^= 1 },
		"session id":        func(_ *rapid.T, h *ClientHello) { h.SessionID = append(bytes.Clone(h.SessionID), 1) },
		"suite more":        func(_ *rapid.T, h *ClientHello) { h.Suites = append(slices.Clone(h.Suites), 1) },
		"suite less":        func(_ *rapid.T, h *ClientHello) { h.Suites = h.Suites[1:] },
		"other suite":       func(_ *rapid.T, h *ClientHello) { h.Suites = slices.Clone(h.Suites); h.Suites[0] ^= 1 },
		"compression":       func(_ *rapid.T, h *ClientHello) { h.Compression = append(bytes.Clone(h.Compression), 1) },
		"new extension":     func(t *rapid.T, h *ClientHello) { set(h, unusedID(t, h), nil) },
		"no key_share":      func(_ *rapid.T, h *ClientHello) { drop(h, ExtKeyShare) },
		"early data":        func(_ *rapid.T, h *ClientHello) { set(h, ExtEarlyData, nil) },
		"extension less":    dropPinned,
		"extension changed": changePinned,
		"order":             swapTwo,
	}
	for name, change := range changes {
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			first, second := hellos(t)
			drop(first, ExtEarlyData)
			drop(second, ExtEarlyData)
			change(t, second)
			var e *record.Error
			if err := checkSecondHello(first, second); !errors.As(err, &e) || e.Alert != record.AlertIllegalParameter {
				t.Fatalf("taken, or refused with %v", err)
			}
		}))
	}
}

// unusedID draws the ID of an extension that is not in h, and that no rule is about.
func unusedID(t *rapid.T, h *ClientHello) ExtensionID {
	return ExtensionID(rapid.Uint16().Filter(func(id uint16) bool {
		return extensionAt(h, ExtensionID(id)) < 0 && !mayComeAndGo(ExtensionID(id))
	}).Draw(t, "new extension"))
}

// somePinned draws the place of an extension that must stay as it is, and makes one if there is none.
func somePinned(t *rapid.T, h *ClientHello) int {
	var places []int
	for i, x := range h.Extensions.Raw {
		if x.ID != ExtKeyShare && !mayComeAndGo(x.ID) {
			places = append(places, i)
		}
	}
	if len(places) == 0 {
		t.SkipNow()
	}
	return rapid.SampledFrom(places).Draw(t, "place")
}

func dropPinned(t *rapid.T, h *ClientHello) {
	i := somePinned(t, h)
	h.Extensions.Raw = slices.Delete(slices.Clone(h.Extensions.Raw), i, i+1)
}

func changePinned(t *rapid.T, h *ClientHello) {
	i := somePinned(t, h)
	h.Extensions.Raw[i].Body = append(bytes.Clone(h.Extensions.Raw[i].Body), 0)
}

func swapTwo(t *rapid.T, h *ClientHello) {
	list := h.Extensions.Raw
	if len(list) < 2 {
		t.SkipNow()
	}
	i := rapid.IntRange(1, len(list)-1).Draw(t, "place")
	list[i-1], list[i] = list[i], list[i-1]
}

// TestSecondHelloMayNotAddPSK: PSKs of the first hello may be taken out, not put in.
func TestSecondHelloMayNotAddPSK(t *testing.T) {
	share := RawExtension{ID: ExtKeyShare}
	psk := RawExtension{ID: ExtPreSharedKey}
	with := func(list ...RawExtension) *ClientHello {
		return &ClientHello{Version: cipher.VersionTLS12, Extensions: Extensions{Raw: list}}
	}
	if err := checkSecondHello(with(share), with(share, psk)); err == nil {
		t.Error("a PSK that is new in the second hello was taken")
	}
	if err := checkSecondHello(with(share, psk), with(share)); err != nil {
		t.Error(err)
	}
}
