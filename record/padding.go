package record

import (
	"encoding/binary"
	"math/bits"
)

// lastNonZero returns the index of the last byte of b that isn't zero, -1 if there is none. It is called for padded records.
//
// The time it takes depends on len(b) alone, which the network sees anyway: a scan from the end that stops at the content would
// tell the length that the padding hides (RFC 8446, Appendix E.3). Whether there is padding at all is not hidden.
func lastNonZero(b []byte) int {
	var word uint64 // the last word that isn't zero
	at := -8        // where it begins
	i := 0
	for ; i+8 <= len(b); i += 8 {
		w := binary.LittleEndian.Uint64(b[i:])
		word, at = lastWord(word, at, w, i)
	}
	var tail uint64
	for j := i; j < len(b); j++ {
		tail |= uint64(b[j]) << (8 * uint(j-i))
	}
	word, at = lastWord(word, at, tail, i)
	return at + (bits.Len64(word)+7)/8 - 1 + 8*isZero(word)
}

// lastWord returns (w, i) if w isn't zero, else (word, at), without a branch.
func lastWord(word uint64, at int, w uint64, i int) (uint64, int) {
	mask := uint64(int64(w|-w) >> 63) // all ones if w != 0
	return word&^mask | w&mask, int(uint64(at)&^mask | uint64(i)&mask)
}

// isZero returns 1 if w is zero, else 0, without a branch.
func isZero(w uint64) int { return int(^(w|-w)>>63) & 1 }

// Padding chooses how much padding a record of TLS 1.3 gets (RFC 8446, Section 5.4): for n bytes of content of type t it returns
// how many bytes the record is to hold with the padding; less than n is n, more than most is most. It is called for each record,
// by the goroutine that sends, and makes its choice from the arguments alone.
type Padding func(t ContentType, n, most int) int

// PadToMultiple pads every record to a multiple of block bytes, as long as there is room.
func PadToMultiple(block int) Padding {
	return func(_ ContentType, n, most int) int {
		if block < 2 {
			return n
		}
		return (n + block - 1) / block * block
	}
}

// PadFull makes all records as long as they may be.
func PadFull(_ ContentType, _, most int) int { return most }
