package handshake

import "tlsengine/cipher"

// Supports reports whether the states can negotiate s: they know its key exchange and its authentication, and there is
// something that protects records. What a configuration lists beyond that stays out of Params.
func Supports(s *cipher.Suite) bool {
	switch s.Kx {
	case cipher.KxSeparate, cipher.KxECDHE:
	default:
		return false
	}
	switch s.Auth {
	case cipher.AuthSeparate, cipher.AuthRSA, cipher.AuthECDSA:
		return s.Bulk.New != nil
	}
	return false
}
