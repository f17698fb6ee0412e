package x509lite

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func certFor(t testing.TB, names []string, addresses ...string) *Certificate {
	t.Helper()
	p := &Template{Subject: NewName("common.example.net", ""), DNSNames: names}
	for _, a := range addresses {
		p.IPs = append(p.IPs, netip.MustParseAddr(a))
	}
	return issue(t, "hostname", KeyEd25519, p, nil).cert
}

// TestHostnameTable has the rules of RFC 9525 and of the rows S-069 to S-074 (strict form), B-036, B-037 and B-042.
func TestHostnameTable(t *testing.T) {
	for _, c := range []struct {
		name string // entry of the certificate
		host string
		ok   bool
	}{
		{"example.com", "example.com", true},
		{"example.com", "ExAmple.cOm", true}, // S-069
		{"EXAMPLE.com", "example.com", true},
		{"example.com", "example.com.", true}, // the root's period, once
		{"example.com", "example.com..", false},
		{"example.com", ".example.com", false},
		{"example.com", "exampleXcom", false},
		{"example.com", "www.example.com", false},
		{"example.com", "", false},
		{"example.com", ".", false},
		{"example.com.", "example.com", false},
		{"*.a.com", "foo.a.com", true}, // S-070
		{"*.a.com", "FOO.A.COM", true},
		{"*.a.com", "bar.foo.a.com", false},
		{"*.a.com", "a.com", false},
		{"*.a.com", "Xa.com", false},
		{"*.a.com", ".a.com", false},
		{"f*.com", "foo.com", false},
		{"f*.a.com", "foo.a.com", false},
		{"*f.a.com", "xf.a.com", false},
		{"*.com", "a.com", false}, // two labels must follow
		{"*", "com", false},
		{"*.*.a.com", "x.y.a.com", false},
		{"a.*.com", "a.b.com", false},
		{"**.a.com", "x.a.com", false},
		{"*.a.com", "*.a.com", false},           // a wildcard is no host
		{"xn--p*.a.com", "xn--p1.a.com", false}, // S-071
		{"*.xn--bcher-kva.example", "www.xn--bcher-kva.example", true},
		{"xn--bcher-kva.example", "xn--BCHER-kva.example", true},
		{"xn--bcher-kva.example", "bücher.example", true},            // see TestInternationalHosts
		{"null.python.org\x00example.org", "null.python.org", false}, // S-073
		{"null.python.org\x00example.org", "example.org", false},
		{"null.python.org\x00example.org", "null.python.org\x00example.org", false},
		{"127.0.0.1", "127.0.0.1", false}, // S-074: a literal is compared with iPAddress only
		{"*.0.0.1", "127.0.0.1", false},
		{"1.2.3.4.5", "1.2.3.4.5", false},
		{"a_b.example.com", "a_b.example.com", true},
		{"-a.example.com", "-a.example.com", false},
		{strings.Repeat("a", 64) + ".com", strings.Repeat("a", 64) + ".com", false},
		{strings.Repeat("a", 63) + ".com", strings.Repeat("a", 63) + ".com", true},
		{"example.com", "common.example.net", false}, // B-037: never the common name
		{"example.com", "exаmple.com", false},        // a Cyrillic letter
	} {
		err := certFor(t, []string{c.name}).VerifyHostname(c.host)
		if (err == nil) != c.ok {
			t.Errorf("%q for %q: %v", c.name, c.host, err)
		}
		var mismatch *HostnameError
		if err != nil && !errors.As(err, &mismatch) && !errors.Is(err, ErrBadHostname) {
			t.Errorf("%q for %q: %T", c.name, c.host, err)
		}
	}
}

// TestAddressTable: B-042.
func TestAddressTable(t *testing.T) {
	c := certFor(t, []string{"example.com"}, "127.0.0.1", "::1", "2001:db8::5")
	for host, ok := range map[string]bool{
		"127.0.0.1": true, "::1": true, "0:0:0:0:0:0:0:1": true, "[::1]": true, "2001:DB8::5": true, "2001:db8:0::0:5": true,
		"127.0.0.2": false, "127.0.0.1.": false, "127.1": false, "0177.0.0.1": false, "::1%lo": false, "2001:db8::6": false,
		"::ffff:127.0.0.1": false,
	} {
		if err := c.VerifyHostname(host); (err == nil) != ok {
			t.Errorf("%s: %v", host, err)
		}
	}
	if err := certFor(t, nil, "10.0.0.1").VerifyHostname("10.0.0.2"); !strings.Contains(err.Error(), "10.0.0.1") {
		t.Error(err)
	}
	if err := certFor(t, nil).VerifyHostname("example.com"); !strings.Contains(err.Error(), "no DNS name") {
		t.Error(err)
	}
}

// TestHostnameNeverMoreThanCryptoX509: what we let pass, crypto/x509 lets pass too, whatever the certificate and the host; where
// names are plain, the other way round as well.
func TestHostnameNeverMoreThanCryptoX509(t *testing.T) {
	label := rapid.StringMatching(`(\*|[ab]|xn--a|A|a-b|\*a|_a|1)?`)
	name := rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(label, 1, 4).Draw(t, "labels"), ".")
	})
	checkSeeds(t, func(r *rapid.T) {
		entry, host := name.Draw(r, "entry"), name.Draw(r, "host")
		if entry == "" {
			return
		}
		c := certFor(t, []string{entry})
		ours, std := c.VerifyHostname(host), mustStd(t, c).VerifyHostname(host)
		if ours == nil && std != nil {
			r.Fatalf("%q for %q passes: %v", entry, host, std)
		}
		plain := validDomain(entry) && validDomain(host)
		if plain && (ours == nil) != (std == nil) {
			r.Fatalf("%q for %q: ours %v, crypto/x509 %v", entry, host, ours, std)
		}
	})
}

// TestHostnameErrorIsOneLine: bytes of a certificate can't forge a line of a log.
func TestHostnameErrorIsOneLine(t *testing.T) {
	err := certFor(t, []string{"a\nERROR: all is well", strings.Repeat("x", 4000)}).VerifyHostname("example.org")
	if s := err.Error(); strings.ContainsAny(s, "\n\r") || len(s) > 1000 {
		t.Errorf("%q", s)
	}
}
