// Package cipher knows the algorithms of TLS: versions, cipher suites, groups, signature schemes, keys, and the functions
// that derive secrets. It knows no record, no alert, no message and no certificate, and imports nothing of this module.
//
// # Rows
//
// What TLS negotiates by number is a row in a table: a number type (SuiteID, GroupID, SignatureScheme) that prints the
// RFC's name, and an immutable struct (Suite, Group, Scheme) found by number or name and shared by pointer. Nothing
// outside the tables switches on a number. The tables stand in order of preference, and the comment above each says why.
//
//	table        rows       what a row holds
//	suites.go    Suite      versions, key exchange, authentication, Bulk (the AEAD and its nonce, or cipher and MAC), Hash
//	groups.go    Group      sizes, first version, how shares are made and answered
//	schemes.go   Scheme     Algorithm, type of key, curve, whether TLS 1.3 allows it
//	hash.go      Hash       the closed list of hash functions
//
// # Reading order
//
//	version.go, hash.go                the vocabulary
//	suite.go, bulk.go, suites.go       what a cipher suite decides; hardware.go has the question of AES instructions,
//	                                   ccm.go the one mode that the library lacks, mac.go what authenticates
//	                                   records before TLS 1.3, with a secret length in constant work
//	suite_ids.go, suites_chosen.go     the numbers, and the suites that are off until somebody names them
//	list_suites.go                     OpenSSL's language of cipher lists; list_alias.go its words, list_order.go where it
//	                                   begins, level.go security levels, describe.go how OpenSSL prints a suite
//	list_names.go                      plain lists: suites of TLS 1.3, groups, signature schemes
//	hmac.go, hkdf.go, prf.go           secrets out of secrets, without allocation; keyed.go for how. Before TLS 1.2 prf10.go and
//	                                   ssl30.go have other ways, and md5sha1.go the hash of both halves
//	group.go, ephemeral.go, groups.go  key exchange; then x25519.go, nist.go, dh.go, hybrid.go, kem.go for how each kind does it;
//	                                   ffdhe.go computes the primes of RFC 7919
//	algorithm.go, scheme.go            signatures; publickey.go and privatekey.go for who checks and makes them, dsa.go, dsasign.go
//	                                   and mldsa.go for two families apart, digest.go for what is hashed elsewhere
//	keytransport.go                    the premaster secret of RSA suites, on both sides
//	optional.go                        the seam for X448 and Ed448, which cipher/goldilocks brings
//
// Package cipher/hpke below it is the sender of HPKE (RFC 9180), for the Encrypted Client Hello. Package cipher/goldilocks, a
// module of its own, brings X448 and Ed448 to programs that import it.
//
// # A key exchange
//
// Curves and KEMs go by the same three calls:
//
//	e, err := g.Generate(nil)                          // initiator sends e.Share()
//	share, secret, err := g.Respond(e.Share(), nil)    // responder sends share
//	secret, err := e.Agree(share)                      // initiator
//
// Before TLS 1.3 finite-field groups take two more: PadShare on the peer's integer, and Premaster on the secret.
//
// # Determinism
//
// Whatever takes randomness takes a seed: nil means crypto/rand, other bytes make the result a function of them. Golden
// transcripts and fuzzers live by that. A seed is as secret as the key it makes.
//
// # Time
//
// Nothing here takes time that depends on a secret. Where that is hard, for RSA key transport (Bleichenbacher), timing_test.go
// measures it by the method of package fuzz/timing: sound ciphertexts and others in random order, Welch's t over their times.
// After a change to keytransport.go look more than once, on a machine that does nothing else:
//
//	go test ./cipher -run 'OneTime|FindsAnOracle' -count=20 -v
//
// # How to add
//
//   - a suite: a constant in suite_ids.go, a row in suites_chosen.go; a new protection also a Bulk in bulk.go.
//   - a group: a constant in group.go, a row in groups.go; a new kind of group also a type with the methods of exchange.
//   - a signature scheme: a constant in scheme.go, a row in schemes.go; a new family also a SignatureKind and a
//     type with the methods of PublicKey.
//   - a hash: a constant and a row in hash.go, a case in Hash.Sum; if suites have it, two functions in keyed.go.
package cipher
