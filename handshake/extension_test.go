package handshake

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
	"tlsengine/cipher"
	"tlsengine/handshake/wire"
	"tlsengine/record"
)

// listOf writes a list of extensions as a peer might: nothing is checked.
func listOf(raw ...RawExtension) []byte {
	var b wire.Builder
	b.Vector16(func(b *wire.Builder) {
		for _, x := range raw {
			b.U16(uint16(x.ID))
			b.Opaque16(x.Body)
		}
	})
	out, err := b.Result()
	if err != nil {
		panic(err)
	}
	return out
}

// read parses a list as if it had come in p.
func read(list []byte, p place, asked ExtensionSet) (*Extensions, error) {
	e := new(Extensions)
	s := wire.String(list)
	if err := e.get(&s, p, asked); err != nil {
		return nil, err
	}
	if !s.Empty() {
		return nil, errMalformed
	}
	return e, nil
}

func body(hex ...byte) []byte { return hex }

// long returns a body of n bytes behind the bytes given.
func long(n int, head ...byte) []byte { return append(head, make([]byte, n)...) }

// TestExtensionBodiesRefused has, for each extension, what parses as a list and must be refused.
func TestExtensionBodiesRefused(t *testing.T) {
	const (
		malformed = record.AlertDecodeError
		wrong     = record.AlertIllegalParameter
		parsing   = record.ReasonErrorParsingExtension
	)
	for _, c := range []struct {
		why    string
		in     place
		id     ExtensionID
		body   []byte
		alert  record.Alert
		reason record.Reason
	}{
		// RFC 6066, Section 3
		{"no list", inClientHello, ExtServerName, nil, malformed, parsing},
		{"empty list", inClientHello, ExtServerName, body(0, 0), malformed, parsing},
		{"empty name", inClientHello, ExtServerName, body(0, 3, 0, 0, 0), malformed, parsing},
		{"unknown type of name", inClientHello, ExtServerName, body(0, 4, 1, 0, 1, 'a'), malformed, parsing},
		{"two names", inClientHello, ExtServerName, body(0, 8, 0, 0, 1, 'a', 0, 0, 1, 'b'), malformed, parsing},
		{"bytes behind the list", inClientHello, ExtServerName, body(0, 4, 0, 0, 1, 'a', 0), malformed, parsing},
		{"NUL", inClientHello, ExtServerName, body(0, 6, 0, 0, 3, 'a', 0, 'b'), wrong, record.ReasonInvalidServerName},
		{"not ASCII", inClientHello, ExtServerName, body(0, 4, 0, 0, 1, 0x80), wrong, record.ReasonInvalidServerName},
		{"trailing dot", inClientHello, ExtServerName, body(0, 5, 0, 0, 2, 'a', '.'), wrong, record.ReasonInvalidServerName},
		{"256 bytes", inClientHello, ExtServerName, append(body(1, 3, 0, 1, 0), bytes.Repeat([]byte("a"), 256)...), wrong, record.ReasonInvalidServerName},
		{"an answer with a body", inEncryptedExtensions, ExtServerName, body(0, 0), malformed, parsing},
		{"an answer with a body", inServerHello12, ExtServerName, body(0), malformed, parsing},
		// RFC 6066, Section 8
		{"no type", inClientHello, ExtStatusRequest, nil, malformed, parsing},
		{"no list of responders", inClientHello, ExtStatusRequest, body(1), malformed, parsing},
		{"no request extensions", inClientHello, ExtStatusRequest, body(1, 0, 0), malformed, parsing},
		{"empty responder", inClientHello, ExtStatusRequest, body(1, 0, 2, 0, 0, 0, 0), malformed, parsing},
		{"bytes behind", inClientHello, ExtStatusRequest, body(1, 0, 0, 0, 0, 0), malformed, parsing},
		{"an answer with a body", inServerHello12, ExtStatusRequest, body(1), malformed, parsing},
		// RFC 8446, Section 4.4.2.1
		{"a wish with a body", inCertificateRequest, ExtStatusRequest, body(1, 0, 0, 0, 0), malformed, parsing},
		{"unknown type", inCertificate, ExtStatusRequest, body(2, 0, 0, 1, 7), malformed, record.ReasonDecodeError},
		{"empty response", inCertificate, ExtStatusRequest, body(1, 0, 0, 0), malformed, record.ReasonDecodeError},
		{"bytes behind", inCertificate, ExtStatusRequest, body(1, 0, 0, 1, 7, 0), malformed, record.ReasonDecodeError},
		// RFC 6962, Section 3.3
		{"a wish with a body", inClientHello, ExtSCT, body(0, 0), malformed, parsing},
		{"no list", inServerHello12, ExtSCT, nil, malformed, parsing},
		{"empty list", inCertificate, ExtSCT, body(0, 0), malformed, parsing},
		{"empty timestamp", inCertificate, ExtSCT, body(0, 5, 0, 1, 7, 0, 0), malformed, parsing},
		{"timestamp longer than the list", inCertificate, ExtSCT, body(0, 3, 0, 2, 7), malformed, parsing},
		{"bytes behind", inServerHello12, ExtSCT, body(0, 3, 0, 1, 7, 0), malformed, parsing},
		// RFC 7250, Section 4.1
		{"no list", inClientHello, ExtServerCertificateType, nil, malformed, parsing},
		{"empty list", inClientHello, ExtServerCertificateType, body(0), wrong, parsing},
		{"X.509 alone", inClientHello, ExtClientCertificateType, body(1, 0), wrong, parsing},
		{"no type chosen", inServerHello12, ExtServerCertificateType, nil, malformed, parsing},
		{"a list chosen", inEncryptedExtensions, ExtClientCertificateType, body(2, 0, 2), malformed, parsing},
		// RFC 8449, Section 4
		{"one byte", inClientHello, ExtRecordSizeLimit, body(64), malformed, parsing},
		{"less than 64", inEncryptedExtensions, ExtRecordSizeLimit, body(0, 63), wrong, parsing},
		// RFC 6066, Section 4
		{"no code", inServerHello12, ExtMaxFragmentLength, nil, malformed, parsing},
		{"code 0", inClientHello, ExtMaxFragmentLength, body(0), wrong, record.ReasonInvalidMaxFragmentLength},
		{"code 5", inClientHello, ExtMaxFragmentLength, body(5), wrong, record.ReasonInvalidMaxFragmentLength},
		// RFC 8879, Section 3
		{"no algorithm", inClientHello, ExtCompressCertificate, body(0), malformed, parsing},
		{"odd length", inClientHello, ExtCompressCertificate, body(3, 0, 1, 0), malformed, parsing},
		{"an algorithm twice", inCertificateRequest, ExtCompressCertificate, body(4, 0, 1, 0, 1), malformed, parsing},
		// RFC 9345, Section 4
		{"empty list", inClientHello, ExtDelegatedCredential, body(0, 0), malformed, parsing},
		{"no key", inCertificate, ExtDelegatedCredential, body(0, 0, 0, 1, 4, 3, 0, 0, 0, 4, 3, 0, 1, 7), malformed, parsing},
		{"no signature", inCertificate, ExtDelegatedCredential, body(0, 0, 0, 1, 4, 3, 0, 0, 1, 7, 4, 3, 0, 0), malformed, parsing},
		{"bytes behind", inCertificate, ExtDelegatedCredential, body(0, 0, 0, 1, 4, 3, 0, 0, 1, 7, 4, 3, 0, 1, 7, 0), malformed, parsing},
		// RFC 8446, Section 4.2.7
		{"empty list", inClientHello, ExtSupportedGroups, body(0, 0), malformed, parsing},
		{"odd length", inClientHello, ExtSupportedGroups, body(0, 3, 0, 29, 0), malformed, parsing},
		{"list shorter than the body", inClientHello, ExtSupportedGroups, body(0, 2, 0, 29, 0), malformed, parsing},
		{"list longer than the body", inClientHello, ExtSupportedGroups, body(0, 4, 0, 29), malformed, parsing},
		{"empty answer", inEncryptedExtensions, ExtSupportedGroups, body(0, 0), malformed, parsing},
		// RFC 8422, Section 5.1.2
		{"empty list", inClientHello, ExtECPointFormats, body(0), malformed, parsing},
		{"empty list", inServerHello12, ExtECPointFormats, body(0), malformed, parsing},
		// RFC 8446, Section 4.2.3
		{"empty list", inClientHello, ExtSignatureAlgorithms, body(0, 0), malformed, parsing},
		{"odd length", inClientHello, ExtSignatureAlgorithms, body(0, 1, 4), malformed, parsing},
		{"empty list", inCertificateRequest, ExtSignatureAlgorithmsCert, body(0, 0), malformed, parsing},
		{"odd length", inCertificateRequest, ExtSignatureAlgorithmsCert, body(0, 1, 4), malformed, parsing},
		// RFC 7301, Section 3.1
		{"empty list", inClientHello, ExtALPN, body(0, 0), malformed, parsing},
		{"empty name", inClientHello, ExtALPN, body(0, 3, 1, 'a', 0), malformed, parsing},
		{"name longer than the list", inClientHello, ExtALPN, body(0, 2, 2, 'a'), malformed, parsing},
		{"empty name chosen", inEncryptedExtensions, ExtALPN, body(0, 1, 0), malformed, parsing},
		{"none chosen", inServerHello12, ExtALPN, body(0, 0), malformed, parsing},
		{"two chosen", inEncryptedExtensions, ExtALPN, body(0, 4, 1, 'a', 1, 'b'), wrong, parsing},
		// RFC 7627, Section 5.1
		{"a body", inClientHello, ExtExtendedMasterSecret, body(0), malformed, parsing},
		{"a body", inServerHello12, ExtExtendedMasterSecret, body(0), malformed, parsing},
		// RFC 8446, Section 4.2.1
		{"empty list", inClientHello, ExtSupportedVersions, body(0), malformed, parsing},
		{"odd length", inClientHello, ExtSupportedVersions, body(3, 3, 4, 3), malformed, parsing},
		{"no version", inServerHello13, ExtSupportedVersions, nil, malformed, parsing},
		{"a list for an answer", inHelloRetryRequest, ExtSupportedVersions, body(2, 3, 4), malformed, parsing},
		// RFC 8446, Section 4.2.2
		{"empty cookie", inHelloRetryRequest, ExtCookie, body(0, 0), malformed, parsing},
		{"empty cookie", inClientHello, ExtCookie, body(0, 0), malformed, parsing},
		// RFC 8446, Section 4.2.8
		{"empty share", inClientHello, ExtKeyShare, body(0, 4, 0, 29, 0, 0), malformed, parsing},
		{"half a share", inClientHello, ExtKeyShare, body(0, 3, 0, 29, 0), malformed, parsing},
		{"two shares for a group", inClientHello, ExtKeyShare, body(0, 10, 0, 29, 0, 1, 7, 0, 29, 0, 1, 8), wrong, record.ReasonDuplicateKeyShare},
		{"empty share", inServerHello13, ExtKeyShare, body(0, 29, 0, 0), malformed, parsing},
		{"a group alone", inServerHello13, ExtKeyShare, body(0, 29), malformed, parsing},
		{"a share in a retry", inHelloRetryRequest, ExtKeyShare, body(0, 29, 0, 1, 7), malformed, parsing},
		// RFC 8446, Section 4.2.9
		{"no modes", inClientHello, ExtPSKKeyExchangeModes, body(0), malformed, parsing},
		// RFC 8446, Section 4.2.4
		{"no authorities", inCertificateRequest, ExtCertificateAuthorities, body(0, 0), malformed, parsing},
		{"empty name", inCertificateRequest, ExtCertificateAuthorities, body(0, 2, 0, 0), malformed, parsing},
		// RFC 5746, Section 3.2
		{"no length", inServerHello12, ExtRenegotiationInfo, nil, malformed, parsing},
		{"bytes behind", inClientHello, ExtRenegotiationInfo, body(0, 0), malformed, parsing},
		// RFC 8446, Section 4.2.11
		{"no identities", inClientHello, ExtPreSharedKey, long(33, 0, 0, 0, 33, 32), malformed, parsing},
		{"empty identity", inClientHello, ExtPreSharedKey, long(32, 0, 6, 0, 0, 0, 0, 0, 0, 0, 33, 32), malformed, parsing},
		{"no binders", inClientHello, ExtPreSharedKey, body(0, 7, 0, 1, 7, 0, 0, 0, 0, 0, 0), malformed, parsing},
		{"empty binder", inClientHello, ExtPreSharedKey, body(0, 7, 0, 1, 7, 0, 0, 0, 0, 0, 1, 0), malformed, parsing},
		{"two binders for one identity", inClientHello, ExtPreSharedKey,
			append(long(32, 0, 7, 0, 1, 7, 0, 0, 0, 0, 0, 66, 32), long(32, 32)...), wrong, record.ReasonPSKIdentityBinderCountMismatch},
		// RFC 9849, Section 5
		{"no type", inClientHello, ExtEncryptedClientHello, nil, malformed, parsing},
		{"unknown type", inClientHello, ExtEncryptedClientHello, body(2), wrong, parsing},
		{"inner with a body", inClientHello, ExtEncryptedClientHello, body(1, 42), malformed, parsing},
		{"empty payload", inClientHello, ExtEncryptedClientHello, body(0, 0, 1, 0, 1, 7, 0, 0, 0, 0), malformed, parsing},
		{"bytes behind", inClientHello, ExtEncryptedClientHello, body(0, 0, 1, 0, 1, 7, 0, 0, 0, 1, 9, 0), malformed, parsing},
		{"short confirmation", inHelloRetryRequest, ExtEncryptedClientHello, long(7), malformed, parsing},
		{"long confirmation", inHelloRetryRequest, ExtEncryptedClientHello, long(9), malformed, parsing},
		{"empty list", inEncryptedExtensions, ExtEncryptedClientHello, body(0, 0), malformed, parsing},
		{"list longer than the body", inEncryptedExtensions, ExtEncryptedClientHello, body(0, 5, 0xba, 0xdd, 0, 0), malformed, parsing},
		{"configuration longer than the list", inEncryptedExtensions, ExtEncryptedClientHello, body(0, 4, 0xba, 0xdd, 0, 1), malformed, parsing},
		{"configuration without contents", inEncryptedExtensions, ExtEncryptedClientHello, body(0, 4, 0xfe, 0x0d, 0, 0), malformed, parsing},
		{"half an index", inServerHello13, ExtPreSharedKey, body(0), malformed, parsing},
	} {
		_, err := read(listOf(RawExtension{c.id, c.body}), c.in, everything())
		t.Run(c.id.String()+"/"+c.why, func(t *testing.T) { wantRefusal(t, err, c.alert, c.reason) })
	}
}

