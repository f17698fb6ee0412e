package sslsock

import (
	"fmt"
	"io"
	"slices"
	"sync"

	"tlsengine/cipher"
	"tlsengine/engine"
	"tlsengine/handshake"
	"tlsengine/x509lite"
)

// Context holds the settings of any number of sockets: versions, certificates, what is demanded of the peer. A socket
// takes a snapshot when it is wrapped; what is set later counts for sockets that are wrapped later. All methods may be
// called from any goroutine.
type Context struct {
	mu       sync.Mutex
	settings settings
	params   [2]*engine.Params // for each role, made of settings; nil when they changed since
}

// settings are what the setters of a Context set. Slices in it are replaced, never changed.
type settings struct {
	protocol      Protocol
	options       Options
	minVersion    TLSVersion // 0: not set
	maxVersion    TLSVersion // 0: not set
	verifyMode    VerifyMode
	checkHostname bool
	floor         TLSVersion // implicit minimum of CreateDefaultContext; 0: none

	credentials   []*handshake.Credential // one for each kind of key
	anchors       []x509lite.Anchor       // trusted, in the order of loading, each once
	directories   []string                // where more are looked for
	lists         []*x509lite.CRL         // revocation lists, each once
	flags         VerifyFlags             // how certificates are judged
	hostFlags     HostFlags               // how hosts are compared with them
	found         *found                  // what was found there; nil: there are no directories
	sessions      sessionSettings
	stapling      Stapling
	protocols     []string                    // ALPN
	postAuth      bool                        // SetPostHandshakeAuth
	nextProtocols []string                    // NPN
	tolerant      bool                        // of clients without a common protocol
	groups        []cipher.GroupID            // nil: the engine's
	keyShares     []cipher.GroupID            // nil: the engine's
	accepted      [2][]cipher.SignatureScheme // from the peer, by our role; nil: the engine's
	signed        [2][]cipher.SignatureScheme // with by us, by our role; nil: all that fit the key
	exchange      serverExchange              // what servers only do in the key exchange
	suites        []*cipher.Suite             // before TLS 1.3; nil: the engine's
	suites13      []*cipher.Suite             // of TLS 1.3; nil: the engine's
	level         cipher.SecurityLevel        // what suites, keys and certificates must have

	rawKey       *handshake.Credential               // nil: none
	delegate     *handshake.Credential               // a delegated credential of our own; nil: none
	trustedKeys  [][]byte                            // of peers without certificates; empty: they show certificates
	compression  []*handshake.CertificateCompression // of certificates
	delegated    bool                                // peers may use delegated credentials
	staplesCount bool                                // as revocation lists do
	maxEarlyData uint32                              // that servers take, in bytes
	unreplayable bool                                // clients say nothing early, by a policy
	falseStart   handshake.FalseStart                // of clients

	sleepWhileReading bool

	psk     pskSettings
	ech     echSettings
	prompt  func(string) ([]byte, error) // for pass phrases; nil: the terminal
	onHello *helloFunc                   // nil: every client is answered with this context

	keylog     io.Writer
	keylogPath string
	trace      *engine.Trace
	onMessage  func(MessageInfo)
	time       clock
}

// The security levels of NewContext and CreateDefaultContext.
const compatibleLevel, carefulLevel cipher.SecurityLevel = 1, 2

// NewContext returns a context with the settings that give the most compatibility: it trusts nobody and VERIFIES
// NOTHING (CertNone), unless p is ProtocolTLSClient. Use CreateDefaultContext to be safe. With ProtocolTLS the versions go
// from TLS 1.0 to TLS 1.3, and from SSL 3.0 on when OpNoSSLv3 is cleared. SSL 2.0 gives ErrUnsupportedProtocol, other numbers
// give ErrInvalidArgument.
func NewContext(p Protocol) (*Context, error) {
	c := &Context{settings: settings{protocol: p, options: defaultOptions, level: compatibleLevel, flags: VerifyX509TrustedFirst}}
	switch p {
	case ProtocolTLS, ProtocolTLSv1, ProtocolTLSv11, ProtocolTLSv12, ProtocolTLSServer:
	case ProtocolSSLv3:
		c.settings.options &^= OpNoSSLv3
	case ProtocolTLSClient:
		c.settings.verifyMode = CertRequired
		c.settings.checkHostname = true
	case ProtocolSSLv2:
		return nil, fmt.Errorf("%w: nobody should speak SSL 2.0 (RFC 6176)", ErrUnsupportedProtocol)
	default:
		return nil, argumentError("no such protocol: " + p.String())
	}
	sessions, err := newSessionSettings(c)
	if err != nil {
		return nil, err
	}
	c.settings.sessions = sessions
	return c, nil
}

