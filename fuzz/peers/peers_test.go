package peers_test

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"tlsengine/fuzz/peers"
)

// The tests run their own binary as the peer: what it does is in this variable's value.
const role = "PEERS_TEST_ROLE"

func TestMain(m *testing.M) {
	switch os.Getenv(role) {
	case "":
		os.Exit(m.Run())
	case "listen":
		listenOnce()
	case "fail":
		os.Stderr.WriteString("something is wrong\n")
		os.Exit(3)
	case "sleep":
		os.Stdout.WriteString("asleep\n")
		time.Sleep(time.Hour)
	case "parent":
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), role+"=listen")
		child.Stdout = os.Stdout
		if err := child.Run(); err != nil {
			panic(err)
		}
	}
}

// listenOnce takes one connection on the address in LISTEN_ADDR, prints what comes, and listens no more.
func listenOnce() {
	l, err := net.Listen("tcp", os.Getenv("LISTEN_ADDR"))
	if err != nil {
		panic(err)
	}
	c, err := l.Accept()
	if err != nil {
		panic(err)
	}
	var b [16]byte
	n, err := c.Read(b[:])
	if err != nil {
		panic("the only connection brought nothing: " + err.Error())
	}
	os.Stdout.WriteString("got " + string(b[:n]) + "\n")
}

func self(t *testing.T, as, addr string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), role+"="+as, "LISTEN_ADDR="+addr)
	return cmd
}

func TestWaitListeningLeavesTheOnlyConnectionToTheTest(t *testing.T) {
	if runtime.GOOS != "linux" {
		return // elsewhere it connects
	}
	addr := peers.FreeAddr(t)
	p := peers.Start(t, self(t, "listen", addr))
	p.WaitListening(addr)
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	p.WaitOutput("got hello")
	if err := p.Wait(); err != nil {
		t.Errorf("Wait: %v", err)
	}
}

func TestRunReportsStatusAndOutput(t *testing.T) {
	out, err := peers.Run(t, self(t, "fail", ""), "")
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 3 || !strings.Contains(out, "something is wrong") {
		t.Errorf("Run = %q, %v", out, err)
	}
}

func TestProcessesAndTheirChildrenEndWithTheTest(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // no process groups there
	}
	addr := peers.FreeAddr(t)
	t.Run("inner", func(t *testing.T) {
		peers.Start(t, self(t, "sleep", "")).WaitOutput("asleep")
		peers.Start(t, self(t, "parent", addr)).WaitListening(addr)
	})
	// The grandchild listened; nobody does now. The kernel takes a moment to end it.
	for range 1000 {
		l, err := net.Listen("tcp", addr)
		if err == nil {
			l.Close()
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Error("the child of a killed process still listens")
}

// failure is a testing.TB that notes how the test was ended.
type failure struct {
	testing.TB
	how chan string
}

func (f failure) Helper() {}

func (f failure) Fatalf(string, ...any) { f.end("failed") }

func (f failure) Skipf(string, ...any) { f.end("skipped") }

func (f failure) end(how string) {
	f.how <- how
	runtime.Goexit()
}

func TestNeedSkipsAtHomeAndFailsInCI(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	for ci, want := range map[string]string{"": "skipped", "true": "failed"} {
		t.Setenv("CI", ci)
		how := make(chan string, 1)
		go func() {
			defer close(how)
			peers.Need(failure{t, how}, "chromium")
		}()
		if got := <-how; got != want {
			t.Errorf("CI=%q: %q, want %q", ci, got, want)
		}
	}
}

// TestEveryPeerIsThere is the one test that says in CI which peers .ci/run failed to install.
func TestEveryPeerIsThere(t *testing.T) {
	for _, name := range []string{"openssl", "gnutls-cli", "gnutls-serv", "curl", "python3", "chromium", "certutil", "tshark"} {
		t.Run(name, func(t *testing.T) { t.Log(peers.Need(t, name)) })
	}
}

// TestOpenSSLTalksToItself shows the whole use of the package on real peers.
func TestOpenSSLTalksToItself(t *testing.T) {
	openssl := peers.Need(t, "openssl")
	dir := t.TempDir()
	cert, key := dir+"/cert.pem", dir+"/key.pem"
	if out, err := peers.Run(t, exec.Command(openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
		"-nodes", "-subj", "/CN=localhost", "-keyout", key, "-out", cert), ""); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	addr := peers.FreeAddr(t)
	server := peers.Start(t, exec.Command(openssl, "s_server", "-accept", addr, "-cert", cert, "-key", key, "-naccept", "1"))
	server.WaitListening(addr)
	out, err := peers.Run(t, exec.Command(openssl, "s_client", "-connect", addr, "-CAfile", cert), "good morning\n")
	if err != nil || !strings.Contains(out, "Verify return code: 0 (ok)") {
		t.Errorf("s_client: %v\n%s", err, out)
	}
	server.WaitOutput("good morning")
	if err := server.Wait(); err != nil {
		t.Errorf("s_server: %v", err)
	}
}
