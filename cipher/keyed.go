package cipher

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding"
)

// A keyed HMAC has taken in the two pads once and starts every message from there, which halves the cost of short ones. The
// running hashes are kept in the form of their AppendBinary; as in hmac.go, each hash has code of its own so that the
// compiler sees the concrete type and leaves everything on the stack.
type (
	keyedSHA256 struct{ inner, outer [sha256State]byte }
	keyedSHA384 struct{ inner, outer [sha512State]byte }
)

// The room for AppendBinary: chaining value, one block, length, and the library's mark of four bytes.
const (
	sha256State = 4 + sha256.Size + sha256.BlockSize + 8
	sha512State = 4 + sha512.Size + sha512.BlockSize + 8
)

func (k *keyedSHA256) setKey(key []byte) {
	var block [sha256.BlockSize]byte
	var digest [sha256.Size]byte
	if len(key) > len(block) {
		digest = sha256.Sum256(key)
		key = digest[:]
	}
	setPad(block[:], key)
	inner := sha256.New()
	inner.Write(block[:])
	inner.(encoding.BinaryAppender).AppendBinary(k.inner[:0])
	flipPad(block[:])
	outer := sha256.New()
	outer.Write(block[:])
	outer.(encoding.BinaryAppender).AppendBinary(k.outer[:0])
	clear(block[:])
	clear(digest[:])
}

// sum writes the HMAC of first, second and rest, one after the other, into out, which may be first.
func (k *keyedSHA256) sum(out, first, second []byte, rest [][]byte) {
	h := sha256.New()
	h.(encoding.BinaryUnmarshaler).UnmarshalBinary(k.inner[:])
	h.Write(first)
	h.Write(second)
	for _, d := range rest {
		h.Write(d)
	}
	h.Sum(out[:0])
	h.(encoding.BinaryUnmarshaler).UnmarshalBinary(k.outer[:])
	h.Write(out[:sha256.Size])
	h.Sum(out[:0])
}

func (k *keyedSHA384) setKey(key []byte) {
	var block [sha512.BlockSize]byte
	var digest [sha512.Size384]byte
	if len(key) > len(block) {
		digest = sha512.Sum384(key)
		key = digest[:]
	}
	setPad(block[:], key)
	inner := sha512.New384()
	inner.Write(block[:])
	inner.(encoding.BinaryAppender).AppendBinary(k.inner[:0])
	flipPad(block[:])
	outer := sha512.New384()
	outer.Write(block[:])
	outer.(encoding.BinaryAppender).AppendBinary(k.outer[:0])
	clear(block[:])
	clear(digest[:])
}

// sum is as for SHA-256.
func (k *keyedSHA384) sum(out, first, second []byte, rest [][]byte) {
	h := sha512.New384()
	h.(encoding.BinaryUnmarshaler).UnmarshalBinary(k.inner[:])
	h.Write(first)
	h.Write(second)
	for _, d := range rest {
		h.Write(d)
	}
	h.Sum(out[:0])
	h.(encoding.BinaryUnmarshaler).UnmarshalBinary(k.outer[:])
	h.Write(out[:sha512.Size384])
	h.Sum(out[:0])
}
