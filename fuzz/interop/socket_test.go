package interop

import (
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"tlsengine/engine"
)

// patience bounds each connection: a peer that says nothing for so long hangs.
const patience = 20 * time.Second

// link is one end of a connection: an engine, and the socket that carries its bytes. Once the handshake is done one
// goroutine may Read while another one Writes.
type link struct {
	conn      *engine.Conn
	tcp       *net.TCPConn
	early     []byte     // what came before the handshake was done
	meanwhile []byte     // what came in the middle of another handshake, and was not read yet
	out       sync.Mutex // held around the outbound calls: what the reader owes, it sends itself
}

// handshake runs until both halves are there. When it fails, the alert has been sent.
func (l *link) handshake() error {
	for {
		if err := l.flush(); err != nil {
			return err
		}
		if err := l.conn.Err(); err != nil {
			return err
		}
		if l.conn.Status().Has(engine.HandshakeDone) {
			return nil
		}
		if l.conn.Status().Has(engine.PlaintextIsEarly) {
			data := l.conn.Peek()
			l.early = append(l.early, data...)
			l.conn.Discard(len(data))
			continue
		}
		if err := l.receive(); err != nil {
			return err
		}
	}
}

// mustHandshake is handshake for a test that can't go on without.
func (l *link) mustHandshake(t testing.TB) *link {
	t.Helper()
	if err := l.handshake(); err != nil {
		l.hangUp()
		t.Fatalf("handshake with %s: %v", l.tcp.RemoteAddr(), err)
	}
	return l
}

// receive waits for bytes and hands them to the engine.
func (l *link) receive() error {
	n, err := l.tcp.Read(l.conn.Buffer())
	failure := l.conn.Commit(n)
	if errors.Is(err, io.EOF) && failure == nil {
		return l.conn.FeedEOF()
	}
	if failure != nil {
		return nil // the caller asks Err, after sending the alert
	}
	return err
}

// flush sends all there is to send.
func (l *link) flush() error {
	l.out.Lock()
	defer l.out.Unlock()
	return l.send()
}

func (l *link) send() error {
	for out := l.conn.Outgoing(); len(out) > 0; out = l.conn.Outgoing() {
		n, err := l.tcp.Write(out)
		l.conn.Sent(n)
		if err != nil {
			return err
		}
	}
	return nil
}

// Read implements io.Reader: io.EOF is the peer's close_notify and nothing else.
func (l *link) Read(p []byte) (int, error) {
	for {
		if n := copy(p, l.meanwhile); n > 0 {
			l.meanwhile = l.meanwhile[n:]
			return n, nil
		}
		if n, err := l.readOnce(p); n > 0 || err != nil {
			return n, err
		}
	}
}

// await reads until something has come about. Data that comes is kept.
func (l *link) await(done func() bool) error {
	var p [1 << 14]byte
	for !done() {
		n, err := l.readOnce(p[:])
		l.meanwhile = append(l.meanwhile, p[:n]...)
		if err != nil {
			return err
		}
	}
	return nil
}

// readOnce reads data into p, or does what is to be done before there can be more, where some may come into meanwhile.
func (l *link) readOnce(p []byte) (int, error) {
	n := l.conn.Read(p)
	if l.conn.WantsAnswer() {
		l.meanwhile = append(l.meanwhile, p[:n]...)
		_ = l.together(l.conn.Resume) // its error is Err's
		return 0, nil
	}
	if n > 0 {
		return n, nil
	}
	if l.conn.Owes() || l.conn.Status().Has(engine.HasOutput) {
		if err := l.flush(); err != nil {
			return 0, err
		}
	}
	if err := l.conn.Err(); err != nil {
		return 0, err
	}
	if l.conn.Status().Has(engine.PeerClosed) {
		return 0, io.EOF
	}
	return 0, l.receive()
}

// Write implements io.Writer.
func (l *link) Write(p []byte) (int, error) {
	l.out.Lock()
	defer l.out.Unlock()
	written := 0
	for written < len(p) {
		n := l.conn.Write(p[written:])
		written += n
		if err := l.send(); err != nil {
			return written, err
		}
		if n == 0 {
			return written, fmt.Errorf("%d bytes can't be written, the connection is closed or failed (%v)", len(p)-written, l.conn.Err())
		}
	}
	return written, nil
}

