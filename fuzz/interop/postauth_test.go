package interop

import (
	"bufio"
	"errors"
	"io"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"

	"tlsengine/cipher"
	"tlsengine/engine"
	"tlsengine/fuzz/peers"
	"tlsengine/handshake"
	"tlsengine/record"
)

// This file is certificates of clients that are asked for after the handshake of TLS 1.3 (RFC 8446, Section 4.6.2), in both
// roles.

var laterRow = row{version: cipher.VersionTLS13, key: p256}

// lateClient is somebody else's client that offers to show its certificate later, with or without having one, and that can be
// typed at.
type lateClient struct {
	name, program string
	command       func(t *testing.T, addr string, id *identity) []string
	refused       string // what it prints about the alert unknown_ca
	missed        string // and about certificate_required; "" for one that can't offer what it doesn't have
	bye           bool   // it doesn't go when its input ends
}

var lateClients = []lateClient{
	{
		name: "openssl s_client", program: "openssl", refused: "SSL alert number 48", missed: "SSL alert number 116",
		command: func(t *testing.T, addr string, id *identity) []string {
			args := []string{"s_client", "-connect", addr, "-CAfile", newPKI(t).rootFile, "-verify_return_error", "-enable_pha"}
			if id != nil {
				args = append(args, "-cert", id.leafFile, "-cert_chain", id.chainFile, "-key", id.keyFile)
			}
			return args
		},
	},
	{
		name: "gnutls-cli", program: "gnutls-cli", refused: "CA is unknown", missed: "Certificate is required",
		command: func(t *testing.T, addr string, id *identity) []string {
			return append([]string{"--post-handshake-auth"}, gnutlsCli(clientSetup{addr: addr, id: id, root: newPKI(t).rootFile})...)
		},
	},
	{
		name: "python ssl", program: "python3", refused: "TLSV1_ALERT_UNKNOWN_CA", missed: "TLSV13_ALERT_CERTIFICATE_REQUIRED",
		command: func(t *testing.T, addr string, id *identity) []string {
			args := []string{"testdata/talk.py", clientSetup{addr: addr}.port(), newPKI(t).rootFile, serverName}
			if id != nil {
				args = append(args, id.chainFile, id.keyFile)
			}
			return args
		},
	},
	{
		name: "NSS tstclnt", program: "tstclnt", refused: "SSL_ERROR_UNKNOWN_CA_ALERT", bye: true,
		command: func(t *testing.T, addr string, id *identity) []string {
			return []string{"-4", "-h", serverName, "-p", clientSetup{addr: addr}.port(), "-V", "tls1.3:tls1.3", "-d", "sql:" + nssStore(t, id), "-E", "-n", nssName}
		},
	},
}

// start connects the client to our server.
func (c lateClient) start(t *testing.T, s *server, id *identity) *peers.Process {
	t.Helper()
	return peers.Start(t, exec.Command(peers.Need(t, c.program), c.command(t, s.addr, id)...))
}

// can tells whether the client can be started with the identity.
func (c lateClient) can(id *identity) bool { return id != nil || c.missed != "" }

// goAway ends the connection from the client's side, if that can be done.
func (c lateClient) goAway(process *peers.Process) {
	if c.bye {
		io.WriteString(process.Input, byeLine)
		return
	}
	process.Input.Close()
}

// certifyLine makes our server ask for the certificate of the client that sends it, before it answers.
const certifyLine = "certify\n"

var certifySteps = []step{{"line one\n", "line one"}, {certifyLine, "certify"}, {"two\n", "two"}, {certifyLine, "certify"}, {"three\n", "three"}}

