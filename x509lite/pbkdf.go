package x509lite

import (
	"crypto/md5"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"hash"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/crypto/cryptobyte/asn1"
	"golang.org/x/crypto/scrypt"
)

// Bounds on what a file may make its reader compute: some seconds, and 64 MiB. OpenSSL writes 2048 iterations, careful people a
// million; its scrypt takes 16 MiB.
const (
	maxIterations   = 10_000_000
	maxScryptMemory = 64 << 20 // bytes
	maxScryptLanes  = 16       // scrypt's p
	maxSalt         = 1024     // bytes
)

const (
	oidPBKDF2   OID = "\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c"
	oidScrypt   OID = "\x2b\x06\x01\x04\x01\xda\x47\x04\x0b"
	oidHMACSHA1 OID = "\x2a\x86\x48\x86\xf7\x0d\x02\x07"
)

// pseudorandom are the functions of PBKDF2 (RFC 8018, Appendix B.1).
var pseudorandom = map[OID]func() hash.Hash{
	oidHMACSHA1:                        sha1.New,
	"\x2a\x86\x48\x86\xf7\x0d\x02\x08": sha256.New224,
	"\x2a\x86\x48\x86\xf7\x0d\x02\x09": sha256.New,
	"\x2a\x86\x48\x86\xf7\x0d\x02\x0a": sha512.New384,
	"\x2a\x86\x48\x86\xf7\x0d\x02\x0b": sha512.New,
}

// readKDF reads the parameters of a function that makes keys of size bytes, and returns the function.
func readKDF(id OID, parameters der, size int) (func(password []byte) ([]byte, error), error) {
	switch id {
	case oidPBKDF2:
		return readPBKDF2(parameters, size)
	case oidScrypt:
		return readScrypt(parameters, size)
	}
	return nil, unsupportedEncryption("key derivation %v", id)
}

// readPBKDF2 reads PBKDF2-params (RFC 8018, Appendix A.2).
func readPBKDF2(parameters der, size int) (func([]byte) ([]byte, error), error) {
	var v, salt, none der
	var iterations int
	prf := []byte(oidHMACSHA1)
	ok := readSequence(&parameters, &v) && parameters.Empty() && v.ReadASN1(&salt, asn1.OCTET_STRING) &&
		readSmall(&v, asn1.INTEGER, &iterations) && iterations > 0 && readKeyLength(&v, size)
	if ok && !v.Empty() {
		ok = readAlgorithm(&v, &prf, &none) && v.Empty() && (none.Empty() || isNull(none))
	}
	if !ok {
		return nil, damagedKey("has malformed PBKDF2-params")
	}
	hash := pseudorandom[OID(prf)]
	if hash == nil {
		return nil, unsupportedEncryption("PBKDF2 with %v", OID(prf))
	}
	if iterations > maxIterations || len(salt) > maxSalt {
		return nil, unsupportedEncryption("PBKDF2 of %d iterations and %d bytes of salt, more than %d and %d", iterations, len(salt),
			maxIterations, maxSalt)
	}
	return func(password []byte) ([]byte, error) {
		return pbkdf2.Key(hash, string(password), salt, iterations, size)
	}, nil
}

// readKeyLength reads an optional length of the key: it can only be the cipher's.
func readKeyLength(d *der, size int) bool {
	if !d.PeekASN1Tag(asn1.INTEGER) {
		return true
	}
	var n int
	return readSmall(d, asn1.INTEGER, &n) && n == size
}

// readScrypt reads scrypt-params (RFC 7914, Section 7.1).
func readScrypt(parameters der, size int) (func([]byte) ([]byte, error), error) {
	var v, salt der
	var n, r, p int
	if !readSequence(&parameters, &v) || !parameters.Empty() || !v.ReadASN1(&salt, asn1.OCTET_STRING) ||
		!readSmall(&v, asn1.INTEGER, &n) || !readSmall(&v, asn1.INTEGER, &r) || !readSmall(&v, asn1.INTEGER, &p) ||
		!readKeyLength(&v, size) || !v.Empty() || n < 2 || bits.OnesCount(uint(n)) != 1 || r < 1 || p < 1 {
		return nil, damagedKey("has malformed scrypt-params")
	}
	if r > maxScryptMemory/128/n || p > maxScryptLanes || len(salt) > maxSalt {
		return nil, unsupportedEncryption("scrypt with N=%d, r=%d, p=%d takes more than 64 MiB, or is slower than p=%d", n, r, p,
			maxScryptLanes)
	}
	return func(password []byte) ([]byte, error) { return scrypt.Key(password, salt, n, r, p, size) }, nil
}

