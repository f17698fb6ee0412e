package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tlsengine/x509lite"
)

// asCommand in the environment makes the test's binary the command itself.
const asCommand = "SSLCAT_TEST_RUNS_THE_COMMAND"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		main()
	}
	os.Exit(m.Run())
}

// screen is standard output or error: what is on it can be read while it is written.
type screen struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// result is what a command left behind.
type result struct {
	status   int
	out, err string
}

// sslcat runs a command line to its end.
func sslcat(t *testing.T, input string, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var out, errs screen
	status := run(ctx, stdio{strings.NewReader(input), &out, &errs}, args)
	if ctx.Err() != nil {
		t.Fatalf("sslcat %q took a minute\n%s%s", args, out.String(), errs.String())
	}
	return result{status, out.String(), errs.String()}
}

// fails is sslcat for what must fail: the last line on standard error.
func fails(t *testing.T, args ...string) string {
	t.Helper()
	r := sslcat(t, "never sent\n", args...)
	if r.status != 1 {
		t.Errorf("sslcat %q: exit status %d, want 1", args, r.status)
	}
	if r.out != "" {
		t.Errorf("sslcat %q printed %q", args, r.out)
	}
	lines := strings.Split(strings.TrimSuffix(r.err, "\n"), "\n")
	return lines[len(lines)-1]
}

// server is a `sslcat serve` that runs.
type server struct {
	addr   string // to connect to
	port   string
	screen *screen
	ended  chan int // gets the exit status
	stop   context.CancelFunc
}

// serve runs `sslcat serve` in a directory of its own, into which the test changes, until the test ends.
func serve(t *testing.T, args ...string) *server {
	t.Helper()
	t.Chdir(t.TempDir())
	return serveHere(t, args...)
}

func serveHere(t *testing.T, args ...string) *server {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s := &server{screen: &screen{}, ended: make(chan int, 1), stop: cancel}
	go func() {
		s.ended <- run(ctx, stdio{strings.NewReader(""), s.screen, s.screen},
			append([]string{"serve", "-listen", "127.0.0.1:0"}, args...))
	}()
	t.Cleanup(func() {
		cancel()
		if t.Failed() {
			t.Logf("sslcat serve %q:\n%s", args, s.screen)
		}
	})
	text := s.wait(t, "\n")
	_, addr, ok := strings.Cut(strings.SplitN(text, "\n", 2)[0], "serving on ")
	if !ok {
		t.Fatalf("sslcat serve %q says %q", args, text)
	}
	s.addr = addr
	s.port = addr[strings.LastIndexByte(addr, ':')+1:]
	return s
}

// wait waits until the server has printed a text.
func (s *server) wait(t *testing.T, text string) string {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if shown := s.screen.String(); strings.Contains(shown, text) {
			return shown
		}
	}
	t.Fatalf("the server has not printed %q", text)
	return ""
}

// status waits for the end of the server.
func (s *server) status(t *testing.T) int {
	t.Helper()
	select {
	case status := <-s.ended:
		return status
	case <-time.After(time.Minute):
		t.Fatal("the server does not end")
		return 0
	}
}

// paper is a PKI on disk.
type paper struct {
	dir string
	ca  *authority
}

func newPaper(t *testing.T) *paper {
	t.Helper()
	ca, err := newAuthority(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	p := &paper{t.TempDir(), ca}
	p.write(t, "ca.pem", certificatePEM(ca.root))
	return p
}

func (p *paper) path(name string) string { return filepath.Join(p.dir, name) }

func (p *paper) write(t *testing.T, name string, contents []byte) string {
	t.Helper()
	if err := os.WriteFile(p.path(name), contents, 0o600); err != nil {
		t.Fatal(err)
	}
	return p.path(name)
}

// leaf issues a certificate and returns the names of the files with it and its key.
func (p *paper) leaf(t *testing.T, name string, template *x509lite.Template) (cert, key string) {
	t.Helper()
	return p.issued(t, p.ca, name, template)
}

// leafOf is leaf for another kind of key than P-256.
func (p *paper) leafOf(t *testing.T, name string, template *x509lite.Template, kind x509lite.KeyKind) (cert, key string) {
	t.Helper()
	id, err := p.ca.newIdentity(template, kind)
	if err != nil {
		t.Fatal(err)
	}
	return p.save(t, name, id)
}

// selfSigned makes a certificate that only itself vouches for.
func (p *paper) selfSigned(t *testing.T, name string, template *x509lite.Template) (cert, key string) {
	t.Helper()
	k, err := x509lite.GenerateKey(x509lite.KeyP256, nil)
	if err != nil {
		t.Fatal(err)
	}
	self := &authority{key: k, now: time.Now()}
	c, err := self.issue(template, k)
	if err != nil {
		t.Fatal(err)
	}
	return p.save(t, name, identity{c, k})
}

func (p *paper) issued(t *testing.T, a *authority, name string, template *x509lite.Template) (cert, key string) {
	t.Helper()
	id, err := a.newIdentity(template, x509lite.KeyP256)
	if err != nil {
		t.Fatal(err)
	}
	return p.save(t, name, id)
}

func (p *paper) save(t *testing.T, name string, id identity) (cert, key string) {
	t.Helper()
	encoding, err := x509lite.MarshalPKCS8(id.key)
	if err != nil {
		t.Fatal(err)
	}
	return p.write(t, name+".pem", certificatePEM(id.certificate)),
		p.write(t, name+".key", x509lite.MarshalPEM(nil, "PRIVATE KEY", encoding))
}

// holds fails the test unless all texts are in s, in their order.
func holds(t *testing.T, s string, texts ...string) {
	t.Helper()
	rest := s
	for _, text := range texts {
		_, after, ok := strings.Cut(rest, text)
		if !ok {
			t.Errorf("%q is missing, or not where it belongs, in:\n%s", text, s)
			return
		}
		rest = after
	}
}
