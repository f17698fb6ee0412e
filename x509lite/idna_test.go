package x509lite

import (
	"errors"
	"testing"
)

// TestInternationalHosts: CPython's names of test_ssl, and what UTS 46 says of dots, case and what can't be a name. B-043, S-071
func TestInternationalHosts(t *testing.T) {
	for host, want := range map[string]string{
		"könig.idn.pythontest.net":                       "xn--knig-5qa.idn.pythontest.net",
		"KÖNIG.idn.pythontest.net":                       "xn--knig-5qa.idn.pythontest.net",
		"könig。idn.pythontest.net":                       "xn--knig-5qa.idn.pythontest.net",
		"ko\u0308nig.idn.pythontest.net":                 "xn--knig-5qa.idn.pythontest.net",
		"königsgäßchen.idna2003.pythontest.net":          "xn--knigsgsschen-lcb0w.idna2003.pythontest.net",
		"xn--knigsgchen-b4a3dun.idna2008.pythontest.net": "xn--knigsgchen-b4a3dun.idna2008.pythontest.net",
		"xn--knigsgsschen-lcb0w.idna2003.pythontest.net": "xn--knigsgsschen-lcb0w.idna2003.pythontest.net",
		"www.example.org":                                "www.example.org",
		"пример.испытание":                               "xn--e1afmkfd.xn--80akhbyknj4f",
		"a..ü":                                           "",
		"\xff.example.org":                               "",
		"ü ü.example.org":                                "",
		"\u202eexample.ö":                                "",
	} {
		got, err := HostToASCII(host)
		switch {
		case want == "" && !errors.Is(err, ErrBadHostname):
			t.Errorf("%q: %q, %v", host, got, err)
		case want != "" && (err != nil || got != want):
			t.Errorf("%q: %q, %v, want %q", host, got, err, want)
		}
	}
	c := certFor(t, []string{"xn--knig-5qa.idn.pythontest.net", "*.xn--bcher-kva.example"})
	for host, ok := range map[string]bool{"könig.idn.pythontest.net": true, "könig.idn.pythontest.net.": true,
		"konig.idn.pythontest.net": false,
		"läden.bücher.example":     true, "bücher.example": false} {
		if err := c.VerifyHostname(host); (err == nil) != ok {
			t.Errorf("%s: %v", host, err)
		}
	}
}
