package handshake

import (
	"tlsengine/handshake/wire"
	"tlsengine/record"
)

// This file is about how long records may be: record_size_limit (RFC 8449) and, for peers that don't know it, max_fragment_length
// (RFC 6066, Section 4).

// leastRecordSize is the smallest record_size_limit that there may be, in bytes (RFC 8449, Section 4).
const leastRecordSize = 64

func putRecordSizeLimit(e *Extensions, b *wire.Builder) { b.U16(e.RecordSizeLimit) }

// getRecordSizeLimit reads RecordSizeLimit.
func getRecordSizeLimit(e *Extensions, s *wire.String) error {
	if !s.U16(&e.RecordSizeLimit) {
		return errMalformed
	}
	if e.RecordSizeLimit < leastRecordSize {
		// RFC 8449, Section 4: less is a fatal illegal_parameter.
		return illegal(record.ReasonErrorParsingExtension,
			"record_size_limit is %d, it must be %d at least", e.RecordSizeLimit, leastRecordSize)
	}
	return nil
}

func putMaxFragmentLength(e *Extensions, b *wire.Builder) { b.U8(e.MaxFragmentLength) }

// getMaxFragmentLength reads MaxFragmentLength, which is 1 to 4.
func getMaxFragmentLength(e *Extensions, s *wire.String) error {
	if !s.U8(&e.MaxFragmentLength) {
		return errMalformed
	}
	if fragmentLength(e.MaxFragmentLength) == 0 {
		// RFC 6066, Section 4: another value is a fatal illegal_parameter.
		return illegal(record.ReasonInvalidMaxFragmentLength, "max_fragment_length is %d", e.MaxFragmentLength)
	}
	return nil
}

// fragmentLength returns how many bytes a code stands for, 0 for none.
func fragmentLength(code uint8) int {
	if code < 1 || code > 4 {
		return 0
	}
	return 256 << code
}

// largestRecord is the record_size_limit that limits nothing: what records hold at most, in TLS 1.3 with their type.
func largestRecord(f *Form) int {
	if f == Form13 {
		return record.MaxPlaintext + 1
	}
	return record.MaxPlaintext
}

// offerLimits puts into a ClientHello how long the records may be that we take.
func offerLimits(p *Params, e *Extensions) {
	if p.RecordSizeLimit == 0 {
		return
	}
	e.RecordSizeLimit = uint16(p.RecordSizeLimit)
	e.Add(ExtRecordSizeLimit)
	if p.RecordSizeLimit >= record.MaxPlaintext {
		return // max_fragment_length knows no such numbers
	}
	for code := uint8(4); fragmentLength(code) > 0; code-- {
		if fragmentLength(code) <= p.RecordSizeLimit {
			e.MaxFragmentLength = code
			e.Add(ExtMaxFragmentLength)
			return
		}
	}
}

// answerLimits puts a server's answer into a ServerHello or EncryptedExtensions, and keeps to it from here on. early says that
// the client sends early data, which it can't have fitted to a limit that it hasn't heard of: it then gets none to hear.
func answerLimits(c *Context, offered, e *Extensions, early bool, out *Flight) {
	own := largestRecord(c.form)
	if n := c.params.RecordSizeLimit; n != 0 && !early {
		own = min(n, own)
	}
	switch {
	case offered.Present.Has(ExtRecordSizeLimit):
		// RFC 8449, Section 5: max_fragment_length beside it is ignored.
		e.RecordSizeLimit = uint16(own)
		e.Add(ExtRecordSizeLimit)
		theirs := int(offered.RecordSizeLimit)
		if c.form != Form13 && offered.Present.Has(ExtSupportedVersions) {
			// Section 4: in TLS 1.3 the content type counts, before it doesn't. Who offers both has one number to say, and may (as
			// GnuTLS does) have counted the type in it.
			theirs--
		}
		out.limitRecords(theirs, own)
	case offered.Present.Has(ExtMaxFragmentLength):
		e.MaxFragmentLength = offered.MaxFragmentLength
		e.Add(ExtMaxFragmentLength)
		out.limitFragments(fragmentLength(offered.MaxFragmentLength))
	}
}

// noRecordLimit is a limit that any record keeps.
const noRecordLimit = record.MaxPlaintext + 1

// limitEarlyData keeps early data to what the server takes, as far as that can be known before it has answered.
//
// RFC 8449, Section 4: limits are those of the handshake that the keys come from. A server that wants short records has wanted
// them when it gave the session, too; and one that doesn't know record_size_limit may hold us to the max_fragment_length that
// we offer now, which is the only one that it may choose (RFC 6066, Section 4).
func limitEarlyData(c *Context, s *Session, out *Flight) {
	limit := noRecordLimit
	if s.recordLimit != 0 {
		limit = int(s.recordLimit)
	}
	if n := fragmentLength(c.offeredFragments); n != 0 {
		limit = min(limit, n+1)
	}
	out.limitRecords(limit, noRecordLimit)
}

// takeLimits13 takes a server's answer in TLS 1.3, in place of the limits of early data, and remembers it for that of
// connections to come.
func takeLimits13(c *Context, e *Extensions, out *Flight) error {
	out.limitRecords(noRecordLimit, noRecordLimit)
	limit := noRecordLimit
	switch {
	case e.Present.Has(ExtRecordSizeLimit):
		limit = int(e.RecordSizeLimit)
	case e.Present.Has(ExtMaxFragmentLength):
		limit = fragmentLength(e.MaxFragmentLength) + 1
	}
	if limit < noRecordLimit {
		c.recordLimit = uint16(limit)
	}
	return takeLimits(c, e, out)
}

// takeLimits takes a server's answer.
func takeLimits(c *Context, e *Extensions, out *Flight) error {
	fragments := e.Present.Has(ExtMaxFragmentLength)
	switch {
	case e.Present.Has(ExtRecordSizeLimit) && fragments:
		// RFC 8449, Section 5: both are an illegal_parameter.
		return illegal(record.ReasonUnexpectedExtension, "the server answers record_size_limit and max_fragment_length")
	case e.Present.Has(ExtRecordSizeLimit):
		out.limitRecords(int(e.RecordSizeLimit), min(c.params.RecordSizeLimit, largestRecord(c.form)))
	case fragments:
		if e.MaxFragmentLength != c.offeredFragments {
			// RFC 6066, Section 4: the answer is what was asked for.
			return illegal(record.ReasonInvalidMaxFragmentLength,
				"the server answers max_fragment_length %d with %d", c.offeredFragments, e.MaxFragmentLength)
		}
		out.limitFragments(fragmentLength(e.MaxFragmentLength))
	}
	return nil
}
