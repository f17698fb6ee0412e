package handshake

import (
	"tlsengine/cipher"
	"tlsengine/handshake/wire"
	"tlsengine/record"
)

// KeyShareEntry is one side's share for one group (RFC 8446, Section 4.2.8).
type KeyShareEntry struct {
	Group cipher.GroupID
	Data  []byte // key_exchange<1..2^16-1>
}

func (k *KeyShareEntry) put(b *wire.Builder) {
	b.U16(uint16(k.Group))
	b.Opaque16(k.Data)
}

func (k *KeyShareEntry) get(s *wire.String) bool {
	return s.U16((*uint16)(&k.Group)) && s.Opaque16(&k.Data) && len(k.Data) > 0
}

func putKeyShares(e *Extensions, b *wire.Builder) {
	b.Vector16(func(b *wire.Builder) {
		for i := range e.KeyShares {
			e.KeyShares[i].put(b)
		}
	})
}

// getKeyShares reads client_shares<0..2^16-1>. None is legal: the client asks for a HelloRetryRequest.
func getKeyShares(e *Extensions, s *wire.String) error {
	var list wire.String
	if !s.Vector16(&list) {
		return errMalformed
	}
	if list.Empty() {
		return nil
	}
	shares := make([]KeyShareEntry, 0, countExtensions(list)) // an entry has the shape of an extension
	var seen codeSet
	for !list.Empty() {
		var k KeyShareEntry
		if !k.get(&list) {
			return errMalformed
		}
		if !seen.add(uint16(k.Group)) {
			// RFC 8446, Section 4.2.8: a client must not offer two shares for a group.
			return illegal(record.ReasonDuplicateKeyShare, "two key shares for %v", k.Group)
		}
		shares = append(shares, k)
	}
	e.KeyShares = shares
	return nil
}

func putSelectedShare(e *Extensions, b *wire.Builder) { e.SelectedShare.put(b) }

func getSelectedShare(e *Extensions, s *wire.String) error { return parsed(e.SelectedShare.get(s)) }

func putRetryGroup(e *Extensions, b *wire.Builder) { b.U16(uint16(e.RetryGroup)) }

func getRetryGroup(e *Extensions, s *wire.String) error {
	return parsed(s.U16((*uint16)(&e.RetryGroup)))
}
