package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"tlsengine/cipher"
	"tlsengine/sslsock"
)

var ciphersCommand = command{
	name:      "ciphers",
	arguments: "[LIST]",
	summary:   "shows what a cipher list selects, as `openssl ciphers` does",
	about: "Shows the cipher suites that a LIST in OpenSSL's language selects, the best first, in the form of `openssl ciphers`; " +
		"without one, those of DEFAULT. The suites of TLS 1.3 come first: no LIST chooses them, -ciphersuites does. " +
		"That a suite is shown doesn't mean that it is wise to use it: our own choice is narrower.",
	examples: []string{"sslcat ciphers -v 'ECDHE+AESGCM:!AES256'"},
	define: func(flags *flag.FlagSet) action {
		o := &cipherOptions{}
		flags.BoolVar(&o.verbose, "v", false, "a line for each, with version, key exchange, authentication, cipher and MAC")
		flags.BoolVar(&o.numbers, "V", false, "like -v, with the numbers")
		flags.BoolVar(&o.standard, "stdname", false, "like -v, with the names that IANA gave them")
		flags.BoolVar(&o.supported, "s", false, "only what a security level and a version allow")
		flags.BoolVar(&o.psk, "psk", false, "with -s, also those that need a pre-shared key")
		flags.StringVar(&o.suites13, "ciphersuites", opensslSuites13, "`LIST` of suites of TLS 1.3; OpenSSL's if left out")
		for _, v := range cipherVersions {
			flags.BoolFunc(v.flag, "with -s, those of "+v.version.String(), func(string) error {
				o.version = v.version
				return nil
			})
		}
		return o.run
	},
}

// opensslSuites13 are OpenSSL's suites of TLS 1.3 in its order.
const opensslSuites13 = "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256"

// opensslLevel is the security level where a list sets none, and opensslList the list where none is given.
const (
	opensslLevel = 1
	opensslList  = "DEFAULT"
)

var cipherVersions = []struct {
	flag    string
	version cipher.Version
}{
	{"tls1", cipher.VersionTLS10}, {"tls1_1", cipher.VersionTLS11}, {"tls1_2", cipher.VersionTLS12}, {"tls1_3", cipher.VersionTLS13},
}

// cipherOptions are what the flags of ciphers say.
type cipherOptions struct {
	verbose, numbers, standard bool
	supported, psk             bool
	version                    cipher.Version // 0: any
	suites13                   string
}

func (o *cipherOptions) run(_ context.Context, std stdio, args []string) error {
	if len(args) > 1 {
		return misused("ciphers", "ciphers: one list at most, %q is too many", args[1])
	}
	list := opensslList
	if len(args) == 1 {
		list = args[0]
	}
	suites, err := o.selected(list)
	if err != nil {
		return err
	}
	_, err = io.WriteString(std.out, o.describe(suites))
	return err
}

// selected returns the suites of a list, those of TLS 1.3 before it.
func (o *cipherOptions) selected(list string) ([]*cipher.Suite, error) {
	suites, err := cipher.ParseSuites13(o.suites13)
	if err != nil {
		return nil, err
	}
	chosen, err := cipher.ParseSuiteList(list, opensslLevel)
	if err != nil {
		return nil, err
	}
	suites = append(suites, chosen.Suites...)
	if o.supported {
		suites = slices.DeleteFunc(suites, func(s *cipher.Suite) bool {
			return !chosen.Level.Allows(s) || o.version != 0 && !s.Usable(o.version) || s.NeedsPSK() && !o.psk
		})
	}
	return suites, nil
}

// describe writes suites as the flags want it.
func (o *cipherOptions) describe(suites []*cipher.Suite) string {
	var b strings.Builder
	if !o.verbose && !o.numbers && !o.standard {
		var names []string
		for _, s := range suites {
			names = append(names, s.OpenSSL)
		}
		return strings.Join(names, ":") + "\n"
	}
	for _, s := range suites {
		if o.numbers {
			fmt.Fprintf(&b, "          0x%02X,0x%02X - ", byte(s.ID>>8), byte(s.ID))
		}
		if o.standard {
			fmt.Fprintf(&b, "%-45s - ", s.Name)
		}
		b.WriteString(s.Description() + "\n")
	}
	return b.String()
}

// cipherFlags are the lists of algorithms that serve and connect take.
type cipherFlags struct{ suites, suites13, schemes *string }

func (f *cipherFlags) define(flags *flag.FlagSet) {
	given := func(where **string) func(string) error {
		return func(text string) error {
			*where = &text
			return nil
		}
	}
	flags.Func("ciphers", "`LIST` of cipher suites before TLS 1.3, in OpenSSL's language: sslcat ciphers shows what it selects",
		given(&f.suites))
	flags.Func("ciphersuites", "`LIST` of suites of TLS 1.3, the best first", given(&f.suites13))
	flags.Func("sigalgs",
		"`LIST` of algorithms with which the peer may sign: ecdsa_secp256r1_sha256:RSA-PSS+SHA256", given(&f.schemes))
}

// apply sets in c what was given.
func (f *cipherFlags) apply(c *sslsock.Context) error {
	for _, list := range []struct {
		flag string
		text *string
		set  func(string) error
	}{
		{"-ciphers", f.suites, c.SetCiphers},
		{"-ciphersuites", f.suites13, c.SetCiphersuites},
		{"-sigalgs", f.schemes, c.SetSignatureAlgorithms},
	} {
		if list.text == nil {
			continue
		}
		if err := list.set(*list.text); err != nil {
			return fmt.Errorf("%s %s: %w", list.flag, *list.text, err)
		}
	}
	return nil
}
