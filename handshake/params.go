package handshake

import (
	"slices"
	"time"

	"tlsengine/cipher"
	"tlsengine/x509lite"
)

// Role is which end of the connection we are.
type Role uint8

// The roles.
const (
	ClientRole Role = iota
	ServerRole
)

// String returns "client" or "server".
func (r Role) String() string {
	if r == ServerRole {
		return "server"
	}
	return "client"
}

// ClientAuth says what a server asks of its clients.
type ClientAuth uint8

// The degrees of client authentication.
const (
	AuthNone     ClientAuth = iota // no certificate is requested
	AuthOptional                   // one is requested: without one the handshake goes on, but one that comes must be good
	AuthRequired                   // without a good certificate, or a PSK from outside of TLS, there is no connection
)

// Stapling says what one end wants of the OCSP responses that the other staples to its certificates.
type Stapling uint8

// The degrees of interest in staples.
const (
	StaplingOff      Stapling = iota // none is asked for
	StaplingReported                 // one is asked for, and handed to the application as it is
	StaplingChecked                  // one that comes must be good, and one must come for a certificate that says so (RFC 7633)
	StaplingRequired                 // one must come, and be good
)

// String returns what is done.
func (s Stapling) String() string {
	return nameIn([]string{"off", "reported", "checked", "required"}, "stapling", uint8(s))
}

// Renegotiation says how to answer a peer that wants to negotiate again, before TLS 1.3.
type Renegotiation uint8

// The answers to a peer that wants to negotiate again.
const (
	RenegotiationRefused   Renegotiation = iota // by a warning no_renegotiation: the connection goes on as it is
	RenegotiationForbidden                      // by a fatal no_renegotiation
	RenegotiationIgnored                        // not at all: the connection goes on as it is
	RenegotiationOnce                           // by another handshake, once on a connection; then by a warning
	RenegotiationFreely                         // by another handshake
)

// granted tells whether there may be another handshake, whoever wishes it. What it takes for one is kept only then.
func (r Renegotiation) granted() bool { return r == RenegotiationOnce || r == RenegotiationFreely }

