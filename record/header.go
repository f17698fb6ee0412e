package record

import (
	"encoding/binary"

	"tlsengine/cipher"
)

// Sizes of records, in bytes (RFC 8446, Sections 5.1 and 5.2; RFC 5246, Section 6.2).
const (
	HeaderSize   = 5                  // type, version, length
	MaxPlaintext = 1 << 14            // content of one record
	maxPayload12 = 1<<14 + 2048       // protected record before TLS 1.3
	maxPayload13 = 1<<14 + 256        // protected record of TLS 1.3
	maxRecord    = 5 + 8 + 1<<14 + 16 // a full record without padding, TLS 1.2 AES-GCM being the longest: what buffers are made for
)

// Header is the beginning of a record. Length is that of the payload behind it, 0 to 2^16-1 bytes.
type Header struct {
	Type    ContentType
	Version cipher.Version
	Length  int
}

// parseHeader reads a header from b, which holds at least HeaderSize bytes.
func parseHeader(b []byte) Header {
	_ = b[4]
	return Header{Type: ContentType(b[0]), Version: cipher.Version(b[1])<<8 | cipher.Version(b[2]), Length: int(b[3])<<8 | int(b[4])}
}

// put writes the header into b, which has room for HeaderSize bytes. Few wide stores, because b is read right after.
func (h Header) put(b []byte) {
	_ = b[4]
	binary.BigEndian.PutUint32(b, uint32(h.Type)<<24|uint32(h.Version)<<8|uint32(h.Length>>8)&0xff)
	b[4] = byte(h.Length)
}