// bytesToKey is how OpenSSL makes the keys of traditional PEM files (EVP_BytesToKey with MD5 and one iteration): each block
// hashes the one before, the password and the salt.
func bytesToKey(password, salt []byte, size int) []byte {
	key := make([]byte, 0, size+md5.Size)
	h := md5.New()
	var last []byte
	for len(key) < size {
		h.Reset()
		h.Write(last)
		h.Write(password)
		h.Write(salt)
		key = h.Sum(key)
		last = key[len(key)-md5.Size:]
	}
	clear(key[size:])
	return key[:size]
}

// pbkdf1 gives the 16 bytes of key and IV that PBES1 wants (RFC 8018, Sections 5.1 and 6.1.2).
func pbkdf1(useMD5 bool, password, salt []byte, iterations int) []byte {
	h := sha1.New()
	if useMD5 {
		h = md5.New()
	}
	h.Write(password)
	h.Write(salt)
	sum := h.Sum(nil)
	for range iterations - 1 {
		h.Reset()
		h.Write(sum)
		sum = h.Sum(sum[:0])
	}
	clear(sum[16:])
	return sum[:16]
}

// bmpPassword writes a password as PKCS #12 wants it: UTF-16, two zero bytes behind (RFC 7292, Appendix B.1). What is not UTF-8
// is read as Latin-1, as OpenSSL does.
func bmpPassword(password []byte) []byte {
	out := make([]byte, 0, 2*len(password)+2)
	if !utf8.Valid(password) {
		for _, b := range password {
			out = append(out, 0, b)
		}
		return append(out, 0, 0)
	}
	for len(password) > 0 {
		r, n := utf8.DecodeRune(password)
		password = password[n:]
		if r >= 0x10000 {
			high, low := utf16.EncodeRune(r)
			out = binary.BigEndian.AppendUint16(out, uint16(high))
			r = low
		}
		out = binary.BigEndian.AppendUint16(out, uint16(r))
	}
	return append(out, 0, 0)
}

// pkcs12KDF fills out with RFC 7292, Appendix B.2 over SHA-1. purpose is 1 for keys and 2 for IVs; password is bmpPassword's.
func pkcs12KDF(out []byte, purpose byte, password, salt []byte, iterations int) {
	const block = sha1.BlockSize
	diversifier := make([]byte, block)
	for i := range diversifier {
		diversifier[i] = purpose
	}
	input := appendRepeated(make([]byte, 0, len(salt)+len(password)+2*block), salt, block)
	input = appendRepeated(input, password, block)
	defer clear(input[:cap(input)])
	h := sha1.New()
	for {
		h.Reset()
		h.Write(diversifier)
		h.Write(input)
		sum := h.Sum(nil)
		for range iterations - 1 {
			h.Reset()
			h.Write(sum)
			sum = h.Sum(sum[:0])
		}
		n := copy(out, sum)
		if out = out[n:]; len(out) == 0 {
			clear(sum)
			return
		}
		for at := 0; at < len(input); at += block {
			addBlock(input[at:at+block], sum)
		}
	}
}

// appendRepeated appends v, repeated up to the next multiple of block bytes; nothing stays nothing.
func appendRepeated(dst, v []byte, block int) []byte {
	end := len(dst) + (len(v)+block-1)/block*block
	for len(dst) < end {
		dst = append(dst, v[:min(len(v), end-len(dst))]...)
	}
	return dst
}

// addBlock sets part to part + sum + 1 as numbers of its length, sum being repeated.
func addBlock(part, sum []byte) {
	carry := 1
	for i := len(part) - 1; i >= 0; i-- {
		carry += int(part[i]) + int(sum[i%len(sum)])
		part[i] = byte(carry)
		carry >>= 8
	}
}
