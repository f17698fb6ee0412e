package sslsock

import (
	"crypto/rand"
	"crypto/sha3"
	"crypto/subtle"
	"io"
	"net"
	"runtime"
	"sync"
	"time"
)

// RandStatus reports whether the generator of random bytes can deliver. It is the kernel's, which always can.
func RandStatus() bool { return true }

// RandBytes returns n random bytes that nobody can predict. They come from the kernel's generator, which every process asks
// for itself: a program that forks needs to do nothing. What RandAdd was given is mixed in. A negative n gives
// ErrInvalidArgument.
func RandBytes(n int) ([]byte, error) {
	if n < 0 {
		return nil, argumentError("a negative number of random bytes")
	}
	b := make([]byte, n)
	rand.Read(b) // never fails: crypto/rand ends the program instead
	added.mixInto(b)
	return b, nil
}

// RandPseudoBytes is RandBytes; strong is always true.
//
// Deprecated: use RandBytes.
func RandPseudoBytes(n int) (b []byte, strong bool, err error) {
	b, err = RandBytes(n)
	return b, err == nil, err
}

// RandAdd mixes b into what RandBytes returns, which can't get worse by it. b is not kept. entropy, the caller's guess
// how many bytes of b are random, is there for programs that know it: nothing depends on it.
func RandAdd(b []byte, entropy float64) {
	if len(b) > 0 {
		added.stir(b)
	}
}

// RandEGD mixes 255 bytes from an entropy gathering daemon, at the Unix socket path, into what RandBytes returns. It
// returns how many bytes there were; it waits ten seconds at most. Where there are no Unix sockets the error is
// errors.ErrUnsupported; otherwise that of dialling, or an *SSLError when the daemon breaks off.
func RandEGD(path string) (int, error) {
	if runtime.GOOS == "js" || runtime.GOOS == "wasip1" || runtime.GOOS == "plan9" {
		return 0, unsupportedError("there are no Unix sockets on " + runtime.GOOS)
	}
	conn, err := net.DialTimeout("unix", path, egdTime)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	var got [egdSize]byte
	defer clear(got[:])
	if err := askEGD(conn, got[:]); err != nil {
		return 0, &SSLError{Code: ErrorSyscall, Message: "the entropy gathering daemon did not return enough data", Err: err}
	}
	RandAdd(got[:], egdSize)
	return egdSize, nil
}

const (
	egdTime = 10 * time.Second
	egdSize = 255 // the length of a request is one byte
	egdRead = 2   // the command: wait until there is so much
)

func askEGD(conn net.Conn, got []byte) error {
	if err := conn.SetDeadline(time.Now().Add(egdTime)); err != nil {
		return err
	}
	if _, err := conn.Write([]byte{egdRead, egdSize}); err != nil {
		return err
	}
	_, err := io.ReadFull(conn, got)
	return err
}

// added is what RandAdd was given.
var added pool

// pool is entropy, hashed together. What it gives is XORed to the kernel's bytes, so that somebody who knows all of it
// knows nothing.
type pool struct {
	mu    sync.Mutex
	state [32]byte
	used  bool // something was put in
}

func (p *pool) stir(b []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	h := sha3.NewSHAKE256()
	h.Write(p.state[:])
	h.Write(b)
	h.Read(p.state[:])
	p.used = true
}

// mixInto changes b by the pool, which is another one afterwards.
func (p *pool) mixInto(b []byte) {
	p.mu.Lock()
	if !p.used {
		p.mu.Unlock()
		return
	}
	h := sha3.NewSHAKE256()
	h.Write(p.state[:])
	h.Read(p.state[:])
	p.mu.Unlock()
	var piece [256]byte
	for len(b) > 0 {
		h.Read(piece[:])
		b = b[subtle.XORBytes(b, b, piece[:]):]
	}
	clear(piece[:])
}
