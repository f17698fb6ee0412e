package cipher

import (
	"fmt"
	"math"
)

// HKDFExtract writes HKDF-Extract(salt, ikm) into out, whose length is h.Size() (RFC 5869, Section 2.2). A nil or empty
// salt stands for h.Size() zero bytes. out may be the same memory as salt or ikm. Nothing is allocated.
func HKDFExtract(h Hash, out, salt, ikm []byte) {
	if len(out) != h.Size() {
		panic("cipher: HKDF-Extract gives exactly one hash")
	}
	HMAC(h, out, salt, ikm)
}

// HKDFExpand fills out from HKDF-Expand(prk, info, len(out)) (RFC 5869, Section 2.3). out holds at most 255 times
// h.Size() bytes, more is a programming error and panics: check lengths that an application gives against
// MaxHKDFExpand. Nothing is allocated.
func HKDFExpand(h Hash, out, prk, info []byte) {
	var x Expander
	x.Init(h, prk)
	x.Expand(out, info)
	x.Clear()
}

// MaxHKDFExpand returns the most bytes that HKDF-Expand gives from one secret (RFC 5869, Section 2.3).
func MaxHKDFExpand(h Hash) int { return math.MaxUint8 * h.Size() }

// The prefix of all labels in TLS 1.3, and the lengths that the one-byte vectors of HkdfLabel leave
// (RFC 8446, Section 7.1).
const (
	labelPrefix    = "tls13 "
	MaxLabelLength = math.MaxUint8 - len(labelPrefix)
	MaxContext     = math.MaxUint8
)

// HKDFExpandLabel fills out from HKDF-Expand-Label(secret, label, context, len(out)) (RFC 8446, Section 7.1); the
// prefix "tls13 " is put before label here. label holds at most MaxLabelLength bytes, context at most MaxContext;
// longer ones are a programming error and panic. out may be the same memory as secret. Nothing is allocated.
func HKDFExpandLabel(h Hash, out, secret []byte, label string, context []byte) {
	var x Expander
	x.Init(h, secret)
	x.ExpandLabel(out, label, context)
	x.Clear()
}

// Expander expands one secret several times, which costs less than as many calls of HKDFExpandLabel. It is a value of some 400
// bytes, meant for the stack: Init, expand, Clear. It doesn't print.
type Expander struct{ k keyed }

// Init takes in the secret, which is not kept as a slice, whatever was in x before.
func (x *Expander) Init(h Hash, secret []byte) { x.k.setKey(h, secret) }

// Expand is HKDFExpand.
func (x *Expander) Expand(out, info []byte) {
	if len(out) > MaxHKDFExpand(x.k.h) {
		panic("cipher: HKDF-Expand of more than 255 blocks")
	}
	var room [MaxHashSize]byte
	var counter [1]byte
	block := room[:x.k.h.Size()]
	previous := block[:0]
	for len(out) > 0 {
		counter[0]++
		x.k.sum(block, previous, info, [][]byte{counter[:]})
		previous = block
		out = out[copy(out, block):]
	}
	clear(block)
}

// ExpandLabel is HKDFExpandLabel.
func (x *Expander) ExpandLabel(out []byte, label string, context []byte) {
	if len(label) > MaxLabelLength || len(context) > MaxContext {
		panic("cipher: HkdfLabel too long")
	}
	var info [2 + 1 + math.MaxUint8 + 1 + math.MaxUint8]byte
	b := append(info[:0], byte(len(out)>>8), byte(len(out)), byte(len(labelPrefix)+len(label)))
	b = append(b, labelPrefix...)
	b = append(b, label...)
	b = append(b, byte(len(context)))
	b = append(b, context...)
	x.Expand(out, b)
}

// Clear forgets the secret.
func (x *Expander) Clear() { x.k.clear() }

// Format hides the secret under every verb of fmt.
func (x Expander) Format(f fmt.State, _ rune) { f.Write([]byte(x.String())) }

// String hides the secret.
func (x Expander) String() string { return "expander" }

// GoString hides the secret.
func (x Expander) GoString() string { return x.String() }
