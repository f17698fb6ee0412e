package handshake

import (
	"bytes"
	"errors"
	"time"

	"tlsengine/cipher"
	"tlsengine/handshake/keyschedule"
	"tlsengine/handshake/wire"
	"tlsengine/record"
	"tlsengine/x509lite"
)

var (
	errSessionFormat = errors.New("handshake: not a session, or one in another format")
	errSessionForm   = errors.New("handshake: the session is damaged")
)

// ParseCertificate parses a certificate or finds it parsed; x509lite.ParseCertificate is one.
type ParseCertificate func(der []byte) (*x509lite.Certificate, error)

// ParseSession returns the session of which Marshal made form, which is not kept. parse reads the certificates in it; nil
// stands for x509lite.ParseCertificate. Whatever Marshal can't have made is an error. Who can write a form can make any session
// of it: forms come from where secrets are kept, or from inside a ticket that only we can have sealed.
func ParseSession(form []byte, parse ParseCertificate) (*Session, error) {
	if len(form) > MaxSessionSize {
		return nil, errSessionSize
	}
	if len(form) == 0 || form[0] != sessionFormat {
		return nil, errSessionFormat
	}
	if parse == nil {
		parse = x509lite.ParseCertificate
	}
	made := new(parsedSession)
	p := sessionParser{in: wire.String(form[1:]), parse: parse, s: &made.Session, room: made.room[:0]}
	for _, part := range []func() bool{p.head, p.agreed, p.peer, p.stapled, p.offered} {
		if !part() {
			clear(p.s.secret)
			return nil, errSessionForm
		}
	}
	return p.s, nil
}

// sessionParser reads a session's form, part by part. A part returns false when it can't be.
type sessionParser struct {
	in    wire.String
	parse ParseCertificate
	flags byte
	s     *Session
	room  []byte // for the secret
}

// head reads who and what the session is of.
func (p *sessionParser) head() bool {
	var role uint8
	var suite uint16
	var secret []byte
	if !p.in.U8(&role) || !p.in.U16((*uint16)(&p.s.version)) || !p.in.U16(&suite) || !p.in.U8(&p.flags) || !p.in.Opaque8(&secret) {
		return false
	}
	p.s.role, p.s.suite, p.s.secret = Role(role), cipher.SuiteByID(cipher.SuiteID(suite)), append(p.room, secret...)
	p.s.extended = p.flags&flagExtended != 0
	if p.flags&flagOwnRawKey != 0 {
		p.s.ownType = CertificateRawPublicKey
	}
	return p.flags&^knownSessionFlags == 0 && p.s.role <= ServerRole && p.s.suite != nil && p.s.suite.Usable(p.s.version) &&
		len(secret) == eraOf(p.s.version).secretSize(p.s.suite)
}

// parsedSession is a session with room for its secret, which is never longer.
type parsedSession struct {
	Session
	room [keyschedule.MasterSize]byte
}

// sessionEra is what the versions with one way to resume have in common.
type sessionEra struct {
	secretSize func(*cipher.Suite) int
	sound      func(*Session) bool // whether the session has nothing that it can't have
}

// eraOf returns the era of a version that was read.
func eraOf(v cipher.Version) *sessionEra {
	if v == cipher.VersionTLS13 {
		return &pskEra
	}
	return &idEra
}

var (
	// pskEra is TLS 1.3. RFC 8446, Section 4.6.1: a ticket's PSK is as long as the hash of its suite.
	pskEra = sessionEra{
		secretSize: func(suite *cipher.Suite) int { return suite.Hash.Size() },
		sound:      func(s *Session) bool { return s.extended && s.id == nil && s.compression == compressionNull },
	}
	// idEra is all before.
	idEra = sessionEra{
		secretSize: func(*cipher.Suite) int { return keyschedule.MasterSize },
		sound:      func(s *Session) bool { return s.ageAdd == 0 && s.maxEarlyData == 0 && s.recordLimit == 0 },
	}
)

// agreed reads the session's times and what was agreed.
func (p *sessionParser) agreed() bool {
	s := p.s
	var lifetime int64
	var name, protocol []byte
	var group, scheme uint16
	if !p.moment(&s.created) || !p.millis(&lifetime) || !p.moment(&s.authenticated) || !p.in.Copy(s.scope[:]) || !p.in.Opaque16(&name) || !p.in.Opaque8(&protocol) ||
		!p.in.U16(&group) || !p.in.U16(&scheme) || p.flags&flagNotAfter != 0 && !p.moment(&s.notAfter) {
		return false
	}
	s.lifetime = time.Duration(lifetime) * time.Millisecond
	s.serverName, s.protocol = string(name), string(protocol)
	s.group, s.peerScheme = cipher.GroupByID(cipher.GroupID(group)), cipher.SignatureScheme(scheme)
	return lifetime >= 0 && s.lifetime.Milliseconds() == lifetime && (group == 0 || s.group != nil)
}

func (p *sessionParser) millis(v *int64) bool {
	var high, low uint32
	ok := p.in.U32(&high) && p.in.U32(&low)
	*v = int64(uint64(high)<<32 | uint64(low))
	return ok
}

// moment reads a time, which keeps its zero value for times that can't be told from none.
func (p *sessionParser) moment(t *time.Time) bool {
	var v int64
	if !p.millis(&v) {
		return false
	}
	*t = time.UnixMilli(v)
	return !t.IsZero()
}

// peer reads the peer's raw public key or chain.
func (p *sessionParser) peer() bool {
	var key []byte
	var list wire.String
	if !p.in.Opaque24(&key) || !p.in.Vector24(&list) || len(key) > 0 && !list.Empty() {
		return false
	}
	p.s.peerKey = cloneOf(key)
	for !list.Empty() {
		var der []byte
		if !list.Opaque24(&der) || len(p.s.peerChain) == maxChain {
			return false
		}
		cert, err := p.parse(der)
		if err != nil {
			return false
		}
		p.s.peerChain = append(p.s.peerChain, cert)
	}
	return len(p.s.peerChain) == 0 || p.s.peerChain[0].PublicKey() != nil
}

// stapled reads what came with a server's chain.
func (p *sessionParser) stapled() bool {
	var staple, scts []byte
	if !p.in.Opaque24(&staple) || !p.in.Opaque16(&scts) {
		return false
	}
	p.s.staple, p.s.scts = cloneOf(staple), cloneOf(scts)
	return true
}

// offered reads what a client offers to resume, to the end of the form.
func (p *sessionParser) offered() bool {
	s := p.s
	var ticket, id []byte
	if !p.in.Opaque16(&ticket) || !p.in.U32(&s.ageAdd) || !p.in.U32(&s.maxEarlyData) || !p.recordLimit() || !p.in.Opaque8(&id) ||
		!p.in.U8(&s.compression) {
		return false
	}
	s.ticket, s.id = cloneOf(ticket), cloneOf(id)
	return len(id) <= maxSessionID && p.in.Empty() && eraOf(s.version).sound(s)
}

// recordLimit reads the limit of records, if there is one.
func (p *sessionParser) recordLimit() bool {
	if p.flags&flagRecordLimit == 0 {
		return true
	}
	n := &p.s.recordLimit
	return p.in.U16(n) && *n >= leastRecordSize && *n <= record.MaxPlaintext
}

// cloneOf returns a copy, which is nil if there is nothing to copy.
func cloneOf(b []byte) []byte {
	if len(b) == 0 {
		return nil
	}
	return bytes.Clone(b)
}
