package record

// Opener is the protection of one direction, on the side that receives. It counts the sequence number itself. A new kind of
// protection (CBC, stream, NULL with a MAC, a layer of compression inside another Opener) is a new type behind this interface;
// Reader doesn't change.
//
// An Opener is used by one goroutine at a time.
type Opener interface {
	// Open removes the protection of a record whose header is h and whose payload is given whole. With dst nil, which only those
	// may be given that are InPlace, it works in place, and the content that it returns lies in payload. Otherwise it leaves the
	// content at the beginning of dst, which doesn't overlap payload and is at least as long as payload without Overhead, or as
	// MaxPlaintext where the Opener isn't InPlace. Payload is used up in any case, also on failure.
	//
	// Every failure to authenticate is the same *Error, bad_record_mac, and leaves the sequence number as it was. What is wrong
	// with an authentic record is reported as the RFC says.
	Open(dst []byte, h Header, payload []byte) (ContentType, []byte, error)

	// MaxPayload is the largest payload that may stand behind a header.
	MaxPayload() int

	// Overhead is by how many bytes what Open writes in place is shorter than the payload. It writes the content and, in TLS 1.3,
	// type and padding.
	Overhead() int

	// InPlace reports whether Open can do without dst.
	InPlace() bool

	// Clone returns an Opener in the same state that shares nothing mutable with this one.
	Clone() Opener

	Protection
}

// Sealer is the protection of one direction, on the side that sends. It counts the sequence number itself.
//
// A Sealer is used by one goroutine at a time.
type Sealer interface {
	// Seal builds a whole record at the beginning of rec: header, Prefix bytes, p protected, at most Suffix bytes. It returns its
	// length. h has the type of the content, the version that records say, and in Length how long the content is to look: where
	// the protection Hides, p is padded with zeros up to it; elsewhere it is not looked at. It is never less than len(p).
	//
	// rec has room for HeaderSize+Prefix+h.Length+Suffix bytes. p is either exactly the part of rec behind the prefix (sealed
	// where it lies) or does not overlap rec (then it is read from where it is, and TLS 1.3 copies it once, because its content
	// type stands behind the data).
	//
	// It fails, having written nothing, only when the key's last record was sealed.
	Seal(rec []byte, h Header, p []byte) (int, error)

	Prefix() int // bytes between header and content
	Suffix() int // bytes behind the content, at most

	// Left is how many records the key may still protect (RFC 8446, Section 5.5; the sequence number before that).
	Left() uint64

	// Worn reports that half of that number is used up: time for new keys.
	Worn() bool

	// First is the length, at most, of the record in which the first byte of application data goes alone, so that nobody who
	// chooses the data knows the IV of the rest (RFC 4346, Appendix F.3; known as 1/n-1). It is 0 where data needs no such care.
	First() int

	// Clone returns a Sealer in the same state that shares nothing mutable with this one. Only one of the two may ever send
	// to a real peer: both would use the same nonces.
	Clone() Sealer

	Protection
}

// Protection is what both directions have in common.
type Protection interface {
	// Hides reports whether the content type travels inside the protection, and padding with it (TLS 1.3).
	Hides() bool

	// Sleep drops what can be made again from key, IV and sequence number. The next record makes it again.
	Sleep()

	// Footprint is the heap that the protection holds, in bytes. An AEAD hides its size; it is counted as Go 1.26 makes it.
	Footprint() int

	// Clear overwrites the keys. The protection then fails whatever it is asked.
	Clear()
}
