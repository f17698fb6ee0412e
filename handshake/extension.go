package handshake

import (
	"fmt"
	"strings"

	"tlsengine/handshake/wire"
	"tlsengine/record"
)

// This file is the framework that knows no extension: it writes and reads lists of them and refuses, from the rows in
// extensions.go alone, what comes twice, in the wrong place, unasked, or after what must be last.
//
// To add an extension: an ID in extensions.go, fields in Extensions, its codecs in a file ext_NAME.go, and a row.
// Nothing else changes, and no handler checks again what the row says. One without a row is unknown: ignored where
// the RFCs say so, refused elsewhere.

// place is a message that carries extensions; a ServerHello is one of three. Places are told apart by era, so that no
// codec and no row asks for a version. They combine to masks.
type place uint16

const (
	inClientHello place = 1 << iota
	inServerHello12
	inServerHello13
	inHelloRetryRequest
	inEncryptedExtensions
	inCertificateRequest
	inCertificate
	inNewSessionTicket
)

// requests are the messages whose extensions are no answers: all may come without being asked for, and unknown ones
// are ignored (RFC 8446, Sections 4.1.2, 4.3.2 and 4.6.1).
const requests = inClientHello | inCertificateRequest | inNewSessionTicket

var placeNames = [...]string{"ClientHello", "ServerHello", "ServerHello", "HelloRetryRequest", "EncryptedExtensions",
	"CertificateRequest", "Certificate", "NewSessionTicket"}

