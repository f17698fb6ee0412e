package cipher

import (
	"errors"
	"fmt"
	"strings"
)

// GroupID is a key exchange group as it stands on the wire (the IANA registry "TLS Supported Groups"). It also names the
// curve of an ECDSA key, where CurveP224 exists too.
type GroupID uint16

// The groups of this engine. CurveP224 is a curve of certificates only; it has no Group.
const (
	CurveP224          GroupID = 21 // secp224r1, RFC 8422, Section 5.1.1
	CurveP256          GroupID = 23 // secp256r1, RFC 8446, Section 4.2.7
	CurveP384          GroupID = 24 // secp384r1
	CurveP521          GroupID = 25 // secp521r1
	X25519             GroupID = 29
	X448               GroupID = 30  // has a row once RegisterX448 was called
	FFDHE2048          GroupID = 256 // RFC 7919, Appendix A
	FFDHE3072          GroupID = 257
	FFDHE4096          GroupID = 258
	FFDHE6144          GroupID = 259
	FFDHE8192          GroupID = 260
	MLKEM768           GroupID = 513 // draft-ietf-tls-mlkem
	MLKEM1024          GroupID = 514
	SecP256r1MLKEM768  GroupID = 4587 // draft-ietf-tls-ecdhe-mlkem
	X25519MLKEM768     GroupID = 4588
	SecP384r1MLKEM1024 GroupID = 4589
)

// String returns the IANA name, or the number in hex if it is none of ours.
func (id GroupID) String() string {
	if g := GroupByID(id); g != nil {
		return g.Name
	}
	if id == CurveP224 {
		return "secp224r1"
	}
	return fmt.Sprintf("0x%04X", uint16(id))
}

// ErrBadShare is the error, possibly wrapped, for a key share of the peer that can't be used: of a wrong length, not on the
// curve, of low order (all-zero X25519 result), 1 or p-1 in a finite field, or an ML-KEM encapsulation key that is not reduced.
// RFC 8446, Section 4.2.8 and 7.4.2: the answer is illegal_parameter.
var ErrBadShare = errors.New("the peer's key share is not valid")

// ErrSeed is the error for a seed that is not SeedSize bytes long: a mistake of the caller, never of the peer.
var ErrSeed = errors.New("cipher: seed of the wrong length")

func badShare(g *Group, why string) error {
	return fmt.Errorf("%w: %s, %s", ErrBadShare, g.Name, why)
}

// Group is a key exchange group: a row, immutable, shared by pointer. Diffie-Hellman groups and KEMs are used alike: the
// initiator (the client; before TLS 1.3 the server) Generates, the responder Responds, the initiator Agrees. Sizes are bytes.
type Group struct {
	ID          GroupID
	Name        string   // IANA's
	Aliases     []string // other names that GroupByName takes
	Min         Version  // the first version it may be used with; a KEM needs TLS 1.3's flow
	PostQuantum bool     // a quantum computer doesn't break it
	FiniteField bool     // Diffie-Hellman modulo a prime: before TLS 1.3 the group of DHE suites, not of ECDHE
	ShareSize   int      // the initiator's share
	AnswerSize  int      // the responder's share
	SecretSize  int      // what both agree on
	seedSize    int
	exchange    exchange
}

// exchange is what a kind of group does. Lengths of seeds and of the peer's share have been checked by Group, seeds may
// be nil. An error means that the share is not valid.
type exchange interface {
	generate(g *Group, seed []byte) (*Ephemeral, error)
	respond(g *Group, peerShare, seed []byte) (share, secret []byte, err error)
	agree(e *Ephemeral, peerShare []byte) (secret []byte, err error)
}

// String returns the IANA name.
func (g *Group) String() string { return g.Name }

// Usable reports whether the group may be negotiated with v.
func (g *Group) Usable(v Version) bool { return g.Min <= v }

// SeedSize returns how many bytes of seed Generate and Respond take.
func (g *Group) SeedSize() int { return g.seedSize }

// Generate makes an ephemeral key. With a nil seed it comes from crypto/rand; otherwise seed has SeedSize bytes, the key
// is a function of it, and the seed must be as secret and as random as the key. It errs only for a seed of the wrong
// length (ErrSeed). The seed is not kept.
func (g *Group) Generate(seed []byte) (*Ephemeral, error) {
	if seed != nil && len(seed) != g.seedSize {
		return nil, ErrSeed
	}
	return g.exchange.generate(g, seed)
}

// Respond answers the initiator's share with one of its own and the secret that both then share. The seed is used as by
// Generate. Both slices are fresh and the caller's, who clears secret when done. A share that is not valid gives
// ErrBadShare, a seed of the wrong length ErrSeed.
func (g *Group) Respond(peerShare, seed []byte) (share, secret []byte, err error) {
	if seed != nil && len(seed) != g.seedSize {
		return nil, nil, ErrSeed
	}
	if len(peerShare) != g.ShareSize {
		return nil, nil, badShare(g, fmt.Sprintf("%d bytes in place of %d", len(peerShare), g.ShareSize))
	}
	return g.exchange.respond(g, peerShare, seed)
}

// GroupByID returns the row of id, nil if there is none.
func GroupByID(id GroupID) *Group {
	for _, g := range groupRows {
		if g.ID == id {
			return g
		}
	}
	return nil
}

// Groups returns all rows in order of preference. The slice is the caller's.
func Groups() []*Group { return append([]*Group(nil), groupRows[:]...) }

// GroupByName returns the row of a name: IANA's ("secp256r1"), OpenSSL's ("prime256v1") or NIST's ("P-256"), in any case.
// It returns nil if there is none.
func GroupByName(name string) *Group {
	for _, g := range groupRows {
		if strings.EqualFold(g.Name, name) {
			return g
		}
		for _, alias := range g.Aliases {
			if strings.EqualFold(alias, name) {
				return g
			}
		}
	}
	return nil
}
