package x509lite

import (
	"fmt"
	"math/big"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/cryptobyte/asn1"

	"tlsengine/cipher"
)

// textWriter writes what `openssl x509 -text` writes. Bytes that a terminal would act on are escaped in any case.
type textWriter struct{ strings.Builder }

// line writes one line, indented.
func (w *textWriter) line(indent int, format string, args ...any) {
	for range indent {
		w.WriteByte(' ')
	}
	fmt.Fprintf(w, format, args...)
	w.WriteByte('\n')
}

// hex writes bytes in lower-case hexadecimal with colons, some in each line.
func (w *textWriter) hex(indent, perLine int, b []byte) {
	for len(b) > 0 {
		n := min(perLine, len(b))
		end := ":"
		if n == len(b) {
			end = ""
		}
		w.line(indent, "%s%s", strings.ToLower(colonHex(b[:n])), end)
		b = b[n:]
	}
}

// colonHex writes bytes in upper-case hexadecimal with colons.
func colonHex(b []byte) string {
	const digits = "0123456789ABCDEF"
	out := make([]byte, 0, 3*len(b))
	for i, v := range b {
		if i > 0 {
			out = append(out, ':')
		}
		out = append(out, digits[v>>4], digits[v&15])
	}
	return string(out)
}

// String returns Text.
func (c *Certificate) String() string { return c.Text() }

// Text returns the certificate for people, on many lines, laid out like `openssl x509 -text`.
func (c *Certificate) Text() string {
	w := &textWriter{}
	w.line(0, "Certificate:")
	w.line(4, "Data:")
	w.line(8, "Version: %d (0x%x)", c.version, c.version-1)
	w.serial(8, c.RawSerial())
	w.algorithm(c.RawSignatureAlgorithm(), c.signedWith)
	w.line(8, "Issuer: %s", textName(c.Issuer()))
	w.line(8, "Validity")
	w.line(12, "Not Before: %s", infoTime(c.NotBefore()))
	w.line(12, "Not After : %s", infoTime(c.NotAfter()))
	w.line(8, "Subject: %s", textName(c.Subject()))
	w.line(8, "Subject Public Key Info:")
	w.publicKey(12, c)
	if c.extensions.n > 0 {
		w.line(8, "X509v3 extensions:")
		for e := range c.Extensions() {
			w.extension(12, e)
		}
	}
	w.signature(c.RawSignatureAlgorithm(), c.signedWith, c.RawSignature())
	return w.String()
}

// algorithm writes what is going to be signed with.
func (w *textWriter) algorithm(identifier der, a cipher.Algorithm) {
	w.line(8, "Signature Algorithm: %s%s", algorithmText(identifier), beforePSS(a))
	w.pssParameters(8, a)
}

// signature writes what was signed with, and the value.
func (w *textWriter) signature(identifier der, a cipher.Algorithm, value []byte) {
	w.line(4, "Signature Algorithm: %s", algorithmText(identifier))
	w.line(4, "Signature Value:%s", beforePSS(a))
	w.pssParameters(8, a)
	if a.Kind != cipher.DSA || !w.dsaSignature(8, value) {
		w.hex(8, 18, value)
	}
}

// beforePSS is the indentation of the next line, which openssl writes into this one.
func beforePSS(a cipher.Algorithm) string {
	if a.Kind == cipher.RSAPSS {
		return "        "
	}
	return ""
}

// pssParameters writes the parameters of a signature if it is of RSA-PSS.
func (w *textWriter) pssParameters(indent int, a cipher.Algorithm) {
	if a.Kind != cipher.RSAPSS {
		return
	}
	hash, salt := strings.ToLower(a.Hash.String()), fmt.Sprintf("0x%02X", a.SaltLen)
	if a.Hash == cipher.SHA1 {
		hash += " (default)"
	}
	if a.SaltLen == defaultPSSSalt {
		salt += " (default)"
	}
	w.line(indent, "Hash Algorithm: %s", hash)
	w.line(indent, "Mask Algorithm: mgf1 with %s", hash)
	w.line(indent, " Salt Length: %s", salt)
	w.line(indent, "Trailer Field: 0x01 (default)")
}

