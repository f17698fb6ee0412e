package sslsock

import (
	"net"
	"slices"
	"syscall"

	"tlsengine/handshake"
	"tlsengine/x509lite"
)

// HandshakeInfo returns all that is known of the finished handshake, nil before. It is read only.
func (s *Socket) HandshakeInfo() *handshake.Info {
	if !s.users.is(isConnected) {
		return nil
	}
	return s.conn.Info()
}

// inUse returns HandshakeInfo, nil too once the socket was closed or unwrapped.
func (s *Socket) inUse() *handshake.Info {
	if s.users.is(isClosed) || s.users.is(isUnwrapped) {
		return nil
	}
	return s.HandshakeInfo()
}

// Version returns the version in use, "TLSv1.3" for example; "" before the handshake and after Close.
func (s *Socket) Version() string {
	return versionOf(s.inUse())
}

// Cipher returns the cipher suite in use; false before the handshake and after Close.
func (s *Socket) Cipher() (CipherInUse, bool) {
	return cipherOf(s.inUse())
}

// SharedCiphers returns on servers what the client offered of our own cipher suites, of all versions, in its order; nil on
// clients and before the handshake.
func (s *Socket) SharedCiphers() []CipherInUse { return sharedCiphersOf(s.HandshakeInfo()) }

// Compression returns the name of the compression in use: "zlib", as Python calls DEFLATE, or "" for none, which is
// also so before the handshake and after Close. See OpNoCompression for what it takes, and what it gives away.
func (s *Socket) Compression() string { return compressionOf(s.inUse()) }

// SelectedALPNProtocol returns the application's protocol that was agreed on, "" if there is none.
func (s *Socket) SelectedALPNProtocol() string {
	return protocolOf(s.HandshakeInfo())
}

// SelectedNPNProtocol returns what the client took by next protocol negotiation, "" if nothing.
func (s *Socket) SelectedNPNProtocol() string { return nextProtocolOf(s.HandshakeInfo()) }

// Group returns the name of the group of the key exchange, "X25519MLKEM768" for example, "" if there is none.
func (s *Socket) Group() string {
	if i := s.HandshakeInfo(); i != nil && i.Group != nil {
		return i.Group.Name
	}
	return ""
}

// SignatureAlgorithm returns the name of the scheme with which the peer signed the handshake, "" if it didn't.
func (s *Socket) SignatureAlgorithm() string {
	if i := s.HandshakeInfo(); i != nil && i.PeerScheme != 0 {
		return i.PeerScheme.String()
	}
	return ""
}

// PeerCertDER returns the peer's certificate as it was sent, verified or not, nil if it sent none. The slice is the
// caller's. Errors: ErrNotConnected, ErrHandshakeNotDone.
func (s *Socket) PeerCertDER() ([]byte, error) {
	if !s.users.is(isConnected) {
		return nil, ErrNotConnected
	}
	return peerCertDEROf(s.conn.Info())
}

// CertInfo is a certificate for people and scripts, in the form of Python's getpeercert; Dict gives its dictionary.
type CertInfo = x509lite.CertInfo

// PeerCert returns what the peer's certificate says, nil if it sent none. If it wasn't verified the result is Empty:
// nothing that an impostor may have written is shown. Errors: ErrNotConnected, ErrHandshakeNotDone, and an *SSLError for a name
// that can't be shown.
func (s *Socket) PeerCert() (*CertInfo, error) {
	if !s.users.is(isConnected) {
		return nil, ErrNotConnected
	}
	return peerCertOf(s.conn.Info())
}

// UnverifiedChain returns the certificates as the peer sent them, the leaf first, as DER; nil if it sent none. The
// slices are the caller's.
func (s *Socket) UnverifiedChain() [][]byte {
	if i := s.HandshakeInfo(); i != nil {
		return encodings(i.PeerChain)
	}
	return nil
}

// VerifiedChain returns the certificates from the peer's to a trusted one, as DER; nil if nothing was verified. The
// slices are the caller's.
func (s *Socket) VerifiedChain() [][]byte {
	if i := s.HandshakeInfo(); i != nil && i.Verdict != nil {
		return encodings(i.Verdict.Chain)
	}
	return nil
}

func encodings(chain []*x509lite.Certificate) [][]byte {
	var list [][]byte
	for _, c := range chain {
		list = append(list, slices.Clone(c.Raw()))
	}
	return list
}

// ExportKeyingMaterial returns n bytes that only the two ends of the connection know, for a label and a context (RFC
// 8446, Section 7.5; RFC 5705). Before TLS 1.3 no context differs from an empty one. Before the handshake is done it gives
// ErrHandshakeNotDone; a negative n gives ErrInvalidArgument. The slice is the caller's.
func (s *Socket) ExportKeyingMaterial(label string, context []byte, n int) ([]byte, error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.leave()
	switch {
	case s.conn.Info() == nil:
		return nil, ErrHandshakeNotDone
	case n < 0:
		return nil, argumentError("a negative length of keying material")
	}
	return s.conn.Export(label, context, n)
}

// Context returns the context that the socket was made with, or that a server name callback chose.
func (s *Socket) Context() *Context { return s.context.Load() }

// ServerSide reports whether the socket is a server's.
func (s *Socket) ServerSide() bool { return s.server }

// ServerHostname returns the name that WithServerHostname gave, or that of the address dialled, in A-labels; ""
// on servers.
func (s *Socket) ServerHostname() string { return s.sessions.host }

// RequestedServerName returns the name of the host that the client asked for, on clients and servers; "" if it asked
// for none.
func (s *Socket) RequestedServerName() string {
	if i := s.HandshakeInfo(); i != nil {
		return i.ServerName
	}
	return ""
}

// NetConn returns the transport, nil if there is none yet. Whoever reads or writes it breaks the connection.
func (s *Socket) NetConn() net.Conn {
	if !s.users.is(isConnected) {
		return nil
	}
	return s.transport
}

// SyscallConn returns the transport's descriptor, for waiting on it with a poller. That it is readable doesn't mean that
// Read has data, and Read may have data when it isn't: read until ErrWantRead first. Errors: ErrNotConnected,
// errors.ErrUnsupported.
func (s *Socket) SyscallConn() (syscall.RawConn, error) {
	if !s.users.is(isConnected) {
		return nil, ErrNotConnected
	}
	c, ok := s.transport.(syscall.Conn)
	if !ok {
		return nil, unsupportedError("the transport has no descriptor")
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return nil, err
	}
	return descriptor{raw}, nil
}

// descriptor is a transport's descriptor and nothing more. What the net package returns has further methods, by which
// os.File.ReadFrom recognises a socket and lets the kernel move its bytes into the file: here those would be the
// records, past the engine.
type descriptor struct{ syscall.RawConn }

// LocalAddr returns the transport's local address, nil if there is no transport yet.
func (s *Socket) LocalAddr() net.Addr {
	if !s.users.is(isConnected) {
		return nil
	}
	return s.transport.LocalAddr()
}

// RemoteAddr returns the transport's remote address, nil if there is no transport yet.
func (s *Socket) RemoteAddr() net.Addr {
	if !s.users.is(isConnected) {
		return nil
	}
	return s.transport.RemoteAddr()
}
