package x509lite

import (
	"crypto/aes"
	gocipher "crypto/cipher"
	"crypto/des"
	"encoding/hex"
	"fmt"
	"strings"

	"golang.org/x/crypto/cryptobyte/asn1"
)

// Encrypted keys: how their parameters are written. What is read here comes from a file that may be anybody's, so that each
// number has a bound before anything is computed.

const tagSequence = asn1.SEQUENCE

// blockCipher is a cipher of CBC mode.
type blockCipher struct {
	name    string // in DEK-Info
	id      OID    // in PBES2
	keySize int    // in bytes
	block   func(key []byte) (gocipher.Block, error)
	size    int // of a block, in bytes
}

// blockCiphers are the ciphers in CBC mode (RFC 8018, Appendix B.2). One is added here. A single DES is in files of the last
// century.
var blockCiphers = [...]blockCipher{
	{"AES-128-CBC", "\x60\x86\x48\x01\x65\x03\x04\x01\x02", 16, aes.NewCipher, aes.BlockSize},
	{"AES-192-CBC", "\x60\x86\x48\x01\x65\x03\x04\x01\x16", 24, aes.NewCipher, aes.BlockSize},
	{"AES-256-CBC", "\x60\x86\x48\x01\x65\x03\x04\x01\x2a", 32, aes.NewCipher, aes.BlockSize},
	{"DES-EDE3-CBC", "\x2a\x86\x48\x86\xf7\x0d\x03\x07", 24, des.NewTripleDESCipher, des.BlockSize},
	{"DES-CBC", "\x2b\x0e\x03\x02\x07", 8, des.NewCipher, des.BlockSize},
}

// gcmCiphers are AES-GCM (RFC 5084, Section 3.2) and the lengths of their keys.
var gcmCiphers = map[OID]int{
	"\x60\x86\x48\x01\x65\x03\x04\x01\x06": 16,
	"\x60\x86\x48\x01\x65\x03\x04\x01\x1a": 24,
	"\x60\x86\x48\x01\x65\x03\x04\x01\x2e": 32,
}

const (
	oidPBES2 OID = "\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d"

	oidMD5DES  OID = "\x2a\x86\x48\x86\xf7\x0d\x01\x05\x03" // PBES1, RFC 8018, Appendix A.3
	oidSHA1DES OID = "\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0a"

	oidPKCS12TripleDES OID = "\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01\x03" // RFC 7292, Appendix C
	oidPKCS12DoubleDES OID = "\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01\x04"
)

func unsupportedEncryption(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrUnsupportedEncryption}, args...)...)
}

func damagedKey(problem string) error { return malformed("encrypted private key", problem) }

// traditional reads DEK-Info, "AES-128-CBC,0123..." without blanks: the cipher and its IV.
func traditional(info string, ciphertext []byte) (*sealedKey, error) {
	name, ivHex, _ := strings.Cut(info, ",")
	for i := range blockCiphers {
		c := &blockCiphers[i]
		if !strings.EqualFold(c.name, name) {
			continue
		}
		iv, err := hex.DecodeString(ivHex)
		if err != nil || len(iv) != c.size {
			return nil, damagedKey("has a DEK-Info whose IV is not a block of " + c.name)
		}
		derive := func(password []byte) ([]byte, error) { return bytesToKey(password, iv[:8], c.keySize), nil }
		return c.sealed(derive, iv, ciphertext)
	}
	return nil, unsupportedEncryption("DEK-Info %s", quote(name))
}

// sealed makes the key of what derives its material: key and IV in one, or, with iv, the key alone.
func (c *blockCipher) sealed(derive func([]byte) ([]byte, error), iv, ciphertext []byte) (*sealedKey, error) {
	if len(ciphertext) == 0 || len(ciphertext)%c.size != 0 {
		return nil, damagedKey("is not a whole number of blocks of " + c.name)
	}
	open := func(material, ciphertext []byte) ([]byte, bool) {
		if iv == nil {
			return c.open(material[:c.keySize], material[c.keySize:], ciphertext)
		}
		return c.open(material, iv, ciphertext)
	}
	return &sealedKey{derive, open, ciphertext}, nil
}

// open decrypts and takes the padding off (RFC 8018, Section 6.1.1).
func (c *blockCipher) open(key, iv, ciphertext []byte) ([]byte, bool) {
	b, err := c.block(key)
	if err != nil {
		return nil, false
	}
	plain := make([]byte, len(ciphertext))
	gocipher.NewCBCDecrypter(b, iv).CryptBlocks(plain, ciphertext)
	pad := int(plain[len(plain)-1])
	good := pad >= 1 && pad <= c.size
	if good {
		for _, v := range plain[len(plain)-pad:] {
			good = good && int(v) == pad
		}
	}
	if !good {
		clear(plain)
		return nil, false
	}
	return plain[:len(plain)-pad], true
}

