package handshake

import (
	"tlsengine/handshake/wire"
	"tlsengine/record"
)

func putALPN(e *Extensions, b *wire.Builder) {
	b.Vector16(func(b *wire.Builder) {
		for _, name := range e.ALPN {
			b.Vector8(func(b *wire.Builder) { b.String(name) })
		}
	})
}

// getALPN reads protocol_name_list<2..2^16-1> of ProtocolName<1..2^8-1> (RFC 7301, Section 3.1). The names are copies.
func getALPN(e *Extensions, s *wire.String) error {
	var list wire.String
	if !s.Vector16(&list) || list.Empty() {
		return errMalformed
	}
	names := make([]string, 0, countVectors(list, 1, 0))
	all := string(list) // one copy for all names
	for !list.Empty() {
		var name []byte
		if !list.Opaque8(&name) || len(name) == 0 {
			// RFC 7301, Section 3.1: an empty name must not be sent.
			return errMalformed
		}
		end := len(all) - len(list)
		names = append(names, all[end-len(name):end])
	}
	e.ALPN = names
	return nil
}

// getSelectedALPN reads a server's answer.
// RFC 7301, Section 3.1: it must hold exactly one name. That it was offered is for the handler to check.
func getSelectedALPN(e *Extensions, s *wire.String) error {
	if err := getALPN(e, s); err != nil {
		return err
	}
	if len(e.ALPN) != 1 {
		return illegal(record.ReasonErrorParsingExtension, "the server chose %d protocols, it must be one", len(e.ALPN))
	}
	return nil
}
