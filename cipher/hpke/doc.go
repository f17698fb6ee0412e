// Package hpke is the sender of Hybrid Public Key Encryption (RFC 9180), mode Base: whoever knows a public key seals messages
// that only the holder of the private key opens. It is for the Encrypted Client Hello of TLS (RFC 9849).
//
// The receiver is that of the standard library (crypto/hpke). Its sender draws its own randomness and can't be copied, and so
// is of no use to a connection that must be a function of its seed and be cloned; this one takes a seed and is a value.
//
//	enc, sender, err := hpke.NewSender(suite, publicKey, info, nil)
//	ciphertext := sender.Seal(nil, aad, plaintext) // again and again, each with the next nonce
//
// # Reading order
//
//   - suite.go: the algorithms, as rows
//   - sender.go: the encapsulation (RFC 9180, Section 4.1), the key schedule (Section 5.1) and sealing (Section 5.2)
//
// To add an algorithm: its number and its row in suite.go.
package hpke