// TestExtensionPlaces is the table of RFC 8446, Section 4.2 (and of RFC 8422, 5746, 6066, 7301 and 7627 for the
// ServerHello of before), written by hand.
func TestExtensionPlaces(t *testing.T) {
	table := map[ExtensionID]place{
		ExtServerName:              inClientHello | inEncryptedExtensions | inServerHello12,
		ExtStatusRequest:           inClientHello | inCertificateRequest | inCertificate | inServerHello12,
		ExtSCT:                     inClientHello | inCertificateRequest | inCertificate | inServerHello12,
		ExtCompressCertificate:     inClientHello | inCertificateRequest,
		ExtDelegatedCredential:     inClientHello | inCertificateRequest | inCertificate,
		ExtClientCertificateType:   inClientHello | inEncryptedExtensions | inServerHello12,
		ExtServerCertificateType:   inClientHello | inEncryptedExtensions | inServerHello12,
		ExtMaxFragmentLength:       inClientHello | inEncryptedExtensions | inServerHello12,
		ExtRecordSizeLimit:         inClientHello | inEncryptedExtensions | inServerHello12,
		ExtSupportedGroups:         inClientHello | inEncryptedExtensions | inServerHello12,
		ExtECPointFormats:          inClientHello | inServerHello12,
		ExtSignatureAlgorithms:     inClientHello | inCertificateRequest,
		ExtALPN:                    inClientHello | inEncryptedExtensions | inServerHello12,
		ExtEncryptThenMAC:          inClientHello | inServerHello12,
		ExtExtendedMasterSecret:    inClientHello | inServerHello12,
		ExtSessionTicket:           inClientHello | inServerHello12,
		ExtPreSharedKey:            inClientHello | inServerHello13,
		ExtEarlyData:               inClientHello | inEncryptedExtensions | inNewSessionTicket,
		ExtSupportedVersions:       inClientHello | inServerHello13 | inHelloRetryRequest,
		ExtCookie:                  inClientHello | inHelloRetryRequest,
		ExtPSKKeyExchangeModes:     inClientHello,
		ExtCertificateAuthorities:  inClientHello | inCertificateRequest,
		ExtSignatureAlgorithmsCert: inClientHello | inCertificateRequest,
		ExtKeyShare:                inClientHello | inServerHello13 | inHelloRetryRequest,
		ExtEncryptedClientHello:    inClientHello | inHelloRetryRequest | inEncryptedExtensions,
		ExtRenegotiationInfo:       inClientHello | inServerHello12,
		ExtPostHandshakeAuth:       inClientHello,
		ExtNextProtocols:           inClientHello | inServerHello12, // draft-agl-tls-nextprotoneg-03, Section 3.1
	}
	if len(table) != len(extensions) {
		t.Errorf("%d rows, %d in the table", len(extensions), len(table))
	}
	for id, allowed := range table {
		for p := inClientHello; p <= inNewSessionTicket; p <<= 1 {
			_, err := read(listOf(RawExtension{ID: id}), p, everything())
			refused := err != nil && strings.Contains(err.Error(), "may not come in")
			if id == ExtEncryptedClientHello && p == inServerHello12 {
				wantRefusal(t, err, record.AlertUnsupportedExtension, record.ReasonUnexpectedExtension) // RFC 5246, Section 7.4.1.4
				continue
			}
			if refused != (allowed&p == 0) {
				t.Errorf("%v in place %#x (%v): %v", id, uint16(p), p, err)
			}
			if refused {
				wantRefusal(t, err, record.AlertIllegalParameter, record.ReasonUnexpectedExtension)
			}
		}
	}
}

