package record

// Form is how one version before TLS 1.3 protects records with a given Bulk: an immutable row, shared by pointer. A version's row
// in the handshake names its Form; nothing here looks at version numbers.
type Form struct {
	name        string
	sslMAC      bool // the MAC of SSL 3.0, which leaves out the version, rather than HMAC
	freePadding bool // of CBC: at most one block, with any bytes in it
	explicitIV  bool // each record of CBC carries its IV; otherwise it is the last block of the record before
}

// The forms.
var (
	// FormSSL30 is SSL 3.0's (RFC 6101, Section 5.2.3).
	FormSSL30 = &Form{name: "SSL 3.0", sslMAC: true, freePadding: true}

	// FormTLS10 is TLS 1.0's (RFC 2246, Section 6.2.3).
	FormTLS10 = &Form{name: "TLS 1.0"}

	// FormTLS11 is that of TLS 1.1 and TLS 1.2 (RFC 4346, Section 6.2.3; RFC 5246, Section 6.2.3).
	FormTLS11 = &Form{name: "TLS 1.1", explicitIV: true}
)
