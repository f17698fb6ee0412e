package interop

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tlsengine/cipher"
	"tlsengine/engine"
	"tlsengine/fuzz/peers"
	"tlsengine/handshake"
)

var updateRow = row{version: cipher.VersionTLS13, key: p256}

// count is how many messages of a type a connection has seen.
type count struct {
	of      handshake.MessageType
	in, out atomic.Int32
}

func countOf(t handshake.MessageType) *count { return &count{of: t} }

func (c *count) trace() *engine.Trace {
	return &engine.Trace{Message: func(d engine.Direction, m handshake.MessageType, _ []byte) {
		switch {
		case m != c.of:
		case d == engine.Inbound:
			c.in.Add(1)
		default:
			c.out.Add(1)
		}
	}}
}

func (c *count) check(t *testing.T, in, out int32) {
	t.Helper()
	if c.in.Load() != in || c.out.Load() != out {
		t.Errorf("of %v %d came and %d went, want %d and %d", c.of, c.in.Load(), c.out.Load(), in, out)
	}
}

// Lines that have an end of ours update its keys before it answers, and one after which it closes without waiting.
const updateLine, askLine, byeLine = "update\n", "ask\n", "bye\n"

// echoLines answers each line with itself until the peer closes.
func echoLines(l *link) error {
	for r := bufio.NewReader(l); ; {
		line, err := r.ReadString('\n')
		if errors.Is(err, io.EOF) {
			return l.finish()
		}
		if line == byeLine {
			return l.closeWrite()
		}
		if err == nil && (line == updateLine || line == askLine) {
			err = l.updateKeys(line == askLine)
		}
		if err == nil && line == certifyLine {
			err = l.together(l.conn.RequestCertificate)
		}
		if err == nil {
			_, err = l.Write([]byte(line))
		}
		if err == nil && line == againLine {
			err = l.together(l.conn.Renegotiate)
		}
		if err != nil {
			return err
		}
	}
}

// step is something typed at a client and what it prints then: nothing that is in what it tells of the connection as well, such as "None".
type step struct{ send, await string }

// typeSteps types one after the other.
func typeSteps(t *testing.T, process *peers.Process, steps []step) {
	t.Helper()
	seen := 0
	for _, s := range steps {
		if _, err := io.WriteString(process.Input, s.send); err != nil {
			t.Fatal(err)
		}
		waitNext(t, process, s.await, &seen)
	}
}

// updatingClients are the clients that can be told to update their keys while they talk.
var updatingClients = []struct {
	name, program string
	command       func(clientSetup) []string
	steps         []step
	in, out       int32 // KeyUpdates that our server gets and sends
}{
	{
		"openssl s_client", "openssl", func(c clientSetup) []string {
			return []string{"s_client", "-connect", c.addr, "-CAfile", c.root, "-verify_return_error"}
		},
		[]step{
			{"line one\n", "line one"}, {"k\n", "KEYUPDATE"}, {"two\n", "two"}, {"K\n", "KEYUPDATE"}, {"three\n", "three"},
			{updateLine, "update"}, {askLine, "ask"}, {"four\n", "four"},
		}, 3, 3,
	},
	{
		"gnutls-cli", "gnutls-cli", func(c clientSetup) []string {
			return []string{"--port", c.port(), "--x509cafile", c.root, "--verify-hostname", serverName, "--inline-commands", "127.0.0.1"}
		},
		[]step{
			{"line one\n", "line one"}, {"^rekey1^\n", "Rekey was completed"}, {"two\n", "two"}, {"^rekey^\n", "Rekey was completed"}, {"three\n", "three"},
			{updateLine, "update"}, {askLine, "ask"}, {"four\n", "four"},
		}, 3, 3,
	},
}

// TestServerUpdatesKeysWithClients shows KeyUpdates of both kinds in both directions, and data after each.
func TestServerUpdatesKeysWithClients(t *testing.T) {
	for _, remote := range updatingClients {
		t.Run(remote.name, func(t *testing.T) {
			program := peers.Need(t, remote.program)
			updates := countOf(handshake.TypeKeyUpdate)
			config := updateRow.serverConfig(t)
			config.Trace = updates.trace()
			s := serve(t, config, echoLines)
			process := peers.Start(t, exec.Command(program, remote.command(clientSetup{addr: s.addr, root: newPKI(t).rootFile})...))
			typeSteps(t, process, remote.steps)
			process.Input.Close()
			if err := s.wait(t).err; err != nil {
				t.Fatal(err)
			}
			updates.check(t, remote.in, remote.out)
		})
	}
}

// waitNext waits for text in what the process prints behind what has been seen.
func waitNext(t *testing.T, p *peers.Process, text string, seen *int) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		if i := strings.Index(p.Output()[*seen:], text); i >= 0 {
			*seen += i + len(text)
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%q isn't printed", text)
		}
	}
}

