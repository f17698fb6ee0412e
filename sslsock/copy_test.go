package sslsock

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// B-013: io.Copy between a socket and a file moves what was said, never the records: a file that asks the kernel to move
// the bytes for it must not recognise the descriptor below.
func TestCopyToAndFromFiles(t *testing.T) {
	for name, w := range wires {
		t.Run(name, func(t *testing.T) {
			c, s := defaultPair(t, w)
			data := randomBytes(300_000)
			from := filepath.Join(t.TempDir(), "from")
			if err := os.WriteFile(from, data, 0o600); err != nil {
				t.Fatal(err)
			}
			sent := make(chan error, 1)
			go func() {
				f, err := os.Open(from)
				if err == nil {
					defer f.Close()
					_, err = io.Copy(s, f)
				}
				if err == nil {
					err = s.CloseWrite()
				}
				sent <- err
			}()
			to, err := os.Create(filepath.Join(t.TempDir(), "to"))
			if err != nil {
				t.Fatal(err)
			}
			defer to.Close()
			n, err := io.Copy(to, c)
			if err != nil {
				t.Fatal(err)
			}
			if err := <-sent; err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(to.Name())
			if err != nil {
				t.Fatal(err)
			}
			if n != int64(len(data)) || !bytes.Equal(got, data) {
				t.Errorf("%d bytes of %d came to the file, equal: %v", n, len(data), bytes.Equal(got, data))
			}
		})
	}
}
