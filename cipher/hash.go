package cipher

import (
	"crypto"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"
	"hash"
)

// Hash names a hash function. The list is closed, so that a switch over it is complete; zero means none.
type Hash uint8

// The hash functions of the registries in this package. SHA224 serves signatures only, MD5 and MD5SHA1 what is older than
// TLS 1.2.
const (
	SHA1 Hash = iota + 1
	SHA224
	SHA256
	SHA384
	SHA512
	MD5
	MD5SHA1 // both digests, one behind the other: the transcripts and RSA signatures before TLS 1.2 (RFC 4346, Section 4.7)
)

// MaxHashSize is the largest Size of any Hash in bytes: what an array must hold to take every digest.
const MaxHashSize = 64

type hashRow struct {
	name string
	size int
	std  crypto.Hash
	new  func() hash.Hash
}

var hashRows = [...]hashRow{
	0:       {name: "none"},
	SHA1:    {"SHA1", sha1.Size, crypto.SHA1, sha1.New},
	SHA224:  {"SHA224", sha256.Size224, crypto.SHA224, sha256.New224},
	SHA256:  {"SHA256", sha256.Size, crypto.SHA256, sha256.New},
	SHA384:  {"SHA384", sha512.Size384, crypto.SHA384, sha512.New384},
	SHA512:  {"SHA512", sha512.Size, crypto.SHA512, sha512.New},
	MD5:     {"MD5", md5.Size, crypto.MD5, md5.New},
	MD5SHA1: {"MD5-SHA1", md5.Size + sha1.Size, crypto.MD5SHA1, newMD5SHA1},
}

// Known reports whether h is one of the list and not zero.
func (h Hash) Known() bool { return h != 0 && int(h) < len(hashRows) }

// row returns h's row. A Hash outside the list is a programming error, never a peer's, and panics.
func (h Hash) row() *hashRow {
	if !h.Known() {
		panic(fmt.Sprintf("cipher: no hash function has the number %d", uint8(h)))
	}
	return &hashRows[h]
}

// New returns a fresh running hash. It panics if h is not Known.
func (h Hash) New() hash.Hash { return h.row().new() }

// Size returns the length of a digest in bytes, 0 for the zero Hash.
func (h Hash) Size() int {
	if h == 0 {
		return 0
	}
	return h.row().size
}

// Std returns the standard library's number of the same function.
func (h Hash) Std() crypto.Hash { return h.row().std }

// String returns the name as OpenSSL prints it, "SHA256" for example.
func (h Hash) String() string {
	if int(h) < len(hashRows) {
		return hashRows[h].name
	}
	return fmt.Sprintf("Hash(%d)", uint8(h))
}

// Sum appends the digest of msg to dst and returns the longer slice. It allocates only if dst has no room.
func (h Hash) Sum(dst, msg []byte) []byte {
	switch h {
	case SHA1:
		d := sha1.Sum(msg)
		return append(dst, d[:]...)
	case SHA224:
		d := sha256.Sum224(msg)
		return append(dst, d[:]...)
	case SHA256:
		d := sha256.Sum256(msg)
		return append(dst, d[:]...)
	case SHA384:
		d := sha512.Sum384(msg)
		return append(dst, d[:]...)
	case SHA512:
		d := sha512.Sum512(msg)
		return append(dst, d[:]...)
	case MD5:
		d := md5.Sum(msg)
		return append(dst, d[:]...)
	case MD5SHA1:
		m, s := md5.Sum(msg), sha1.Sum(msg)
		return append(append(dst, m[:]...), s[:]...)
	}
	panic("cipher: Sum of " + h.String())
}