// together does what takes both halves of the connection, on the goroutine that reads. If it begins another handshake, it goes
// through it: nobody may write meanwhile.
func (l *link) together(do func() error) error {
	l.out.Lock()
	defer l.out.Unlock()
	for err := do(); ; {
		if failure := l.send(); err != nil || failure != nil {
			return errors.Join(err, failure)
		}
		if l.conn.Err() != nil || !l.conn.Renegotiating() {
			return nil // the caller asks Err
		}
		if data := l.conn.Peek(); len(data) > 0 {
			l.meanwhile = append(l.meanwhile, data...)
			l.conn.Discard(len(data))
		} else if err = l.receive(); err == nil {
			err = l.conn.Resume()
		}
	}
}

// updateKeys sends a KeyUpdate.
func (l *link) updateKeys(askPeer bool) error {
	l.out.Lock()
	defer l.out.Unlock()
	l.conn.UpdateKeys(askPeer)
	return l.send()
}

// closeWrite says that nothing more comes; the peer may go on.
func (l *link) closeWrite() error {
	l.out.Lock()
	defer l.out.Unlock()
	l.conn.CloseWrite()
	return l.send()
}

// finish closes cleanly: close_notify out, then everything in until the peer's, which must come.
func (l *link) finish() error {
	if err := l.closeWrite(); err != nil {
		return fmt.Errorf("sending close_notify: %w", err)
	}
	if n, err := io.Copy(io.Discard, l); err != nil {
		return fmt.Errorf("waiting for close_notify: %w", err)
	} else if n > 0 {
		return fmt.Errorf("%d bytes came before close_notify", n)
	}
	return nil
}

// hangUp ends the socket without a reset that would overtake our alert: the write half first, then whatever the peer still
// sends is read.
func (l *link) hangUp() {
	l.tcp.CloseWrite()
	l.tcp.SetDeadline(time.Now().Add(time.Second))
	io.Copy(io.Discard, io.LimitReader(l.tcp, 64<<10))
	l.tcp.Close()
	l.conn.Close()
}

// dial connects to addr as a client. The handshake is still to come.
func dial(t testing.TB, addr string, c *engine.Config) *link {
	t.Helper()
	return dialWith(t, addr, c, engine.Options{})
}

// dialWith is dial with other options than the server's name.
func dialWith(t testing.TB, addr string, c *engine.Config, o engine.Options) *link {
	t.Helper()
	params, err := c.Freeze()
	if err != nil {
		t.Fatal(err)
	}
	tcp, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	o.ServerName = serverName
	conn, err := engine.Client(params, o)
	if err != nil {
		t.Fatal(err)
	}
	return newLink(t, conn, tcp)
}

func newLink(t testing.TB, conn *engine.Conn, tcp net.Conn) *link {
	tcp.SetDeadline(time.Now().Add(patience))
	l := &link{conn: conn, tcp: tcp.(*net.TCPConn)}
	t.Cleanup(func() { tcp.Close() })
	return l
}

// connect is dial with the handshake.
func connect(t testing.TB, addr string, c *engine.Config) *link {
	t.Helper()
	return dial(t, addr, c).mustHandshake(t)
}

// A handler is what our server does with a connection whose handshake is done.
type handler func(*link) error

// served is what came of one connection to our server.
type served struct {
	link     *link
	exported []byte // keying material for exportLabel; nil without a handshake
	err      error
}

// server is our server on a loopback port.
type server struct {
	addr    string
	results chan served // one for each connection
}

// serve starts our server. It ends with the test.
func serve(t testing.TB, c *engine.Config, h handler) *server {
	t.Helper()
	params, err := c.Freeze()
	if err != nil {
		t.Fatal(err)
	}
	listener := listen(t)
	s := &server{addr: listener.Addr().String(), results: make(chan served, 16)}
	go func() {
		for {
			tcp, err := listener.Accept()
			if err != nil {
				return
			}
			conn, err := engine.Server(params, engine.Options{})
			if err != nil {
				s.results <- served{err: err}
				return
			}
			go func() {
				l := newLink(t, conn, tcp)
				r := served{link: l, err: l.handshake()}
				if r.err == nil {
					r.exported, _ = conn.Export(exportLabel, nil, exportLength)
					r.err = h(l)
				}
				s.results <- r
				l.hangUp()
			}()
		}
	}()
	return s
}

// listen returns a listener on a free loopback port, which the test's end closes.
func listen(t testing.TB) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return listener
}

// wait returns what came of the next connection.
func (s *server) wait(t testing.TB) served {
	t.Helper()
	select {
	case r := <-s.results:
		return r
	case <-time.After(patience + 5*time.Second):
		t.Fatal("our server has no result: it hangs, or nobody came")
		return served{}
	}
}
