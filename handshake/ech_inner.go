package handshake

import (
	"bytes"
	"slices"

	"tlsengine/cipher"
	"tlsengine/handshake/wire"
	"tlsengine/record"
)

// This file is how the hello that is encrypted gets small, and back (RFC 9849, Section 5.1): extensions that stand in the outer
// hello too are left out and named. Nothing here encrypts.

// extECHOuterExtensions has no row: it stands in an EncodedClientHelloInner alone, and is gone when that has been decoded.
const extECHOuterExtensions ExtensionID = 0xfd00

// innerOf returns the hello that h is in truth, when h is to go out as the outer one, but for encryption. RFC 9849,
// Section 6.1: it does not offer any version before TLS 1.3, and so nothing that belongs to those.
func innerOf(h *ClientHello) *ClientHello {
	inner := *h
	e := &inner.Extensions
	for i := range extensions {
		if extensions[i].endedWith12() {
			e.Present.Remove(extensions[i].ID)
		}
	}
	e.SupportedVersions = slices.DeleteFunc(slices.Clone(e.SupportedVersions), func(v cipher.Version) bool { return v < cipher.VersionTLS13 })
	inner.Suites = slices.DeleteFunc(slices.Clone(h.Suites), func(id cipher.SuiteID) bool {
		s := cipher.SuiteByID(id)
		return s != nil && !s.Usable(cipher.VersionTLS13) || id == cipher.TLS_FALLBACK_SCSV
	})
	e.ECH = ECHClientHello{Inner: true}
	e.Add(ExtEncryptedClientHello)
	return &inner
}

// endedWith12 tells whether an extension is of the versions before TLS 1.3 alone: it is answered in their ServerHello and
// nowhere else.
func (x *extension) endedWith12() bool {
	var all place
	for _, c := range x.Codecs {
		all |= c.In
	}
	return all&inServerHello12 != 0 && all&^(inClientHello|inServerHello12) == 0
}

// compression says which of an inner hello's extensions are left out, for the outer hello has the same.
type compression struct {
	plain  []ExtensionID // those that are not, in order
	shared []ExtensionID // those that are, in the order of the outer hello
}

// compressionOf compares the two hellos. RFC 9849, Section 10.5: what must not be seen in the outer hello is never shared,
// even if it happens to be the same.
func compressionOf(inner, outer *ClientHello) (c compression) {
	for _, id := range outer.Extensions.ids() {
		switch x := rowOf(id); {
		case x != nil && x.Last || !inner.Extensions.has(id):
			// pre_shared_key has its place by the row
		case id == ExtServerName || id == ExtEncryptedClientHello || !bytes.Equal(inner.Extensions.offered(id), outer.Extensions.offered(id)):
			c.plain = append(c.plain, id)
		default:
			c.shared = append(c.shared, id)
		}
	}
	return c
}

// order is what the inner hello's extensions stand in. RFC 9849, Section 6.1: those that are left out are consecutive.
func (c compression) order() []ExtensionID { return slices.Concat(c.plain, c.shared) }

// encodeInner returns the EncodedClientHelloInner of inner, padded (RFC 9849, Sections 5.1 and 6.1.3). maxName is the length of
// the longest name behind the server, or 0.
func encodeInner(inner *ClientHello, c compression, maxName int) ([]byte, error) {
	encoded := *inner
	encoded.SessionID = nil
	e := &encoded.Extensions
	if len(c.shared) > 0 {
		e.Raw = slices.DeleteFunc(slices.Clone(e.Raw), func(x RawExtension) bool { return slices.Contains(c.shared, x.ID) })
		for _, id := range c.shared {
			e.Present.Remove(id)
		}
		e.Raw = append(e.Raw, RawExtension{ID: extECHOuterExtensions, Body: listOuterExtensions(c.shared)})
		e.Order = append(slices.Clone(c.plain), extECHOuterExtensions)
	}
	var b wire.Builder
	encoded.marshal(&b, nil)
	name := maxName - len(e.ServerName)
	if e.ServerName == "" {
		name = maxName + 9 // RFC 9849, Section 6.1.3: as long as the extension would be
	}
	b.Bytes(make([]byte, max(0, name)))
	b.Bytes(make([]byte, 31-(b.Len()-1)%32))
	return b.Result()
}

// listOuterExtensions makes the body of ech_outer_extensions: OuterExtensions<2..254>.
func listOuterExtensions(ids []ExtensionID) []byte {
	body := []byte{byte(2 * len(ids))}
	for _, id := range ids {
		body = append(body, byte(id>>8), byte(id))
	}
	return body
}

// ids returns the extensions in the order in which put writes them.
func (e *Extensions) ids() (list []ExtensionID) {
	var seen ExtensionSet
	add := func(id ExtensionID) {
		if !seen.Has(id) && e.has(id) {
			seen.Add(id)
			list = append(list, id)
		}
	}
	for _, id := range e.Order {
		add(id)
	}
	for i := range e.Raw {
		add(e.Raw[i].ID)
	}
	for i := range extensions {
		add(extensions[i].ID)
	}
	return list
}

// has tells whether put writes the extension.
func (e *Extensions) has(id ExtensionID) bool {
	return e.Present.Has(id) || rowOf(id) == nil && hasExtension(e.Raw, id)
}

// offered returns the body of an extension as it stands in a ClientHello.
func (e *Extensions) offered(id ExtensionID) []byte {
	var b wire.Builder
	var written ExtensionSet
	e.putOne(&b, id, inClientHello, &written)
	body, err := b.Result()
	if err != nil {
		return nil // the hello can't be written at all, and whoever tries is told
	}
	return body
}

