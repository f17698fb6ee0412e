package x509lite

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// opensslText has openssl print each certificate.
func opensslText(t *testing.T, list []*Certificate) []string { return opensslX509(t, list, "-text") }

var crlIssuerBehindName = regexp.MustCompile(`(\S)( {16}CRL Issuer:)`)

// compareText compares line by line and reports the first lines that differ.
func compareText(t *testing.T, list []*Certificate) {
	t.Helper()
	for i, want := range opensslText(t, list) {
		if strings.Contains(want, "setCext-hashedRoot") {
			continue // one root has an extension that openssl shows as bytes, line ends among them
		}
		// Two faults of openssl 3.0: a line end is missing, and texts in BMPString end before they begin.
		want = crlIssuerBehindName.ReplaceAllString(want, "$1\n$2")
		ours, theirs := strings.Split(list[i].Text(), "\n"), strings.Split(want, "\n")
		shown := 0
		for n := range max(len(ours), len(theirs)) {
			a, b := "(none)", "(none)"
			if n < len(ours) {
				a = ours[n]
			}
			if n < len(theirs) {
				b = theirs[n]
			}
			if strings.TrimSpace(b) == "Explicit Text:" && strings.HasPrefix(a, b) {
				continue
			}
			if a != b && shown < 6 {
				t.Errorf("%s, line %d:\n%q, openssl\n%q", list[i].label(), n+1, a, b)
				shown++
			}
		}
	}
}

// TestTextOfSystemRoots: every line as openssl prints it, for every root.
func TestTextOfSystemRoots(t *testing.T) { compareText(t, systemRoots(t)) }

// TestTextOfIssuedCertificates compares what Sign issues, for each kind of key.
func TestTextOfIssuedCertificates(t *testing.T) {
	var list []*Certificate
	for _, kind := range []KeyKind{KeyP256, KeyP384, KeyP521, KeyEd25519, KeyRSA2048} {
		root := testCA(t, "Root", kind, nil)
		list = append(list, root.cert, testLeaf(t, "example.org", kind, root).cert)
	}
	compareText(t, list)
}

// TestTextOfDSA compares an old kind of key.
func TestTextOfDSA(t *testing.T) {
	dir := t.TempDir()
	openssl(t, "genpkey", "-genparam", "-algorithm", "DSA", "-pkeyopt", "dsa_paramgen_bits:1024", "-pkeyopt",
		"dsa_paramgen_q_bits:160", "-out", dir+"/p")
	openssl(t, "genpkey", "-paramfile", dir+"/p", "-out", dir+"/k")
	openssl(t, "req", "-x509", "-new", "-key", dir+"/k", "-subj", "/CN=d", "-out", dir+"/c")
	text, err := os.ReadFile(dir + "/c")
	if err != nil {
		t.Fatal(err)
	}
	list, err := ParseCertificatesPEM(text)
	if err != nil {
		t.Fatal(err)
	}
	compareText(t, list)
}

// TestTextOfPSS compares keys and signatures of RSA-PSS, with restrictions and without.
func TestTextOfPSS(t *testing.T) {
	dir := t.TempDir()
	var list []*Certificate
	for _, options := range [][]string{
		{}, {"-pkeyopt", "rsa_pss_keygen_md:sha256", "-pkeyopt", "rsa_pss_keygen_mgf1_md:sha256", "-pkeyopt", "rsa_pss_keygen_saltlen:32"},
		{"-pkeyopt", "rsa_pss_keygen_md:sha512", "-pkeyopt", "rsa_pss_keygen_mgf1_md:sha512", "-pkeyopt", "rsa_pss_keygen_saltlen:20"},
	} {
		openssl(t, append([]string{"genpkey", "-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048", "-out", dir + "/k"},
			options...)...)
		openssl(t, "req", "-x509", "-new", "-key", dir+"/k", "-subj", "/CN=pss", "-out", dir+"/c")
		list = append(list, certificatesIn(t, dir+"/c")...)
	}
	compareText(t, list)
}

