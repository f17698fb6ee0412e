package sslsock

import (
	"io"
	"os"
	"sync"
)

// keylogEnvironment names the file for the secrets of contexts made by CreateDefaultContext.
const keylogEnvironment = "SSLKEYLOGFILE"

// SetKeylogFilename makes all connections append their secrets to a file, in the format that Wireshark reads. Whoever
// reads the file can read the connections: it is for debugging only. The file is created with mode 0600. "" turns it
// off. The error is an *fs.PathError for a file that can't be opened; the context then stays as it was.
func (c *Context) SetKeylogFilename(path string) error {
	if path == "" {
		c.SetKeylogWriter(nil)
		return nil
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	// Sockets may write to it as long as they live: the garbage collector closes it after the last of them.
	c.change(func(s *settings) { s.keylog, s.keylogPath = &lineWriter{w: f}, path })
	return nil
}

// KeylogFilename returns the name of the file that secrets go to, "" if there is none.
func (c *Context) KeylogFilename() string { return c.current().keylogPath }

// SetKeylogWriter makes all connections write their secrets to w, one Write for each line, never two at once. nil turns
// it off.
func (c *Context) SetKeylogWriter(w io.Writer) {
	if w != nil {
		w = &lineWriter{w: w}
	}
	c.change(func(s *settings) { s.keylog, s.keylogPath = w, "" })
}

// lineWriter lets one Write at a time through, of sockets from before and after a change of the settings alike.
type lineWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lineWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

// keylogFromEnvironment does what SSLKEYLOGFILE asks for.
func (c *Context) keylogFromEnvironment() error {
	if path := os.Getenv(keylogEnvironment); path != "" {
		return c.SetKeylogFilename(path)
	}
	return nil
}
