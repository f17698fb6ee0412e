package cipher

import "fmt"

// DigestSigner is a PrivateKey that also signs a digest made elsewhere: SSL 3.0's CertificateVerify hashes the master secret in
// between the messages (RFC 6101, Section 5.6.8), and transcripts before TLS 1.2 are kept as running hashes. The keys that this
// package makes are all DigestSigners.
type DigestSigner interface {
	PrivateKey
	// SignDigest is Sign for a message whose digest by s's hash is given. The error wraps ErrWrongKey if s takes no digest
	// (EdDSA, ML-DSA) or one of another length.
	SignDigest(s SignatureScheme, digest, seed []byte) ([]byte, error)
}

// VerifyDigest is Verify for a message whose digest by s's hash is given.
func (s SignatureScheme) VerifyDigest(k PublicKey, digest, sig []byte) error {
	if err := s.checkDigest(k, digest); err != nil {
		return err
	}
	if !k.verify(s.Info().Algorithm, nil, digest, sig) {
		return ErrBadSignature
	}
	return nil
}

// checkDigest checks that k can sign such a digest.
func (s SignatureScheme) checkDigest(k PublicKey, digest []byte) error {
	if !s.Fits(k) {
		return wrongScheme(s, k)
	}
	if h := s.Info().Algorithm.Hash; h == 0 || len(digest) != h.Size() {
		return fmt.Errorf("%w: %v takes no digest of %d bytes", ErrWrongKey, s, len(digest))
	}
	return nil
}

func wrongScheme(s SignatureScheme, k PublicKey) error {
	if k == nil {
		return fmt.Errorf("%w: %v by no key", ErrWrongKey, s)
	}
	return fmt.Errorf("%w: %v by a key of type %v, %d bits", ErrWrongKey, s, k.Type(), k.Bits())
}
