package x509lite

import (
	"fmt"
	"math/big"
	"time"

	"golang.org/x/crypto/cryptobyte/asn1"
)

// String returns Text.
func (l *CRL) String() string { return l.Text() }

// Text returns the list for people, on many lines, laid out like `openssl crl -text`. It grows with the number of entries.
func (l *CRL) Text() string {
	w := &textWriter{}
	w.line(0, "Certificate Revocation List (CRL):")
	w.line(8, "Version %d (0x%x)", l.version, l.version-1)
	w.algorithm(l.algorithm.of(l.raw), l.signedWith)
	w.line(8, "Issuer: %s", textName(l.Issuer()))
	w.line(8, "Last Update: %s", infoTime(l.ThisUpdate()))
	if next, ok := l.NextUpdate(); ok {
		w.line(8, "Next Update: %s", infoTime(next))
	} else {
		w.line(8, "Next Update: NONE")
	}
	if l.extensions.n > 0 {
		w.line(8, "CRL extensions:")
		for e := range l.Extensions() {
			w.extension(12, e)
		}
	}
	if l.count > 0 {
		w.line(0, "Revoked Certificates:")
	} else {
		w.line(0, "No Revoked Certificates.")
	}
	for e := range l.Entries() {
		w.line(4, "Serial Number: %s", hexInteger(e.Serial))
		w.line(8, "Revocation Date: %s", infoTime(e.Date))
		if e.extensions != nil {
			w.line(8, "CRL entry extensions:")
		}
		for x := range e.Extensions() {
			w.extension(12, x)
		}
	}
	w.signature(l.algorithm.of(l.raw), l.signedWith, l.signature.of(l.raw))
	return w.String()
}

// hexInteger writes an INTEGER's contents as whole bytes in hexadecimal.
func hexInteger(contents []byte) string {
	n := integer(contents)
	sign := ""
	if n.Sign() < 0 {
		sign = "-"
	}
	b := n.Bytes()
	if len(b) == 0 {
		b = []byte{0}
	}
	return fmt.Sprintf("%s%X", sign, b)
}

// listNumber writes cRLNumber or deltaCRLIndicator: in decimal unless it is very long.
func (w *textWriter) listNumber(indent int, value der) bool {
	var magnitude []byte
	ok := readUint(&value, &magnitude) && value.Empty()
	if n := new(big.Int).SetBytes(magnitude); n.BitLen() < 128 {
		w.line(indent, "%d", n)
	} else {
		w.line(indent, "0x%X", magnitude)
	}
	return ok
}

// scope writes issuingDistributionPoint (RFC 5280, Section 5.2.5).
func (w *textWriter) scope(indent int, value der) bool {
	l := CRL{scope: crlScope{reasons: allReasons}}
	if !l.parseScope(value) {
		return false
	}
	s := &l.scope
	w.pointName(indent, s.name)
	only := func(set bool, text string) {
		if set {
			w.line(indent, "%s", text)
		}
	}
	only(s.users, "Only User Certificates")
	only(s.cas, "Only CA Certificates")
	only(s.other, "Indirect CRL")
	w.reasons(indent, "Only Some Reasons", s.reasons)
	only(s.attributes, "Only Attribute Certificates")
	only(len(value) == 2, "<EMPTY>")
	return true
}

// reasonCodeTexts are OpenSSL's names of the reasons.
var reasonCodeTexts = [...]string{"Unspecified", "Key Compromise", "CA Compromise", "Affiliation Changed", "Superseded",
	"Cessation Of Operation",
	"Certificate Hold", "", "Remove From CRL", "Privilege Withdrawn", "AA Compromise"}

func (w *textWriter) reasonCode(indent int, value der) bool {
	var n int
	if !readSmall(&value, asn1.ENUM, &n) || !value.Empty() || n >= len(reasonCodeTexts) {
		return false
	}
	w.line(indent, "%s", reasonCodeTexts[n])
	return true
}

// date writes invalidityDate.
func (w *textWriter) date(indent int, value der) bool {
	var at int64
	ok := readTime(&value, &at) && value.Empty()
	w.line(indent, "%s", infoTime(time.Unix(at, 0).UTC()))
	return ok
}
