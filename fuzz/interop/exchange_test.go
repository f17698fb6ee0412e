package interop

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"tlsengine/fuzz/peers"
	"tlsengine/handshake"
)

const exchangeSize = 1 << 20

// stream returns the exchangeSize bytes that both ends send: random digits in lines, since gnutls-serv echoes text.
var stream = sync.OnceValue(func() []byte {
	raw := make([]byte, exchangeSize/2)
	rand.NewChaCha8([32]byte{1, 2, 3}).Read(raw)
	text := hex.AppendEncode(nil, raw)
	for i := 63; i < len(text); i += 64 {
		text[i] = '\n'
	}
	return text
})

// exchange sends the stream while another goroutine reads as much, and compares the contents. It closes nothing: in TLS 1.2
// the first close_notify ends both directions (RFC 5246, Section 7.2.1).
func exchange(c io.ReadWriter) error {
	sent := make(chan error, 1)
	go func() { sent <- sendStream(c) }()
	got := make([]byte, exchangeSize)
	n, err := io.ReadFull(c, got)
	if err == nil {
		err = expectStream(got[:n])
	}
	return errors.Join(err, <-sent)
}

// exchangeAndFinish is exchange by one of our ends, which closes when all is there.
func exchangeAndFinish(l *link) error {
	if err := exchange(l); err != nil {
		return err
	}
	return l.finish()
}

// sendStream sends the stream in pieces from one byte to several records.
func sendStream(w io.Writer) error {
	sizes := rand.New(rand.NewPCG(1, 2))
	for rest := stream(); len(rest) > 0; {
		n := min(1+sizes.IntN(70000), len(rest))
		if _, err := w.Write(rest[:n]); err != nil {
			return err
		}
		rest = rest[n:]
	}
	return nil
}

func expectStream(got []byte) error {
	if !bytes.Equal(got, stream()) {
		return fmt.Errorf("%d bytes came, and not the %d that were sent", len(got), exchangeSize)
	}
	return nil
}

// takeAndGive reads the stream as the body of a request by POST, and sends it as the page.
func takeAndGive(l *link) error {
	r := bufio.NewReader(l)
	for line := ""; line != "\r\n"; {
		var err error
		if line, err = r.ReadString('\n'); err != nil {
			return err
		}
	}
	got := make([]byte, exchangeSize)
	if _, err := io.ReadFull(r, got); err != nil {
		return err
	}
	if err := expectStream(got); err != nil {
		return err
	}
	if _, err := io.WriteString(l, page(string(stream()))); err != nil {
		return err
	}
	return l.finish()
}

// TestServerExchangesWithClients sends 1 MiB in both directions, at once where the client can, and compares the contents.
func TestServerExchangesWithClients(t *testing.T) {
	curlPost := curlClient
	curlPost.command = func(c clientSetup) []string { return append(curl(c), "--data-binary", "@-", "--header", "Expect:") }
	for _, remote := range []remoteClient{opensslClient, gnutlsClient, curlPost, sslClient} {
		for _, v := range versions {
			t.Run(remote.name+" "+v.String(), func(t *testing.T) {
				peers.Need(t, remote.program)
				handle := exchangeAndFinish
				if remote.program == "curl" {
					handle = takeAndGive
				}
				s := serve(t, row{version: v, key: p256}.serverConfig(t), handle)
				remote.request = string(stream())
				output, err := remote.run(t, s.addr, "")
				if err := errors.Join(err, s.wait(t).err); err != nil {
					t.Error(err)
				}
				if !strings.Contains(output, string(stream())) {
					t.Errorf("the client didn't print what we sent")
				}
			})
		}
	}
}

// TestClientExchangesWithEchoes sends 1 MiB in both directions at once to servers that echo.
func TestClientExchangesWithEchoes(t *testing.T) {
	for _, remote := range []remoteServer{gnutlsServer, sslServer} {
		for _, v := range versions {
			t.Run(remote.name+" "+v.String(), func(t *testing.T) {
				addr, _ := remote.start(t, p256, handshake.AuthNone)
				l := connect(t, addr, row{version: v, key: p256}.clientConfig(t))
				if err := exchangeAndFinish(l); err != nil {
					t.Error(err)
				}
				l.hangUp()
			})
		}
	}
}

// TestClientExchangesWithOpenSSL sends 1 MiB in both directions at once, s_server's from its input and to its output.
func TestClientExchangesWithOpenSSL(t *testing.T) {
	openssl := peers.Need(t, "openssl")
	id := newPKI(t).identities[p256]
	for _, v := range versions {
		t.Run(v.String(), func(t *testing.T) {
			addr := peers.FreeAddr(t)
			process := peers.Start(t, exec.Command(openssl, "s_server", "-quiet", "-accept", addr,
				"-cert", id.leafFile, "-cert_chain", id.chainFile, "-key", id.keyFile))
			process.WaitListening(addr)
			l := connect(t, addr, row{version: v, key: p256}.clientConfig(t))
			typed := make(chan error, 1)
			go func() {
				_, err := process.Input.Write(stream())
				typed <- err
			}()
			if err := errors.Join(exchange(l), <-typed); err != nil {
				t.Fatal(err)
			}
			process.WaitOutput(string(stream()))
			if err := l.finish(); err != nil {
				t.Error(err)
			}
		})
	}
}