// DefaultContextOption names what CreateDefaultContext trusts in place of the system's certificates.
type DefaultContextOption interface{ applyDefault(*VerifyLocations) }

type defaultContextOption func(*VerifyLocations)

func (o defaultContextOption) applyDefault(v *VerifyLocations) { o(v) }

// WithCAFile names a file of trusted certificates in PEM.
func WithCAFile(path string) DefaultContextOption {
	return defaultContextOption(func(v *VerifyLocations) { v.CAFile = path })
}

// WithCAPath names a directory of trusted certificates; see VerifyLocations.CAPath.
func WithCAPath(dir string) DefaultContextOption {
	return defaultContextOption(func(v *VerifyLocations) { v.CAPath = dir })
}

// WithCADataPEM gives trusted certificates as PEM.
func WithCADataPEM(text string) DefaultContextOption {
	return defaultContextOption(func(v *VerifyLocations) { v.CADataPEM = text })
}

// WithCADataDER gives trusted certificates as concatenated DER.
func WithCADataDER(encoding []byte) DefaultContextOption {
	return defaultContextOption(func(v *VerifyLocations) { v.CADataDER = encoding })
}

// CreateDefaultContext returns a context with the settings of a careful deployment: TLS 1.2 and 1.3, and for
// PurposeServerAuth (client sockets) a certificate that leads to one of the system's trusted ones, or of those that the
// options name, and is for the host that is wanted. For PurposeClientAuth (server sockets) nothing is asked of clients.
// The flags are VerifyX509Strict, VerifyX509PartialChain and VerifyX509TrustedFirst, and HostFlagStrictWildcards.
//
// If the environment variable SSLKEYLOGFILE is set, the secrets of all connections are appended to that file.
//
// Errors: ErrInvalidArgument for another purpose, those of LoadVerifyLocations and of SetKeylogFilename.
func CreateDefaultContext(purpose Purpose, opts ...DefaultContextOption) (*Context, error) {
	if err := purpose.check(); err != nil {
		return nil, err
	}
	c, err := NewContext(ProtocolTLS)
	if err != nil {
		return nil, err
	}
	c.settings.floor, c.settings.level = VersionTLS12, carefulLevel
	c.settings.options |= OpNoRenegotiation
	c.settings.flags |= VerifyX509Strict | VerifyX509PartialChain
	c.settings.hostFlags = HostFlagStrictWildcards
	if purpose == PurposeServerAuth {
		c.settings.verifyMode, c.settings.checkHostname = CertRequired, true
	}
	var v VerifyLocations
	for _, o := range opts {
		o.applyDefault(&v)
	}
	switch {
	case !v.empty():
		err = c.LoadVerifyLocations(v)
	case purpose == PurposeServerAuth:
		err = c.LoadDefaultCerts(purpose)
	}
	if err == nil {
		err = c.keylogFromEnvironment()
	}
	if err != nil {
		return nil, err
	}
	return c, nil
}

// change runs f on the settings, of which the next socket gets the result.
func (c *Context) change(f func(*settings)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	f(&c.settings)
	c.params = [2]*engine.Params{}
}

// current returns the settings of this moment.
func (c *Context) current() settings {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.settings
}

// Protocol returns what NewContext was given.
func (c *Context) Protocol() Protocol { return c.current().protocol }

// Options returns the options.
func (c *Context) Options() Options { return c.current().options }

// SetOptions replaces the options. Bits that are not defined give ErrInvalidArgument.
func (c *Context) SetOptions(o Options) error {
	if err := o.check(); err != nil {
		return err
	}
	c.change(func(s *settings) { s.options = o })
	return nil
}

