package bench

import (
	stdcipher "crypto/cipher"
	"crypto/hmac"
	"hash"
	"testing"

	"tlsengine/cipher"
)

// rawCBC does what a record of n bytes takes in TLS 1.2 with a block cipher: HMAC over 13 bytes and the content, and the cipher
// over content, MAC, padding and IV. It computes the MAC of all n bytes at once, as only those may who don't hide how many they
// are.
type rawCBC struct {
	mac            hash.Hash
	encrypt        stdcipher.BlockMode
	decrypt        stdcipher.BlockMode
	n              int
	head, sum      []byte
	plain, records []byte
}

func newRawCBC(b testing.TB, id cipher.SuiteID, n int) *rawCBC {
	bulk := cipher.SuiteByID(id).Bulk
	block, err := bulk.NewBlock(make([]byte, bulk.KeyLen))
	check(b, err)
	iv := make([]byte, bulk.BlockLen)
	sealed := bulk.BlockLen + (n+bulk.MAC.Size()+bulk.BlockLen)/bulk.BlockLen*bulk.BlockLen
	return &rawCBC{
		mac:     hmac.New(func() hash.Hash { return bulk.MAC.New() }, make([]byte, bulk.MAC.Size())),
		encrypt: stdcipher.NewCBCEncrypter(block, iv), decrypt: stdcipher.NewCBCDecrypter(block, iv), n: n,
		head: make([]byte, 13), sum: make([]byte, 0, 64), plain: make([]byte, sealed), records: make([]byte, sealed*(batchBytes/n+1)),
	}
}

func (r *rawCBC) authenticate(record []byte) {
	r.mac.Reset()
	r.mac.Write(r.head)
	r.mac.Write(record[:r.n])
	r.sum = r.mac.Sum(r.sum[:0])
}

func (r *rawCBC) seal(count int) {
	for range count {
		r.authenticate(r.plain)
		r.encrypt.CryptBlocks(r.plain, r.plain)
	}
}

func (r *rawCBC) prepare(int) {}

func (r *rawCBC) open(count int) {
	for i := range count {
		record := r.records[i*len(r.plain):][:len(r.plain)]
		r.decrypt.CryptBlocks(record, record)
		r.authenticate(record)
	}
}
