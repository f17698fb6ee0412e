package handshake

import (
	"tlsengine/handshake/wire"
	"tlsengine/record"
)

// PSKIdentity is one key that a client offers (RFC 8446, Section 4.2.11).
type PSKIdentity struct {
	Identity      []byte // <1..2^16-1>
	ObfuscatedAge uint32 // obfuscated_ticket_age in milliseconds
}

func putOfferedPSKs(e *Extensions, b *wire.Builder) {
	b.Vector16(func(b *wire.Builder) {
		for _, id := range e.PSKIdentities {
			b.Opaque16(id.Identity)
			b.U32(id.ObfuscatedAge)
		}
	})
	b.Vector16(func(b *wire.Builder) {
		for _, binder := range e.PSKBinders {
			b.Opaque8(binder)
		}
	})
}

// getOfferedPSKs reads identities<7..2^16-1> and binders<33..2^16-1>.
func getOfferedPSKs(e *Extensions, s *wire.String) error {
	var identities, binders wire.String
	if !s.Vector16(&identities) || !s.Vector16(&binders) || identities.Empty() || binders.Empty() {
		return errMalformed
	}
	e.PSKIdentities = make([]PSKIdentity, 0, countIdentities(identities))
	for !identities.Empty() {
		var id PSKIdentity
		if !id.get(&identities) {
			return errMalformed
		}
		e.PSKIdentities = append(e.PSKIdentities, id)
	}
	e.PSKBinders = make([][]byte, 0, countVectors(binders, 1, 0))
	for !binders.Empty() {
		var binder []byte
		if !binders.Opaque8(&binder) || len(binder) == 0 {
			return errMalformed
		}
		e.PSKBinders = append(e.PSKBinders, binder)
	}
	if len(e.PSKIdentities) != len(e.PSKBinders) {
		// RFC 8446, Section 4.2.11: there is one binder for each identity, in the same order.
		return illegal(record.ReasonPSKIdentityBinderCountMismatch,
			"%d identities have %d binders", len(e.PSKIdentities), len(e.PSKBinders))
	}
	return nil
}

// minBinder is the shortest PskBinderEntry, in bytes.
const minBinder = 32

// checkBinderSizes refuses binders that are too short to be any. RFC 8446, Section 4.2.11: PskBinderEntry<32..255>; Section 6:
// a length out of its range is a decode_error.
//
// It is called once a PSK is chosen, or none: the binder of the one that is chosen is then known to be right. A short one has
// failed to validate, and Section 4.2.11 has the handshake end for that too, Section 6.2 by decrypt_error; which of the two
// alerts goes first the RFC doesn't say. BoringSSL's runner wants the second (PSK-Server-BinderWrongLength and
// Resume-Server-BinderWrongLength, 31 bytes). It also wants one of 12 bytes overlooked that goes with a session of an older
// version (Resume-Server-TLS1-TLS13, -TLS11-TLS13 and -TLS12-TLS13), which the RFC doesn't allow.
func checkBinderSizes(e *Extensions) error {
	for i, b := range e.PSKBinders {
		if len(b) < minBinder {
			return record.Fail(record.AlertDecodeError, record.ReasonErrorParsingExtension,
				"the binder of PSK %d has %d bytes, at least %d are needed", i, len(b), minBinder)
		}
	}
	return nil
}

func (id *PSKIdentity) get(s *wire.String) bool {
	return s.Opaque16(&id.Identity) && len(id.Identity) > 0 && s.U32(&id.ObfuscatedAge)
}

func countIdentities(list wire.String) (n int) {
	var id PSKIdentity
	for id.get(&list) {
		n++
	}
	return n
}

func putSelectedPSK(e *Extensions, b *wire.Builder) { b.U16(e.SelectedIdentity) }

func getSelectedPSK(e *Extensions, s *wire.String) error {
	return parsed(s.U16(&e.SelectedIdentity))
}

func putPSKModes(e *Extensions, b *wire.Builder) { b.Opaque8(e.PSKModes) }

// getPSKModes reads ke_modes<1..255> (RFC 8446, Section 4.2.9).
func getPSKModes(e *Extensions, s *wire.String) error {
	return parsed(s.Opaque8(&e.PSKModes) && len(e.PSKModes) > 0)
}

func putMaxEarlyData(e *Extensions, b *wire.Builder) { b.U32(e.MaxEarlyData) }

// getMaxEarlyData reads max_early_data_size (RFC 8446, Section 4.2.10).
func getMaxEarlyData(e *Extensions, s *wire.String) error { return parsed(s.U32(&e.MaxEarlyData)) }
