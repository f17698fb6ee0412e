package main

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tlsengine/fuzz/peers"
	"tlsengine/x509lite"
)

const pskOption, pskHex = "interop:00112233445566778899aabbccddeeff", "00112233445566778899aabbccddeeff"

// TestPSKWithOpenSSL: -psk at either end, openssl at the other; neither needs a certificate then.
func TestPSKWithOpenSSL(t *testing.T) {
	openssl := peers.Need(t, "openssl")
	addr := peers.FreeAddr(t)
	peers.Start(t, exec.Command(openssl, "s_server", "-accept",
		addr, "-nocert", "-psk_identity", "interop", "-psk", pskHex, "-tls1_3", "-rev")).WaitListening(addr)
	if r := sslcat(t, "abc\n", "connect", addr, "-psk", pskOption); r.status != 0 || r.out != "cba\n" {
		t.Errorf("%d, %q\n%s", r.status, r.out, r.err)
	} else {
		holds(t, r.err, "TLSv1.3", "pre-shared key \"interop\"")
	}
	s := serve(t, "-echo", "-psk", pskOption)
	out, err := peers.Run(t, exec.Command(openssl, "s_client",
		"-connect", s.addr, "-psk_identity", "interop", "-psk", pskHex, "-tls1_3", "-brief"), "hello\n")
	if err != nil || strings.Contains(out, "Peer certificate") {
		t.Errorf("%v: %s", err, out)
	}
	s.wait(t, "TLSv1.3")
}

// TestRawPublicKeysWithGnuTLS: both ends show keys and no certificates.
func TestRawPublicKeysWithGnuTLS(t *testing.T) {
	const priority = "NORMAL:+CTYPE-CLI-RAWPK:+CTYPE-SRV-RAWPK"
	p := newPaper(t)
	cert, key := p.leaf(t, "server", localhost())
	_, ownKey := p.leaf(t, "client", localhost())
	public := func(name, key string) string {
		t.Helper()
		out, err := exec.Command(peers.Need(t, "openssl"), "pkey", "-in", key, "-pubout").Output()
		if err != nil {
			t.Fatal(err)
		}
		return p.write(t, name, out)
	}
	serverPublic, clientPublic := public("server.pub", key), public("client.pub", ownKey)
	addr := peers.FreeAddr(t)
	_, port, _ := strings.Cut(addr, ":")
	peers.Start(t, exec.Command(peers.Need(t, "gnutls-serv"),
		"--port", port, "--echo", "--rawpkfile", serverPublic, "--rawpkkeyfile", key,
		"--priority", priority, "--require-client-cert")).WaitListening(addr)
	for _, trusted := range []string{serverPublic, cert} { // a certificate stands for its key
		r := sslcat(t, "hello\n", "connect", addr, "-servername", "localhost", "-rpk", trusted, "-rpk-key", ownKey)
		if r.status != 0 || r.out != "hello\n" {
			t.Errorf("%d, %q\n%s", r.status, r.out, r.err)
		}
		holds(t, r.err, "public key alone")
	}
	holds(t, fails(t, "connect", addr, "-servername", "localhost", "-rpk", clientPublic, "-rpk-key", ownKey), "raw public key")

	s := serve(t, "-echo", "-rpk", clientPublic, "-rpk-key", key)
	out, err := peers.Run(t, exec.Command(peers.Need(t, "gnutls-cli"),
		"--port", s.port, "--insecure", "--priority", priority, "--rawpkfile", clientPublic,
		"--rawpkkeyfile", ownKey, "localhost"), "hello\n")
	if err != nil || !strings.Contains(out, "\nhello\n") {
		t.Errorf("%v: %s", err, out)
	}
}

// TestEarlyDataWithOpenSSL: connect sends a file early, to servers that take it and to one that doesn't; serve takes it
// from s_client.
func TestEarlyDataWithOpenSSL(t *testing.T) {
	openssl := peers.Need(t, "openssl")
	p := newPaper(t)
	cert, key := p.leaf(t, "server", localhost())
	early := p.write(t, "early", []byte("said early\n"))
	s := serve(t, "-echo", "-early-data", "1000", "-cert", cert, "-key", key)
	connect := []string{"connect", s.addr, "-servername", "localhost", "-ca", p.path("ca.pem"), "-early-data", early}
	if r := sslcat(t, "then\n", append(connect, "-reconnect")...); r.status != 0 || r.out != "said early\nthen\n" {
		t.Errorf("%d, %q\n%s", r.status, r.out, r.err)
	} else {
		holds(t, r.err, "early data", "accepted")
	}
	if r := sslcat(t, "then\n", connect...); r.status != 0 || r.out != "said early\nthen\n" {
		t.Errorf("without a session: %d, %q\n%s", r.status, r.out, r.err)
	} else {
		holds(t, r.err, "early data", "not sent")
	}

	session := filepath.Join(t.TempDir(), "session")
	for i, use := range [][]string{{"-sess_out", session}, {"-sess_in", session, "-early_data", early}} {
		args := append([]string{"s_client", "-connect", s.addr, "-CAfile", p.path("ca.pem"), "-ign_eof"}, use...)
		cmd := exec.Command(openssl, args...)
		client := peers.Start(t, cmd)
		if _, err := client.Input.Write([]byte("then\n")); err != nil {
			t.Fatal(err)
		}
		client.WaitOutput("then\n")
		if i > 0 {
			client.WaitOutput("Early data was accepted")
			client.WaitOutput("said early\n")
		}
		client.Kill()
	}
	s.wait(t, "early data")
}

// TestCompressedCertificates: between two of ours, for want of a peer; the ladder shows it.
func TestCompressedCertificates(t *testing.T) {
	s := serve(t, "-echo", "-compress-certs")
	r := sslcat(t, "hello\n", "connect", "localhost:"+s.port, "-ca", authorityFile, "-compress-certs", "-trace")
	if r.status != 0 || r.out != "hello\n" {
		t.Errorf("%d, %q", r.status, r.out)
	}
	holds(t, r.err, "CompressedCertificate")
}

// TestIdentityFlagsRefuse: what can't be meant is said before anything is sent, and keys don't show.
func TestIdentityFlagsRefuse(t *testing.T) {
	p := newPaper(t)
	nothing := p.write(t, "nothing", x509lite.MarshalPEM(nil, "SOMETHING", []byte("x")))
	for _, c := range [][2]string{{"-rpk", nothing}, {"-rpk", nothing + "?"},
		{"-rpk-key", nothing}, {"-early-data", nothing + "?"}} {
		holds(t, fails(t, "connect", "localhost:1", c[0], c[1]), c[0], "nothing")
	}
	for _, wrong := range []string{"x", ":00", "x:", "x:0", "x:zz"} {
		if err := new(pskFlag).Set(wrong); err == nil {
			t.Errorf("-psk %q is taken", wrong)
		}
	}
	f := new(pskFlag)
	if err := f.Set("a:b:0102"); err != nil || f.identity != "a:b" || f.String() != "a:b:..." {
		t.Errorf("%v, %v", f, err)
	}
}
