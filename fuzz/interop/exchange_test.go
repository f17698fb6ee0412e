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

// exchange sends the stream and closes the write half while another goroutine reads to the other end's close, and
// compares what comes with the stream.
func exchange(c io.ReadWriter, closeWrite func() error) error {
	sent := make(chan error, 1)
	go func() {
		err := sendStream(c)
		if err == nil {
			err = closeWrite()
		}
		sent <- err
	}()
	got, err := io.ReadAll(c)
	if err == nil {
		err = expectStream(got)
	}
	return errors.Join(err, <-sent)
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

// exchangeExactly is exchange with a peer that doesn't close before we do: after the stream's length we close, and it
// must. A peer that speaks HTTP gets the stream as its page.
func exchangeExactly(l *link) error {
	r := bufio.NewReader(l)
	head := ""
	if start, err := r.Peek(5); err != nil {
		return err
	} else if string(start) == "POST " {
		for line := ""; line != "\r\n"; {
			if line, err = r.ReadString('\n'); err != nil {
				return err
			}
		}
		head, _, _ = strings.Cut(page(string(stream())), string(stream()))
	}
	sent := make(chan error, 1)
	go func() {
		_, err := io.WriteString(l, head)
		if err == nil {
			err = sendStream(l)
		}
		sent <- err
	}()
	got := make([]byte, exchangeSize)
	_, err := io.ReadFull(r, got)
	if err == nil {
		err = expectStream(got)
	}
	if err := errors.Join(err, <-sent); err != nil {
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
				s := serve(t, row{version: v, key: p256}.serverConfig(t), exchangeExactly)
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
				if err := exchange(l, l.closeWrite); err != nil {
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
			sent := make(chan error, 1)
			go func() { sent <- sendStream(l) }()
			got := make([]byte, exchangeSize)
			_, err := io.ReadFull(l, got)
			if err == nil {
				err = expectStream(got)
			}
			if err := errors.Join(err, <-typed, <-sent); err != nil {
				t.Fatal(err)
			}
			process.WaitOutput(string(stream()))
			if err := l.finish(); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestClientExportsAsOpenSSL compares keying material with what s_server prints.
func TestClientExportsAsOpenSSL(t *testing.T) {
	openssl := peers.Need(t, "openssl")
	id := newPKI(t).identities[p256]
	addr := peers.FreeAddr(t)
	process := peers.Start(t, exec.Command(openssl, "s_server", "-accept", addr, "-cert", id.leafFile, "-cert_chain", id.chainFile, "-key", id.keyFile,
		"-keymatexport", exportLabel, "-keymatexportlen", fmt.Sprint(exportLength)))
	process.WaitListening(addr)
	for _, v := range versions {
		t.Run(v.String(), func(t *testing.T) {
			l := connect(t, addr, row{version: v, key: p256}.clientConfig(t))
			exported, err := l.conn.Export(exportLabel, nil, exportLength)
			if err != nil {
				t.Fatal(err)
			}
			process.WaitOutput(strings.ToUpper(hex.EncodeToString(exported)))
			if err := l.finish(); err != nil {
				t.Error(err)
			}
			l.hangUp()
		})
	}
}
