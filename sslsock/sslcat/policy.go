package main

import (
	"fmt"
	"slices"
	"strings"

	"tlsengine/cipher"
	"tlsengine/engine"
	"tlsengine/x509lite"
)

// policyFlag is a flag's value: the rules of an authority; nil if it wasn't given.
type policyFlag struct{ *engine.Policy }

// policies are those that there are, by the names that the flag takes.
var policies = []struct {
	name   string
	policy *engine.Policy
}{
	{"sp800-52", engine.PolicySP80052}, {"wpa3", engine.PolicyWPA3}, {"cnsa1", engine.PolicyCNSA1},
	{"cnsa2-secrecy", engine.PolicyCNSA2Secrecy}, {"cnsa2", engine.PolicyCNSA2},
}

func policyNames() string {
	var names []string
	for _, p := range policies {
		names = append(names, p.name)
	}
	return strings.Join(names, ", ")
}

func (f *policyFlag) String() string {
	for _, p := range policies {
		if f.Policy == p.policy {
			return p.name
		}
	}
	return ""
}

// Set takes one of the names.
func (f *policyFlag) Set(text string) error {
	for _, p := range policies {
		if p.name == strings.ToLower(text) {
			f.Policy = p.policy
			return nil
		}
	}
	return fmt.Errorf("%q is no policy: there are %s", text, policyNames())
}

// keyKind is the kind of key whose certificate we make on the spot: one that the policy lets sign.
func (f *policyFlag) keyKind() x509lite.KeyKind {
	if f.Policy == nil {
		return x509lite.KeyP256
	}
	for scheme, kind := range map[cipher.SignatureScheme]x509lite.KeyKind{
		cipher.ECDSAP256SHA256: x509lite.KeyP256, cipher.MLDSA87: x509lite.KeyMLDSA87,
	} {
		if slices.Contains(f.Schemes(), scheme) {
			return kind
		}
	}
	return x509lite.KeyP384
}
