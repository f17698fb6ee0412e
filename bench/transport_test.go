package bench

import (
	"io"
	"net"
	"sync"
	"time"
)

// queue is one direction of a transport in memory: bytes wait in it without bound.
type queue struct {
	mu     sync.Mutex
	filled *sync.Cond
	data   []byte
	at     int
}

func newQueue() *queue {
	q := &queue{data: make([]byte, 0, 1<<17)}
	q.filled = sync.NewCond(&q.mu)
	return q
}

func (q *queue) put(p []byte) {
	q.mu.Lock()
	if q.at == len(q.data) {
		q.data, q.at = q.data[:0], 0
	}
	q.data = append(q.data, p...)
	q.mu.Unlock()
	q.filled.Signal()
}

// take waits for bytes.
func (q *queue) take(p []byte) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.at == len(q.data) {
		q.filled.Wait()
	}
	n := copy(p, q.data[q.at:])
	q.at += n
	return n
}

// pipeEnd is one end of a transport in memory, for crypto/tls. While the transport is at work, the clock of whoever uses it
// stands.
type pipeEnd struct {
	net.Conn
	in, out *queue
	discard bool // Write throws away
	clock   lapClock
	busy    time.Duration // time between calls of the transport
}

func memoryPipe() (near, far *pipeEnd) {
	a, b := newQueue(), newQueue()
	return &pipeEnd{in: a, out: b}, &pipeEnd{in: b, out: a}
}

func (p *pipeEnd) Read(b []byte) (int, error) {
	if p.in == nil {
		return 0, io.EOF
	}
	p.clock.lap(&p.busy)
	n := p.in.take(b)
	p.clock.start()
	return n, nil
}

func (p *pipeEnd) Write(b []byte) (int, error) {
	if !p.discard {
		p.clock.lap(&p.busy)
		p.out.put(b)
		p.clock.start()
	}
	return len(b), nil
}

func (p *pipeEnd) SetDeadline(time.Time) error      { return nil }
func (p *pipeEnd) SetReadDeadline(time.Time) error  { return nil }
func (p *pipeEnd) SetWriteDeadline(time.Time) error { return nil }
func (p *pipeEnd) Close() error                     { return nil }
