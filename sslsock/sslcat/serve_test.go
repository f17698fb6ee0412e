package main

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tlsengine/fuzz/peers"
	"tlsengine/x509lite"
)

const getRoot = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"

// TestServeAnswersOtherPeoplesClients is Done when 2 of issue 2: clients that trust what sslcat wrote get the page, in both
// versions.
func TestServeAnswersOtherPeoplesClients(t *testing.T) {
	s := serve(t)
	text := s.wait(t, "chromium")
	holds(t, text, "clients must trust localhost-ca.pem", "curl --cacert localhost-ca.pem https://localhost:"+s.port+"/")
	for _, c := range []struct {
		name    string
		program string
		args    []string
		input   string
		want    []string
	}{
		{"curl", "curl", []string{"-sS", "--cacert", authorityFile, "https://localhost:" + s.port + "/"},
			"", []string{"It works", "version       TLSv1.3", "http/1.1"}},
		{"curl by address", "curl", []string{"-sS", "--cacert", authorityFile, "https://127.0.0.1:" + s.port + "/"},
			"", []string{"It works", "version       TLSv1.3"}},
		{"curl in TLS 1.2", "curl", []string{"-sS", "--tls-max", "1.2", "--cacert",
			authorityFile, "https://localhost:" + s.port + "/"}, "", []string{"It works", "version       TLSv1.2"}},
		{"openssl", "openssl", []string{"s_client", "-connect", s.addr,
			"-CAfile", authorityFile, "-verify_return_error", "-verify_ip", "127.0.0.1", "-quiet", "-ign_eof"},
			getRoot, []string{"HTTP/1.1 200 OK", "It works", "version       TLSv1.3"}},
		{"openssl in TLS 1.2", "openssl", []string{"s_client",
			"-connect", s.addr, "-CAfile", authorityFile, "-verify_return_error", "-quiet", "-ign_eof", "-tls1_2"},
			getRoot, []string{"HTTP/1.1 200 OK", "It works", "version       TLSv1.2"}},
		{"gnutls", "gnutls-cli", []string{"--x509cafile", authorityFile, "--port", s.port, "localhost"},
			getRoot, []string{"HTTP/1.1 200 OK", "It works", "version       TLSv1.3"}},
		{"gnutls in TLS 1.2", "gnutls-cli", []string{"--x509cafile",
			authorityFile, "--port", s.port, "--priority", "NORMAL:-VERS-TLS1.3", "localhost"},
			getRoot, []string{"HTTP/1.1 200 OK", "It works", "version       TLSv1.2"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, err := peers.Run(t, exec.Command(peers.Need(t, c.program), c.args...), c.input)
			if err != nil {
				t.Error(err)
			}
			holds(t, out, c.want...)
		})
	}
}

// TestServeAnswersChromium fetches the page with a browser, whose post-quantum key share is taken: once with the pin that
// sslcat prints, once with the authority in the browser's own store. (Issue 2, Done when 2)
func TestServeAnswersChromium(t *testing.T) {
	chromium := peers.Need(t, "chromium")
	s := serve(t)
	pin := regexp.MustCompile(`--ignore-certificate-errors-spki-list=\S+`).FindString(s.wait(t, "chromium"))
	fetch := func(t *testing.T, more ...string) {
		t.Helper()
		home := t.TempDir()
		args := append([]string{"--headless", "--no-sandbox", "--disable-gpu",
			"--disable-dev-shm-usage", "--user-data-dir=" + filepath.Join(home, "profile"), "--dump-dom"}, more...)
		cmd := exec.Command(chromium, append(args, "https://localhost:"+s.port+"/")...)
		cmd.Env = append(os.Environ(), "HOME="+home)
		if len(more) == 0 {
			database := filepath.Join(home, ".pki", "nssdb")
			if err := os.MkdirAll(database, 0o700); err != nil {
				t.Fatal(err)
			}
			certutil := peers.Need(t, "certutil")
			for _, a := range [][]string{
				{"-d", "sql:" + database, "-N", "--empty-password"},
				{"-d", "sql:" + database, "-A", "-t", "C,,", "-n", "sslcat", "-i", authorityFile},
			} {
				if out, err := exec.Command(certutil, a...).CombinedOutput(); err != nil {
					t.Fatalf("certutil %q: %v\n%s", a, err, out)
				}
			}
		}
		out, err := peers.Run(t, cmd, "")
		if err != nil {
			t.Error(err)
		}
		holds(t, out, "<h1>It works</h1>", "TLSv1.3", "X25519MLKEM768", "http/1.1")
	}
	t.Run("pinned", func(t *testing.T) { fetch(t, pin) })
	t.Run("imported", func(t *testing.T) { fetch(t) })
}