// readEncryptedKey reads EncryptedPrivateKeyInfo (RFC 5958, Section 3).
func readEncryptedKey(encoding []byte) (*sealedKey, error) {
	d := der(encoding)
	var v, parameters, ciphertext der
	var id []byte
	if !readSequence(&d, &v) || !d.Empty() || !readAlgorithm(&v, &id, &parameters) ||
		!v.ReadASN1(&ciphertext, asn1.OCTET_STRING) || !v.Empty() {
		return nil, damagedKey("is not an algorithm and an OCTET STRING")
	}
	switch OID(id) {
	case oidPBES2:
		return readPBES2(parameters, ciphertext)
	case oidMD5DES, oidSHA1DES, oidPKCS12TripleDES, oidPKCS12DoubleDES:
		return readOldPBE(OID(id), parameters, ciphertext)
	}
	return nil, unsupportedEncryption("algorithm %v", OID(id))
}

// readPBES2 reads PBES2-params (RFC 8018, Appendix A.4): a function that makes a key, and a cipher.
func readPBES2(parameters, ciphertext der) (*sealedKey, error) {
	var v, kdf, scheme der
	var kdfID, schemeID []byte
	if !readSequence(&parameters, &v) || !parameters.Empty() || !readAlgorithm(&v, &kdfID, &kdf) ||
		!readAlgorithm(&v, &schemeID, &scheme) || !v.Empty() {
		return nil, damagedKey("has malformed PBES2-params")
	}
	if size := gcmCiphers[OID(schemeID)]; size > 0 {
		derive, err := readKDF(OID(kdfID), kdf, size)
		if err != nil {
			return nil, err
		}
		return readGCM(derive, scheme, ciphertext)
	}
	for i := range blockCiphers {
		c := &blockCiphers[i]
		if c.id != OID(schemeID) {
			continue
		}
		var iv der
		if !scheme.ReadASN1(&iv, asn1.OCTET_STRING) || !scheme.Empty() || len(iv) != c.size {
			return nil, damagedKey("has an IV that is not a block of " + c.name)
		}
		derive, err := readKDF(OID(kdfID), kdf, c.keySize)
		if err != nil {
			return nil, err
		}
		return c.sealed(derive, iv, ciphertext)
	}
	return nil, unsupportedEncryption("cipher %v", OID(schemeID))
}

// readGCM reads GCMParameters (RFC 5084, Section 3.2).
func readGCM(derive func([]byte) ([]byte, error), scheme, ciphertext der) (*sealedKey, error) {
	var v, nonce der
	tag := 12
	if !readSequence(&scheme, &v) || !scheme.Empty() || !v.ReadASN1(&nonce, asn1.OCTET_STRING) ||
		v.PeekASN1Tag(asn1.INTEGER) && !readSmall(&v, asn1.INTEGER, &tag) || !v.Empty() {
		return nil, damagedKey("has malformed GCMParameters")
	}
	if len(nonce) != 12 || tag < 12 || tag > 16 {
		return nil, unsupportedEncryption("AES-GCM with a nonce of %d and a tag of %d bytes", len(nonce), tag)
	}
	if len(ciphertext) < tag {
		return nil, damagedKey("is shorter than its tag")
	}
	open := func(key, ciphertext []byte) ([]byte, bool) {
		b, err := aes.NewCipher(key)
		if err != nil {
			return nil, false
		}
		aead, err := gocipher.NewGCMWithTagSize(b, tag)
		if err != nil {
			return nil, false
		}
		plain, err := aead.Open(nil, nonce, ciphertext, nil)
		return plain, err == nil
	}
	return &sealedKey{derive, open, ciphertext}, nil
}

// readOldPBE reads PBEParameter of PBES1 (RFC 8018, Appendix A.3), which has the same form in PKCS #12 (RFC 7292, Appendix C).
func readOldPBE(id OID, parameters, ciphertext der) (*sealedKey, error) {
	var v, salt der
	var iterations int
	if !readSequence(&parameters, &v) || !parameters.Empty() || !v.ReadASN1(&salt, asn1.OCTET_STRING) || len(salt) == 0 ||
		!readSmall(&v, asn1.INTEGER, &iterations) || iterations < 1 || !v.Empty() {
		return nil, damagedKey("has a malformed PBEParameter")
	}
	if iterations > maxIterations || len(salt) > maxSalt {
		return nil, unsupportedEncryption("%d iterations and %d bytes of salt, more than %d and %d", iterations, len(salt),
			maxIterations, maxSalt)
	}
	single, triple := &blockCiphers[4], &blockCiphers[3]
	switch id {
	case oidMD5DES, oidSHA1DES:
		derive := func(password []byte) ([]byte, error) { return pbkdf1(id == oidMD5DES, password, salt, iterations), nil }
		return single.sealed(derive, nil, ciphertext)
	}
	derive := func(password []byte) ([]byte, error) {
		text := bmpPassword(password)
		defer clear(text)
		size := 24
		if id == oidPKCS12DoubleDES {
			size = 16
		}
		material := make([]byte, 24, 24+des.BlockSize)
		pkcs12KDF(material[:size], 1, text, salt, iterations)
		copy(material[size:], material) // two keys: the first is also the third
		material = material[:cap(material)]
		pkcs12KDF(material[24:], 2, text, salt, iterations)
		return material, nil
	}
	return triple.sealed(derive, nil, ciphertext)
}
