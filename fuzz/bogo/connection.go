package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"

	"tlsengine/engine"
	"tlsengine/handshake"
	"tlsengine/record"
)

// connection is one TLS connection over TCP, and the event loop around it.
type connection struct {
	s     *settings
	retry *settings // once early data was refused
	hooks *hooks
	conn  *engine.Conn
	made  *engine.Params
	tcp   net.Conn
	in    *bufio.Reader
	out   *bufio.Writer
	ended bool // the transport's input has ended
	held  bool // output is held back
	open  bool // the engine's question was seen, and left open for one turn

	resumes bool // a session is to be resumed
	checked bool // the report of the handshake was looked at
}

// connect makes one connection and does what the settings say.
func connect(s, retry *settings, p *past, resumes bool) error {
	h := &hooks{s: s, retry: retry, past: p}
	params, err := h.params()
	if err != nil {
		return err
	}
	configs, err := s.echConfigs()
	if err != nil {
		return err
	}
	tcp, err := dial(s)
	if err != nil {
		return fmt.Errorf("%w: %v", errBroken, err)
	}
	defer tcp.Close()
	c := &connection{s: s, retry: retry, resumes: resumes, hooks: h, made: params, tcp: tcp, in: bufio.NewReader(tcp), out: bufio.NewWriter(tcp)}
	start := engine.Client
	if s.server {
		start = engine.Server
	}
	if c.conn, err = start(params, engine.Options{ServerName: s.hostName, Session: p.session, KnownGroups: s.knownGroups(), ECHConfigs: configs}); err != nil {
		return err
	}
	defer c.conn.Close()
	err = c.exchange()
	c.finish()
	return c.s.expected.ech.checkEnd(err)
}

// dial connects to the runner, which wants to know first which shim this is.
func dial(s *settings) (net.Conn, error) {
	host := "127.0.0.1"
	if s.ipv6 {
		host = "::1"
	}
	tcp, err := net.Dial("tcp", net.JoinHostPort(host, strconv.Itoa(s.port)))
	if err != nil {
		return nil, err
	}
	_, err = tcp.Write(binary.LittleEndian.AppendUint64(nil, s.shimID))
	return tcp, err
}

// turn does one thing: it answers, sends, or receives. With -async that is one byte, and a question stays open at first.
func (c *connection) turn() error {
	if done, err := c.answer(); done || err != nil {
		return err
	}
	if out := c.conn.Outgoing(); len(out) > 0 && !c.held {
		return c.send(out)
	}
	if err := c.conn.Err(); err != nil {
		return err
	}
	return c.receive()
}

// answer answers a question that was deferred. It is left open for one turn, in which nothing may happen.
func (c *connection) answer() (done bool, err error) {
	pending := c.conn.Pending()
	if len(pending) == 0 {
		return false, nil
	}
	if !c.open {
		c.open = true
		if c.conn.Resume(); len(c.conn.Pending()) != 1 || c.conn.Pending()[0] != pending[0] {
			return false, fmt.Errorf("%w: the question to %v went away unanswered", errBroken, pending[0].Kind())
		}
		return true, nil
	}
	c.open = false
	if again, ok := pending[0].(*handshake.Renegotiate); ok {
		c.renegotiate(again)
	}
	pending[0].Run()
	c.conn.Resume()
	return true, nil
}

// renegotiate answers a server that wants to negotiate again, unless it may: then the standard answer is right.
func (c *connection) renegotiate(op *handshake.Renegotiate) {
	if c.s.forbidRenegotiation || c.s.renegotiateOnce && op.Count > 0 || c.held {
		op.Complete(false, record.Fail(record.AlertNoRenegotiation, record.ReasonNoRenegotiation, "the shim doesn't negotiate again"))
	}
	c.hooks.asked = [16]bool{}
}

// send hands bytes to the transport.
func (c *connection) send(out []byte) error {
	if c.s.async {
		out = out[:1]
	}
	if _, err := c.out.Write(out); err != nil {
		return err
	}
	c.conn.Sent(len(out))
	if len(c.conn.Outgoing()) == 0 {
		return c.out.Flush()
	}
	return nil
}

