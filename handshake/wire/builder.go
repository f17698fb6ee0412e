package wire

import "errors"

// ErrTooLong is the error of a Builder whose caller wrote more into a vector than its length field can say, or an
// integer that doesn't fit.
var ErrTooLong = errors.New("wire: value does not fit the field that holds its length")

// Builder appends to one slice. The zero Builder is ready to use and allocates; NewBuilder continues a slice of the
// caller's. A Builder must not be copied once used.
type Builder struct {
	buf []byte
	err error
}

// NewBuilder returns a Builder that appends to buf, which it owns until Result.
func NewBuilder(buf []byte) Builder { return Builder{buf: buf} }

// Result returns the slice with all that was appended, which is the caller's again, or the first error.
func (b *Builder) Result() ([]byte, error) {
	if b.err != nil {
		return nil, b.err
	}
	return b.buf, nil
}

// Len is the length of the whole slice so far, including what NewBuilder was given.
func (b *Builder) Len() int { return len(b.buf) }

// Since returns what was appended after Len was at: a view, valid until the next call that appends.
func (b *Builder) Since(at int) []byte { return b.buf[at:] }

// Fail makes Result return err, unless an earlier error stands.
func (b *Builder) Fail(err error) {
	if b.err == nil {
		b.err = err
	}
}

// U8 appends one byte.
func (b *Builder) U8(v uint8) { b.buf = append(b.buf, v) }

// U16 appends a big-endian integer of two bytes.
func (b *Builder) U16(v uint16) { b.buf = append(b.buf, byte(v>>8), byte(v)) }

// U24 appends a big-endian integer of three bytes; more than 2^24-1 is ErrTooLong.
func (b *Builder) U24(v uint32) {
	if v >= 1<<24 {
		b.Fail(ErrTooLong)
	}
	b.buf = append(b.buf, byte(v>>16), byte(v>>8), byte(v))
}

// U32 appends a big-endian integer of four bytes.
func (b *Builder) U32(v uint32) {
	b.buf = append(b.buf, byte(v>>24), byte(v>>16), byte(v>>8), byte(v))
}

// Bytes appends a copy of p, without a length.
func (b *Builder) Bytes(p []byte) { b.buf = append(b.buf, p...) }

// String appends the bytes of p, without a length.
func (b *Builder) String(p string) { b.buf = append(b.buf, p...) }

// Vector8 appends what body writes, behind its length in one byte.
func (b *Builder) Vector8(body func(*Builder)) {
	at := b.open(1)
	body(b)
	b.shut(1, at)
}

// Vector16 appends what body writes, behind its length in two bytes.
func (b *Builder) Vector16(body func(*Builder)) {
	at := b.open(2)
	body(b)
	b.shut(2, at)
}

// Vector24 appends what body writes, behind its length in three bytes.
func (b *Builder) Vector24(body func(*Builder)) {
	at := b.open(3)
	body(b)
	b.shut(3, at)
}

// Opaque8 appends p behind its length in one byte.
func (b *Builder) Opaque8(p []byte) {
	at := b.open(1)
	b.Bytes(p)
	b.shut(1, at)
}

// Opaque16 appends p behind its length in two bytes.
func (b *Builder) Opaque16(p []byte) {
	at := b.open(2)
	b.Bytes(p)
	b.shut(2, at)
}

// Opaque24 appends p behind its length in three bytes.
func (b *Builder) Opaque24(p []byte) {
	at := b.open(3)
	b.Bytes(p)
	b.shut(3, at)
}

// open keeps size bytes for a length and returns where the vector begins. (Not every vector has a closure: open and
// shut are the two halves that all share.)
func (b *Builder) open(size int) int {
	var zero [3]byte
	b.buf = append(b.buf, zero[:size]...)
	return len(b.buf)
}

// shut writes the length of the vector that began at at.
func (b *Builder) shut(size, at int) {
	n := len(b.buf) - at
	if n >= 1<<(8*size) {
		b.Fail(ErrTooLong)
		return
	}
	for i := 1; i <= size; i++ {
		b.buf[at-i] = byte(n)
		n >>= 8
	}
}