// certificatesIn reads a file.
func certificatesIn(t *testing.T, path string) []*Certificate {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	list, err := ParseCertificatesPEM(text)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// opensslConfig has all extensions that openssl writes by name.
const opensslConfig = `
[req]
distinguished_name=dn
[dn]
[v3]
subjectAltName=DNS:example.org,IP:127.0.0.1,IP:::1,email:a@b.c,URI:http://x/,RID:1.2.3.4,dirName:d,otherName:1.3.6.1.4.1.311.20.2.3;UTF8:foo,otherName:1.2.3;UTF8:foo
issuerAltName=DNS:x
keyUsage=critical,digitalSignature,keyEncipherment,encipherOnly
extendedKeyUsage=serverAuth,clientAuth,1.2.3.4,OCSPSigning
basicConstraints=critical,CA:TRUE,pathlen:3
certificatePolicies=1.2.3.4,@pol,2.23.140.1.2.1
authorityInfoAccess=OCSP;URI:http://ocsp/,caIssuers;URI:http://ca/
subjectInfoAccess=caRepository;URI:http://ca/
crlDistributionPoints=URI:http://crl/,dp2
nameConstraints=permitted;DNS:a.b,excluded;IP:10.0.0.0/255.0.0.0,permitted;email:x.y,permitted;dirName:d
policyConstraints=requireExplicitPolicy:3,inhibitPolicyMapping:0
inhibitAnyPolicy=2
policyMappings=1.2.3.4:1.2.3.5
tlsfeature=status_request,status_request_v2,9
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid:always,issuer:always
noCheck=ignored
nsComment="hello"
nsCertType=server,client,sslCA
1.2.3.4.5=ASN1:UTF8String:hi
1.2.3.4.6=critical,DER:0102ff7e7f
[d]
C=DE
O=Foo, Inc
[pol]
policyIdentifier=1.3.5.8
CPS.1="http://cps/"
userNotice.1=@n
[n]
explicitText="Explicit Text"
organization="Org"
noticeNumbers=1,2
[dp2]
fullname=URI:http://a/
CRLissuer=dirName:d
`

// TestTextOfAllExtensions compares a certificate with every extension that openssl knows by name, and a name with every escape.
func TestTextOfAllExtensions(t *testing.T) {
	dir := t.TempDir()
	config, out := writePEM(t, dir, "cnf", []byte(opensslConfig)), dir+"/c.pem"
	var list []*Certificate
	for _, subject := range []string{`/C=DE/O=Foo, "Inc" <x>/CN=  aé= ;b\\c/OU=#lead+L=two/ST=a"q/emailAddress=a@b/serialNumber=1`,
		`/1.2.3.4=x/CN=trail `, `/CN=a\\b`} {
		openssl(t, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", dir+"/k", "-out", out,
			"-subj", subject, "-multivalue-rdn", "-utf8", "-config", config, "-extensions", "v3")
		list = append(list, certificatesIn(t, out)...)
	}
	compareText(t, list)
}

// TestTextHidesControlCharacters: nothing in a certificate makes a second line or speaks to the terminal.
func TestTextHidesControlCharacters(t *testing.T) {
	c := sign(t, mustKey(t), &Template{Subject: NewName("a\nb\x1b[31m\u2028", "\u009b"),
		Extra: []Extension{{ID: oidSubjectAltName, Value: oddAltNames()},
			{ID: oidNetscapeComment, Value: []byte("\x16\x04a\nb\x1b")}, {ID: "\x2a\x03", Value: []byte("\x1b\n\x00")}}}, nil).cert
	for _, line := range strings.Split(c.Text(), "\n") {
		if strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 }) {
			t.Errorf("%q", line)
		}
	}
}

// FuzzShow: whatever parses can be shown, in one line for a line, and nothing of it grows out of proportion.
func FuzzShow(f *testing.F) {
	root := testCA(f, "Fuzz", KeyEd25519, nil)
	f.Add(root.cert.Raw())
	f.Add(sign(f, root.key, &Template{Subject: NewName("x", ""), Extra: []Extension{{ID: oidSubjectAltName, Value: oddAltNames()},
		{ID: oidTLSFeature, Value: []byte{0x30, 3, 2, 1, 5}}, {ID: oidSCTList, Value: []byte{4, 5, 0, 3, 0, 1, 1}},
		{ID: oidPolicies, Value: []byte("\x30\x1b\x30\x19\x06\x01\x2a\x30\x14\x30\x12\x06\x08\x2b\x06\x01\x05\x05\x07\x02\x02\x30\x06\x0c\x04text")}}}, nil).cert.Raw())
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := ParseLenient(b, ^Leniency(0))
		if err != nil {
			return
		}
		if text := c.Text(); len(text) > 200*(len(b)+100) ||
			strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && r < ' ' || r >= 0x7f && r < 0xa0 }) {
			t.Fatalf("%d bytes of text for %d: %q", len(text), len(b), text)
		}
		if info, err := c.Info(); err == nil && len(info.Dict()) < 6 {
			t.Fatal(info)
		}
		touch(c)
		_, _ = Verify(c, &VerifyOptions{Roots: poolOf(root), Intermediates: []*Certificate{c}, Time: testNow, Degree: WebPKI,
			Revocation: RevocationChain})
		_, _, _ = c.SCTs(), c.Policies(), c.Features()
		_, _, _ = c.OCSPServers(), c.IssuerURLs(), c.SubjectHash()
		for range c.IssuerAltNames() {
		}
	})
}