// RFC 8446, Section 4.2: an answer that wasn't asked for ends the handshake with unsupported_extension, but for a
// cookie.
func TestUnsolicitedAnswerRefused(t *testing.T) {
	for i := range extensions {
		for p := inClientHello; p <= inNewSessionTicket; p <<= 1 {
			x := &extensions[i]
			if x.codec(p) == nil {
				continue
			}
			asked := everything()
			asked.Remove(x.ID)
			_, err := read(listOf(RawExtension{ID: x.ID}), p, asked)
			free := p&requests != 0 || x.ID == ExtCookie
			if unasked := err != nil && strings.Contains(err.Error(), "not asked for"); unasked == free {
				t.Errorf("%s in %v: %v", x.Name, p, err)
			} else if unasked {
				alert := record.AlertUnsupportedExtension
				if x.ID == ExtDelegatedCredential {
					alert = record.AlertUnexpectedMessage // RFC 9345, Section 4.1.1
				}
				wantRefusal(t, err, alert, record.ReasonUnexpectedExtension)
			}
		}
	}
}

// RFC 8446, Sections 4.1.2, 4.2, 4.3.2 and 4.6.1: who ignores what it doesn't know, and who refuses it.
func TestUnknownExtensionIgnoredOrRefused(t *testing.T) {
	const unknown ExtensionID = 0x7a7a
	list := listOf(RawExtension{unknown, []byte{1}})
	for p := inClientHello; p <= inNewSessionTicket; p <<= 1 {
		e, err := read(list, p, ExtensionSet{})
		if p&(inClientHello|inCertificateRequest|inNewSessionTicket) == 0 {
			wantRefusal(t, err, record.AlertUnsupportedExtension, record.ReasonUnexpectedExtension)
		} else if err != nil || len(e.Raw) != 1 || !e.Present.Empty() {
			t.Errorf("in %v: %v", p, err)
		}
		var asked ExtensionSet
		asked.Add(unknown)
		if _, err := read(list, p, asked); err != nil {
			t.Errorf("asked for, in %v: %v", p, err)
		}
	}
}

