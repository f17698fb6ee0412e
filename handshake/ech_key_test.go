package handshake

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestPublicNames: RFC 9849, Section 6.1.7.
func TestPublicNames(t *testing.T) {
	label := strings.Repeat("a", 63)
	for name, want := range map[string]bool{
		"example.com": true, "xn--n3h.example": true, "a": true, label + ".com": true, "1.2.3.4.com": true, "0x1.com": true, "com.0xg": true, "A-1.B": true,
		"": false, ".": false, "a.": false, ".a": false, "a..b": false, label + "a.com": false, "under_score.com": false, "-a.com": false, "a-.com": false,
		"1.2.3.4": false, "a.1": false, "127.1": false, "a.0x7f": false, "a.0X": false, "a.0x": false, "ü.com": false, "a b.com": false, "[::1]": false,
	} {
		if got := isPublicName(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}

// TestECHKeysSurviveTheirForms: a key comes out of its PEM form, and of its configuration and private key, as it went in.
func TestECHKeysSurviveTheirForms(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := someECHKey(t).ECHKey
		text, err := k.MarshalPEM()
		if err != nil {
			t.Fatal(err)
		}
		keys, err := ParseECHKeysPEM(text)
		if err != nil || len(keys) != 1 {
			t.Fatalf("%d keys: %v", len(keys), err)
		}
		list, err := ParseECHConfigListPEM(text)
		if err != nil || !bytes.Equal(list.Configs()[0].Bytes(), k.config.raw) || !list.Usable() {
			t.Fatalf("%v", err)
		}
		private, _ := k.private.Bytes()
		again, err := NewECHKey(k.config.raw, private)
		if err != nil {
			t.Fatal(err)
		}
		for _, other := range []*ECHKey{keys[0], again} {
			if !bytes.Equal(other.config.raw, k.config.raw) || other.config.id != k.config.id || other.config.PublicName() != k.config.PublicName() {
				t.Fatal("another key")
			}
			if p, _ := other.private.Bytes(); !bytes.Equal(p, private) {
				t.Fatal("another private key")
			}
		}
		if got := fmt.Sprintf("%v %+v %#v %s", k, *k, *k, k); strings.Contains(got, fmt.Sprintf("%x", private)) || strings.Contains(got, "private") {
			t.Fatal(got)
		}
	})
}

func TestBadECHKeysAreRefused(t *testing.T) {
	a, b := echKey(t, 1), echKey(t, 2)
	private, _ := a.private.Bytes()
	for name, config := range map[string][]byte{
		"another key's": b.config.raw, "cut": a.config.raw[:20], "empty": nil, "long": append(bytes.Clone(a.config.raw), 0),
		"another version": append([]byte{0xfe, 0x0c}, a.config.raw[2:]...),
		"two":             append(bytes.Clone(a.config.raw), a.config.raw...),
	} {
		if _, err := NewECHKey(config, private); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	if _, err := NewECHKey(a.config.raw, private[1:]); err == nil {
		t.Error("a short private key was taken")
	}
	if _, err := GenerateECHKey("127.0.0.1", 1, 0, nil); err == nil {
		t.Error("an address is no public name")
	}
	for _, text := range []string{"", "-----BEGIN ECHCONFIG-----\nAAA=\n-----END ECHCONFIG-----\n"} {
		if _, err := ParseECHKeysPEM([]byte(text)); err == nil {
			t.Errorf("%q: taken", text)
		}
		if _, err := ParseECHConfigListPEM([]byte(text)); !errors.Is(err, ErrECHConfigList) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestUnusableConfigurationsAreSkipped: RFC 9849, Sections 4, 4.2 and 6.1.
func TestUnusableConfigurationsAreSkipped(t *testing.T) {
	good := echKey(t, 1).config
	change := func(f func(c *ECHConfig, raw []byte)) *ECHConfig {
		raw := bytes.Clone(good.raw)
		var c *ECHConfig
		f(nil, raw)
		eachECHConfig(append([]byte{byte(len(raw) >> 8), byte(len(raw))}, raw...), func(x *ECHConfig) { y := *x; c = &y })
		return c
	}
	for name, f := range map[string]func(c *ECHConfig, raw []byte){
		"KEM":    func(_ *ECHConfig, raw []byte) { raw[5] = 0x66 },
		"suites": func(_ *ECHConfig, raw []byte) { copy(raw[4+3+2+32+2:], bytes.Repeat([]byte{0x11}, 12)) },
		"name":   func(_ *ECHConfig, raw []byte) { raw[len(raw)-3] = '.' },
	} {
		c := change(f)
		if c == nil {
			t.Fatalf("%s: does not parse", name)
		}
		if _, ok := c.choose(); ok {
			t.Errorf("%s: usable", name)
		}
	}
	if _, ok := good.choose(); !ok {
		t.Error("nothing is usable")
	}
	extended := func(id byte) []byte {
		raw := append(bytes.Clone(good.raw[:len(good.raw)-2]), 0, 4, id, 1, 0, 0)
		raw[3] += 4
		return append([]byte{byte(len(raw) >> 8), byte(len(raw))}, raw...)
	}
	for id, want := range map[byte]bool{0x7a: true, 0xfa: false} {
		if l, err := ParseECHConfigList(extended(id)); err != nil || l.Usable() != want {
			t.Errorf("extension %x: %v", id, err)
		}
	}
}
