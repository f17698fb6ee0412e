package handshake

import "slices"

// ExtensionSet is a set of extension IDs, a value: copies don't share what is added later. The zero ExtensionSet is
// empty. IDs that are registered for something current take a bit; any other (private ones that were sent) costs two
// bytes.
type ExtensionSet struct {
	low   uint64         // IDs below echBit, encrypted_client_hello and renegotiation_info
	other *[]ExtensionID // nil for none; never written to once shared: Add copies
}

// The bits of encrypted_client_hello and renegotiation_info, whose IDs are 0xfe0d and 0xff01.
const (
	echBit           = 62
	renegotiationBit = 63
)

func (id ExtensionID) bit() (uint, bool) {
	switch {
	case id < echBit:
		return uint(id), true
	case id == ExtEncryptedClientHello:
		return echBit, true
	case id == ExtRenegotiationInfo:
		return renegotiationBit, true
	}
	return 0, false
}

// Has reports whether id is in s.
func (s ExtensionSet) Has(id ExtensionID) bool {
	if b, ok := id.bit(); ok {
		return s.low&(1<<b) != 0
	}
	return slices.Contains(s.others(), id)
}

func (s ExtensionSet) others() []ExtensionID {
	if s.other == nil {
		return nil
	}
	return *s.other
}

// Add puts id into s.
func (s *ExtensionSet) Add(id ExtensionID) {
	if b, ok := id.bit(); ok {
		s.low |= 1 << b
		return
	}
	if !s.Has(id) {
		own := append(slices.Clip(s.others()), id)
		s.other = &own
	}
}

// Remove takes id out of s.
func (s *ExtensionSet) Remove(id ExtensionID) {
	if b, ok := id.bit(); ok {
		s.low &^= 1 << b
		return
	}
	if s.Has(id) {
		own := slices.DeleteFunc(slices.Clone(s.others()), func(other ExtensionID) bool { return other == id })
		s.other = &own
	}
}

// Empty reports whether nothing is in s.
func (s ExtensionSet) Empty() bool { return s.low == 0 && len(s.others()) == 0 }

// codeSet finds duplicates in a peer's list of code points. Up to 16 large ones are compared one by one; above, a
// bitmap of 8 KiB keeps the time linear whatever the peer sends.
type codeSet struct {
	low   uint64
	n     int
	large [16]uint16
	all   *[1 << 16 / 64]uint64
}

// add puts code into c and reports whether it was new.
func (c *codeSet) add(code uint16) bool {
	if code < 64 {
		known := c.low&(1<<code) != 0
		c.low |= 1 << code
		return !known
	}
	if c.all == nil {
		for _, old := range c.large[:c.n] {
			if old == code {
				return false
			}
		}
		if c.n < len(c.large) {
			c.large[c.n] = code
			c.n++
			return true
		}
		c.all = new([1 << 16 / 64]uint64)
		for _, old := range c.large {
			c.all[old/64] |= 1 << (old % 64)
		}
	}
	word, bit := &c.all[code/64], uint64(1)<<(code%64)
	known := *word&bit != 0
	*word |= bit
	return !known
}
