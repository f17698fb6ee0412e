package record

import (
	"fmt"

	"tlsengine/cipher"
)

// CipherSpec is what a handshake before TLS 1.3 agreed on for the records of one direction (RFC 5246, Section 6.1). It is a plain
// value. Each ChangeCipherSpec makes a new Opener or Sealer of it, with new keys.
type CipherSpec struct {
	Bulk *cipher.Bulk // the suite's
	Form *Form        // the version's

	// EncryptThenMAC was negotiated (RFC 7366). It may be set with a Bulk that IsCBC only.
	EncryptThenMAC bool

	// Compression is the method that the hellos agreed on (RFC 3749). See deflate.go for what it gives away.
	Compression Compression

	// Unsplit turns off what keeps an attacker from knowing the IV of data that he chooses (BEAST, CVE-2011-3389), for peers
	// that can't read it: where the form chains IVs, a Sealer of a CBC suite then sends application data without its first byte
	// apart. Openers don't look at it.
	Unsplit bool
}

// Keys is the part of a key block that protects one direction (RFC 5246, Section 6.3), cut as CipherSpec.KeyLengths says. Whoever
// makes it owns the slices; the constructors below copy them.
type Keys struct{ MAC, Key, IV []byte }

// Format hides the keys from every verb of package fmt.
func (Keys) Format(f fmt.State, _ rune) { f.Write([]byte("keys")) }

// KeyLengths returns how many bytes of each kind the key block holds for one direction. It goes: both MAC keys, both keys, both
// IVs, the client's before the server's (RFC 5246, Section 6.3). AEADs have no MAC key, and where IVs are explicit CBC has no IV.
func (s *CipherSpec) KeyLengths() (mac, key, iv int) {
	b := s.Bulk
	iv = b.FixedIVLen
	if b.IsCBC() && !s.Form.explicitIV {
		iv = b.BlockLen
	}
	return b.MAC.Size(), b.KeyLen, iv
}

// MaxKeyBlock is the largest sum of the three KeyLengths, in bytes: half of the longest key block.
const MaxKeyBlock = 48 + 32 + 16

// check compares the keys with KeyLengths.
func (s *CipherSpec) check(k Keys) error {
	mac, key, iv := s.KeyLengths()
	if len(k.MAC) != mac || len(k.Key) != key || len(k.IV) != iv {
		return fmt.Errorf("record: %s in %s takes a MAC key of %d, a key of %d and an IV of %d bytes, not %d, %d and %d",
			s.Bulk.Name, s.Form.name, mac, key, iv, len(k.MAC), len(k.Key), len(k.IV))
	}
	if s.Compression > CompressionDeflate {
		return fmt.Errorf("record: there is no compression method %d", s.Compression)
	}
	if s.EncryptThenMAC && !s.Bulk.IsCBC() {
		return fmt.Errorf("record: encrypt-then-MAC is for CBC, not for %s", s.Bulk.Name)
	}
	return nil
}

// maxContent is what the cipher may protect in one record.
//
// RFC 5246, Section 6.2: at most 2^14 bytes, 1024 more if they are compressed.
func (s *CipherSpec) maxContent() int {
	if s.Compression == CompressionDeflate {
		return maxCompressed
	}
	return MaxPlaintext
}

// NewOpener returns the protection for records that come in under s with keys k. It fails if the lengths of the keys are not
// KeyLengths.
func NewOpener(s CipherSpec, k Keys) (Opener, error) {
	if err := s.check(k); err != nil {
		return nil, err
	}
	var o Opener
	var err error
	switch {
	case s.Bulk.IsAEAD():
		o, err = newOpenerAEAD(s, k)
	case s.Bulk.IsCBC():
		o, err = newOpenerCBC(s, k)
	default:
		o, err = newOpenerStream(s, k)
	}
	if err == nil && s.Compression == CompressionDeflate {
		o = &deflateOpener{Opener: o}
	}
	return o, err
}

// NewSealer returns the protection for records that go out under s with keys k. It fails if the lengths of the keys are not
// KeyLengths.
func NewSealer(s CipherSpec, k Keys) (Sealer, error) {
	if err := s.check(k); err != nil {
		return nil, err
	}
	var c Sealer
	var err error
	switch {
	case s.Bulk.IsAEAD():
		c, err = newSealerAEAD(s, k)
	case s.Bulk.IsCBC():
		c, err = newSealerCBC(s, k)
	default:
		c, err = newSealerStream(s, k)
	}
	if err == nil && s.Compression == CompressionDeflate {
		c = &deflateSealer{Sealer: c}
	}
	return c, err
}

// Compression is a compression method as it stands in the hellos (RFC 3749, Section 2).
type Compression uint8

// The methods.
const (
	CompressionNull    Compression = 0
	CompressionDeflate Compression = 1
)
