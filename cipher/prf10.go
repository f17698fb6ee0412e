package cipher

import (
	"crypto/hmac"
	"crypto/subtle"
)

// PRF10 fills out from the PRF of TLS 1.0 and 1.1: the XOR of what HMAC-MD5 makes of the first half of secret and HMAC-SHA-1 of
// the second (RFC 4346, Section 5). seed is all seeds one after the other. No slice is kept; out must not overlap secret or
// a seed.
func PRF10(out, secret []byte, label string, seed ...[]byte) {
	labelled := []byte(label)
	for _, s := range seed {
		labelled = append(labelled, s...)
	}
	// RFC 4346, Section 5: a secret of odd length shares its middle byte between the halves.
	half := (len(secret) + 1) / 2
	expand10(MD5, out, secret[:half], labelled)
	other := make([]byte, len(out))
	expand10(SHA1, other, secret[len(secret)-half:], labelled)
	subtle.XORBytes(out, out, other)
	clear(other)
}

// expand10 is P_hash (RFC 4346, Section 5).
func expand10(h Hash, out, secret, seed []byte) {
	mac := hmac.New(h.row().new, append([]byte(nil), secret...))
	mac.Write(seed)
	a := mac.Sum(nil)
	var room [MaxHashSize]byte
	for len(out) > 0 {
		mac.Reset()
		mac.Write(a)
		mac.Write(seed)
		out = out[copy(out, mac.Sum(room[:0])):]
		mac.Reset()
		mac.Write(a)
		a = mac.Sum(a[:0])
	}
	clear(a)
	clear(room[:])
}
