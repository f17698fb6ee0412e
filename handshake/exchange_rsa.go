package handshake

import (
	"bytes"

	"tlsengine/cipher"
	"tlsengine/record"
	"tlsengine/x509lite"
)

// This file is RSA key transport: the client makes the secret and encrypts it to the key in the server's certificate (RFC
// 5246, Section 7.4.7.1).

// checkDecrypter checks that the leaf may be encrypted to.
func (u *unverifiedPeer) checkDecrypter() error {
	if u.key().Type() != cipher.KeyRSA {
		return record.Fail(record.AlertIllegalParameter, record.ReasonWrongCertificateType,
			"the server's key (%v) is not one to encrypt to", u.key().Type())
	}
	if u.chain != nil && !u.chain[0].AllowsUsage(x509lite.KeyEncipherment) {
		// RFC 5246, Section 7.4.2: with a key usage, keyEncipherment must be set. A raw public key has none.
		return record.Fail(record.AlertIllegalParameter, record.ReasonKeyUsageBitIncorrect,
			"the key usage of the server's certificate excludes key transport")
	}
	return nil
}

// transport sends the secret to the server's key.
func (h clientHalf) transport(c *Context, key cipher.PublicKey, out *Flight) (State, error) {
	secret, sealed, err := cipher.EncryptPremaster(key, c.helloVersion, c.random.seed(UsePremaster, cipher.KeyTransportSeedSize))
	if err != nil {
		return nil, err
	}
	next := h.send(c, &ClientKeyExchange{Encrypted: sealed}, secret, out)
	clear(secret)
	return next, nil
}

// Decrypt asks for the secret that a client encrypted to our credential's key.
//
// Whoever answers in place of Run must not let anybody see whether the ciphertext was a sound one: neither by the time that
// it takes nor by what it does then. RFC 5246, Section 7.4.7.1: each bit that can be told apart decrypts messages of others
// (the attacks of Bleichenbacher, and ROBOT).
type Decrypt struct {
	answer[[]byte]
	key        cipher.PrivateKey
	ciphertext []byte
	offered    cipher.Version
	seed       []byte
}

// Kind returns KindDecrypt.
func (o *Decrypt) Kind() OperationKind { return KindDecrypt }

// Input returns what is to be decrypted by RSAES-PKCS1-v1_5. Read only.
func (o *Decrypt) Input() []byte { return o.ciphertext }

// Key returns the key.
func (o *Decrypt) Key() cipher.PrivateKey { return o.key }

// Offered returns the version that the plaintext begins with, if it is a sound one.
func (o *Decrypt) Offered() cipher.Version { return o.offered }

// Complete answers with the plaintext, which becomes the handshake's and is cleared by it, or with 48 random bytes in place of
// one that isn't sound. An error ends the connection: it is for keys that can't be used, and never for a ciphertext.
func (o *Decrypt) Complete(secret []byte, err error) { o.fill(secret, err) }

// Run decrypts with the credential's key.
func (o *Decrypt) Run() { o.Complete(cipher.DecryptPremaster(o.key, o.ciphertext, o.offered, o.seed)) }

func (o *Decrypt) clone() *Decrypt {
	n := &Decrypt{key: o.key, ciphertext: o.ciphertext, offered: o.offered, seed: o.seed}
	if o.Answered() {
		n.fill(bytes.Clone(o.value), o.err)
	}
	return n
}

// clear forgets the answer.
func (o *Decrypt) clear() {
	if o.Answered() {
		clear(o.value)
	}
}

// server12Decrypting waits for the secret that the client sent.
type server12Decrypting struct {
	waits
	receivedHalf
	op *Decrypt
}

func (*server12Decrypting) Name() string           { return "server12.Decrypting" }
func (s *server12Decrypting) Operation() Operation { return s.op }

func (s *server12Decrypting) clone() State {
	return &server12Decrypting{receivedHalf: s.receivedHalf, op: s.op.clone()}
}

func (s *server12Decrypting) Resume(c *Context, out *Flight) (State, error) {
	if s.op.err != nil {
		return nil, record.Fail(record.AlertInternalError, record.ReasonPrivateKeyOperationFailed,
			"decrypting failed").Because(s.op.err)
	}
	secret := s.op.value
	if len(secret) != cipher.PremasterSize {
		return nil, record.Fail(record.AlertInternalError, record.ReasonPrivateKeyOperationFailed,
			"decrypting gave %d bytes, not %d", len(secret), cipher.PremasterSize)
	}
	return s.derive(c, secret), nil
}
