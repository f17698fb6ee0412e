package handshake

import "tlsengine/handshake/wire"

func putCompressions(e *Extensions, b *wire.Builder) {
	b.Vector8(func(b *wire.Builder) {
		for _, id := range e.CertificateCompressions {
			b.U16(uint16(id))
		}
	})
}

// getCompressions reads algorithms<2..2^8-2> (RFC 8879, Section 3).
func getCompressions(e *Extensions, s *wire.String) error {
	var list wire.String
	if !s.Vector8(&list) || !splitCodes(list, &e.CertificateCompressions) {
		return errMalformed
	}
	var seen codeSet
	for _, id := range e.CertificateCompressions {
		if !seen.add(uint16(id)) {
			return errMalformed // a list of what one can do names nothing twice
		}
	}
	return nil
}
