package sslsock

import (
	"fmt"
	"slices"
	"strings"

	"tlsengine/handshake"
	"tlsengine/x509lite"
)

// VerifyFlags say how exactly the peer's certificates are judged. The bits are OpenSSL's.
type VerifyFlags uint32

// The flags.
const (
	// VerifyDefault looks at no revocation list, even if some are loaded.
	VerifyDefault VerifyFlags = 0
	// VerifyCRLCheckLeaf demands a revocation list by the issuer of the peer's certificate that doesn't name it. LoadVerifyLocations
	// loads lists; none is fetched.
	VerifyCRLCheckLeaf VerifyFlags = 0x4
	// VerifyCRLCheckChain demands one for each certificate of the chain.
	VerifyCRLCheckChain VerifyFlags = 0xC
	// VerifyX509Strict refuses certificates that break a rule of RFC 5280 about form.
	VerifyX509Strict VerifyFlags = 0x20
	// VerifyAllowProxyCerts is stored and nothing more: proxy certificates (RFC 3820) are always refused.
	VerifyAllowProxyCerts VerifyFlags = 0x40
	// VerifyX509TrustedFirst looks for issuers among the trusted certificates before those that the peer sent. Without it
	// it is the other way round, but a chain is found all the same if there is one.
	VerifyX509TrustedFirst VerifyFlags = 0x8000
	// VerifyX509PartialChain lets a chain end in each trusted certificate. Without it it must end in a self-signed one.
	VerifyX509PartialChain VerifyFlags = 0x80000
)

// verifyFlagNames has flags before those that are part of them.
var verifyFlagNames = []struct {
	flag VerifyFlags
	name string
}{
	{VerifyCRLCheckChain, "VerifyCRLCheckChain"},
	{VerifyCRLCheckLeaf, "VerifyCRLCheckLeaf"},
	{VerifyX509Strict, "VerifyX509Strict"},
	{VerifyAllowProxyCerts, "VerifyAllowProxyCerts"},
	{VerifyX509TrustedFirst, "VerifyX509TrustedFirst"},
	{VerifyX509PartialChain, "VerifyX509PartialChain"},
}

// Has reports whether all bits of b are set.
func (f VerifyFlags) Has(b VerifyFlags) bool { return f&b == b }

// split returns the names of the flags in f, and the bits that belong to none.
func (f VerifyFlags) split() (names []string, rest VerifyFlags) {
	for _, known := range verifyFlagNames {
		if f.Has(known.flag) {
			names = append(names, known.name)
			f &^= known.flag
		}
	}
	return names, f
}

// String returns the names of the flags, as in "VerifyX509Strict|VerifyX509PartialChain", and unknown bits in hexadecimal.
func (f VerifyFlags) String() string {
	names, rest := f.split()
	switch {
	case rest != 0:
		names = append(names, fmt.Sprintf("%#x", uint32(rest)))
	case names == nil:
		return "VerifyDefault"
	}
	return strings.Join(names, "|")
}

// VerifyFlags returns how exactly certificates are judged.
func (c *Context) VerifyFlags() VerifyFlags { return c.current().flags }

// SetVerifyFlags replaces the flags. What is no union of defined flags gives ErrInvalidArgument.
func (c *Context) SetVerifyFlags(f VerifyFlags) error {
	if _, rest := f.split(); rest != 0 {
		return argumentError("undefined verify flags: " + f.String())
	}
	c.change(func(s *settings) { s.flags = f })
	return nil
}

// verification returns the flags as the engine takes them.
func (s *settings) verification() handshake.Verification {
	v := handshake.Verification{
		PeerFirst:    !s.flags.Has(VerifyX509TrustedFirst),
		CRLs:         s.revocationLists(),
		HostRules:    s.hostFlags.rules(),
		StaplesCount: s.staplesCount,
		SecurityBits: max(1, s.level.Bits()), // 0 would be the engine's own
	}
	if s.flags.Has(VerifyX509Strict) {
		v.Degree = x509lite.Strict
	}
	if !s.flags.Has(VerifyX509PartialChain) {
		v.Anchors = x509lite.SelfSignedAnchors
	}
	switch {
	case s.flags.Has(VerifyCRLCheckChain):
		v.Revocation = x509lite.RevocationChain
	case s.flags.Has(VerifyCRLCheckLeaf):
		v.Revocation = x509lite.RevocationLeaf
	}
	return v
}

// revocationLists is a CRLSource: lists that were loaded, and those in directories.
type revocationLists struct {
	loaded      *x509lite.CRLStore
	directories []*x509lite.HashedDirectory
}

// IssuedBy returns the lists of an issuer.
func (r revocationLists) IssuedBy(issuer x509lite.Name) []*x509lite.CRL {
	list := slices.Clip(r.loaded.IssuedBy(issuer))
	for _, d := range r.directories {
		list = append(list, d.IssuedBy(issuer)...)
	}
	return list
}

func (s *settings) revocationLists() x509lite.CRLSource {
	r := revocationLists{loaded: x509lite.NewCRLStore()}
	for _, l := range s.lists {
		r.loaded.Add(l)
	}
	for _, dir := range s.directories {
		r.directories = append(r.directories, hashedDirectory(dir))
	}
	return r
}

// parseLists returns the revocation lists of a PEM text, none if it has none.
func parseLists(text []byte) ([]*x509lite.CRL, error) {
	blocks, err := x509lite.ParsePEM(text)
	if err != nil {
		return nil, err
	}
	var list []*x509lite.CRL
	for _, b := range blocks {
		if b.Type != "X509 CRL" {
			continue
		}
		l, err := x509lite.ParseCRL(b.Bytes)
		if err != nil {
			return nil, fmt.Errorf("revocation list in line %d: %w", b.Line, err)
		}
		list = append(list, l)
	}
	return list, nil
}

// addLists adds revocation lists to those that were loaded, each once.
func (c *Context) addLists(lists []*x509lite.CRL) {
	c.change(func(s *settings) {
		all := slices.Clip(s.lists)
		for _, l := range lists {
			same := func(o *x509lite.CRL) bool { return string(o.Raw()) == string(l.Raw()) }
			if !slices.ContainsFunc(all, same) {
				all = append(all, l)
			}
		}
		s.lists = all
	})
}
