package sslsock

import (
	"io"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"tlsengine/fuzz/peers"
	"tlsengine/fuzz/pki"
)

// S-001, S-173: openssl s_server as the peer of our client.
func TestClientAgainstOpenSSL(t *testing.T) {
	openssl := peers.Need(t, "openssl")
	f := writeFiles(t)
	for version, flag := range map[string]string{"TLSv1.2": "-tls1_2", "TLSv1.3": "-tls1_3"} {
		t.Run(version, func(t *testing.T) {
			address := peers.FreeAddr(t)
			server := peers.Start(t, exec.Command(openssl, "s_server",
				"-accept", address, "-cert", f.cert, "-key", f.key, flag, "-rev", "-quiet"))
			server.WaitListening(address)
			c, err := clientContext(t).Dial("tcp", address, WithServerHostname(pki.Host), WithSuppressRaggedEOFs(false))
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if c.Version() != version {
				t.Error(c.Version())
			}
			if _, err := io.WriteString(c, "hello\n"); err != nil {
				t.Fatal(err)
			}
			if got := readAll(t, c, 6); string(got) != "olleh\n" {
				t.Errorf("%q", got)
			}
			if suite, ok := c.Cipher(); !ok || suite.Protocol != version {
				t.Errorf("%+v", suite)
			}
		})
	}
}

// S-001, S-142: openssl s_client as the peer of our server, which sees a proper end.
func TestServerAgainstOpenSSL(t *testing.T) {
	openssl := peers.Need(t, "openssl")
	f := writeFiles(t)
	for version, flag := range map[string]string{"TLSv1.2": "-tls1_2", "TLSv1.3": "-tls1_3"} {
		t.Run(version, func(t *testing.T) {
			l, err := Listen("tcp", "127.0.0.1:0", serverContext(t))
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			served := make(chan error, 1)
			go func() {
				s, err := l.AcceptTLS()
				if err == nil {
					_, err = io.WriteString(s, "greetings from us\n")
					_ = s.Close()
				}
				served <- err
			}()
			at := pki.Time.Unix()
			out, err := peers.Run(t, exec.Command(openssl, "s_client", "-connect", l.Addr().String(), "-servername", pki.Host,
				"-CAfile", f.ca, "-verify_return_error", "-verify_hostname",
				pki.Host, "-attime", strconv.FormatInt(at, 10), "-x509_strict", "-ign_eof", flag), "")
			if err != nil || !strings.Contains(out, "greetings from us") ||
				!strings.Contains(out, "Verify return code: 0") || !strings.Contains(out, version) {
				t.Errorf("%v\n%s", err, out)
			}
			if !strings.HasSuffix(strings.TrimSpace(out), "closed") {
				t.Errorf("no proper end:\n%s", out)
			}
			if err := <-served; err != nil {
				t.Error(err)
			}
		})
	}
}