// RFC 8446, Section 4.2: no two extensions of one type, known or not.
func TestDuplicateExtensionRefused(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ids := rapid.SliceOfNDistinct(rapid.Uint16(), 1, 60, rapid.ID[uint16]).Draw(t, "ids")
		twice := rapid.SampledFrom(ids).Draw(t, "twice")
		at := rapid.IntRange(0, len(ids)).Draw(t, "at")
		var raw []RawExtension
		for _, id := range slices.Insert(slices.Clone(ids), at, twice) {
			raw = append(raw, RawExtension{ID: ExtensionID(id)})
		}
		_, err := read(listOf(raw...), inClientHello, ExtensionSet{})
		wantRefusal(t, err, record.AlertDecodeError, record.ReasonDuplicateExtension)
	})
}

func TestManyDifferentExtensionsAreNoDuplicates(t *testing.T) {
	var raw []RawExtension
	for id := range 16000 {
		if ExtensionID(id+100) != ExtRenegotiationInfo {
			raw = append(raw, RawExtension{ID: ExtensionID(id + 100)})
		}
	}
	e, err := read(listOf(raw...), inClientHello, ExtensionSet{})
	if err != nil || len(e.Raw) != len(raw) {
		t.Fatal(err)
	}
	_, err = read(listOf(append(raw, raw[0])...), inClientHello, ExtensionSet{})
	wantRefusal(t, err, record.AlertDecodeError, record.ReasonDuplicateExtension)
}

