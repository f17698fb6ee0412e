package handshake

import (
	"time"
	"unsafe"

	"tlsengine/cipher"
	"tlsengine/record"
	"tlsengine/x509lite"
)

// Info is the report of a finished handshake. It is immutable; its slices must not be changed. An idle connection keeps it, so
// that what most connections lack stands in parts of its own.
type Info struct {
	Suite *cipher.Suite
	Group *cipher.Group // of the key exchange; nil if there was none

	*PeerInfo              // what the peer showed of itself; never nil
	Credential *Credential // what we authenticated with; nil if we didn't

	ServerName string // server_name of the ClientHello, "" without
	Protocol   string // ALPN, "" when none was chosen

	ClientRandom [32]byte
	ServerRandom [32]byte

	Renegotiations uint32 // how many handshakes came before this one on the connection, before TLS 1.3
	Version        cipher.Version
	PeerScheme     cipher.SignatureScheme // with which the peer signed; 0 if it didn't
	LocalScheme    cipher.SignatureScheme // with which we signed; 0 if we didn't

	Role                 Role
	EarlyData            EarlyOutcome       // what became of early data
	ECH                  ECHStatus          // whether the hello was encrypted
	Compression          record.Compression // of the records, before TLS 1.3 (RFC 3749)
	Resumed              bool               // a session was resumed: what is said of the peer was found in the connection that it came from
	HelloRetried         bool               // a HelloRetryRequest was needed
	ExtendedMasterSecret bool               // RFC 7627; true in TLS 1.3, which always binds its secrets to the handshake
	EncryptThenMAC       bool               // RFC 7366
	SecureRenegotiation  bool               // the peer showed RFC 5746; true in TLS 1.3, which has no renegotiation
	ClientAuthRequested  bool               // a CertificateRequest was sent
	PostHandshakeAuth    bool               // the client has offered to authenticate after the handshake (TLS 1.3)

	shared *[]*cipher.Suite // on servers, see SharedSuites
}

// PeerInfo is the part of Info that tells what the peer showed of itself, and what else few connections have.
type PeerInfo struct {
	PeerChain []*x509lite.Certificate // as the peer sent it, leaf first; nil without
	PeerKey   []byte                  // the peer's raw public key, a SubjectPublicKeyInfo; nil if it showed a chain or nothing
	Staple    []byte                  // the OCSP response that came with the leaf; nil without
	SCTs      []byte                  // the leaf's SignedCertificateTimestampList (x509lite.ParseSCTList), not judged; nil without
	Delegated bool                    // the peer signed with a key that the leaf delegates to (RFC 9345)
	Verdict   *x509lite.Verdict       // how the chain was verified; nil when it was not, or by the application
	Recorded  error                   // a refusal of the peer that was recorded only
	PSK       *PSK                    // the key from outside of TLS that authenticated both ends; nil without

	NextProtocol string // what the client took by next protocol negotiation, "" without

	TicketAgeSkew time.Duration // servers, TLS 1.3: by how much the client's clock has run faster since the ticket was given
}

// nobody is what a peer showed that showed nothing. All such connections share it.
var nobody PeerInfo

// newInfo returns the report of a handshake that begins.
func newInfo(r Role) *Info { return &Info{Role: r, PeerInfo: &nobody} }

// peer returns what the peer showed, to be filled in.
func (i *Info) peer() *PeerInfo {
	if i.PeerInfo == &nobody {
		i.PeerInfo = new(PeerInfo)
	}
	return i.PeerInfo
}

// clone returns an independent copy.
func (i *Info) clone() *Info {
	n := *i
	if n.PeerInfo != &nobody {
		p := *n.PeerInfo
		n.PeerInfo = &p
	}
	return &n
}

// Footprint returns how many bytes the report holds, without what it shares with others.
func (i *Info) Footprint() int {
	n := int(unsafe.Sizeof(*i)) + cap(i.Staple) + cap(i.SCTs)
	if i.PeerInfo != &nobody {
		n += int(unsafe.Sizeof(*i.PeerInfo)) + cap(i.PeerChain)*int(unsafe.Sizeof(uintptr(0)))
	}
	return n
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
