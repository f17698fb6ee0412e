package handshake

import "tlsengine/handshake/wire"

// CompressedCertificate is a Certificate of TLS 1.3 that was made smaller (RFC 8879, Section 4).
type CompressedCertificate struct {
	Algorithm CompressionID
	Length    uint32 // uncompressed_length, of three bytes: that of the Certificate's body
	Data      []byte // compressed_certificate_message<1..2^24-1>
}

// Type returns TypeCompressedCertificate.
func (*CompressedCertificate) Type() MessageType { return TypeCompressedCertificate }

func (m *CompressedCertificate) marshal(b *wire.Builder, _ *Form) {
	b.U16(uint16(m.Algorithm))
	b.U24(m.Length)
	b.Opaque24(m.Data)
}

func (m *CompressedCertificate) unmarshal(s *wire.String, _ *Form, _ ExtensionSet) error {
	return parsed(s.U16((*uint16)(&m.Algorithm)) && s.U24(&m.Length) && s.Opaque24(&m.Data) && len(m.Data) > 0)
}
