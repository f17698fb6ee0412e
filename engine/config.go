package engine

import (
	"io"
	"time"

	"tlsengine/cipher"
	"tlsengine/handshake"
	"tlsengine/x509lite"
)

// Config is what people write: plain fields, of which the zero value is a careful client's or server's choice. Freeze
// checks it, copies it and builds all that is constant; the Config itself is never used by a connection and may be
// changed afterwards.
type Config struct {
	// MinVersion and MaxVersion bound the versions. The defaults are TLS 1.2 and TLS 1.3. The versions before TLS 1.2 are
	// broken in more than one way, each needs a suite that is not among the defaults, and SSL 3.0 shows what it decrypts to
	// whoever asks often enough (POODLE, CVE-2014-3566).
	MinVersion, MaxVersion cipher.Version

	// WithoutVersions are taken out of the versions between the two.
	WithoutVersions []cipher.Version

	// Suites are the cipher suites of all versions, the best first. nil means cipher.Suites(); whatever else
	// cipher.AllSuites has is off unless it stands here.
	Suites []cipher.SuiteID

	// OldSuites are more suites, behind the others, that count only below TLS 1.2: what a deployment of AEAD suites takes to
	// speak to older peers, without giving TLS 1.2's the choice.
	OldSuites []cipher.SuiteID

	// Fallback makes a client tell the server that it tries again with a lower MaxVersion than its own best, so that a server
	// that has better refuses (RFC 7507).
	Fallback bool

	// FalseStart lets a client of TLS 1.2 write before the server's Finished has come: Status shows CanWrite before HandshakeDone
	// then. The risk: until the Finished nobody knows whether the hellos came as they were sent. The server's certificate was
	// verified, and its key has signed the key exchange, but suite, group and protocol may be an attacker's choice among all that
	// is enabled; if so, the connection ends after something was written. Info is nil until the Finished, so that one should have
	// a single protocol to offer. The zero value waits.
	FalseStart handshake.FalseStart

	// UnsplitCBC makes TLS 1.0 and SSL 3.0 send application data without its first byte in a record of its own: for peers
	// that can't read that. An attacker who chooses data can then guess other data (BEAST, CVE-2011-3389).
	UnsplitCBC bool

	// Compression opens connections to CRIME (CVE-2012-4929): an attacker who can place guesses next to a secret finds it out by
	// the lengths of records. It compresses them by DEFLATE (RFC 3749), before TLS 1.3 and if the peer does too. A client that has
	// TLS 1.3 enabled never offers it, whatever version comes of it, since RFC 8446 forbids that: it takes a MaxVersion of
	// TLS 1.2. The zero value neither offers nor takes it.
	//
	// Between records a connection holds what came last, up to 32 KiB, Sleep or not, since what comes next may look back at it
	// (RFC 3749). While a record is compressed it has 1.2 MB from a pool, while one is decompressed 40 KiB.
	Compression bool

	// Groups are the key exchange groups, the best first. nil means X25519MLKEM768, X25519, P-256, P-384, and with DHE suites
	// ffdhe2048 and ffdhe3072 too.
	Groups []cipher.GroupID

	// KeyShares are the groups for which a client sends a share in its first hello, all of them in Groups. nil means the
	// first group and, if that is a post-quantum one, the first classical one too. An empty list that is not nil sends none,
	// which makes every TLS 1.3 server ask again.
	KeyShares []cipher.GroupID

	// Schemes are the signature schemes accepted from the peer, the best first. nil means all that nothing speaks against.
	Schemes []cipher.SignatureScheme

	// CertificateSchemes are the schemes accepted in the peer's certificates, which it is told in an extension of its own. nil means
	// those of Schemes. What a certificate is really judged by is Verification's.
	CertificateSchemes []cipher.SignatureScheme

	// Credentials are what to authenticate with, in order of preference. A server needs at least one, unless its suites are
	// anonymous or its clients have PSKs.
	Credentials []*handshake.Credential

	// Protocols are the names for ALPN, the best first, each of 1 to 255 bytes. nil means no ALPN.
	Protocols []string

	// NextProtocols are the names for next protocol negotiation, which came before ALPN and is for TLS 1.2 and older
	// (draft-agl-tls-nextprotoneg-03), each of 1 to 255 bytes: a server's, or what a client would take, the best first. A client
	// takes the first of its server's list that it has too, else its own first. An empty list that is not nil takes part and has
	// nothing to say: a server shows no name, a client takes none. nil, the default, is not to take part: ALPN has replaced it.
	NextProtocols []string

	// TolerateNoProtocol lets a server go on without ALPN when the client offers none of Protocols. Otherwise that is
	// fatal, as RFC 7301 has it.
	TolerateNoProtocol bool

	// TolerateUnknownProtocol lets a client go on with a protocol that the server chose and the client didn't offer, against
	// RFC 7301. It is for programs that look at Info's Protocol themselves before they say a word.
	TolerateUnknownProtocol bool

	// PreferOwnOrder makes a server follow its own order of suites and groups; otherwise the client's order counts.
	PreferOwnOrder bool

	// EqualSuites and EqualGroups are sets of suites and groups, side by side in Suites and Groups, that a server with
	// PreferOwnOrder takes for equally good: among those of a set the client's order counts. AES-GCM and ChaCha20 are such, of
	// which clients without hardware for AES prefer the second.
	EqualSuites [][]cipher.SuiteID
	EqualGroups [][]cipher.GroupID

	// AskForBestGroup makes a server of TLS 1.3 ask for a key share of the best group in common, by a HelloRetryRequest, though
	// the client has sent one of another: for a policy in which the order of groups is more than taste. Among EqualGroups a share
	// at hand decides. The zero value spends this round trip for post-quantum security only: without a quantum computer no group
	// is weak.
	AskForBestGroup bool

	// Roots are the trust anchors for the peer's certificate. nil means none: then no peer is trusted.
	Roots *x509lite.Pool

	// Verification says how a peer's chain to one of Roots is judged: how exactly its form is looked at, and whether
	// revocation lists are.
	Verification handshake.Verification

	// Stapling is what is wanted of OCSP responses that the peer staples to its certificates: a client asks its server, and a
	// server that wants client certificates its clients (in TLS 1.3). The zero value asks for none: few authorities still offer
	// OCSP, and a response that somebody forgot to renew would end connections. With handshake.StaplingChecked a bad
	// response ends the connection, and so does none for a certificate that says there must be one.
	Stapling handshake.Stapling

	// SCTs asks the peer for certificate timestamps (RFC 6962). Info and the VerifyPeer operation have them as they came: which logs
	// are to be believed is for the application to know.
	SCTs bool

	// CertificateCompression are the algorithms by which certificates may be compressed in TLS 1.3 (RFC 8879), the best first, ours
	// and the peer's; handshake.ZlibCompression is one. nil means none: few peers have it, and whoever offers it runs a
	// decompressor on what strangers send.
	CertificateCompression []*handshake.CertificateCompression

	// DelegatedCredentials lets the peer sign, in TLS 1.3, with a key to which its certificate delegates for some days (RFC 9345).
	// The zero value doesn't: such a key can't be revoked.
	DelegatedCredentials bool

	// PeerCertificateTypes are the types of certificates that the peer may show, the best first. nil means X.509. With
	// handshake.CertificateRawPublicKey it may show a public key and nothing else (RFC 7250): one of TrustedKeys, or one that
	// VerifyPeer accepts.
	PeerCertificateTypes []handshake.CertificateType

	// OwnCertificateTypes are the types that a client offers to show, the best first. nil means those of Credentials.
	OwnCertificateTypes []handshake.CertificateType

	// TrustedKeys are the raw public keys of the peers that are welcome, each a SubjectPublicKeyInfo in DER
	// (x509lite.MarshalPublicKey). Names don't count with them: who has one of the keys is who we want.
	TrustedKeys [][]byte

	// GREASE sends code points that mean nothing, in the hellos of a client and the requests and tickets of a server (RFC 8701), so
	// that peers that can't bear them are found early. The zero value doesn't: it helps the Web, and no single connection.
	GREASE bool

	// PermuteExtensions makes a client send the extensions of its hello in random order, so that nobody gets used to one. The zero
	// value has one order, which is easier to compare.
	PermuteExtensions bool

	// PadHello makes a client pad a hello of 256 to 511 bytes to 512 (RFC 7685): some servers of 2013 hang on such. Hellos with a
	// post-quantum key share are longer in any case.
	PadHello bool

	// UnverifiedServer makes a client take any certificate: who can reroute its packets can be its server.
	UnverifiedServer bool

	// QuietServerName makes a server leave out the answer that says that it has used the client's server_name: for one that serves
	// everything the same, whatever the name (RFC 6066, Section 3).
	QuietServerName bool

	// SkipHostname makes a client verify the chain and not the name: any server with a certificate of the same
	// authorities can then stand for any other.
	SkipHostname bool

	// ClientAuth is what a server asks of its clients.
	ClientAuth handshake.ClientAuth

	// Authorities are the names of issuers that we would like in the peer's chain, as DER. A server puts them into its
	// CertificateRequest, a client of TLS 1.3 into its ClientHello.
	Authorities [][]byte

	// PlainTLS13 sends TLS 1.3 without the disguise for middleboxes (RFC 8446, Appendix D.4): no session id from a client, and no
	// ChangeCipherSpec, but where a server's client has sent an id. The zero value costs 38 bytes each way, and gets through where
	// boxes on the way know nothing but TLS 1.2.
	PlainTLS13 bool

	// RetryCookie makes a server send a cookie with each HelloRetryRequest.
	RetryCookie bool

	// AllowLegacyServer lets a client use a server of TLS 1.2 or older that lacks RFC 5746, and so may be open to injection.
	AllowLegacyServer bool

	// Renegotiation is how to answer a peer of TLS 1.2 or older that wants to negotiate again. The zero value refuses it, and the
	// connection goes on. In SSL 3.0 a refusal ends it. See Conn.Renegotiate for asking ourselves.
	Renegotiation handshake.Renegotiation

	// InsecureRenegotiation negotiates again with peers too that lack RFC 5746: somebody between the two ends can then have made the
	// first handshake, and said things in the name of the second (CVE-2009-3555).
	InsecureRenegotiation bool

	// Sessions keeps a server's sessions before TLS 1.3 by their ids, in a SessionCache for example. nil means that none is
	// resumed that way.
	Sessions handshake.SessionStore

	// Tickets makes and opens a server's tickets: TicketKeys for example. nil means that none is given and none taken.
	Tickets handshake.TicketSealer

	// SessionIDsOnly leaves tickets out of versions before TLS 1.3, at both ends: sessions are then resumed by their ids.
	SessionIDsOnly bool

	// TicketCount is how many tickets a TLS 1.3 server gives a client that can use them, at most 65535. 0 means 2; NoTickets gives
	// none.
	TicketCount int

	// SessionLifetime is for how long a server lets a session be resumed, at most seven days. 0 means one day.
	SessionLifetime time.Duration

	// SessionLifetimeBefore13 is likewise for versions before TLS 1.3, at most SessionLifetime. 0 means SessionLifetime.
	SessionLifetimeBefore13 time.Duration

	// SessionContext tells apart uses of one configuration whose sessions must not be mixed, such as two services behind one
	// set of ticket keys. It is part of what a session must have been made under.
	SessionContext []byte

	// NewSession is told of each new session of a connection, with the value from Options: on clients what can be given as
	// Options.Session to a later connection, as soon as it is known (in TLS 1.3 that is after the handshake, while the
	// connection is read). It must not call the connection.
	NewSession func(s *handshake.Session, value any)

	// PSKs are keys agreed upon outside of TLS, the best first. A client offers all; a server takes the first of its own that a
	// client of TLS 1.3 offers, or the one that an older client names.
	PSKs []*handshake.PSK

	// CertificateFirst makes a server of TLS 1.3 that has both show a certificate to clients that can use it, and take a PSK from
	// the others: for a fleet that moves from PSKs to certificates, where the clients that have moved still offer both. The zero
	// value takes a PSK that it knows, which costs less. Sessions are resumed in any case.
	CertificateFirst bool

	// NoCertificates makes a client take no certificate: the server has to choose one of the PSKs, with a suite that needs none,
	// or a session. Before TLS 1.3 that leaves the suites whose authentication is a PSK's, and the versions that have one.
	NoCertificates bool

	// FindPSK, if set, answers the operation of that name. The standard answer is op.Choose().
	FindPSK func(op *handshake.FindPSK) (*handshake.PSK, error)

	// PSKHint is what a server before TLS 1.3 tells its clients of which PSK to use (RFC 4279, Section 2), at most 65535
	// bytes. nil means nothing.
	PSKHint []byte

	// MinDHBits is the shortest prime, in bits, that a client takes from a server with a DHE suite. 0 means 2048; at least
	// cipher.MinDHBits.
	MinDHBits int

	// DHParameters are what a server uses with DHE suites for clients that name no group of RFC 7919, and for all clients if they
	// are not of that RFC and there is no group of it among Groups. nil means the first group of that kind among Groups, and
	// without one ffdhe2048. If Groups is nil too, parameters of the RFC stand there in place of the other groups of the kind.
	DHParameters *cipher.DHParameters

	// PSKWithoutDHE lets resumption and PSKs in TLS 1.3 do without a key exchange of their own: what is recorded today can then
	// be read by whoever gets hold of the session or key tomorrow.
	PSKWithoutDHE bool

	// MaxEarlyData is how many bytes of early data a server takes from a client that resumes, and how many a client sends at
	// most. Whoever can see early data can send it again, to another server of the same name for example: it is for what does
	// no harm if it comes twice. 0, the default, means none.
	MaxEarlyData uint32

	// Replays remembers which early data was taken, so that a server takes none twice. nil means a ReplayCache where Tickets are
	// RandomTicketKeys or those of a SessionCache, which no other process opens; with other tickets it means that none is taken.
	Replays handshake.ReplayGuard

	// AdmitEarlyData, if set, answers the operation of that name. The standard answer is op.Guard().
	AdmitEarlyData func(op *handshake.AdmitEarlyData) (bool, error)

	// ECHKeys are what a server opens encrypted hellos with (Encrypted Client Hello, RFC 9849): the name that a client wants is
	// then seen by nobody else. Their configurations are for the server's HTTPS record in the DNS; a client with an old one is
	// told those of keys that are not Retired. Where SelectContext picks other Params, the keys are those of the Params that the
	// connection began with. nil means that no hello is opened.
	ECHKeys []*handshake.ECHKey

	// RequireECH keeps a client from connecting if it can't encrypt its hello: Client fails without Options.ECHConfigs, and with
	// some that it can't use. The zero value connects without.
	RequireECH bool

	// ECHGrease makes a client that has no configuration to use send what looks like an encrypted hello and is none, so that
	// those that are one don't stand out. The zero value doesn't: it makes each hello some 200 bytes longer.
	ECHGrease bool

	// PostHandshakeAuth makes a client of TLS 1.3 offer to show its certificate after the handshake, if its server asks for it
	// (RFC 8446, Section 4.6.2). A server then doesn't ask for it within the handshake of TLS 1.3, whatever ClientAuth says, but
	// when Conn.RequestCertificate is called. With neither of the two it can't, and keeps nothing for it.
	PostHandshakeAuth bool

	// MaxCertificateList bounds a peer's Certificate message, in bytes. 0 means 100 KiB.
	MaxCertificateList int

	// MaxFragment bounds the plaintext of a record that we send, 512 to 16384 bytes. 0 means 16384.
	MaxFragment int

	// RecordSizeLimit asks the peer to send no record with more than so many bytes of plaintext, in TLS 1.3 with its type and
	// padding (RFC 8449; clients ask for max_fragment_length too, RFC 6066): 64 to 16385. A record that is longer then ends the
	// connection. 0 asks for nothing; what a client asks of a server is kept to in any case.
	RecordSizeLimit int

	// SelectContext, if set, answers the operation of that name: it picks the Params for a ClientHello. A nil Params
	// keeps those that the connection began with. Of the Params picked, everything counts but Trace, Defer and ECHKeys. The error
	// handshake.ErrDeclineECH goes back to the outer one of an encrypted hello.
	SelectContext func(*handshake.ClientHelloInfo) (*Params, error)

	// SelectCredential, if set, answers the operation of that name. The standard answer is op.Choose(). nil means none: a
	// client then sends an empty Certificate, a server gives up.
	SelectCredential func(op *handshake.SelectCredential) (*handshake.Credential, error)

	// VerifyPeer, if set, answers the operation of that name. The standard answer is op.Verify(). An error refuses the peer; a
	// *record.Error or *x509lite.VerifyError in it chooses the alert.
	VerifyPeer func(op *handshake.VerifyPeer) (*x509lite.Verdict, error)

	// Defer holds the kinds of operations that are not answered at once: they wait in Conn.Pending until somebody
	// answers them. See handshake.Kinds and handshake.AllOperations.
	Defer handshake.OperationKinds

	// Time is the clock. nil means time.Now.
	Time func() time.Time

	// KeyLog gets the secrets of all connections in the format of SSLKEYLOGFILE, one Write for each line, never two at
	// once. Whoever reads it can read the connections: it is for debugging only.
	KeyLog io.Writer

	// Trace gets to see what happens inside each connection. It is copied.
	Trace *Trace
}

