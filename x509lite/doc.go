// Package x509lite reads, verifies and makes X.509 certificates (RFC 5280) without crypto/x509, without a clock and without a file.
//
//	bytes --ParsePEM--> DER --ParseCertificate--> *Certificate --Verify--> *Verdict or *VerifyError
//	                     \--ParsePrivateKey-----> cipher.PrivateKey
//	Template --Sign--> DER
//
// # How it works
//
// ParseCertificate checks the whole DER in one pass and keeps, beside one copy of the bytes, where each part is: nothing is decoded
// that path building doesn't need. The other values are decoded when a method asks for them. A Certificate never changes
// afterwards, so that one object serves all connections.
//
// Verify searches from the leaf up, depth first, the likeliest issuer first. For each step it looks at what costs nothing (dates,
// critical extensions, usages, path length, strength of keys and hashes, name constraints), and checks the signature last. The
// numbers of signatures, steps and comparisons are bounded, so that no peer can make a refusal expensive. What it knows to be
// valid from before (SignatureCache) it doesn't compute again, but it judges everything else each time.
//
// # Reading order
//
//   - der.go, oid.go: what DER demands; identifiers as the bytes that they are
//   - name.go: distinguished names, and when two are equal
//   - cert.go, parse.go, extension.go, general.go: the certificate
//   - pubkey.go, sigalg.go: keys and signature algorithms as certificates write them
//   - pool.go, verify.go, path.go, policy.go, constraints.go: trust
//   - hostname.go: is it for this host
//   - error.go: what is said when it isn't
//   - pem.go, privkey.go: files
//   - issue.go, issueext.go, genkey.go, builder.go: making certificates and keys
//
// # How to add
//
//   - a signature algorithm: a row in signatureRows (sigalg.go), its primitive in package cipher;
//   - a curve: a row in curveRows (pubkey.go) and its constant in package cipher;
//   - an extension: a number, an OID and a check (extension.go); if path validation enforces it, its bit in understood and its
//     rule in policy.go;
//   - a rule for paths: in checkAny (every certificate) or checkIssuer (policy.go), with a Code (error.go).
//
// # What is not here yet
//
// Certificate policies are not processed: a chain that requires them is refused, which is the safe side. So is revocation. Key
// files that are encrypted are refused by name.
package x509lite
