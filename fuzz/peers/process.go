package peers

import (
	"bytes"
	"errors"
	"io"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	// Patience is how long the waiting functions wait before they fail the test. It is generous: a machine that runs
	// three browsers at once is slow, and a test that passes never waits for it.
	Patience = 60 * time.Second
	// pause lies between two looks at something that doesn't call back.
	pause = 5 * time.Millisecond
	// maxOutput bounds what is kept of one process's output, in bytes; what comes later is dropped.
	maxOutput = 1 << 22
)

// Process is a running peer. Its methods belong to the test's goroutine, but Output and Kill may be called from anywhere.
type Process struct {
	// Input is the process's standard input, open until the caller closes it or the process ends; nil when the command had
	// an input of its own.
	Input io.WriteCloser

	t      testing.TB
	cmd    *exec.Cmd
	output output
	done   chan struct{} // closed once err is set
	err    error         // what exec.Cmd.Wait said
}

// output keeps what a process prints on standard output and standard error, in the order in which it arrives.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write implements io.Writer. It never fails, so that a talkative process isn't ended by a full buffer.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.buf.Write(p[:min(len(p), maxOutput-o.buf.Len())])
	return len(p), nil
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// Start starts cmd. Standard output and standard error are kept for [Process.Output] unless cmd sets them itself. Standard
// input, unless cmd sets it, is a pipe that stays open: openssl and gnutls-cli take its end as an order to quit. When the test
// ends the process and its children are killed, and what they printed is logged if the test failed.
func Start(t testing.TB, cmd *exec.Cmd) *Process {
	t.Helper()
	p := &Process{t: t, cmd: cmd, done: make(chan struct{})}
	if cmd.Stdout == nil {
		cmd.Stdout = &p.output
	}
	if cmd.Stderr == nil {
		cmd.Stderr = &p.output
	}
	if cmd.Stdin == nil {
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatalf("peers: input of %v: %v", cmd, err)
		}
		p.Input = in
	}
	ownGroup(cmd)
	cmd.WaitDelay = time.Second // a grandchild that keeps the pipe open doesn't keep us
	if err := cmd.Start(); err != nil {
		t.Fatalf("peers: starting %v: %v", cmd, err)
	}
	go func() {
		p.err = cmd.Wait()
		close(p.done)
	}()
	t.Cleanup(func() {
		p.Kill()
		<-p.done
		if t.Failed() {
			t.Logf("output of %v:\n%s", cmd, p.Output())
		}
	})
	return p
}

// Run runs cmd with input as its standard input, to its end, and returns all that it printed. The error is that of
// [exec.Cmd.Wait], an [*exec.ExitError] when the status is not 0. A process that doesn't end within [Patience] fails the test.
func Run(t testing.TB, cmd *exec.Cmd, input string) (string, error) {
	t.Helper()
	cmd.Stdin = strings.NewReader(input)
	p := Start(t, cmd)
	err := p.Wait()
	return p.Output(), err
}

// Output needs the program, runs it in a folder, "" for the test's own, and returns what it wrote to its standard output. A status
// other than 0 ends the test with what it wrote to its standard error.
func Output(t testing.TB, folder, name string, args ...string) []byte {
	t.Helper()
	c := exec.Command(Need(t, name), args...)
	c.Dir = folder
	out, err := c.Output()
	if err != nil {
		var said []byte
		if exit := new(exec.ExitError); errors.As(err, &exit) {
			said = exit.Stderr
		}
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, said)
	}
	return out
}

// Output returns what the process has printed up to now, both streams, at most 4 MiB.
func (p *Process) Output() string { return p.output.String() }

// Wait waits for the process to end and returns what [exec.Cmd.Wait] returned. A process that doesn't end within [Patience]
// fails the test.
func (p *Process) Wait() error {
	p.t.Helper()
	select {
	case <-p.done:
		if errors.Is(p.err, exec.ErrWaitDelay) {
			return nil // it ended well, a child of it lives on; Kill takes that one
		}
		return p.err
	case <-time.After(Patience):
		p.t.Fatalf("peers: %v doesn't end", p.cmd)
		return nil
	}
}

// WaitListening returns once somebody listens on addr, a "host:port". It fails the test when the process ends before, or
// after [Patience]. On Linux no connection is made to find out.
func (p *Process) WaitListening(addr string) {
	p.t.Helper()
	p.wait("listening on "+addr, func() (bool, error) { return listens(addr) })
}

// WaitOutput returns once the process has printed text. It fails the test when the process ends without, or after [Patience].
func (p *Process) WaitOutput(text string) {
	p.t.Helper()
	p.wait("printing "+text, func() (bool, error) { return strings.Contains(p.Output(), text), nil })
}

// wait looks again and again until there is what it waits for.
func (p *Process) wait(what string, look func() (bool, error)) {
	p.t.Helper()
	for deadline := time.Now().Add(Patience); ; time.Sleep(pause) {
		ended := p.ended() // asked first: the last output comes before the end
		found, err := look()
		switch {
		case err != nil:
			p.t.Fatalf("peers: %v, %s: %v", p.cmd, what, err)
		case found:
			return
		case ended:
			p.t.Fatalf("peers: %v ended (%v) before %s", p.cmd, p.err, what)
		case time.Now().After(deadline):
			p.t.Fatalf("peers: %v: no %s within %v", p.cmd, what, Patience)
		}
	}
}

// ended reports whether the process has ended and all its output is in.
func (p *Process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// Kill ends the process and its children at once. It does no harm to one that has ended.
func (p *Process) Kill() { killGroup(p.cmd) }
