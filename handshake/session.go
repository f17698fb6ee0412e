package handshake

import (
	"fmt"
	"io"
	"time"

	"tlsengine/cipher"
	"tlsengine/x509lite"
)

// A Session is what one handshake leaves for a later one between the same two ends to resume: the secret that they share,
// and all that a resumed connection takes over from the first. It is immutable and may be used by any number of
// connections at once. A client holds the ticket or the session id with it; a server finds it by the id or opens it
// from the ticket.
//
// A Session becomes known only when its handshake has succeeded. It never prints its secret.
type Session struct {
	role     Role
	version  cipher.Version
	suite    *cipher.Suite // TLS 1.3: only its hash binds (RFC 8446, Section 4.2.11)
	secret   []byte        // TLS 1.3: the PSK; before: the master secret
	extended bool          // RFC 7627 was used; true in TLS 1.3
	created  time.Time     // when the ticket or the id was given, by our clock
	lifetime time.Duration // at most maxSessionAge
	// authenticated is when the two ends last proved who they are with their long-term keys, by our clock. A session that was
	// made by resuming another has it from there.
	authenticated time.Time
	scope         [32]byte // Params.Scope of the connection

	serverName string // clients: the host that was verified; servers: as the ClientHello had it, "" without
	protocol   string // ALPN: binds early data alone
	group      *cipher.Group
	peerScheme cipher.SignatureScheme

	// The peer's chain, nil if it showed none. There is no verdict with it: whoever resumes verifies the chain again
	// (VerifyPeer), by the settings, the trust and the clock of then.
	ownType   CertificateType // of what we showed
	peerKey   []byte          // SubjectPublicKeyInfo of a peer that showed nothing else
	peerChain []*x509lite.Certificate
	notAfter  time.Time // the end of the first certificate of the verified chain to expire; zero without one
	staple    []byte    // clients: the OCSP response that came with the chain
	scts      []byte    // clients: a SignedCertificateTimestampList

	ticket []byte // clients: what to send back; nil for a session by id

	// TLS 1.3
	ageAdd       uint32 // ticket_age_add
	maxEarlyData uint32 // in bytes; 0 means none
	recordLimit  uint16 // clients: what the server's limit was on what protected records hold, their type included; 0: none

	// before TLS 1.3
	id          []byte // at most 32 bytes; of clients with a ticket, the one of their own making
	compression uint8
}

// Role returns whose session it is.
func (s *Session) Role() Role { return s.role }

// Version returns the version of the connection, which is that of all that resume it.
func (s *Session) Version() cipher.Version { return s.version }

// Suite returns the suite of the connection.
func (s *Session) Suite() *cipher.Suite { return s.suite }

// ExtendedMasterSecret tells whether the secret is bound to the handshake (RFC 7627). It is in TLS 1.3.
func (s *Session) ExtendedMasterSecret() bool { return s.extended }

// Created returns when the session became known, by the clock of its connection.
func (s *Session) Created() time.Time { return s.created }

// Lifetime returns for how long after Created it may be resumed.
func (s *Session) Lifetime() time.Duration { return s.lifetime }

// Authenticated returns when the two ends last proved who they are with their long-term keys, by the clock of that
// connection; it was another one if that resumed a session.
func (s *Session) Authenticated() time.Time { return s.authenticated }

// ExpiredAt tells whether the session can't be resumed at that time: its lifetime is over, it lies in the future, or a
// certificate by which the peer was verified has expired since.
func (s *Session) ExpiredAt(now time.Time) bool {
	age := now.Sub(s.created)
	return age < -maxClockStep || age >= s.lifetime || now.Sub(s.authenticated) >= maxSessionAge ||
		!s.notAfter.IsZero() && now.After(s.notAfter)
}

// maxSessionAge bounds how long after a signature sessions may still speak for it.
// RFC 8446, Section 4.6.1: a ticket lives for seven days at most; the limit on the whole of it is for us to choose.
const maxSessionAge = 7 * 24 * time.Hour

// maxClockStep is how far a clock may have been set back since a session was made: tickets are shared among servers whose
// clocks differ a little.
const maxClockStep = 10 * time.Second

// ServerName returns the host that a client wanted, and on servers the server_name of the ClientHello, "" without.
func (s *Session) ServerName() string { return s.serverName }

