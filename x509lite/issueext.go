package x509lite

import (
	"golang.org/x/crypto/cryptobyte/asn1"
)

// marshalExtensions writes the SEQUENCE of extensions.
func (t *Template) marshalExtensions(spki, authority []byte) ([]byte, error) {
	b := newBuilder()
	b.AddASN1(asn1.SEQUENCE, func(b *builder) {
		t.addBasicConstraints(b)
		t.addKeyUsage(b)
		t.addExtKeyUsage(b)
		// RFC 5280, Section 4.2.1.2: never critical.
		addExtension(b, oidSubjectKeyID, false, func(b *builder) { b.AddASN1OctetString(keyID(spki)) })
		addExtension(b, oidAuthorityKeyID, false, func(b *builder) {
			b.AddASN1(asn1.SEQUENCE, func(b *builder) {
				b.AddASN1(tagContext(0), func(b *builder) { b.AddBytes(authority) })
			})
		})
		t.addSubjectAltName(b)
		for _, e := range t.Extra {
			addExtension(b, e.ID, e.Critical, func(b *builder) { b.AddBytes(e.Value) })
		}
	})
	return b.Bytes()
}

func addExtension(b *builder, id OID, critical bool, value func(*builder)) {
	b.AddASN1(asn1.SEQUENCE, func(b *builder) {
		addOID(b, id)
		if critical { // X.690, Section 11.5: FALSE, the default, is not written
			b.AddASN1Boolean(true)
		}
		b.AddASN1(asn1.OCTET_STRING, value)
	})
}

// addBasicConstraints writes the extension: RFC 5280, Section 4.2.1.9 wants it critical in a CA's certificate.
func (t *Template) addBasicConstraints(b *builder) {
	addExtension(b, oidBasicConstraints, true, func(b *builder) {
		b.AddASN1(asn1.SEQUENCE, func(b *builder) {
			if !t.IsCA {
				return
			}
			b.AddASN1Boolean(true)
			if t.MaxPathLen != nil {
				b.AddASN1Int64(int64(*t.MaxPathLen))
			}
		})
	})
}

func (t *Template) addKeyUsage(b *builder) {
	usage := t.KeyUsage
	if usage == 0 {
		usage = DigitalSignature
		if t.IsCA {
			usage = KeyCertSign | CRLSign
		}
	}
	// RFC 5280, Section 4.2.1.3: should be critical.
	addExtension(b, oidKeyUsage, true, func(b *builder) { addBits(b, uint16(usage)) })
}

func (t *Template) addExtKeyUsage(b *builder) {
	uses := t.ExtKeyUsage
	if uses == nil && !t.IsCA {
		uses = []OID{oidServerAuth, oidClientAuth}
	}
	if len(uses) == 0 {
		return
	}
	addExtension(b, oidExtKeyUsage, false, func(b *builder) {
		b.AddASN1(asn1.SEQUENCE, func(b *builder) {
			for _, id := range uses {
				addOID(b, id)
			}
		})
	})
}

// addSubjectAltName writes the names. RFC 5280, Section 4.2.1.6: critical exactly if the subject is empty.
func (t *Template) addSubjectAltName(b *builder) {
	if !t.hasAltNames() {
		return
	}
	addExtension(b, oidSubjectAltName, t.Subject.Empty(), func(b *builder) {
		b.AddASN1(asn1.SEQUENCE, func(b *builder) {
			add := func(kind GeneralNameKind, value []byte) {
				b.AddASN1(tagContext(uint8(kind)), func(b *builder) { b.AddBytes(value) })
			}
			for _, n := range t.DNSNames {
				add(DNSName, []byte(n))
			}
			for _, a := range t.IPs {
				add(IPAddress, a.Unmap().AsSlice())
			}
			for _, n := range t.Emails {
				add(RFC822Name, []byte(n))
			}
			for _, n := range t.URIs {
				add(URIName, []byte(n))
			}
		})
	})
}
