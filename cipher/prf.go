package cipher

// PRF12 fills out from the PRF of TLS 1.2 with hash h: PRF(secret, label, seed), seed being all seeds one after the other
// (RFC 5246, Section 5). No slice is kept; out must not overlap secret or a seed. With SHA-256 and SHA-384, the hashes of
// all suites, and labels of up to 32 bytes nothing is allocated.
func PRF12(h Hash, out, secret []byte, label string, seed ...[]byte) {
	// P_hash: A(0) = label + seed, A(i) = HMAC(secret, A(i-1)), and the i-th piece of output is
	// HMAC(secret, A(i) + label + seed).
	var k keyed
	var room, piece [MaxHashSize]byte
	a := room[:h.Size()]
	l := []byte(label)
	k.setKey(h, secret)
	k.sum(a, nil, l, seed)
	for len(out) > 0 {
		k.sum(piece[:len(a)], a, l, seed)
		if out = out[copy(out, piece[:len(a)]):]; len(out) > 0 {
			k.sum(a, a, nil, nil)
		}
	}
	k.clear()
	clear(a)
	clear(piece[:])
}
