package sslsock

import (
	"bytes"
	"io"

	"tlsengine/engine"
	"tlsengine/handshake"
)

// Object is a TLS connection that does no I/O: it takes the peer's bytes from one MemoryBIO and puts those for the peer into
// another. Where a Socket would wait, it returns ErrWantRead. It has no goroutine, no lock and no timer: one goroutine at a
// time may use it. Package engine offers the same with less copying; Object is for programs that were written for Python's.
//
// The output has no limit, as Python's has none, neither for what Write seals nor for the answers to what the peer asks. Send
// what is in it before more input is given: a peer that asks on and reads nothing then gets no further than its transport lets
// it.
//
// The end of the input without close_notify is ErrEOF, unless OpIgnoreUnexpectedEOF is set: WithSuppressRaggedEOFs is
// for Sockets.
type Object struct {
	context  *Context
	settings socketSettings
	params   *engine.Params
	conn     *engine.Conn
	sessions sessionUse
	in, out  *MemoryBIO
	lenient  bool  // OpIgnoreUnexpectedEOF
	closing  bool  // our close_notify is in out
	told     bool  // Read has returned io.EOF
	restored bool  // what followed the end of TLS is in in again
	stash    stash // early data that nobody has read

	panicking any // what the server name callback panicked with
}

// WrapBIO makes an Object between two queues, with the settings that the context has now. It is a client unless
// WithServerSide is given. in is what comes from the peer; its WriteEOF is the end of the transport.
func (c *Context) WrapBIO(in, out *MemoryBIO, opts ...SocketOption) (*Object, error) {
	if in == nil || out == nil {
		return nil, argumentError("WrapBIO needs two queues")
	}
	settings := newSocketSettings(opts)
	params, present, err := c.prepare(&settings)
	if err != nil {
		return nil, err
	}
	o := &Object{settings: settings, params: params, in: in, out: out}
	o.sessions.adopt(&present, settings.hostname)
	o.adopt(c, &present)
	if o.conn, err = settings.connection(params, o); err != nil {
		return nil, err
	}
	return o, nil
}

// pieceSize is how much of the input the engine gets at once, in bytes: what it has not opened yet it keeps.
const pieceSize = 16 << 10

// take gives the engine more of the input. ErrWantRead is for an empty queue.
func (o *Object) take() error {
	switch {
	case o.in.EOF():
		return o.ended()
	case o.in.Pending() == 0:
		return ErrWantRead
	}
	piece := o.in.Next(pieceSize)
	before := o.negotiations()
	n, _ := o.conn.Feed(piece) // Err says it again
	if o.negotiations() > before && before >= 0 {
		o.sessions.again(o.settings.server)
	}
	if n < len(piece) {
		o.in.giveBack(bytes.Clone(piece[n:]))
	}
	return o.sent()
}

// ended tells the engine that nothing more comes.
func (o *Object) ended() error {
	inside := len(o.conn.Rest()) > 0
	err := o.conn.FeedEOF()
	_ = o.sent()
	switch {
	case o.conn.Err() != nil:
		return protocolError(o.conn.Err())
	case err == nil:
		return ErrWantRead // close_notify came: nobody waits for more
	case o.lenient && !inside:
		return io.EOF
	}
	return eofError(err)
}

// sent moves what there is for the peer into the output.
func (o *Object) sent() error {
	p := o.conn.Outgoing()
	_, err := o.out.Write(p)
	o.conn.Sent(len(p))
	return err
}

// Handshake goes on with the handshake; ErrWantRead asks for more input. Once it is done Handshake returns nil.
func (o *Object) Handshake() error {
	_, err := o.shakeRethrowing(nil)
	return err
}

// shakeRethrowing goes on with the handshake, until it has put early data into early: n bytes.
func (o *Object) shakeRethrowing(early []byte) (n int, err error) {
	n, err = o.shake(early)
	if value := o.panicking; value != nil {
		o.panicking = nil
		panic(value)
	}
	return n, err
}

func (o *Object) shake(early []byte) (n int, err error) {
	o.sessions.begin(o.settings.server)
	for {
		if err := o.sent(); err != nil {
			return 0, err
		}
		if o.conn.Err() != nil {
			o.sessions.fail(o.settings.session)
			return 0, protocolError(o.conn.Err())
		}
		if i := o.conn.Info(); i != nil {
			o.sessions.finish(i, o.settings.server, o.settings.session)
			return 0, nil
		}
		if n, came := earlyCame(o.conn, &o.stash, early); n > 0 {
			return n, nil
		} else if came {
			continue
		}
		if err := o.take(); err != nil {
			return 0, err
		}
	}
}

// Read reads application data: at least one byte, at most one record's worth. Without any it returns ErrWantRead; after
// the peer's close_notify io.EOF, and ErrZeroReturn once that was said and our own side was closed too. It runs the
// handshake if that is still to be done. A Read into no bytes returns at once.
func (o *Object) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if err := o.Handshake(); err != nil {
		return 0, err
	}
	if n := o.stash.take(p); n > 0 {
		return n, nil
	}
	for {
		n := o.conn.Read(p)
		_ = o.sent()
		switch {
		case n > 0:
			o.goOn()
			return n, nil
		case o.conn.Err() != nil:
			return 0, protocolError(o.conn.Err())
		case o.goOn(): // also behind the peer's last word
			continue
		case o.conn.Status().Has(engine.PeerClosed):
			return 0, o.properEnd()
		}
		if err := o.take(); err != nil {
			return 0, err
		}
	}
}

