package record

import "tlsengine/cipher"

// Opener is the protection of one direction, on the side that receives. It counts the sequence number itself. A new kind of protection
// (CBC, stream, NULL with a MAC, a layer of compression inside another Opener) is a new type behind this interface; Reader doesn't change.
//
// An Opener is used by one goroutine at a time.
type Opener interface {
	// Open removes the protection of a record whose header is h and whose payload is given whole. With dst nil it works in place and the
	// content it returns lies in payload; otherwise it leaves the content at the beginning of dst, whose length is at
	// least MaxInner(len(payload)) and which doesn't overlap payload. Payload is used up in any case, also on failure.
	//
	// Every failure to authenticate is the same *Error, bad_record_mac, and leaves the sequence number as it was. What is wrong with an
	// authentic record is reported as the RFC says.
	Open(dst []byte, h Header, payload []byte) (ContentType, []byte, error)

	// MaxPayload is the largest payload that may stand behind a header.
	MaxPayload() int

	// MaxInner is how many bytes Open may write for a payload of n bytes: the content and, in TLS 1.3, type and padding.
	MaxInner(n int) int

	// Hides reports whether the content type travels inside the protection (TLS 1.3).
	Hides() bool

	// Clone returns an Opener in the same state that shares nothing mutable with this one.
	Clone() Opener

	Protection
}

// Sealer is the protection of one direction, on the side that sends. It counts the sequence number itself.
//
// A Sealer is used by one goroutine at a time.
type Sealer interface {
	// Seal builds a whole record at the beginning of rec: header, Prefix bytes, p protected, at most Suffix bytes. It returns its length.
	// rec has room for HeaderSize+Prefix+len(p)+Suffix bytes. p is either exactly the part of rec behind the prefix (sealed where
	// it lies) or does not overlap rec (then TLS 1.2's AEADs read it from where it is, and TLS 1.3 copies it once, because
	// its content type stands behind the data).
	//
	// It fails, having written nothing, only when the key's last record was sealed.
	Seal(rec []byte, t ContentType, v cipher.Version, p []byte) (int, error)

	Prefix() int // bytes between header and content
	Suffix() int // bytes behind the content, at most

	// Left is how many records the key may still protect (RFC 8446, Section 5.5; the sequence number before that).
	Left() uint64

	// Worn reports that half of that number is used up: time for new keys.
	Worn() bool

	// Splits reports that application data must go out as a record of one byte and others with the rest, so that nobody who chooses
	// the data knows the IV of what follows (RFC 4346, Appendix F.3; the way of 1/n-1).
	Splits() bool

	// Clone returns a Sealer in the same state that shares nothing mutable with this one. Only one of the two may ever send
	// to a real peer: both would use the same nonces.
	Clone() Sealer

	Protection
}

// Protection is what both directions have in common.
type Protection interface {
	// Sleep drops what can be made again from key, IV and sequence number. The next record makes it again.
	Sleep()

	// Footprint is the heap that the protection holds, in bytes. An AEAD hides its size; it is counted as Go 1.26 makes it.
	Footprint() int

	// Clear overwrites the keys. The protection then fails whatever it is asked.
	Clear()
}
