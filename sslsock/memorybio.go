package sslsock

import "io"

// MemoryBIO is a queue of bytes between a program and an Object: what came from the peer, or what is to go to it. It has no
// limit, and no lock: one goroutine at a time may use it and the Objects that hold it. The zero value is an empty queue.
type MemoryBIO struct {
	bytes []byte // from next on
	next  int
	ended bool // WriteEOF was called
}

// NewMemoryBIO returns an empty queue.
func NewMemoryBIO() *MemoryBIO { return new(MemoryBIO) }

// Read takes bytes out of the queue. An empty one gives ErrWantRead, or io.EOF after WriteEOF.
func (b *MemoryBIO) Read(p []byte) (int, error) {
	switch {
	case len(p) == 0:
		return 0, nil
	case b.EOF():
		return 0, io.EOF
	case b.Pending() == 0:
		return 0, ErrWantRead
	}
	return copy(p, b.Next(len(p))), nil
}

// Next takes up to n bytes out of the queue, all if n is negative. The slice is valid until the next Write.
func (b *MemoryBIO) Next(n int) []byte {
	if n < 0 || n > b.Pending() {
		n = b.Pending()
	}
	b.next += n
	return b.bytes[b.next-n : b.next : b.next]
}

// Write puts all of p into the queue; p is not kept. After WriteEOF it is an *SSLError.
func (b *MemoryBIO) Write(p []byte) (int, error) {
	if b.ended {
		return 0, sslError("", "cannot write() after write_eof()", nil)
	}
	if b.next == len(b.bytes) || b.next > len(b.bytes)/2 {
		b.bytes = b.bytes[:copy(b.bytes, b.bytes[b.next:])]
		b.next = 0
	}
	b.bytes = append(b.bytes, p...)
	return len(p), nil
}

// WriteEOF says that nothing more will be written.
func (b *MemoryBIO) WriteEOF() { b.ended = true }

// EOF reports whether WriteEOF was called and the queue is empty.
func (b *MemoryBIO) EOF() bool { return b.ended && b.Pending() == 0 }

// Pending returns how many bytes are in the queue.
func (b *MemoryBIO) Pending() int { return len(b.bytes) - b.next }

// giveBack puts bytes in front of those in the queue.
func (b *MemoryBIO) giveBack(p []byte) {
	b.bytes = append(append(make([]byte, 0, len(p)+b.Pending()), p...), b.bytes[b.next:]...)
	b.next = 0
}