// TestServeAnswersConnect shows both ends of sslcat together, with everything that both draw and log.
func TestServeAnswersConnect(t *testing.T) {
	s := serve(t, "-trace", "-keylog", "secrets")
	r := sslcat(t, getRoot, "connect", "localhost:"+s.port, "-ca", authorityFile, "-trace", "-alpn", "h2,http/1.1")
	if r.status != 0 {
		t.Errorf("exit status %d", r.status)
	}
	holds(t, r.out, "HTTP/1.1 200 OK\r\n", "Content-Length: ", "It works", "X25519MLKEM768", "localhost", "http/1.1")
	holds(t, r.err, "protocol      http/1.1", "trusted by    CN=throw-away CA")
	holds(t, s.wait(t, "│ alert close_notify ═"), "#1", "client", "ClientHello", "ChangeCipherSpec", "EncryptedExtensions",
		"#1  TLSv1.3  TLS_AES_128_GCM_SHA256  X25519MLKEM768  http/1.1", "#1  GET /  200  ")
	secrets, err := os.ReadFile("secrets")
	if err != nil {
		t.Fatal(err)
	}
	holds(t, string(secrets), "CLIENT_HANDSHAKE_TRAFFIC_SECRET ", "SERVER_HANDSHAKE_TRAFFIC_SECRET ")
	if info, err := os.Stat("secrets"); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the secrets' file: %v, %v", info.Mode(), err)
	}
}

// TestServeRetries shows a HelloRetryRequest: the server wants a group of which the client has sent no share.
func TestServeRetries(t *testing.T) {
	s := serve(t, "-groups", "secp384r1")
	r := sslcat(t, getRoot, "connect", s.addr, "-ca", authorityFile, "-trace")
	holds(t, r.err, "ClientHello ─", "─ HelloRetryRequest ",
		"ClientHello ─", "─ ServerHello ", "key exchange  secp384r1", "two: the server asked")
	holds(t, r.out, "It works", "secp384r1")
}

// TestServeVersions shows -min and -max from both sides.
func TestServeVersions(t *testing.T) {
	s := serve(t, "-max", "1.2")
	holds(t, sslcat(t, getRoot, "connect", s.addr, "-ca", authorityFile).out, "TLSv1.2")
	holds(t, fails(t, "connect", s.addr, "-ca", authorityFile, "-min", "TLSv1.3"), "the server sent alert protocol_version: ")
	s.wait(t, "#2  failed: we sent alert protocol_version: ")
}

// TestServeOldVersions shows that each version there is can be asked for by the names that people have for it.
func TestServeOldVersions(t *testing.T) {
	const all = "ALL:@SECLEVEL=0"
	s := serve(t, "-min", "ssl 3.0", "-ciphers", all)
	for name, shown := range map[string]string{"SSLv3": "SSLv3", "1.0": "TLSv1", "TLSv1": "TLSv1", "tls 1.1": "TLSv1.1"} {
		r := sslcat(t, getRoot, "connect", s.addr, "-ca", authorityFile, "-min", name, "-max", name, "-ciphers", all)
		holds(t, r.out, "  version       "+shown+"\n")
	}
	holds(t, sslcat(t, "", "connect", s.addr, "-min", "3").err, `"3" is no version: there are 1.3, 1.2, 1.1, 1.0 and SSLv3`)
}

// TestServeStrictProtocols shows that -alpn, unlike the default, refuses clients with other protocols.
func TestServeStrictProtocols(t *testing.T) {
	s := serve(t, "-alpn", "mine")
	holds(t, fails(t, "connect", s.addr, "-ca", authorityFile, "-alpn", "h2"), "the server sent alert no_application_protocol")
	holds(t, sslcat(t, getRoot, "connect", s.addr, "-ca", authorityFile, "-alpn", "h2,mine").err, "protocol      mine")
}

