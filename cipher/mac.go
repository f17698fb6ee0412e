package cipher

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding"
	"encoding/binary"
	"hash"
	"math/bits"
)

// MAC authenticates records before TLS 1.3 under one key. It is HMAC (RFC 2104) or the code of SSL 3.0, whose shape is the same:
// a hash over a prefix made of the key and the message, and a hash over another prefix and the first hash.
//
// A MAC is used by one goroutine at a time. Its zero value has no key; SetHMAC or SetSSL gives it one.
type MAC struct {
	h    Hash
	ssl  bool
	key  [maxMACKey]byte // as long as the digest
	work *macWork        // nil while asleep
}

// maxMACKey is the longest digest of a suite's MAC, SHA-384's.
const maxMACKey = sha512.Size384

// macWork is what can be made again from the key, and the memory to work in. It is on the heap for as long as the MAC is awake,
// because what passes through hash.Hash on the stack would be moved there for each record.
type macWork struct {
	run          runningHash
	shape        hashShape
	inner, outer [sha512State]byte // running hashes after the prefixes; the inner one only after whole blocks of it
	whole        int               // bytes of the inner prefix in those blocks
	lead         [maxMACLead]byte  // the rest of the inner prefix, then the head of the present message
	rest         int               // bytes of that rest
	state        [sha512State]byte // a running hash, taken apart
	block        [sha512.BlockSize]byte
	sum          [sha512.Size]byte
}

// MaxMACHead is the longest head of a message, in bytes: sequence number, type, version, length.
const MaxMACHead = 13

// maxMACLead has room for the 60 bytes of SSL 3.0's prefix for SHA-1, which fill no block, and a head.
const maxMACLead = 60 + MaxMACHead

// runningHash is a hash of the standard library, whose state can be looked at.
type runningHash interface {
	hash.Hash
	encoding.BinaryAppender
	encoding.BinaryUnmarshaler
}

// hashShape is what Merkle-Damgard padding and AppendBinary look like, lengths in bytes: a mark of four bytes, the chaining value
// in big endian, one block, the number of bytes so far.
type hashShape struct {
	block    int
	chaining int
	length   int  // of the field that holds the message's length
	state    int  // of AppendBinary
	little   bool // digest and length field are little-endian
}

var hashShapes = map[Hash]hashShape{
	MD5:    {block: md5.BlockSize, chaining: md5.Size, length: 8, state: 4 + md5.Size + md5.BlockSize + 8, little: true},
	SHA1:   {block: sha1.BlockSize, chaining: sha1.Size, length: 8, state: 4 + sha1.Size + sha1.BlockSize + 8},
	SHA256: {block: sha256.BlockSize, chaining: sha256.Size, length: 8, state: sha256State},
	SHA384: {block: sha512.BlockSize, chaining: sha512.Size, length: 16, state: sha512State},
}

// chainingAt is where the chaining value begins in a state.
const chainingAt = 4

// SetHMAC makes m the HMAC with h, which is MD5, SHA1, SHA256 or SHA384, under key, which is as long as h's digest and is copied.
func (m *MAC) SetHMAC(h Hash, key []byte) { m.set(h, false, key) }

// SetSSL makes m SSL 3.0's MAC with h, which is MD5 or SHA1, under key, which is as long as h's digest and is copied (RFC 6101,
// Section 5.2.3.1).
func (m *MAC) SetSSL(h Hash, key []byte) { m.set(h, true, key) }

func (m *MAC) set(h Hash, ssl bool, key []byte) {
	if hashShapes[h].block == 0 || len(key) != h.Size() || ssl && h != MD5 && h != SHA1 {
		panic("cipher: no MAC has the hash " + h.String() + ", or the key has another length")
	}
	m.Clear()
	m.h, m.ssl = h, ssl
	copy(m.key[:], key)
}

// Size returns the length of the code in bytes.
func (m *MAC) Size() int { return m.h.Size() }

// Sleep drops what can be made again from the key.
func (m *MAC) Sleep() {
	if m.work != nil {
		*m.work = macWork{}
		m.work = nil
	}
}

// Clone returns a MAC with the same key that shares nothing with m.
func (m *MAC) Clone() MAC {
	c := *m
	c.work = nil
	return c
}

// Clear forgets the key.
func (m *MAC) Clear() {
	m.Sleep()
	*m = MAC{}
}

// Footprint returns the heap that m holds beside itself, in bytes: with the running hash, which has at most 256.
func (m *MAC) Footprint() int {
	if m.work == nil {
		return 0
	}
	return 1280
}

// wake makes the running hashes after the prefixes.
func (m *MAC) wake() *macWork {
	if m.work != nil {
		return m.work
	}
	w := &macWork{run: m.h.New().(runningHash), shape: hashShapes[m.h]}
	n := m.prefix(w, 0x36)
	w.whole = n / w.shape.block * w.shape.block
	w.run.Write(w.block[:w.whole])
	w.run.AppendBinary(w.inner[:0])
	w.rest = copy(w.lead[:], w.block[w.whole:n])
	w.run.Reset()
	w.run.Write(w.block[:m.prefix(w, 0x5c)])
	w.run.AppendBinary(w.outer[:0])
	clear(w.block[:])
	m.work = w
	return w
}

