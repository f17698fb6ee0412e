// Package goldilocks brings X448 (RFC 7748) and Ed448 (RFC 8032) to package cipher: importing it, for its init function alone,
// adds the group x448 and the signature scheme ed448 to the tables.
//
//	import _ "tlsengine/cipher/goldilocks"
//
// Ed448 is then accepted from peers by default, and a credential with such a key works; X448 must be named among the groups.
//
// It is a module of its own, so that only those who want it depend on github.com/cloudflare/circl, from which the functions come.
package goldilocks

import (
	"github.com/cloudflare/circl/dh/x448"
	"github.com/cloudflare/circl/sign/ed448"

	"tlsengine/cipher"
)

func init() {
	cipher.RegisterX448(curve{})
	cipher.RegisterEd448(edwards{})
}

// curve is X448.
type curve struct{}

// Public returns X448(private, 5).
func (curve) Public(private []byte) []byte {
	var public, k x448.Key
	defer clear(k[:])
	copy(k[:], private)
	x448.KeyGen(&public, &k)
	return public[:]
}

// Shared returns X448(private, peer).
func (curve) Shared(private, peer []byte) (secret []byte, ok bool) {
	var shared, k, p x448.Key
	defer clear(k[:])
	copy(k[:], private)
	copy(p[:], peer)
	ok = x448.Shared(&shared, &k, &p)
	return shared[:], ok
}

// edwards is Ed448 with an empty context.
type edwards struct{}

// Public returns the public key of a seed.
func (edwards) Public(seed []byte) []byte {
	k := ed448.NewKeyFromSeed(seed)
	defer clear(k)
	return append([]byte(nil), k[ed448.SeedSize:]...)
}

// Sign returns a signature.
func (edwards) Sign(seed, message []byte) []byte {
	k := ed448.NewKeyFromSeed(seed)
	defer clear(k)
	return ed448.Sign(k, message, "")
}

// Verify checks a signature.
func (edwards) Verify(public, message, sig []byte) bool {
	return len(sig) == ed448.SignatureSize && ed448.Verify(public, message, sig, "")
}