// TestServerAsksClientsLater: twice, with data before, between and behind, clients with a certificate and without.
func TestServerAsksClientsLater(t *testing.T) {
	for _, remote := range lateClients {
		for name, id := range map[string]*identity{"certificate": newPKI(t).identities[p256], "none": nil} {
			if !remote.can(id) {
				continue
			}
			t.Run(remote.name+" "+name, func(t *testing.T) {
				peers.Need(t, remote.program)
				config := laterRow.serverConfig(t)
				config.PostHandshakeAuth, config.ClientAuth = true, handshake.AuthOptional
				answers := countOf(handshake.TypeCertificate)
				config.Trace = answers.trace()
				s := serve(t, config, echoLines)
				process := remote.start(t, s, id)
				typeSteps(t, process, certifySteps)
				remote.goAway(process)
				r := s.wait(t)
				if r.err != nil {
					t.Fatal(r.err)
				}
				answers.check(t, 2, 1)
				info := r.link.conn.Info()
				if id == nil {
					if info.PeerChain != nil {
						t.Error("a certificate came from a client that has none")
					}
					return
				}
				if len(info.PeerChain) == 0 || !info.PeerChain[0].Equal(id.chain[0]) || info.Verdict == nil || info.PeerScheme == 0 {
					t.Errorf("%d certificates came, verified: %v, signed with %v",
						len(info.PeerChain), info.Verdict != nil, info.PeerScheme)
				}
			})
		}
	}
}

// TestServerRefusesLateCertificates: a stranger's, and none where there must be one; the client gets to know why.
func TestServerRefusesLateCertificates(t *testing.T) {
	for _, remote := range lateClients {
		for _, r := range []struct {
			refusal
			id *identity
		}{
			{refusal{name: "stranger", reason: record.ReasonCertificateVerifyFailed, alert: record.AlertUnknownCA, printed: remote.refused}, newPKI(t).other},
			{refusal{name: "none", reason: record.ReasonPeerDidNotReturnACertificate, alert: record.AlertCertificateRequired, printed: remote.missed}, nil},
		} {
			if !remote.can(r.id) {
				continue
			}
			t.Run(remote.name+" "+r.name, func(t *testing.T) {
				peers.Need(t, remote.program)
				config := laterRow.serverConfig(t)
				config.PostHandshakeAuth, config.ClientAuth = true, handshake.AuthRequired
				s := serve(t, config, echoLines)
				process := remote.start(t, s, r.id)
				typeSteps(t, process, certifySteps[:2])
				r.check(t, s.wait(t).err)
				io.WriteString(process.Input, "more\n") // Python reads nothing before; others have gone
				process.WaitOutput(r.text())
			})
		}
	}
}

// TestServerCantAskWhoHasNotOffered: it is told so, and the connection goes on.
func TestServerCantAskWhoHasNotOffered(t *testing.T) {
	openssl := peers.Need(t, "openssl")
	config := laterRow.serverConfig(t)
	config.PostHandshakeAuth, config.ClientAuth = true, handshake.AuthRequired
	s := serve(t, config, func(l *link) error {
		if err := l.together(l.conn.RequestCertificate); !errors.Is(err, handshake.ErrNoPostHandshake) {
			t.Errorf("asking says %v", err)
		}
		return echoLines(l)
	})
	process := peers.Start(t, exec.Command(openssl, "s_client", "-connect", s.addr, "-CAfile", newPKI(t).rootFile))
	typeSteps(t, process, certifySteps[:1])
	process.Input.Close()
	if err := s.wait(t).err; err != nil {
		t.Error(err)
	}
}

// midway does something once when half of the stream has been read.
type midway struct {
	*link
	read int
	do   func(*link) error
}

func (m *midway) Read(p []byte) (int, error) {
	if m.do != nil && m.read >= exchangeSize/2 {
		do := m.do
		m.do = nil
		if err := do(m.link); err != nil {
			return 0, err
		}
	}
	n, err := m.link.Read(p)
	m.read += n
	return n, err
}

// askMidway asks for a certificate while data goes both ways, and ends when it is there.
func askMidway(l *link) error {
	err := exchange(&midway{link: l, do: func(l *link) error { return l.together(l.conn.RequestCertificate) }})
	if err == nil {
		err = l.await(func() bool { return len(l.conn.Info().PeerChain) > 0 })
	}
	return errors.Join(err, l.finish())
}

