package sslsock

import (
	"tlsengine/cipher"
	"tlsengine/handshake"
)

// SocketOption is a choice for one socket. It is a WrapOption too.
type SocketOption interface {
	WrapOption
	applySocket(*socketSettings)
}

// WrapOption is a choice for the function WrapSocket, which makes a context of its own: a SocketOption, or one that
// stands for a setter of Context.
type WrapOption interface {
	applyWrap(*wrapSettings)
}

// socketSettings are what SocketOptions choose.
type socketSettings struct {
	hostname          string // the A-label form, without trailing dot
	hostnameGiven     bool
	hostnameErr       error
	server            bool
	laterHandshake    bool
	strictEOF         bool
	handshakeInAccept bool

	askPSK  PSKClientCallback // for the key that goes into a hello; nil: none does
	session *Session          // to be offered
	early   []byte            // to be sent with the hello

	onMessage  func(MessageInfo) // from the context; nil: nobody sees them
	echConfigs *ECHConfigList    // to encrypt the hello to; may be nil
}

type socketOption func(*socketSettings)

func (o socketOption) applySocket(s *socketSettings) { o(s) }
func (o socketOption) applyWrap(w *wrapSettings)     { o(&w.socket) }

// role returns the role of the socket's end.
func (s *socketSettings) role() handshake.Role {
	if s.server {
		return handshake.ServerRole
	}
	return handshake.ClientRole
}

func newSocketSettings(opts []SocketOption) socketSettings {
	var s socketSettings
	for _, o := range opts {
		o.applySocket(&s)
	}
	return s
}

// WithServerSide makes the socket a server. Without it, it is a client.
func WithServerSide() SocketOption { return socketOption(func(s *socketSettings) { s.server = true }) }

// WithServerHostname names the host that a client wants: it is sent as server_name (RFC 6066, Section 3) unless it is an
// IP literal, and with CheckHostname it is the name that the certificate must be for. Names that
// are not ASCII are converted to A-labels. A name that can't be one is refused when the socket is made.
func WithServerHostname(host string) SocketOption {
	name, err := serverHostname(host)
	return socketOption(func(s *socketSettings) { s.hostname, s.hostnameErr, s.hostnameGiven = name, err, true })
}

// WithDoHandshakeOnConnect chooses whether the handshake runs when the socket is wrapped or connected. The default is
// true. With false the program calls Handshake, or the first Read or Write does.
func WithDoHandshakeOnConnect(now bool) SocketOption {
	return socketOption(func(s *socketSettings) { s.laterHandshake = !now })
}

// WithSuppressRaggedEOFs chooses what Read returns when the transport ends between two records and no close_notify
// has come. With true, the default, it is io.EOF, as for a proper end: an attacker who cuts the connection then makes a
// short stream look whole, so that the application's protocol must know its lengths. With false it is ErrEOF.
func WithSuppressRaggedEOFs(suppress bool) SocketOption {
	return socketOption(func(s *socketSettings) { s.strictEOF = !suppress })
}

// WithHandshakeInAccept makes a Listener's Accept do the handshake: then a slow client holds up all others, and a failed
// handshake is an error of Accept whose Temporary method returns true. Other sockets ignore it.
func WithHandshakeInAccept() SocketOption {
	return socketOption(func(s *socketSettings) { s.handshakeInAccept = true })
}

// wrapSettings are what WrapOptions choose.
type wrapSettings struct {
	socket   socketSettings
	protocol Protocol
	mode     VerifyMode
	certFile string
	keyFile  string
	ciphers  *string // nil: the default
	caFile   string
}

type wrapOption func(*wrapSettings)

func (o wrapOption) applyWrap(w *wrapSettings) { o(w) }

// WithKeyFile names the file with the private key of the certificate.
func WithKeyFile(path string) WrapOption {
	return wrapOption(func(w *wrapSettings) { w.keyFile = path })
}

// WithCertFile names the file with the own certificate chain, and its key unless WithKeyFile names another for it.
func WithCertFile(path string) WrapOption {
	return wrapOption(func(w *wrapSettings) { w.certFile = path })
}

// WithCertReqs chooses what is demanded of the peer's certificate. The default is CertNone: nothing.
func WithCertReqs(m VerifyMode) WrapOption { return wrapOption(func(w *wrapSettings) { w.mode = m }) }

// WithSSLVersion chooses the protocol. The default is ProtocolTLS.
func WithSSLVersion(p Protocol) WrapOption {
	return wrapOption(func(w *wrapSettings) { w.protocol = p })
}

// WithCACerts names the file with the trusted certificates.
func WithCACerts(path string) WrapOption {
	return wrapOption(func(w *wrapSettings) { w.caFile = path })
}

// WithCiphers chooses the cipher suites before TLS 1.3, as SetCiphers does. A list that selects nothing is an error
// before any byte is sent.
func WithCiphers(list string) WrapOption {
	return wrapOption(func(w *wrapSettings) { w.ciphers = &list })
}

// CipherInUse is what a connection protects its records with.
type CipherInUse struct {
	Name     string // OpenSSL's, "ECDHE-RSA-AES128-GCM-SHA256" for example; IANA's in TLS 1.3
	Protocol string // that brought the suite: "TLSv1.3", "TLSv1.2", "TLSv1.0", "SSLv3"
	Bits     int    // of the secret key
}

func cipherInUse(s *cipher.Suite) CipherInUse {
	return CipherInUse{Name: s.OpenSSL, Protocol: suiteProtocol(s), Bits: s.Bulk.Bits}
}
