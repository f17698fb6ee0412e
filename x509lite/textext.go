package x509lite

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/crypto/cryptobyte/asn1"
)

// extensionTexts write the contents of extensions, indented; false if they are malformed. A new extension is a row here.
var extensionTexts = map[OID]func(w *textWriter, indent int, value der) bool{
	oidSubjectKeyID: func(w *textWriter, indent int, value der) bool {
		var id der
		ok := value.ReadASN1(&id, asn1.OCTET_STRING) && value.Empty()
		w.line(indent, "%s", colonHex(id))
		return ok
	},
	oidAuthorityKeyID:      (*textWriter).authorityKeyID,
	oidKeyUsage:            func(w *textWriter, indent int, v der) bool { return w.bits(indent, v, keyUsageTexts[:]) },
	oidNetscapeCertType:    func(w *textWriter, indent int, v der) bool { return w.bits(indent, v, netscapeTypes[:]) },
	oidExtKeyUsage:         (*textWriter).purposes,
	oidBasicConstraints:    (*textWriter).basicConstraints,
	oidSubjectAltName:      (*textWriter).altNames,
	oidIssuerAltName:       (*textWriter).altNames,
	oidPolicies:            (*textWriter).policies,
	oidAuthorityInfoAccess: (*textWriter).access,
	oidSubjectInfoAccess:   (*textWriter).access,
	oidCRLPoints:           (*textWriter).points,
	oidNameConstraints:     (*textWriter).nameConstraints,
	oidPolicyConstraints:   (*textWriter).policyConstraints,
	oidPolicyMappings:      (*textWriter).mappings,
	oidInhibitAnyPolicy: func(w *textWriter, indent int, value der) bool {
		var n int
		ok := readSmall(&value, asn1.INTEGER, &n) && value.Empty()
		w.line(indent, "%d", n)
		return ok
	},
	oidTLSFeature:      (*textWriter).features,
	oidSCTList:         (*textWriter).scts,
	oidOCSPNoCheck:     func(w *textWriter, _ int, v der) bool { w.line(0, ""); return isNull(v) },
	oidNetscapeComment: (*textWriter).comment,
	oidKeyPeriod:       (*textWriter).keyPeriod,
	// Of revocation lists and their entries: crltext.go.
	oidCRLNumber:         (*textWriter).listNumber,
	oidDeltaCRL:          (*textWriter).listNumber,
	oidFreshestCRL:       (*textWriter).points,
	oidIssuingPoint:      (*textWriter).scope,
	oidReasonCode:        (*textWriter).reasonCode,
	oidInvalidityDate:    (*textWriter).date,
	oidCertificateIssuer: (*textWriter).altNames,
}

const (
	oidNetscapeCertType OID = "\x60\x86\x48\x01\x86\xf8\x42\x01\x01"
	oidNetscapeComment  OID = "\x60\x86\x48\x01\x86\xf8\x42\x01\x0d"
	oidKeyPeriod        OID = "\x55\x1d\x10"
	oidOCSPNoCheck      OID = "\x2b\x06\x01\x05\x05\x07\x30\x01\x05"
)

var keyUsageTexts = [...]string{"Digital Signature", "Non Repudiation", "Key Encipherment", "Data Encipherment", "Key Agreement",
	"Certificate Sign", "CRL Sign", "Encipher Only", "Decipher Only"}

var netscapeTypes = [...]string{"SSL Client", "SSL Server", "S/MIME", "Object Signing", "Unused", "SSL CA", "S/MIME CA",
	"Object Signing CA"}

var reasonTexts = [...]string{"Unused", "Key Compromise", "CA Compromise", "Affiliation Changed", "Superseded",
	"Cessation Of Operation",
	"Certificate Hold", "Privilege Withdrawn", "AA Compromise"}

// extension writes one extension: a headline, then its contents, as bytes if nothing here knows them.
func (w *textWriter) extension(indent int, e Extension) {
	critical := ""
	if e.Critical {
		critical = "critical"
	}
	w.line(indent, "%s: %s", e.ID.LongName(), critical)
	if show := extensionTexts[e.ID]; show != nil {
		inner := &textWriter{}
		if show(inner, indent+4, e.Value) {
			w.WriteString(inner.String())
			return
		}
	}
	dump := make([]byte, len(e.Value))
	for i, c := range e.Value {
		if c < ' ' || c > '~' {
			c = '.'
		}
		dump[i] = c
	}
	w.line(indent+4, "%s", dump)
}

