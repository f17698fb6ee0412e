package record

// Outer says which records may stand on the wire beside the protected ones. The engine sets it where the handshake's state
// changes; everything that TLS 1.3 wants of outer content types follows from it.
type Outer uint8

// The states, in the order in which a TLS 1.3 connection goes through them.
const (
	// OuterPlain hands on every record with its own type: SSL 3.0 to TLS 1.2 always, and TLS 1.3 before its first hello.
	OuterPlain Outer = iota

	// OuterHello is TLS 1.3 before there are keys: change_cipher_spec is dropped. A client is here from its hello to the
	// ServerHello, a server from its HelloRetryRequest to the second hello.
	OuterHello

	// OuterHandshakeAlert is the protected handshake of TLS 1.3 while the peer may not have keys yet: an alert may come in
	// the clear until the first protected record has opened. Then it is OuterHandshake.
	OuterHandshakeAlert

	// OuterHandshake is the protected handshake of TLS 1.3: only change_cipher_spec may come in the clear, and is dropped.
	OuterHandshake

	// OuterApplication is TLS 1.3 after the peer's Finished: everything is protected.
	OuterApplication
)

// outerRows is what each state means.
var outerRows = [...]struct {
	drops  bool // change_cipher_spec in the clear is dropped
	alert  bool // alerts may come in the clear
	sealed bool // everything else is protected and has outer type application_data
}{
	OuterPlain:          {},
	OuterHello:          {drops: true},
	OuterHandshakeAlert: {drops: true, alert: true, sealed: true},
	OuterHandshake:      {drops: true, sealed: true},
	OuterApplication:    {sealed: true},
}

// way is what happens to a record, judged on its header.
type way uint8

const (
	wayOpen  way = iota // through the Opener
	wayClear            // as it is
	wayDrop             // away, if it is a well-formed change_cipher_spec
)

// route decides on a record by its outer type.
func (o Outer) route(t ContentType) (way, error) {
	row := outerRows[o]
	switch {
	case t == TypeChangeCipherSpec && row.drops:
		return wayDrop, nil
	case t == TypeAlert && row.alert:
		return wayClear, nil
	case t != TypeApplicationData && row.sealed:
		// RFC 8446, Section 5.2: a protected record's outer type is application_data; Section 5: all else is unexpected_message.
		return 0, Fail(AlertUnexpectedMessage, ReasonInvalidOuterRecordType,
			"an unprotected %v record came where all records are protected", t)
	}
	return wayOpen, nil
}

// opened is the state after a protected record has opened: the peer has keys, so nothing of its comes in the clear any more.
func (o Outer) opened() Outer {
	if o == OuterHandshakeAlert {
		return OuterHandshake
	}
	return o
}

// checkChangeCipherSpec refuses all but the one message that may be dropped.
//
// RFC 8446, Section 5: any other change_cipher_spec than the single byte 1 is unexpected_message.
func checkChangeCipherSpec(payload []byte) error {
	if len(payload) != 1 || payload[0] != 1 {
		return Fail(AlertUnexpectedMessage, ReasonBadChangeCipherSpec,
			"change_cipher_spec of %d bytes is not the single byte 1", len(payload))
	}
	return nil
}
