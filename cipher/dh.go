package cipher

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"

	"filippo.io/bigmod"
)

// DHParameters are a prime p and a generator g for Diffie-Hellman modulo p, as a server chooses them before TLS 1.3 (RFC
// 5246, Section 7.4.3) or as a dhparam file holds them. They are immutable and shared by pointer.
type DHParameters struct {
	p, g      []byte // big-endian, without leading zeros
	modulus   *bigmod.Modulus
	generator *bigmod.Nat
}

// The sizes of p in bits. Below the least, one computation breaks every connection of the world that uses the prime (the
// Logjam attack); above the most, a peer could buy our time too cheaply.
const (
	MinDHBits = 1024
	MaxDHBits = 16384
)

// ErrBadDHParameters is the error, wrapped with the reason, for parameters that are none.
var ErrBadDHParameters = errors.New("the Diffie-Hellman parameters are not valid")

func badDH(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrBadDHParameters}, args...)...)
}

// NewDHParameters takes p and g, big-endian without sign (leading zeros are fine); the slices are not kept. It checks what
// costs nothing: p is odd and has MinDHBits to MaxDHBits bits, 1 < g < p-1. Whoever has a higher floor looks at Bits; whoever
// doubts that p is a prime asks CheckPrime. Errors wrap ErrBadDHParameters.
func NewDHParameters(p, g []byte) (*DHParameters, error) {
	p, g = bytes.TrimLeft(p, "\x00"), bytes.TrimLeft(g, "\x00")
	switch bits := bitLen(p); {
	case bits < MinDHBits || bits > MaxDHBits:
		return nil, badDH("a prime of %d bits, not %d to %d", bits, MinDHBits, MaxDHBits)
	case p[len(p)-1]&1 == 0:
		return nil, badDH("p is even")
	}
	for _, row := range groupRows {
		if f, ok := row.exchange.(finiteField); ok && row.ShareSize == len(p) {
			if d := f.parameters(); bytes.Equal(d.p, p) && bytes.Equal(d.g, g) {
				return d, nil
			}
		}
	}
	return newDHParameters(bytes.Clone(p), bytes.Clone(g))
}

// newDHParameters keeps its arguments.
func newDHParameters(p, g []byte) (*DHParameters, error) {
	d := &DHParameters{p: p, g: g, modulus: modulus(p)}
	var ok bool
	if d.generator, ok = d.element(g); !ok {
		return nil, badDH("g is not between 1 and p-1")
	}
	return d, nil
}

// bitLen is the length in bits of a big-endian number without leading zeros.
func bitLen(b []byte) int { return new(big.Int).SetBytes(b).BitLen() }

// P returns the prime, big-endian without leading zeros: a view that the caller doesn't change.
func (d *DHParameters) P() []byte { return d.p }

// G returns the generator in the same form.
func (d *DHParameters) G() []byte { return d.g }

// Bits returns the length of p in bits, for policies that want more than MinDHBits.
func (d *DHParameters) Bits() int { return d.modulus.BitLen() }

// CheckPrime tests whether p is a prime, which NewDHParameters takes on trust, and returns nil or an error that wraps
// ErrBadDHParameters. It takes some 30 ms at 2048 bits and two seconds at 8192; the primes of RFC 7919 pass at once.
func (d *DHParameters) CheckPrime() error {
	if d.Group().ID == 0 && !new(big.Int).SetBytes(d.p).ProbablyPrime(1) {
		return badDH("p is not a prime")
	}
	return nil
}

// Group returns the parameters as a group for one key exchange: the row of RFC 7919 if they are its, otherwise a Group whose ID
// is 0 and which no table has. Shares are as long as p.
func (d *DHParameters) Group() *Group {
	for _, row := range groupRows {
		if f, ok := row.exchange.(finiteField); ok && row.ShareSize == len(d.p) && f.parameters() == d {
			return row
		}
	}
	n := len(d.p)
	return &Group{
		Name: fmt.Sprintf("dh%d", d.Bits()), Min: VersionSSL30, FiniteField: true,
		ShareSize: n, AnswerSize: n, SecretSize: n, seedSize: customExponent,
		exchange: finiteField{func() *DHParameters { return d }},
	}
}

// element reads a number between 1 and p-1, both excluded.
func (d *DHParameters) element(b []byte) (v *bigmod.Nat, ok bool) {
	v, err := bigmod.NewNat().SetBytes(b, d.modulus)
	if err != nil || d.trivial(v) {
		return nil, false
	}
	return v, true
}