// TestServeClientCertificates shows -ca and -require-client-cert with curl.
func TestServeClientCertificates(t *testing.T) {
	p := newPaper(t)
	curl := peers.Need(t, "curl")
	cert, key := p.leaf(t, "client", &x509lite.Template{Subject: x509lite.NewName("somebody", "")})
	bad, badKey := p.selfSigned(t, "bad", &x509lite.Template{Subject: x509lite.NewName("anybody", "")})
	get := func(s *server, more ...string) (string, error) {
		return peers.Run(t, exec.Command(curl, append([]string{"-sS",
			"--cacert", authorityFile, "https://localhost:" + s.port + "/"}, more...)...), "")
	}
	t.Run("optional", func(t *testing.T) {
		s := serve(t, "-ca", p.path("ca.pem"))
		out, err := get(s)
		if err != nil {
			t.Error(err)
		}
		holds(t, out, "the client    has shown no certificate")
		out, err = get(s, "--cert", cert, "--key", key)
		if err != nil {
			t.Error(err)
		}
		holds(t, out, "the client    CN=somebody", "issued by     CN=throw-away CA",
			"signed with   ecdsa_secp256r1_sha256", "trusted by    CN=throw-away CA")
		if out, err := get(s, "--cert", bad, "--key", badKey); err == nil {
			t.Errorf("a client with a bad certificate was served: %s", out)
		}
		s.wait(t, `failed: we sent alert unknown_ca: certificate "anybody": self-signed`)
	})
	t.Run("required", func(t *testing.T) {
		s := serve(t, "-ca", p.path("ca.pem"), "-require-client-cert")
		if out, err := get(s); err == nil {
			t.Errorf("a client without certificate was served: %s", out)
		}
		s.wait(t, "#1  failed: we sent alert certificate_required: ")
		out, err := get(s, "--cert", cert, "--key", key, "--tls-max", "1.2")
		if err != nil {
			t.Error(err)
		}
		holds(t, out, "the client    CN=somebody")
	})
}

// TestServeWithACertificate shows -cert and -key: nothing is made, and the chain is what curl sees.
func TestServeWithACertificate(t *testing.T) {
	p := newPaper(t)
	template := localhost()
	template.DNSNames = []string{"example.test"}
	cert, key := p.leaf(t, "leaf", template)
	s := serve(t, "-cert", cert, "-key", key)
	if _, err := os.Stat(authorityFile); err == nil {
		t.Error("it wrote an authority that nobody needs")
	}
	out, err := peers.Run(t, exec.Command(peers.Need(t, "curl"), "-sS", "--cacert", p.path("ca.pem"),
		"--resolve", "example.test:"+s.port+":127.0.0.1", "https://example.test:"+s.port+"/"), "")
	if err != nil {
		t.Error(err)
	}
	holds(t, out, "server name   example.test")
}

// TestServeFiles shows -dir: files, index.html, and no way out of the directory.
func TestServeFiles(t *testing.T) {
	dir := t.TempDir()
	write := func(name, contents string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(contents), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(dir, "secret.txt"), "the secret")
	www := filepath.Join(dir, "www")
	big := strings.Repeat("0123456789abcdef", 100_000)
	write(filepath.Join(www, "index.html"), "<p>index</p>")
	write(filepath.Join(www, "a b", "big.bin"), big)
	write(filepath.Join(www, "empty.txt"), "")
	if err := os.Symlink("../secret.txt", filepath.Join(www, "link.txt")); err != nil {
		t.Fatal(err)
	}
	s := serve(t, "-dir", www)
	curl := peers.Need(t, "curl")
	get := func(path string, more ...string) string {
		t.Helper()
		args := append([]string{"-sS", "--path-as-is", "--cacert",
			authorityFile, "-w", "\n%{http_code} %{content_type}", "https://localhost:" + s.port + path}, more...)
		out, err := exec.Command(curl, args...).CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v: %s", path, err, out)
		}
		return string(out)
	}
	for path, want := range map[string]string{
		"/":                   "<p>index</p>\n200 text/html; charset=utf-8",
		"/?query":             "<p>index</p>\n200 text/html; charset=utf-8",
		"/a%20b/big.bin":      big + "\n200 application/octet-stream",
		"/empty.txt":          "\n200 text/plain; charset=utf-8",
		"/missing":            "there is no such file here\n\n404 text/plain; charset=utf-8",
		"/a%20b":              "there is no such file here\n\n404 text/plain; charset=utf-8",
		"/../secret.txt":      "there is no such file here\n\n404 text/plain; charset=utf-8",
		"/%2e%2e/secret.txt":  "there is no such file here\n\n404 text/plain; charset=utf-8",
		"/..%2fsecret.txt":    "there is no such file here\n\n404 text/plain; charset=utf-8",
		"/link.txt":           "there is no such file here\n\n404 text/plain; charset=utf-8",
		"/%zz":                "that is no path\n\n400 text/plain; charset=utf-8",
		"/a%20b/../empty.txt": "\n200 text/plain; charset=utf-8",
	} {
		if got := get(path); got != want {
			t.Errorf("%s: %d bytes, %.200q, want %.200q", path, len(got), got, want)
		}
	}
	if got := get("/a%20b/big.bin", "--head"); !strings.Contains(got, "Content-Length: 1600000") ||
		strings.Contains(got, "0123456789abcdef") {
		t.Errorf("HEAD: %.300q", got)
	}
	if got := get("/", "--data", "x"); !strings.Contains(got, "405") {
		t.Errorf("POST: %q", got)
	}
}

