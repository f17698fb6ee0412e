package x509lite

import (
	"fmt"

	"filippo.io/mldsa"
	"golang.org/x/crypto/cryptobyte/asn1"

	"tlsengine/cipher"
)

// ML-DSA in certificates and key files: RFC 9881.

// mldsaRows are the parameter sets. The OIDs are those of keys and of signatures alike.
var mldsaRows = [...]struct {
	id       OID
	key      cipher.KeyType
	sign     cipher.Algorithm
	strength int // in bits, by the category of FIPS 204, Table 1
}{
	{oidMLDSA44, cipher.KeyMLDSA44, cipher.Algorithm{Kind: cipher.PureMLDSA44}, 128},
	{oidMLDSA65, cipher.KeyMLDSA65, cipher.Algorithm{Kind: cipher.PureMLDSA65}, 192},
	{oidMLDSA87, cipher.KeyMLDSA87, cipher.Algorithm{Kind: cipher.PureMLDSA87}, 256},
}

// mldsaByOID gives the type of key, 0 for other OIDs.
func mldsaByOID(id []byte) cipher.KeyType {
	for i := range mldsaRows {
		if string(mldsaRows[i].id) == string(id) {
			return mldsaRows[i].key
		}
	}
	return 0
}

// parseMLDSAKey reads the bits of a public key, which have no structure (RFC 9881, Section 4).
func parseMLDSAKey(t cipher.KeyType, key, parameters der) (cipher.PublicKey, error) {
	if !parameters.Empty() {
		return nil, malformed("subjectPublicKeyInfo", "has parameters beside an ML-DSA key")
	}
	return orNil(cipher.NewMLDSAPublicKey(t, key))
}

// parseMLDSAPrivateKey reads ML-DSA-PrivateKey (RFC 9881, Section 6): the seed. That of the two other forms which has a seed too
// is not read either, for nobody could tell whether its halves belong together.
func parseMLDSAPrivateKey(t cipher.KeyType, inner, parameters der) (cipher.PrivateKey, error) {
	if !parameters.Empty() {
		return nil, malformed("private key", "has parameters beside an ML-DSA key")
	}
	var seed der
	if inner.PeekASN1Tag(asn1.OCTET_STRING) || inner.PeekASN1Tag(asn1.SEQUENCE) {
		return nil, fmt.Errorf("%w: %v in expanded form; only the seed alone is read", ErrUnsupportedKey, t)
	}
	if !inner.ReadASN1(&seed, tagContext(0)) || !inner.Empty() || len(seed) != cipher.MLDSASeedSize {
		return nil, malformed("private key", "is not the 32 bytes of an ML-DSA key's seed")
	}
	return cipher.NewMLDSAPrivateKey(t, seed)
}

// marshalMLDSA writes ML-DSA-PrivateKey in its seed form.
func marshalMLDSA(k *mldsa.PrivateKey) ([]byte, error) {
	seed := k.Bytes()
	defer clear(seed)
	b := newBuilder()
	b.AddASN1(tagContext(0), func(b *builder) { b.AddBytes(seed) })
	return b.Bytes()
}

// mldsaStrength gives a key's security in bits, 0 for other types.
func mldsaStrength(t cipher.KeyType) int {
	for i := range mldsaRows {
		if mldsaRows[i].key == t {
			return mldsaRows[i].strength
		}
	}
	return 0
}
