package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"tlsengine/fuzz/peers"
)

// office is a certification authority run by `openssl ca`, with one certificate, for localhost. Its lists are what OpenSSL makes of itself.
type office struct {
	t       *testing.T
	dir     string
	openssl string
}

const officeConfig = `
[ca]
default_ca = office
[office]
new_certs_dir = .
database = index.txt
serial = serial
crlnumber = crlnumber
default_md = sha256
policy = anything
copy_extensions = none
x509_extensions = leaf
[anything]
commonName = supplied
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign,cRLSign,digitalSignature
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[leaf]
basicConstraints = CA:false
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = DNS:localhost,IP:127.0.0.1
`

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{t: t, dir: t.TempDir(), openssl: peers.Need(t, "openssl")}
	for name, text := range map[string]string{"ca.cnf": officeConfig, "index.txt": "", "serial": "1000\n", "crlnumber": "01\n"} {
		if err := os.WriteFile(o.path(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	key := []string{"-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-config", "ca.cnf"}
	o.run(append([]string{"req", "-x509", "-extensions", "authority",
		"-subj", "/CN=office", "-days", "30", "-keyout", "ca.key", "-out", "ca.pem"}, key...)...)
	o.run(append([]string{"req", "-subj", "/CN=localhost", "-keyout", "leaf.key", "-out", "leaf.csr"}, key...)...)
	o.ca("-days", "10", "-in", "leaf.csr", "-out", "leaf.pem", "-notext")
	return o
}

func (o *office) path(name string) string { return filepath.Join(o.dir, name) }

func (o *office) run(args ...string) {
	o.t.Helper()
	cmd := exec.Command(o.openssl, args...)
	cmd.Dir = o.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		o.t.Fatalf("openssl %q: %v\n%s", args, err, out)
	}
}

func (o *office) ca(args ...string) {
	o.t.Helper()
	o.run(append([]string{"ca", "-batch", "-config", "ca.cnf", "-cert", "ca.pem", "-keyfile", "ca.key"}, args...)...)
}

// state writes what the office knows of the certificate now, as an OCSP response and as a revocation list, and returns the files.
func (o *office) state(name string) (staple, list string) {
	o.t.Helper()
	o.ca("-gencrl", "-crldays", "7", "-out", name+".crl")
	o.run("ocsp", "-index", "index.txt", "-CA", "ca.pem", "-rsigner",
		"ca.pem", "-rkey", "ca.key", "-issuer", "ca.pem", "-cert", "leaf.pem",
		"-ndays", "7", "-no_nonce", "-respout", name+".der")
	return o.path(name + ".der"), o.path(name + ".crl")
}

// TestStatusOfAnOffice: -status and -crl-check against certificates, lists and responses of `openssl ca` and `openssl ocsp`, with
// `openssl s_server -status_file` and with our own server.
func TestStatusOfAnOffice(t *testing.T) {
	o := newOffice(t)
	goodStaple, goodList := o.state("good")
	o.ca("-revoke", "leaf.pem", "-crl_reason", "keyCompromise")
	badStaple, badList := o.state("bad")
	cert, key, ca := o.path("leaf.pem"), o.path("leaf.key"), o.path("ca.pem")
	page := "GET / HTTP/1.0\r\n\r\n"

	servers := map[string]func(staple string) string{
		"openssl": func(staple string) string { return sServer(t, cert, key, "-status_file", staple) },
		"sslcat":  func(staple string) string { return serve(t, "-cert", cert, "-key", key, "-status", staple).addr },
	}
	for name, start := range servers {
		addr := start(goodStaple)
		for _, version := range []string{"1.2", "1.3"} {
			r := sslcat(t, page, "connect", addr, "-ca", ca, "-status", "-max", version)
			holds(t, r.err, "trusted by    CN=office", "status        good, says an OCSP response of ")
			if r.status != 0 {
				t.Errorf("%s, %s: exit status %d: %s", name, version, r.status, r.err)
			}
		}
		addr = start(badStaple)
		for _, version := range []string{"1.2", "1.3"} {
			holds(t, fails(t, "connect", addr, "-ca", ca, "-status", "-max", version),
				"we sent alert certificate_revoked: ", "keyCompromise")
		}
		if r := sslcat(t, page, "connect", addr, "-ca", ca); r.status != 0 {
			t.Errorf("%s: without -status: %s", name, r.err)
		}
	}

	addr := sServer(t, cert, key)
	r := sslcat(t, page, "connect", addr, "-ca", ca, "-status")
	holds(t, r.err, "status        no OCSP response was stapled")
	if r := sslcat(t, page, "connect", addr, "-ca", ca, "-crl-check", goodList); r.status != 0 {
		t.Errorf("-crl-check with a good list: %s", r.err)
	}
	holds(t, fails(t, "connect", addr, "-ca", ca, "-crl-check", badList), "we sent alert certificate_revoked: ")
	empty := t.TempDir()
	holds(t, fails(t, "connect", addr, "-ca", ca, "-crl-check", empty), "we sent alert unknown_ca: ")
	if err := os.Link(badList, filepath.Join(empty, hashOf(t, o.openssl, ca)+".r0")); err != nil {
		t.Fatal(err)
	}
	holds(t, fails(t, "connect", addr, "-ca", ca, "-crl-check", empty), "we sent alert certificate_revoked: ")
	holds(t, fails(t, "serve", "-listen", "127.0.0.1:0", "-cert", cert, "-key", key, "-status", ca), "-status "+ca)
}

// TestOpenSSLSeesOurStaple: `openssl s_client -status` prints the response that our server staples.
func TestOpenSSLSeesOurStaple(t *testing.T) {
	o := newOffice(t)
	staple, _ := o.state("good")
	s := serve(t, "-cert", o.path("leaf.pem"), "-key", o.path("leaf.key"), "-status", staple)
	for _, version := range []string{"-tls1_2", "-tls1_3"} {
		cmd := exec.Command(o.openssl, "s_client", "-connect", s.addr, "-CAfile", o.path("ca.pem"), "-status", version)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		holds(t, string(out), "OCSP Response Status: successful", "Cert Status: good", "Verify return code: 0 (ok)")
	}
}

// hashOf returns the name under which a directory of revocation lists has those of a certificate's owner.
func hashOf(t *testing.T, openssl, cert string) string {
	t.Helper()
	out, err := exec.Command(openssl, "x509", "-noout", "-subject_hash", "-in", cert).Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out[:8])
}
