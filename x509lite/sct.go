package x509lite

import (
	"time"

	"golang.org/x/crypto/cryptobyte/asn1"
)

// Signed certificate timestamps (RFC 6962, Sections 3.2 and 3.3), as they are: whether a log is one to be believed, and whether
// its signature is right, is for whoever knows the logs.

const (
	oidSCTList       OID = "\x2b\x06\x01\x04\x01\xd6\x79\x02\x04\x02"
	oidPrecertPoison OID = "\x2b\x06\x01\x04\x01\xd6\x79\x02\x04\x03"
)

// SCT is one signed certificate timestamp.
type SCT struct {
	Version    uint8 // 0 for v1
	LogID      [32]byte
	Time       time.Time // in UTC, to the millisecond
	Extensions []byte    // a view of the list
	Hash       uint8     // TLS's number of the hash, 4 for SHA-256
	Signer     uint8     // TLS's number of the signature algorithm, 3 for ECDSA
	Signature  []byte    // a view of the list
}

// SCTs returns the timestamps embedded in the certificate, in order, in a fresh slice; nil if there are none, or the list is
// malformed. Those of unknown versions are left out.
func (c *Certificate) SCTs() []SCT {
	e, ok := c.Extension(oidSCTList)
	if !ok {
		return nil
	}
	d := der(e.Value)
	var list der
	if !d.ReadASN1(&list, asn1.OCTET_STRING) || !d.Empty() {
		return nil
	}
	scts, err := ParseSCTList(list)
	if err != nil {
		return nil
	}
	return scts
}

// ParseSCTList reads a SignedCertificateTimestampList in TLS's encoding, from a certificate, an OCSP response, or TLS's
// extension. The result has views of it. Timestamps of unknown versions are left out. The error is a *ParseError.
func ParseSCTList(encoding []byte) ([]SCT, error) {
	d := der(encoding)
	var list der
	if !d.ReadUint16LengthPrefixed(&list) || !d.Empty() || list.Empty() {
		return nil, malformed("SCT list", "is not one list of timestamps")
	}
	var found []SCT
	for !list.Empty() {
		var v, extensions, signature der
		var s SCT
		var id []byte
		var at uint64
		if !list.ReadUint16LengthPrefixed(&v) || !v.ReadUint8(&s.Version) {
			return nil, malformed("SCT list", "holds an empty timestamp")
		}
		if s.Version != 0 {
			continue
		}
		if !v.ReadBytes(&id, len(s.LogID)) || !v.ReadUint64(&at) || !v.ReadUint16LengthPrefixed(&extensions) || !v.ReadUint8(&s.Hash) ||
			!v.ReadUint8(&s.Signer) || !v.ReadUint16LengthPrefixed(&signature) || !v.Empty() {
			return nil, malformed("SCT list", "holds a malformed timestamp")
		}
		s.LogID, s.Time = [32]byte(id), time.UnixMilli(int64(at)).UTC()
		s.Extensions, s.Signature = extensions, signature
		found = append(found, s)
	}
	return found, nil
}