// RFC 8446, Section 4.2.11: nothing follows pre_shared_key in a ClientHello.
func TestPreSharedKeyMustBeLast(t *testing.T) {
	psk := RawExtension{ExtPreSharedKey, long(32, 0, 7, 0, 1, 7, 0, 0, 0, 0, 0, 33, 32)}
	ems := RawExtension{ID: ExtExtendedMasterSecret}
	if _, err := read(listOf(ems, psk), inClientHello, ExtensionSet{}); err != nil {
		t.Errorf("last: %v", err)
	}
	_, err := read(listOf(psk, ems), inClientHello, ExtensionSet{})
	wantRefusal(t, err, record.AlertIllegalParameter, record.ReasonPreSharedKeyMustBeLast)
	_, err = read(listOf(psk, RawExtension{ID: 0x7a7a}), inClientHello, ExtensionSet{})
	wantRefusal(t, err, record.AlertIllegalParameter, record.ReasonPreSharedKeyMustBeLast)
}

func TestSupportedGroupsOfOldServerIsNotLookedAt(t *testing.T) {
	e, err := read(listOf(RawExtension{ExtSupportedGroups, []byte{0xff}}), inServerHello12, everything())
	if err != nil || e.SupportedGroups != nil {
		t.Errorf("%v, %v", e, err)
	}
}

