package cipher

import (
	"cmp"
	"slices"
	"strings"
	"sync"
)

// opensslOrder returns the rows before TLS 1.3 in the order from which OpenSSL 3.0 reads a cipher list: the one in which
// `openssl ciphers ALL:COMPLEMENTOFALL` prints them. The slice is shared and must not be changed.
var opensslOrder = sync.OnceValue(func() []*Suite {
	all := slices.DeleteFunc(AllSuites(), func(s *Suite) bool { return s.Kx == KxSeparate })
	slices.SortFunc(all, func(a, b *Suite) int {
		return cmp.Or(slices.Compare(orderOf(a), orderOf(b)), -cmp.Compare(a.ID, b.ID))
	})
	return all
})

// orderOf describes a suite's place, the weightiest first; less is earlier, and among equals the higher number is.
func orderOf(s *Suite) []int {
	return []int{
		first(s.Kx == KxECDHE || s.Kx == KxDHE), // before static keys and all PSK
		first(s.Bulk.IsAEAD(), s.Min == VersionTLS12),
		-s.Bulk.Bits,
		last(strings.HasPrefix(s.Bulk.Name, "RC4-"), s.Kx == KxPSK, s.Kx == KxRSA, s.Auth == AuthNone, s.Bulk.MAC == MD5),
		first(isAESGCM(s), isChaCha20(s), isAES(s)),
		first(s.Kx == KxECDHE && s.Auth == AuthECDSA, s.Kx == KxECDHE),
	}
}

// first returns the index of the first condition that holds: the earlier it is the better. None is worst.
func first(conditions ...bool) int {
	if i := slices.Index(conditions, true); i >= 0 {
		return i
	}
	return len(conditions)
}

// last returns a higher number the earlier the first condition is that holds. None is best.
func last(conditions ...bool) int { return -first(conditions...) }
