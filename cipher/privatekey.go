package cipher

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"

	"filippo.io/mldsa"
)

// PrivateKey makes signatures. NewPrivateKey makes one from a standard library's key or from any crypto.Signer; the
// application may bring its own, which may also be a DigestSigner and a Decrypter. Methods may be called from several goroutines.
//
// With a nil seed, randomness comes from crypto/rand. Otherwise the seed has at least SignSeedSize bytes and, for keys of
// the standard library, the signature is a function of key, message and seed: a PSS salt is the front of the seed, ECDSA
// and DSA are RFC 6979's, ML-DSA is FIPS 204's deterministic form, and RSAPKCS1 and EdDSA need none. A crypto.Signer of another
// kind uses crypto/rand in any case.
type PrivateKey interface {
	// Public returns the public half.
	Public() PublicKey
	// Sign returns s's signature of message, a fresh slice. The error wraps ErrWrongKey if the key doesn't fit s.
	Sign(s SignatureScheme, message, seed []byte) ([]byte, error)
	// SignAlgorithm is Sign for the algorithms of certificates.
	SignAlgorithm(a Algorithm, message, seed []byte) ([]byte, error)
}

// SignSeedSize is the least length in bytes of a seed given to PrivateKey: room for the longest PSS salt.
const SignSeedSize = MaxHashSize

// NewPrivateKey makes a PrivateKey from a *rsa.PrivateKey, *ecdsa.PrivateKey, ed25519.PrivateKey, *mldsa.PrivateKey, or any
// crypto.Signer whose Public NewPublicKey takes: one in hardware, for example. The key must not be changed afterwards. An
// RSA key gets the type KeyRSA. A key that is not supported gives an error that wraps ErrBadKey.
func NewPrivateKey(s crypto.Signer) (PrivateKey, error) {
	if s == nil {
		return nil, badKey("no key")
	}
	public, err := NewPublicKey(s.Public())
	if err != nil {
		return nil, err
	}
	return newSigner(s, public), nil
}

// NewRSAPSSPrivateKey is NewPrivateKey for an RSA key of type KeyRSAPSS (id-RSASSA-PSS).
func NewRSAPSSPrivateKey(s crypto.Signer) (PrivateKey, error) {
	if s == nil {
		return nil, badKey("no key")
	}
	std, ok := s.Public().(*rsa.PublicKey)
	if !ok {
		return nil, badKey("%T is no RSA key", s.Public())
	}
	public, err := newRSAPublicKey(std, true)
	if err != nil {
		return nil, err
	}
	return newSigner(s, public), nil
}

// NewRestrictedPSSPrivateKey is NewRSAPSSPrivateKey for a key whose file binds it to a hash and a least length of the salt: it
// signs with nothing else (RFC 4055, Section 3.1). See RSAPublicKey.Restricted.
func NewRestrictedPSSPrivateKey(s crypto.Signer, only Algorithm) (PrivateKey, error) {
	k, err := NewRSAPSSPrivateKey(s)
	if err != nil {
		return nil, err
	}
	public, err := k.Public().(*RSAPublicKey).Restricted(only)
	if err != nil {
		return nil, err
	}
	return newSigner(s, public), nil
}

func newSigner(s crypto.Signer, public PublicKey) PrivateKey {
	k := &signer{s, public, unseeded}
	switch s.(type) {
	case *rsa.PrivateKey, *ecdsa.PrivateKey, ed25519.PrivateKey, *mldsa.PrivateKey:
		k.random = seeded
	}
	if open := opener(s); open != nil && public.Type() == KeyRSA {
		return &rsaSigner{k, open}
	}
	return k
}

// signer is a crypto.Signer with what TLS needs to know of it.
type signer struct {
	std    crypto.Signer
	public PublicKey
	random randomness
}

// randomness gives the reader for a signature.
type randomness func(a Algorithm, seed []byte) io.Reader

func unseeded(Algorithm, []byte) io.Reader { return rand.Reader }

// seeded gives what the keys of the standard library read: PSS its salt, ECDSA nothing at all when it is to be deterministic
// (RFC 6979), the others don't ask.
func seeded(a Algorithm, seed []byte) io.Reader {
	switch {
	case seed == nil:
		return rand.Reader
	case a.Kind == ECDSA:
		return nil
	}
	return bytes.NewReader(seed)
}

// Public returns the public half.
func (k *signer) Public() PublicKey { return k.public }

// Signer returns the crypto.Signer that the key was made from, for writing it to a file, for example.
func (k *signer) Signer() crypto.Signer { return k.std }

// Sign makes a signature of TLS.
func (k *signer) Sign(s SignatureScheme, message, seed []byte) ([]byte, error) {
	if !s.Fits(k.public) {
		return nil, wrongScheme(s, k.public)
	}
	return k.SignAlgorithm(s.Info().Algorithm, message, seed)
}

// SignDigest signs a digest made elsewhere.
func (k *signer) SignDigest(s SignatureScheme, digest, seed []byte) ([]byte, error) {
	if err := s.checkDigest(k.public, digest); err != nil {
		return nil, err
	}
	if seed != nil && len(seed) < SignSeedSize {
		return nil, errSignSeed
	}
	return k.signDigest(s.Info().Algorithm, digest, seed)
}

// errSignSeed is a mistake of the caller.
var errSignSeed = errors.New("cipher: a seed for signing has at least 64 bytes")

// SignAlgorithm makes a signature of a certificate.
func (k *signer) SignAlgorithm(a Algorithm, message, seed []byte) ([]byte, error) {
	if err := a.check(); err != nil {
		return nil, err
	}
	if !a.fitsType(k.public.Type()) {
		return nil, wrongKey(a, k.public.Type())
	}
	if err := restricted(k.public, a); err != nil {
		return nil, err
	}
	if seed != nil && len(seed) < SignSeedSize {
		return nil, errSignSeed
	}
	if a.Kind.hashless() {
		return k.signMessage(a, message, seed)
	}
	return k.signDigest(a, a.Hash.Sum(make([]byte, 0, MaxHashSize), message), seed)
}

// signMessage signs for a kind that hashes in its own way.
func (k *signer) signMessage(a Algorithm, message, seed []byte) ([]byte, error) {
	if d, ok := k.std.(*mldsa.PrivateKey); ok && seed != nil {
		return d.SignDeterministic(message, crypto.Hash(0))
	}
	return k.std.Sign(k.random(a, seed), message, crypto.Hash(0))
}

func (k *signer) signDigest(a Algorithm, digest, seed []byte) ([]byte, error) {
	random := k.random(a, seed)
	if a.Kind == RSAPSS {
		return k.std.Sign(random, digest, &rsa.PSSOptions{SaltLength: a.SaltLen, Hash: a.Hash.Std()})
	}
	return k.std.Sign(random, digest, a.Hash.Std())
}

// Format hides the key under every verb of fmt.
func (k *signer) Format(f fmt.State, _ rune) { f.Write([]byte(k.String())) }

// String hides the key.
func (k *signer) String() string { return k.public.Type().String() + " private key" }

// GoString hides the key.
func (k *signer) GoString() string { return k.String() }
