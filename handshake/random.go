package handshake

import (
	"crypto/rand"
	"encoding/binary"
)

// A Use says what random bytes are for. Under an injected Rand every use has draws of its own, numbered from 0 for
// each connection, so that neither the order of calls nor another use changes what is drawn.
type Use uint8

// The uses of randomness in a handshake.
const (
	UseClientRandom   Use = iota // ClientHello.random, 32 bytes
	UseServerRandom              // ServerHello.random, 32 bytes
	UseSessionID                 // legacy_session_id of a TLS 1.3 client, 32 bytes
	UseKeyShare                  // seed of an ephemeral key pair: cipher.Group.SeedSize bytes
	UseKeyResponse               // seed of the answer to the peer's key share
	UseSignature                 // 64 bytes for a signature (salt of RSA-PSS)
	UseCookie                    // a HelloRetryRequest's cookie, 32 bytes
	UseTicket                    // what a ticket is sealed with, TicketSeedSize bytes
	UseTicketAge                 // ticket_age_add, 4 bytes
	UseNewSessionID              // session_id of a server before TLS 1.3, 32 bytes
	UsePremaster                 // 32 bytes for RSA key transport: a client's secret, or a server's in place of one that isn't sound
	UseGREASE                    // the values of a hello, 7 bytes; of a server's message, 1 byte
	UsePermutation               // the order of a hello's extensions, 4 bytes for each
	UseOuterRandom               // ClientHello.random of an outer hello (RFC 9849), 32 bytes
	UseECHKey                    // seed of the ephemeral key of an encrypted hello, or of what looks like one
	UseECHGrease                 // what looks like an encrypted hello: 2 bytes for id and suite, then the payload; of a server its confirmation, 8 bytes
	UseGreasePSK                 // for each PSK of an outer hello: identity, obfuscated age and binder
	UseRequestContext            // certificate_request_context after the handshake, 32 bytes
	numUses
)

var useNames = [numUses]string{"client_random", "server_random", "session_id", "key_share", "key_response", "signature", "cookie", "ticket",
	"ticket_age_add", "new_session_id", "premaster", "grease", "permutation",
	"outer_random", "ech_key", "ech_grease", "psk_grease", "request_context"}

// String returns a short name.
func (u Use) String() string { return nameIn(useNames[:], "use", uint8(u)) }

// Rand fills p as a function of its arguments: the use, the number of the draw within that use and connection, and
// len(p). A nil Rand stands for the system's generator.
type Rand func(use Use, draw uint64, p []byte)

// randomness is a connection's source of random bytes. It is a value: a copy of it draws the same bytes.
type randomness struct {
	source Rand
	draws  [numUses]uint32 // so small because every half-open connection has them
}

// fill fills p with random bytes for use.
func (r *randomness) fill(use Use, p []byte) {
	draw := r.draws[use]
	r.draws[use]++
	if r.source != nil {
		r.source(use, uint64(draw), p)
		return
	}
	rand.Read(p) // never fails: crypto/rand ends the program instead
}

// number returns a random number for use.
func (r *randomness) number(use Use) uint32 {
	var p [4]byte
	r.fill(use, p[:])
	return binary.BigEndian.Uint32(p[:])
}

// seed returns n bytes for a primitive that derives a key from them, or nil when the system's generator is in use:
// then the primitive draws by itself.
func (r *randomness) seed(use Use, n int) []byte {
	if r.source == nil {
		return nil
	}
	p := make([]byte, n)
	r.fill(use, p)
	return p
}
