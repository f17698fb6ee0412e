package handshake

import (
	"slices"

	"tlsengine/handshake/wire"
)

// This file has the shapes that several messages and extensions share.

// putNothing and getNothing are the codec of an extension whose presence says it all.
func putNothing(*Extensions, *wire.Builder) {}

func getNothing(*Extensions, *wire.String) error { return nil }

// skipBody takes any body and looks at none of it.
func skipBody(_ *Extensions, s *wire.String) error {
	s.Rest()
	return nil
}

// putCodes16 appends a vector<..2^16-1> of two-byte code points.
func putCodes16[T ~uint16](b *wire.Builder, codes []T) {
	b.Vector16(func(b *wire.Builder) {
		for _, c := range codes {
			b.U16(uint16(c))
		}
	})
}

// getCodes16 reads a vector<2..2^16-2> of two-byte code points into the slice, or a new one where it has no room. An empty or odd one is malformed.
func getCodes16[T ~uint16](s *wire.String, codes *[]T) bool {
	var list wire.String
	return s.Vector16(&list) && splitCodes(list, codes)
}

// splitCodes makes code points of a list's bytes, where getCodes16 puts them.
func splitCodes[T ~uint16](list wire.String, codes *[]T) bool {
	if len(list) == 0 || len(list)%2 != 0 {
		return false
	}
	n := len(list) / 2
	out := slices.Grow((*codes)[:0], n)[:n:n]
	for i := range out {
		out[i] = T(list[2*i])<<8 | T(list[2*i+1])
	}
	*codes = out
	return true
}

// putNames appends a vector<0..2^16-1> of DistinguishedName<1..2^16-1> (RFC 8446, Section 4.2.4; RFC 5246, Section
// 7.4.4).
func putNames(b *wire.Builder, names [][]byte) {
	b.Vector16(func(b *wire.Builder) {
		for _, name := range names {
			b.Opaque16(name)
		}
	})
}

// getNames is the inverse of putNames. The names are views; that each is DER is not looked at.
func getNames(s *wire.String, names *[][]byte) bool {
	var list wire.String
	if !s.Vector16(&list) {
		return false
	}
	if list.Empty() {
		return true
	}
	out := make([][]byte, 0, countVectors(list, 2, 0))
	for !list.Empty() {
		var name []byte
		if !list.Opaque16(&name) || len(name) == 0 {
			return false
		}
		out = append(out, name)
	}
	*names = out
	return true
}

// countVectors returns how many items list begins with that are a vector with a length of size bytes, followed by
// another with one of second bytes if second isn't 0. With it slices are made once and of the right size.
func countVectors(list wire.String, size, second int) (n int) {
	for skipVector(&list, size) && (second == 0 || skipVector(&list, second)) {
		n++
	}
	return n
}

func skipVector(list *wire.String, size int) bool {
	var skipped []byte
	switch size {
	case 1:
		return list.Opaque8(&skipped)
	case 2:
		return list.Opaque16(&skipped)
	}
	return list.Opaque24(&skipped)
}
