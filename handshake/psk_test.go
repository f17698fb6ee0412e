package handshake

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"testing"

	"tlsengine/cipher"
	"tlsengine/handshake/keyschedule"
)

// expandLabel is HKDF-Expand-Label of RFC 8446, Section 7.1 by the standard library, for SHA-384.
func expandLabel384(t *testing.T, secret []byte, label string, context []byte, n int) []byte {
	t.Helper()
	info := binary.BigEndian.AppendUint16(nil, uint16(n))
	info = append(info, byte(len("tls13 ")+len(label)))
	info = append(append(info, "tls13 "...), label...)
	info = append(append(info, byte(len(context))), context...)
	out, err := hkdf.Expand(sha512.New384, secret, string(info), n)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestImportedPSKsFollowRFC9258 derives them a second time, step by step from the text of Section 5.1.
func TestImportedPSKsFollowRFC9258(t *testing.T) {
	identity, key, context := []byte("me"), bytes.Repeat([]byte{7}, 40), []byte("use")
	imported, err := ImportPSK(identity, key, context, cipher.SHA384)
	if err != nil || len(imported) != 2 {
		t.Fatal(imported, err)
	}
	extracted, err := hkdf.Extract(sha512.New384, key, make([]byte, sha512.Size384))
	if err != nil {
		t.Fatal(err)
	}
	for i, target := range []struct {
		hash cipher.Hash
		kdf  byte
		size int
	}{{cipher.SHA256, 1, sha256.Size}, {cipher.SHA384, 2, sha512.Size384}} {
		want := append([]byte{0, 2, 'm', 'e', 0, 3, 'u', 's', 'e', 3, 4, 0}, target.kdf)
		sum := sha512.Sum384(want)
		k := imported[i]
		if !bytes.Equal(k.identity, want) || k.hash != target.hash || k.kind != keyschedule.PSKImported {
			t.Errorf("identity %x for %v", k.identity, k.hash)
		}
		if !bytes.Equal(k.key, expandLabel384(t, extracted, "derived psk", sum[:], target.size)) {
			t.Errorf("%v: another key", target.hash)
		}
	}
}

// TestPSKsThatCantBe: what has no place in the messages is refused when the key is made.
func TestPSKsThatCantBe(t *testing.T) {
	long := make([]byte, 1<<16)
	for name, make := range map[string]func() error{
		"long identity": func() error { _, err := NewPSK(long, []byte{1}, cipher.SHA256); return err },
		"no key":        func() error { _, err := NewPSK([]byte{1}, nil, cipher.SHA256); return err },
		"long key":      func() error { _, err := NewPSK([]byte{1}, long, cipher.SHA256); return err },
		"hash":          func() error { _, err := NewPSK([]byte{1}, []byte{1}, cipher.SHA512); return err },
		"long context":  func() error { _, err := ImportPSK([]byte{1}, []byte{1}, long, cipher.SHA256); return err },
		"long together": func() error { _, err := ImportPSK([]byte{1}, []byte{1}, long[1:], cipher.SHA256); return err },
		"no identity":   func() error { _, err := ImportPSK(nil, []byte{1}, nil, cipher.SHA256); return err },
	} {
		if make() == nil {
			t.Errorf("%s: taken", name)
		}
	}
}
