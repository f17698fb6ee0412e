// Package x509lite reads, verifies and makes X.509 certificates (RFC 5280) without crypto/x509, without a clock and without a
// file.
//
//	bytes --ParsePEM--> DER --ParseCertificate--> *Certificate --Verify--> *Verdict or *VerifyError
//	                     \--ParsePrivateKey-----> cipher.PrivateKey
//	Template --Sign--> DER
//
// # How it works
//
// ParseCertificate checks the whole DER in one pass and keeps, beside one copy of the bytes, where each part is: nothing is
// decoded that path building doesn't need. The other values are decoded when a method asks for them. A Certificate never changes
// afterwards, so that one object serves all connections.
//
// Verify searches from the leaf up, depth first, the likeliest issuer first. For each step it looks at what costs nothing (dates,
// critical extensions, usages, path length, strength of keys and hashes, name constraints), and checks the signature last. The
// numbers of signatures, steps and comparisons are bounded, so that no peer can make a refusal expensive. What it knows to be
// valid from before (SignatureCache) it doesn't compute again, but it judges everything else each time.
//
// When a chain is whole, what only a whole chain can be judged by follows: keys whose parameters come from the issuer's,
// certificate policies, and revocation. A chain that falls here is one path among others: the search goes on.
//
// # Revocation
//
// VerifyOptions.Revocation says whose status must be known. It is looked up in what is at hand: CRLs (a CRLSource) and OCSP
// responses (an OCSPSource), stapled ones for example. Whatever says "revoked" counts, whatever says "good" suffices. Nothing is
// fetched: VerifyError.Missing names every status that is unknown with all that is needed to get it, at once for the whole chain,
// and the caller who can fetch adds what came and verifies again:
//
//	verdict, err := x509lite.Verify(leaf, &o)
//	var refused *x509lite.VerifyError
//	if errors.As(err, &refused) {
//		for _, m := range refused.Missing {
//			fetch(m.Responders, x509lite.OCSPRequest(m.Certificate, m.Issuer)) // or m.CRLs; into the sources in o
//		}
//		verdict, err = x509lite.Verify(leaf, &o)
//	}
//
// CheckStaple judges a stapled response alone, without a search for paths.
//
// # Degrees
//
// By default a certificate is judged by what decides whom it is for. VerifyOptions.Degree asks for more: Strict for every MUST of
// RFC 5280 about the form of certificates and CRLs, WebPKI for what browsers ask of servers. Each rule is a row with a name that
// the error shows. In the other direction, ParseLenient lets pass defects that the caller names (Leniency), and the verdict tells
// which there were.
//
// # Reading order
//
//   - der.go, oid.go: what DER demands; identifiers as the bytes that they are
//   - name.go: distinguished names, and when two are equal
//   - cert.go, parse.go, extension.go, general.go: the certificate
//   - pubkey.go, sigalg.go: keys and signature algorithms as certificates write them; dsakey.go, ed448.go, mldsa.go: kinds with
//     forms of their own
//   - pool.go, identity.go, verify.go, path.go, policy.go, constraints.go: trust
//   - certpolicy.go, policygraph.go: certificate policies
//   - crl.go, crlentry.go, crlpoint.go, crlstore.go: revocation lists; ocsp.go, ocspcheck.go: OCSP responses
//   - revoke.go, crlsigner.go, ocspstatus.go: what both say of a chain; missing.go: what they don't
//   - forms.go, strict.go, webpki.go, crlform.go: the degrees; leniency.go: defects that a caller may let pass
//   - hostname.go, hostrules.go, idna.go: is it for this host
//   - error.go: what is said when it isn't
//   - pem.go, privkey.go: files; keyfile.go, pbe.go, pbkdf.go: encrypted keys, where they are, how they are, what opens them;
//     dhparam.go: Diffie-Hellman parameters
//   - anchor.go, subjecthash.go, hashdir.go: OpenSSL's trust settings and directories
//   - contents.go, sct.go: extensions that decide nothing; text.go, textext.go, crltext.go, certinfo.go, oidnames.go:
//     certificates for people
//   - issue.go, issueext.go, subject.go, crlissue.go, genkey.go, builder.go: making certificates, lists and keys
//
// # How to add
//
//   - a signature algorithm: a row in signatureRows (sigalg.go), its primitive in package cipher;
//   - a curve: a row in curveRows (pubkey.go) and its constant in package cipher;
//   - an extension: a number, an OID and a check (extension.go); if path validation enforces it, its bit in understood and its
//     rule in policy.go;
//   - a cipher of encrypted keys: a row in blockCiphers or gcmCiphers (pbe.go); a hash of PBKDF2: a row in pseudorandom (pbkdf.go);
//   - the text of an extension: a row in extensionTexts (textext.go);
//   - a rule about form: a row in strictRules (strict.go) or webRules (webpki.go), and a case in forms_test.go that breaks it;
//   - a rule about the form of CRLs: a row in crlRules (crlform.go), and a case in crlform_test.go that breaks it;
//   - a defect that may be let pass: a bit and a row in leniency.go, the line that finds it, and a case in leniency_test.go;
//   - an extension of CRLs: parseExtension (crl.go), of their entries: readExtension (crlentry.go);
//   - an extension of OCSP responses: readOCSPExtensions (ocsp.go), which refuses all that are critical but the nonce;
//   - a rule for paths: in checkAny (every certificate) or checkIssuer (policy.go), with a Code (error.go).
package x509lite
