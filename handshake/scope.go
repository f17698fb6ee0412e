package handshake

import (
	"crypto/sha256"
	"fmt"
)

// ScopeOf returns the digest of all of p that a session's worth depends on: the use that it is for, whom the peer must lead
// to, how exactly it is looked at, and what was asked of it. A session is resumed only under the scope that it was made
// under: what one configuration accepted, another might have refused (CVE-2025-68121). Callbacks have no digest, which is
// one reason why the peer of a resumed session is verified again. engine.Config.Freeze puts it into Params.Scope.
func ScopeOf(p *Params) [32]byte {
	h := sha256.New()
	roots := p.Roots.Digest()
	fmt.Fprintf(h, "session scope 1\n%q\n%x\n", p.SessionContext, roots)
	v := &p.Verification
	fmt.Fprintf(h, "%d %d %t %v %d %d\n", v.Degree, v.Anchors, v.PeerFirst, v.HostRules, v.Revocation, v.SecurityBits)
	if v.StaplesCount {
		fmt.Fprintln(h, "staples count")
	}
	fmt.Fprintf(h, "%t %t %d %x\n", p.UnverifiedServer, p.SkipHostname, p.ClientAuth, p.VerifySchemes)
	fmt.Fprintf(h, "%d %t %x %d %x\n", p.Stapling, p.DelegatedCredentials, p.CertificateSchemes, p.PeerTypes, p.TrustedKeys)
	for _, k := range p.PSKs {
		fmt.Fprintf(h, "%x %x\n", k.identity, sha256.Sum256(k.key))
	}
	return [32]byte(h.Sum(nil))
}
