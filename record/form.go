package record

import (
	"encoding/binary"
	"math/bits"
)

// Form is how one version before TLS 1.3 protects records with a given Bulk: an immutable row, shared by pointer. A version's row
// in the handshake names its Form; nothing here looks at version numbers.
type Form struct {
	name        string
	sslMAC      bool // the MAC of SSL 3.0, which leaves out the version, rather than HMAC
	freePadding bool // of CBC: at most one block, with any bytes in it
	explicitIV  bool // each record of CBC carries its IV; otherwise it is the last block of the record before
}

// The forms.
var (
	// FormSSL30 is SSL 3.0's (RFC 6101, Section 5.2.3).
	FormSSL30 = &Form{name: "SSL 3.0", sslMAC: true, freePadding: true}

	// FormTLS10 is TLS 1.0's (RFC 2246, Section 6.2.3).
	FormTLS10 = &Form{name: "TLS 1.0"}

	// FormTLS11 is that of TLS 1.1 and TLS 1.2 (RFC 4346, Section 6.2.3; RFC 5246, Section 6.2.3).
	FormTLS11 = &Form{name: "TLS 1.1", explicitIV: true}
)

// signShift leaves nothing of an int but its sign, in every bit.
const signShift = bits.UintSize - 1

// maxPadding is the longest padding in bytes, its length byte included.
func (f *Form) maxPadding(block int) int {
	if f.freePadding {
		return block
	}
	return 256
}

// padding returns how many bytes of padding stand at the end of plain, its length byte included, and 1 if it is well formed; else
// 1 and 0. At most room bytes may be padding. plain is a whole number of blocks of 8 or 16 bytes, at least one, and room is at
// least 1. The results are secret: nothing but len(plain), room and block decides what this does and how long it takes.
//
// RFC 5246, Section 6.2.3.2: wrong padding counts as none, so that a MAC is computed all the same.
func (f *Form) padding(plain []byte, room, block int) (n, good int) {
	value := plain[len(plain)-1]
	n = int(value) + 1
	fits := ^((min(room, f.maxPadding(block)) - n) >> signShift) // all ones if n is allowed
	if !f.freePadding {
		// RFC 5246, Section 6.2.3.2: each byte of the padding has the same value.
		var wrong uint64
		all := uint64(value) * 0x0101010101010101
		for i := 8; i <= min(256, len(plain)); i += 8 {
			word := binary.LittleEndian.Uint64(plain[len(plain)-i:])
			wrong |= (word ^ all) &^ lowBytes(i-n)
		}
		fits &= ^int(int64(wrong|-wrong) >> 63)
	}
	return n&fits | 1&^fits, fits & 1
}

// lowBytes returns ones in the n lower bytes of a word, without a branch: in none if n is less than 0, in all if it is over 8.
func lowBytes(n int) uint64 {
	n &^= n >> signShift
	return 1<<(8*uint64(n)) - 1 // a shift by 64 or more leaves 0
}

// takeMAC copies to mac what stands in b at the secret offset at, which leaves room for it. b has at most 256 bytes more than
// mac, and mac at most maxMAC. Time and memory access depend on len(b) and len(mac) alone: all of b is moved down by each power
// of two that at is made of, or by a mask not.
func takeMAC(mac, b []byte, at int) {
	const words = (maxMAC+256)/8 + 2
	var bytes [8 * words]byte
	copy(bytes[:], b)
	var w [words]uint64
	for i := range w {
		w[i] = binary.LittleEndian.Uint64(bytes[8*i:])
	}
	for power := 32; power > 0; power /= 2 {
		move := uint64(-(at >> 3 & power) >> signShift)
		for i := range min(words-power, maxMAC/8+power) {
			w[i] = w[i]&^move | w[i+power]&move
		}
	}
	shift := uint64(at&7) * 8
	for i := range maxMAC / 8 {
		binary.LittleEndian.PutUint64(bytes[8*i:], w[i]>>shift|w[i+1]<<(64-shift))
	}
	copy(mac, bytes[:])
}
