package x509lite

import (
	"encoding/hex"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/cryptobyte/asn1"
)

// CertInfo is a certificate as Python's ssl module shows it in getpeercert: text for people and scripts. Nothing should be
// decided by it that VerifyHostname and Verify can decide. It shares nothing with the certificate.
type CertInfo struct {
	Subject, Issuer         InfoName
	Version                 int    // 1, 2 or 3
	SerialNumber            string // hexadecimal in upper case, an even number of digits; a negative one begins with "-"
	NotBefore, NotAfter     string // "Nov 22 08:15:19 2013 GMT"
	NotBeforeTime           time.Time
	NotAfterTime            time.Time
	SubjectAltName          []InfoAltName
	OCSP, CAIssuers         []string // URIs of authorityInfoAccess
	CRLDistributionPoints   []string // URIs
	hasSubject, hasAltNames bool
}

// InfoName is a distinguished name; its parts are in the order of the certificate.
type InfoName []InfoRDN

// InfoRDN is a relative distinguished name, usually of one attribute.
type InfoRDN []InfoAttribute

// InfoAttribute is an attribute: OpenSSL's long name of its type ("commonName"), or the dotted OID, and its value.
type InfoAttribute struct{ Name, Value string }

// InfoAltName is an entry of subjectAltName. Type is "DNS", "email", "URI", "IP Address", "DirName", "Registered ID",
// "othername", "X400Name" or "EdiPartyName"; what can't be shown has the value "<unsupported>".
type InfoAltName struct {
	Type, Value string
	DirName     InfoName // for "DirName", instead of Value
}

// Info returns what Python's getpeercert shows of the certificate. The error is a *ParseError: for a name whose value is no
// string.
func (c *Certificate) Info() (*CertInfo, error) {
	info := &CertInfo{
		Version: c.Version(), SerialNumber: infoSerial(c.RawSerial()), hasSubject: true,
		NotBefore: infoTime(c.NotBefore()), NotAfter: infoTime(c.NotAfter()), NotBeforeTime: c.NotBefore(), NotAfterTime: c.NotAfter(),
		hasAltNames: c.has(extSubjectAltName),
	}
	var err error
	if info.Subject, err = infoName(c.Subject()); err != nil {
		return nil, err
	}
	if info.Issuer, err = infoName(c.Issuer()); err != nil {
		return nil, err
	}
	for n := range c.SubjectAltNames() {
		shown, err := infoAltName(n)
		if err != nil {
			return nil, err
		}
		info.SubjectAltName = append(info.SubjectAltName, shown)
	}
	info.OCSP, info.CAIssuers, info.CRLDistributionPoints = c.OCSPServers(), c.IssuerURLs(), c.CRLPoints()
	return info, nil
}

// infoSerial writes a serial number as i2a_ASN1_INTEGER does, on one line.
func infoSerial(contents []byte) string {
	n := integer(contents)
	text := hex.EncodeToString(n.Bytes())
	if text == "" {
		text = "00"
	}
	if n.Sign() < 0 {
		text = "-" + text
	}
	return strings.ToUpper(text)
}

// infoTime writes a time as ASN1_TIME_print does.
func infoTime(t time.Time) string { return t.Format("Jan _2 15:04:05 2006 GMT") }

func infoName(n Name) (InfoName, error) {
	name := InfoName{}
	var failed error
	eachAttribute(n.der, func(rdn int, id []byte, tag asn1.Tag, value der) bool {
		if rdn == len(name) {
			name = append(name, nil)
		}
		text, ok := infoValue(tag, value)
		if !ok {
			failed = malformed("name", "has a value of "+OID(id).LongName()+" that is no string")
			return false
		}
		name[rdn] = append(name[rdn], InfoAttribute{OID(id).LongName(), text})
		return true
	})
	return name, failed
}

// infoValue gives a value in UTF-8; ok is false for types that are no strings.
func infoValue(tag asn1.Tag, value []byte) (text string, ok bool) {
	switch tag {
	case asn1.UTF8String, asn1.PrintableString, asn1.IA5String, tagNumericString, tagVisibleString:
		text = string(value)
	case asn1.T61String, tagBMPString, tagUniversalString:
		text = string(appendUTF8(nil, tag, value))
	default:
		return "", false
	}
	return text, utf8.ValidString(text)
}

const unsupportedName = "<unsupported>"