// decodeInner makes the inner hello, a whole message, from its encoded form and the outer hello that it came in (RFC 9849,
// Section 5.1). It takes linear time, and what it makes is no longer than the two together: each extension of the outer hello
// is taken once at most.
func decodeInner(encoded []byte, outer *ClientHello) ([]byte, error) {
	s := wire.String(encoded)
	var list wire.String
	legacy, ok := helloPrefix(&s)
	if !ok || !s.Vector16(&list) {
		return nil, badInner(record.AlertDecodeError, record.ReasonClientHelloParseFailed, "does not parse")
	}
	if len(bytes.Trim(s, "\x00")) != 0 {
		// RFC 9849, Section 5.1: padding that is not zero must be refused.
		return nil, badInner(record.AlertIllegalParameter, record.ReasonDecodeError, "has padding that is not zero")
	}
	const versionAndRandom = 2 + 32
	if legacy[versionAndRandom] != 0 {
		// RFC 9849, Section 5.1: legacy_session_id is empty, for that of the outer hello counts.
		return nil, badInner(record.AlertIllegalParameter, record.ReasonInvalidClientHelloInner, "has a session id of its own")
	}
	b := wire.NewBuilder(make([]byte, 0, headerSize+len(encoded)+len(outer.SessionID)))
	b.U8(uint8(TypeClientHello))
	var err error
	b.Vector24(func(b *wire.Builder) {
		b.Bytes(legacy[:versionAndRandom])
		b.Opaque8(outer.SessionID)
		b.Bytes(legacy[versionAndRandom+1:])
		b.Vector16(func(b *wire.Builder) { err = expandOuterExtensions(b, list, outer.Extensions.Raw) })
	})
	if err != nil {
		return nil, err
	}
	message, err := b.Result()
	if err != nil || len(message) > headerSize+maxHello {
		return nil, badInner(record.AlertIllegalParameter, record.ReasonExcessiveMessageSize, "is longer than any hello may be")
	}
	return message, nil
}

// expandOuterExtensions copies a list of extensions, and in place of ech_outer_extensions those of the outer hello that it names.
func expandOuterExtensions(b *wire.Builder, list wire.String, outer []RawExtension) error {
	expanded := false
	for !list.Empty() {
		var x RawExtension
		if !list.U16((*uint16)(&x.ID)) || !list.Opaque16(&x.Body) {
			return badInner(record.AlertDecodeError, record.ReasonClientHelloParseFailed, "has extensions that do not parse")
		}
		if x.ID != extECHOuterExtensions {
			putRawExtension(b, x)
			continue
		}
		names := wire.String(x.Body)
		var ids wire.String
		if expanded || !names.Vector8(&ids) || !names.Empty() || ids.Empty() || len(ids)%2 != 0 {
			return badInner(record.AlertIllegalParameter, record.ReasonInvalidOuterExtension, "has a bad ech_outer_extensions, or two")
		}
		expanded = true
		if !copyOuterExtensions(b, ids, outer) {
			// RFC 9849, Section 5.1: each must be there, none twice, in the order of the outer hello, and neither may be this extension
			// itself or encrypted_client_hello.
			return badInner(record.AlertIllegalParameter, record.ReasonInvalidOuterExtension,
				"names extensions that the outer one doesn't have in that order")
		}
	}
	return nil
}

// copyOuterExtensions copies the extensions named by ids. It goes through outer once, which is how an ID that is missing, comes
// twice or out of order isn't found.
func copyOuterExtensions(b *wire.Builder, ids wire.String, outer []RawExtension) bool {
	for !ids.Empty() {
		var id ExtensionID
		ids.U16((*uint16)(&id))
		i := slices.IndexFunc(outer, func(x RawExtension) bool { return x.ID == id })
		if i < 0 || id == ExtEncryptedClientHello || id == extECHOuterExtensions {
			return false
		}
		putRawExtension(b, outer[i])
		outer = outer[i+1:]
	}
	return true
}

func putRawExtension(b *wire.Builder, x RawExtension) {
	b.U16(uint16(x.ID))
	b.Opaque16(x.Body)
}

// badInner is the refusal of a hello that was encrypted well and is not.
func badInner(alert record.Alert, reason record.Reason, what string) *record.Error {
	return record.Fail(alert, reason, "the encrypted ClientHello %s", what)
}

// readInner parses an inner hello and checks what makes it one.
func readInner(message []byte) (*ClientHello, error) {
	m, err := parseMessage(TypeClientHello, message[headerSize:], nil, ExtensionSet{})
	if err != nil {
		return nil, err
	}
	inner := m.(*ClientHello)
	e := &inner.Extensions
	older := func(v cipher.Version) bool { return v < cipher.VersionTLS13 }
	says := e.Present.Has(ExtEncryptedClientHello) && e.ECH.Inner
	if !says || !e.Present.Has(ExtSupportedVersions) || slices.ContainsFunc(e.SupportedVersions, older) {
		// RFC 9849, Section 7.1: it must say that it is the inner one and must not offer TLS 1.2 or below.
		return nil, badInner(record.AlertIllegalParameter, record.ReasonInvalidClientHelloInner,
			"does not say that it is, or offers TLSv1.2 or below")
	}
	return inner, nil
}

// helloPrefix reads what stands in front of a ClientHello's extensions.
func helloPrefix(s *wire.String) (prefix []byte, ok bool) {
	start := *s
	var fixed, id, suites, compression []byte
	ok = s.Bytes(2+32, &fixed) && s.Opaque8(&id) && s.Opaque16(&suites) && s.Opaque8(&compression)
	return start[:len(start)-len(*s)], ok
}
