package handshake

import (
	"bytes"
	"slices"

	"tlsengine/record"
)

// checkSecondHello compares a client's second hello with its first (RFC 8446, Section 4.1.2). Only key_share, cookie,
// early_data, pre_shared_key and padding may differ, and what is in both must come in the same order.
func checkSecondHello(first, second *ClientHello) error {
	same := first.Version == second.Version &&
		first.Random == second.Random &&
		bytes.Equal(first.SessionID, second.SessionID) &&
		slices.Equal(first.Suites, second.Suites) &&
		bytes.Equal(first.Compression, second.Compression)
	if same {
		same = slices.EqualFunc(pinned(first.Extensions.Raw), pinned(second.Extensions.Raw), sameExtension)
	}
	if !same {
		return record.Fail(record.AlertIllegalParameter, record.ReasonClientHelloChanged,
			"the second ClientHello differs from the first in more than the retry asked for")
	}
	return nil
}

// pinned returns the extensions that must be in both hellos.
func pinned(list []RawExtension) []RawExtension {
	kept := make([]RawExtension, 0, len(list))
	for _, e := range list {
		if !mayComeAndGo(e.ID) {
			kept = append(kept, e)
		}
	}
	return kept
}

// Extensions without a row that a client may send: early_data (RFC 8446, Section 4.2.10) and padding (RFC 7685).
const (
	extPadding   ExtensionID = 21
	extEarlyData ExtensionID = 42
)

// mayComeAndGo tells whether an extension may be in one hello and not in the other.
func mayComeAndGo(id ExtensionID) bool {
	switch id {
	case ExtCookie, extEarlyData, ExtPreSharedKey, extPadding:
		return true
	}
	return false
}

// sameExtension tells whether a pinned extension is the same in both hellos; a key_share has a new body.
func sameExtension(a, b RawExtension) bool {
	return a.ID == b.ID && (a.ID == ExtKeyShare || bytes.Equal(a.Body, b.Body))
}
