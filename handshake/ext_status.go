package handshake

import (
	"bytes"

	"tlsengine/handshake/wire"
	"tlsengine/record"
)

// statusTypeOCSP is the type of certificate status that is one OCSP response, the only one that there is in TLS 1.3
// (RFC 6066, Section 8; RFC 8446, Section 4.4.2.1).
const statusTypeOCSP byte = 1

// putStatusRequest asks for a response of whatever responder, without request extensions.
func putStatusRequest(_ *Extensions, b *wire.Builder) {
	b.U8(statusTypeOCSP)
	b.U16(0) // responder_id_list<0..2^16-1>
	b.U16(0) // request_extensions<0..2^16-1>
}

// getStatusRequest reads a CertificateStatusRequest (RFC 6066, Section 8). Which responders a client trusts doesn't matter to a
// server that has one response or none. A request for a type of status that isn't known here is as good as none.
func getStatusRequest(e *Extensions, s *wire.String) error {
	var kind byte
	if !s.U8(&kind) {
		return errMalformed
	}
	if kind != statusTypeOCSP {
		s.Rest()
		e.Present.Remove(ExtStatusRequest)
		return nil
	}
	var responders wire.String
	var id, extensions []byte
	if !s.Vector16(&responders) || !s.Opaque16(&extensions) {
		return errMalformed
	}
	for !responders.Empty() {
		if !responders.Opaque16(&id) || len(id) == 0 {
			return errMalformed
		}
	}
	return nil
}

func putStaple(e *Extensions, b *wire.Builder) { putCertificateStatus(e.Staple, b) }

// getStaple reads the CertificateStatus of one certificate (RFC 8446, Section 4.4.2.1).
func getStaple(e *Extensions, s *wire.String) error {
	if !getCertificateStatus(&e.Staple, s) || !s.Empty() {
		// RFC 8446, Section 6.2. The reason is that of the message CertificateStatus, whose form this is.
		return record.Fail(record.AlertDecodeError, record.ReasonDecodeError, "status_request of a certificate does not parse")
	}
	return nil
}

// putCertificateStatus and getCertificateStatus are the codec of CertificateStatus (RFC 6066, Section 8).
func putCertificateStatus(response []byte, b *wire.Builder) {
	b.U8(statusTypeOCSP)
	b.Opaque24(response)
}

func getCertificateStatus(response *[]byte, s *wire.String) bool {
	var kind byte
	return s.U8(&kind) && kind == statusTypeOCSP && s.Opaque24(response) && len(*response) > 0
}

func putSCTs(e *Extensions, b *wire.Builder) { b.Bytes(e.SCTs) }

// getSCTs reads a SignedCertificateTimestampList (RFC 6962, Section 3.3).
func getSCTs(e *Extensions, s *wire.String) error {
	e.SCTs = s.Rest()
	return parsed(isSCTList(e.SCTs))
}

// isSCTList tells whether b is one list of timestamps, none of them empty. What is in them is for those who know the logs.
func isSCTList(b []byte) bool {
	s, list := wire.String(b), wire.String(nil)
	var one []byte
	if !s.Vector16(&list) || !s.Empty() || list.Empty() {
		return false
	}
	for !list.Empty() {
		if !list.Opaque16(&one) || len(one) == 0 {
			return false
		}
	}
	return true
}

// takeStaples collects what a peer says in TLS 1.3 about each of its certificates; nil if nothing.
func takeStaples(entries []CertificateEntry) (staples [][]byte) {
	for i := range entries {
		x := entries[i].Extensions
		if x == nil || !x.Present.Has(ExtStatusRequest) {
			continue
		}
		if staples == nil {
			staples = make([][]byte, len(entries))
		}
		staples[i] = bytes.Clone(x.Staple)
	}
	return staples
}

// takeSCTs takes the timestamps of the first certificate; without any it is otherwise.
func takeSCTs(entries []CertificateEntry, otherwise []byte) []byte {
	if x := entries[0].Extensions; x != nil && x.Present.Has(ExtSCT) {
		return bytes.Clone(x.SCTs)
	}
	return otherwise
}
