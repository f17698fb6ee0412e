package peers

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Free ports are taken from this range, below the one from which Linux, macOS and Windows number outgoing connections, so that no
// connection made meanwhile gets the port that we promised.
const firstPort, lastPort = 20000, 32000

// FreeAddr returns "127.0.0.1:port" with a port on which nothing listened a moment ago. For a listener of our own, listen on
// port 0 instead: that cannot collide.
func FreeAddr(t testing.TB) string {
	t.Helper()
	var last error
	for range 100 {
		addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(firstPort+rand.IntN(lastPort-firstPort)))
		l, err := net.Listen("tcp", addr)
		if err != nil {
			last = err
			continue
		}
		if err := l.Close(); err != nil {
			t.Fatalf("peers: %v", err)
		}
		return addr
	}
	t.Fatalf("peers: no free port in 100 tries: %v", last)
	return ""
}

// listens reports whether someone listens on addr ("host:port"). On Linux it asks the kernel; elsewhere, and where the
// kernel doesn't tell, it connects, which a server that takes a single connection would count.
func listens(addr string) (bool, error) {
	_, service, err := net.SplitHostPort(addr)
	if err != nil {
		return false, err
	}
	port, err := strconv.ParseUint(service, 10, 16)
	if err != nil {
		return false, fmt.Errorf("port of %q: %w", addr, err)
	}
	if runtime.GOOS == "linux" {
		if ports, err := listeningPorts(); err == nil {
			return slices.Contains(ports, uint16(port)), nil
		}
	}
	c, err := net.DialTimeout("tcp", addr, time.Second)
	if err != nil {
		return false, nil
	}
	return true, c.Close()
}

// listeningPorts reads the kernel's tables of TCP sockets: a line is "sl local remote st ...", local is
// "address:port" in hexadecimal, and state 0A is LISTEN.
func listeningPorts() ([]uint16, error) {
	var ports []uint16
	for _, name := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
		f, err := os.Open(name)
		if os.IsNotExist(err) && strings.HasSuffix(name, "6") {
			continue // a kernel without IPv6
		}
		if err != nil {
			return nil, err
		}
		for lines := bufio.NewScanner(f); lines.Scan(); {
			fields := strings.Fields(lines.Text())
			if len(fields) < 4 || fields[3] != "0A" {
				continue
			}
			_, digits, _ := strings.Cut(fields[1], ":")
			if b, err := hex.DecodeString(digits); err == nil && len(b) == 2 {
				ports = append(ports, uint16(b[0])<<8|uint16(b[1]))
			}
		}
		if err := f.Close(); err != nil {
			return nil, err
		}
	}
	return ports, nil
}
