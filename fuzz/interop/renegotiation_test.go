package interop

import (
	"errors"
	"io"
	"os/exec"
	"testing"

	"tlsengine/cipher"
	"tlsengine/engine"
	"tlsengine/fuzz/peers"
	"tlsengine/handshake"
	"tlsengine/record"
)

var renegotiationRow = row{version: cipher.VersionTLS12, key: p256}

// TestServerRefusesRenegotiation shows that a client that asks for it is told no, by a warning as RFC 5746, Section 4.5 wants.
func TestServerRefusesRenegotiation(t *testing.T) {
	openssl := peers.Need(t, "openssl")
	s := serve(t, renegotiationRow.serverConfig(t), echoLines)
	process := peers.Start(t, exec.Command(openssl, "s_client", "-connect", s.addr, "-CAfile", newPKI(t).rootFile))
	process.WaitOutput("Verify return code: 0")
	if _, err := io.WriteString(process.Input, "R\n"); err != nil {
		t.Fatal(err)
	}
	process.WaitOutput("no renegotiation")
	var e *record.Error
	if err := s.wait(t).err; !errors.As(err, &e) || !e.Remote {
		t.Errorf("%v: want what openssl sends when it is refused", err)
	}
}

// TestClientRefusesRenegotiation is the same with the roles exchanged: gnutls-serv sends a HelloRequest for a line that it
// understands. (It hangs up when it is refused, but by no fault of ours.)
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

// TestServerNegotiatesAgainWithOpenSSL lets s_client ask for it, and talks on.
func TestServerNegotiatesAgainWithOpenSSL(t *testing.T) {
	openssl := peers.Need(t, "openssl")
	config := renegotiationRow.serverConfig(t)
	config.Renegotiation = handshake.RenegotiationFreely
	s := serve(t, config, echoLines)
	process := peers.Start(t, exec.Command(openssl, "s_client", "-tls1_2", "-connect", s.addr, "-CAfile", newPKI(t).rootFile))
	typeSteps(t, process, []step{{"one\n", "one"}, {"R\n", "RENEGOTIATING"}, {"two\n", "two"}, {"R\n", "RENEGOTIATING"}, {"three\n", "three"}})
	process.Input.Close()
	served := s.wait(t)
	if served.err != nil || served.link.conn.Info().Renegotiations != 2 {
		t.Errorf("%v, %d renegotiations", served.err, served.link.conn.Info().Renegotiations)
	}
}

// TestClientNegotiatesAgainWithGnuTLS follows the HelloRequest of gnutls-serv.
func TestClientNegotiatesAgainWithGnuTLS(t *testing.T) {
	addr, process := gnutlsServer.start(t, p256, handshake.AuthNone)
	config := renegotiationRow.clientConfig(t)
	config.Renegotiation = handshake.RenegotiationFreely
	l := connect(t, addr, config)
	if _, err := io.WriteString(l, "**REHANDSHAKE**\n"); err != nil {
		t.Fatal(err)
	}
	process.WaitOutput("Sending rehandshake request")
	var err error
	for l.conn.Err() == nil && err == nil {
		for l.conn.Read(make([]byte, 100)) > 0 { // the server says a few words first
		}
		l.conn.Resume()
		if err = l.flush(); l.conn.Info().Renegotiations > 0 {
			break
		}
		if err == nil {
			err = l.receive()
		}
	}
	if err != nil || l.conn.Err() != nil {
		t.Errorf("%v, %v", err, l.conn.Err())
	}
}
