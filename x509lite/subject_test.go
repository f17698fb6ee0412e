package x509lite

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"os/exec"
	"strings"
	"testing"

	"tlsengine/fuzz/peers"
)

// seedSubject is what the example of Python's documentation answers to `openssl req`.
var seedSubject = Subject{
	Country: "US", State: "MyState", Locality: "Some City", Organization: "My Organization, Inc.", OrganizationalUnit: "My Group",
	CommonName: "myserver.mygroup.myorganization.com", Email: "ops@myserver.mygroup.myorganization.com",
}

// TestSubjectReadsTheSameElsewhere shows each field to crypto/x509 and, types of strings included, to openssl.
func TestSubjectReadsTheSameElsewhere(t *testing.T) {
	name, err := seedSubject.Name()
	if err != nil {
		t.Fatal(err)
	}
	p := issue(t, "subject", KeyP256, &Template{Subject: name}, nil)
	std, err := x509.ParseCertificate(p.cert.Raw())
	if err != nil {
		t.Fatal(err)
	}
	want := pkix.Name{
		Country: []string{"US"}, Province: []string{"MyState"}, Locality: []string{"Some City"},
		Organization: []string{"My Organization, Inc."}, OrganizationalUnit: []string{"My Group"}, CommonName: seedSubject.CommonName,
	}
	got := std.Subject
	got.Names = nil
	if got.String() != want.String() {
		t.Errorf("crypto/x509 reads %v, want %v", got, want)
	}
	file := writePEM(t, t.TempDir(), "subject.pem", p.cert.Raw())
	out, err := peers.Run(t, exec.Command(peers.Need(t, "openssl"), "x509", "-in", file, "-noout", "-subject", "-nameopt",
		"sep_comma_plus,show_type,sname"), "")
	if err != nil {
		t.Fatal(err)
	}
	const text = `C=PRINTABLESTRING:US,ST=UTF8STRING:MyState,L=UTF8STRING:Some City,O=UTF8STRING:My Organization, Inc.,` +
		`OU=UTF8STRING:My Group,CN=UTF8STRING:myserver.mygroup.myorganization.com,` +
		`emailAddress=IA5STRING:ops@myserver.mygroup.myorganization.com`
	if !strings.Contains(strings.ReplaceAll(out, "\\", ""), text) {
		t.Errorf("openssl reads %s, want %s", out, text)
	}
}

func TestSubjectRefusesWhatNoNameMayHold(t *testing.T) {
	long := strings.Repeat("ü", 129)
	for what, s := range map[string]Subject{
		"countryName":            {Country: "usa"},
		"stateOrProvinceName":    {State: long},
		"localityName":           {Locality: "\xff"},
		"organizationName":       {Organization: "two\nlines"},
		"organizationalUnitName": {OrganizationalUnit: long[:2*65]},
		"commonName":             {CommonName: long[:2*65]},
		"emailAddress":           {Email: "Ops <ops@example.org>"},
	} {
		if _, err := s.Name(); !errors.Is(err, ErrTemplate) || !strings.Contains(err.Error(), what) {
			t.Errorf("%+v: %v, want an error about %s", s, err, what)
		}
	}
	for _, email := range []string{"ops", "@example.org", "ops@", "ops@exämple.org", "o ps@example.org", "ops@exa mple.org"} {
		if _, err := (Subject{Email: email}).Name(); err == nil {
			t.Errorf("%q passes for an address", email)
		}
	}
	atTheBound := Subject{State: long[:2*128], Organization: long[:2*64], CommonName: long[:2*MaxCommonName]}
	if n, err := atTheBound.Name(); err != nil || n.CommonName() != atTheBound.CommonName {
		t.Errorf("%v: %v", n, err)
	}
	if n, err := (Subject{}).Name(); err != nil || !n.Empty() {
		t.Errorf("no fields give %v, %v", n, err)
	}
}
