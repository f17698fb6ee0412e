package record

import (
	stdcipher "crypto/cipher"
	"encoding/binary"
	"fmt"
	"io"

	"tlsengine/cipher"
)

// Lengths in bytes: of the nonce of all AEADs here, and of the longest key.
const (
	nonceSize = 12
	maxKey    = 32
)

// aeadKeys is what every AEAD protection of one direction holds. Nonce and additional data are built in fixed arrays inside it:
// slices of arrays on the stack would be moved to the heap for each record, because they pass through the AEAD's interface.
//
// The AEAD, which is many times as large as all the rest, is made for the first record: keys that are never used, or not yet,
// don't cost it.
type aeadKeys struct {
	aead  stdcipher.AEAD // nil while asleep: before the first record, and after Sleep
	bulk  *cipher.Bulk   // nil once cleared
	seq   uint64         // of the next record
	key   [maxKey]byte
	nonce [nonceSize]byte // the IV XORed with seq; of an explicit nonce the fixed part, and room
	aad   [13]byte
	most  uint16 // content of a record, before TLS 1.3
}

// init checks the lengths. Key and iv are copied; iv may be longer than the suite's. k is where it stays: its key passes through
// the AEAD's interface.
func (k *aeadKeys) init(b *cipher.Bulk, key, iv []byte) error {
	if !b.IsAEAD() {
		return fmt.Errorf("record: %s is no AEAD", b.Name)
	}
	if len(key) != b.KeyLen || len(key) > maxKey || len(iv) < b.FixedIVLen {
		return fmt.Errorf("record: %s takes a key of %d and an IV of %d bytes, not %d and %d",
			b.Name, b.KeyLen, b.FixedIVLen, len(key), len(iv))
	}
	if b.FixedIVLen+b.ExplicitNonceLen != nonceSize {
		return fmt.Errorf("record: the nonce of %s has %d bytes, not %d", b.Name, b.FixedIVLen+b.ExplicitNonceLen, nonceSize)
	}
	k.bulk = b
	copy(k.key[:], key)
	copy(k.nonce[:], iv[:b.FixedIVLen])
	return nil
}

// ready wakes a sleeping AEAD and refuses a sequence number that reaches limit.
//
// RFC 8446, Section 5.3; RFC 5246, Section 6.1: sequence numbers never wrap.
func (k *aeadKeys) ready(limit uint64) error {
	if k.aead != nil && k.seq < limit {
		return nil
	}
	return k.getReady(limit)
}

// getReady is ready for what has to be woken, or is at its end.
func (k *aeadKeys) getReady(limit uint64) error {
	if k.aead == nil {
		if err := k.wake(); err != nil {
			return err
		}
	}
	if k.seq >= limit {
		return errLimit(k.seq)
	}
	return nil
}

// wake makes the AEAD.
func (k *aeadKeys) wake() error {
	if k.bulk == nil {
		return errCleared()
	}
	a, err := k.bulk.New(k.key[:k.bulk.KeyLen])
	if err != nil {
		return Fail(AlertInternalError, ReasonInternalError, "%s could not be set up", k.bulk.Name).Because(err)
	}
	k.aead = a
	return nil
}

// next goes on to the next sequence number.
func (k *aeadKeys) next() { k.seek(k.seq + 1) }

// seek goes to a sequence number, and the nonce with it (RFC 8446, Section 5.3; RFC 7905, Section 2).
func (k *aeadKeys) seek(seq uint64) {
	end := k.nonce[nonceSize-8:]
	binary.BigEndian.PutUint64(end, binary.BigEndian.Uint64(end)^k.seq^seq)
	k.seq = seq
}

// Sleep implements Protection.
func (k *aeadKeys) Sleep() { k.aead = nil }

// keysHeap is about what aeadKeys itself takes, in bytes.
const keysHeap = 96

// Footprint implements Protection.
func (k *aeadKeys) Footprint() int {
	if k.aead == nil {
		return keysHeap
	}
	return keysHeap + k.bulk.StateLen
}

// Clear implements Protection. Go gives no way to overwrite an AEAD: it is left to the garbage collector.
func (k *aeadKeys) Clear() { *k = aeadKeys{} }

// Format hides the keys from every verb of package fmt.
func (k *aeadKeys) Format(f fmt.State, _ rune) {
	name := "cleared"
	if k.bulk != nil {
		name = k.bulk.Name
	}
	io.WriteString(f, "record.protection("+name+")")
}

// errRecordMAC is the one error for all that fails to authenticate, however it fails.
func errRecordMAC() error {
	return Fail(AlertBadRecordMAC, ReasonDecryptionFailedOrBadRecordMAC,
		"a record could not be opened: it was changed on the way, or the two ends have different keys")
}

// errContentTooLong refuses a record whose cipher held n bytes, more than most.
func errContentTooLong(n, most int) error {
	if most == maxCompressed {
		return Fail(AlertRecordOverflow, ReasonCompressedLengthTooLong,
			"a record holds %d bytes of compressed content, at most %d are allowed", n, most)
	}
	return errPlaintextTooLong(n, most)
}

// errPlaintextTooLong refuses a record that holds n bytes, more than limit.
func errPlaintextTooLong(n, limit int) error {
	return Fail(AlertRecordOverflow, ReasonDataLengthTooLong,
		"a record holds %d bytes of plaintext, at most %d are allowed", n, limit)
}
