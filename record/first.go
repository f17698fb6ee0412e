package record

import (
	"bytes"

	"tlsengine/cipher"
)

// accepted is a header that was found good: as long as nothing changes in the Reader, others like it need no second look. The
// zero value stands for none.
type accepted struct {
	kind    ContentType
	way     way // what happens to such a record
	version cipher.Version
	below   uint16 // the payload is shorter
	routine bool   // it is application_data, and there is nothing to do but to open it in place or into the caller's slice
}

func (a accepted) covers(h Header) bool {
	return h.Type == a.kind && h.Version == a.version && h.Length < int(a.below)
}

// checkHeader judges a header before its body is waited for.
func (r *Reader) checkHeader(h Header, raw []byte) error {
	if !r.begun && (!h.Type.Known() || h.Version>>8 != 3) {
		return sniff(raw)
	}
	// What has neither our version nor a known type is no TLS at all, so that the version is what to tell about.
	if err := r.checkVersion(h); err != nil {
		return err
	}
	// RFC 8446, Section 5: an unknown record type is unexpected_message.
	if !h.Type.Known() {
		return Fail(AlertUnexpectedMessage, ReasonUnexpectedRecord, "a record has the unknown type %d", uint8(h.Type))
	}
	way, err := r.outer.route(h.Type)
	if err != nil {
		return err
	}
	limit := MaxPlaintext
	if way == wayOpen {
		limit = r.opener.MaxPayload()
		if r.skip > 0 && h.Type == TypeApplicationData {
			limit = max(limit, maxPayload13) // early data that is skipped is protected, with keys that we never had
		}
	}
	// RFC 8446, Sections 5.1 and 5.2; RFC 5246, Section 6.2: longer records are record_overflow.
	if h.Length > limit {
		reason := ReasonEncryptedLengthTooLong
		if limit == MaxPlaintext {
			reason = ReasonDataLengthTooLong
		}
		return Fail(AlertRecordOverflow, reason, "a record of %d bytes: at most %d are allowed", h.Length, limit)
	}
	r.like = accepted{h.Type, way, h.Version, uint16(limit + 1), way == wayOpen && h.Type == TypeApplicationData && r.routine()}
	return nil
}

// routine tells whether a protected record is opened and no more.
func (r *Reader) routine() bool {
	return !r.apart && r.see == nil && r.skip == 0 && r.sizes == (sizes{}) && r.outer != OuterHandshakeAlert
}

// checkVersion compares a record's version with what SetVersion was told.
func (r *Reader) checkVersion(h Header) error {
	ok := true
	switch {
	case r.version == 0:
		// RFC 8446, Appendix D; RFC 5246, Appendix E.1: any {3, x} before the version is chosen.
		ok = h.Version>>8 == 3
	case r.hides && h.Type == TypeApplicationData:
		// RFC 8446, Section 5.2: a protected record always says TLS 1.2.
		ok = h.Version == cipher.VersionTLS12
	case h.Type == TypeAlert && r.opener == Opener(nullOpener{}):
		// RFC 5246, Appendix E.1: a peer that doesn't accept the version chosen says so by an alert, in a record of a version of
		// its own.
		ok = h.Version>>8 == 3
	case r.version < cipher.VersionTLS13:
		// RFC 5246, Section 6.2.1: the version being employed.
		ok = h.Version == r.version
	}
	// RFC 8446, Section 5.1: otherwise legacy_record_version is ignored.
	if !ok {
		return Fail(AlertProtocolVersion, ReasonWrongVersionNumber, "a record says version %v", h.Version)
	}
	return nil
}

// sslv2LengthSize is how many bytes of length stand before a message of SSL 2.0.
const sslv2LengthSize = 2

// isSSLv2ClientHello tells whether five bytes are the beginning of a hello in that format which offers SSL 3.0 or TLS: a length
// with its high bit set, the type client_hello, and the version (RFC 5246, Appendix E.2). It is at least as long as what is
// looked at here.
func isSSLv2ClientHello(b []byte) bool {
	n := int(b[0]&0x7f)<<8 | int(b[1])
	return b[0]&0x80 != 0 && n >= HeaderSize && n <= MaxPlaintext && b[2] == 1 && b[3] == 3
}

// sslv2Header makes a Header of those bytes, whose Length is that of what follows them.
func sslv2Header(b []byte) Header {
	n := int(b[0]&0x7f)<<8 | int(b[1])
	v := cipher.Version(b[3])<<8 | cipher.Version(b[4])
	return Header{Type: TypeSSLv2ClientHello, Version: v, Length: n + sslv2LengthSize - HeaderSize}
}

// sniff says what a peer speaks whose first bytes are no TLS record. It is called once, with five bytes.
func sniff(b []byte) error {
	for _, method := range []string{"GET ", "POST ", "HEAD ", "PUT "} {
		if bytes.HasPrefix(b, []byte(method[:min(len(method), HeaderSize)])) {
			return Fail(AlertUnexpectedMessage, ReasonHTTPRequest,
				"the peer speaks plain HTTP: it should connect with TLS (https)")
		}
	}
	if bytes.HasPrefix(b, []byte("CONNE")) {
		return Fail(AlertUnexpectedMessage, ReasonHTTPSProxyRequest, "the peer takes this for an HTTP proxy")
	}
	// RFC 5246, Appendix E.2: a two-byte length with its high bit set, then the message type client_hello.
	if b[0]&0x80 != 0 && b[2] == 1 && b[3] <= 3 {
		return Fail(AlertProtocolVersion, ReasonUnsupportedProtocol, "the peer sent a hello in the format of SSL 2.0")
	}
	return Fail(AlertProtocolVersion, ReasonWrongVersionNumber,
		"the peer does not speak TLS here: its first bytes are % x", b[:HeaderSize])
}
