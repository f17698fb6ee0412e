package main

import (
	"os/exec"
	"strings"
	"testing"

	"tlsengine/fuzz/peers"
	"tlsengine/x509lite"
)

// TestPolicies: between two of ours, with the certificate that serve makes on the spot; each policy is kept to, and
// refuses a peer that can't.
func TestPolicies(t *testing.T) {
	for name, shown := range map[string][]string{
		"sp800-52": {"TLSv1.3", "AES", "secp256r1"}, "wpa3": {"TLS_AES_256_GCM_SHA384", "secp384r1"},
		"cnsa1":         {"TLS_AES_256_GCM_SHA384", "MLKEM1024"},
		"cnsa2-secrecy": {"MLKEM1024"}, "CNSA2": {"TLS_AES_256_GCM_SHA384", "MLKEM1024"},
	} {
		s := serve(t, "-echo", "-policy", name)
		connect := []string{"connect", "localhost:" + s.port, "-ca", authorityFile}
		r := sslcat(t, "hello\n", append(connect, "-policy", name)...)
		if r.status != 0 || r.out != "hello\n" {
			t.Errorf("%s: %d, %q\n%s", name, r.status, r.out, r.err)
		}
		holds(t, r.err, shown...)
		fails(t, append(connect, "-groups", "X25519")...)
	}
}

// TestPoliciesWithOpenSSL: openssl at the other end, which has what the policies before CNSA 2.0 ask for.
func TestPoliciesWithOpenSSL(t *testing.T) {
	openssl := peers.Need(t, "openssl")
	p := newPaper(t)
	cert, key := p.leafOf(t, "server", localhost(), x509lite.KeyP384)
	addr := peers.FreeAddr(t)
	peers.Start(t, exec.Command(openssl, "s_server", "-accept",
		addr, "-cert", cert, "-key", key, "-rev", "-quiet")).WaitListening(addr)
	for name, shown := range map[string]string{"sp800-52": "secp256r1", "wpa3": "secp384r1", "cnsa1": "secp384r1"} {
		for _, version := range []string{"1.2", "1.3"} {
			r := sslcat(t, "abc\n", "connect", addr, "-servername", "localhost", "-ca", p.path("ca.pem"), "-policy", name, "-max", version)
			if r.status != 0 || r.out != "cba\n" {
				t.Errorf("%s: %d, %q\n%s", name, r.status, r.out, r.err)
			}
			holds(t, r.err, "TLSv"+version, shown)
		}
		s := serve(t, "-echo", "-policy", name, "-cert", cert, "-key", key)
		out, err := peers.Run(t, exec.Command(openssl, "s_client", "-connect", s.addr, "-brief"), "hello\n")
		if err != nil {
			t.Errorf("%s: %v: %s", name, err, out)
		}
		s.wait(t, shown)
		refused, err := peers.Run(t, exec.Command(openssl, "s_client", "-connect", s.addr, "-brief", "-groups", "X25519"), "hello\n")
		if err == nil {
			t.Errorf("%s takes X25519: %s", name, refused)
		}
	}
}

// TestFalseStartWithOpenSSL: the first of standard input is there before openssl's Finished, and the rest comes behind it.
func TestFalseStartWithOpenSSL(t *testing.T) {
	openssl := peers.Need(t, "openssl")
	p := newPaper(t)
	cert, key := p.leaf(t, "server", localhost())
	addr := peers.FreeAddr(t)
	peers.Start(t, exec.Command(openssl, "s_server", "-accept",
		addr, "-cert", cert, "-key", key, "-rev", "-quiet")).WaitListening(addr)
	connect := []string{"connect", addr, "-servername", "localhost", "-ca", p.path("ca.pem"), "-false-start"}
	r := sslcat(t, "abc\n", append(connect, "-max", "1.2")...)
	if r.status != 0 || r.out != "cba\n" {
		t.Errorf("%d, %q\n%s", r.status, r.out, r.err)
	}
	holds(t, r.err, "false start", "4 bytes went before the server's Finished")
	r = sslcat(t, "abc\n", connect...)
	if r.status != 0 || r.out != "cba\n" {
		t.Errorf("TLS 1.3: %d, %q\n%s", r.status, r.out, r.err)
	}
	holds(t, r.err, "the handshake was done first")
}

// TestDelegate: a key that sslcat delegate makes signs at either end, for peers that take it; others see the certificate's own.
func TestDelegate(t *testing.T) {
	p := newPaper(t)
	cert, key, delegated, clients := p.path("cert.pem"), p.path("key.pem"), p.path("delegated.pem"), p.path("clients.pem")
	for _, args := range [][]string{
		{"cert", "-cn", "localhost", "-delegates", "-out", cert, "-key-out", key},
		{"delegate", "-cert", cert, "-key", key, "-key-type", "ed25519", "-out", delegated},
		{"delegate", "-cert", cert, "-key", key, "-client", "-days", "1", "-out", clients},
	} {
		if r := sslcat(t, "", args...); r.status != 0 {
			t.Fatalf("%v: %s", args, r.err)
		}
	}
	s := serve(t, "-echo", "-cert", cert, "-key", key, "-delegated",
		delegated, "-ca", cert, "-require-client-cert", "-take-delegated")
	connect := []string{"connect", "localhost:" + s.port, "-ca", cert, "-cert", cert}
	for _, own := range [][]string{{"-delegated", clients}, {"-key", key}} {
		for _, take := range []string{"-take-delegated", "-take-delegated=false"} {
			r := sslcat(t, "hello\n", append(append(connect, take), own...)...)
			if r.status != 0 || r.out != "hello\n" {
				t.Errorf("%v, %s: %d, %q\n%s", own, take, r.status, r.out, r.err)
			}
			if got := strings.Contains(r.err, "by a delegated key"); got != (take == "-take-delegated") {
				t.Errorf("%s: a delegated key was told of: %v\n%s", take, got, r.err)
			}
		}
	}
	plain, plainKey := p.leaf(t, "plain", localhost())
	holds(t, fails(t, "delegate", "-cert", plain, "-key", plainKey, "-out", p.path("no.pem")), "may delegate")
	holds(t, fails(t, "delegate", "-cert", cert, "-key", plainKey, "-out", p.path("no.pem")), "-key")
	holds(t, fails(t, "delegate", "-cert", cert, "-key", key, "-key-type", "rsa2048", "-out", p.path("no.pem")), "ed25519")
	holds(t, fails(t, "delegate", "-cert", cert, "-key", key, "-out", delegated), "exists")
	holds(t, fails(t, "connect", "localhost:1", "-delegated", delegated), "needs -cert")
}
