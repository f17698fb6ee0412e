package keyschedule

import (
	"fmt"

	"tlsengine/cipher"
)

// maxSecret is the longest hash of a TLS 1.3 suite in bytes (SHA-384).
const maxSecret = 48

// Secret is a secret of TLS 1.3, as long as its hash. It is a value: assigning it copies the secret. It doesn't print.
// The zero Secret holds nothing.
type Secret struct {
	h cipher.Hash
	n uint8
	b [maxSecret]byte
}

// NewSecret makes a Secret of hash h from its bytes, which are copied: a session's PSK, for example. It panics if there are
// more than 48 of them.
func NewSecret(h cipher.Hash, b []byte) Secret {
	if len(b) > maxSecret {
		panic("keyschedule: secret longer than SHA-384's")
	}
	s := Secret{h: h, n: uint8(len(b))}
	copy(s.b[:], b)
	return s
}

// Hash returns the hash function the secret belongs to, 0 for the zero Secret.
func (s *Secret) Hash() cipher.Hash { return s.h }

// Bytes returns the secret itself: a view of s, valid as long as s is not changed or cleared.
func (s *Secret) Bytes() []byte { return s.b[:s.n] }

// Clear forgets the secret.
func (s *Secret) Clear() { *s = Secret{} }

// Format hides the secret under every verb of fmt.
func (s Secret) Format(f fmt.State, _ rune) { f.Write([]byte(s.String())) }

// String hides the secret.
func (s Secret) String() string { return "secret" }

// GoString hides the secret.
func (s Secret) GoString() string { return s.String() }

// derive returns Derive-Secret with a transcript hash at hand (RFC 8446, Section 7.1).
func (s *Secret) derive(label string, transcriptHash []byte) Secret {
	if len(transcriptHash) != s.h.Size() {
		panic("keyschedule: transcript hash of another suite")
	}
	return s.expand(label, transcriptHash)
}

// expand returns HKDF-Expand-Label(s, label, context, Hash.length).
func (s *Secret) expand(label string, context []byte) Secret {
	if s.n == 0 {
		panic("keyschedule: secret used after it was cleared")
	}
	next := Secret{h: s.h, n: uint8(s.h.Size())}
	cipher.HKDFExpandLabel(s.h, next.b[:next.n], s.Bytes(), label, context)
	return next
}

// extract returns HKDF-Extract(salt, ikm) for the salt s.
func (s *Secret) extract(ikm []byte) Secret {
	next := Secret{h: s.h, n: uint8(s.h.Size())}
	cipher.HKDFExtract(s.h, next.b[:next.n], s.Bytes(), ikm)
	return next
}

// KeyIV writes the record protection's key and IV of traffic secret s into the front of key and iv, which have room for
// suite.Bulk's KeyLen and FixedIVLen bytes (RFC 8446, Section 7.3). The suite's hash is the secret's.
func (s Secret) KeyIV(suite *cipher.Suite, key, iv []byte) {
	var x cipher.Expander
	x.Init(s.h, s.Bytes())
	x.ExpandLabel(key[:suite.Bulk.KeyLen], "key", nil)
	x.ExpandLabel(iv[:suite.Bulk.FixedIVLen], "iv", nil)
	x.Clear()
}

// Next returns the application traffic secret that follows s after a KeyUpdate (RFC 8446, Section 7.2).
func (s Secret) Next() Secret { return s.expand("traffic upd", nil) }

// PSK returns the PSK that goes with a ticket of the given nonce, s being the resumption secret (RFC 8446, Section 4.6.1).
// The nonce has at most 255 bytes.
func (s Secret) PSK(nonce []byte) Secret { return s.expand("resumption", nonce) }

// AppendFinished appends to dst the verify_data of a Finished under base key s, a traffic secret, over a transcript with the
// given hash, and returns the longer slice (RFC 8446, Section 4.4.4). Binders are made alike (Section 4.2.11.2).
func (s *Secret) AppendFinished(dst, transcriptHash []byte) []byte {
	if len(transcriptHash) != s.h.Size() {
		panic("keyschedule: transcript hash of another suite")
	}
	key := s.expand("finished", nil)
	var mac [maxSecret]byte
	cipher.HMAC(s.h, mac[:key.n], key.Bytes(), transcriptHash)
	dst = append(dst, mac[:key.n]...)
	key.Clear()
	return dst
}

// CheckFinished compares two verify_data or binders in constant time; other lengths are unequal.
func CheckFinished(got, want []byte) bool { return cipher.EqualMAC(got, want) }