// Params is a checked and frozen configuration, shared by any number of connections; nobody changes it once a
// connection has it. engine.Config.Freeze makes it from what people write, and is where its fields are documented for
// them; a Params is known to be consistent.
type Params struct {
	// Versions are the enabled versions, the highest first. At least one.
	Versions []cipher.Version
	// Suites are the enabled cipher suites of all versions, the best first.
	Suites []*cipher.Suite
	// SuiteLists keeps what servers' connections have in common; may be nil.
	SuiteLists *SuiteLists
	// Groups are the enabled key exchange groups, the best first.
	Groups []*cipher.Group
	// KeyShares are the groups for which a TLS 1.3 client sends a share in its first hello; all of them are in Groups.
	KeyShares []*cipher.Group
	// VerifySchemes are the signature schemes accepted from the peer, the best first.
	VerifySchemes []cipher.SignatureScheme
	// Credentials are what we authenticate with, in order of preference.
	Credentials []*Credential
	// Protocols are the ALPN names, the best first; empty means no ALPN.
	Protocols []string
	// NextProtocols are the names for next protocol negotiation before TLS 1.3, the best first; nil means none of it.
	NextProtocols []string
	// TolerateNoProtocol lets a server go on without ALPN when the peer offers none of Protocols.
	TolerateNoProtocol bool
	// TolerateUnknownProtocol lets a client go on with a protocol that it hasn't offered.
	TolerateUnknownProtocol bool

	// CertificateFirst makes a TLS 1.3 server take a PSK from outside only where it has no certificate for the client.
	CertificateFirst bool

	// FalseStart lets a client send data before the server's Finished.
	FalseStart FalseStart

	// NoCertificates makes a client of TLS 1.3 go on with a PSK only; before, suites see to it.
	NoCertificates bool

	// QuietServerName makes a server not answer server_name.
	QuietServerName bool

	// PreferOwnOrder makes a server follow its own order of suites and groups; otherwise the client's.
	PreferOwnOrder bool

	// EqualSuites and EqualGroups are sets of neighbours in Suites and Groups among which the client's order counts all the same.
	EqualSuites [][]cipher.SuiteID
	EqualGroups [][]cipher.GroupID

	// AskForBestGroup makes a TLS 1.3 server ask for a share of the best group rather than take one of another.
	AskForBestGroup bool
	// ClientAuth is what a server asks of clients.
	ClientAuth ClientAuth
	// UnverifiedServer makes a client take any certificate.
	UnverifiedServer bool
	// Roots are the trust anchors for the peer's certificate.
	Roots *x509lite.Pool
	// Verification is how the chain to one of Roots is judged.
	Verification Verification
	// Stapling is what we want of the OCSP responses about the peer's certificates.
	Stapling Stapling
	// SCTs asks for the timestamps of the peer's certificate (RFC 6962).
	SCTs bool
	// CertificateSchemes are the schemes accepted in the peer's certificates, if they are not those of VerifySchemes.
	CertificateSchemes []cipher.SignatureScheme
	// CertificateCompression are the algorithms by which certificates may be compressed, the best first; empty means none.
	CertificateCompression []*CertificateCompression
	// DelegatedCredentials lets the peer sign with a key that its certificate delegates to (RFC 9345).
	DelegatedCredentials bool
	// PeerTypes are the types of certificates taken from the peer, the best first; empty means X.509.
	PeerTypes []CertificateType
	// OwnTypes are the types that a client offers to show; empty means those of its credentials.
	OwnTypes []CertificateType
	// TrustedKeys are the raw public keys that peers may have, each a SubjectPublicKeyInfo in DER.
	TrustedKeys [][]byte
	// GREASE sends code points that mean nothing (RFC 8701).
	GREASE bool
	// PermuteExtensions makes a client send the extensions of its hello in random order.
	PermuteExtensions bool
	// PadHello makes a client avoid hellos of lengths that some servers hang on (RFC 7685).
	PadHello bool
	// RecordSizeLimit is how long the peer's records may be, in bytes, in TLS 1.3 with their type and padding; 0 stands for no limit
	// of ours.
	RecordSizeLimit int
	// SkipHostname makes a client verify the chain without the name.
	SkipHostname bool
	// Authorities are the names of issuers that the peer is asked for, as DER.
	Authorities [][]byte
	// MiddleboxCompat makes TLS 1.3 look like a TLS 1.2 resumption (RFC 8446, Appendix D.4).
	MiddleboxCompat bool
	// RetryCookie makes a server send a cookie with its HelloRetryRequest.
	RetryCookie bool
	// AllowLegacyServer lets a client go on with a server before TLS 1.3 that lacks RFC 5746.
	AllowLegacyServer bool
	// Renegotiation is how to answer a peer that wants to negotiate again.
	Renegotiation Renegotiation
	// InsecureRenegotiation negotiates again with peers too that lack RFC 5746.
	InsecureRenegotiation bool
	// PostHandshakeAuth makes a client of TLS 1.3 offer to authenticate after the handshake, and a server not ask for it before.
	PostHandshakeAuth bool
	// MaxCertificateList bounds a Certificate message, in bytes.
	MaxCertificateList int
	// Signatures remembers signatures in certificates that were found valid; may be nil.
	Signatures x509lite.SignatureCache
	// ParseCertificate parses or finds a parsed certificate.
	ParseCertificate func(der []byte) (*x509lite.Certificate, error)
	// Time is the clock.
	Time func() time.Time

	// Sessions keeps a server's sessions before TLS 1.3; nil means that none is resumed by its id.
	Sessions SessionStore
	// Tickets makes a server's tickets; nil means that none is given or taken.
	Tickets TicketSealer
	// SessionIDsOnly leaves session_ticket out before TLS 1.3: sessions are resumed by their ids.
	SessionIDsOnly bool
	// TicketCount is how many tickets a TLS 1.3 server sends after a handshake.
	TicketCount int
	// SessionLifetime is for how long a session can be resumed, at most seven days in TLS 1.3.
	SessionLifetime time.Duration
	// SessionLifetimeBefore13 is that before TLS 1.3, at most SessionLifetime.
	SessionLifetimeBefore13 time.Duration
	// SessionContext tells apart uses of the same configuration whose sessions must not be mixed.
	SessionContext []byte
	// Scope is the digest of the configuration that a session must have been made under: ScopeOf of these Params.
	Scope [32]byte
	// NewSession is told of each new session, with the application's own value from Options; may be nil.
	NewSession func(s *Session, value any)
	// SSLv2Hello lets a client begin with a hello in the format of SSL 2.0.
	SSLv2Hello bool
	// Fallback makes a client say that it has tried a higher version before (RFC 7507).
	Fallback bool
	// Compression offers DEFLATE for records before TLS 1.3, and takes it.
	Compression bool
	// UnsplitCBC leaves out what keeps an attacker from knowing the IV of data that he chooses.
	UnsplitCBC bool
	// MinDHBits is the shortest prime, in bits, that a client takes from a server with a DHE suite.
	MinDHBits int
	// DHGroup is what a server uses with DHE suites for clients that name no group of RFC 7919, and for all if it has none of that
	// RFC and this is none either; nil means that it has none.
	DHGroup *cipher.Group
	// PSKHint is what a server before TLS 1.3 tells its clients of which PSK to use (RFC 4279, Section 2); nil means nothing.
	PSKHint []byte
	// PSKs are keys agreed upon outside of TLS, the best first.
	PSKs []*PSK
	// PSKWithoutDHE lets a PSK do without a key exchange of its own in TLS 1.3: what is recorded today can be read by
	// whoever gets the PSK tomorrow.
	PSKWithoutDHE bool
	// MaxEarlyData is how many bytes of early data a server takes, and a client sends at most; 0 means none.
	MaxEarlyData uint32
	// Replays sees to it that early data is taken once; a server without one takes none.
	Replays ReplayGuard

	// ECHKeys are what a server opens encrypted hellos with (RFC 9849).
	ECHKeys []*ECHKey
	// ECHRetryConfigs is the ECHConfigList for clients whose hello none of ECHKeys opens; nil if there are no keys.
	ECHRetryConfigs []byte
	// ECHGrease makes a client that has no usable configuration send what looks like an encrypted hello.
	ECHGrease bool
	// RequireECH keeps a client from connecting without an encrypted hello.
	RequireECH bool

	// The answers to operations; nil stands for the standard answer of each.
	SelectContext    func(*ClientHelloInfo) (*Params, error)
	SelectCredential func(*SelectCredential) (*Credential, error)
	VerifyPeer       func(*VerifyPeer) (*x509lite.Verdict, error)
	FindPSK          func(*FindPSK) (*PSK, error)
	AdmitEarlyData   func(*AdmitEarlyData) (bool, error)
}

