package cipher

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"hash"
)

// ExpandSSL30 fills out, at most 416 bytes, with what SSL 3.0 derives from a secret and random seeds: pieces of
// MD5(secret + SHA(salt + secret + seeds)), where the salt is "A", then "BB", then "CCC" and so on (RFC 6101, Sections 6.1
// and 6.2.2). No slice is kept; out must not overlap secret or a seed.
func ExpandSSL30(out, secret []byte, seed ...[]byte) {
	if len(out) > 26*md5.Size {
		panic("cipher: SSL 3.0 has letters for 416 bytes only")
	}
	own := append([]byte(nil), secret...)
	inner, outer := sha1.New(), md5.New()
	var digest [sha1.Size]byte
	for n := 1; len(out) > 0; n++ {
		inner.Reset()
		inner.Write(bytes.Repeat([]byte{byte('A' + n - 1)}, n))
		inner.Write(own)
		for _, s := range seed {
			inner.Write(append([]byte(nil), s...))
		}
		outer.Reset()
		outer.Write(own)
		outer.Write(inner.Sum(digest[:0]))
		out = out[copy(out, outer.Sum(digest[:0])):]
	}
	clear(own)
	clear(digest[:])
}

// SumSSL30 appends SSL 3.0's keyed digests of the messages that running, a hash of MD5SHA1, has taken in: MD5's, then SHA-1's,
// each hash(master + pad2 + hash(messages + sender + master + pad1)) (RFC 6101, Sections 5.6.8 and 5.6.9). A CertificateVerify
// has no sender. running is not changed.
func SumSSL30(dst []byte, running hash.Hash, sender string, master []byte) []byte {
	h := running.(*md5SHA1)
	own := append([]byte(nil), master...) // so that the caller's may stay on the stack
	both := nestSSL30(nil, MD5, h.md5, 48, sender, own)
	both = nestSSL30(both, SHA1, h.sha1, 40, sender, own)
	clear(own)
	return append(dst, both...)
}

// nestSSL30 is one half of SumSSL30, for a hash whose pads are that long.
func nestSSL30(dst []byte, algo Hash, messages hash.Hash, pad int, sender string, master []byte) []byte {
	inner := cloneHash(messages)
	inner.Write([]byte(sender))
	inner.Write(master)
	inner.Write(bytes.Repeat([]byte{0x36}, pad))
	outer := algo.New()
	outer.Write(master)
	outer.Write(bytes.Repeat([]byte{0x5c}, pad))
	outer.Write(inner.Sum(nil))
	return outer.Sum(dst)
}