func TestExtensionsAreWrittenInTheOrderGiven(t *testing.T) {
	e := Extensions{Cookie: []byte{1}, SupportedVersions: []cipher.Version{cipher.VersionTLS13},
		Order: []ExtensionID{ExtSupportedVersions, 0x1a1a, ExtALPN},
		Raw:   []RawExtension{{0x2a2a, nil}, {0x1a1a, []byte{5}}}}
	for _, id := range []ExtensionID{ExtCookie, ExtExtendedMasterSecret, ExtSupportedVersions} {
		e.Add(id)
	}
	if got, want := idsWritten(t, &e, inClientHello), []ExtensionID{ExtSupportedVersions, 0x1a1a, 0x2a2a, ExtExtendedMasterSecret, ExtCookie}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	e.Order, e.Raw = nil, nil
	if got, want := idsWritten(t, &e, inClientHello), []ExtensionID{ExtExtendedMasterSecret, ExtSupportedVersions, ExtCookie}; !slices.Equal(got, want) {
		t.Errorf("%v, want the order of the rows, %v", got, want)
	}
}

func idsWritten(t *testing.T, e *Extensions, p place) (ids []ExtensionID) {
	t.Helper()
	var b wire.Builder
	e.put(&b, p)
	out, err := b.Result()
	if err != nil {
		t.Fatal(err)
	}
	for out = out[2:]; len(out) > 0; out = out[4+binary.BigEndian.Uint16(out[2:]):] {
		ids = append(ids, ExtensionID(binary.BigEndian.Uint16(out)))
	}
	return ids
}