// prefix puts the prefix of one of the two hashes into w.block and returns its length. HMAC's is the key, filled up with zeros to
// a block, XORed with pad; SSL 3.0's is the key and then 48 bytes (MD5) or 40 bytes (SHA-1) of pad.
func (m *MAC) prefix(w *macWork, pad byte) int {
	size := m.h.Size()
	if !m.ssl {
		for i := range w.block[:w.shape.block] {
			w.block[i] = pad
			if i < size {
				w.block[i] ^= m.key[i]
			}
		}
		return w.shape.block
	}
	n := copy(w.block[:], m.key[:size])
	end := n + 48
	if m.h == SHA1 {
		end = n + 40
	}
	for i := n; i < end; i++ {
		w.block[i] = pad
	}
	return end
}

// Sum writes the code of head and data, one after the other, into out, which has room for Size bytes. head has at most MaxMACHead
// bytes. How long it takes tells how long data is.
func (m *MAC) Sum(out, head, data []byte) {
	w := m.wake()
	n := w.rest + copy(w.lead[w.rest:], head)
	w.run.UnmarshalBinary(w.inner[:w.shape.state])
	w.run.Write(w.lead[:n])
	w.run.Write(data)
	w.run.Sum(w.sum[:0])
	w.finish(out, m.h.Size())
}

// finish is the outer hash, over the inner one in w.sum.
func (w *macWork) finish(out []byte, size int) {
	w.run.UnmarshalBinary(w.outer[:w.shape.state])
	w.run.Write(w.sum[:size])
	w.run.Sum(w.sum[:0])
	copy(out, w.sum[:size])
}

// SumSecret is Sum for head and data[:n], where n and what stands in head are secret and least <= n <= len(data). Its time, the
// memory that it touches and the blocks that it hashes depend on least and len(data) alone, and on nothing else.
//
// Blocks that belong to the message whatever n is are hashed as usual. Each of the others, up to the one that a message of
// len(data) bytes would end in, is put together without branches as it stands in a message of n bytes with its padding (RFC 1321,
// Section 3; FIPS 180-4, Section 5.1), and hashed alone; of the chaining values in between, the one after the block in which the
// message ends is kept by a mask. The library shows the chaining value after a block by AppendBinary.
func (m *MAC) SumSecret(out, head, data []byte, n, least int) {
	w := m.wake()
	s := &w.shape
	lead := w.rest + copy(w.lead[w.rest:], head)
	at := (lead + least) / s.block * s.block // what stands before it is the same for every n
	w.run.UnmarshalBinary(w.inner[:s.state])
	w.run.Write(w.lead[:min(at, lead)])
	w.run.Write(data[:max(at-lead, 0)])

	length := lead + n
	last := (length + s.length) &^ (s.block - 1) // where the last block begins
	clear(w.sum[:])
	for end := lead + len(data) + s.length; at <= end; at += s.block {
		w.build(data, at, lead, length, w.whole+length, last)
		w.run.Write(w.block[:s.block])
		w.run.AppendBinary(w.state[:0])
		keep := byte(maskEqual(at, last))
		for i, b := range w.state[chainingAt : chainingAt+s.chaining] {
			w.sum[i] |= b & keep
		}
	}
	if s.little {
		for i := 0; i < s.chaining; i += 4 {
			binary.LittleEndian.PutUint32(w.sum[i:], binary.BigEndian.Uint32(w.sum[i:]))
		}
	}
	w.finish(out, m.h.Size())
}

// build makes w.block what stands at the offset at of a message of length bytes, behind lead and data, when it is padded. total
// is the length that padding writes down, last the offset of the last block. length, total and last are secret.
func (w *macWork) build(data []byte, at, lead, length, total, last int) {
	s := &w.shape
	block := w.block[:s.block]
	clear(block)
	k := copy(block, w.lead[min(at, lead):lead])
	copy(block[k:], data[min(max(at-lead, 0), len(data)):])
	for i := 0; i < len(block); i += 8 {
		left := length - at - i // bytes of the message from here on
		kept := 8 * uint64(left&^(left>>signShift))
		word := binary.LittleEndian.Uint64(block[i:])
		word = word&(1<<kept-1) | 0x80<<kept&^uint64(left>>signShift) // shifts by 64 or more leave 0
		binary.LittleEndian.PutUint64(block[i:], word)
	}
	var field [8]byte
	if s.little {
		binary.LittleEndian.PutUint64(field[:], uint64(total)*8)
	} else {
		binary.BigEndian.PutUint64(field[:], uint64(total)*8)
	}
	here := byte(maskEqual(at, last))
	for i, b := range field {
		block[s.block-8+i] |= b & here
	}
}

// maskEqual returns all ones if a and b, the difference of which an int holds, are equal, else 0, without a branch.
func maskEqual(a, b int) int {
	d := a - b
	return ^((d | -d) >> signShift)
}

// signShift leaves nothing of an int but its sign, in every bit.
const signShift = bits.UintSize - 1
