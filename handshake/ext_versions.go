package handshake

import "tlsengine/handshake/wire"

func putSupportedVersions(e *Extensions, b *wire.Builder) {
	b.Vector8(func(b *wire.Builder) {
		for _, v := range e.SupportedVersions {
			b.U16(uint16(v))
		}
	})
}

// getSupportedVersions reads versions<2..254> (RFC 8446, Section 4.2.1).
func getSupportedVersions(e *Extensions, s *wire.String) error {
	var list wire.String
	return parsed(s.Vector8(&list) && splitCodes(list, &e.SupportedVersions))
}

func putSelectedVersion(e *Extensions, b *wire.Builder) { b.U16(uint16(e.SelectedVersion)) }

func getSelectedVersion(e *Extensions, s *wire.String) error {
	return parsed(s.U16((*uint16)(&e.SelectedVersion)))
}

func putCookie(e *Extensions, b *wire.Builder) { b.Opaque16(e.Cookie) }

// getCookie reads cookie<1..2^16-1> (RFC 8446, Section 4.2.2).
func getCookie(e *Extensions, s *wire.String) error {
	return parsed(s.Opaque16(&e.Cookie) && len(e.Cookie) > 0)
}

func putRenegotiationInfo(e *Extensions, b *wire.Builder) { b.Opaque8(e.RenegotiationInfo) }

// getRenegotiationInfo reads renegotiated_connection<0..255> (RFC 5746, Section 3.2).
func getRenegotiationInfo(e *Extensions, s *wire.String) error {
	return parsed(s.Opaque8(&e.RenegotiationInfo))
}