// String names the messages in p.
func (p place) String() string {
	var names []string
	for i, name := range placeNames {
		if p&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// An extension is a row: what is known of one extension.
type extension struct {
	ID   ExtensionID
	Name string

	// Codecs says where it may appear, and how its body looks there. A place that is in none is forbidden.
	Codecs []extensionCodec

	// Unasked are the answers in which it may come although it wasn't asked for.
	Unasked place

	// Unwanted is the alert for an answer that wasn't asked for; 0 stands for unsupported_extension.
	Unwanted record.Alert

	// Foreign are the messages of versions that don't have it at all: there it is refused like an answer that nobody asked for.
	Foreign place

	// Last: no other may follow it in a ClientHello.
	Last bool
}

// extensionCodec is one layout of an extension's body.
type extensionCodec struct {
	In  place
	put func(e *Extensions, b *wire.Builder)
	// get reads the body. It returns errMalformed or a *record.Error; what it leaves in s is malformed too. Values
	// are views.
	get func(e *Extensions, s *wire.String) error
}

// codec returns the row's codec for p, or nil if the extension may not appear there.
func (x *extension) codec(p place) *extensionCodec {
	for i := range x.Codecs {
		if x.Codecs[i].In&p != 0 {
			return &x.Codecs[i]
		}
	}
	return nil
}

// RawExtension is an extension as it is on the wire.
type RawExtension struct {
	ID   ExtensionID
	Body []byte // extension_data<0..2^16-1>; a view when parsed
}

// collect reads a list of extensions, behind its length, into e.Raw, and refuses duplicates. It makes one slice of
// exact size, at most eight times as large as the list.
func (e *Extensions) collect(s *wire.String, p place) error {
	var list wire.String
	if !s.Vector16(&list) {
		return errMalformed
	}
	n := countExtensions(list)
	if n == 0 {
		return parsed(list.Empty())
	}
	e.Raw = make([]RawExtension, 0, n)
	var seen codeSet
	for !list.Empty() {
		var x RawExtension
		if !list.U16((*uint16)(&x.ID)) || !list.Opaque16(&x.Body) {
			return errMalformed
		}
		if !seen.add(uint16(x.ID)) {
			// RFC 8446, Section 4.2: there must not be two of the same type; this holds for unknown ones too.
			return record.Fail(repeated(p), record.ReasonDuplicateExtension, "%v comes twice in %v", x.ID, p)
		}
		e.Raw = append(e.Raw, x)
		if rowOf(x.ID) != nil {
			e.Present.Add(x.ID)
		}
	}
	return nil
}

// repeated is the alert for an extension that comes twice in p. The RFCs name none; these are what BoringSSL sends.
func repeated(p place) record.Alert {
	if p&(inClientHello|inServerHello12|inServerHello13|inEncryptedExtensions) != 0 {
		return record.AlertDecodeError
	}
	return record.AlertIllegalParameter
}

// countExtensions returns how many whole extensions list begins with.
func countExtensions(list wire.String) (n int) {
	var id uint16
	var body []byte
	for list.U16(&id) && list.Opaque16(&body) {
		n++
	}
	return n
}

// get reads a list of extensions, behind its length, that came in p, one place. asked are those that the peer may answer there.
func (e *Extensions) get(s *wire.String, p place, asked ExtensionSet) error {
	if err := e.collect(s, p); err != nil {
		return err
	}
	return e.decode(s, p, asked)
}

// decode judges what collect found and reads the bodies. s is the message's own String: it is lent to the codecs, one
// body at a time, and comes back as it was (a String of our own would be an allocation).
func (e *Extensions) decode(s *wire.String, p place, asked ExtensionSet) error {
	for i := range e.Raw {
		if err := e.judge(i, p, &asked); err != nil {
			return err
		}
	}
	after := *s
	for i := range e.Raw {
		x := rowOf(e.Raw[i].ID)
		if x == nil {
			continue
		}
		*s = wire.String(e.Raw[i].Body)
		err := x.codec(p).get(e, s)
		if err == errMalformed || err == nil && !s.Empty() {
			// RFC 8446, Section 6.2: a field out of its range or length cannot be decoded.
			return record.Fail(record.AlertDecodeError, record.ReasonErrorParsingExtension,
				"%s of %d bytes in %v does not parse", x.Name, len(e.Raw[i].Body), p)
		}
		if err != nil {
			return err
		}
	}
	*s = after
	return nil
}

// judge decides from the row alone whether the i-th extension may be there.
func (e *Extensions) judge(i int, p place, asked *ExtensionSet) error {
	id := e.Raw[i].ID
	x := rowOf(id)
	if x == nil {
		if p&requests != 0 || asked.Has(id) {
			return nil
		}
		return unsolicited(id, p)
	}
	if p&x.Foreign != 0 {
		return unsolicited(id, p)
	}
	if x.codec(p) == nil {
		// RFC 8446, Section 4.2: a known extension in a message that it isn't specified for ends the handshake with
		// illegal_parameter.
		return illegal(record.ReasonUnexpectedExtension, "%s may not come in %v", x.Name, p)
	}
	if (p&requests|p&x.Unasked) == 0 && !asked.Has(id) {
		if x.Unwanted != 0 {
			return record.Fail(x.Unwanted, record.ReasonUnexpectedExtension, "%v in %v was not asked for", id, p)
		}
		return unsolicited(id, p)
	}
	if x.Last && p == inClientHello && i != len(e.Raw)-1 {
		// RFC 8446, Section 4.2.11: pre_shared_key must be the last extension of a ClientHello.
		return illegal(record.ReasonPreSharedKeyMustBeLast, "%d extensions follow %s", len(e.Raw)-1-i, x.Name)
	}
	return nil
}

// unsolicited is the refusal of an answer to what was not asked.
// RFC 8446, Section 4.2: it ends the handshake with unsupported_extension (RFC 5246, Section 7.4.1.4 likewise).
func unsolicited(id ExtensionID, p place) error {
	return record.Fail(record.AlertUnsupportedExtension, record.ReasonUnexpectedExtension, "%v in %v was not asked for", id, p)
}

// put appends the list of extensions, behind its length, as it looks in p: those of e.Order, then those of e.Raw,
// then the rest of those present in the order of the rows. What e.Raw has is written as it stands there unless it is
// present with a row, whose fields then count.
func (e *Extensions) put(b *wire.Builder, p place) {
	b.Vector16(func(b *wire.Builder) {
		var written ExtensionSet
		for _, id := range e.Order {
			e.putOne(b, id, p, &written)
		}
		for i := range e.Raw {
			e.putOne(b, e.Raw[i].ID, p, &written)
		}
		for i := range extensions {
			e.putOne(b, extensions[i].ID, p, &written)
		}
	})
}

// putIfAny is put for a list that is left out, length and all, when it is empty.
func (e *Extensions) putIfAny(b *wire.Builder, p place) {
	if !e.Present.Empty() || len(e.Raw) > 0 {
		e.put(b, p)
	}
}

// putOne appends one extension, unless there is none of that ID or it was written before.
func (e *Extensions) putOne(b *wire.Builder, id ExtensionID, p place, written *ExtensionSet) {
	if written.Has(id) {
		return
	}
	x := rowOf(id)
	if x == nil {
		e.putRaw(b, id, written)
		return
	}
	if !e.Present.Has(id) {
		return
	}
	c := x.codec(p)
	if c == nil {
		b.Fail(fmt.Errorf("handshake: %s may not be sent in %v", x.Name, p))
		return
	}
	written.Add(id)
	b.U16(uint16(id))
	b.Vector16(func(b *wire.Builder) { c.put(e, b) })
}

// putRaw appends an extension without a row from its bytes.
func (e *Extensions) putRaw(b *wire.Builder, id ExtensionID, written *ExtensionSet) {
	for i := range e.Raw {
		if e.Raw[i].ID == id {
			written.Add(id)
			b.U16(uint16(id))
			b.Opaque16(e.Raw[i].Body)
			return
		}
	}
}