func TestExtensionInWrongPlaceIsNotWritten(t *testing.T) {
	var e Extensions
	e.Add(ExtKeyShare)
	if out, err := appendMessage(nil, &EncryptedExtensions{Extensions: e}, Form13); err == nil {
		t.Errorf("written: %x", out)
	}
}

func TestExtensionSetIsWhatWasPutIn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s ExtensionSet
		model := make(map[ExtensionID]bool)
		ids := rapid.SampledFrom([]ExtensionID{0, 10, 61, 62, 63, 64, 0x7a7a, 0x8a8a, 0xfe0d, 0xff01, 0xffff})
		for range rapid.IntRange(0, 20).Draw(t, "steps") {
			id := ids.Draw(t, "id")
			if rapid.Bool().Draw(t, "add") {
				s.Add(id)
				model[id] = true
			} else {
				s.Remove(id)
				delete(model, id)
			}
		}
		for c := range 1 << 16 {
			if id := ExtensionID(c); s.Has(id) != model[id] {
				t.Fatalf("%v: Has is %v", id, s.Has(id))
			}
		}
		if s.Empty() != (len(model) == 0) {
			t.Fatalf("Empty is %v with %d", s.Empty(), len(model))
		}
	})
}

// A change to a copy must not show in the set it was copied from, even while both share what is behind them.
func TestExtensionSetCopiesAreIndependent(t *testing.T) {
	var a ExtensionSet
	a.Add(0x7a7a)
	b, c := a, a
	b.Add(0x8a8a)
	c.Add(0x9a9a)
	if a.Has(0x8a8a) || !b.Has(0x8a8a) || b.Has(0x9a9a) || !c.Has(0x9a9a) {
		t.Error("copies share what was added later")
	}
	b.Remove(0x7a7a)
	if !a.Has(0x7a7a) || !c.Has(0x7a7a) {
		t.Error("copies share what was removed later")
	}
}

func TestEachExtensionHasOneRow(t *testing.T) {
	for i := range extensions {
		x := &extensions[i]
		if rowOf(x.ID) != x || x.ID.String() != x.Name {
			t.Errorf("row %d, %s, is not found by its ID", i, x.Name)
		}
		var seen place
		for _, c := range x.Codecs {
			if seen&c.In != 0 {
				t.Errorf("%s has two codecs for %v", x.Name, seen&c.In)
			}
			seen |= c.In
		}
		if x.Last != (i == len(extensions)-1) {
			t.Errorf("%s: Last is %v in row %d", x.Name, x.Last, i)
		}
	}
	if got := ExtensionID(0x7a7a).String(); got != "extension 0x7a7a" {
		t.Error(got)
	}
}
