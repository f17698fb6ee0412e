package handshake

import (
	"bytes"
	"slices"

	"tlsengine/record"
)

// checkSecondHello compares a client's second hello with its first (RFC 8446, Section 4.1.2). Only key_share, cookie,
// early_data, pre_shared_key, padding and encrypted_client_hello may differ, and what is in both must come in the same order.
func checkSecondHello(first, second *ClientHello) error {
	same := first.Version == second.Version &&
		first.Random == second.Random &&
		bytes.Equal(first.SessionID, second.SessionID) &&
		slices.Equal(first.Suites, second.Suites) &&
		bytes.Equal(first.Compression, second.Compression)
	if same {
		one, two := first.Extensions.Raw, second.Extensions.Raw
		same = slices.EqualFunc(pinned(one, two), pinned(two, one), sameExtension)
	}
	if !same {
		return record.Fail(record.AlertIllegalParameter, record.ReasonClientHelloChanged,
			"the second ClientHello differs from the first in more than the retry asked for")
	}
	if hasExtension(second.Extensions.Raw, ExtEarlyData) {
		// RFC 8446, Section 4.2.10: a retry refuses early data; the second hello must not offer it again.
		return record.Fail(record.AlertIllegalParameter, record.ReasonUnexpectedExtension,
			"the second ClientHello offers early data")
	}
	if hasExtension(second.Extensions.Raw, ExtPreSharedKey) && !hasExtension(first.Extensions.Raw, ExtPreSharedKey) {
		// RFC 8446, Section 4.1.2: PSKs may be taken out of the offer, not added to it.
		return record.Fail(record.AlertIllegalParameter, record.ReasonClientHelloChanged,
			"the second ClientHello offers a PSK, the first did not")
	}
	return nil
}

// pinned returns the extensions of one hello that must be in the other too, and those that may be and are.
func pinned(list, other []RawExtension) []RawExtension {
	kept := make([]RawExtension, 0, len(list))
	for _, e := range list {
		if !mayComeAndGo(e.ID) || hasExtension(other, e.ID) {
			kept = append(kept, e)
		}
	}
	return kept
}

func hasExtension(list []RawExtension, id ExtensionID) bool {
	return slices.ContainsFunc(list, func(e RawExtension) bool { return e.ID == id })
}

// extPadding has no row: it may come and says nothing (RFC 7685).
const extPadding ExtensionID = 21

// mayComeAndGo tells whether an extension may be in one hello and not in the other. Encryption is made anew (RFC 9849,
// Section 6.1.5).
func mayComeAndGo(id ExtensionID) bool {
	switch id {
	case ExtCookie, ExtEarlyData, ExtPreSharedKey, extPadding, ExtEncryptedClientHello:
		return true
	}
	return false
}

// sameExtension tells whether an extension is the same in both hellos. What may come and go may also have another
// body, and so may key_share.
func sameExtension(a, b RawExtension) bool {
	return a.ID == b.ID && (a.ID == ExtKeyShare || mayComeAndGo(a.ID) || bytes.Equal(a.Body, b.Body))
}
