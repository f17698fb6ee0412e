package x509lite

import (
	"bytes"
	"crypto/sha1"
	"encoding/binary"
	"slices"

	"golang.org/x/crypto/cryptobyte/asn1"
)

// Hash returns the number by which OpenSSL (1.0.0 and later) finds a name in a directory: the first four bytes, little-endian,
// of the SHA-1 over its own canonical form. Names that Equal calls equal have the same hash, but for white space and case beyond
// ASCII, which OpenSSL doesn't fold, and NumericStrings, which it leaves alone.
func (n Name) Hash() uint32 {
	b := newBuilder()
	var set [][]byte
	current := 0
	flush := func() {
		if len(set) == 0 {
			return
		}
		slices.SortFunc(set, bytes.Compare) // X.690, Section 11.6
		b.AddASN1(asn1.SET, func(b *builder) { b.AddBytes(bytes.Join(set, nil)) })
		set = set[:0]
	}
	eachAttribute(n.der, func(rdn int, id []byte, tag asn1.Tag, value der) bool {
		if rdn != current {
			flush()
			current = rdn
		}
		set = append(set, opensslAttribute(id, tag, value))
		return true
	})
	flush()
	canonical, err := b.Bytes()
	if err != nil {
		return 0 // only of gigabytes
	}
	sum := sha1.Sum(canonical)
	return binary.LittleEndian.Uint32(sum[:])
}

// opensslAttribute writes an attribute with its value in UTF-8, lower case, and each run of white space as one blank.
func opensslAttribute(id []byte, tag asn1.Tag, value []byte) []byte {
	switch tag {
	case asn1.UTF8String, asn1.PrintableString, asn1.IA5String, tagVisibleString, asn1.T61String, tagBMPString, tagUniversalString:
		value = asciiFolded(appendUTF8(nil, tag, value))
		tag = asn1.UTF8String
	}
	b := newBuilder()
	b.AddASN1(asn1.SEQUENCE, func(b *builder) {
		addOID(b, OID(id))
		b.AddASN1(tag, func(b *builder) { b.AddBytes(value) })
	})
	out, _ := b.Bytes()
	return out
}

const asciiSpace = " \t\n\v\f\r"

// asciiFolded folds case and white space of ASCII only.
func asciiFolded(text []byte) []byte {
	out := make([]byte, 0, len(text))
	space := false
	for _, c := range bytes.Trim(text, asciiSpace) {
		if bytes.IndexByte([]byte(asciiSpace), c) >= 0 {
			space = true
			continue
		}
		if space {
			out, space = append(out, ' '), false
		}
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		out = append(out, c)
	}
	return out
}

// SubjectHash returns Hash of the subject: what `openssl x509 -subject_hash` prints in hexadecimal.
func (c *Certificate) SubjectHash() uint32 { return c.Subject().Hash() }

// IssuerHash returns Hash of the issuer: what `openssl x509 -issuer_hash` prints in hexadecimal.
func (c *Certificate) IssuerHash() uint32 { return c.Issuer().Hash() }
