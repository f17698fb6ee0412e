package cipher

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"encoding"
	"testing"

	"pgregory.net/rapid"
)

// TestRunningHashesAreSums: any split, and a state saved and restored on the way, gives what Sum gives at once.
func TestRunningHashesAreSums(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := Hash(rapid.IntRange(1, len(hashRows)-1).Draw(t, "hash"))
		first, second := rapid.SliceOf(rapid.Byte()).Draw(t, "first"), rapid.SliceOf(rapid.Byte()).Draw(t, "second")
		running := h.New()
		running.Write(first)
		state, err := running.(encoding.BinaryMarshaler).MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		fork := h.New()
		if err := fork.(encoding.BinaryUnmarshaler).UnmarshalBinary(state); err != nil {
			t.Fatal(err)
		}
		want := h.Sum(nil, append(bytes.Clone(first), second...))
		for _, x := range []interface {
			Write([]byte) (int, error)
			Sum([]byte) []byte
		}{running, fork} {
			x.Write(second)
			if got := x.Sum(nil); !bytes.Equal(got, want) || len(got) != h.Size() || len(got) > MaxHashSize {
				t.Fatalf("%v: %x, want %x", h, got, want)
			}
		}
		running.Reset()
		if got := running.Sum(nil); !bytes.Equal(got, h.Sum(nil, nil)) {
			t.Fatalf("%v after Reset: %x", h, got)
		}
	})
}

// TestMD5SHA1IsBoth: RFC 4346, Section 4.7: md5_hash, then sha_hash.
func TestMD5SHA1IsBoth(t *testing.T) {
	m, s := md5.Sum([]byte("abc")), sha1.Sum([]byte("abc"))
	if got := MD5SHA1.Sum(nil, []byte("abc")); !bytes.Equal(got, append(m[:], s[:]...)) {
		t.Errorf("%x", got)
	}
	for _, short := range []int{0, 1, md5State, md5State + 1} {
		if err := newMD5SHA1().(encoding.BinaryUnmarshaler).UnmarshalBinary(make([]byte, short)); err == nil {
			t.Errorf("%d bytes are no state", short)
		}
	}
}
