package handshake

import (
	"bytes"
	"errors"
	"sync/atomic"
	"time"

	"tlsengine/cipher"
	"tlsengine/record"
	"tlsengine/x509lite"
)

// OperationKind is the kind of a question that the handshake asks the application.
type OperationKind uint8

// The kinds of operations.
const (
	KindSelectContext OperationKind = iota
	KindSelectCredential
	KindKeyAgreement
	KindSign
	KindVerifyPeer
	KindFindSession
	KindOpenTicket
	KindSealTicket
	KindFindPSK
	KindAdmitEarlyData
	KindConfirmEarlyRefusal
	KindDecrypt
	KindRenegotiate
	KindOpenECH
	numOperationKinds
)

var operationNames = [numOperationKinds]string{"select context", "select credential", "key agreement", "sign", "verify peer",
	"find session", "open ticket", "seal ticket", "find PSK", "admit early data", "confirm the refusal of early data", "decrypt", "renegotiate", "open ECH"}

// String returns the kind's name.
func (k OperationKind) String() string { return nameIn(operationNames[:], "operation", uint8(k)) }

// OperationKinds is a set of kinds.
type OperationKinds uint32

// Kinds returns the set of the kinds given.
func Kinds(kinds ...OperationKind) OperationKinds {
	var s OperationKinds
	for _, k := range kinds {
		s |= 1 << k
	}
	return s
}

// AllOperations returns the set of all kinds.
func AllOperations() OperationKinds { return 1<<numOperationKinds - 1 }

// Has tells whether k is in the set.
func (s OperationKinds) Has(k OperationKind) bool { return s>>k&1 == 1 }

// An Operation is a question that may take time: everything slow or a matter of policy is one. It owns its memory
// and refers to nothing of the connection. It is answered once, from any goroutine, by Run or by the Complete method of
// its type (*SelectContext, *FindPSK and so on; a *KeyAgreement has Run alone); later answers have no effect, and an
// answer after the connection was closed has none either. Whoever owns the connection then calls Resume on it.
//
// An answer that is an error ends the connection. A *record.Error among its causes chooses the alert.
type Operation interface {
	// Kind tells which question it is, and so its type.
	Kind() OperationKind
	// Run answers as the configuration would.
	Run()
	// Answered tells whether there is an answer.
	Answered() bool
	sealed()
}

// answer is the part that all operations share: a slot that is filled once.
type answer[T any] struct {
	state atomic.Uint32 // 0 open, 1 being filled, 2 filled
	value T
	err   error
}

// Answered tells whether there is an answer.
func (a *answer[T]) Answered() bool { return a.state.Load() == 2 }

func (a *answer[T]) sealed() {}

// fill answers, unless somebody has.
func (a *answer[T]) fill(v T, err error) {
	if a.claim() {
		a.publish(v, err)
	}
}

// claim tells whether the caller is the one who answers; it must publish then.
func (a *answer[T]) claim() bool { return a.state.CompareAndSwap(0, 1) }

func (a *answer[T]) publish(v T, err error) {
	a.value, a.err = v, err
	a.state.Store(2)
}

// copyTo gives b the same answer, if there is one.
func (a *answer[T]) copyTo(b *answer[T]) {
	if a.Answered() {
		b.fill(a.value, a.err)
	}
}

// refused turns the error of an answer into the connection's: the *record.Error in it, or otherwise.
func refused(err error, otherwise *record.Error) error {
	var chosen *record.Error
	if errors.As(err, &chosen) {
		return chosen
	}
	return otherwise.Because(err)
}

// SelectContext asks with which configuration to answer a ClientHello. Nothing has been chosen yet: all of the new
// configuration counts.
type SelectContext struct {
	answer[*Params]
	params *Params
	hello  *ClientHelloInfo
}

// Kind returns KindSelectContext.
func (o *SelectContext) Kind() OperationKind { return KindSelectContext }

// Hello returns what the client said.
func (o *SelectContext) Hello() *ClientHelloInfo { return o.hello }

// Complete answers. A nil Params keeps the configuration that the connection began with.
func (o *SelectContext) Complete(p *Params, err error) { o.fill(p, err) }

// Run answers as the configuration would.
func (o *SelectContext) Run() {
	if o.params.SelectContext == nil {
		o.Complete(nil, nil)
		return
	}
	o.Complete(o.params.SelectContext(o.hello))
}

