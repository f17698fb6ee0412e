package cipher

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding"
)

// keyed is an HMAC (RFC 2104) that has taken in its key: the two running hashes after the pads, in the form of their
// AppendBinary, from where every message starts. A second message under the same key costs half of the first.
//
// Each hash that a suite has needs code of its own, and the two pairs of functions below must look alike: Go keeps a running
// hash on the stack only where the compiler sees its concrete type, which a shared helper would hide behind hash.Hash.
type keyed struct {
	h            Hash
	inner, outer [sha512State]byte // SHA-256 uses the front
	key          []byte            // a copy, for hashes without code of their own
}

// The lengths of AppendBinary: the library's mark of four bytes, chaining value, one block, number of bytes so far.
const (
	sha256State = 4 + sha256.Size + sha256.BlockSize + 8
	sha512State = 4 + sha512.Size + sha512.BlockSize + 8
)

// setKey takes in a key, which is not kept.
func (k *keyed) setKey(h Hash, key []byte) {
	if k.h != 0 {
		k.clear()
	}
	k.h = h
	switch h {
	case SHA256:
		k.setSHA256(key)
	case SHA384:
		k.setSHA384(key)
	default:
		k.key = append([]byte(nil), key...)
	}
}

// sum writes the HMAC of first, second and rest, one after the other, into out, which may be one of them. A shorter out takes
// the front.
func (k *keyed) sum(out, first, second []byte, rest [][]byte) {
	switch k.h {
	case SHA256:
		k.sumSHA256(out, first, second, rest)
	case SHA384:
		k.sumSHA384(out, first, second, rest)
	default:
		k.sumAny(out, first, second, rest)
	}
}

// clear forgets the key.
func (k *keyed) clear() {
	n := sha512State
	if k.h == SHA256 {
		n = sha256State
	}
	clear(k.inner[:n])
	clear(k.outer[:n])
	clear(k.key)
	k.h, k.key = 0, nil
}

// The pads of RFC 2104, Section 2, for the longest block; opadFromIpad turns a block XORed with the first into one XORed with
// the second.
var ipad, opadFromIpad = pad(0x36), pad(0x36 ^ 0x5c)

func pad(b byte) (p [sha512.BlockSize]byte) {
	for i := range p {
		p[i] = b
	}
	return p
}

// setPad fills the zeroed block with key XORed with ipad. A key longer than the block is hashed first.
func setPad(h Hash, block, key []byte) {
	if len(key) > len(block) {
		h.Sum(block[:0], key)
	} else {
		copy(block, key)
	}
	subtle.XORBytes(block, block, ipad[:])
}

// flipPad turns a block padded for the inner hash into one for the outer.
func flipPad(block []byte) { subtle.XORBytes(block, block, opadFromIpad[:]) }

// setSHA256 is setKey for SHA-256.
func (k *keyed) setSHA256(key []byte) {
	var block [sha256.BlockSize]byte
	setPad(SHA256, block[:], key)
	inner := sha256.New()
	inner.Write(block[:])
	inner.(encoding.BinaryAppender).AppendBinary(k.inner[:0])
	flipPad(block[:])
	outer := sha256.New()
	outer.Write(block[:])
	outer.(encoding.BinaryAppender).AppendBinary(k.outer[:0])
	clear(block[:])
}

// sumSHA256 is sum for SHA-256.
func (k *keyed) sumSHA256(out, first, second []byte, rest [][]byte) {
	var digest [sha256.Size]byte
	h := sha256.New()
	h.(encoding.BinaryUnmarshaler).UnmarshalBinary(k.inner[:sha256State])
	h.Write(first)
	h.Write(second)
	for _, d := range rest {
		h.Write(d)
	}
	h.Sum(digest[:0])
	h.(encoding.BinaryUnmarshaler).UnmarshalBinary(k.outer[:sha256State])
	h.Write(digest[:])
	h.Sum(digest[:0])
	copy(out, digest[:])
	clear(digest[:])
}

// setSHA384 is setKey for SHA-384.
func (k *keyed) setSHA384(key []byte) {
	var block [sha512.BlockSize]byte
	setPad(SHA384, block[:], key)
	inner := sha512.New384()
	inner.Write(block[:])
	inner.(encoding.BinaryAppender).AppendBinary(k.inner[:0])
	flipPad(block[:])
	outer := sha512.New384()
	outer.Write(block[:])
	outer.(encoding.BinaryAppender).AppendBinary(k.outer[:0])
	clear(block[:])
}

// sumSHA384 is sum for SHA-384.
func (k *keyed) sumSHA384(out, first, second []byte, rest [][]byte) {
	var digest [sha512.Size384]byte
	h := sha512.New384()
	h.(encoding.BinaryUnmarshaler).UnmarshalBinary(k.inner[:sha512State])
	h.Write(first)
	h.Write(second)
	for _, d := range rest {
		h.Write(d)
	}
	h.Sum(digest[:0])
	h.(encoding.BinaryUnmarshaler).UnmarshalBinary(k.outer[:sha512State])
	h.Write(digest[:])
	h.Sum(digest[:0])
	copy(out, digest[:])
	clear(digest[:])
}

// sumAny is for the hashes that no suite has. The copies keep the caller's slices off the heap, which calls through an
// interface would otherwise put there for every hash.
func (k *keyed) sumAny(out, first, second []byte, rest [][]byte) {
	m := hmac.New(k.h.row().new, k.key)
	m.Write(append(append([]byte(nil), first...), second...))
	for _, d := range rest {
		m.Write(append([]byte(nil), d...))
	}
	copy(out, m.Sum(nil))
}