// TestServerAsksDuringExchange: the certificate comes in the middle of 1 MiB in each direction. gnutls-cli is no peer for this: when its
// input has ended it says so at once, and has nothing to answer a request with that it reads behind that.
func TestServerAsksDuringExchange(t *testing.T) {
	remote := opensslClient
	peers.Need(t, remote.program)
	config := laterRow.serverConfig(t)
	config.PostHandshakeAuth, config.ClientAuth = true, handshake.AuthRequired
	s := serve(t, config, askMidway)
	remote.request = string(stream())
	plain := remote.command
	remote.command = func(c clientSetup) []string {
		return append([]string{"s_client", "-enable_pha"}, plain(c)[1:]...)
	}
	output, err := remote.run(t, s.addr, p256)
	r := s.wait(t)
	if err := errors.Join(err, r.err); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(output, string(stream())) || len(r.link.conn.Info().PeerChain) == 0 {
		t.Errorf("the client has %d certificates, and didn't print what we sent", len(r.link.conn.Info().PeerChain))
	}
}

// lateServer is somebody else's server that asks for a certificate later.
type lateServer struct {
	remoteServer
	asks func(t *testing.T, process *peers.Process, l *link, id *identity) // talks with the server, which asks twice
	must bool                                                              // there must be a certificate
}

var lateServers = []lateServer{
	{
		remoteServer{name: "openssl s_server", program: "openssl", command: func(s serverSetup) []string {
			return []string{"s_server", "-accept", s.addr, "-cert", s.id.leafFile, "-cert_chain", s.id.chainFile, "-key", s.id.keyFile, "-CAfile", s.root}
		}}, openSSLAsks, false,
	},
	{gnutlsServer, gnuTLSAsks, true},
	{
		remoteServer{name: "python ssl", program: "python3", command: func(s serverSetup) []string {
			return []string{"testdata/later.py", s.port(), s.id.chainFile, s.id.keyFile, s.root, "optional"}
		}}, pythonAsks, false,
	},
}

// openSSLAsks types at s_server, one of whose commands it is.
func openSSLAsks(t *testing.T, process *peers.Process, l *link, _ *identity) {
	process.WaitOutput("CIPHER is") // from here on it reads its commands
	typed := typist{t, process}
	lines, ended := make(chan string, 10), make(chan error, 1)
	go func() { ended <- readLines(l, lines) }()
	typed.line("one", lines)
	seen := 0
	for _, text := range []string{"two", "three"} {
		if _, err := io.WriteString(process.Input, "c\n"); err != nil {
			t.Fatal(err)
		}
		waitNext(t, process, "SSL_do_handshake -> 1", &seen)
		typed.line(text, lines)
	}
	if err := errors.Join(l.closeWrite(), <-ended); err != nil {
		t.Error(err)
	}
}

// gnuTLSAsks sends gnutls-serv a line that it understands.
func gnuTLSAsks(t *testing.T, _ *peers.Process, l *link, _ *identity) {
	for range 2 {
		say(t, l, "**REAUTH**", "Successfully executed command")
		say(t, l, "two", "two")
	}
	if err := l.finish(); err != nil {
		t.Error(err)
	}
}

// pythonAsks sends a line that testdata/later.py understands, and looks whether it knows the name in our certificate.
func pythonAsks(t *testing.T, _ *peers.Process, l *link, id *identity) {
	name := " None"
	for range 2 {
		say(t, l, "one", "one"+name)
		say(t, l, "certify", "certify"+name)
		if id != nil {
			name = " " + serverName
		}
		say(t, l, "two", "two"+name)
	}
	if err := l.finish(); err != nil {
		t.Error(err)
	}
}

// TestClientIsAskedLater: twice, with data before, between and behind, with a certificate and without.
func TestClientIsAskedLater(t *testing.T) {
	for _, remote := range lateServers {
		for name, id := range map[string]*identity{"certificate": newPKI(t).identities[p384], "none": nil} {
			if id == nil && remote.must {
				continue
			}
			t.Run(remote.name+" "+name, func(t *testing.T) {
				addr, process := remote.start(t, p256, handshake.AuthNone)
				config := lateConfig(t, id)
				answers := countOf(handshake.TypeCertificate)
				config.Trace = answers.trace()
				l := connect(t, addr, config)
				remote.asks(t, process, l, id)
				answers.check(t, 1, 2)
				if shown := l.conn.Info().Credential; (shown != nil) != (id != nil) {
					t.Errorf("our client says that it has shown %v", shown)
				}
			})
		}
	}
}