// bits writes the names of the bits that are set.
func (w *textWriter) bits(indent int, value der, names []string) bool {
	var bits []byte
	var unused int
	if !readBits(&value, asn1.BIT_STRING, &bits, &unused) || !value.Empty() {
		return false
	}
	var set []string
	for i, name := range names {
		if i/8 < len(bits) && bits[i/8]&(0x80>>(i%8)) != 0 {
			set = append(set, name)
		}
	}
	w.line(indent, "%s", strings.Join(set, ", "))
	return true
}

func (w *textWriter) purposes(indent int, value der) bool {
	var list der
	var ids []OID
	var names []string
	if !readSequence(&value, &list) || !value.Empty() || !readOIDs(list, &ids) {
		return false
	}
	for _, id := range ids {
		names = append(names, id.LongName())
	}
	w.line(indent, "%s", strings.Join(names, ", "))
	return true
}

func (w *textWriter) basicConstraints(indent int, value der) bool {
	var c Certificate
	if !c.readBasicConstraints(value) {
		return false
	}
	text := "CA:" + strings.ToUpper(strconv.FormatBool(c.isCA))
	if c.pathLen != noPathLen {
		text += ", pathlen:" + strconv.Itoa(int(c.pathLen))
	}
	w.line(indent, "%s", text)
	return true
}

// authorityKeyID writes the key identifier alone, or all three parts with their names.
func (w *textWriter) authorityKeyID(indent int, value der) bool {
	var v, id, issuer, serial der
	if !readSequence(&value, &v) || !value.Empty() {
		return false
	}
	hasID := v.PeekASN1Tag(tagContext(0)) && v.ReadASN1(&id, tagContext(0))
	if v.PeekASN1Tag(tagContextConstructed(1)) && !v.ReadASN1(&issuer, tagContextConstructed(1)) ||
		v.PeekASN1Tag(tagContext(2)) && !v.ReadASN1(&serial, tagContext(2)) || !v.Empty() {
		return false
	}
	label := ""
	if issuer != nil || serial != nil {
		label = "keyid:"
	}
	if hasID {
		w.line(indent, "%s%s", label, colonHex(id))
	}
	eachGeneralName(issuer, func(n GeneralName) bool {
		w.line(indent, "%s", generalText(n, slashName))
		return true
	})
	if serial != nil {
		n := integer(serial).Bytes()
		if len(n) == 0 {
			n = []byte{0}
		}
		w.line(indent, "serial:%s", colonHex(n))
	}
	return true
}

// generalText writes a general name with its kind in front; directory says how a directory name is written.
func generalText(n GeneralName, directory func(Name) string) string {
	switch n.Kind {
	case DNSName:
		return "DNS:" + plain(n.Value)
	case RFC822Name:
		return "email:" + plain(n.Value)
	case URIName:
		return "URI:" + plain(n.Value)
	case IPAddress:
		return "IP Address:" + infoAddress(n.Value)
	case RegisteredID:
		return "Registered ID:" + OID(n.Value).LongName()
	case DirectoryName:
		return "DirName:" + directory(Name{n.Value})
	case X400Address:
		return "X400Name:" + unsupportedName
	case EDIPartyName:
		return "EdiPartyName:" + unsupportedName
	}
	d := der(n.Value)
	var id []byte
	var field, value der
	var tag asn1.Tag
	if !readOID(&d, &id) || !d.ReadASN1(&field, tagContextConstructed(0)) || !field.ReadAnyASN1(&value, &tag) {
		return "othername: " + unsupportedName
	}
	label := OID(id).LongName()
	if known, ok := otherNames[OID(id)]; ok {
		label = known.label
	}
	if tag == asn1.UTF8String || tag == asn1.IA5String {
		return "othername: " + label + "::" + plain(value)
	}
	return "othername: " + label + "::" + unsupportedName
}

