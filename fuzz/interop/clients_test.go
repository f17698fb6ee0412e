package interop

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strings"
	"testing"

	"tlsengine/fuzz/peers"
)

const exportLabel, exportLength = "EXPORTER-interop", 32

// remoteClient is somebody else's client.
type remoteClient struct {
	name    string
	program string // for peers.Need
	can     can
	// command connects to addr, with the client's certificate if there is one, and prints what the server answers to request.
	command func(c clientSetup) []string
	request string
	exports bool // it prints keying material for exportLabel
	closes  bool // it closes first; gnutls-cli, when the server does, ends without a close_notify of its own
}

// clientSetup is what a client is started with.
type clientSetup struct {
	addr string
	id   *identity // nil: no certificate
	root string
}

func (c clientSetup) port() string {
	_, port, _ := net.SplitHostPort(c.addr)
	return port
}

const greeting = "the quick brown fox\n"

var (
	opensslClient = remoteClient{name: "openssl s_client", program: "openssl", can: openSSL, command: sClient, request: greeting, exports: true}
	gnutlsClient  = remoteClient{name: "gnutls-cli", program: "gnutls-cli", can: gnuTLS, command: gnutlsCli, request: greeting, exports: true, closes: true}
	curlClient    = remoteClient{name: "curl", program: "curl", can: openSSL, command: curl}
	sslClient     = remoteClient{name: "python ssl", program: "python3", can: openSSL, command: pythonClient, request: greeting}
)

// remoteClients are those that start fast enough to be started for each row.
var remoteClients = []remoteClient{opensslClient, gnutlsClient, curlClient}

// handle is what our server does with the client.
func (r remoteClient) handle() handler {
	if r.closes {
		return answerAndWait
	}
	return answerOnce
}

func sClient(c clientSetup) []string {
	args := []string{"s_client", "-connect", c.addr, "-CAfile", c.root, "-verify_return_error", "-verify_hostname", serverName, "-servername", serverName,
		"-groups", opensslGroups, "-alpn", otherProtocol + "," + protocol, "-ign_eof",
		"-keymatexport", exportLabel, "-keymatexportlen", fmt.Sprint(exportLength)}
	if c.id != nil {
		args = append(args, "-cert", c.id.leafFile, "-cert_chain", c.id.chainFile, "-key", c.id.keyFile)
	}
	return args
}

func gnutlsCli(c clientSetup) []string {
	args := []string{"--port", c.port(), "--x509cafile", c.root, "--verify-hostname", serverName, "--sni-hostname", serverName,
		"--alpn", otherProtocol, "--alpn", protocol, "--keymatexport", exportLabel, "--keymatexportsize", fmt.Sprint(exportLength)}
	if c.id != nil {
		args = append(args, "--x509certfile", c.id.chainFile, "--x509keyfile", c.id.keyFile)
	}
	return append(args, "127.0.0.1")
}

func curl(c clientSetup) []string {
	// The curves are curl's own default list with P-521 added.
	args := []string{"--silent", "--show-error", "--cacert", c.root, "--curves", opensslGroups}
	if c.id != nil {
		args = append(args, "--cert", c.id.chainFile, "--key", c.id.keyFile)
	}
	return append(args, "https://"+serverName+":"+c.port()+"/", "--resolve", serverName+":"+c.port()+":127.0.0.1")
}

func pythonClient(c clientSetup) []string {
	return []string{"testdata/client.py", c.root, serverName, otherProtocol, protocol, c.pythonJob()}
}

// pythonJob is one connection of client.py.
func (c clientSetup) pythonJob() string {
	if c.id == nil {
		return c.port()
	}
	return strings.Join([]string{c.port(), c.id.chainFile, c.id.keyFile}, ",")
}

// run starts the client and returns what it printed when it has ended.
func (r remoteClient) run(t *testing.T, addr string, client keyName) (string, error) {
	t.Helper()
	p := newPKI(t)
	setup := clientSetup{addr: addr, root: p.rootFile}
	if client != "" {
		setup.id = p.identities[client]
	}
	return peers.Run(t, exec.Command(peers.Need(t, r.program), r.command(setup)...), r.request)
}

// TestServerAgainstClients shows that other people's clients accept our server, whatever of theirs it insists on, and that they
// export the same keying material.
func TestServerAgainstClients(t *testing.T) {
	for _, remote := range remoteClients {
		t.Run(remote.name, func(t *testing.T) {
			peers.Need(t, remote.program)
			each(t, remote.can.rows(t), func(t *testing.T, r row) {
				s := serve(t, r.serverConfig(t), remote.handle())
				output, err := remote.run(t, s.addr, r.client)
				if err != nil {
					t.Error(err)
				}
				if !strings.Contains(output, greeting) {
					t.Errorf("the answer is not in its output")
				}
				result := s.wait(t)
				if result.err != nil {
					t.Fatal(result.err)
				}
				r.check(t, result.link.conn.Info())
				if remote.exports {
					checkExport(t, result.exported, output)
				}
			})
		})
	}
}

// TestServerAgainstPython is TestServerAgainstClients for Python, which starts slowly: one process goes through all rows.
func TestServerAgainstPython(t *testing.T) {
	python := peers.Need(t, sslClient.program)
	p := newPKI(t)
	rows := sslClient.can.rows(t)
	command := pythonClient(clientSetup{root: p.rootFile})
	command = command[:len(command)-1]
	servers := map[row]*server{}
	for _, r := range rows {
		s := serve(t, r.serverConfig(t), answerOnce)
		servers[r] = s
		command = append(command, clientSetup{addr: s.addr, id: p.identities[r.client]}.pythonJob())
	}
	output, err := peers.Run(t, exec.Command(python, command...), greeting)
	if n := strings.Count(output, greeting); err != nil || n != len(rows) {
		t.Errorf("%d of %d answers are in its output: %v", n, len(rows), err)
	}
	each(t, rows, func(t *testing.T, r row) {
		result := servers[r].wait(t)
		if result.err != nil {
			t.Fatal(result.err)
		}
		r.check(t, result.link.conn.Info())
	})
}

// answerOnce answers once, closes, and waits for the peer to do the same.
func answerOnce(l *link) error {
	if err := answer(l); err != nil {
		return err
	}
	return l.finish()
}

// answerAndWait is answerOnce with the peer closing first.
func answerAndWait(l *link) error {
	if err := answer(l); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, l); err != nil {
		return err
	}
	return l.finish()
}

// answer answers a line with itself, and an HTTP request with a page that holds the greeting.
func answer(l *link) error {
	r := bufio.NewReader(l)
	line, err := r.ReadString('\n')
	if err != nil {
		return err
	}
	answer := line
	if strings.HasPrefix(line, "GET ") {
		answer = page(greeting)
		for line != "\r\n" {
			if line, err = r.ReadString('\n'); err != nil {
				return err
			}
		}
	}
	_, err = l.Write([]byte(answer))
	return err
}

// page is an HTTP response.
func page(body string) string {
	return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", len(body), body)
}

// checkExport looks for our keying material in what the peer printed.
func checkExport(t *testing.T, exported []byte, output string) {
	t.Helper()
	if len(exported) != exportLength {
		t.Fatalf("exported %d bytes", len(exported))
	}
	if !strings.Contains(strings.ToLower(output), hex.EncodeToString(exported)) {
		t.Errorf("the peer doesn't export what we do")
	}
}