// Verification says how exactly a peer's chain is judged, beyond whom it must lead to. The fields are those of
// x509lite.VerifyOptions; the zero value is the usual judgement, without a look at revocation lists.
type Verification struct {
	Degree     x509lite.Degree     // how exactly the form of certificates is looked at
	Anchors    x509lite.Anchors    // which of the trusted certificates may end a chain
	PeerFirst  bool                // the peer's certificates are tried before trusted ones
	HostRules  x509lite.HostRules  // which rules about host names are relaxed
	Revocation x509lite.Revocation // for whom there must be a revocation list that doesn't name them
	CRLs       x509lite.CRLSource  // where those lists are; may be nil if nobody's is wanted

	// StaplesCount lets a stapled OCSP response that says "good" stand for the list that Revocation asks for; a list that says
	// otherwise outweighs it, since the peer chooses what it staples. Then a certificate that says so must come with one
	// (RFC 7633), whatever Stapling is. Without it only lists count, as with OpenSSL's X509_V_FLAG_CRL_CHECK, which knows nothing
	// of OCSP. Stapling asks for the responses.
	StaplesCount bool

	SecurityBits int // the least strength of keys and hashes; 0 stands for 112
}

// Options are what differs between connections of the same Params.
type Options struct {
	// ServerName is the host that a client wants: sent as server_name unless it is an IP address, and verified.
	ServerName string
	// KnownGroups are groups that a client's server is known to have; may be nil.
	KnownGroups []cipher.GroupID
	// ECHConfigs are what a client may encrypt its hello to; may be nil.
	ECHConfigs *ECHConfigList
	// Session is what a client offers to resume; may be nil.
	Session *Session
	// NoEarlyData makes a client announce none.
	NoEarlyData bool
	// PSKs are what a client offers before those of Params; may be nil.
	PSKs []*PSK
	// Rand is the source of random bytes; nil means the system's.
	Rand Rand
	// KeyLog gets the connection's secrets; may be nil.
	KeyLog KeyLog
	// Received sees each message of the peer before it is handled, header included; may be nil. It must not keep it.
	Received func(t MessageType, whole []byte)
	// Shape may change each message before it is written and hashed, and must not keep it; nil changes none. It is the seam for
	// tests that replay a handshake that somebody else has written down, such as RFC 8448's: nothing but tests sets it, and
	// engine.Options has no way to it.
	Shape func(Message)
	// Value is the application's own, handed to it with every question about this connection.
	Value any
}

// enables tells whether v is among the enabled versions.
func (p *Params) enables(v cipher.Version) bool { return slices.Contains(p.Versions, v) }

// ownField tells whether a server has a finite field of its own and none of RFC 7919: then it does not take part in that RFC's
// way to agree on one.
func (p *Params) ownField() bool {
	return p.DHGroup != nil && p.DHGroup.ID == 0 && !slices.ContainsFunc(p.Groups, isFiniteField)
}

// highest returns the highest enabled version.
func (p *Params) highest() cipher.Version { return p.Versions[0] }

// group returns the enabled group with this id, or nil.
func (p *Params) group(id cipher.GroupID) *cipher.Group {
	for _, g := range p.Groups {
		if g.ID == id {
			return g
		}
	}
	return nil
}

// accepts tells whether the peer may sign with s.
func (p *Params) accepts(s cipher.SignatureScheme) bool { return slices.Contains(p.VerifySchemes, s) }