func (w *textWriter) altNames(indent int, value der) bool {
	var list der
	var names []string
	if !readSequence(&value, &list) || !value.Empty() {
		return false
	}
	ok := eachGeneralName(list, func(n GeneralName) bool {
		names = append(names, generalText(n, slashName))
		return true
	})
	w.line(indent, "%s", strings.Join(names, ", "))
	return ok
}

func (w *textWriter) policies(indent int, value der) bool {
	for _, p := range policiesOf(value) {
		w.line(indent, "Policy: %s", p.ID.LongName())
		for _, q := range p.Qualifiers {
			switch q.ID {
			case oidQualifierCPS:
				w.line(indent+2, "CPS: %s", plain([]byte(q.CPS)))
			case oidQualifierNotice:
				w.line(indent+2, "User Notice:")
				w.notice(indent+4, &q)
			default:
				w.line(indent+2, "Unknown Qualifier: %s", q.ID.LongName())
			}
		}
	}
	return eachPolicy(value, func([]byte) bool { return true })
}

func (w *textWriter) notice(indent int, q *PolicyQualifier) {
	if q.Organization != "" || len(q.Numbers) > 0 {
		plural := ""
		if len(q.Numbers) > 1 {
			plural = "s"
		}
		w.line(indent, "Organization: %s", plain([]byte(q.Organization)))
		w.line(indent, "Number%s: %s", plural, strings.Join(q.Numbers, ", "))
	}
	if q.hasNotice {
		w.line(indent, "Explicit Text: %s", plain([]byte(q.Notice)))
	}
}

func (w *textWriter) access(indent int, value der) bool {
	return eachAccess(value, func(a Access) bool {
		w.line(indent, "%s - %s", a.Method.LongName(), generalText(a.Location, slashName))
		return true
	})
}

func (w *textWriter) points(indent int, value der) bool {
	return eachPoint(value, func(p *distributionPoint) bool {
		w.pointName(indent, p.name)
		w.reasons(indent, "Reasons", p.reasons)
		if p.issuer != nil {
			w.line(indent, "CRL Issuer:")
			w.names(indent+2, p.issuer)
		}
		return true
	})
}

func (w *textWriter) pointName(indent int, n pointName) {
	if n.full != nil {
		w.line(indent, "Full Name:")
		w.names(indent+2, n.full)
	}
	if n.relative != nil {
		w.line(indent, "Relative Name:")
		w.line(indent+2, "%s", textName(Name{encodeTLV(asn1.SEQUENCE, encodeTLV(asn1.SET, n.relative))}))
	}
}

