package cipher

// PRF12 fills out from the PRF of TLS 1.2 with hash h: PRF(secret, label, seed), seed being all seeds one after the other
// (RFC 5246, Section 5). No slice is kept; out must not overlap secret or a seed. Nothing is allocated for labels of up
// to 32 bytes and up to four seeds.
func PRF12(h Hash, out, secret []byte, label string, seed ...[]byte) {
	// P_hash: A(0) = label + seed, A(i) = HMAC(secret, A(i-1)), output i = HMAC(secret, A(i) + label + seed).
	var a, block [MaxHashSize]byte
	var room [6][]byte
	size := h.Size()
	parts := append(room[:0], nil, []byte(label))
	parts = append(parts, seed...)
	HMAC(h, a[:size], secret, parts...)
	parts[0] = a[:size]
	for len(out) > 0 {
		HMAC(h, block[:size], secret, parts...)
		out = out[copy(out, block[:size]):]
		if len(out) > 0 {
			HMAC(h, a[:size], secret, a[:size])
		}
	}
	clear(a[:])
	clear(block[:])
}
