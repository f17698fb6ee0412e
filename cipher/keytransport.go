package cipher

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha3"
	"crypto/subtle"
	"fmt"

	"filippo.io/bigmod"
)

// PremasterSize is the length of an RSA premaster secret in bytes: two of the version that the client offered, 46 random ones
// (RFC 5246, Section 7.4.7.1).
const PremasterSize = 48

// KeyTransportSeedSize is the length in bytes of a seed for EncryptPremaster and DecryptPremaster.
const KeyTransportSeedSize = 32

// Decrypter is a PrivateKey that also opens RSA key transport. NewPrivateKey returns one for an RSA key of type KeyRSA that
// is a *rsa.PrivateKey or a crypto.Decrypter.
type Decrypter interface {
	PrivateKey
	// DecryptSessionKey decrypts RSAES-PKCS1-v1_5 (RFC 8017, Section 7.2.2). If there is a plaintext and it is just as long as
	// key, it is copied there; otherwise key stays as it was. Neither the time taken nor anything else tells which, and so there
	// is no error. The time of a crypto.Decrypter that isn't a *rsa.PrivateKey is its own affair.
	DecryptSessionKey(ciphertext, key []byte)
}

// rsaSigner is a signer whose key also decrypts.
type rsaSigner struct {
	*signer
	open func(ciphertext, key []byte)
}

// DecryptSessionKey opens a ciphertext.
func (k *rsaSigner) DecryptSessionKey(ciphertext, key []byte) {
	// RFC 8017, Section 7.2.2: a ciphertext has the modulus's length. Its length is no secret.
	if len(ciphertext) == (k.public.Bits()+7)/8 {
		k.open(ciphertext, key)
	}
}

// opener returns how s decrypts, nil if it can't.
func opener(s crypto.Signer) func(ciphertext, key []byte) {
	switch d := s.(type) {
	case *rsa.PrivateKey:
		return func(ciphertext, key []byte) {
			// An error is one that the peer knows of: a number over the modulus, or a key that no modulus of the size can hold.
			//lint:ignore SA1019 RSA key transport is for suites that somebody has to ask for
			_ = rsa.DecryptPKCS1v15SessionKey(nil, d, ciphertext, key)
		}
	case crypto.Decrypter:
		return func(ciphertext, key []byte) {
			//lint:ignore SA1019 RSA key transport is for suites that somebody has to ask for
			got, err := d.Decrypt(rand.Reader, ciphertext, &rsa.PKCS1v15DecryptOptions{SessionKeyLen: len(key)})
			if err == nil && len(got) == len(key) {
				copy(key, got)
			}
			clear(got)
		}
	}
	return nil
}

// transportStream is the randomness of a seed, or of crypto/rand if that is nil.
func transportStream(seed []byte) (*sha3.SHAKE, error) {
	var own [KeyTransportSeedSize]byte
	defer clear(own[:])
	if seed == nil {
		rand.Read(own[:])
		seed = own[:]
	}
	if len(seed) != KeyTransportSeedSize {
		return nil, ErrSeed
	}
	s := sha3.NewSHAKE256()
	s.Write([]byte("RSA key transport"))
	s.Write(seed)
	return s, nil
}

// newPremaster makes a premaster secret for a client that offered this version.
func newPremaster(stream *sha3.SHAKE, offered Version) []byte {
	b := make([]byte, PremasterSize)
	stream.Read(b)
	b[0], b[1] = byte(offered>>8), byte(offered)
	return b
}

// EncryptPremaster makes a premaster secret and encrypts it to the server's key by RSAES-PKCS1-v1_5 (RFC 5246, Section 7.4.7.1).
// offered is the version in the ClientHello, not the negotiated one. With a nil seed randomness comes from crypto/rand;
// otherwise both results are functions of the key, the version and the KeyTransportSeedSize bytes. Both slices are fresh; the
// caller clears the premaster secret when done. Errors: ErrWrongKey for a key that is not of type KeyRSA, ErrSeed.
func EncryptPremaster(k PublicKey, offered Version, seed []byte) (premaster, ciphertext []byte, err error) {
	r, ok := k.(*RSAPublicKey)
	if !ok || r.Type() != KeyRSA {
		return nil, nil, fmt.Errorf("%w: only RSA keys take part in RSA key transport", ErrWrongKey)
	}
	stream, err := transportStream(seed)
	if err != nil {
		return nil, nil, err
	}
	defer stream.Reset()
	premaster = newPremaster(stream, offered)
	return premaster, r.encrypt(premaster, stream), nil
}

// encrypt is RSAES-PKCS1-v1_5 (RFC 8017, Section 7.2.1). The standard library's takes its padding from nobody but itself.
func (k *RSAPublicKey) encrypt(message []byte, stream *sha3.SHAKE) []byte {
	n := modulus(k.std.N.Bytes())
	// EM = 0x00 || 0x02 || PS || 0x00 || M, where no byte of PS is zero. The shortest modulus has room for 77 bytes of PS.
	em := make([]byte, n.Size())
	defer clear(em)
	em[1] = 2
	padding := em[2 : len(em)-len(message)-1]
	for i := range padding {
		for padding[i] == 0 {
			stream.Read(padding[i : i+1])
		}
	}
	copy(em[len(em)-len(message):], message)
	m, err := bigmod.NewNat().SetBytes(em, n)
	if err != nil {
		panic(err) // EM begins with a zero byte, the modulus doesn't
	}
	defer clear(m.Bits())
	return bigmod.NewNat().ExpShortVarTime(m, uint(k.std.E), n).Bytes(n)
}

// DecryptPremaster returns the premaster secret that a client encrypted, a fresh slice of PremasterSize bytes that the caller
// clears when done. offered is the version in the ClientHello. If the ciphertext is not a sound one the result is random, a
// function of the seed if that is not nil, and nothing tells the difference: the handshake fails at Finished as it does for a
// wrong key. Errors say nothing of the ciphertext: ErrWrongKey if k is no Decrypter, ErrSeed.
//
// RFC 5246, Section 7.4.7.1: padding, length and version may not be told apart, nor a failure from a success (the attacks of
// Bleichenbacher, of Klima, Pokorny and Rosa, and ROBOT).
func DecryptPremaster(k PrivateKey, ciphertext []byte, offered Version, seed []byte) ([]byte, error) {
	d, ok := k.(Decrypter)
	if !ok {
		return nil, fmt.Errorf("%w: the key doesn't decrypt", ErrWrongKey)
	}
	stream, err := transportStream(seed)
	if err != nil {
		return nil, err
	}
	defer stream.Reset()
	premaster := newPremaster(stream, offered)
	var opened [PremasterSize]byte
	defer clear(opened[:])
	copy(opened[:], premaster)
	d.DecryptSessionKey(ciphertext, opened[:])
	right := subtle.ConstantTimeCompare(opened[:2], premaster[:2])
	subtle.ConstantTimeCopy(right, premaster, opened[:])
	return premaster, nil
}