// dsaSignature writes the two numbers of Dss-Sig-Value (RFC 3279, Section 2.2.2).
func (w *textWriter) dsaSignature(indent int, d der) bool {
	var v der
	var r, s []byte
	if !readSequence(&d, &v) || !d.Empty() || !readUint(&v, &r) || !readUint(&v, &s) || !v.Empty() {
		return false
	}
	w.line(indent, "r:   ")
	w.number(indent+4, new(big.Int).SetBytes(r))
	w.line(indent, "s:   ")
	w.number(indent+4, new(big.Int).SetBytes(s))
	return true
}

// serial writes a serial number: as a number if it fits into 63 bits.
func (w *textWriter) serial(indent int, contents []byte) {
	n := integer(contents)
	if n.IsInt64() && n.Int64() != -1 {
		sign := ""
		if n.Sign() < 0 {
			sign = "-"
		}
		n.Abs(n)
		w.line(indent, "Serial Number: %s%d (%s0x%x)", sign, n, sign, n)
		return
	}
	mark := ""
	if n.Sign() < 0 {
		mark = " (Negative)"
	}
	w.line(indent, "Serial Number:")
	w.line(indent+4, "%s%s", mark, strings.ToLower(colonHex(n.Bytes())))
}

// algorithmText names the algorithm of an AlgorithmIdentifier's element.
func algorithmText(element der) string {
	var id []byte
	var parameters der
	if !readAlgorithm(&element, &id, &parameters) {
		return "NULL"
	}
	return OID(id).LongName()
}

// publicKey writes the algorithm and the numbers of the key.
func (w *textWriter) publicKey(indent int, c *Certificate) {
	var id, bits []byte
	var parameters der
	d := der(c.RawSPKI())
	readKeyInfo(&d, &id, &parameters, &bits)
	w.line(indent, "Public Key Algorithm: %s", OID(id).LongName())
	indent += 4
	switch k := c.PublicKey().(type) {
	case *cipher.RSAPublicKey:
		n := rsaOf(k)
		w.line(indent, "Public-Key: (%d bit)", k.Bits())
		w.line(indent, "Modulus:")
		w.number(indent+4, n.N)
		w.line(indent, "Exponent: %d (0x%x)", n.E, n.E)
		if k.Type() == cipher.KeyRSAPSS {
			w.pssRestrictions(indent, parameters)
		}
	case *cipher.ECDSAPublicKey:
		w.line(indent, "Public-Key: (%d bit)", k.Bits())
		w.line(indent, "pub:")
		w.hex(indent+4, 15, bits)
		var curve []byte
		readOID(&parameters, &curve)
		w.line(indent, "ASN1 OID: %s", OID(curve).nameOf().short)
		w.line(indent, "NIST CURVE: %s", ecdsaOf(k).Params().Name)
	case cipher.Ed25519PublicKey:
		w.line(indent, "ED25519 Public-Key:")
		w.line(indent, "pub:")
		w.hex(indent+4, 15, k[:])
	case *cipher.MLDSAPublicKey:
		w.line(indent, "%s Public-Key:", OID(id).LongName())
		w.line(indent, "pub:")
		w.hex(indent+4, 15, bits)
	case *cipher.DSAPublicKey:
		w.dsa(indent, k, parameters, bits)
	case cipher.Ed448PublicKey:
		w.line(indent, "ED448 Public-Key:")
		w.line(indent, "pub:")
		w.hex(indent+4, 15, k[:])
	default:
		w.line(indent-4, "Unable to load Public Key")
	}
}

// pssRestrictions writes what binds an RSA-PSS key.
func (w *textWriter) pssRestrictions(indent int, parameters der) {
	if parameters.Empty() {
		w.line(indent, "No PSS parameter restrictions")
		return
	}
	a := readPSS(parameters)
	hash, salt := pssHashNames[a.Hash], fmt.Sprint(a.SaltLen)
	if a.SaltLen == defaultPSSSalt {
		salt += " (default)"
	}
	w.line(indent, "PSS parameter restrictions:")
	w.line(indent+2, "Hash Algorithm: %s", hash)
	w.line(indent+2, "Mask Algorithm: MGF1 with %s", hash)
	w.line(indent+2, "Minimum Salt Length: %s", salt)
	w.line(indent+2, "Trailer Field: 0x1 (default)")
}

