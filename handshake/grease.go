package handshake

import (
	"slices"

	"tlsengine/cipher"
)

// GREASE values are code points that mean nothing (RFC 8701): who sends some finds peers that can't bear what they don't know,
// before something that they ought to learn meets them.

// greaseValue makes one of the sixteen values of a random byte.
func greaseValue(b byte) uint16 {
	half := uint16(b&0xf0 | 0x0a)
	return half<<8 | half
}

// isGREASE tells whether a code point is one of them.
func isGREASE(v uint16) bool { return v&0x0f0f == 0x0a0a && v>>8 == v&0xff }

// greaseDraws is how many random bytes a hello's values are made of.
const greaseDraws = 7

// greaseHello puts GREASE values into the lists of a first hello, each list one that the connection draws (RFC 8701,
// Section 3.1), and returns two extensions. c.params and the key pairs never have such values, so that a server that chooses
// one is refused like any that chooses what was not offered.
func greaseHello(c *Context, h *ClientHello) (first, last RawExtension) {
	var draw [greaseDraws]byte
	c.random.fill(UseGREASE, draw[:])
	value := func(i int) uint16 { return greaseValue(draw[i]) }
	e := &h.Extensions
	h.Suites = slices.Insert(h.Suites, 0, cipher.SuiteID(value(0)))
	group := cipher.GroupID(value(1))
	e.SupportedGroups = slices.Insert(slices.Clone(e.SupportedGroups), 0, group)
	e.SignatureAlgorithms = append(slices.Clone(e.SignatureAlgorithms), cipher.SignatureScheme(value(2)))
	if e.Present.Has(ExtKeyShare) {
		e.KeyShares = slices.Insert(slices.Clone(e.KeyShares), 0, KeyShareEntry{Group: group, Data: []byte{0}})
	}
	if e.Present.Has(ExtSupportedVersions) {
		e.SupportedVersions = slices.Insert(slices.Clone(e.SupportedVersions), 0, cipher.Version(value(3)))
	}
	first.ID, last.ID = ExtensionID(value(4)), ExtensionID(value(5))
	if first.ID == last.ID {
		last.ID ^= 0x1010 // another one of the sixteen
	}
	last.Body = []byte{0}
	return first, last
}

// greaseAsked puts a GREASE extension into a server's CertificateRequest or NewSessionTicket (RFC 8701, Section 4).
func greaseAsked(c *Context, e *Extensions) {
	if c.params.GREASE {
		var draw [1]byte
		c.random.fill(UseGREASE, draw[:])
		e.Raw = append(e.Raw, RawExtension{ID: ExtensionID(greaseValue(draw[0]))})
	}
}

// arrangeHello gives the first hello's extensions their order: that of the rows, or one that is drawn; GREASE around them, and
// padding behind all but what must be last. A second hello keeps it (RFC 8446, Section 4.1.2).
func arrangeHello(c *Context, h *ClientHello) {
	p, e := c.params, &h.Extensions
	if !p.GREASE && !p.PermuteExtensions && !p.PadHello {
		return
	}
	for i := range extensions {
		if x := &extensions[i]; e.Present.Has(x.ID) && !x.Last {
			e.Order = append(e.Order, x.ID)
		}
	}
	if p.PermuteExtensions {
		shuffle(c, e.Order)
	}
	if p.GREASE {
		first, last := greaseHello(c, h)
		e.Raw = append(e.Raw, first, last)
		e.Order = append(slices.Insert(e.Order, 0, first.ID), last.ID)
	}
	if p.PadHello {
		padHello(h)
	}
}

// shuffle brings IDs into a random order, each as likely as any other but for 1 in 2^24.
func shuffle(c *Context, ids []ExtensionID) {
	draw := make([]byte, 4*len(ids))
	c.random.fill(UsePermutation, draw)
	for i := len(ids) - 1; i > 0; i-- {
		r := uint64(draw[4*i])<<24 | uint64(draw[4*i+1])<<16 | uint64(draw[4*i+2])<<8 | uint64(draw[4*i+3])
		j := r * uint64(i+1) >> 32
		ids[i], ids[j] = ids[j], ids[i]
	}
}

// Hellos of these lengths, without record header, made some servers hang (RFC 7685, Section 4).
const (
	badHelloFrom = 256
	badHelloTo   = 512
)

// padHello makes a hello of a length between 256 and 511 bytes 512 bytes long (RFC 7685). A PSK makes it longer still.
func padHello(h *ClientHello) {
	whole, err := appendMessage(nil, h, nil)
	if n := len(whole); err != nil || n < badHelloFrom || n >= badHelloTo {
		return
	}
	body := make([]byte, max(1, badHelloTo-len(whole)-extensionHeader))
	h.Extensions.Raw = append(h.Extensions.Raw, RawExtension{ID: extPadding, Body: body})
	h.Extensions.Order = append(h.Extensions.Order, extPadding)
}

// extensionHeader is the length of an extension's type and that of its length.
const extensionHeader = 4