// TestServeEcho sends a lot through -echo with another TLS and with ours.
func TestServeEcho(t *testing.T) {
	s := serve(t, "-echo")
	s.wait(t, "sslcat connect localhost:"+s.port+" -ca localhost-ca.pem")
	input := string(bytes.Repeat([]byte("fedcba9876543210\n"), 1<<16))
	r := sslcat(t, input, "connect", s.addr, "-ca", authorityFile)
	if r.status != 0 || r.out != input {
		t.Errorf("exit status %d, %d bytes of %d came back", r.status, len(r.out), len(input))
	}
	s.wait(t, "#1  echoed 1114112 bytes")
	p := peers.Start(t, exec.Command(peers.Need(t, "openssl"),
		"s_client", "-connect", s.addr, "-CAfile", authorityFile, "-quiet", "-verify_return_error"))
	if _, err := p.Input.Write([]byte("hello through s_client\n")); err != nil {
		t.Fatal(err)
	}
	p.WaitOutput("hello through s_client")
}

// TestServeOnce shows -once, whose exit status is that of the only connection.
func TestServeOnce(t *testing.T) {
	s := serve(t, "-once")
	if r := sslcat(t, getRoot, "connect", s.addr, "-ca", authorityFile); r.status != 0 {
		t.Errorf("connect: exit status %d: %s", r.status, r.err)
	}
	if status := s.status(t); status != 0 {
		t.Errorf("exit status %d after a good connection", status)
	}
	if conn, err := net.Dial("tcp", s.addr); err == nil {
		conn.Close()
		t.Error("it still listens")
	}
	s = serveHere(t, "-once")
	fails(t, "connect", s.addr, "-ca", authorityFile, "-servername", "wrong.example")
	if status := s.status(t); status != 1 {
		t.Errorf("exit status %d after a refusal, want 1", status)
	}
	holds(t, s.screen.String(), "#1  failed: the client sent alert bad_certificate: ")
}

// TestServeEndsWithItsContext shows that an interrupt ends the server and its connections, and is no failure.
func TestServeEndsWithItsContext(t *testing.T) {
	s := serve(t, "-echo")
	p := peers.Start(t, exec.Command(peers.Need(t, "openssl"), "s_client", "-connect", s.addr, "-CAfile", authorityFile, "-quiet"))
	s.wait(t, "#1  TLSv1.3")
	s.stop()
	if status := s.status(t); status != 0 {
		t.Errorf("exit status %d", status)
	}
	_ = p.Wait()
}

// TestServePlainHTTP shows what the server says of clients that speak no TLS.
func TestServePlainHTTP(t *testing.T) {
	s := serve(t)
	conn, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte(getRoot)); err != nil {
		t.Fatal(err)
	}
	s.wait(t, "#1  failed: we sent alert ")
}

// TestServeMisused shows what is refused before anything listens.
func TestServeMisused(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, args := range [][]string{
		{"x"}, {"-require-client-cert"}, {"-dir", ".", "-echo"}, {"-max", "banana"}, {"-early-data", "-1"}, {"-cert", "f"},
	} {
		if r := sslcat(t, "", append([]string{"serve"}, args...)...); r.status != 2 || !strings.Contains(r.err, "sslcat help serve") {
			t.Errorf("serve %q: exit status %d, %s", args, r.status, r.err)
		}
	}
	for _, args := range [][]string{
		{"-cert", "f", "-key", "g"}, {"-ca", "f"}, {"-dir", "f"}, {"-listen", "nonsense"}, {"-min", "1.3", "-max", "1.2"},
	} {
		if r := sslcat(t, "", append([]string{"serve"}, args...)...); r.status != 1 {
			t.Errorf("serve %q: exit status %d, %s", args, r.status, r.err)
		} else {
			t.Log(strings.TrimSpace(r.err))
		}
	}
}
