package cipher

import (
	"crypto/sha256"
	"crypto/sha512"
)

// PRF12 fills out from the PRF of TLS 1.2 with hash h: PRF(secret, label, seed), seed being all seeds one after the other
// (RFC 5246, Section 5). No slice is kept; out must not overlap secret or a seed. With SHA-256 and SHA-384, the hashes of
// all suites, and labels of up to 32 bytes nothing is allocated.
func PRF12(h Hash, out, secret []byte, label string, seed ...[]byte) {
	switch h { // a conversion in each case: a label that one case puts on the heap would be there for all
	case SHA256:
		prf12SHA256(out, secret, []byte(label), seed)
	case SHA384:
		prf12SHA384(out, secret, []byte(label), seed)
	default:
		prf12Any(h, out, secret, append([][]byte{[]byte(label)}, seed...))
	}
}

// The functions below are P_hash: A(0) = label + seed, A(i) = HMAC(secret, A(i-1)), and the i-th piece of output is
// HMAC(secret, A(i) + label + seed).

func prf12SHA256(out, secret, label []byte, seed [][]byte) {
	var k keyedSHA256
	var a, piece [sha256.Size]byte
	k.setKey(secret)
	k.sum(a[:], nil, label, seed)
	for len(out) > 0 {
		k.sum(piece[:], a[:], label, seed)
		if out = out[copy(out, piece[:]):]; len(out) > 0 {
			k.sum(a[:], a[:], nil, nil)
		}
	}
	k = keyedSHA256{}
	clear(a[:])
	clear(piece[:])
}

func prf12SHA384(out, secret, label []byte, seed [][]byte) {
	var k keyedSHA384
	var a, piece [sha512.Size384]byte
	k.setKey(secret)
	k.sum(a[:], nil, label, seed)
	for len(out) > 0 {
		k.sum(piece[:], a[:], label, seed)
		if out = out[copy(out, piece[:]):]; len(out) > 0 {
			k.sum(a[:], a[:], nil, nil)
		}
	}
	k = keyedSHA384{}
	clear(a[:])
	clear(piece[:])
}

// prf12Any serves hashes that no suite has: it is plain, and slower. parts are label and seeds.
func prf12Any(h Hash, out, secret []byte, parts [][]byte) {
	a, piece := make([]byte, h.Size()), make([]byte, h.Size())
	HMAC(h, a, secret, parts...)
	for len(out) > 0 {
		HMAC(h, piece, secret, append([][]byte{a}, parts...)...)
		out = out[copy(out, piece):]
		HMAC(h, a, secret, a)
	}
	clear(a)
	clear(piece)
}