// ClientHelloInfo is what a client says in its first hello. It is immutable and may be kept.
type ClientHelloInfo struct {
	ServerName string                   // server_name, or ""
	Versions   []cipher.Version         // offered, in the client's order
	Suites     []cipher.SuiteID         // in the client's order
	Groups     []cipher.GroupID         // supported_groups
	KeyShares  []cipher.GroupID         // groups of the key shares sent
	Schemes    []cipher.SignatureScheme // signature_algorithms
	Protocols  []string                 // ALPN
	Extensions []ExtensionID            // all, in wire order
	ECH        ECHStatus                // whether this is the hello that was encrypted
	Raw        []byte                   // the whole message, header included; in SSLv2 format without its length; read only
	Again      bool                     // it is for another handshake on a running connection (RFC 5746)
	Value      any                      // the application's own, from Options

	legacy [1]cipher.Version // room for Versions of a hello that lists none
	room   [24]ExtensionID   // for Extensions: more than most hellos have
}

// KeyAgreement asks for the shared secret of a key exchange: either the answer to the peer's share, with a share of
// our own, or the completion of one that we began.
type KeyAgreement struct {
	answer[agreement]
	group *cipher.Group
	own   *cipher.Ephemeral // nil when we respond
	seed  []byte
	peer  []byte
}

// agreement is the answer to KeyAgreement; share is our answer to the peer's, nil when we began.
type agreement struct{ share, secret []byte }

// Kind returns KindKeyAgreement.
func (o *KeyAgreement) Kind() OperationKind { return KindKeyAgreement }

// Group returns the group.
func (o *KeyAgreement) Group() *cipher.Group { return o.group }

// Run computes the secret. There is no other way to answer: the private half does not leave the operation.
func (o *KeyAgreement) Run() {
	if !o.claim() {
		return // once it is answered the private half is cleared, perhaps at this moment
	}
	var a agreement
	var err error
	if o.own != nil {
		a.secret, err = o.own.Agree(o.peer)
	} else {
		a.share, a.secret, err = o.group.Respond(o.peer, o.seed)
	}
	o.publish(a, err)
}

// Sign asks for a signature by our credential's key.
type Sign struct {
	answer[[]byte]
	scheme  cipher.SignatureScheme
	message []byte
	key     cipher.PrivateKey
	seed    []byte

	digested bool // message is a digest
}

// Kind returns KindSign.
func (o *Sign) Kind() OperationKind { return KindSign }

// Input returns the scheme and the message to sign, which the scheme hashes itself unless it is Digested. Read only.
func (o *Sign) Input() (cipher.SignatureScheme, []byte) { return o.scheme, o.message }

// Digested tells whether the message is a digest already, by the hash of the scheme. Only SSL 3.0 has such, with its own way of
// hashing (RFC 6101, Section 5.6.8).
func (o *Sign) Digested() bool { return o.digested }

// Key returns the key whose signature is wanted.
func (o *Sign) Key() cipher.PrivateKey { return o.key }

// Complete answers with the signature.
func (o *Sign) Complete(signature []byte, err error) { o.fill(signature, err) }

// Run signs with the credential's key.
func (o *Sign) Run() {
	if !o.digested {
		o.Complete(o.key.Sign(o.scheme, o.message, o.seed))
		return
	}
	key, ok := o.key.(cipher.DigestSigner)
	if !ok {
		o.Complete(nil, errors.New("handshake: the key can't sign a digest, which SSL 3.0 wants of clients"))
		return
	}
	o.Complete(key.SignDigest(o.scheme, o.message, o.seed))
}

// VerifyPeer asks whether the peer is who it should be. Its possession of the key has been shown already.
type VerifyPeer struct {
	answer[verdict]
	params *Params

	Role       Role                    // ours
	Resumed    bool                    // the chain is from a session: the peer proved earlier that it has the key
	Chain      []*x509lite.Certificate // as the peer sent it, leaf first
	RawKey     []byte                  // a SubjectPublicKeyInfo, for a peer that shows that in place of a chain; else nil
	Staples    [][]byte                // OCSP responses, each about the certificate of Chain in the same place; nil without
	SCTs       []byte                  // the leaf's SignedCertificateTimestampList, not judged; nil without
	ServerName string                  // the host that a client wants; "" if none
	Time       time.Time               // by the connection's clock
	Value      any                     // the application's own, from Options

	// EarlyData is what has become of a client's early data: if it was taken, this server has read something already.
	EarlyData EarlyOutcome

	// ECHRejected: the server has not accepted our encrypted hello, and ServerName is the public name of the configuration that it
	// was for. A server that is good for that name may tell us its present configurations; the connection ends in any case.
	ECHRejected bool
}