// AddOptions sets options beside those that are set. Bits that are not defined give ErrInvalidArgument.
func (c *Context) AddOptions(o Options) error {
	if err := o.check(); err != nil {
		return err
	}
	c.change(func(s *settings) { s.options |= o })
	return nil
}

// ClearOptions clears options.
func (c *Context) ClearOptions(o Options) { c.change(func(s *settings) { s.options &^= o }) }

// VerifyMode returns what is demanded of the peer's certificate.
func (c *Context) VerifyMode() VerifyMode { return c.current().verifyMode }

// SetVerifyMode sets what is demanded of the peer's certificate. CertNone while CheckHostname is on, and numbers that
// are no mode, give ErrInvalidArgument.
func (c *Context) SetVerifyMode(m VerifyMode) (err error) {
	if m != CertNone && m != CertOptional && m != CertRequired {
		return argumentError("invalid value for verify_mode")
	}
	c.change(func(s *settings) {
		if m == CertNone && s.checkHostname {
			err = argumentError("Cannot set verify_mode to CERT_NONE when check_hostname is enabled.")
			return
		}
		s.verifyMode = m
	})
	return err
}

// CheckHostname reports whether clients check that the server's certificate is for the host that they want.
func (c *Context) CheckHostname() bool { return c.current().checkHostname }

// SetCheckHostname chooses whether clients check that the server's certificate is for the host that they want; without
// it, any trusted server can stand for any other. Setting it while the mode is CertNone gives ErrInvalidArgument; with
// ProtocolTLSClient it makes the mode CertRequired.
func (c *Context) SetCheckHostname(check bool) (err error) {
	c.change(func(s *settings) {
		if check && s.verifyMode == CertNone {
			if s.protocol != ProtocolTLSClient {
				err = argumentError("check_hostname needs a SSL context with either CERT_OPTIONAL or CERT_REQUIRED")
				return
			}
			s.verifyMode = CertRequired
		}
		s.checkHostname = check
	})
	return err
}

// SetALPNProtocols sets the names for application-layer protocol negotiation (RFC 7301), the best first; none turns it
// off. The server's order decides. Names of other than 1 to 255 bytes, or 65535 in all, give an *SSLError.
func (c *Context) SetALPNProtocols(protocols []string) error {
	if err := checkProtocols("ALPN", protocols); err != nil {
		return err
	}
	protocols = slices.Clone(protocols)
	c.change(func(s *settings) { s.protocols = protocols })
	return nil
}

// SetNPNProtocols sets the names for next protocol negotiation, which came before ALPN and is for TLS 1.2 and older;
// none turns it off, as it is from the start. A server shows its list; a client takes the first of the server's that it
// has too, else the first of its own. A server that could answer ALPN too answers that only. Names of other than 1 to
// 255 bytes, or 65535 in all, give an *SSLError.
func (c *Context) SetNPNProtocols(protocols []string) error {
	if err := checkProtocols("NPN", protocols); err != nil {
		return err
	}
	protocols = slices.Clone(protocols)
	c.change(func(s *settings) { s.nextProtocols = protocols })
	return nil
}

// checkProtocols refuses a list of names that has no form on the wire (RFC 7301, Section 3.1).
func checkProtocols(extension string, protocols []string) error {
	total := 0
	for _, p := range protocols {
		if len(p) == 0 || len(p) > 255 {
			return sslError("", extension+" protocols must be 1 to 255 in length", nil)
		}
		total += 1 + len(p)
	}
	if total > 65535 {
		return sslError("", extension+" protocols must be 65535 bytes in all at most", nil)
	}
	return nil
}

// SetALPNMismatchAllowed chooses what a server does with a client that offers none of its protocols: go on without
// one, or, as is the default, refuse it with no_application_protocol.
func (c *Context) SetALPNMismatchAllowed(allowed bool) {
	c.change(func(s *settings) { s.tolerant = allowed })
}

// SetTrace sets functions that get to see what happens inside each connection: records, messages, alerts, keys, states.
// They are called by whichever goroutine drives the connection, and by several at once when there are several
// connections. nil turns it off. t is copied.
func (c *Context) SetTrace(t *engine.Trace) {
	if t != nil {
		copied := *t
		t = &copied
	}
	c.change(func(s *settings) { s.trace = t })
}
