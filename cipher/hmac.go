package cipher

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
)

// HMAC writes the HMAC (RFC 2104) of all data, one piece after the other, under key into out. A shorter out takes the
// first len(out) bytes, a longer one is a programming error and panics. No slice is kept; out may overlap key or data.
// With SHA-256, SHA-384 and SHA-512 nothing is allocated.
//
// The three functions below look alike and must: Go keeps a running hash on the stack only where the compiler sees its
// concrete type, which a shared helper would hide behind the hash.Hash interface.
func HMAC(h Hash, out, key []byte, data ...[]byte) {
	if len(out) > h.Size() {
		panic("cipher: HMAC output longer than the hash")
	}
	switch h {
	case SHA256:
		hmacSHA256(out, key, data)
	case SHA384:
		hmacSHA384(out, key, data)
	case SHA512:
		hmacSHA512(out, key, data)
	default:
		hmacAny(h, out, key, data)
	}
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

// setPad fills the zeroed block with key XORed with ipad. The key is no longer than the block.
func setPad(block, key []byte) {
	copy(block, key)
	subtle.XORBytes(block, block, ipad[:])
}

func flipPad(block []byte) { subtle.XORBytes(block, block, opadFromIpad[:]) }

func hmacSHA256(out, key []byte, data [][]byte) {
	var block [sha256.BlockSize]byte
	var digest [sha256.Size]byte
	if len(key) > len(block) {
		digest = sha256.Sum256(key)
		key = digest[:]
	}
	setPad(block[:], key)
	inner := sha256.New()
	inner.Write(block[:])
	for _, d := range data {
		inner.Write(d)
	}
	inner.Sum(digest[:0])
	flipPad(block[:])
	outer := sha256.New()
	outer.Write(block[:])
	outer.Write(digest[:])
	outer.Sum(digest[:0])
	copy(out, digest[:])
	clear(block[:])
	clear(digest[:])
}

func hmacSHA384(out, key []byte, data [][]byte) {
	var block [sha512.BlockSize]byte
	var digest [sha512.Size384]byte
	if len(key) > len(block) {
		digest = sha512.Sum384(key)
		key = digest[:]
	}
	setPad(block[:], key)
	inner := sha512.New384()
	inner.Write(block[:])
	for _, d := range data {
		inner.Write(d)
	}
	inner.Sum(digest[:0])
	flipPad(block[:])
	outer := sha512.New384()
	outer.Write(block[:])
	outer.Write(digest[:])
	outer.Sum(digest[:0])
	copy(out, digest[:])
	clear(block[:])
	clear(digest[:])
}

func hmacSHA512(out, key []byte, data [][]byte) {
	var block [sha512.BlockSize]byte
	var digest [sha512.Size]byte
	if len(key) > len(block) {
		digest = sha512.Sum512(key)
		key = digest[:]
	}
	setPad(block[:], key)
	inner := sha512.New()
	inner.Write(block[:])
	for _, d := range data {
		inner.Write(d)
	}
	inner.Sum(digest[:0])
	flipPad(block[:])
	outer := sha512.New()
	outer.Write(block[:])
	outer.Write(digest[:])
	outer.Sum(digest[:0])
	copy(out, digest[:])
	clear(block[:])
	clear(digest[:])
}

// hmacAny is for the hashes that no handshake key depends on. The copies keep the caller's slices off the heap, which
// calls through an interface would otherwise put there for every hash.
func hmacAny(h Hash, out, key []byte, data [][]byte) {
	k := append([]byte(nil), key...)
	m := hmac.New(h.row().new, k)
	for _, d := range data {
		m.Write(append([]byte(nil), d...))
	}
	copy(out, m.Sum(nil))
	clear(k)
}

// EqualMAC compares two MACs or verify_data in constant time. Slices of different lengths are unequal.
func EqualMAC(a, b []byte) bool { return subtle.ConstantTimeCompare(a, b) == 1 }
