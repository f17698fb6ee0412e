package x509lite

import (
	"iter"
	"net/netip"
	"strings"

	"golang.org/x/crypto/cryptobyte/asn1"
)

// GeneralNameKind is the tag of a GeneralName (RFC 5280, Section 4.2.1.6).
type GeneralNameKind uint8

// The kinds of GeneralName.
const (
	OtherName GeneralNameKind = iota
	RFC822Name
	DNSName
	X400Address
	DirectoryName
	EDIPartyName
	URIName
	IPAddress
	RegisteredID
	generalNameKinds
)

var generalNameNames = [generalNameKinds]string{"otherName", "rfc822Name", "dNSName", "x400Address", "directoryName",
	"ediPartyName", "uniformResourceIdentifier", "iPAddress", "registeredID"}

// String returns the RFC's name of the kind.
func (k GeneralNameKind) String() string {
	if k < generalNameKinds {
		return generalNameNames[k]
	}
	return "unknown kind of name"
}

// constructed are the kinds whose encoding has parts.
const constructed = 1<<OtherName | 1<<X400Address | 1<<DirectoryName | 1<<EDIPartyName

// GeneralName is one name of subjectAltName or of a name constraint, a view of the certificate's DER.
type GeneralName struct {
	Kind  GeneralNameKind
	Value []byte // the contents; for a DirectoryName the Name's whole element
}

// readGeneralName takes one GeneralName, of which the form of the outermost layer is checked.
func readGeneralName(d *der, out *GeneralName) bool {
	var v der
	var tag asn1.Tag
	if !d.ReadAnyASN1(&v, &tag) {
		return false
	}
	kind := uint8(tag & 0x1f)
	if tag&0xc0 != 0x80 || kind >= uint8(generalNameKinds) || (tag&0x20 != 0) != (constructed&(1<<kind) != 0) {
		return false
	}
	*out = GeneralName{GeneralNameKind(kind), v}
	return true
}

// SubjectAltNames goes through the names of subjectAltName in the order of the certificate.
func (c *Certificate) SubjectAltNames() iter.Seq[GeneralName] {
	return func(yield func(GeneralName) bool) {
		if !c.has(extSubjectAltName) {
			return
		}
		d := der(c.ext[extSubjectAltName].of(c.raw))
		var list der
		for readSequence(&d, &list); !list.Empty(); {
			var n GeneralName
			if !readGeneralName(&list, &n) || !yield(n) {
				return
			}
		}
	}
}

func (c *Certificate) altNames(kind GeneralNameKind) []string {
	var names []string
	for n := range c.SubjectAltNames() {
		if n.Kind == kind {
			names = append(names, string(n.Value))
		}
	}
	return names
}

// DNSNames returns the dNSName entries of subjectAltName as they are written, in a fresh slice.
func (c *Certificate) DNSNames() []string { return c.altNames(DNSName) }

// EmailAddresses returns the rfc822Name entries of subjectAltName, in a fresh slice.
func (c *Certificate) EmailAddresses() []string { return c.altNames(RFC822Name) }

// URIs returns the uniformResourceIdentifier entries of subjectAltName, in a fresh slice.
func (c *Certificate) URIs() []string { return c.altNames(URIName) }

// IPAddresses returns the iPAddress entries of subjectAltName, in a fresh slice.
func (c *Certificate) IPAddresses() []netip.Addr {
	var addresses []netip.Addr
	for n := range c.SubjectAltNames() {
		if n.Kind == IPAddress {
			if a, ok := netip.AddrFromSlice(n.Value); ok {
				addresses = append(addresses, a)
			}
		}
	}
	return addresses
}

// checkSubjectAltName checks each name of RFC 5280, Section 4.2.1.6.
func (c *Certificate) checkSubjectAltName(d der) error {
	var list der
	if !readSequence(&d, &list) || !d.Empty() || list.Empty() {
		return malformed("extension subjectAltName", "is not a SEQUENCE of names")
	}
	for !list.Empty() {
		var n GeneralName
		if !readGeneralName(&list, &n) {
			return malformed("extension subjectAltName", "holds something that is no GeneralName")
		}
		if !n.wellFormed() {
			return malformed("extension subjectAltName", "holds a malformed "+n.Kind.String())
		}
		c.altKinds |= 1 << n.Kind
	}
	return nil
}

// wellFormed checks a name of a subject; a constraint's may have other forms.
func (n GeneralName) wellFormed() bool {
	switch n.Kind {
	case RFC822Name, DNSName:
		return ascii(n.Value)
	case URIName:
		// RFC 5280, Section 4.2.1.6: a scheme and something behind it; no relative URI.
		return ascii(n.Value) && strings.IndexByte(string(n.Value), ':') > 0
	case IPAddress:
		return len(n.Value) == 4 || len(n.Value) == 16
	case DirectoryName:
		element := der(n.Value)
		return element.SkipASN1(asn1.SEQUENCE) && element.Empty() && checkName(n.Value)
	case RegisteredID:
		return validOID(n.Value)
	}
	return true
}