// pssHashNames are OpenSSL's names of hashes in the restrictions of keys.
var pssHashNames = map[cipher.Hash]string{cipher.SHA1: "SHA1 (default)", cipher.SHA224: "SHA2-224", cipher.SHA256: "SHA2-256",
	cipher.SHA384: "SHA2-384",
	cipher.SHA512: "SHA2-512"}

// dsa writes the public value and the parameters, which the key is known to have.
func (w *textWriter) dsa(indent int, k *cipher.DSAPublicKey, parameters, value der) {
	w.line(indent, "Public-Key: (%d bit)", k.Bits())
	var list der
	readSequence(&parameters, &list)
	for _, name := range []string{"pub", "P", "Q", "G"} {
		from := &list
		if name == "pub" {
			from = &value
		}
		var n []byte
		readUint(from, &n)
		w.line(indent, "%-5s", name+":")
		w.number(indent+4, new(big.Int).SetBytes(n))
	}
}

// number writes a positive number as DER would: with a zero byte in front if the first bit is set.
func (w *textWriter) number(indent int, n *big.Int) {
	b := n.Bytes()
	if len(b) > 0 && b[0]&0x80 != 0 {
		b = append([]byte{0}, b...)
	}
	w.hex(indent, 15, b)
}

// textName writes a name as OpenSSL's "oneline" option does: short names of types, special characters between quotes, other bytes
// than ASCII's in hexadecimal.
func textName(n Name) string {
	var b strings.Builder
	last := -1
	eachAttribute(n.der, func(rdn int, id []byte, tag asn1.Tag, value der) bool {
		switch {
		case last < 0:
		case rdn == last:
			b.WriteString(" + ")
		default:
			b.WriteString(", ")
		}
		last = rdn
		b.WriteString(OID(id).nameOf().short + " = ")
		if text, ok := infoValue(tag, value); ok {
			b.WriteString(quotedValue(text))
		} else {
			b.WriteString("#" + strings.ReplaceAll(colonHex(encodeTLV(tag, value)), ":", ""))
		}
		return true
	})
	return b.String()
}

func encodeTLV(tag asn1.Tag, value []byte) []byte {
	b := newBuilder()
	b.AddASN1(tag, func(b *builder) { b.AddBytes(value) })
	out, _ := b.Bytes()
	return out
}

// quotedValue escapes a value as RFC 2253 wants, but with quotes around it for all that quotes are enough for.
func quotedValue(s string) string {
	var b strings.Builder
	quotes := s != "" && (s[0] == '#' || s[0] == ' ' || s[len(s)-1] == ' ')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c >= 0x7f:
			fmt.Fprintf(&b, "\\%02X", c)
		default:
			quotes = quotes || strings.IndexByte(",+<>;", c) >= 0
			b.WriteByte(c)
		}
	}
	if quotes {
		return `"` + b.String() + `"`
	}
	return b.String()
}

// slashName writes a name as X509_NAME_oneline does: "/C=US/O=Example".
func slashName(n Name) string {
	var b strings.Builder
	last := -1
	eachAttribute(n.der, func(rdn int, id []byte, tag asn1.Tag, value der) bool {
		separator := "/"
		if rdn == last {
			separator = "+"
		}
		last = rdn
		b.WriteString(separator + OID(id).nameOf().short + "=")
		for _, c := range []byte(decodeString(tag, value)) {
			if c < ' ' || c > '~' {
				fmt.Fprintf(&b, "\\x%02X", c)
			} else {
				b.WriteByte(c)
			}
		}
		return true
	})
	return b.String()
}

// plain makes text fit for one line of a terminal: control characters and what is not UTF-8 become escapes.
func plain(s []byte) string {
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRune(s)
		if r < ' ' || r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029 || r == utf8.RuneError && n == 1 {
			for _, c := range s[:n] {
				fmt.Fprintf(&b, "\\x%02X", c)
			}
		} else {
			b.Write(s[:n])
		}
		s = s[n:]
	}
	return b.String()
}
