package interop

import (
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"

	"tlsengine/cipher"
	"tlsengine/engine"
	"tlsengine/fuzz/peers"
	"tlsengine/handshake"
	"tlsengine/record"
)

// This file is our client, which negotiates again with other people's servers before TLS 1.3, because they want to or because it
// does.

// againConfig is the configuration of a client that negotiates again, with a certificate if id is not nil.
func againConfig(t *testing.T, r oldRow, id *identity) *engine.Config {
	t.Helper()
	c := r.with(t, r.row().clientConfig(t))
	c.Renegotiation = handshake.RenegotiationFreely
	if id != nil {
		c.Credentials = []*handshake.Credential{id.credential(t, 0)}
	}
	return c
}

// checkNegotiated looks whether our client has negotiated again so often.
func checkNegotiated(t *testing.T, r oldRow, l *link, often uint32) {
	t.Helper()
	checkAgain(t, r, served{link: l}, often)
}

// TestClientNegotiatesAgainWithOpenSSL: s_server asks at a command, once for our certificate too, and then our client wants to.
func TestClientNegotiatesAgainWithOpenSSL(t *testing.T) {
	id := newPKI(t).identities[rsa]
	for _, v := range oldVersions {
		for name, own := range map[string]*identity{"certificate": id, "none": nil} {
			t.Run(v.String()+" "+name, func(t *testing.T) {
				r := oldRow{v, againSuite}
				remote := opensslServer
				remote.command = func(s serverSetup) []string {
					args := []string{"s_server", "-accept", s.addr, "-cert", s.id.leafFile, "-key", s.id.keyFile, "-cert_chain", s.id.chainFile,
						"-CAfile", s.root, "-client_renegotiation"}
					return append(args, opensslOld(v, againSuite.OpenSSL)...)
				}
				addr, process := remote.start(t, rsa, handshake.AuthNone)
				config := againConfig(t, r, own)
				hellos := countOf(handshake.TypeHelloRequest)
				config.Trace = hellos.trace()
				l := connect(t, addr, config)
				process.WaitOutput("CIPHER is") // from here on it reads its commands
				lines, ended := make(chan string, 10), make(chan error, 1)
				go func() { ended <- readLines(l, lines) }()
				typed := typist{t, process}
				typed.line("one", lines)
				typed.command("r", hellos, 1)
				typed.line("two", lines)
				typed.command("R", hellos, 2)
				typed.line("three", lines)
				if err := errors.Join(l.closeWrite(), <-ended); err != nil {
					t.Fatal(err)
				}
				checkNegotiated(t, r, l, 2)
				if shown := l.conn.Info().Credential; (shown != nil) != (own != nil) {
					t.Errorf("our client says that it has shown %v", shown)
				}
			})
		}
	}
}

// TestClientAsksServersForAnotherHandshake: those that take that, in the middle of a talk.
func TestClientAsksServersForAnotherHandshake(t *testing.T) {
	openssl, gnutls := opensslServer, gnutlsServer
	for _, v := range oldVersions {
		openssl.command = func(s serverSetup) []string {
			return append(append(sServer(s), "-client_renegotiation"), opensslOld(v, againSuite.OpenSSL)...)
		}
		gnutls.command = func(s serverSetup) []string { return append(gnutlsServ(s), "--priority", gnutlsPriority(v)) }
		for _, remote := range []remoteServer{openssl, gnutls} {
			t.Run(remote.name+" "+v.String(), func(t *testing.T) {
				addr, _ := remote.start(t, rsa, handshake.AuthNone)
				r := oldRow{v, againSuite}
				l := connect(t, addr, againConfig(t, r, nil))
				say(t, l, "one", strings.TrimSpace(remote.answer("one\n")))
				for range 2 {
					if err := l.together(l.conn.Renegotiate); err != nil {
						t.Fatal(err)
					}
					say(t, l, "two", strings.TrimSpace(remote.answer("two\n")))
				}
				checkNegotiated(t, r, l, 2)
			})
		}
	}
}

