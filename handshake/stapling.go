package handshake

import (
	"errors"

	"tlsengine/x509lite"
)

// checkStaples judges the OCSP responses that came with a chain, which has been verified. The leaf's may be asked for by policy
// or by the certificate; one about an issuer is judged if it came (RFC 8446, Section 4.4.2.1).
func (o *VerifyPeer) checkStaples(verified []*x509lite.Certificate) error {
	if o.params.Stapling < StaplingChecked {
		return nil
	}
	if o.params.Stapling == StaplingRequired && len(o.stapleFor(o.Chain[0])) == 0 {
		return &x509lite.VerifyError{Code: x509lite.OCSPVerifyNeeded, Certificate: o.Chain[0], Detail: "a stapled OCSP response is required"}
	}
	if o.params.Stapling == StaplingRequired && len(verified) == 1 {
		return &x509lite.VerifyError{Code: x509lite.OCSPVerifyFailed, Certificate: o.Chain[0],
			Detail: "the certificate is trusted by itself, and nobody is known who could vouch for its status"}
	}
	options := &x509lite.OCSPOptions{Time: o.Time, SecurityBits: o.params.Verification.SecurityBits}
	for depth, cert := range verified[:len(verified)-1] {
		staple := o.stapleFor(cert)
		if depth > 0 && len(staple) == 0 {
			continue
		}
		err := x509lite.CheckStaple(cert, verified[depth+1], staple, options)
		var v *x509lite.VerifyError
		if errors.As(err, &v) {
			v.Depth = depth
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// staples returns the responses that count as status, nil if none may (Verification.StaplesCount). What is no response tells
// nothing.
func (o *VerifyPeer) staples() x509lite.OCSPSource {
	if !o.params.Verification.StaplesCount {
		return nil
	}
	var store x509lite.OCSPStore
	for _, staple := range o.Staples {
		if r, err := x509lite.ParseOCSPResponse(staple); err == nil {
			store.Add(r)
		}
	}
	return &store
}

// stapleFor returns the response that came with a certificate, nil if none did.
func (o *VerifyPeer) stapleFor(cert *x509lite.Certificate) []byte {
	for i, staple := range o.Staples {
		if o.Chain[i].Equal(cert) {
			return staple
		}
	}
	return nil
}
