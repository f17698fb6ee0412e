package cipher

import (
	"crypto/md5"
	"crypto/sha1"
	"encoding"
	"hash"
)

// md5SHA1 runs MD5 and SHA-1 side by side; its digest is MD5's followed by SHA-1's. Its state can be saved and restored as
// those of the standard library can, for transcripts that are forked.
type md5SHA1 struct{ md5, sha1 hash.Hash }

func newMD5SHA1() hash.Hash { return &md5SHA1{md5.New(), sha1.New()} }

func (h *md5SHA1) Write(p []byte) (int, error) {
	h.md5.Write(p) // neither ever fails
	return h.sha1.Write(p)
}

func (h *md5SHA1) Sum(b []byte) []byte { return h.sha1.Sum(h.md5.Sum(b)) }

func (h *md5SHA1) Reset() {
	h.md5.Reset()
	h.sha1.Reset()
}

func (*md5SHA1) Size() int { return md5.Size + sha1.Size }

func (*md5SHA1) BlockSize() int { return md5.BlockSize }

// Clone implements hash.Cloner.
func (h *md5SHA1) Clone() (hash.Cloner, error) {
	return &md5SHA1{cloneHash(h.md5), cloneHash(h.sha1)}, nil
}

// cloneHash copies a running hash of the standard library, all of which can be copied.
func cloneHash(h hash.Hash) hash.Hash {
	c, err := h.(hash.Cloner).Clone()
	if err != nil {
		panic("cipher: a hash can't be cloned: " + err.Error())
	}
	return c
}

// AppendBinary appends the states of both, MD5's first, as encoding.BinaryAppender asks.
func (h *md5SHA1) AppendBinary(b []byte) ([]byte, error) {
	b, err := h.md5.(encoding.BinaryAppender).AppendBinary(b)
	if err != nil {
		return nil, err
	}
	return h.sha1.(encoding.BinaryAppender).AppendBinary(b)
}

// MarshalBinary returns what AppendBinary appends.
func (h *md5SHA1) MarshalBinary() ([]byte, error) { return h.AppendBinary(nil) }

// UnmarshalBinary restores the states of both.
func (h *md5SHA1) UnmarshalBinary(b []byte) error {
	n := min(len(b), md5State)
	if err := h.md5.(encoding.BinaryUnmarshaler).UnmarshalBinary(b[:n]); err != nil {
		return err
	}
	return h.sha1.(encoding.BinaryUnmarshaler).UnmarshalBinary(b[n:])
}

// md5State is the length of the library's saved MD5: a mark of four bytes, chaining value, one block, number of bytes so far.
const md5State = 4 + md5.Size + md5.BlockSize + 8
