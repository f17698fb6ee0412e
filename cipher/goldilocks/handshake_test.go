package goldilocks

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tlsengine/cipher"
	"tlsengine/engine"
	"tlsengine/fuzz/peers"
	"tlsengine/handshake"
	"tlsengine/x509lite"
)

// The test of whole connections: X448 to agree, Ed448 to authenticate both ends, in the versions that have them, in both roles
// against OpenSSL, which has had them for years.

const host = "localhost"

// opensslVersions are the versions, and the options that leave OpenSSL no other.
var opensslVersions = map[cipher.Version]string{cipher.VersionTLS12: "-tls1_2", cipher.VersionTLS13: "-tls1_3"}

// identity makes a certificate that signs itself, in a folder, and the configuration of an end that has it, trusts it and asks
// for it.
func identity(t *testing.T, folder string) *engine.Config {
	t.Helper()
	openssl(t, folder, "req", "-x509", "-newkey", "ed448", "-nodes", "-keyout", "key.pem", "-out", "cert.pem", "-subj", "/CN="+host,
		"-addext", "subjectAltName=DNS:"+host)
	read := func(name string) []byte {
		b, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	chain, err := x509lite.ParseCertificatesPEM(read("cert.pem"))
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509lite.ParsePrivateKeyPEM(read("key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	credential, err := handshake.NewCredential(chain, key, nil)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509lite.NewPool()
	roots.Add(chain[0])
	return &engine.Config{
		Credentials: []*handshake.Credential{credential}, Roots: roots, ClientAuth: handshake.AuthRequired,
		Groups: []cipher.GroupID{cipher.X448}, Schemes: []cipher.SignatureScheme{cipher.Ed448},
	}
}

// opensslEnd are the arguments of s_server and s_client for the identity.
func opensslEnd(v cipher.Version) []string {
	return []string{opensslVersions[v], "-groups", "X448", "-cert", "cert.pem", "-key", "key.pem", "-CAfile", "cert.pem", "-verify_return_error"}
}

// eachVersion runs a test with the identity and each version.
func eachVersion(t *testing.T, test func(t *testing.T, v cipher.Version, folder string, params *engine.Params)) {
	folder := t.TempDir()
	config := identity(t, folder)
	for v := range opensslVersions {
		config.MinVersion, config.MaxVersion = v, v
		params, err := config.Freeze()
		if err != nil {
			t.Fatal(err)
		}
		t.Run(v.String(), func(t *testing.T) { test(t, v, folder, params) })
	}
}

func TestClientAgainstOpenSSL(t *testing.T) {
	eachVersion(t, func(t *testing.T, v cipher.Version, folder string, params *engine.Params) {
		addr := peers.FreeAddr(t)
		command := exec.Command(peers.Need(t, "openssl"), append([]string{"s_server", "-accept", addr, "-rev", "-Verify", "1"}, opensslEnd(v)...)...)
		command.Dir = folder
		peers.Start(t, command).WaitListening(addr)
		tcp, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer tcp.Close()
		c, err := engine.Client(params, engine.Options{ServerName: host})
		if err != nil {
			t.Fatal(err)
		}
		if got := converse(t, c, tcp, "olleh\n"); got != "hello\n" {
			t.Errorf("the answer is %q", got)
		}
	})
}

func TestServerAgainstOpenSSL(t *testing.T) {
	eachVersion(t, func(t *testing.T, v cipher.Version, folder string, params *engine.Params) {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
		command := exec.Command(peers.Need(t, "openssl"), append([]string{"s_client", "-connect", listener.Addr().String(), "-servername", host,
			"-ign_eof"}, opensslEnd(v)...)...)
		command.Dir = folder
		command.Stdin = strings.NewReader("hello\n")
		client := peers.Start(t, command)
		tcp, err := listener.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer tcp.Close()
		s, err := engine.Server(params, engine.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := converse(t, s, tcp, "good day\n"); got != "hello\n" {
			t.Errorf("the client said %q", got)
		}
		tcp.Close()
		client.Wait()
		if !strings.Contains(client.Output(), "good day") {
			t.Error("the client didn't get the answer")
		}
	})
}

// converse runs the handshake, checks what was agreed on, says one line and returns the peer's.
func converse(t *testing.T, c *engine.Conn, tcp net.Conn, line string) string {
	t.Helper()
	tcp.SetDeadline(time.Now().Add(20 * time.Second))
	if err := carry(c, tcp, func() bool { return c.Status().Has(engine.HandshakeDone) }); err != nil {
		t.Fatal(err)
	}
	i := c.Info()
	if i.Group.ID != cipher.X448 || i.LocalScheme != cipher.Ed448 || i.PeerScheme != cipher.Ed448 {
		t.Errorf("agreed in %v, signed with %v, the peer with %v", i.Group.ID, i.LocalScheme, i.PeerScheme)
	}
	c.Write([]byte(line))
	var got []byte
	whole := func() bool {
		got = append(got, c.Peek()...)
		c.Discard(len(c.Peek()))
		return strings.HasSuffix(string(got), "\n")
	}
	if err := errors.Join(carry(c, tcp, whole), c.Err()); err != nil {
		t.Fatal(err)
	}
	c.CloseWrite()
	tcp.Write(c.Outgoing())
	return string(got)
}

// carry moves bytes between the connection and its socket until it is done.
func carry(c *engine.Conn, tcp net.Conn, done func() bool) error {
	for {
		for out := c.Outgoing(); len(out) > 0; out = c.Outgoing() {
			n, err := tcp.Write(out)
			if c.Sent(n); err != nil {
				return err
			}
		}
		if c.Err() != nil || done() && len(c.Outgoing()) == 0 {
			return c.Err()
		}
		n, err := tcp.Read(c.Buffer())
		if c.Commit(n); err != nil {
			return err
		}
	}
}
