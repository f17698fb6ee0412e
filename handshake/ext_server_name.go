package handshake

import (
	"tlsengine/handshake/wire"
	"tlsengine/record"
)

// nameTypeHostName is the only type of name that was ever defined (RFC 6066, Section 3).
const nameTypeHostName = 0

// maxHostName is the longest name that DNS can hold, in bytes.
const maxHostName = 255

func putServerName(e *Extensions, b *wire.Builder) {
	b.Vector16(func(b *wire.Builder) {
		b.U8(nameTypeHostName)
		b.Vector16(func(b *wire.Builder) { b.String(e.ServerName) })
	})
}

// getServerName reads ServerNameList<1..2^16-1>.
// RFC 6066, Section 3: there must not be two names of a type; since there is one type, and another's syntax would be
// unknown, a list has exactly one host_name<1..2^16-1>.
func getServerName(e *Extensions, s *wire.String) error {
	var list wire.String
	var kind uint8
	var name []byte
	if !s.Vector16(&list) || !list.U8(&kind) || kind != nameTypeHostName || !list.Opaque16(&name) || len(name) == 0 || !list.Empty() {
		return errMalformed
	}
	if why := badHostName(name); why != "" {
		return illegal(record.ReasonInvalidServerName, "server_name of %d bytes %s", len(name), why)
	}
	e.ServerName = string(name)
	return nil
}

// badHostName says what keeps name from being a HostName, if anything. Names in the form of an address pass: RFC 6066
// forbids them, but a server that looks one up and finds nothing is none the worse.
func badHostName(name []byte) string {
	if len(name) > maxHostName {
		return "is longer than a DNS name can be"
	}
	for _, c := range name {
		// RFC 6066, Section 3: the name is in ASCII. A NUL would end it early for whoever hands it to C.
		if c == 0 || c >= 0x80 {
			return "has a byte that is no ASCII character"
		}
	}
	if name[len(name)-1] == '.' {
		// RFC 6066, Section 3: without a trailing dot.
		return "ends with a dot"
	}
	return ""
}