// TestClientIsRefusedAnotherHandshake: OpenSSL takes none unless it is told to; who has asked can't go on.
func TestClientIsRefusedAnotherHandshake(t *testing.T) {
	addr, _ := opensslServer.start(t, rsa, handshake.AuthNone)
	l := connect(t, addr, againConfig(t, oldRow{cipher.VersionTLS12, cipher.SuiteByID(cipher.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256)}, nil))
	err := l.together(l.conn.Renegotiate)
	refusal{reason: record.ReasonNoRenegotiation, alert: record.AlertHandshakeFailure}.check(t, errors.Join(err, l.conn.Err()))
}

// TestClientNegotiatesAgainWithGnuTLS follows the HelloRequest of gnutls-serv, with its certificate and without.
func TestClientNegotiatesAgainWithGnuTLS(t *testing.T) {
	for _, v := range oldVersions {
		for name, auth := range map[string]handshake.ClientAuth{"certificate": handshake.AuthOptional, "none": handshake.AuthNone} {
			t.Run(v.String()+" "+name, func(t *testing.T) {
				remote := gnutlsServer
				remote.command = func(s serverSetup) []string { return append(gnutlsServ(s), "--priority", gnutlsPriority(v)) }
				addr, _ := remote.start(t, rsa, auth)
				r := oldRow{v, againSuite}
				l := connect(t, addr, againConfig(t, r, newPKI(t).identities[rsa]))
				for i := range uint32(2) {
					say(t, l, "**REHANDSHAKE**", "Successfully executed command")
					if err := l.await(func() bool { return l.conn.Info().Renegotiations > i }); err != nil {
						t.Fatal(err)
					}
					say(t, l, "two", "two")
				}
				checkNegotiated(t, r, l, 2)
				if shown := l.conn.Info().Credential; (shown != nil) != (auth == handshake.AuthOptional) {
					t.Errorf("our client says that it has shown %v", shown)
				}
			})
		}
	}
}

// TestClientNegotiatesAgainWithNSS: selfserv has read a request, and wants a certificate before it answers. SSL 3.0 has no peer
// but this.
func TestClientNegotiatesAgainWithNSS(t *testing.T) {
	program := peers.Need(t, "selfserv")
	store := nssStore(t, newPKI(t).identities[rsa])
	for _, v := range append([]cipher.Version{cipher.VersionSSL30}, oldVersions...) {
		r := oldRow{v, cipher.SuiteByID(cipher.TLS_RSA_WITH_AES_128_CBC_SHA)}
		setup := serverSetup{addr: peers.FreeAddr(t)}
		args := append(nssOnly(v, r.suite), "-d", "sql:"+store, "-n", nssName, "-p", setup.port(), "-v", "-r", "-r", "-r")
		process := peers.Start(t, exec.Command(program, args...))
		process.WaitListening(setup.addr)
		for name, own := range map[string]*identity{"certificate": newPKI(t).identities[p256], "none": nil} {
			t.Run(v.String()+" "+name, func(t *testing.T) {
				if own != nil && v == cipher.VersionSSL30 {
					own = newPKI(t).identities[rsa] // it has no ECC
				}
				l := connect(t, setup.addr, againConfig(t, r, own))
				askNSS(t, l)
				checkNegotiated(t, r, l, 1)
				if own != nil {
					process.WaitOutput("Certificate Validated")
				}
			})
		}
	}
}

// TestClientRefusesRenegotiation: gnutls-serv sends a HelloRequest for a line that it understands. (It hangs up when it is
// refused, but by no fault of ours.)
func TestClientRefusesRenegotiation(t *testing.T) {
	addr, process := gnutlsServer.start(t, p256, handshake.AuthNone)
	l := connect(t, addr, renegotiationRow.clientConfig(t))
	if _, err := io.WriteString(l, "**REHANDSHAKE**\n"); err != nil {
		t.Fatal(err)
	}
	process.WaitOutput("Sending rehandshake request")
	read := make(chan error, 1)
	go func() {
		_, err := io.Copy(io.Discard, l) // takes the HelloRequest, and sends the warning
		read <- err
	}()
	process.WaitOutput("A TLS warning alert has been received")
	if err := <-read; !errors.Is(err, engine.ErrTruncated) {
		t.Errorf("%v: gnutls-serv hangs up after a warning", err)
	}
	if err := l.conn.Err(); err != nil {
		t.Errorf("our refusal ended the connection: %v", err)
	}
}
