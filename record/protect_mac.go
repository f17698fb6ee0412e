package record

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"tlsengine/cipher"
)

// maxMAC is the longest MAC in bytes, that of SHA-384.
const maxMAC = 48

// macKeys is what the protections with a MAC hold for one direction. Head and sum stand in it because slices of arrays on the
// stack would be moved to the heap for each record, on their way through the hash's interface.
type macKeys struct {
	spec CipherSpec // without Bulk once cleared
	seq  uint64     // of the next record
	mac  cipher.MAC
	key  [maxKey]byte
	head [cipher.MaxMACHead]byte
	sum  [maxMAC]byte
}

// init takes the keys in, which fit the spec.
func (k *macKeys) init(s CipherSpec, keys Keys) {
	k.spec = s
	copy(k.key[:], keys.Key)
	if s.Form.sslMAC {
		k.mac.SetSSL(s.Bulk.MAC, keys.MAC)
	} else {
		k.mac.SetHMAC(s.Bulk.MAC, keys.MAC)
	}
}

// ready refuses cleared keys, and to go beyond the last sequence number.
//
// RFC 5246, Section 6.1; RFC 6101, Section 5.1: sequence numbers never wrap.
func (k *macKeys) ready() error {
	if k.spec.Bulk == nil {
		return errCleared()
	}
	if k.seq == math.MaxUint64 {
		return errLimit(k.seq)
	}
	return nil
}

// putHead builds what is authenticated in front of n bytes (RFC 5246, Section 6.2.3.1; RFC 6101, Section 5.2.3.1: without the
// version).
func (k *macKeys) putHead(t ContentType, v cipher.Version, n int) []byte {
	binary.BigEndian.PutUint64(k.head[:], k.seq)
	if k.spec.Form.sslMAC {
		k.head[8] = byte(t)
		binary.BigEndian.PutUint16(k.head[9:], uint16(n))
		return k.head[:11]
	}
	Header{Type: t, Version: v, Length: n}.put(k.head[8:])
	return k.head[:]
}

// content ends the opening of an authentic record, whose content is p.
func (k *macKeys) content(t ContentType, p []byte) (ContentType, []byte, error) {
	k.seq++
	if most := k.spec.maxContent(); len(p) > most {
		return 0, nil, errContentTooLong(len(p), most)
	}
	return t, p, nil
}

// MaxPayload implements Opener (RFC 5246, Section 6.2.3).
func (k *macKeys) MaxPayload() int { return maxPayload12 }

// Hides implements Protection.
func (k *macKeys) Hides() bool { return false }

// Clear implements Protection.
func (k *macKeys) Clear() {
	k.mac.Clear()
	*k = macKeys{}
}

// Format hides the keys from every verb of package fmt.
func (k *macKeys) Format(f fmt.State, _ rune) {
	name := "cleared"
	if k.spec.Bulk != nil {
		name = k.spec.Bulk.Name
	}
	io.WriteString(f, "record.protection("+name+")")
}

func errCleared() error {
	return Fail(AlertInternalError, ReasonProtocolIsShutdown, "the keys of this connection were cleared")
}

func errLimit(seq uint64) error {
	return Fail(AlertInternalError, ReasonRecordLimitReached, "%d records were protected with one key, which is the limit", seq)
}
