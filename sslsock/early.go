package sslsock

import (
	"io"
	"math"

	"tlsengine/engine"
	"tlsengine/handshake"
)

// This file is early data (RFC 8446, Sections 2.3 and 8): what a client that resumes a session says together with its
// hello, before it has heard anything of the server. It saves a round trip, and costs what TLS otherwise gives: whoever
// records early data can send it again, and it has no forward secrecy. So it is off, and each end has to ask for it.

// SetMaxEarlyData sets how many bytes of early data servers take from a client that resumes a session in TLS 1.3; the
// sessions that they give say so. 0, the default, takes none. Less than 0, or more than fit into 32 bits, gives
// ErrInvalidArgument.
//
// A connection holds up to that much memory until it is read. Each ticket brings early data once: the context remembers
// which were used. That holds within this process. With SetTicketKeys other processes may have the keys, and none is
// taken.
//
// Handshake, Read and Write set early data aside: Read returns it when the handshake is done, and then the client is
// there, and nobody has sent it again. ReadEarlyData is for those who can't wait.
func (c *Context) SetMaxEarlyData(n int) error {
	if n < 0 || int64(n) > math.MaxUint32 {
		return argumentError("a limit of early data is 0 to 4294967295 bytes")
	}
	c.change(func(s *settings) { s.maxEarlyData, s.unreplayable = uint32(n), false })
	return nil
}

// MaxEarlyData returns how many bytes of early data servers take.
func (c *Context) MaxEarlyData() int { return int(c.current().maxEarlyData) }

// earlyLimit is the engine's limit. What a client sends is for WithEarlyData to say, and for the session to bound.
func (s *settings) earlyLimit(role handshake.Role) uint32 {
	if role == handshake.ClientRole && !s.unreplayable {
		return math.MaxUint32
	}
	return s.maxEarlyData
}

// WithEarlyData makes a client say data together with its hello, if a session is offered (WithSession,
// SetClientSessionCache) whose server takes as much. ONLY say what does no harm when it is said twice: whoever sees it
// can send it again, to this server or to another one that has the key of the ticket, and a GET is safe where a payment
// is not. The server may also refuse it: see EarlyDataAccepted. The socket keeps data until the hello is made, which is
// when it is wrapped or connected; servers ignore it.
func WithEarlyData(data []byte) SocketOption {
	return socketOption(func(s *socketSettings) { s.early = data })
}

// saysEarly reports whether there is something to say early, and a session that has room for all of it.
func (s *socketSettings) saysEarly() bool {
	return len(s.early) > 0 && s.session != nil && int64(s.session.session.MaxEarlyData()) >= int64(len(s.early))
}

// sendEarly puts the early data behind the hello, if it was announced.
func (s *socketSettings) sendEarly(conn *engine.Conn) {
	for rest := s.early; len(rest) > 0; {
		n := conn.Write(rest)
		if n == 0 {
			return // the connection has failed, and says so
		}
		rest = rest[n:]
	}
}

// EarlyDataAccepted reports, after the handshake, whether the server has taken all that WithEarlyData gave. If not, it
// has read nothing of it: a program that still wants to say it writes it as other data, when it has looked at the
// connection: the server may be another one now, with another protocol (SelectedALPNProtocol). HandshakeInfo tells why.
func (s *Socket) EarlyDataAccepted() bool { return tookEarly(s.HandshakeInfo()) }

// EarlyDataAccepted is (*Socket).EarlyDataAccepted.
func (o *Object) EarlyDataAccepted() bool { return tookEarly(o.conn.Info()) }

func tookEarly(i *handshake.Info) bool { return i != nil && i.EarlyData == handshake.EarlyAccepted }

// ReadEarlyData reads early data on a server, as SetMaxEarlyData lets it come: at least one byte, at most one record's
// worth, while the handshake is under way. What it returns MAY HAVE BEEN SENT BEFORE, by the client or by somebody who
// recorded it, and it isn't known yet whether the client is there: act on nothing that mustn't be done twice. Write
// answers it before the handshake is done.
//
// io.EOF says that no early data came or that all was read, and that the handshake is done: go on with Read. Other
// errors are Handshake's. A client gives ErrInvalidArgument.
func (s *Socket) ReadEarlyData(p []byte) (int, error) {
	if err := s.enter(); err != nil {
		return 0, err
	}
	defer s.leave()
	if !s.server {
		return 0, argumentError("early data is for servers to read")
	}
	if len(p) == 0 {
		return 0, nil
	}
	n, err := s.shakeInTurn(p)
	if n == 0 && err == nil {
		err = io.EOF
	}
	return n, err
}

// earlyCame takes early data that holds the handshake up: into p, or aside if p is nil; the engine takes no more of it
// than the limit. n is how much is in p.
func earlyCame(conn *engine.Conn, aside *stash, p []byte) (n int, came bool) {
	if !conn.Status().Has(engine.PlaintextIsEarly) {
		return 0, false
	}
	if p != nil {
		return conn.Read(p), true
	}
	data := conn.Peek()
	aside.add(data)
	conn.Discard(len(data))
	return 0, true
}

// stash is data that came before anybody read it: early data, and what comes during a renegotiation that a writer waits for.
// Without any, which is how nearly all are, it is a nil pointer.
type stash struct{ data *[]byte }

// size returns how many bytes it has.
func (s *stash) size() int {
	if s.data == nil {
		return 0
	}
	return len(*s.data)
}

// add copies p behind what is there.
func (s *stash) add(p []byte) {
	if len(p) == 0 {
		return
	}
	if s.data == nil {
		s.data = new([]byte)
	}
	*s.data = append(*s.data, p...)
}

// take moves data into p, and drops the memory with the last of it.
func (s *stash) take(p []byte) int {
	if s.data == nil {
		return 0
	}
	n := copy(p, *s.data)
	if *s.data = (*s.data)[n:]; len(*s.data) == 0 {
		s.data = nil
	}
	return n
}

// writeAhead is Write for who needn't wait for the end of the handshake: a server that has read early data, and a
// client that starts falsely. done is false if it has to.
func (s *Socket) writeAhead(p []byte) (n int, done bool, err error) {
	if s.ready.Load() || !s.server && !s.startsAhead {
		return 0, false, nil
	}
	s.shaking.Lock()
	defer s.shaking.Unlock()
	if s.ready.Load() {
		return 0, false, nil // done meanwhile: whoever writes now may wait for the peer, and readers must not wait for him
	}
	s.reading.Lock()
	defer s.reading.Unlock()
	s.writing.Lock()
	defer s.doneWriting()
	defer s.bound(outbound)()
	if !s.server {
		if err := s.startAhead(); err != nil {
			return 0, true, err
		}
	}
	if s.ready.Load() || !s.conn.Status().Has(engine.CanWrite) {
		return 0, false, nil
	}
	n, err = s.writeRecords(p)
	return n, true, err
}

// startAhead runs a client's handshake until it may write. It needs all three turns.
func (s *Socket) startAhead() error {
	defer s.rethrow()
	if e := s.failure.Load(); e != nil {
		return e
	}
	defer s.bound(inbound)()
	_, err := s.shakeOn(nil, engine.CanWrite)
	return err
}

// ReadEarlyData is (*Socket).ReadEarlyData; ErrWantRead asks for more input.
func (o *Object) ReadEarlyData(p []byte) (int, error) {
	if !o.settings.server {
		return 0, argumentError("early data is for servers to read")
	}
	if len(p) == 0 {
		return 0, nil
	}
	n, err := o.shakeRethrowing(p)
	if n == 0 && err == nil {
		err = io.EOF
	}
	return n, err
}
