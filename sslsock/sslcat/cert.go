package main

import (
	"context"
	"flag"
	"fmt"
	"strings"

	"tlsengine/x509lite"
)

var certCommand = command{
	name:    "cert",
	summary: "makes a certificate and its key: self-signed, of an authority, or signed by one",
	about: "Makes a private key and a certificate for it: self-signed, or signed by -issuer; with -ca that of an authority, which " +
		"can be the -issuer of others. Without -key-out both go into the file -out, the key first, readable for its owner only. " +
		"Without -dns and -ip a certificate is for the host in -cn.",
	examples: []string{
		"sslcat cert -ca -cn 'Our CA' -out ca.pem -key-out ca.key",
		"sslcat cert -issuer ca.pem -issuer-key ca.key -cn www.example.org -out www.pem",
	},
	define: func(flags *flag.FlagSet) action {
		o := &certOptions{}
		o.subject.define(flags)
		o.names.define(flags)
		o.files.define(flags)
		flags.BoolVar(&o.ca, "ca", false, "make the certificate of an authority")
		flags.IntVar(&o.days, "days", 365, "valid for `N` days from now, but not longer than its issuer's; 365 if left out")
		flags.Var(&o.keyType, "key-type", "`TYPE` of the key: "+strings.Join(keyTypeNames(), ", ")+"; p256 if left out")
		flags.BoolVar(&o.delegates, "delegates", false, "let it delegate to other keys (RFC 9345), as sslcat delegate does")
		flags.BoolVar(&o.text, "text", false, "print the whole certificate")
		return o.run
	},
}

// maxDays keeps the end in years of four digits, which is all that certificates can hold.
const maxDays = 100 * 366

// certOptions are what the flags of cert say.
type certOptions struct {
	subject subjectFlags
	names   nameFlags
	files   certFiles
	ca      bool
	days    int
	keyType keyType
	text    bool

	delegates bool
}

func (o *certOptions) run(_ context.Context, std stdio, args []string) error {
	if err := o.check(args); err != nil {
		return err
	}
	if err := o.files.checkFree(); err != nil {
		return err
	}
	m, err := o.make()
	if err != nil {
		return err
	}
	if err := o.files.save(m); err != nil {
		return err
	}
	if o.text {
		_, err := fmt.Fprint(std.out, m.certificate.Text())
		return err
	}
	return o.report(std, m)
}

// check refuses flags that make no sense, alone or together.
func (o *certOptions) check(args []string) error {
	switch {
	case len(args) > 0:
		return misused("cert", "cert: %q is no flag", args[0])
	case o.days < 1 || o.days > maxDays:
		return misused("cert", "cert: -days is a number from 1 to %d", maxDays)
	case o.subject == subjectFlags{} && o.names.none():
		return misused("cert", "cert: whom is it for? -cn or -dns says it")
	case o.files.out == "":
		return misused("cert", "cert: -out needs the name of a file")
	case o.files.issuerKey != "" && o.files.issuer == "":
		return misused("cert", "cert: -issuer-key is the key of an -issuer")
	case o.ca && o.delegates:
		return misused("cert", "cert: -delegates is for certificates that sign handshakes, not for those of authorities")
	case o.ca && o.files.keyOut == "":
		return misused("cert", "cert: -ca needs -key-out, since others get the certificate and nobody the key")
	}
	return nil
}

// report prints what was made and where it is.
func (o *certOptions) report(std stdio, m *made) error {
	c := m.certificate
	issuer := "itself"
	if len(m.chain) > 0 {
		issuer = c.Issuer().String()
	}
	valid := validity(c)
	if m.cut {
		valid += ", when its issuer's ends"
	}
	certificate, key := o.files.out, o.files.keyOut
	if o.files.combined() {
		certificate, key = o.files.out+" (with the key: give it to nobody)", o.files.out
	}
	list := []fact{
		{"certificate", certificate},
		{"private key", key},
		{"subject", c.Subject().String()},
		{"names", strings.Join(altNames(c), ", ")},
		{"issued by", issuer},
		{"valid", valid},
	}
	return printFacts(std.out, list)
}

// altNames are the names that a certificate is for, as people write them.
func altNames(c *x509lite.Certificate) []string {
	list := c.DNSNames()
	for _, a := range c.IPAddresses() {
		list = append(list, a.String())
	}
	return append(append(list, c.EmailAddresses()...), c.URIs()...)
}
