package wire

// String is input that has not been read yet (RFC 8446, Section 3.3 and 3.4). Its methods take bytes from the front.
// All that they return are views into the bytes that the String was made of: whoever keeps one longer than those
// bytes live must copy. A method that returns false has changed neither the String nor its target.
type String []byte

// Empty reports whether all input was read.
func (s String) Empty() bool { return len(s) == 0 }

// U8 reads one byte.
func (s *String) U8(v *uint8) bool {
	p := *s
	if len(p) < 1 {
		return false
	}
	*v = p[0]
	*s = p[1:]
	return true
}

// U16 reads a big-endian integer of two bytes.
func (s *String) U16(v *uint16) bool {
	p := *s
	if len(p) < 2 {
		return false
	}
	*v = uint16(p[0])<<8 | uint16(p[1])
	*s = p[2:]
	return true
}

// U24 reads a big-endian integer of three bytes.
func (s *String) U24(v *uint32) bool {
	p := *s
	if len(p) < 3 {
		return false
	}
	*v = uint32(p[0])<<16 | uint32(p[1])<<8 | uint32(p[2])
	*s = p[3:]
	return true
}

// U32 reads a big-endian integer of four bytes.
func (s *String) U32(v *uint32) bool {
	p := *s
	if len(p) < 4 {
		return false
	}
	*v = uint32(p[0])<<24 | uint32(p[1])<<16 | uint32(p[2])<<8 | uint32(p[3])
	*s = p[4:]
	return true
}

// Bytes reads n bytes; *v is a view, its capacity cut to its length.
func (s *String) Bytes(n int, v *[]byte) bool {
	p := *s
	if n < 0 || len(p) < n {
		return false
	}
	*v = p[:n:n]
	*s = p[n:]
	return true
}

// Copy fills dst from the input, for fields of a fixed size.
func (s *String) Copy(dst []byte) bool {
	p := *s
	if len(p) < len(dst) {
		return false
	}
	copy(dst, p)
	*s = p[len(dst):]
	return true
}

// Rest reads all that is left. It cannot fail.
func (s *String) Rest() []byte {
	p := *s
	*s = p[len(p):]
	return p[:len(p):len(p)]
}

// Vector8 reads a vector whose length stands in one byte.
func (s *String) Vector8(v *String) bool { return s.vector(1, (*[]byte)(v)) }

// Vector16 reads a vector whose length stands in two bytes.
func (s *String) Vector16(v *String) bool { return s.vector(2, (*[]byte)(v)) }

// Vector24 reads a vector whose length stands in three bytes.
func (s *String) Vector24(v *String) bool { return s.vector(3, (*[]byte)(v)) }

// Opaque8 is Vector8 for a vector that is not looked into (RFC 8446, Section 3.2: opaque).
func (s *String) Opaque8(v *[]byte) bool { return s.vector(1, v) }

// Opaque16 is Vector16 for a vector that is not looked into.
func (s *String) Opaque16(v *[]byte) bool { return s.vector(2, v) }

// Opaque24 is Vector24 for a vector that is not looked into.
func (s *String) Opaque24(v *[]byte) bool { return s.vector(3, v) }

// vector reads a length of size bytes and that many bytes behind it.
func (s *String) vector(size int, v *[]byte) bool {
	p := *s
	if len(p) < size {
		return false
	}
	n := 0
	for _, b := range p[:size] {
		n = n<<8 | int(b)
	}
	end := size + n
	if len(p) < end {
		return false
	}
	*v = p[size:end:end]
	*s = p[end:]
	return true
}
