package cipher

import "crypto/subtle"

// HMAC writes the HMAC (RFC 2104) of all data, one piece after the other, under key into out. A shorter out takes the
// first len(out) bytes, a longer one is a programming error and panics. No slice is kept; out may overlap key or data.
// With SHA-256 and SHA-384, the hashes of all suites, nothing is allocated.
func HMAC(h Hash, out, key []byte, data ...[]byte) {
	if len(out) > h.Size() {
		panic("cipher: HMAC output longer than the hash")
	}
	var k keyed
	k.setKey(h, key)
	k.sum(out, nil, nil, data)
	k.clear()
}

// EqualMAC compares two MACs or verify_data in constant time. Slices of different lengths are unequal.
func EqualMAC(a, b []byte) bool { return subtle.ConstantTimeCompare(a, b) == 1 }
