package handshake

import (
	"slices"

	"tlsengine/cipher"
)

// wishes are what a peer says, in its ClientHello or CertificateRequest, about the certificate that it would like to be shown,
// beside signature_algorithms and certificate_authorities. The slices are its own.
type wishes struct {
	asked       ExtensionSet             // all its extensions
	certSchemes []cipher.SignatureScheme // signature_algorithms_cert
	delegated   []cipher.SignatureScheme // delegated_credential
	compression []CompressionID          // compress_certificate
}

// wishesOf takes the wishes out of a message of TLS 1.3.
func wishesOf(e *Extensions) wishes {
	w := wishes{asked: e.Present}
	if e.Present.Has(ExtSignatureAlgorithmsCert) {
		w.certSchemes = e.SignatureAlgorithmsCert
	}
	if e.Present.Has(ExtDelegatedCredential) {
		w.delegated = e.DelegatedSchemes
	}
	if e.Present.Has(ExtCompressCertificate) {
		w.compression = e.CertificateCompressions
	}
	return w
}

// wishesOf12 takes the wishes out of a ClientHello that is answered with a version before TLS 1.3, to which some of them mean
// nothing (RFC 8879, Section 3; RFC 9345, Section 4.1.1).
func wishesOf12(e *Extensions) wishes {
	w := wishesOf(e)
	w.delegated, w.compression = nil, nil
	return w
}

// addWishes says in a ClientHello or CertificateRequest what we would like to be shown.
func addWishes(p *Params, e *Extensions) {
	if p.Stapling != StaplingOff {
		e.Add(ExtStatusRequest)
	}
	if p.SCTs {
		e.Add(ExtSCT)
	}
	if len(p.CertificateSchemes) > 0 {
		e.SignatureAlgorithmsCert = p.CertificateSchemes
		e.Add(ExtSignatureAlgorithmsCert)
	}
}

// addWishes13 is addWishes for a message that only TLS 1.3 reads, or in which what is added means nothing to other versions.
func addWishes13(p *Params, e *Extensions) {
	if len(p.Authorities) > 0 {
		e.CertificateAuthorities = p.Authorities
		e.Add(ExtCertificateAuthorities)
	}
	for _, algorithm := range p.CertificateCompression {
		e.CertificateCompressions = append(e.CertificateCompressions, algorithm.ID)
		e.Add(ExtCompressCertificate)
	}
	if p.DelegatedCredentials {
		e.DelegatedSchemes = slices.DeleteFunc(slices.Clone(p.VerifySchemes), func(s cipher.SignatureScheme) bool { return !mayDelegate(s) })
		e.Add(ExtDelegatedCredential)
	}
}

// signsChain tells whether all of a chain's signatures are of schemes that the peer takes in certificates. One that a
// certificate makes about itself doesn't count (RFC 8446, Section 4.2.3).
func (o *SelectCredential) signsChain(c *Credential) bool {
	accepted := o.wishes.certSchemes
	if accepted == nil {
		accepted = o.Schemes // RFC 8446, Section 4.2.3: without signature_algorithms_cert the other list is for both
	}
	for _, cert := range c.chain {
		signed := cert.SignatureAlgorithm()
		fits := func(s cipher.SignatureScheme) bool { return s.Info() != nil && s.Info().Algorithm == signed }
		if !cert.Subject().Equal(cert.Issuer()) && !slices.ContainsFunc(accepted, fits) {
			return false
		}
	}
	return true
}
