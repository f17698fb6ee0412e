package cipher

import (
	"fmt"
	"strings"
)

// Description returns the line about the suite that OpenSSL's SSL_CIPHER_description and `openssl ciphers -v` print, without a
// newline.
func (s *Suite) Description() string {
	mac := "AEAD"
	if s.Bulk.MAC != 0 {
		mac = s.Bulk.MAC.String()
	}
	return fmt.Sprintf("%-30s %-7s Kx=%-8s Au=%-5s Enc=%-22s Mac=%-4s", s.OpenSSL, s.Min, s.Kx, s.Auth, s.Bulk.description(), mac)
}

// AlgorithmBits returns the length of the key as the algorithm counts it: that of RC4 and 3DES is more than it is worth.
func (b *Bulk) AlgorithmBits() int {
	if b == tripleDESCBCSHA1 {
		return 168 // the others are parity
	}
	return 8 * b.KeyLen
}

// description is the cipher as Description has it.
func (b *Bulk) description() string {
	var family, mode string
	switch {
	case b == tripleDESCBCSHA1:
		family = "3DES"
	case b == chaCha20Poly1305:
		family = "CHACHA20/POLY1305"
	case b.NewStream != nil:
		family = "RC4"
	case b.IsAEAD():
		family, mode = "AES", b.Name[strings.LastIndexByte(b.Name, '-')+1:]
	case b.IsCBC():
		family = "AES"
	default:
		return "None"
	}
	return fmt.Sprintf("%s%s(%d)", family, mode, b.AlgorithmBits())
}
