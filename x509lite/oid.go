package x509lite

import (
	"math/big"
	"strconv"
	"strings"
)

// OID is an object identifier: the contents of its DER encoding, so that it is compared and switched over without being decoded.
// One that comes from this package is well formed.
type OID string

// maxOIDShown bounds the bytes of an OID that is printed, for the work grows with the square.
const maxOIDShown = 64

// String returns the dotted form, "2.5.4.3" for example.
func (o OID) String() string {
	if len(o) > maxOIDShown {
		return "OID of " + strconv.Itoa(len(o)) + " bytes"
	}
	if !validOID([]byte(o)) {
		return "malformed OID"
	}
	var b strings.Builder
	first := true
	for rest := string(o); rest != ""; {
		n := 0
		for rest[n]&0x80 != 0 {
			n++
		}
		arc := arcValue(rest[:n+1])
		rest = rest[n+1:]
		if first {
			// X.690, Section 8.19.4: the first two arcs share one number.
			root := min(arc.Int64()/40, 2)
			if !arc.IsInt64() {
				root = 2
			}
			arc.Sub(arc, big.NewInt(40*root))
			b.WriteString(strconv.FormatInt(root, 10))
			first = false
		}
		b.WriteByte('.')
		b.WriteString(arc.String())
	}
	return b.String()
}

// arcValue reads one number of seven bits a byte. Arcs may be of any length; those of a few bytes are all there is in practice.
func arcValue(s string) *big.Int {
	v := new(big.Int)
	for i := 0; i < len(s); i++ {
		v.Lsh(v, 7)
		v.Or(v, big.NewInt(int64(s[i]&0x7f)))
	}
	return v
}

// Attribute types of names (RFC 5280, Appendix A.1 and RFC 4519).
const (
	oidCommonName         OID = "\x55\x04\x03"
	oidSurname            OID = "\x55\x04\x04"
	oidSerialNumber       OID = "\x55\x04\x05"
	oidCountry            OID = "\x55\x04\x06"
	oidLocality           OID = "\x55\x04\x07"
	oidState              OID = "\x55\x04\x08"
	oidStreet             OID = "\x55\x04\x09"
	oidOrganization       OID = "\x55\x04\x0a"
	oidOrganizationalUnit OID = "\x55\x04\x0b"
	oidTitle              OID = "\x55\x04\x0c"
	oidBusinessCategory   OID = "\x55\x04\x0f"
	oidPostalCode         OID = "\x55\x04\x11"
	oidGivenName          OID = "\x55\x04\x2a"
	oidOrganizationID     OID = "\x55\x04\x61"
	oidEmailAddress       OID = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01"
	oidDomainComponent    OID = "\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19"
	oidUserID             OID = "\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x01"
)

// Extensions (RFC 5280, Section 4.2).
const (
	oidSubjectKeyID      OID = "\x55\x1d\x0e"
	oidKeyUsage          OID = "\x55\x1d\x0f"
	oidSubjectAltName    OID = "\x55\x1d\x11"
	oidBasicConstraints  OID = "\x55\x1d\x13"
	oidNameConstraints   OID = "\x55\x1d\x1e"
	oidCRLNumber         OID = "\x55\x1d\x14"
	oidReasonCode        OID = "\x55\x1d\x15"
	oidInvalidityDate    OID = "\x55\x1d\x18"
	oidDeltaCRL          OID = "\x55\x1d\x1b"
	oidFreshestCRL       OID = "\x55\x1d\x2e"
	oidIssuingPoint      OID = "\x55\x1d\x1c"
	oidCertificateIssuer OID = "\x55\x1d\x1d"
	oidCRLPoints         OID = "\x55\x1d\x1f"
	oidPolicies          OID = "\x55\x1d\x20"
	oidAnyPolicy         OID = "\x55\x1d\x20\x00"
	oidPolicyMappings    OID = "\x55\x1d\x21"
	oidAuthorityKeyID    OID = "\x55\x1d\x23"
	oidPolicyConstraints OID = "\x55\x1d\x24"
	oidExtKeyUsage       OID = "\x55\x1d\x25"
	oidInhibitAnyPolicy  OID = "\x55\x1d\x36"
)

// Purposes of extended key usage (RFC 5280, Section 4.2.1.12).
const (
	oidAnyUsage        OID = "\x55\x1d\x25\x00"
	oidServerAuth      OID = "\x2b\x06\x01\x05\x05\x07\x03\x01"
	oidClientAuth      OID = "\x2b\x06\x01\x05\x05\x07\x03\x02"
	oidCodeSigning     OID = "\x2b\x06\x01\x05\x05\x07\x03\x03"
	oidEmailProtection OID = "\x2b\x06\x01\x05\x05\x07\x03\x04"
	oidTimeStamping    OID = "\x2b\x06\x01\x05\x05\x07\x03\x08"
	oidOCSPSigning     OID = "\x2b\x06\x01\x05\x05\x07\x03\x09"
)

// Keys and curves (RFC 3279, RFC 5480, RFC 4055, RFC 8410).
const (
	oidRSAEncryption OID = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"
	oidRSASSAPSS     OID = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a"
	oidMGF1          OID = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08"
	oidECPublicKey   OID = "\x2a\x86\x48\xce\x3d\x02\x01"
	oidDSA           OID = "\x2a\x86\x48\xce\x38\x04\x01"
	oidEd25519       OID = "\x2b\x65\x70"
	oidEd448         OID = "\x2b\x65\x71"
	oidMLDSA44       OID = "\x60\x86\x48\x01\x65\x03\x04\x03\x11"
	oidMLDSA65       OID = "\x60\x86\x48\x01\x65\x03\x04\x03\x12"
	oidMLDSA87       OID = "\x60\x86\x48\x01\x65\x03\x04\x03\x13"
	oidP224          OID = "\x2b\x81\x04\x00\x21"
	oidP256          OID = "\x2a\x86\x48\xce\x3d\x03\x01\x07"
	oidP384          OID = "\x2b\x81\x04\x00\x22"
	oidP521          OID = "\x2b\x81\x04\x00\x23"
)

// Hash functions (RFC 4055, Section 2.1).
const (
	oidSHA1   OID = "\x2b\x0e\x03\x02\x1a"
	oidSHA224 OID = "\x60\x86\x48\x01\x65\x03\x04\x02\x04"
	oidSHA256 OID = "\x60\x86\x48\x01\x65\x03\x04\x02\x01"
	oidSHA384 OID = "\x60\x86\x48\x01\x65\x03\x04\x02\x02"
	oidSHA512 OID = "\x60\x86\x48\x01\x65\x03\x04\x02\x03"
)
