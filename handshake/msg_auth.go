package handshake

import (
	"tlsengine/cipher"
	"tlsengine/handshake/wire"
	"tlsengine/record"
)

// CertificateRequest asks a client for a certificate (RFC 8446, Section 4.3.2; RFC 5246, Section 7.4.4). TLS 1.3 says
// in extensions what TLS 1.2 says in fields; PeerSchemes and PeerAuthorities read either.
type CertificateRequest struct {
	Context     []byte                   // certificate_request_context<0..2^8-1>; TLS 1.3
	Types       []byte                   // certificate_types<1..2^8-1>; before TLS 1.3
	Schemes     []cipher.SignatureScheme // supported_signature_algorithms<2..2^16-2>; TLS 1.2
	Authorities [][]byte                 // certificate_authorities<0..2^16-1>, each a DER name; before TLS 1.3
	Extensions  Extensions               // <2..2^16-1>; TLS 1.3
}

// Type returns TypeCertificateRequest.
func (*CertificateRequest) Type() MessageType { return TypeCertificateRequest }

// PeerSchemes returns the signature schemes that the request takes, or nil if it names none.
func (m *CertificateRequest) PeerSchemes() []cipher.SignatureScheme {
	if m.Extensions.Present.Has(ExtSignatureAlgorithms) {
		return m.Extensions.SignatureAlgorithms
	}
	return m.Schemes
}

// PeerAuthorities returns the DER names of the authorities that the request would like, or nil for any.
func (m *CertificateRequest) PeerAuthorities() [][]byte {
	if m.Extensions.Present.Has(ExtCertificateAuthorities) {
		return m.Extensions.CertificateAuthorities
	}
	return m.Authorities
}

func (m *CertificateRequest) marshal(b *wire.Builder, f *Form) { f.certificateRequest.put(m, b) }

func (m *CertificateRequest) unmarshal(s *wire.String, f *Form, _ ExtensionSet) error {
	return f.certificateRequest.get(m, s)
}

// certificateRequestExtensions is RFC 8446, Section 4.3.2. That signature_algorithms must be there is for the handler
// to check.
var certificateRequestExtensions = certificateRequestLayout{
	put: func(m *CertificateRequest, b *wire.Builder) {
		b.Opaque8(m.Context)
		m.Extensions.put(b, inCertificateRequest)
	},
	get: func(m *CertificateRequest, s *wire.String) error {
		if !s.Opaque8(&m.Context) {
			return errMalformed
		}
		return m.Extensions.get(s, inCertificateRequest, ExtensionSet{})
	},
}

// certificateRequestFields is RFC 5246, Section 7.4.4.
var certificateRequestFields = certificateRequestLayout{
	put: func(m *CertificateRequest, b *wire.Builder) {
		b.Opaque8(m.Types)
		putCodes16(b, m.Schemes)
		putNames(b, m.Authorities)
	},
	get: func(m *CertificateRequest, s *wire.String) error {
		return parsed(s.Opaque8(&m.Types) && len(m.Types) > 0 && getCodes16(s, &m.Schemes) && getNames(s, &m.Authorities))
	},
}

// certificateRequestOld is RFC 4346, Section 7.4.4.
var certificateRequestOld = certificateRequestLayout{
	put: func(m *CertificateRequest, b *wire.Builder) {
		b.Opaque8(m.Types)
		putNames(b, m.Authorities)
	},
	get: func(m *CertificateRequest, s *wire.String) error {
		return parsed(s.Opaque8(&m.Types) && len(m.Types) > 0 && getNames(s, &m.Authorities))
	},
}

// CertificateEntry is one certificate with what is said about it (RFC 8446, Section 4.4.2).
type CertificateEntry struct {
	Data       []byte      // cert_data<1..2^24-1>, DER
	Extensions *Extensions // <0..2^16-1>; nil for none, and before TLS 1.3
}

// Certificate is a chain, the sender's own certificate first (RFC 8446, Section 4.4.2; RFC 5246, Section 7.4.2).
type Certificate struct {
	Context []byte             // certificate_request_context<0..2^8-1>; TLS 1.3
	Entries []CertificateEntry // certificate_list<0..2^24-1>
	Bare    bool               // before TLS 1.3: at most one entry, a raw public key, without a list around it (RFC 7250, Section 3)
}

// Type returns TypeCertificate.
func (*Certificate) Type() MessageType { return TypeCertificate }

func (m *Certificate) marshal(b *wire.Builder, f *Form) { f.certificate.put(m, b) }

func (m *Certificate) unmarshal(s *wire.String, f *Form, asked ExtensionSet) error {
	return f.certificate.get(m, s, asked)
}

