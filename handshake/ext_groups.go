package handshake

import "tlsengine/handshake/wire"

func putSupportedGroups(e *Extensions, b *wire.Builder) { putCodes16(b, e.SupportedGroups) }

// getSupportedGroups reads named_group_list<2..2^16-1> (RFC 8446, Section 4.2.7).
func getSupportedGroups(e *Extensions, s *wire.String) error {
	return parsed(getCodes16(s, &e.SupportedGroups))
}

// pointUncompressed is the one format of points that is left (RFC 8422, Section 5.1.2).
const pointUncompressed byte = 0

func putPointFormats(e *Extensions, b *wire.Builder) { b.Opaque8(e.PointFormats) }

// getPointFormats reads ec_point_format_list<1..2^8-1> (RFC 8422, Section 5.1.2). That uncompressed is among them is
// for the handler to check: TLS 1.3 ignores the list.
func getPointFormats(e *Extensions, s *wire.String) error {
	return parsed(s.Opaque8(&e.PointFormats) && len(e.PointFormats) > 0)
}
