package interop

import (
	"bufio"
	"net"
	"os/exec"
	"strings"
	"testing"

	"tlsengine/fuzz/peers"
	"tlsengine/handshake"
)

// remoteServer is somebody else's server, which answers a line with a line.
type remoteServer struct {
	name    string
	program string // for peers.Need
	can     can
	// command serves on addr with the identity, a request for a client certificate if asked, and ALPN.
	command func(s serverSetup) []string
	answer  func(line string) string
}

// serverSetup is what a server is started with.
type serverSetup struct {
	addr string
	id   *identity
	auth handshake.ClientAuth // AuthNone or AuthOptional
	root string
}

func (s serverSetup) port() string {
	_, port, _ := net.SplitHostPort(s.addr)
	return port
}

var (
	opensslServer = remoteServer{name: "openssl s_server", program: "openssl", can: openSSL, command: sServer, answer: reversed}
	gnutlsServer  = remoteServer{name: "gnutls-serv", program: "gnutls-serv", can: gnuTLS, command: gnutlsServ, answer: same}
	sslServer     = remoteServer{name: "python ssl", program: "python3", can: openSSL, command: pythonServer, answer: same}
)

var remoteServers = []remoteServer{opensslServer, gnutlsServer, sslServer}

func sServer(s serverSetup) []string {
	args := []string{"s_server", "-accept", s.addr, "-cert", s.id.leafFile, "-key", s.id.keyFile, "-cert_chain", s.id.chainFile,
		"-CAfile", s.root, "-alpn", protocol, "-groups", opensslGroups, "-rev"}
	if s.auth != handshake.AuthNone {
		args = append(args, "-verify", "3", "-verify_return_error")
	}
	return args
}

func gnutlsServ(s serverSetup) []string {
	args := []string{"--port", s.port(), "--echo", "--alpn", protocol, "--x509certfile", s.id.chainFile, "--x509keyfile", s.id.keyFile,
		"--x509cafile", s.root}
	if s.auth == handshake.AuthNone {
		return append(args, "--disable-client-cert")
	}
	return append(args, "--verify-client-cert")
}

func pythonServer(s serverSetup) []string {
	verify := "none"
	if s.auth != handshake.AuthNone {
		verify = "optional"
	}
	return []string{"testdata/server.py", s.port(), s.id.chainFile, s.id.keyFile, s.root, verify, protocol}
}

func same(line string) string { return line }

func reversed(line string) string {
	b := []byte(strings.TrimSuffix(line, "\n"))
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	return string(b) + "\n"
}

// start starts the server with an identity and returns its address.
func (r remoteServer) start(t *testing.T, key keyName, auth handshake.ClientAuth) (string, *peers.Process) {
	t.Helper()
	program := peers.Need(t, r.program)
	p := newPKI(t)
	s := serverSetup{addr: peers.FreeAddr(t), id: p.identities[key], auth: auth, root: p.rootFile}
	process := peers.Start(t, exec.Command(program, r.command(s)...))
	process.WaitListening(s.addr)
	return s.addr, process
}

// TestClientAgainstServers shows that other people's servers accept our client, whatever of theirs it insists on.
func TestClientAgainstServers(t *testing.T) {
	for _, remote := range remoteServers {
		t.Run(remote.name, func(t *testing.T) {
			peers.Need(t, remote.program)
			type setup struct {
				key  keyName
				auth handshake.ClientAuth
			}
			running := map[setup]string{} // one process for all rows with the same setup
			for _, r := range byKey(remote.can.rows(t)) {
				s := setup{r.key, handshake.AuthNone}
				if r.client != "" || r.asks {
					s.auth = handshake.AuthOptional
				}
				if running[s] == "" {
					running[s], _ = remote.start(t, s.key, s.auth)
				}
				t.Run(r.String(), func(t *testing.T) {
					l := connect(t, running[s], r.clientConfig(t))
					r.check(t, l.conn.Info())
					talk(t, l, remote.answer)
				})
			}
		})
	}
}

// talk sends a line, compares the answer, and closes.
func talk(t *testing.T, l *link, answer func(string) string) {
	t.Helper()
	defer l.hangUp()
	const line = "the quick brown fox\n"
	if _, err := l.Write([]byte(line)); err != nil {
		t.Fatal(err)
	}
	got, err := bufio.NewReader(l).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	if err := expect(got, answer(line)); err != nil {
		t.Fatal(err)
	}
	if err := l.finish(); err != nil {
		t.Fatal(err)
	}
}
