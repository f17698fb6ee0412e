// Package wire reads and writes the presentation language of TLS (RFC 8446, Section 3): big-endian integers
// of one to four bytes, and vectors whose length stands before them in one, two or three bytes.
//
// It knows no message. Package handshake says what a ClientHello is; wire only makes sure that no read goes beyond the
// bytes there are and that no length written is wrong.
//
// # Reading
//
// A [String] is what is left to read. Each method takes from its front and reports whether there was enough; on false
// the String is unchanged, so that a chain of && stops at the first field that is missing:
//
//	var name wire.String
//	ok := s.U16(&id) && s.Vector16(&name) && s.Empty()
//
// Results are views into the input: nothing is copied, nothing allocated. They live as long as the input does.
//
// # Writing
//
// A [Builder] appends to one slice. A vector is written by a function that gets the same Builder; its length is put
// into the place kept for it once the function returns:
//
//	b.U16(id)
//	b.Vector16(func(b *wire.Builder) { b.Bytes(name) })
//	out, err := b.Result()
//
// The first vector that doesn't fit its length field makes a sticky error; no call in between needs a check.
//
// # Files
//
// string.go reads, builder.go writes. There is nothing else, and a new kind of field belongs into both.
package wire
