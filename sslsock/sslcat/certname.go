package main

import (
	"flag"
	"fmt"
	"net/mail"
	"net/netip"
	"net/url"
	"regexp"
	"strings"

	"tlsengine/handshake"
	"tlsengine/x509lite"
)

// subjectFlags are the fields that `openssl req` asks for.
type subjectFlags struct{ x509lite.Subject }

func (s *subjectFlags) define(flags *flag.FlagSet) {
	flags.StringVar(&s.CommonName, "cn", "", "`NAME` of the host, person or authority (common name)")
	flags.StringVar(&s.Country, "country", "", "`CODE` of the country: two capital letters")
	flags.StringVar(&s.State, "state", "", "`NAME` of the state or province, in full")
	flags.StringVar(&s.Locality, "locality", "", "`NAME` of the city")
	flags.StringVar(&s.Organization, "organization", "", "`NAME` of the company")
	flags.StringVar(&s.OrganizationalUnit, "unit", "", "`NAME` of the section in it")
	flags.StringVar(&s.Email, "subject-email", "", "`ADDRESS` for the subject, where old software looks, and for -email")
}

// nameFlags are the names that a certificate is for.
type nameFlags struct {
	dns, ips, emails, uris nameList
}

func (n *nameFlags) define(flags *flag.FlagSet) {
	flags.Var(&n.dns, "dns", "`LIST` of hosts: example.org,*.example.org")
	flags.Var(&n.ips, "ip", "`LIST` of addresses: 127.0.0.1,::1")
	flags.Var(&n.emails, "email", "`LIST` of mail addresses: ops@example.org")
	flags.Var(&n.uris, "uri", "`LIST` of URIs: spiffe://example.org/server")
}

func (n *nameFlags) none() bool { return len(n.dns)+len(n.ips)+len(n.emails)+len(n.uris) == 0 }

// nameList is a flag's value of several words with commas between them. The flag may be given several times.
type nameList []string

func (w *nameList) String() string { return strings.Join(*w, ",") }

// Set adds the words.
func (w *nameList) Set(text string) error {
	for word := range strings.SplitSeq(text, ",") {
		if word = strings.TrimSpace(word); word == "" {
			return fmt.Errorf("there is an empty name in the list")
		}
		*w = append(*w, word)
	}
	return nil
}

// hostLike is a common name that can only be meant as a host's.
var hostLike = regexp.MustCompile(`^(localhost|(\*\.)?([\pL\pM\pN_-]+\.)+[\pL\pM\pN-]+)$`)

// template returns the names as a template has them.
func (o *certOptions) template() (*x509lite.Template, error) {
	n := o.names
	if !o.ca && len(n.dns)+len(n.ips) == 0 {
		if _, err := netip.ParseAddr(o.subject.CommonName); err == nil {
			n.ips = nameList{o.subject.CommonName}
		} else if hostLike.MatchString(o.subject.CommonName) {
			n.dns = nameList{o.subject.CommonName}
		}
	}
	if e := o.subject.Email; e != "" {
		// RFC 5280, Section 4.1.2.6: an address in the subject has to be among the other names as well.
		n.emails = append(nameList{e}, n.emails...)
	}
	t := &x509lite.Template{IsCA: o.ca}
	if o.delegates {
		t.Extra = append(t.Extra, handshake.DelegationUsage())
	}
	if err := n.fill(t); err != nil {
		return nil, err
	}
	subject := o.subject.Subject
	if subject == (x509lite.Subject{}) && len(n.first()) <= x509lite.MaxCommonName {
		subject.CommonName = n.first() // a self-signed certificate must have a subject, others may
	}
	var err error
	t.Subject, err = subject.Name()
	return t, err
}

// first is the name that comes first.
func (n *nameFlags) first() string {
	for _, list := range []nameList{n.dns, n.ips, n.emails, n.uris} {
		if len(list) > 0 {
			return list[0]
		}
	}
	return ""
}

// fill checks the names, and puts them into t.
func (n *nameFlags) fill(t *x509lite.Template) error {
	for _, host := range n.dns {
		rest, wild := strings.CutPrefix(host, "*.")
		name, err := x509lite.HostToASCII(rest)
		if err != nil {
			return fmt.Errorf("-dns %s: it is no name of a host", host)
		}
		if wild {
			name = "*." + name
		}
		t.DNSNames = append(t.DNSNames, name)
	}
	for _, text := range n.ips {
		a, err := netip.ParseAddr(text)
		if err != nil || a.Zone() != "" {
			return fmt.Errorf("-ip %s: it is no IP address", text)
		}
		t.IPs = append(t.IPs, a)
	}
	for _, text := range n.emails {
		if a, err := mail.ParseAddress(text); err != nil || a.Address != text {
			return fmt.Errorf("-email %s: it is no mail address", text)
		}
		t.Emails = appendNew(t.Emails, text)
	}
	for _, text := range n.uris {
		// RFC 5280, Section 4.2.1.6: with a scheme, and something behind it.
		if u, err := url.Parse(text); err != nil || !u.IsAbs() || u.Opaque+u.Host+u.Path == "" {
			return fmt.Errorf("-uri %s: it is no absolute URI", text)
		}
		t.URIs = append(t.URIs, text)
	}
	return nil
}

// appendNew appends a text unless it is there.
func appendNew(list []string, text string) []string {
	for _, t := range list {
		if t == text {
			return list
		}
	}
	return append(list, text)
}

// checkHosts shows a finished certificate the hosts that it is to be for: who has asked for one learns here, and not
// from the first client, that it will never match.
func checkHosts(c *x509lite.Certificate) error {
	for _, name := range c.DNSNames() {
		host := name
		if rest, ok := strings.CutPrefix(name, "*."); ok {
			host = "any." + rest
		}
		if err := c.VerifyHostname(host); err != nil {
			return fmt.Errorf("-dns %s: no client takes this for the name of a host", name)
		}
	}
	return nil
}