// lateConfig is our client's, with a certificate or without.
func lateConfig(t *testing.T, id *identity) *engine.Config {
	t.Helper()
	c := laterRow.clientConfig(t)
	c.PostHandshakeAuth = true
	if id != nil {
		c.Credentials = []*handshake.Credential{id.credential(t, 0)}
	}
	return c
}

// TestClientIsAskedLaterByNSS: selfserv asks when it has read a request, and answers then.
func TestClientIsAskedLaterByNSS(t *testing.T) {
	program := peers.Need(t, "selfserv")
	setup := serverSetup{addr: peers.FreeAddr(t)}
	process := peers.Start(t, exec.Command(program, "-V", "tls1.3:tls1.3", "-d", "sql:"+nssStore(t, newPKI(t).identities[p256]), "-n", nssName, "-p", setup.port(),
		"-v", "-E", "-r", "-r", "-r", "-r"))
	process.WaitListening(setup.addr)
	askNSS(t, connect(t, setup.addr, lateConfig(t, newPKI(t).identities[p384])))
	process.WaitOutput("Certificate Validated")

	l := connect(t, setup.addr, lateConfig(t, nil))
	if _, err := io.WriteString(l, "GET /fox HTTP/1.0\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	_, err := io.ReadAll(l)
	refusal{remote: true, reason: record.ReasonReceived(record.AlertCertificateRequired), alert: record.AlertCertificateRequired}.check(t, err)
}

// TestClientIsRefusedLater: what it shows is a stranger's, or nothing where something must be, and it gets to know that.
func TestClientIsRefusedLater(t *testing.T) {
	python := lateServers[2].remoteServer
	python.command = func(s serverSetup) []string {
		return []string{"testdata/later.py", s.port(), s.id.chainFile, s.id.keyFile, s.root, "required"}
	}
	for _, r := range []struct {
		name   string
		remote remoteServer
		id     *identity
		line   string // makes it ask
		alert  record.Alert
	}{
		{"stranger", python, newPKI(t).other, certifyLine, record.AlertUnknownCA},
		{"none", python, nil, certifyLine, record.AlertCertificateRequired},
		{"none", gnutlsServer, nil, "**REAUTH**\n", record.AlertCertificateRequired},
	} {
		t.Run(r.remote.name+" "+r.name, func(t *testing.T) {
			addr, _ := r.remote.start(t, p256, handshake.AuthNone)
			l := connect(t, addr, lateConfig(t, r.id))
			_, err := io.WriteString(l, r.line)
			if err == nil {
				_, err = io.ReadAll(l)
			}
			refusal{remote: true, reason: record.ReasonReceived(r.alert), alert: r.alert}.check(t, err)
			l.hangUp()
		})
	}
}

// TestClientIsAskedDuringExchange: both ends write when the request comes and when it is answered.
func TestClientIsAskedDuringExchange(t *testing.T) {
	addr, _ := lateServers[2].start(t, p256, handshake.AuthNone)
	l := connect(t, addr, lateConfig(t, newPKI(t).identities[p384]))
	var known atomic.Bool // the server has told the name in our certificate
	written, wrote := 0, make(chan error, 1)
	go func() {
		_, err := io.WriteString(l, certifyLine)
		for ; err == nil && !known.Load(); written++ {
			_, err = io.WriteString(l, greeting)
		}
		wrote <- errors.Join(err, l.closeWrite())
	}()
	came := 0
	for r := bufio.NewReader(l); ; came++ {
		line, err := r.ReadString('\n')
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(line, " "+serverName+"\n") {
			known.Store(true)
		}
	}
	if err := <-wrote; err != nil || came != 1+written {
		t.Errorf("%d lines came for %d: %v", came, 1+written, err)
	}
}
