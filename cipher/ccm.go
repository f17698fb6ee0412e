package cipher

import (
	stdcipher "crypto/cipher"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"slices"
)

// ccm is AES in CCM mode (RFC 3610) with the nonce of TLS (RFC 6655, Section 3): 12 bytes, which leaves 3 for the length. The
// standard library has no CCM.
//
// The blocks it works on stand in the struct, because what passes through a stdcipher.Block on the stack would be moved to the
// heap for each record. So, unlike the library's AEADs, one ccm is used by one goroutine at a time.
type ccm struct {
	block  stdcipher.Block
	tagLen int
	mac    [ccmBlock]byte // of CBC-MAC
	ctr    [ccmBlock]byte // the counter
	stream [ccmBlock]byte // the counter encrypted
}

// Lengths in bytes, and the longest message.
const (
	ccmBlock  = 16
	ccmNonce  = 12
	ccmLength = 15 - ccmNonce // of the field that holds the message's length, and of the counter
	ccmMax    = 1<<(8*ccmLength) - 1
	ccmMaxAAD = 0xFF00 - 1 // beyond it the length is written otherwise (RFC 3610, Section 2.2)
)

// newCCM makes an AEAD whose tag has tagLen bytes, for a key of size bytes.
func newCCM(key []byte, size, tagLen int) (stdcipher.AEAD, error) {
	block, err := newAES(key, size)
	if err != nil {
		return nil, err
	}
	return &ccm{block: block, tagLen: tagLen}, nil
}

// NonceSize implements stdcipher.AEAD.
func (*ccm) NonceSize() int { return ccmNonce }

// Overhead implements stdcipher.AEAD.
func (c *ccm) Overhead() int { return c.tagLen }

// Seal implements stdcipher.AEAD. dst and plaintext share no memory, or plaintext lies right where the ciphertext goes.
func (c *ccm) Seal(dst, nonce, plaintext, aad []byte) []byte {
	c.begin(nonce, len(plaintext), aad)
	dst = slices.Grow(dst, len(plaintext)+c.tagLen)
	at := len(dst)
	dst = dst[:at+len(plaintext)+c.tagLen]
	for i := 0; i < len(plaintext); i += ccmBlock {
		p := plaintext[i:min(i+ccmBlock, len(plaintext))]
		c.absorb(p)
		c.advance()
		subtle.XORBytes(dst[at+i:], p, c.stream[:])
	}
	c.finish()
	copy(dst[at+len(plaintext):], c.mac[:c.tagLen])
	return dst
}

var errCCM = errors.New("cipher: message authentication failed")

// Open implements stdcipher.AEAD. dst and ciphertext share no memory, or the plaintext goes right where ciphertext lies.
func (c *ccm) Open(dst, nonce, ciphertext, aad []byte) ([]byte, error) {
	n := len(ciphertext) - c.tagLen
	if n < 0 || n > ccmMax {
		return nil, errCCM
	}
	c.begin(nonce, n, aad)
	dst = slices.Grow(dst, n)
	out := dst[len(dst):][:n]
	for i := 0; i < n; i += ccmBlock {
		c.advance()
		p := out[i:min(i+ccmBlock, n)]
		subtle.XORBytes(p, ciphertext[i:n], c.stream[:])
		c.absorb(p)
	}
	c.finish()
	if subtle.ConstantTimeCompare(c.mac[:c.tagLen], ciphertext[n:]) != 1 {
		clear(out)
		return nil, errCCM
	}
	return dst[:len(dst)+n], nil
}

// begin starts on a message of n bytes: the first block of the MAC (RFC 3610, Section 2.2), the additional data, and the
// counter at 0, which is kept for the tag.
func (c *ccm) begin(nonce []byte, n int, aad []byte) {
	if len(nonce) != ccmNonce || n > ccmMax || len(aad) > ccmMaxAAD {
		panic("cipher: CCM was given a nonce, a message or additional data of a length that it doesn't take")
	}
	binary.BigEndian.PutUint32(c.mac[12:], uint32(n)) // the nonce then overwrites the first of the four bytes
	c.mac[0] = byte(8*((c.tagLen-2)/2) + ccmLength - 1)
	copy(c.mac[1:], nonce)
	c.ctr = [ccmBlock]byte{ccmLength - 1}
	copy(c.ctr[1:], nonce)
	if len(aad) == 0 {
		c.block.Encrypt(c.mac[:], c.mac[:])
		return
	}
	c.mac[0] |= 0x40
	c.block.Encrypt(c.mac[:], c.mac[:])
	c.mac[0] ^= byte(len(aad) >> 8)
	c.mac[1] ^= byte(len(aad))
	first := min(len(aad), ccmBlock-2)
	subtle.XORBytes(c.mac[2:], c.mac[2:], aad[:first])
	c.block.Encrypt(c.mac[:], c.mac[:])
	for aad = aad[first:]; len(aad) > 0; {
		k := min(len(aad), ccmBlock)
		c.absorb(aad[:k])
		aad = aad[k:]
	}
}

// absorb takes one block, or the last part of one, into the MAC.
func (c *ccm) absorb(p []byte) {
	subtle.XORBytes(c.mac[:], c.mac[:], p)
	c.block.Encrypt(c.mac[:], c.mac[:])
}

// advance makes the next block of the key stream.
func (c *ccm) advance() {
	// The byte in front of the counter is the nonce's: ccmMax keeps out of it.
	binary.BigEndian.PutUint32(c.ctr[12:], binary.BigEndian.Uint32(c.ctr[12:])+1)
	c.block.Encrypt(c.stream[:], c.ctr[:])
}

// finish turns the MAC into the tag, with the key stream of counter 0.
func (c *ccm) finish() {
	clear(c.ctr[ccmBlock-ccmLength:])
	c.block.Encrypt(c.stream[:], c.ctr[:])
	subtle.XORBytes(c.mac[:], c.mac[:], c.stream[:])
}