// flush sends all there is.
func (c *connection) flush() error {
	for len(c.conn.Outgoing()) > 0 && !c.held {
		if err := c.send(c.conn.Outgoing()); err != nil {
			return err
		}
	}
	return c.out.Flush()
}

// receive waits for bytes of the transport.
func (c *connection) receive() error {
	if c.ended {
		return io.ErrUnexpectedEOF
	}
	limit := 1 // with -async, and to wait
	if _, err := c.in.Peek(limit); err != nil {
		c.ended = true
		c.conn.FeedEOF()
		return nil
	}
	if !c.s.async {
		limit = c.in.Buffered()
	}
	p, _ := c.in.Peek(limit)
	n, _ := c.conn.Feed(p)
	c.in.Discard(n)
	if n == 0 && c.conn.Err() == nil && !c.conn.Status().Has(engine.PeerClosed) {
		return fmt.Errorf("%w: the engine takes no input: %v", errBroken, c.conn.Status())
	}
	return nil
}

// handshake drives the handshake to its end.
func (c *connection) handshake() error { return c.until(engine.HandshakeDone) }

// speakable drives the handshake until the application may say something, be it early.
func (c *connection) speakable() error {
	return c.until(engine.HandshakeDone | engine.CanWriteEarly | engine.CanWrite)
}

// until drives the handshake until one of the facts holds.
func (c *connection) until(facts engine.Status) error {
	for c.conn.Status()&facts == 0 {
		if err := c.turn(); err != nil {
			return err
		}
		if err := c.conn.Err(); err != nil {
			return err
		}
	}
	return c.flush()
}

// read returns the next data; io.EOF after close_notify, engine.ErrTruncated after an end without one.
func (c *connection) read(p []byte) (int, error) {
	for {
		if c.s.peekThenRead {
			if err := c.peek(len(p)); err != nil {
				return 0, err
			}
		}
		n := c.conn.Read(p)
		if c.s.exportBetweenReads && c.conn.Err() == nil {
			if _, err := c.conn.Export("", nil, 1); err != nil {
				return 0, fmt.Errorf("failed to export keying material: %w", err)
			}
		}
		if n > 0 {
			return n, nil
		}
		switch status := c.conn.Status(); {
		case status.Has(engine.Failed):
			return 0, c.conn.Err()
		case status.Has(engine.PeerClosed):
			return 0, io.EOF
		case c.ended && !status.Has(engine.WantsAnswer):
			return 0, engine.ErrTruncated
		}
		if err := c.turn(); err != nil {
			return 0, err
		}
	}
}

// peek looks twice at the next data, which must be the same both times.
func (c *connection) peek(n int) error {
	first := string(c.conn.Peek())
	if again := string(c.conn.Peek()); again != first {
		return fmt.Errorf("%w: Peek gave %d bytes, and then other %d", errBroken, len(first), len(again))
	}
	return nil
}

// write sends p.
func (c *connection) write(p []byte) error {
	for {
		n := c.conn.Write(p)
		p = p[n:]
		if err := c.conn.Err(); err != nil {
			return err
		}
		if len(p) == 0 {
			return c.flush()
		}
		if err := c.turn(); err != nil {
			return err
		}
	}
}

// drainTime bounds the wait for a runner that doesn't close.
const drainTime = 5 * time.Second

// finish sends what is left, the alert above all, and waits until the runner has taken it: a socket that is closed with
// unread input answers with a reset, which could overtake the alert.
func (c *connection) finish() {
	c.held = false
	if err := c.flush(); err != nil {
		return // the runner has gone, which it says itself if it shouldn't have
	}
	if half, ok := c.tcp.(*net.TCPConn); ok {
		half.CloseWrite()
	}
	c.tcp.SetReadDeadline(time.Now().Add(drainTime))
	io.Copy(io.Discard, c.tcp)
}
