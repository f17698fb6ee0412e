package main

import (
	"flag"
	"fmt"
	"strings"

	"tlsengine/cipher"
	"tlsengine/sslsock"
)

// tlsFlags are the flags that serve and connect share.
type tlsFlags struct {
	command   string // whose they are
	cert, key string
	ca        string
	alpn      list
	min, max  version
	groups    list
	policy    policyFlag
	ciphers   cipherFlags
	identity  identityFlags
	keylog    string
	trace     bool
}

// define adds the flags to a set. whose says whose certificate ca is for.
func (f *tlsFlags) define(flags *flag.FlagSet, caUsage string) {
	f.command = flags.Name()
	flags.StringVar(&f.cert, "cert", "", "`FILE` with the own certificate in PEM, then those of its issuers")
	flags.StringVar(&f.key, "key", "", "`FILE` with the private key of -cert")
	flags.StringVar(&f.ca, "ca", "", caUsage)
	flags.Var(&f.alpn, "alpn", "`LIST` of application protocols, the best first: h2,http/1.1")
	flags.Var(&f.min, "min", "lowest `VERSION`: 1.3, 1.2, and for old peers 1.1, 1.0, SSLv3")
	flags.Var(&f.max, "max", "highest `VERSION`, as for -min")
	flags.Var(&f.groups, "groups", "`LIST` of key exchange groups, the best first: X25519MLKEM768,X25519,P-256")
	flags.Var(&f.policy, "policy",
		"keep to the rules of an authority: `NAME` is one of "+policyNames()+"; -min, -groups and the like change them")
	f.ciphers.define(flags)
	f.identity.define(flags)
	flags.StringVar(&f.keylog, "keylog", "", "append the secrets to `FILE` for Wireshark; who has it can read the connections")
	flags.BoolVar(&f.trace, "trace", false, "draw every message")
}

// apply sets in c all but what is trusted, on which the two ends differ.
func (f *tlsFlags) apply(c *sslsock.Context) error {
	if f.cert == "" && f.key != "" || f.cert != "" && f.key == "" && f.identity.delegated == "" {
		return misused(f.command, "%s: -cert and -key belong together", f.command)
	}
	if f.key != "" {
		if err := c.LoadCertChain(f.cert, f.key, nil); err != nil {
			return fmt.Errorf("-cert %s: %w", f.cert, err)
		}
	}
	if f.policy.Policy != nil {
		if err := c.SetPolicy(f.policy.Policy); err != nil {
			return fmt.Errorf("-policy %v: %w", &f.policy, err)
		}
	}
	if err := f.applyVersions(c); err != nil {
		return err
	}
	if f.alpn != nil {
		if err := c.SetALPNProtocols(f.alpn); err != nil {
			return fmt.Errorf("-alpn %v: %w", f.alpn, err)
		}
	}
	if f.groups != nil {
		if err := c.SetGroups(strings.Join(f.groups, ":")); err != nil {
			return fmt.Errorf("-groups %v: %w (there are %s)", f.groups, err, strings.Join(c.Groups(false), ", "))
		}
	}
	if err := f.ciphers.apply(c); err != nil {
		return err
	}
	if f.keylog != "" {
		if err := c.SetKeylogFilename(f.keylog); err != nil {
			return fmt.Errorf("-keylog: %w", err)
		}
	}
	return nil
}

func (f *tlsFlags) applyVersions(c *sslsock.Context) error {
	if cipher.Version(f.min) == cipher.VersionSSL30 {
		c.ClearOptions(sslsock.OpNoSSLv3)
	}
	if v := cipher.Version(f.min); v != 0 {
		if err := c.SetMinimumVersion(v); err != nil {
			return fmt.Errorf("-min: %w", err)
		}
	}
	if v := cipher.Version(f.max); v != 0 {
		if err := c.SetMaximumVersion(v); err != nil {
			return fmt.Errorf("-max: %w", err)
		}
	}
	return nil
}

// list is a flag's value of several words with commas or colons between them.
type list []string

func (l *list) String() string { return strings.Join(*l, ",") }

// Set takes the words.
func (l *list) Set(text string) error {
	*l = strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ':' })
	if len(*l) == 0 {
		return fmt.Errorf("the list is empty")
	}
	return nil
}

// version is a flag's value; 0 means that it wasn't given.
type version cipher.Version

func (v *version) String() string {
	if *v == 0 {
		return ""
	}
	return cipher.Version(*v).String()
}

// versions are those that people may want, by what they call them.
var versions = []cipher.Version{
	cipher.VersionSSL30, cipher.VersionTLS10, cipher.VersionTLS11, cipher.VersionTLS12, cipher.VersionTLS13,
}

// Set takes "1.3", "TLS1.3", "tls 1.3", "TLSv1.3"; and "1.0" or "TLSv1", "SSLv3" or "ssl3.0".
func (v *version) Set(text string) error {
	short := func(s string) string {
		s = strings.NewReplacer("v", "", " ", "").Replace(strings.ToLower(s))
		return strings.TrimSuffix(strings.TrimPrefix(s, "tls"), ".0")
	}
	for _, known := range versions {
		if short(known.String()) == short(text) {
			*v = version(known)
			return nil
		}
	}
	return fmt.Errorf("%q is no version: there are 1.3, 1.2, 1.1, 1.0 and SSLv3", text)
}
