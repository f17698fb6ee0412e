package handshake

import "tlsengine/handshake/wire"

func putSignatureAlgorithms(e *Extensions, b *wire.Builder) { putCodes16(b, e.SignatureAlgorithms) }

// getSignatureAlgorithms reads supported_signature_algorithms<2..2^16-2> (RFC 8446, Section 4.2.3).
func getSignatureAlgorithms(e *Extensions, s *wire.String) error {
	return parsed(getCodes16(s, &e.SignatureAlgorithms))
}

func putSignatureAlgorithmsCert(e *Extensions, b *wire.Builder) {
	putCodes16(b, e.SignatureAlgorithmsCert)
}

func getSignatureAlgorithmsCert(e *Extensions, s *wire.String) error {
	return parsed(getCodes16(s, &e.SignatureAlgorithmsCert))
}

func putCertificateAuthorities(e *Extensions, b *wire.Builder) { putNames(b, e.CertificateAuthorities) }

// getCertificateAuthorities reads authorities<3..2^16-1> (RFC 8446, Section 4.2.4).
func getCertificateAuthorities(e *Extensions, s *wire.String) error {
	return parsed(getNames(s, &e.CertificateAuthorities) && len(e.CertificateAuthorities) > 0)
}
