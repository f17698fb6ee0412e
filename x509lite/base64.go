package x509lite

import "encoding/binary"

// decodedLen returns how many bytes so many characters of base64 give at most.
func decodedLen(characters int) int { return characters / 4 * 3 }

// decodeBase64 decodes text to dst, which has room for decodedLen of it. White space is skipped wherever it stands; padding must
// be there, and the bits that it leaves over must be zero (RFC 4648, Sections 3.2 and 3.5). It returns the number of bytes, and
// the offset of the character that is wrong, -1 if none is.
//
// encoding/base64 is as strict. But a store of trusted certificates, which programs read as they start, is base64 for the most
// part, and this is twice as fast; and no copy without the white space is left behind of a private key.
func decodeBase64(dst, text []byte) (n, wrong int) {
	for at := 0; ; {
		at += blanks(text[at:])
		if at == len(text) {
			return n, -1
		}
		if groups := decodeGroups(dst[n:], text[at:]); groups > 0 {
			n, at = n+3*groups, at+4*groups
			continue
		}
		size, length := decodeGroup(dst[n:], text[at:])
		n, at = n+size, at+length
		if size == 3 {
			continue
		}
		if end := at + blanks(text[at:]); size > 0 && end == len(text) {
			return n, -1
		}
		return n, at
	}
}

// decodeGroups decodes pairs of groups of four digits while there are any and dst has two bytes more than it needs. It returns
// the number of groups.
func decodeGroups(dst, text []byte) (groups int) {
	d := &base64Digits
	for len(text) >= 8 && len(dst) >= 8 {
		first := d[0][text[0]] | d[1][text[1]] | d[2][text[2]] | d[3][text[3]]
		second := d[0][text[4]] | d[1][text[5]] | d[2][text[6]] | d[3][text[7]]
		if (first|second)&noDigit != 0 {
			break
		}
		binary.BigEndian.PutUint64(dst, uint64(first)<<32|uint64(second)<<8)
		dst, text = dst[6:], text[8:]
		groups += 2
	}
	return groups
}

// decodeGroup decodes one group, be it with white space and padding in it. It returns the number of its bytes and the length of
// its text; for what is no group, 0 and the offset of what is wrong.
func decodeGroup(dst, text []byte) (size, length int) {
	var bits uint32
	digits, padding := 0, 0
	for ; digits+padding < 4; length++ {
		if length == len(text) {
			return 0, length
		}
		switch c := text[length]; {
		case blank(c):
		case c == '=' && digits >= 2:
			padding++
		case base64Digits[digits][c] == noDigit || padding > 0:
			return 0, length
		default:
			bits |= base64Digits[digits][c]
			digits++
		}
	}
	var bytes [4]byte
	binary.BigEndian.PutUint32(bytes[:], bits)
	if size = digits - 1; bytes[size] != 0 {
		return 0, length - 1
	}
	return copy(dst, bytes[:size]), length
}

// blanks returns how much white space text begins with.
func blanks(text []byte) int {
	for i, c := range text {
		if !blank(c) {
			return i
		}
	}
	return len(text)
}

func blank(c byte) bool { return c == '\n' || c == '\r' || c == ' ' || c == '\t' }

// noDigit stands in base64Digits for characters that are no digits. It is a bit that no digit has.
const noDigit = 1

// base64Digits has, for each of the four places in a group, the value of each digit (RFC 4648, Section 4) where it belongs in a
// word whose first three bytes are the group's.
var base64Digits = func() (digits [4][256]uint32) {
	for place := range digits {
		for c := range digits[place] {
			digits[place][c] = noDigit
		}
		for value, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") {
			digits[place][c] = uint32(value) << (26 - 6*place)
		}
	}
	return digits
}()