func infoAltName(n GeneralName) (InfoAltName, error) {
	switch n.Kind {
	case DNSName:
		return InfoAltName{Type: "DNS", Value: string(n.Value)}, nil
	case RFC822Name:
		return InfoAltName{Type: "email", Value: string(n.Value)}, nil
	case URIName:
		return InfoAltName{Type: "URI", Value: string(n.Value)}, nil
	case IPAddress:
		return InfoAltName{Type: "IP Address", Value: infoAddress(n.Value)}, nil
	case RegisteredID:
		return InfoAltName{Type: "Registered ID", Value: OID(n.Value).LongName()}, nil
	case DirectoryName:
		name, err := infoName(Name{n.Value})
		return InfoAltName{Type: "DirName", DirName: name}, err
	case X400Address:
		return InfoAltName{Type: "X400Name", Value: unsupportedName}, nil
	case EDIPartyName:
		return InfoAltName{Type: "EdiPartyName", Value: unsupportedName}, nil
	}
	return InfoAltName{Type: "othername", Value: infoOtherName(n.Value)}, nil
}

// infoAddress writes IPv4 with dots, and IPv6 in eight groups of upper case, none left out.
func infoAddress(v []byte) string {
	switch len(v) {
	case 4:
		return fmt.Sprintf("%d.%d.%d.%d", v[0], v[1], v[2], v[3])
	case 16:
		groups := make([]string, 8)
		for i := range groups {
			groups[i] = fmt.Sprintf("%X", uint16(v[2*i])<<8|uint16(v[2*i+1]))
		}
		return strings.Join(groups, ":")
	}
	return "<invalid>"
}

// otherNames are the kinds of otherName whose value is shown, and the string type that it has.
var otherNames = map[OID]struct {
	label string
	tag   asn1.Tag
}{
	"\x2b\x06\x01\x05\x05\x07\x08\x09":         {"SmtpUTF8Mailbox", asn1.UTF8String},
	"\x2b\x06\x01\x05\x05\x07\x08\x05":         {"XmppAddr", asn1.UTF8String},
	"\x2b\x06\x01\x05\x05\x07\x08\x07":         {"SRVName", asn1.IA5String},
	"\x2b\x06\x01\x04\x01\x82\x37\x14\x02\x03": {"UPN", asn1.UTF8String},
	"\x2b\x06\x01\x05\x05\x07\x08\x08":         {"NAIRealm", asn1.UTF8String},
}

// infoOtherName shows the contents of OtherName: a type, and [0] EXPLICIT value.
func infoOtherName(contents []byte) string {
	d := der(contents)
	var id []byte
	var field, value der
	var tag asn1.Tag
	if !readOID(&d, &id) || !d.ReadASN1(&field, tagContextConstructed(0)) || !field.ReadAnyASN1(&value, &tag) {
		return unsupportedName
	}
	if known, ok := otherNames[OID(id)]; ok && known.tag == tag && utf8.Valid(value) {
		return known.label + ":" + string(value)
	}
	return unsupportedName
}

// Empty reports whether there is nothing to show: of the zero CertInfo, and of nil.
func (i *CertInfo) Empty() bool {
	return i == nil || !i.hasSubject && len(i.Subject) == 0 && len(i.SubjectAltName) == 0
}

// Dict returns the dictionary that Python's getpeercert returns: names as [][][2]string, alternative names as []any of [2]any,
// lists of URIs as []string. It is empty if i is.
func (i *CertInfo) Dict() map[string]any {
	d := map[string]any{}
	if i.Empty() {
		return d
	}
	d["subject"], d["issuer"], d["version"] = i.Subject.tuples(), i.Issuer.tuples(), i.Version
	d["serialNumber"], d["notBefore"], d["notAfter"] = i.SerialNumber, i.NotBefore, i.NotAfter
	if i.hasAltNames || len(i.SubjectAltName) > 0 {
		names := []any{}
		for _, n := range i.SubjectAltName {
			if n.Type == "DirName" {
				names = append(names, [2]any{n.Type, n.DirName.tuples()})
			} else {
				names = append(names, [2]any{n.Type, n.Value})
			}
		}
		d["subjectAltName"] = names
	}
	for key, list := range map[string][]string{"OCSP": i.OCSP, "caIssuers": i.CAIssuers,
		"crlDistributionPoints": i.CRLDistributionPoints} {
		if len(list) > 0 {
			d[key] = list
		}
	}
	return d
}

func (n InfoName) tuples() [][][2]string {
	rdns := make([][][2]string, len(n))
	for i, rdn := range n {
		for _, a := range rdn {
			rdns[i] = append(rdns[i], [2]string{a.Name, a.Value})
		}
	}
	return rdns
}
