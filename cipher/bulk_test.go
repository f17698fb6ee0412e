package cipher

import (
	"bytes"
	stdcipher "crypto/cipher"
	"testing"
)

// Every row is of one kind, and describes what its constructor makes.
func TestBulkRowsAreConsistent(t *testing.T) {
	for _, b := range Bulks() {
		kinds := 0
		for _, is := range []bool{b.New != nil, b.NewBlock != nil, b.NewStream != nil, b.KeyLen == 0} {
			if is {
				kinds++
			}
		}
		if kinds != 1 || b.IsAEAD() != (b.MAC == 0) || b.IsCBC() != (b.BlockLen > 0) || b.IsCBC() != (b.MaxBlocks > 0) || b.MaxRecords == 0 {
			t.Errorf("%s: %+v", b.Name, b)
		}
		if b.IsAEAD() != (b.TagLen > 0) || b.IsAEAD() && b.FixedIVLen+b.ExplicitNonceLen != 12 {
			t.Errorf("%s: tag of %d, nonce of %d + %d", b.Name, b.TagLen, b.FixedIVLen, b.ExplicitNonceLen)
		}
		for n := range 40 {
			key := make([]byte, n)
			var err error
			switch {
			case b.IsAEAD():
				var a stdcipher.AEAD
				if a, err = b.New(key); err == nil && (a.NonceSize() != 12 || a.Overhead() != b.TagLen) {
					t.Errorf("%s: nonce of %d, overhead of %d", b.Name, a.NonceSize(), a.Overhead())
				}
			case b.IsCBC():
				var c stdcipher.Block
				if c, err = b.NewBlock(key); err == nil && c.BlockSize() != b.BlockLen {
					t.Errorf("%s: blocks of %d", b.Name, c.BlockSize())
				}
			case b.NewStream != nil:
				_, err = b.NewStream(key)
			default:
				continue
			}
			if (err == nil) != (n == b.KeyLen) {
				t.Errorf("%s: key of %d bytes: %v", b.Name, n, err)
			}
		}
	}
}

// Wycheproof's vectors for CBC, under the rows' ciphers. Its padding is that of PKCS #5, not of TLS, so only the mode is theirs
// to test.
func TestWycheproofCBC(t *testing.T) {
	rows := map[int]*Bulk{128: aes128CBCSHA1, 256: aes256CBCSHA1}
	ran := 0
	for _, g := range wycheproof(t, "aes_cbc_pkcs5") {
		b := rows[g.KeySize]
		if b == nil {
			continue // AES-192 is in no suite
		}
		for _, v := range g.Tests {
			if v.Result != "valid" {
				continue
			}
			block, err := b.NewBlock(unhex(t, v.Key))
			if err != nil {
				t.Fatal(err)
			}
			msg := unhex(t, v.Msg)
			n := block.BlockSize() - len(msg)%block.BlockSize()
			msg = append(msg, bytes.Repeat([]byte{byte(n)}, n)...)
			out := make([]byte, len(msg))
			stdcipher.NewCBCEncrypter(block, unhex(t, v.Iv)).CryptBlocks(out, msg)
			if !bytes.Equal(out, unhex(t, v.Ct)) {
				t.Errorf("%d: %x", v.TcID, out)
			}
			stdcipher.NewCBCDecrypter(block, unhex(t, v.Iv)).CryptBlocks(out, out)
			if !bytes.Equal(out, msg) {
				t.Errorf("%d: back: %x", v.TcID, out)
			}
			ran++
		}
	}
	if ran < 48 {
		t.Errorf("only %d tests were run", ran)
	}
}

// RC4 goes on from where a clone was made, and both give the stream of RFC 6229, Section 2 (the 128-bit key 01 02 ... 10).
func TestRC4StreamIsRFC6229sAndClones(t *testing.T) {
	key := unhex(t, "0102030405060708090a0b0c0d0e0f10")
	want := unhex(t, "9ac7cc9a609d1ef7b2932899cde41b975248c4959014126a6e8a84f11d1a9e1c")
	s, err := newRC4(key)
	if err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 32)
	s.XORKeyStream(got[:16], got[:16])
	c := s.Clone()
	s.XORKeyStream(got[16:], got[16:])
	if !bytes.Equal(got, want) {
		t.Errorf("%x", got)
	}
	s.Clear()
	again := make([]byte, 16)
	if c.XORKeyStream(again, again); !bytes.Equal(again, want[16:]) {
		t.Errorf("clone: %x", again)
	}
}
