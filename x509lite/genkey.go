package x509lite

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"math/big"

	"tlsengine/cipher"
)

// KeyKind names a kind of key to generate.
type KeyKind uint8

// The kinds of key. P-256 is what a server should have unless it knows better: small, fast, understood by every peer.
const (
	KeyP256 KeyKind = iota
	KeyP384
	KeyP521
	KeyEd25519
	KeyRSA2048
	KeyRSA3072
	KeyRSA4096
	KeyMLDSA44 // FIPS 204: for peers that know RFC 9881
	KeyMLDSA65
	KeyMLDSA87
)

// MinKeySeed is the least length of a seed of GenerateKey in bytes.
const MinKeySeed = 32

var (
	errKeySeed = errors.New("x509lite: a key's seed has at least 32 bytes")
	errRSASeed = errors.New("x509lite: RSA keys are not made from a seed: use another kind, or a key from a file")
	errKeyKind = errors.New("x509lite: no such kind of key")
)

// GenerateKey makes a private key: with a nil seed from crypto/rand, otherwise as a function of the kind and the seed of at least
// MinKeySeed bytes, for tests that want the same bytes each time. A seed that is shorter, one for RSA, whose keys are not made
// from seeds, and an unknown kind give an error. seed is not kept.
func GenerateKey(kind KeyKind, seed []byte) (cipher.PrivateKey, error) {
	if seed != nil && len(seed) < MinKeySeed {
		return nil, errKeySeed
	}
	switch kind {
	case KeyP256:
		return generateECDSA(elliptic.P256(), seed)
	case KeyP384:
		return generateECDSA(elliptic.P384(), seed)
	case KeyP521:
		return generateECDSA(elliptic.P521(), seed)
	case KeyEd25519:
		return generateEd25519(seed)
	case KeyRSA2048:
		return generateRSA(2048, seed)
	case KeyRSA3072:
		return generateRSA(3072, seed)
	case KeyRSA4096:
		return generateRSA(4096, seed)
	case KeyMLDSA44:
		return generateMLDSA(cipher.KeyMLDSA44, seed)
	case KeyMLDSA65:
		return generateMLDSA(cipher.KeyMLDSA65, seed)
	case KeyMLDSA87:
		return generateMLDSA(cipher.KeyMLDSA87, seed)
	}
	return nil, errKeyKind
}

func generateECDSA(curve elliptic.Curve, seed []byte) (cipher.PrivateKey, error) {
	if seed == nil {
		k, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			return nil, err
		}
		return cipher.NewPrivateKey(k)
	}
	// FIPS 186-5, Appendix A.2.1: eight bytes more than the order make the remainder's bias negligible. A key from a known seed
	// is no secret, so that math/big's timing doesn't matter.
	order := curve.Params().N
	size := (order.BitLen() + 7) / 8
	wide, err := hkdf.Expand(sha256.New, seed, "x509lite ECDSA "+curve.Params().Name, size+8)
	if err != nil {
		return nil, err
	}
	one := big.NewInt(1)
	d := new(big.Int).SetBytes(wide)
	d.Mod(d, new(big.Int).Sub(order, one)).Add(d, one)
	k, err := ecdsa.ParseRawPrivateKey(curve, d.FillBytes(make([]byte, size)))
	if err != nil {
		return nil, err
	}
	return cipher.NewPrivateKey(k)
}

func generateEd25519(seed []byte) (cipher.PrivateKey, error) {
	var own [ed25519.SeedSize]byte
	defer clear(own[:])
	if seed == nil {
		rand.Read(own[:])
	} else {
		copy(own[:], seed)
	}
	return cipher.NewPrivateKey(ed25519.NewKeyFromSeed(own[:]))
}

func generateMLDSA(t cipher.KeyType, seed []byte) (cipher.PrivateKey, error) {
	var own [cipher.MLDSASeedSize]byte
	defer clear(own[:])
	if seed == nil {
		rand.Read(own[:])
	} else {
		copy(own[:], seed)
	}
	return cipher.NewMLDSAPrivateKey(t, own[:])
}

func generateRSA(bits int, seed []byte) (cipher.PrivateKey, error) {
	if seed != nil {
		return nil, errRSASeed
	}
	k, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		return nil, err
	}
	return cipher.NewPrivateKey(k)
}