// NoTickets is a TicketCount of none.
const NoTickets = -1

// Options are what differs between connections with the same Params.
type Options struct {
	// ServerName is the host that a client wants: sent as server_name unless it is an IP address, and verified.
	ServerName string

	// Session is what a client offers to resume, from NewSession of an earlier connection to the same server; nil offers
	// nothing. One that can't be used now, because it has expired or was made under other settings, is not offered.
	Session *handshake.Session

	// NoEarlyData makes a client announce no early data, whatever Config.MaxEarlyData and the session allow: it has nothing to say
	// early.
	NoEarlyData bool

	// PSKs are keys agreed upon outside of TLS that a client offers for this connection, before those of Config.PSKs.
	PSKs []*handshake.PSK

	// ECHConfigs are the server's configurations for Encrypted Client Hello (RFC 9849), from its HTTPS record: a client encrypts
	// its hello to the first that it can use, and offers the server's public name in its place. If the server doesn't accept that,
	// the connection ends in an error with a *handshake.ECHRejection, which has what to try next. nil encrypts nothing.
	ECHConfigs *handshake.ECHConfigList

	// KnownGroups are groups that the server is known to have, from its DNS record for example
	// (draft-ietf-tls-key-share-prediction). A client sends one key share, for the first of its own groups that is among
	// them; if there is none it does as Config.KeyShares says.
	KnownGroups []cipher.GroupID

	// Rand is the source of all random bytes of the connection, a function of its arguments. With it a connection is a
	// function of its configuration, clock and input. nil means the system's generator.
	Rand handshake.Rand

	// Value is the application's own. The engine hands it to the application with each question about the connection.
	Value any
}

// Params is a frozen Config: immutable, and shared by any number of connections. What connections share, such as
// parsed certificates, is in it, behind short locks.
type Params struct {
	handshake   *handshake.Params
	defers      handshake.OperationKinds
	maxFragment int
	keyLog      *keyLog
	trace       Trace
}

// Trace returns a copy of what the Params were given to see their connections.
func (p *Params) Trace() Trace { return p.trace }

// WithTrace returns Params that are the same in everything but whom they show their connections: for one connection, for
// example. They share with p what connections share.
func (p *Params) WithTrace(t Trace) *Params {
	own := *p
	own.trace = t
	return &own
}
