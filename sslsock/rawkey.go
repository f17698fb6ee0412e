package sslsock

import (
	"bytes"
	"os"

	"tlsengine/handshake"
	"tlsengine/record"
	"tlsengine/x509lite"
)

// This file is what may stand in a certificate's place (RFC 7250), shrink it (RFC 8879), or sign for it (RFC 9345).
// None of it is on by default.

// SetTrustedPublicKeys makes sockets take one of these public keys from the peer in place of a certificate, and no
// certificate: each is a SubjectPublicKeyInfo in DER, and is copied. Who has one of the keys is who is wanted; names,
// dates and revocation don't count, so that a key that was stolen is trusted until it is taken off the list. Clients
// ask servers for it; servers whose mode is not CertNone ask clients. No keys go back to certificates. What is no
// public key gives an *SSLError.
func (c *Context) SetTrustedPublicKeys(keys ...[]byte) error {
	trusted := make([][]byte, len(keys))
	for i, key := range keys {
		if _, err := x509lite.ParsePublicKey(key); err != nil {
			return &SSLError{
				Code: ErrorSSL, Library: "X509", Reason: record.ReasonInvalidRawPublicKey.String(), Message: err.Error(), Err: err,
			}
		}
		trusted[i] = bytes.Clone(key)
	}
	c.change(func(s *settings) { s.trustedKeys = trusted })
	return nil
}

// LoadRawKey loads a private key whose public key is shown, without a certificate, to peers that take one: clients
// offer it, servers give it to clients that ask for it, and what LoadCertChain loaded to the others. pw is as for
// LoadCertChain, and so are the errors.
func (c *Context) LoadRawKey(keyFile string, pw PasswordFunc) error {
	text, err := os.ReadFile(keyFile)
	if err != nil {
		return err
	}
	defer clear(text)
	if pw == nil {
		pw = c.askPassword
	}
	key, err := x509lite.OpenPrivateKeyPEM(text, pw)
	if err != nil {
		return keyError(err)
	}
	credential, err := handshake.NewRawKeyCredential(key, nil)
	if err != nil {
		return sslError("", err.Error(), err)
	}
	c.change(func(s *settings) { s.rawKey = credential })
	return nil
}

// peerTypes are the types of certificates that the peer may show; nil stands for X.509.
func (s *settings) peerTypes() []handshake.CertificateType {
	if len(s.trustedKeys) == 0 {
		return nil
	}
	return []handshake.CertificateType{handshake.CertificateRawPublicKey}
}

// shown are the credentials, the raw key first: who takes it needs no more. Then comes what only some peers take.
func (s *settings) shown() []*handshake.Credential {
	if s.rawKey == nil && s.delegate == nil {
		return s.credentials
	}
	var list []*handshake.Credential
	for _, c := range []*handshake.Credential{s.rawKey, s.delegate} {
		if c != nil {
			list = append(list, c)
		}
	}
	return append(list, s.credentials...)
}

// PeerPublicKeyDER returns the public key that the peer showed in place of a certificate, a SubjectPublicKeyInfo; nil
// if it showed a certificate or nothing. The slice is the caller's.
func (s *Socket) PeerPublicKeyDER() []byte {
	if i := s.HandshakeInfo(); i != nil {
		return bytes.Clone(i.PeerKey)
	}
	return nil
}

// SetCertificateCompression chooses whether certificates may be compressed by zlib in TLS 1.3, ours and the peer's. The
// default is false: few peers have it, and whoever offers it runs a decompressor on what strangers send, within the
// limit of a certificate's size.
func (c *Context) SetCertificateCompression(on bool) {
	c.change(func(s *settings) {
		s.compression = nil
		if on {
			s.compression = []*handshake.CertificateCompression{handshake.ZlibCompression()}
		}
	})
}

// SetDelegatedCredentials chooses whether the peer may sign, in TLS 1.3, with a key to which its certificate delegates
// for at most seven days. The default is false: until then nobody can revoke such a key.
func (c *Context) SetDelegatedCredentials(on bool) {
	c.change(func(s *settings) { s.delegated = on })
}
