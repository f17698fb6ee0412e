package record

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

// maxPadding is the longest padding in bytes, its length byte included.
func (f *Form) maxPadding(block int) int {
	if f.freePadding {
		return block
	}
	return 256
}

// padding returns how many bytes of padding stand at the end of plain, its length byte included, and 1 if it is well formed; else 1 and 0.
// At most room bytes may be padding; plain has at least one byte, and room is at least 1. The results are secret: nothing but
// len(plain), room and block decides what this does and how long it takes.
//
// RFC 5246, Section 6.2.3.2: wrong padding counts as none, so that a MAC is computed all the same.
func (f *Form) padding(plain []byte, room, block int) (n, good int) {
	last := len(plain) - 1
	value := plain[last]
	n = int(value) + 1
	fits := ^((min(room, f.maxPadding(block)) - n) >> 63) // all ones if n is allowed
	if !f.freePadding {
		// RFC 5246, Section 6.2.3.2: each byte of the padding has the same value.
		var wrong byte
		for i := range min(256, len(plain)) {
			within := byte((i - n) >> 63)
			wrong |= (plain[last-i] ^ value) & within
		}
		fits &= ^(-int(wrong) >> 63)
	}
	return n&fits | 1&^fits, fits & 1
}

// takeMAC copies to mac what stands in b at the secret offset at, which leaves room for it. Its time and its memory access depend on len(b) and
// len(mac) alone, of which the latter is at most maxMAC.
//
// It looks at all of b and collects the bytes of the MAC in a ring as large as the MAC. Where in the ring the MAC begins is as secret as
// at; so the ring is turned by each power of two, or by a mask not.
func takeMAC(mac, b []byte, at int) {
	var rings [2][maxMAC]byte
	ring, other := rings[0][:len(mac)], rings[1][:len(mac)]
	turn, j := 0, 0
	for i, x := range b {
		d := i - at
		begun := ^(d >> 63)
		within := begun & ((d - len(mac)) >> 63)
		ring[j] |= x & byte(within)
		turn |= j & begun & ((d - 1) >> 63) // d == 0
		if j++; j == len(mac) {
			j = 0
		}
	}
	for power := 1; power < len(mac); power *= 2 {
		mask := byte(-(turn & power) >> 63)
		from := power
		for i := range ring {
			other[i] = ring[i]&^mask | ring[from]&mask
			if from++; from == len(mac) {
				from = 0
			}
		}
		ring, other = other, ring
	}
	copy(mac, ring)
}
