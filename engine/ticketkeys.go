package engine

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"tlsengine/handshake"
)

// TicketKeys seal sessions into tickets that the server need not remember, and open them again (RFC 5077, Section 4).
// They may be shared by any number of Params and used from any goroutine.
//
// Whoever learns a ticket key can read what was sent over the connections before TLS 1.3 whose sessions it sealed. So keys
// change, and those of RandomTicketKeys are forgotten for good.
type TicketKeys struct {
	clock  func() time.Time
	period time.Duration // for which a key seals; 0 means that keys stay

	// successors returns the keys of the epoch to, the one that seals first, given those of the epoch from.
	successors func(keys []ticketKey, from, to int64) []ticketKey
	backward   int64 // by how many epochs the clock may go back while the keys stay as they are

	parse handshake.ParseCertificate // with a cache
	guard *ReplayCache               // of early data; nil for keys that others may have

	mu    sync.Mutex
	keys  []ticketKey
	epoch int64 // of keys: how many periods the clock has seen
}

// Rotation says when ticket keys change.
type Rotation struct {
	// Period is for how long a key seals; it opens for the period after that too. 0 means a day; the shortest is a minute.
	Period time.Duration
	// Time is the clock. nil means time.Now.
	Time func() time.Time
}

const (
	defaultTicketKeyPeriod = 24 * time.Hour
	minTicketKeyPeriod     = time.Minute
	minTicketSecret        = 16 // bytes
)

// RandomTicketKeys returns keys of this process alone: in each period a new one is drawn, and the one before the last is
// forgotten, as soon as they are used. A clock that goes back into the period before changes nothing, until it has passed both.
// One that goes back further has been wrong, or is: a new key is drawn and the others are forgotten, so that none waits for a
// time that was never due.
func RandomTicketKeys(r Rotation) (*TicketKeys, error) {
	k, err := rotatingTicketKeys(r, drawTicketKey)
	if err != nil {
		return nil, err
	}
	k.guard = NewReplayCache(0)
	k.backward = 1
	return k, nil
}

// drawTicketKey draws the key of a new epoch and keeps that of the one right before it.
func drawTicketKey(keys []ticketKey, from, to int64) []ticketKey {
	var secret [32]byte
	rand.Read(secret[:])
	defer clear(secret[:])
	k := newTicketKey(secret[:])
	if len(keys) == 0 || to-from != 1 {
		return []ticketKey{k}
	}
	return []ticketKey{k, keys[0]}
}

// SharedTicketKeys returns keys that all servers with the same secret and period have. The servers' clocks may differ by up to
// a period. The secret, at least 16 bytes that nobody can guess, is copied. Whoever learns it has the keys of all periods.
func SharedTicketKeys(secret []byte, r Rotation) (*TicketKeys, error) {
	if len(secret) < minTicketSecret {
		return nil, fmt.Errorf("engine: a secret of %d bytes for ticket keys: at least %d are needed", len(secret), minTicketSecret)
	}
	secret = slices.Clone(secret)
	return rotatingTicketKeys(r, func(_ []ticketKey, _, to int64) []ticketKey {
		var keys []ticketKey
		for _, epoch := range []int64{to, to - 1, to + 1} {
			own := epochSecret(secret, epoch)
			keys = append(keys, newTicketKey(own))
			clear(own)
		}
		return keys
	})
}

func rotatingTicketKeys(r Rotation, successors func([]ticketKey, int64, int64) []ticketKey) (*TicketKeys, error) {
	if r.Period == 0 {
		r.Period = defaultTicketKeyPeriod
	}
	if r.Period < minTicketKeyPeriod {
		return nil, fmt.Errorf("engine: ticket keys for %v each: the shortest period is %v", r.Period, minTicketKeyPeriod)
	}
	return &TicketKeys{clock: orSystemTime(r.Time), period: r.Period, successors: successors, parse: newCertificateCache().parse}, nil
}

// FixedTicketKeys returns keys that stay as long as the application doesn't make others: the first seals, all of them open.
// At least one is needed.
func FixedTicketKeys(secrets ...[32]byte) (*TicketKeys, error) {
	if len(secrets) == 0 {
		return nil, errors.New("engine: no ticket key is given")
	}
	keys := make([]ticketKey, len(secrets))
	for i := range secrets {
		keys[i] = newTicketKey(secrets[i][:])
	}
	return &TicketKeys{keys: keys, parse: newCertificateCache().parse}, nil
}

// turn moves on to the keys of the present period. The caller holds the lock.
func (t *TicketKeys) turn() {
	if t.period == 0 {
		return
	}
	epoch := t.clock().Unix() / int64(t.period/time.Second)
	if len(t.keys) > 0 && epoch <= t.epoch && epoch >= t.epoch-t.backward {
		return
	}
	keys := t.successors(t.keys, t.epoch, epoch)
	clear(t.keys)
	t.keys, t.epoch = keys, epoch
}

// sealing returns the key that seals now.
func (t *TicketKeys) sealing() ticketKey {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.turn()
	return t.keys[0]
}

// opening returns the key of this name, if it opens now, and whether it also seals. A key's name is no secret.
func (t *TicketKeys) opening(name []byte) (k ticketKey, seals, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.turn()
	for i := range t.keys {
		if bytes.Equal(t.keys[i].name[:], name) {
			return t.keys[i], i == 0, true
		}
	}
	return ticketKey{}, false, false
}

// maxTicketSession is the longest form of a session that goes into a ticket: a client has to send it with each hello, and not
// every server takes long ones. It has room for a client's chain of post-quantum certificates.
const maxTicketSession = 16 << 10

// Seal returns a ticket with s in it, nil if s is too large for one: with a client's chain of more than 16 KiB. seed is as
// handshake.TicketSealer has it.
func (t *TicketKeys) Seal(s *handshake.Session, seed []byte) ([]byte, error) {
	if s.MarshalledSize() > maxTicketSession {
		return nil, nil
	}
	var salt [ticketSaltSize]byte
	if seed == nil {
		rand.Read(salt[:])
	}
	copy(salt[:], seed)
	k := t.sealing()
	defer k.clear()
	return k.seal(s, salt)
}

// formRooms have memory for the forms of sessions on their way out of tickets; longer ones get their own. Each is cleared by
// its user.
var formRooms = sync.Pool{New: func() any { return new(formRoom) }}

type formRoom struct {
	nonce [ticketNonceSize]byte
	form  [1 << 10]byte
}

// Open returns the session in a ticket that was sealed in this period or the one before, nil if it wasn't; renew tells that
// it was in the one before. A ticket that was changed or made up costs no more than finding that out.
func (t *TicketKeys) Open(ticket []byte) (s *handshake.Session, renew bool) {
	if len(ticket) < ticketNameSize {
		return nil, false
	}
	k, seals, ok := t.opening(ticket[:ticketNameSize])
	if !ok {
		return nil, false
	}
	defer k.clear()
	room := formRooms.Get().(*formRoom)
	defer formRooms.Put(room)
	form, ok := k.open(room, ticket)
	if !ok {
		return nil, false
	}
	defer clear(form)
	s, err := handshake.ParseSession(form, t.parse)
	if err != nil {
		return nil, false // sealed by one who has our key and another form of sessions
	}
	return s, !seals
}

// Format prints "ticket keys", whatever the verb.
func (t *TicketKeys) Format(f fmt.State, _ rune) { io.WriteString(f, "ticket keys") }