// reasons writes the reasons unless they are all there are.
func (w *textWriter) reasons(indent int, label string, set reasonSet) {
	if set == allReasons {
		return
	}
	var names []string
	for i, name := range reasonTexts {
		if set&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	w.line(indent, "%s:", label)
	w.line(indent+2, "%s", strings.Join(names, ", "))
}

func (w *textWriter) names(indent int, list der) {
	eachGeneralName(list, func(n GeneralName) bool {
		w.line(indent, "%s", generalText(n, textName))
		return true
	})
}

// nameConstraints writes both lists of subtrees (RFC 5280, Section 4.2.1.10).
func (w *textWriter) nameConstraints(indent int, value der) bool {
	var v der
	if !readSequence(&value, &v) || !value.Empty() {
		return false
	}
	for i, title := range []string{"Permitted:", "Excluded:"} {
		var list der
		if !v.PeekASN1Tag(tagContextConstructed(uint8(i))) {
			continue
		}
		if !v.ReadASN1(&list, tagContextConstructed(uint8(i))) {
			return false
		}
		w.line(indent, "%s", title)
		for !list.Empty() {
			var subtree der
			var n GeneralName
			if !readSequence(&list, &subtree) || !readGeneralName(&subtree, &n) {
				return false
			}
			w.line(indent+2, "%s", constraintText(n))
		}
	}
	return v.Empty()
}

func constraintText(n GeneralName) string {
	if n.Kind != IPAddress {
		return generalText(n, textName)
	}
	half := len(n.Value) / 2
	if half != 4 && half != 16 {
		return "IP Address:<invalid>"
	}
	return "IP:" + infoAddress(n.Value[:half]) + "/" + infoAddress(n.Value[half:])
}

func (w *textWriter) policyConstraints(indent int, value der) bool {
	var p policyConstraints
	if !readPolicyConstraints(value, &p) {
		return false
	}
	var parts []string
	for _, n := range []struct {
		title string
		skip  int
	}{{"Require Explicit Policy:", p.explicit}, {"Inhibit Policy Mapping:", p.mapping}} {
		if n.skip != noSkip {
			parts = append(parts, n.title+strconv.Itoa(n.skip))
		}
	}
	w.line(indent, "%s", strings.Join(parts, ", "))
	return true
}

func (w *textWriter) mappings(indent int, value der) bool {
	var parts []string
	ok := eachMapping(value, func(issuer, subject []byte) bool {
		parts = append(parts, OID(issuer).LongName()+":"+OID(subject).LongName())
		return true
	})
	w.line(indent, "%s", strings.Join(parts, ", "))
	return ok
}

func (w *textWriter) features(indent int, value der) bool {
	features, ok := readFeatures(value)
	var parts []string
	for _, f := range features {
		switch f {
		case featureStatusRequest:
			parts = append(parts, "status_request")
		case 17:
			parts = append(parts, "status_request_v2")
		default:
			parts = append(parts, strconv.Itoa(f))
		}
	}
	w.line(indent, "%s", strings.Join(parts, ", "))
	return ok
}

func (w *textWriter) comment(indent int, value der) bool {
	var text der
	ok := value.ReadASN1(&text, asn1.IA5String) && value.Empty()
	w.line(indent, "%s", plain(text))
	return ok
}

// keyPeriod writes privateKeyUsagePeriod, which RFC 5280 no longer has (RFC 3280, Section 4.2.1.4).
func (w *textWriter) keyPeriod(indent int, value der) bool {
	var v der
	var parts []string
	if !readSequence(&value, &v) || !value.Empty() {
		return false
	}
	for i, title := range []string{"Not Before: ", "Not After: "} {
		if tag := tagContext(uint8(i)); v.PeekASN1Tag(tag) {
			var field der
			var at int64
			v.ReadASN1(&field, tag)
			if d := der(encodeTLV(asn1.GeneralizedTime, field)); !readTime(&d, &at) {
				return false
			}
			parts = append(parts, title+infoTime(time.Unix(at, 0).UTC()))
		}
	}
	w.line(indent, "%s", strings.Join(parts, ", "))
	return v.Empty()
}

// scts writes the timestamps of RFC 6962.
func (w *textWriter) scts(indent int, value der) bool {
	var list der
	if !value.ReadASN1(&list, asn1.OCTET_STRING) || !value.Empty() {
		return false
	}
	scts, err := ParseSCTList(list)
	for _, s := range scts {
		w.line(indent, "Signed Certificate Timestamp:")
		w.line(indent+4, "Version   : v1 (0x0)")
		w.line(indent+4, "Log ID    : %s:", colonHex(s.LogID[:16]))
		w.line(indent+16, "%s", colonHex(s.LogID[16:]))
		w.line(indent+4, "Timestamp : %s", s.Time.Format("Jan _2 15:04:05.000 2006 GMT"))
		if len(s.Extensions) == 0 {
			w.line(indent+4, "Extensions: none")
		} else {
			w.line(indent+4, "Extensions: %s", colonHex(s.Extensions))
		}
		w.line(indent+4, "Signature : %s", sctAlgorithm(s.Hash, s.Signer))
		for b := s.Signature; len(b) > 0; {
			n := min(16, len(b))
			end := ":"
			if n == len(b) {
				end = ""
			}
			w.line(indent+16, "%s%s", colonHex(b[:n]), end)
			b = b[n:]
		}
	}
	return err == nil
}

// sctAlgorithm names TLS 1.2's pair of hash and signature.
func sctAlgorithm(hash, signer uint8) string {
	switch binary.BigEndian.Uint16([]byte{hash, signer}) {
	case 0x0403:
		return "ecdsa-with-SHA256"
	case 0x0401:
		return "sha256WithRSAEncryption"
	}
	return fmt.Sprintf("%02X%02X", hash, signer)
}
