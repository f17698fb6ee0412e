package x509lite

import (
	"time"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// der is what is left to read of a DER encoding. cryptobyte refuses indefinite, over-long and non-minimal lengths and tag
// numbers above 30; the functions here add what DER says about the contents (X.690, Sections 8 to 11). A read that fails leaves
// d in no particular state.
type der = cryptobyte.String

// Tags that the RFC writes as [n]: context-specific, primitive or constructed.
func tagContext(n uint8) asn1.Tag            { return asn1.Tag(n).ContextSpecific() }
func tagContextConstructed(n uint8) asn1.Tag { return asn1.Tag(n).ContextSpecific().Constructed() }

// span is a part of a certificate's DER. Offsets instead of slices keep a Certificate small and its encoding in one piece.
type span struct{ at, n uint32 }

// spanOf finds part, which was cut out of whole by a reader. Readers never limit the capacity of what they hand out, so that
// the distance to the common end tells the place.
func spanOf(whole, part []byte) span {
	return span{uint32(cap(whole) - cap(part)), uint32(len(part))}
}

func (s span) of(whole []byte) []byte { return whole[s.at : s.at+s.n : s.at+s.n] }

// readSequence takes a SEQUENCE and hands out its contents.
func readSequence(d *der, contents *der) bool { return d.ReadASN1(contents, asn1.SEQUENCE) }

// element returns the tag and the contents of the element at the front of d, and what is behind it. It is for names, which are
// made of many short elements and looked at again and again: results cost less than pointers.
func element(d der) (tag asn1.Tag, contents, rest der, ok bool) {
	if len(d) < 2 || d[0]&0x1f == 0x1f || d[1] >= 0x80 {
		ok = d.ReadAnyASN1(&contents, &tag)
		return tag, contents, d, ok
	}
	end := 2 + int(d[1])
	if end > len(d) {
		return 0, nil, nil, false
	}
	return asn1.Tag(d[0]), d[2:end], d[end:], true
}

// readUint takes a non-negative INTEGER and hands out its magnitude without leading zeros (none at all for 0).
func readUint(d *der, magnitude *[]byte) bool {
	var v der
	if !d.ReadASN1(&v, asn1.INTEGER) || !minimalInteger(v) || v[0]&0x80 != 0 {
		return false
	}
	if v[0] == 0 {
		v = v[1:]
	}
	*magnitude = v
	return true
}

// readUnsigned is readUint for writers who took INTEGER for a number without sign.
func readUnsigned(d *der, magnitude *[]byte) bool {
	var v der
	if !d.ReadASN1(&v, asn1.INTEGER) || len(v) == 0 {
		return false
	}
	*magnitude = v
	return true
}

// minimalInteger reports whether v is as short as DER wants it (X.690, Section 8.3.2).
func minimalInteger(v []byte) bool {
	if len(v) == 0 {
		return false
	}
	return len(v) == 1 || !(v[0] == 0 && v[1]&0x80 == 0 || v[0] == 0xff && v[1]&0x80 != 0)
}

// readSmall takes a non-negative INTEGER below 2^31; what is larger becomes 2^31-1, for the bounds that this is used for are
// all far below.
func readSmall(d *der, tag asn1.Tag, out *int) bool {
	var v der
	if !d.ReadASN1(&v, tag) || !minimalInteger(v) || v[0]&0x80 != 0 {
		return false
	}
	const most = 1<<31 - 1
	n := 0
	for _, b := range v {
		if n > most>>8 {
			n = most
			break
		}
		n = n<<8 | int(b)
	}
	*out = n
	return true
}

// readBits takes a BIT STRING and hands out its bytes; the unused bits of the last one are zero (X.690, Section 11.2.1).
func readBits(d *der, tag asn1.Tag, bits *[]byte, unused *int) bool {
	var v der
	var pad uint8
	if !d.ReadASN1(&v, tag) || !v.ReadUint8(&pad) || pad > 7 || pad > 0 && len(v) == 0 {
		return false
	}
	if pad > 0 && v[len(v)-1]&(1<<pad-1) != 0 {
		return false
	}
	*bits, *unused = v, int(pad)
	return true
}

// readOctetBits takes a BIT STRING of whole bytes.
func readOctetBits(d *der, bits *[]byte) bool {
	var unused int
	return readBits(d, asn1.BIT_STRING, bits, &unused) && unused == 0
}

// readOID takes an OBJECT IDENTIFIER and hands out its contents.
func readOID(d *der, id *[]byte) bool {
	var v der
	if !d.ReadASN1(&v, asn1.OBJECT_IDENTIFIER) || !validOID(v) {
		return false
	}
	*id = v
	return true
}

// validOID checks an OBJECT IDENTIFIER's contents: every arc ends, and none begins with padding (X.690, Section 8.19.2).
func validOID(v []byte) bool {
	if len(v) == 0 || v[len(v)-1]&0x80 != 0 {
		return false
	}
	start := true
	for _, b := range v {
		if start && b == 0x80 {
			return false
		}
		start = b&0x80 == 0
	}
	return true
}

// readFlag takes a BOOLEAN if one is next; absent is false. DER wants the default left out, but certificates with a written
// FALSE are many, everybody reads them, and they can mean only one thing.
func readFlag(d *der, out *bool) bool {
	*out = false
	return !d.PeekASN1Tag(asn1.BOOLEAN) || d.ReadASN1Boolean(out)
}

// readTime takes a UTCTime or GeneralizedTime in the one form that RFC 5280 allows: seconds present, no fraction, and "Z". It
// gives seconds since 1970.
func readTime(d *der, unix *int64) bool {
	var v der
	var tag asn1.Tag
	if !d.ReadAnyASN1(&v, &tag) {
		return false
	}
	var year int
	switch {
	case tag == asn1.UTCTime && len(v) == 13:
		// RFC 5280, Section 4.1.2.5.1: two digits of 50 and above are of the twentieth century.
		if year = twoDigits(v); year < 0 {
			return false
		}
		if year += 1900; year < 1950 {
			year += 100
		}
		v = v[2:]
	case tag == asn1.GeneralizedTime && len(v) == 15:
		century, rest := twoDigits(v), twoDigits(v[2:])
		if century < 0 || rest < 0 {
			return false
		}
		year = century*100 + rest
		v = v[4:]
	default:
		return false
	}
	return readDayTime(v, year, unix)
}

// readDayTime reads the "MMDDhhmmssZ" that both forms of time share.
func readDayTime(v []byte, year int, unix *int64) bool {
	month, day, hour, minute, second := twoDigits(v), twoDigits(v[2:]), twoDigits(v[4:]), twoDigits(v[6:]), twoDigits(v[8:])
	if month < 1 || month > 12 || day < 1 || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 ||
		v[10] != 'Z' {
		return false
	}
	t := time.Date(year, time.Month(month), day, hour, minute, second, 0, time.UTC)
	if t.Day() != day { // the 31st of a month that has none became the 1st of the next
		return false
	}
	*unix = t.Unix()
	return true
}

// twoDigits reads two decimal digits, -1 if they are none.
func twoDigits(v []byte) int {
	a, b := v[0]-'0', v[1]-'0'
	if a > 9 || b > 9 {
		return -1
	}
	return int(a)*10 + int(b)
}