// verdict is the answer to VerifyPeer: what was found, and an error that was only recorded.
type verdict struct {
	chain    *x509lite.Verdict
	recorded error
}

// Kind returns KindVerifyPeer.
func (o *VerifyPeer) Kind() OperationKind { return KindVerifyPeer }

// Complete answers. A nil error accepts the peer; v may be nil when nothing is known beyond that.
func (o *VerifyPeer) Complete(v *x509lite.Verdict, err error) { o.fill(verdict{chain: v}, err) }

// CompleteRecorded lets the connection go on although the peer was refused; Info shows why.
func (o *VerifyPeer) CompleteRecorded(why error) { o.fill(verdict{recorded: why}, nil) }

// Run answers as the configuration would.
func (o *VerifyPeer) Run() {
	if o.params.VerifyPeer == nil {
		o.Complete(o.Verify())
		return
	}
	o.Complete(o.params.VerifyPeer(o))
}

// Verify is the standard answer: the chain must lead to a trust anchor, be good for its purpose, and on clients carry
// the server's name; what was stapled is judged as Params.Stapling says. A client that takes any server gets neither a
// verdict nor an error, and one that doesn't look at names none for those, unless ECHRejected: RFC 9849, Section 6.1.7: the
// certificate must be valid for the public name.
func (o *VerifyPeer) Verify() (*x509lite.Verdict, error) {
	if o.Role == ClientRole && o.params.UnverifiedServer && !o.ECHRejected {
		return nil, nil
	}
	if o.RawKey != nil {
		return nil, o.checkRawKey()
	}
	how := &o.params.Verification
	opts := x509lite.VerifyOptions{
		Roots:         o.params.Roots,
		Intermediates: o.Chain[1:],
		Time:          o.Time,
		Purpose:       x509lite.ClientAuth,
		Signatures:    o.params.Signatures,
		Degree:        how.Degree,
		Anchors:       how.Anchors,
		PeerFirst:     how.PeerFirst,
		HostRules:     how.HostRules,
		Revocation:    how.Revocation,
		CRLs:          how.CRLs,
		OCSP:          o.staples(),
		SecurityBits:  how.SecurityBits,
	}
	named := o.Role == ClientRole && (!o.params.SkipHostname || o.ECHRejected)
	if o.Role == ClientRole {
		opts.Purpose = x509lite.ServerAuth
		if named {
			opts.Hostname = o.ServerName
		}
	}
	verdict, err := x509lite.Verify(o.Chain[0], &opts)
	if err == nil && named && o.ServerName == "" {
		// RFC 9525, Section 6.1.1: without a name of ours there is nothing that the certificate could match. x509lite takes "" for a
		// name that isn't to be checked.
		return nil, &x509lite.VerifyError{Code: x509lite.HostnameMismatch, Certificate: o.Chain[0], Detail: "no server name was given"}
	}
	if err != nil {
		return nil, err
	}
	if err := o.checkStaples(verdict.Chain); err != nil {
		return nil, err
	}
	return verdict, nil
}

// An operation is cloned with the connection that waits for it: the clone's is answered on its own, unless the
// original was answered already.

func (o *SelectContext) clone() *SelectContext {
	n := &SelectContext{params: o.params, hello: o.hello}
	o.copyTo(&n.answer)
	return n
}

func (o *KeyAgreement) clone() *KeyAgreement {
	n := &KeyAgreement{group: o.group, seed: bytes.Clone(o.seed), peer: o.peer}
	if o.own != nil {
		n.own = o.own.Clone()
	}
	if o.Answered() {
		n.fill(agreement{share: o.value.share, secret: bytes.Clone(o.value.secret)}, o.err)
	}
	return n
}

func (o *Sign) clone() *Sign {
	n := &Sign{scheme: o.scheme, message: o.message, key: o.key, seed: o.seed, digested: o.digested}
	o.copyTo(&n.answer)
	return n
}

func (o *VerifyPeer) clone() *VerifyPeer {
	n := &VerifyPeer{
		params: o.params, Role: o.Role, Resumed: o.Resumed, Chain: o.Chain, RawKey: o.RawKey, Staples: o.Staples, SCTs: o.SCTs,
		ServerName: o.ServerName, Time: o.Time, Value: o.Value,
		EarlyData: o.EarlyData, ECHRejected: o.ECHRejected,
	}
	o.copyTo(&n.answer)
	return n
}