// TestClientUpdatesKeysWithOpenSSL is the same with the roles exchanged.
func TestClientUpdatesKeysWithOpenSSL(t *testing.T) {
	openssl := peers.Need(t, "openssl")
	p := newPKI(t)
	addr := peers.FreeAddr(t)
	process := peers.Start(t, exec.Command(openssl, "s_server", "-accept", addr, "-cert", p.identities[p256].chainFile,
		"-cert_chain", p.identities[p256].chainFile, "-key", p.identities[p256].keyFile))
	process.WaitListening(addr)
	updates := countOf(handshake.TypeKeyUpdate)
	config := updateRow.clientConfig(t)
	config.Trace = updates.trace()
	l := connect(t, addr, config)
	process.WaitOutput("CIPHER is") // from here on it reads its commands
	lines := make(chan string, 10)
	ended := make(chan error, 1)
	go func() { ended <- readLines(l, lines) }()
	typed := typist{t, process}
	typed.line("one", lines)
	typed.command("k", updates, 1)
	typed.line("two", lines)
	typed.command("K", updates, 2)
	typed.line("three", lines)
	for i, ask := range []bool{false, true} {
		if err := l.updateKeys(ask); err != nil {
			t.Fatal(err)
		}
		said := fmt.Sprintf("said after update %d", i)
		if _, err := io.WriteString(l, said+"\n"); err != nil {
			t.Fatal(err)
		}
		process.WaitOutput(said)
	}
	typed.line("four", lines)
	if err := errors.Join(l.closeWrite(), <-ended); err != nil {
		t.Fatal(err)
	}
	updates.check(t, 3, 3)
}

// readLines passes on each line until the peer closes.
func readLines(l *link, lines chan<- string) error {
	for r := bufio.NewReader(l); ; {
		line, err := r.ReadString('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		lines <- line
	}
}

// typist types at s_server, which takes what one read gives it for one thing: a command, if it begins with its letter, or text.
type typist struct {
	t       *testing.T
	process *peers.Process
}

// line types text, which must come to us.
func (y typist) line(text string, lines <-chan string) {
	y.t.Helper()
	if _, err := io.WriteString(y.process.Input, text+"\n"); err != nil {
		y.t.Fatal(err)
	}
	select {
	case got := <-lines:
		if err := expect(got, text+"\n"); err != nil {
			y.t.Fatal(err)
		}
	case <-time.After(patience):
		y.t.Fatalf("%q doesn't come", text)
	}
}

// command types a command, and waits until so many messages have come.
func (y typist) command(letter string, messages *count, in int32) {
	y.t.Helper()
	if _, err := io.WriteString(y.process.Input, letter+"\n"); err != nil {
		y.t.Fatal(err)
	}
	for deadline := time.Now().Add(patience); messages.in.Load() < in; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			y.t.Fatalf("of %v %d came, want %d", messages.of, messages.in.Load(), in)
		}
	}
}

// TestClientUpdatesKeysWithGnuTLS has gnutls-serv answer our updates, and makes it ask for one by a line that it understands.
func TestClientUpdatesKeysWithGnuTLS(t *testing.T) {
	addr, _ := gnutlsServer.start(t, p256, handshake.AuthNone)
	updates := countOf(handshake.TypeKeyUpdate)
	config := updateRow.clientConfig(t)
	config.Trace = updates.trace()
	l := connect(t, addr, config)
	for _, ask := range []bool{false, true} {
		if err := l.updateKeys(ask); err != nil {
			t.Fatal(err)
		}
		say(t, l, "one", "one")
	}
	say(t, l, "**REHANDSHAKE**", "Successfully executed command")
	say(t, l, "two", "two") // before it goes the answer to the server's update_requested
	if err := l.finish(); err != nil {
		t.Fatal(err)
	}
	updates.check(t, 2, 3)
}

// say sends a line and compares the answer.
func say(t *testing.T, l *link, line, want string) {
	t.Helper()
	_, err := io.WriteString(l, line+"\n")
	got := make([]byte, len(want)+1)
	if err == nil {
		_, err = io.ReadFull(l, got)
	}
	if err == nil {
		err = expect(string(got), want+"\n")
	}
	if err != nil {
		t.Fatal(err)
	}
}

// updatingWriter updates the keys with every write, and asks for the same with every other one.
type updatingWriter struct {
	*link
	writes int
}

func (w *updatingWriter) Write(p []byte) (int, error) {
	w.writes++
	if err := w.updateKeys(w.writes%2 == 0); err != nil {
		return 0, err
	}
	return w.link.Write(p)
}

// TestUpdatesKeysDuringExchangeWithGo shows KeyUpdates in the middle of data that goes both ways at once. (crypto/tls of Go 1.26
// must not have closed its write half when it is asked for an update: it can't answer then, and leaves its read keys as they
// were.)
func TestUpdatesKeysDuringExchangeWithGo(t *testing.T) {
	updates := countOf(handshake.TypeKeyUpdate)
	config := updateRow.serverConfig(t)
	config.Trace = updates.trace()
	s := serve(t, config, func(l *link) error {
		if err := exchange(&updatingWriter{link: l}); err != nil {
			return err
		}
		return l.finish()
	})
	tcp, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	err = exchangeStd(tls.Client(withDeadline(tcp), updateRow.stdClient(t)))
	if err := errors.Join(s.wait(t).err, err); err != nil {
		t.Fatal(err)
	}
	if in, out := updates.in.Load(), updates.out.Load(); in == 0 || out < 10 {
		t.Errorf("%d KeyUpdates came and %d went", in, out)
	}
}
