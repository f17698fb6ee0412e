package handshake

import (
	"tlsengine/handshake/wire"
	"tlsengine/record"
)

// KeyUpdate says that the sender's next record is under new keys (RFC 8446, Section 4.6.3).
type KeyUpdate struct {
	Request bool // request_update: update_requested (1), else update_not_requested (0)
}

// Type returns TypeKeyUpdate.
func (*KeyUpdate) Type() MessageType { return TypeKeyUpdate }

func (m *KeyUpdate) marshal(b *wire.Builder, _ *Form) {
	if m.Request {
		b.U8(1)
		return
	}
	b.U8(0)
}

func (m *KeyUpdate) unmarshal(s *wire.String, _ *Form, _ ExtensionSet) error {
	var request uint8
	if !s.U8(&request) {
		return errMalformed
	}
	if request > 1 {
		// RFC 8446, Section 4.6.3: any other value ends the connection with illegal_parameter.
		return illegal(record.ReasonBadKeyUpdate, "KeyUpdate's request_update is %d, neither 0 nor 1", request)
	}
	m.Request = request == 1
	return nil
}
