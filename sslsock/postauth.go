package sslsock

import (
	"errors"

	"tlsengine/cipher"
	"tlsengine/engine"
	"tlsengine/handshake"
)

// PostHandshakeAuth reports whether SetPostHandshakeAuth has turned authentication after the handshake on.
func (c *Context) PostHandshakeAuth() bool { return c.current().postAuth }

// SetPostHandshakeAuth makes a client of TLS 1.3 offer to show its certificate after the handshake, if its server asks
// then (RFC 8446, Section 4.6.2). A server with it asks for none within the handshake of TLS 1.3, but when
// VerifyClientPostHandshake is called; what becomes of a client without a certificate is the verify mode's to say.
func (c *Context) SetPostHandshakeAuth(on bool) { c.change(func(s *settings) { s.postAuth = on }) }

// Why VerifyClientPostHandshake does nothing.
var (
	errNotServer = sslError("NOT_SERVER", "not server", nil)
	errNotTLS13  = sslError("WRONG_SSL_VERSION", "wrong SSL version: only TLSv1.3 has it", nil)
	errNoOffer   = sslError("EXTENSION_NOT_RECEIVED", "the client has not offered to authenticate after the handshake", nil)
	errNeverAsks = sslError("INVALID_CONFIG", "invalid config: the server wants no client certificate, SetVerifyMode says", nil)
	errAsked     = sslError("REQUEST_PENDING", "the client was asked already and has not answered", nil)
)

// VerifyClientPostHandshake asks a client of TLS 1.3 for its certificate. The request goes out with the next Write, and
// the answer is looked at by the Read in which it comes; PeerCert has the certificate then. If the client has shown one
// already nothing is asked. It waits for a Read that is under way. Errors are *SSLError, and change nothing.
func (s *Socket) VerifyClientPostHandshake() error {
	if err := s.enter(); err != nil {
		return err
	}
	defer s.leave()
	if !s.ready.Load() {
		return ErrHandshakeNotDone
	}
	s.reading.Lock()
	defer s.reading.Unlock()
	s.writing.Lock()
	defer s.doneWriting()
	return requestCertificate(s.conn)
}

// VerifyClientPostHandshake is (*Socket).VerifyClientPostHandshake; the request is in the output when it returns.
func (o *Object) VerifyClientPostHandshake() error {
	if o.conn.Info() == nil {
		return ErrHandshakeNotDone
	}
	if err := requestCertificate(o.conn); err != nil {
		return err
	}
	return o.sent()
}

func requestCertificate(conn *engine.Conn) error {
	switch i := conn.Info(); {
	case conn.Err() != nil:
		return protocolError(conn.Err())
	case i.Role == handshake.ClientRole:
		return errNotServer
	case i.Version != cipher.VersionTLS13:
		return errNotTLS13
	case len(i.PeerChain) > 0:
		return nil
	}
	err := conn.RequestCertificate()
	switch {
	case errors.Is(err, handshake.ErrNoPostHandshake):
		return errNoOffer
	case errors.Is(err, handshake.ErrNeverAsks):
		return errNeverAsks
	case err != nil:
		return errAsked
	}
	return nil
}
