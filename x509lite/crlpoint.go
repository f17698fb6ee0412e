package x509lite

import (
	"strings"

	"golang.org/x/crypto/cryptobyte/asn1"
)

// Distribution points: where a certificate says its CRLs are (RFC 5280, Section 4.2.1.13), and what part of a CA's revocations
// a CRL says it holds (Section 5.2.5). Nothing is fetched; the names only tell which CRL is for which certificate.

// reasonSet is a set of revocation reasons, bit n for reason flag n.
type reasonSet uint16

// allReasons are the flags 1 to 8 of ReasonFlags. RFC 5280, Section 6.3.1: that is what "all reasons" means.
const allReasons reasonSet = 0x1fe

// distributionPoint is a view of one DistributionPoint.
type distributionPoint struct {
	name    pointName
	reasons reasonSet
	issuer  der // contents of cRLIssuer; nil if it is the certificate's issuer
}

// pointName is a DistributionPointName: full names, or an RDN to be put behind the CRL issuer's name; neither if it is left out.
type pointName struct {
	full     der // contents of GeneralNames
	relative der // contents of the RDN's SET
}

func (n pointName) absent() bool { return n.full == nil && n.relative == nil }

// eachPoint goes through cRLDistributionPoints until visit returns false; false for a malformed encoding. What visit gets is
// valid during the call.
func eachPoint(d der, visit func(*distributionPoint) bool) bool {
	var list der
	if !readSequence(&d, &list) || !d.Empty() || list.Empty() {
		return false
	}
	for !list.Empty() {
		var v der
		p := distributionPoint{reasons: allReasons}
		if !readSequence(&list, &v) || !readPointName(&v, &p.name) || !readReasons(&v, 1, &p.reasons) {
			return false
		}
		if v.PeekASN1Tag(tagContextConstructed(2)) && (!v.ReadASN1(&p.issuer, tagContextConstructed(2)) || !checkGeneralNames(p.issuer)) {
			return false
		}
		if !v.Empty() {
			return false
		}
		if !visit(&p) {
			return true
		}
	}
	return true
}

// readPointName takes [0] DistributionPointName if it is next.
func readPointName(d *der, out *pointName) bool {
	if !d.PeekASN1Tag(tagContextConstructed(0)) {
		return true
	}
	var choice der
	if !d.ReadASN1(&choice, tagContextConstructed(0)) {
		return false
	}
	if choice.PeekASN1Tag(tagContextConstructed(0)) {
		return choice.ReadASN1(&out.full, tagContextConstructed(0)) && choice.Empty() && checkGeneralNames(out.full)
	}
	return choice.ReadASN1(&out.relative, tagContextConstructed(1)) && choice.Empty() && checkRDN(out.relative)
}

// checkRDN checks the contents of a RelativeDistinguishedName.
func checkRDN(set der) bool {
	for d := set; ; {
		var pair, value der
		var id []byte
		var tag asn1.Tag
		if !readSequence(&d, &pair) || !readOID(&pair, &id) || !pair.ReadAnyASN1(&value, &tag) || !pair.Empty() ||
			!checkString(tag, value) {
			return false
		}
		if d.Empty() {
			return true
		}
	}
}

// readReasons takes [n] ReasonFlags if it is next.
func readReasons(d *der, n uint8, out *reasonSet) bool {
	if !d.PeekASN1Tag(tagContext(n)) {
		return true
	}
	var bits []byte
	var unused int
	if !readBits(d, tagContext(n), &bits, &unused) {
		return false
	}
	*out = 0
	for i := range min(9, 8*len(bits)) {
		if bits[i/8]&(0x80>>(i%8)) != 0 {
			*out |= 1 << i
		}
	}
	*out &= allReasons
	return true
}

// checkGeneralNames checks one or more names.
func checkGeneralNames(list der) bool {
	if list.Empty() {
		return false
	}
	return eachGeneralName(list, func(n GeneralName) bool { return n.Kind != DirectoryName || n.wellFormed() })
}

// eachGeneralName goes through names until visit returns false; false then, and for a malformed encoding.
func eachGeneralName(list der, visit func(GeneralName) bool) bool {
	for !list.Empty() {
		var n GeneralName
		if !readGeneralName(&list, &n) || !visit(n) {
			return false
		}
	}
	return true
}

// holdsDirectory reports whether one of the names is this distinguished name.
func holdsDirectory(list der, name Name) bool {
	return !eachGeneralName(list, func(n GeneralName) bool { return n.Kind != DirectoryName || !Name{n.Value}.Equal(name) })
}

// directories gives the distinguished names in a list.
func directories(list der) []Name {
	var names []Name
	eachGeneralName(list, func(n GeneralName) bool {
		if n.Kind == DirectoryName {
			names = append(names, Name{n.Value})
		}
		return true
	})
	return names
}

// absolute gives the names as one GeneralNames' contents: a relative one is put behind its issuer's (RFC 5280, Section 4.2.1.13).
func (n pointName) absolute(issuer Name) der {
	if n.relative == nil {
		return n.full
	}
	whole := der(issuer.der)
	var rdns der
	if !readSequence(&whole, &rdns) {
		return nil
	}
	b := newBuilder()
	b.AddASN1(tagContextConstructed(uint8(DirectoryName)), func(b *builder) {
		b.AddASN1(asn1.SEQUENCE, func(b *builder) {
			b.AddBytes(rdns)
			b.AddASN1(asn1.SET, func(b *builder) { b.AddBytes(n.relative) })
		})
	})
	out, err := b.Bytes()
	if err != nil {
		return nil
	}
	return out
}

// sharesName reports whether two lists have a name in common (RFC 5280, Section 6.3.3 (b)(2)(i)); false too when the budget is
// spent.
func sharesName(a, b der, budget *int) bool {
	found := false
	eachGeneralName(a, func(x GeneralName) bool {
		eachGeneralName(b, func(y GeneralName) bool {
			if x.Kind == DirectoryName && y.Kind == DirectoryName {
				*budget -= (len(x.Value) + len(y.Value)) / 32
			}
			if *budget--; *budget < 0 {
				return false
			}
			found = x.Kind == y.Kind && (string(x.Value) == string(y.Value) || x.Kind == DirectoryName && Name{x.Value}.Equal(Name{y.Value}))
			return !found
		})
		return !found && *budget >= 0
	})
	return found
}

// CRLPoints returns the URIs of cRLDistributionPoints in the order of the certificate, in a fresh slice: where whoever may fetch
// finds the CRLs.
func (c *Certificate) CRLPoints() []string {
	if !c.has(extCRLPoints) {
		return nil
	}
	var uris []string
	eachPoint(der(c.ext[extCRLPoints].of(c.raw)), func(p *distributionPoint) bool {
		uris = append(uris, p.uris()...)
		return true
	})
	return uris
}

// uris gives the full names that are URIs.
func (p *distributionPoint) uris() []string {
	var uris []string
	eachGeneralName(p.name.full, func(n GeneralName) bool {
		if n.Kind == URIName {
			uris = append(uris, strings.ToValidUTF8(string(n.Value), "?"))
		}
		return true
	})
	return uris
}