// Protocol returns the ALPN protocol of the connection, "" without.
func (s *Session) Protocol() string { return s.protocol }

// knowsPeer tells whether the peer showed who it is.
func (s *Session) knowsPeer() bool { return s.peerChain != nil || s.peerKey != nil }

// PeerKey returns the raw public key that the peer showed, a SubjectPublicKeyInfo, nil if none. Read only.
func (s *Session) PeerKey() []byte { return s.peerKey }

// PeerChain returns the certificates that the peer showed, leaf first, nil if none. Read only.
func (s *Session) PeerChain() []*x509lite.Certificate { return s.peerChain }

// Footprint returns about how many bytes the peer's credentials take in the session, as if nobody else had them.
func (s *Session) Footprint() int {
	n := len(s.peerKey) + len(s.staple) + len(s.scts)
	for _, cert := range s.peerChain {
		n += 2 * len(cert.Raw()) // as it came, and what was parsed of it
	}
	return n
}

// ID returns the session id of a version before TLS 1.3, nil in that. Read only.
func (s *Session) ID() []byte { return s.id }

// Ticket returns what a client sends to resume, nil for a session by id and on servers. Read only.
func (s *Session) Ticket() []byte { return s.ticket }

// MaxEarlyData returns how many bytes of early data the server takes with the session; 0 means none.
func (s *Session) MaxEarlyData() uint32 { return s.maxEarlyData }

// Format prints what kind of session it is, and no secret, whatever the verb.
func (s Session) Format(f fmt.State, _ rune) { io.WriteString(f, s.String()) }

// String tells what kind of session it is.
func (s Session) String() string {
	if s.suite == nil {
		return "no session"
	}
	return fmt.Sprintf("%v session (%v, %v)", s.role, s.version, s.suite.ID)
}

// A SessionStore keeps a server's sessions before TLS 1.3 by their ids. Its methods are called from any number of
// goroutines and must not wait for anything but memory: a store elsewhere answers FindSession as a deferred operation.
type SessionStore interface {
	// Find returns the session with that id, or nil. It must not keep the slice.
	Find(id []byte) *Session
	// Add keeps a session under its ID, for as long as it sees fit.
	Add(s *Session)
	// Remove forgets the session with that id, if there is one. It must not keep the slice.
	Remove(id []byte)
}

// A TicketSealer turns a server's sessions into tickets and back. Its methods are called from any number of goroutines.
type TicketSealer interface {
	// Seal returns a ticket, at most 65535 bytes that only Open understands. seed is TicketSeedSize bytes to make it from
	// with, or nil: then the system's generator is to be used. A nil ticket means that none is to be given.
	Seal(s *Session, seed []byte) ([]byte, error)
	// Open returns the session in a ticket, or nil if it isn't one of ours or has become unknown. It changes nothing: anybody may
	// send a ticket that he has seen (see SingleUseTickets). renew asks for a new ticket in place of one that is opened for the
	// last times. The slice must not be kept.
	Open(ticket []byte) (s *Session, renew bool)
}

// SingleUseTickets is what a TicketSealer has besides whose tickets count once. Its method is called from any number of
// goroutines and must not wait for anything but memory: for a store elsewhere, whoever answers OpenTicket sees to it.
type SingleUseTickets interface {
	// Spend uses up a ticket that Open has opened. It tells whether the ticket was there still: of connections that offer the same
	// one at the same time, one gets true. It is called only when the client has shown that it has the session's secret, so that
	// nobody who has merely seen a ticket can use it up. It must not keep the slice.
	Spend(ticket []byte) bool
}

// usableOnce is a ticket that was opened and counts once. The zero value stands for one that counts until it expires.
type usableOnce struct {
	tickets SingleUseTickets
	ticket  []byte
}

// spend uses the ticket up, and tells whether it still counted.
func (u usableOnce) spend() bool { return u.tickets == nil || u.tickets.Spend(u.ticket) }

// TicketSeedSize is how many random bytes TicketSealer.Seal gets.
const TicketSeedSize = 32

// A ReplayGuard sees to it that the early data of a ticket is taken once. Its method is called from any number of
// goroutines.
type ReplayGuard interface {
	// Admit tells whether it is certain that early data with this key has never been admitted, and remembers the key at
	// least until the time given. In doubt the answer is false: the early data is refused, the connection goes on.
	Admit(key [32]byte, now, until time.Time) bool
}
