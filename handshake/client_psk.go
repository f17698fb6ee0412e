package handshake

import (
	"slices"
	"time"

	"tlsengine/cipher"
	"tlsengine/handshake/keyschedule"
	"tlsengine/record"
)

// This file is how a client offers PSKs, those of sessions and those agreed upon outside of TLS, and takes the server's
// choice among them (RFC 8446, Section 4.2.11).

// offeredPSK is one PSK in a ClientHello. It holds the first stage of the key schedule that goes with it: a client has one
// for each PSK until the ServerHello chooses.
type offeredPSK struct {
	session *Session // nil for one from outside
	psk     *PSK     // nil for a session's
	hash    cipher.Hash
	kind    keyschedule.PSKKind
	early   keyschedule.Early
}

// The modes in psk_key_exchange_modes (RFC 8446, Section 4.2.9).
const (
	modePSK    = 0 // psk_ke
	modePSKDHE = 1 // psk_dhe_ke
)

// pskModes returns how we would use a PSK, the better first.
func pskModes(p *Params) []byte {
	if p.PSKWithoutDHE {
		return []byte{modePSKDHE, modePSK}
	}
	return []byte{modePSKDHE}
}

// offerPSKs puts into the first hello what there is to resume, and says how PSKs may be used: a server gives tickets only to
// those who do (RFC 8446, Section 4.2.9).
func offerPSKs(c *Context, h *ClientHello) []offeredPSK {
	if !offers13(c.params) {
		return nil
	}
	psks := usablePSKs(c)
	if len(psks) == 0 && c.params.NewSession == nil {
		return nil
	}
	h.Extensions.PSKModes = pskModes(c.params)
	h.Extensions.Add(ExtPSKKeyExchangeModes)
	listPSKs(&h.Extensions, psks, c.params.Time())
	return psks
}

// usablePSKs returns all that may be offered: the session first, because early data goes with the first of them.
func usablePSKs(c *Context) []offeredPSK {
	var psks []offeredPSK
	if s := c.options.Session; s != nil && s.resumes13() && offersSession(c, s) && enablesHash(c.params, s.suite.Hash) {
		psks = append(psks, offeredPSK{
			session: s, hash: s.suite.Hash, kind: keyschedule.PSKResumption, early: keyschedule.NewEarly(s.suite.Hash, s.secret),
		})
	}
	for _, k := range slices.Concat(c.options.PSKs, c.params.PSKs) {
		if len(k.identity) > 0 && enablesHash(c.params, k.hash) {
			psks = append(psks, offeredPSK{psk: k, hash: k.hash, kind: k.kind, early: keyschedule.NewEarly(k.hash, k.key)})
		}
	}
	return psks
}

// enablesHash tells whether a suite of TLS 1.3 with this hash is enabled.
func enablesHash(p *Params, h cipher.Hash) bool {
	return slices.ContainsFunc(p.Suites, func(s *cipher.Suite) bool { return s.Usable(cipher.VersionTLS13) && s.Hash == h })
}

// listPSKs puts the identities into a hello, and room for the binders, which are made when it is written.
func listPSKs(e *Extensions, psks []offeredPSK, now time.Time) {
	e.PSKIdentities, e.PSKBinders = nil, nil
	e.Present.Remove(ExtPreSharedKey)
	for i := range psks {
		e.PSKIdentities = append(e.PSKIdentities, psks[i].identity(now))
		e.PSKBinders = append(e.PSKBinders, make([]byte, psks[i].hash.Size()))
		e.Add(ExtPreSharedKey)
	}
}

// name returns the PSK's identity.
func (o *offeredPSK) name() []byte {
	if o.session == nil {
		return o.psk.identity
	}
	return o.session.ticket
}

// identity returns what the server gets to see of the PSK.
func (o *offeredPSK) identity(now time.Time) PSKIdentity {
	if o.session == nil {
		return PSKIdentity{Identity: o.name()} // RFC 8446, Section 4.2.11: an age of 0 for external ones
	}
	// RFC 8446, Section 4.2.11.1: the age in milliseconds, hidden by what came with the ticket.
	age := uint32(now.Sub(o.session.created).Milliseconds())
	return PSKIdentity{Identity: o.name(), ObfuscatedAge: age + o.session.ageAdd}
}

// bind fills in the binders at the end of a written ClientHello, each over the hellos so far and this one up to the binders
// (RFC 8446, Section 4.2.11.2).
func bind(c *Context, psks []offeredPSK, message []byte) {
	size := 2
	for i := range psks {
		size += 1 + psks[i].hash.Size()
	}
	at := len(message) - size
	truncated := message[:at]
	at += 2
	for i := range psks {
		o := &psks[i]
		sum := c.transcript.SumWith(c.sum[:0], o.hash, truncated)
		at += 1 + len(o.early.AppendBinder(message[at+1:at+1], o.kind, sum))
	}
}

// clonePSKs copies a list, so that clearing one leaves the other.
func clonePSKs(psks []offeredPSK) []offeredPSK { return slices.Clone(psks) }

// clearPSKs forgets the secrets.
func clearPSKs(psks []offeredPSK) {
	for i := range psks {
		psks[i].early.Clear()
	}
}

// retryPSKs returns those that can go with the suite that a HelloRetryRequest chose, and lists them in the second hello.
// RFC 8446, Section 4.1.4: others should be taken out, and Section 4.1.2: ages and binders are made anew.
func retryPSKs(c *Context, psks []offeredPSK, suite *cipher.Suite, e *Extensions) []offeredPSK {
	var kept []offeredPSK
	for _, o := range psks {
		if o.hash == suite.Hash {
			kept = append(kept, o)
		}
	}
	listPSKs(e, kept, c.params.Time())
	return kept
}

// selectedPSK takes the server's choice among the PSKs that were offered, nil if it chose none.
func selectedPSK(psks []offeredPSK, suite *cipher.Suite, e *Extensions) (*offeredPSK, error) {
	if !e.Present.Has(ExtPreSharedKey) {
		return nil, nil
	}
	if int(e.SelectedIdentity) >= len(psks) {
		// RFC 8446, Section 4.2.11: the index must be within what was offered.
		return nil, record.Fail(record.AlertIllegalParameter, record.ReasonPSKIdentityNotFound,
			"the server chose PSK %d of %d", e.SelectedIdentity, len(psks))
	}
	chosen := psks[e.SelectedIdentity]
	if chosen.hash != suite.Hash {
		// RFC 8446, Section 4.2.11: and its hash that of the suite.
		return nil, record.Fail(record.AlertIllegalParameter, record.ReasonOldSessionPRFHashMismatch,
			"the server chose %v with a PSK for %v", suite.ID, chosen.hash)
	}
	return &chosen, nil
}