// certificateEntries is RFC 8446, Section 4.4.2.
var certificateEntries = certificateLayout{
	put: func(m *Certificate, b *wire.Builder) {
		b.Opaque8(m.Context)
		b.Vector24(func(b *wire.Builder) {
			for i := range m.Entries {
				b.Opaque24(m.Entries[i].Data)
				if m.Entries[i].Extensions == nil {
					b.U16(0)
					continue
				}
				m.Entries[i].Extensions.put(b, inCertificate)
			}
		})
	},
	get: func(m *Certificate, s *wire.String, asked ExtensionSet) error {
		var list wire.String
		if !s.Opaque8(&m.Context) || !s.Vector24(&list) {
			return errMalformed
		}
		if err := m.makeRoom(countVectors(list, 3, 2)); err != nil {
			return err
		}
		after := *s
		*s = list // lent to the extensions, as in Extensions.decode
		for !s.Empty() {
			var e CertificateEntry
			if !s.Opaque24(&e.Data) || len(e.Data) == 0 {
				return errMalformed
			}
			if err := e.getExtensions(s, asked); err != nil {
				return err
			}
			m.Entries = append(m.Entries, e)
		}
		*s = after
		return nil
	},
}

// maxChain is how many certificates a peer may send. MaxCertificateList bounds their bytes, and building a path has a
// budget of its own; this bounds how many are taken apart: with an extension each, a certificate of one byte would cost fifty
// times its length, and far more if the message was compressed.
const maxChain = 100

// makeRoom makes room for n entries.
func (m *Certificate) makeRoom(n int) error {
	if n > maxChain {
		return record.Fail(record.AlertBadCertificate, record.ReasonExcessiveMessageSize,
			"the peer sent %d certificates: at most %d are taken", n, maxChain)
	}
	if n > 0 {
		m.Entries = make([]CertificateEntry, 0, n)
	}
	return nil
}

// getExtensions reads the extensions of one certificate. Most have none, and for those nothing is made.
func (e *CertificateEntry) getExtensions(s *wire.String, asked ExtensionSet) error {
	if p := *s; len(p) >= 2 && p[0] == 0 && p[1] == 0 {
		*s = p[2:]
		return nil
	}
	e.Extensions = new(Extensions)
	return e.Extensions.get(s, inCertificate, asked)
}

// certificateList is RFC 5246, Section 7.4.2.
var certificateList = certificateLayout{
	put: func(m *Certificate, b *wire.Builder) {
		if m.Bare {
			putRawKey(m, b)
			return
		}
		b.Vector24(func(b *wire.Builder) {
			for i := range m.Entries {
				b.Opaque24(m.Entries[i].Data)
			}
		})
	},
	get: func(m *Certificate, s *wire.String, _ ExtensionSet) error {
		var list wire.String
		if !s.Vector24(&list) {
			return errMalformed
		}
		if err := m.makeRoom(countVectors(list, 3, 0)); err != nil {
			return err
		}
		for !list.Empty() {
			var e CertificateEntry
			if !list.Opaque24(&e.Data) || len(e.Data) == 0 {
				return errMalformed
			}
			m.Entries = append(m.Entries, e)
		}
		return nil
	},
}

// CertificateStatus is an OCSP response about the server's certificate (RFC 6066, Section 8). In TLS 1.3 it is an extension.
type CertificateStatus struct {
	Response []byte // <1..2^24-1>
}

// Type returns TypeCertificateStatus.
func (*CertificateStatus) Type() MessageType { return TypeCertificateStatus }

func (m *CertificateStatus) marshal(b *wire.Builder, _ *Form) { putCertificateStatus(m.Response, b) }

func (m *CertificateStatus) unmarshal(s *wire.String, _ *Form, _ ExtensionSet) error {
	return parsed(getCertificateStatus(&m.Response, s))
}

// CertificateVerify proves possession of the certified key (RFC 8446, Section 4.4.3; RFC 5246, Section 7.4.8).
type CertificateVerify struct {
	Scheme    cipher.SignatureScheme // absent on the wire before TLS 1.2
	Signature []byte                 // <0..2^16-1>
}

// Type returns TypeCertificateVerify.
func (*CertificateVerify) Type() MessageType { return TypeCertificateVerify }

func (m *CertificateVerify) marshal(b *wire.Builder, f *Form) {
	f.scheme.put(uint16(m.Scheme), b)
	b.Opaque16(m.Signature)
}

func (m *CertificateVerify) unmarshal(s *wire.String, f *Form, _ ExtensionSet) error {
	return parsed(f.scheme.get((*uint16)(&m.Scheme), s) && s.Opaque16(&m.Signature))
}

// Finished proves that both sides saw the same handshake (RFC 8446, Section 4.4.4; RFC 5246, Section 7.4.9). How long
// it must be is for whoever compares it to know.
type Finished struct {
	VerifyData []byte
}

// Type returns TypeFinished.
func (*Finished) Type() MessageType { return TypeFinished }

func (m *Finished) marshal(b *wire.Builder, _ *Form) { b.Bytes(m.VerifyData) }

func (m *Finished) unmarshal(s *wire.String, _ *Form, _ ExtensionSet) error {
	m.VerifyData = s.Rest()
	return nil
}
