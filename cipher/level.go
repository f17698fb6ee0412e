package cipher

// SecurityLevel is OpenSSL's scale from 0, on which everything goes, to 5. What it stands for here are algorithms and
// keys; which versions are spoken is said apart.
type SecurityLevel uint8

// MaxSecurityLevel is the highest level.
const MaxSecurityLevel SecurityLevel = 5

// Bits returns the strength in bits that everything must have at the level. Levels above the highest are like it.
func (l SecurityLevel) Bits() int {
	return [...]int{0, 80, 112, 128, 192, 256}[min(l, MaxSecurityLevel)]
}

// ModulusBits returns how long the moduli of RSA and the primes of Diffie-Hellman must be at the level, in bits (NIST SP 800-57,
// Part 1, Table 2).
func (l SecurityLevel) ModulusBits() int {
	return [...]int{0, 1024, 2048, 3072, 7680, 15360}[min(l, MaxSecurityLevel)]
}

// Allows reports whether a suite may be negotiated at the level: its cipher is strong enough, from level 1 on the server is
// authenticated and MD5 serves no MAC, from 3 on there is forward secrecy, from 4 on SHA-1 serves no MAC.
func (l SecurityLevel) Allows(s *Suite) bool {
	switch {
	case s.Bulk.Bits < l.Bits(),
		l >= 1 && (s.Auth == AuthNone || s.Bulk.MAC == MD5),
		l >= 3 && (s.Kx == KxRSA || s.Kx == KxPSK || s.Kx == KxRSAPSK),
		l >= 4 && s.Bulk.MAC == SHA1:
		return false
	}
	return true
}