// trivial reports whether v is 0, 1 or p-1.
func (d *DHParameters) trivial(v *bigmod.Nat) bool {
	return v.IsZero()|v.IsOne()|v.IsMinusOne(d.modulus) == 1
}

// customExponent is the length in bytes of a private exponent modulo a prime that nobody vouches for: twice the strength of
// AES-256, which leaves enough even if an attacker learns a part of it from small factors of p-1.
const customExponent = 64

// finiteField is Diffie-Hellman modulo a prime: shares and secrets are numbers of p's length, padded on the left with zeros
// (RFC 8446, Sections 4.2.8.1 and 7.4.1). A seed is the private exponent.
//
// Exponents are shorter than p: RFC 7919, Section 5.2 gives the least lengths. Exponentiation takes the time of the exponent's
// length, whatever its value (bigmod).
type finiteField struct {
	parameters func() *DHParameters // costs something the first time only
}

func (f finiteField) generate(g *Group, seed []byte) (*Ephemeral, error) {
	d, x := f.parameters(), dhExponent(g, seed)
	return &Ephemeral{group: g, share: d.power(d.generator, x).Bytes(d.modulus), secret: privateHalves{exponent: x}}, nil
}

func (f finiteField) respond(g *Group, peerShare, seed []byte) (share, secret []byte, err error) {
	d, x := f.parameters(), dhExponent(g, seed)
	defer clear(x)
	if secret, err = d.agree(g, x, peerShare); err != nil {
		return nil, nil, err
	}
	return d.power(d.generator, x).Bytes(d.modulus), secret, nil
}

func (f finiteField) agree(e *Ephemeral, peerShare []byte) (secret []byte, err error) {
	return f.parameters().agree(e.group, e.secret.exponent, peerShare)
}

// dhExponent makes a private exponent from the seed or, if that is nil, from crypto/rand. Its top bit is set, so that it is
// never zero and never short.
func dhExponent(g *Group, seed []byte) []byte {
	x := make([]byte, g.seedSize)
	if seed == nil {
		rand.Read(x)
	} else {
		copy(x, seed)
	}
	x[0] |= 0x80
	return x
}

func (d *DHParameters) power(base *bigmod.Nat, x []byte) *bigmod.Nat {
	return bigmod.NewNat().Exp(base, x, d.modulus)
}

// agree returns peerShare to the power of x.
func (d *DHParameters) agree(g *Group, x, peerShare []byte) ([]byte, error) {
	// RFC 7919, Section 5.1 and RFC 8446, Section 4.2.8.1: 1 < Y < p-1.
	y, ok := d.element(peerShare)
	if !ok {
		return nil, badShare(g, "not a number between 1 and p-1")
	}
	z := d.power(y, x)
	defer clear(z.Bits())
	// SP 800-56A, Section 5.7.1.1: such a secret was chosen by the peer, with a Y of small order, which RFC 7919's primes don't
	// have.
	if d.trivial(z) {
		return nil, badShare(g, "an element of small order")
	}
	return z.Bytes(d.modulus), nil
}

// DHParameters returns p and g of a finite-field group, nil for any other.
func (g *Group) DHParameters() *DHParameters {
	if f, ok := g.exchange.(finiteField); ok {
		return f.parameters()
	}
	return nil
}

// PadShare turns an integer of a message before TLS 1.3 (RFC 5246, Sections 7.4.3 and 7.4.7.2: dh_Ys and dh_Yc, with any number
// of leading zeros) into a share for Respond and Agree, a fresh slice. One that is longer than p gives ErrBadShare.
func (g *Group) PadShare(integer []byte) ([]byte, error) {
	integer = bytes.TrimLeft(integer, "\x00")
	if len(integer) > g.ShareSize {
		return nil, badShare(g, fmt.Sprintf("a number of %d bytes, p has %d", len(integer), g.ShareSize))
	}
	share := make([]byte, g.ShareSize)
	copy(share[g.ShareSize-len(integer):], integer)
	return share, nil
}

// Premaster returns the part of an agreed secret that is the premaster secret before TLS 1.3, a view: RFC 5246, Section 8.1.2
// strips the leading zeros of finite-field secrets; others stay whole (RFC 8422, Section 5.10). What the time of hashing then
// tells about a secret helps only against keys that are used twice (the Raccoon attack), and ours are not.
func (g *Group) Premaster(secret []byte) []byte {
	if g.FiniteField {
		return bytes.TrimLeft(secret, "\x00")
	}
	return secret
}
