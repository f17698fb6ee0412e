package sslsock

import (
	"bufio"
	"context"
	"io"
	"sync"
)

// This file has what programs that come from Python look for, and io.Copy.

// Recv returns what one Read of at most n bytes returns, in a slice of its own. A negative n gives ErrInvalidArgument.
func (s *Socket) Recv(n int) ([]byte, error) {
	if n < 0 {
		return nil, argumentError("negative buffersize in recv")
	}
	p := make([]byte, min(n, recordSize))
	n, err := s.Read(p)
	return p[:n], err
}

// recordSize is the most plaintext that a record can have, in bytes (RFC 8446, Section 5.1).
const recordSize = 16 << 10

// Send is Write of at most one record: it returns how much of p that was.
func (s *Socket) Send(p []byte) (int, error) { return s.Write(p[:min(len(p), recordSize)]) }

// MakeFile returns a buffered reader and writer of the socket. Closing is left to the socket; so is flushing to the caller.
func (s *Socket) MakeFile() *bufio.ReadWriter {
	return bufio.NewReadWriter(bufio.NewReader(s), bufio.NewWriter(s))
}

// pages are the buffers of ReadFrom. What was sent as plaintext is cleared before they are given back.
var pages = sync.Pool{New: func() any { return new([4 * recordSize]byte) }}

// ReadFrom sends all that r has until its io.EOF, and returns how much that was: io.Copy calls it. It gathers what r
// returns at once and doesn't wait for more.
func (s *Socket) ReadFrom(r io.Reader) (n int64, err error) {
	if err := s.HandshakeContext(context.Background()); err != nil {
		return 0, err
	}
	page := pages.Get().(*[4 * recordSize]byte)
	used := 0
	defer func() {
		clear(page[:used])
		pages.Put(page)
	}()
	for {
		got, readErr := r.Read(page[:])
		used = max(used, got)
		sent, err := s.Write(page[:got])
		n += int64(sent)
		switch {
		case err != nil:
			return n, err
		case readErr == io.EOF:
			return n, nil
		case readErr != nil:
			return n, readErr
		}
	}
}
