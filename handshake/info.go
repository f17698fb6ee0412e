package handshake

import (
	"time"

	"tlsengine/cipher"
	"tlsengine/x509lite"
)

// Info is the report of a finished handshake. It is immutable; its slices must not be changed.
type Info struct {
	Role         Role
	Version      cipher.Version
	Suite        *cipher.Suite
	Group        *cipher.Group          // of the key exchange; nil if there was none
	PeerScheme   cipher.SignatureScheme // with which the peer signed; 0 if it didn't
	LocalScheme  cipher.SignatureScheme // with which we signed; 0 if we didn't
	ClientRandom [32]byte
	ServerRandom [32]byte

	PSKIdentity []byte // of the PSK that was used, before TLS 1.3; nil without

	ServerName string // server_name of the ClientHello, "" without
	Protocol   string // ALPN, "" when none was chosen

	PeerChain  []*x509lite.Certificate // as the peer sent it, leaf first; nil without
	PeerKey    []byte                  // the peer's raw public key, a SubjectPublicKeyInfo; nil if it showed a chain or nothing
	Staple     []byte                  // the OCSP response that came with the leaf; nil without
	SCTs       []byte                  // the leaf's SignedCertificateTimestampList (x509lite.ParseSCTList), not judged; nil without
	Delegated  bool                    // the peer signed with a key that the leaf delegates to (RFC 9345)
	Verdict    *x509lite.Verdict       // how the chain was verified; nil when it was not, or by the application
	Recorded   error                   // a refusal of the peer that was recorded only
	Credential *Credential             // what we authenticated with; nil if we didn't

	Resumed       bool          // a session was resumed: what is said of the peer was found in the connection that it came from
	PSK           *PSK          // the key from outside of TLS that authenticated both ends; nil without
	EarlyData     EarlyOutcome  // what became of early data
	TicketAgeSkew time.Duration // servers, TLS 1.3: by how much the client's clock has run faster since the ticket was given

	ECH                  ECHStatus // whether the hello was encrypted
	Renegotiations       int       // how many handshakes came before this one on the connection, before TLS 1.3
	HelloRetried         bool      // a HelloRetryRequest was needed
	ExtendedMasterSecret bool      // RFC 7627; true in TLS 1.3, which always binds its secrets to the handshake
	EncryptThenMAC       bool      // RFC 7366
	SecureRenegotiation  bool      // the peer showed RFC 5746; true in TLS 1.3, which has no renegotiation
	ClientAuthRequested  bool      // a CertificateRequest was sent

	shared *[]*cipher.Suite // on servers, see SharedSuites
}

// EarlyOutcome is what became of early data.
type EarlyOutcome uint8

// The outcomes. A client knows but some of a server's reasons.
const (
	EarlyNotOffered    EarlyOutcome = iota
	EarlyAccepted                   // it was taken
	EarlyDeclined                   // by the server, which didn't say why, or is configured to take none
	EarlyNotResumed                 // the session was not resumed
	EarlyRetried                    // a HelloRetryRequest was needed
	EarlyOtherSuite                 // the suite is not the session's
	EarlyOtherProtocol              // the ALPN protocol is not the session's
	EarlyUnsupported                // the session doesn't allow it
	EarlyStale                      // the ticket's age is not what it should be
	EarlyReplayed                   // it may have been sent before
)

var earlyNames = [...]string{"not offered", "accepted", "declined", "not resumed", "retried", "other suite", "other protocol",
	"not supported by the session", "ticket of the wrong age", "perhaps a replay"}

// String returns a few words.
func (o EarlyOutcome) String() string { return nameIn(earlyNames[:], "outcome", uint8(o)) }

// Connection is what a finished handshake leaves behind for the engine.
type Connection struct {
	Info     *Info
	Exporter *Exporter
	// SendKeys makes the next generation of our write keys in TLS 1.3; nil before.
	SendKeys *SendKeys
	// Stored is the connection's session in a server's store; nil if it is in none.
	Stored *StoredSession
}

// StoredSession is a place in a SessionStore.
type StoredSession struct {
	store SessionStore
	id    []byte
}

// Remove takes the session out of the store.
func (s *StoredSession) Remove() { s.store.Remove(s.id) }
