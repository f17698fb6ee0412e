package sslsock

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"tlsengine/fuzz/peers"
)

// promptKey names the file of an encrypted key in the environment of a process that TestMain turns into
// TestPasswordPrompt's child.
const promptKey = "TLSENGINE_PROMPT_KEY"

func TestMain(m *testing.M) {
	path := os.Getenv(promptKey)
	if path == "" {
		os.Exit(m.Run())
	}
	c, err := NewContext(ProtocolTLS)
	if err == nil {
		err = c.LoadCertChain(path, "", nil)
	}
	fmt.Println("result:", err, errors.Is(err, ErrPasswordRequired))
}

// S-197: on a terminal the pass phrase is asked for without echo; without one the error says what was missing.
func TestPasswordPromptOnTerminal(t *testing.T) {
	path := encryptedPair(t, "geheim")
	master, slave := openPty(t)
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), promptKey+"="+path)
	child.Stdin, child.Stdout, child.Stderr = slave, slave, slave
	child.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 0}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	slave.Close()
	said := readUntil(t, master, passPrompt)
	waitForSilence(t, master)
	if _, err := master.Write([]byte("geheim\n")); err != nil {
		t.Fatal(err)
	}
	said += readUntil(t, master, "result: <nil>")
	if err := child.Wait(); err != nil || bytes.Contains([]byte(said), []byte("geheim")) {
		t.Errorf("%v: the terminal showed %q", err, said)
	}
}

func TestPasswordPromptWithoutTerminal(t *testing.T) {
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), promptKey+"="+encryptedPair(t, "geheim"))
	child.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // a session has no terminal at first
	out, err := child.CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("there is no terminal")) || !bytes.HasSuffix(out, []byte(" true\n")) {
		t.Errorf("%v: %s", err, out)
	}
}

// openPty makes a terminal: what is written to one side can be read from the other.
func openPty(t *testing.T) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { master.Close() })
	unlocked := 0
	if _, _, e := syscall.Syscall(syscall.SYS_IOCTL, master.Fd(), unix.TIOCSPTLCK, uintptr(unsafe.Pointer(&unlocked))); e != 0 {
		t.Fatal(e)
	}
	number, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return master, slave
}

// waitForSilence waits until the terminal shows no more what is typed.
func waitForSilence(t *testing.T, f *os.File) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if state, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS); err != nil || state.Lflag&unix.ECHO == 0 {
			return
		}
	}
	t.Fatal("the terminal shows what is typed")
}

// readUntil reads what a terminal shows until it shows the text.
func readUntil(t *testing.T, f *os.File, text string) (all string) {
	t.Helper()
	watch := time.AfterFunc(20*time.Second, func() { f.Close() })
	defer watch.Stop()
	p := make([]byte, 1)
	for !bytes.Contains([]byte(all), []byte(text)) {
		if _, err := io.ReadFull(f, p); err != nil {
			t.Fatalf("%v after %q", err, all)
		}
		all += string(p)
	}
	return all
}

// encryptedPair writes a certificate and its key, encrypted, into one file.
func encryptedPair(t *testing.T, password string) (path string) {
	t.Helper()
	f := writeFiles(t)
	path = f.dir + "/pair.pem"
	out, err := peers.Run(t, exec.Command(peers.Need(t, "openssl"),
		"pkcs8", "-topk8", "-in", f.key, "-out", path, "-passout", "pass:"+password), "")
	if err != nil {
		t.Fatal(out)
	}
	key, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := os.ReadFile(f.cert)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(cert, key...), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