// goOn goes on with what the engine has left open, another handshake, and reports whether there was anything.
func (o *Object) goOn() bool {
	if !o.conn.WantsAnswer() {
		return false
	}
	_ = o.conn.Resume() // Err says it again
	_ = o.sent()
	return true
}

// negotiations is how often the connection was negotiated again, -1 before its first handshake is done.
func (o *Object) negotiations() int {
	if i := o.conn.Info(); i != nil {
		return int(i.Renegotiations)
	}
	return -1
}

func (o *Object) properEnd() error {
	if o.told && o.closing {
		return ErrZeroReturn
	}
	o.told = true
	return io.EOF
}

// Write seals all of p into the output, which has no limit. It runs the handshake if that is still to be done. After
// Unwrap it is an *SSLError, PROTOCOL_IS_SHUTDOWN, that is ErrZeroReturn too.
func (o *Object) Write(p []byte) (n int, err error) {
	if !o.conn.Status().Has(engine.CanWrite) { // a server that has read early data can answer it already
		if err := o.Handshake(); err != nil {
			return 0, err
		}
	}
	for n < len(p) {
		took := o.conn.Write(p[n:])
		n += took
		if err := o.sent(); err != nil {
			return n, err
		}
		if took > 0 {
			continue
		}
		if o.conn.Err() != nil {
			return n, protocolError(o.conn.Err())
		}
		if !o.conn.Renegotiating() {
			return n, errShutdown
		}
		if err := o.take(); err != nil {
			return n, err
		}
	}
	return n, nil
}

// errShutdown is what Write says after our close_notify.
var errShutdown error = &SSLError{
	Code: ErrorZeroReturn, Library: "SSL", Reason: "PROTOCOL_IS_SHUTDOWN", Message: "protocol is shutdown",
}

// Unwrap ends TLS: it puts close_notify into the output and looks for the peer's in the input; ErrWantRead says that it
// hasn't come yet. What followed it is then in the input again. Data that nobody has read is an *SSLError with the reason
// APPLICATION_DATA_AFTER_CLOSE_NOTIFY; read it and call again.
func (o *Object) Unwrap() error {
	if o.conn.Info() == nil {
		return argumentError("No SSL wrapper around the queues: the handshake is not done")
	}
	if o.conn.Err() != nil {
		return protocolError(o.conn.Err())
	}
	o.conn.CloseWrite()
	o.closing = true
	for {
		unread := o.stash.size() + len(o.conn.Peek())
		if err := o.sent(); err != nil {
			return err
		}
		switch {
		case unread > 0:
			return errUnread
		case o.conn.Err() != nil:
			return protocolError(o.conn.Err())
		case o.conn.Status().Has(engine.PeerClosed):
			o.restore()
			return nil
		case o.goOn(): // what the peer asks, it is refused: we have closed
			continue
		}
		if err := o.take(); err == io.EOF {
			return eofError(nil) // any end but close_notify is wrong here
		} else if err != nil {
			return err
		}
	}
}

// restore puts what followed the end of TLS back into the input, once.
func (o *Object) restore() {
	if !o.restored {
		o.restored = true
		o.in.giveBack(o.conn.Rest())
	}
}

// Pending returns how many bytes Read would return without more input than the engine has.
func (o *Object) Pending() int {
	if o.conn.Info() == nil {
		return 0
	}
	n := o.stash.size() + len(o.conn.Peek())
	_ = o.sent()
	return n
}

// Context returns the context that the object was made with.
func (o *Object) Context() *Context { return o.context }

// ServerSide reports whether the object is a server's.
func (o *Object) ServerSide() bool { return o.settings.server }

// ServerHostname returns the name that WithServerHostname gave, in A-labels; "" on servers.
func (o *Object) ServerHostname() string { return o.settings.hostname }

// HandshakeInfo returns all that is known of the finished handshake, nil before. It is read only.
func (o *Object) HandshakeInfo() *handshake.Info { return o.conn.Info() }

// Version returns the version in use, "TLSv1.3" for example; "" before the handshake.
func (o *Object) Version() string { return versionOf(o.conn.Info()) }

// Cipher returns the cipher suite in use; false before the handshake.
func (o *Object) Cipher() (CipherInUse, bool) { return cipherOf(o.conn.Info()) }

// Compression returns "zlib" if records are compressed, else ""; see (*Socket).Compression.
func (o *Object) Compression() string { return compressionOf(o.conn.Info()) }

// SharedCiphers is (*Socket).SharedCiphers.
func (o *Object) SharedCiphers() []CipherInUse { return sharedCiphersOf(o.conn.Info()) }

// SelectedALPNProtocol returns the application's protocol that was agreed on, "" if there is none.
func (o *Object) SelectedALPNProtocol() string { return protocolOf(o.conn.Info()) }

// SelectedNPNProtocol returns what the client took by next protocol negotiation, "" if nothing.
func (o *Object) SelectedNPNProtocol() string { return nextProtocolOf(o.conn.Info()) }

// PeerCert is (*Socket).PeerCert.
func (o *Object) PeerCert() (*CertInfo, error) { return peerCertOf(o.conn.Info()) }

// PeerCertDER is (*Socket).PeerCertDER.
func (o *Object) PeerCertDER() ([]byte, error) { return peerCertDEROf(o.conn.Info()) }

// ChannelBinding is (*Socket).ChannelBinding.
func (o *Object) ChannelBinding(cbType string) ([]byte, error) { return channelBinding(o.conn, cbType) }
