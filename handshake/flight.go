package handshake

import (
	"bytes"
	"slices"

	"tlsengine/cipher"
	"tlsengine/handshake/keyschedule"
	"tlsengine/handshake/wire"
	"tlsengine/record"
)

// EffectKind is what the engine has to do for an Effect. The set is closed.
type EffectKind uint8

// The effects of a handler.
const (
	SendMessage          EffectKind = iota + 1 // send Message as handshake records
	SendChangeCipherSpec                       // send one ChangeCipherSpec record
	OweRefusal                                 // the peer wants to negotiate again: answer with a warning, no_renegotiation
	SendNoCertificate                          // send SSL 3.0's warning no_certificate
	SetRecordVersion                           // records that we send carry Version from now on
	ChooseVersion                              // the version is Version: records in both directions follow it
	ExpectRecords                              // Outer says what may come beside protected records from now on
	InstallRead                                // open records with Opener from now on
	InstallWrite                               // seal records with Sealer from now on
	SkipEarlyData                              // skip early data that was refused, at most Bytes of it; 0 ends that
	EndPeerFlight                              // the peer has nothing more to send until we answered: bytes behind it are refused
	OweKeyUpdate                               // the peer asked for our KeyUpdate: answer it with the next application data
	LimitRecords                               // protected records that we send hold at most Bytes, those of the peer TakenBytes
	LimitFragments                             // records in both directions hold at most Bytes
	TellConnected                              // the handshake is done; Connection says what came of it
	TellSession                                // Session can be resumed from now on
	TellAuthenticated                          // the client has authenticated after the handshake: the report is Connection's now
	TellRenegotiating                          // another handshake begins: until TellConnected nothing but it is sent
	TellInnerHello                             // Message is a ClientHello that is sent, or came, encrypted (RFC 9849)
	TellEarly                                  // data may flow before the handshake is done; Connection's Exporter goes with it
)

var effectNames = [...]string{"", "SendMessage", "SendChangeCipherSpec", "OweRefusal", "SendNoCertificate",
	"SetRecordVersion", "ChooseVersion", "ExpectRecords", "InstallRead", "InstallWrite", "SkipEarlyData", "EndPeerFlight", "OweKeyUpdate",
	"LimitRecords", "LimitFragments", "TellConnected", "TellSession", "TellAuthenticated", "TellRenegotiating", "TellInnerHello", "TellEarly"}

// String returns the kind's name.
func (k EffectKind) String() string { return nameIn(effectNames[:], "effect", uint8(k)) }

// An Effect is one thing that a handler wants done. Which fields are set follows from Kind.
type Effect struct {
	Kind       EffectKind
	Outer      record.Outer   // ExpectRecords
	Epoch      Epoch          // InstallRead, InstallWrite
	Version    cipher.Version // SetRecordVersion, ChooseVersion
	Bytes      int32          // SkipEarlyData, LimitRecords, LimitFragments
	TakenBytes int32          // LimitRecords
	Message    []byte         // SendMessage, TellInnerHello: header and body; of SendMessage a view of the Flight
	Opener     record.Opener  // InstallRead
	Sealer     record.Sealer  // InstallWrite
	Connection *Connection    // TellConnected; only its Info in TellAuthenticated, only its Exporter in TellEarly
	Session    *Session       // TellSession
}

// Epoch names the keys that protect a direction.
type Epoch uint8

// The epochs. EpochApplication is also that of TLS 1.2 and below, which have but one.
const (
	EpochPlaintext Epoch = iota
	EpochEarly
	EpochHandshake
	EpochApplication
)

var epochNames = [...]string{"plaintext", "early", "handshake", "application"}

// String returns the epoch's name.
func (e Epoch) String() string { return nameIn(epochNames[:], "epoch", uint8(e)) }

// A Flight is the ordered list of effects that a handler returns. The engine carries them out after the handler
// returned without error, and not one of them otherwise.
//
// A Flight belongs to the Machine, which uses it again for the next handler: its messages and effects are valid until
// the Machine is called again.
type Flight struct {
	Effects []Effect
	From    string // the state whose handler this was

	c       *Context
	builder wire.Builder // for buf: here, because a variable would be an allocation
	buf     []byte
	start   []int // offset of each SendMessage's bytes in buf, in order
	held    int   // how many messages at the end of buf wait for the next Flight
	err     error
}

// Room for the longest flights, so that nothing has to grow, and for all messages but a chain and large key shares.
const (
	flightEffects  = 10
	flightMessages = 6
	flightBytes    = 448
)

// makeRoom allocates what the Flight is going to need.
func (f *Flight) makeRoom() {
	room := new(struct {
		effects [flightEffects]Effect
		start   [flightMessages]int
	})
	f.Effects, f.start = room.effects[:0], append(room.start[:0], f.start...) // a clone begins with what was held back
}

// reserve makes room for n bytes of messages beyond the usual, so that a chain doesn't make the buffer grow step by step.
func (f *Flight) reserve(n int) { f.buf = slices.Grow(f.buf, flightBytes+n) }

// giveRoom lets go of the bytes of a large Flight, if all of it was carried out: a peer that doesn't answer shall not cost what
// was sent to it.
func (f *Flight) giveRoom() {
	if f.held == 0 && cap(f.buf) > flightBytes {
		f.builder, f.buf = wire.Builder{}, nil
		clear(f.Effects) // they are views of it
		f.Effects, f.start = f.Effects[:0], f.start[:0]
	}
}

// giveAll lets go of all that a Flight has allocated, if it was carried out: who waits for a peer that need not answer soon has
// no use for it.
func (f *Flight) giveAll() {
	if f.held == 0 {
		*f = Flight{c: f.c}
	}
}

// reset empties the Flight but for what was held back, which is the first of what is sent next.
func (f *Flight) reset() {
	if f.Effects == nil {
		f.makeRoom()
	}
	clear(f.Effects)
	f.Effects = f.Effects[:0]
	first := len(f.start) - f.held
	from := len(f.buf)
	if f.held > 0 {
		from = f.start[first]
	}
	f.buf = f.buf[:copy(f.buf, f.buf[from:])]
	f.start = f.start[:copy(f.start, f.start[first:])]
	for i := range f.start {
		f.start[i] -= from
		f.add(Effect{Kind: SendMessage})
	}
	f.held, f.err = 0, nil
}

// holdBack keeps the messages at the end for the next Flight. A handler that sends something and then asks has not said
// all that it has to say: what follows the answer belongs into the same records.
func (f *Flight) holdBack() {
	n := len(f.Effects)
	for n > 0 && f.Effects[n-1].Kind == SendMessage {
		n--
	}
	f.held = len(f.Effects) - n
	clear(f.Effects[n:])
	f.Effects = f.Effects[:n]
}

// cloneTo gives g, which is empty, what f holds back.
func (f *Flight) cloneTo(g *Flight) {
	if f.held > 0 {
		g.buf, g.start, g.held = bytes.Clone(f.buf), slices.Clone(f.start), f.held
	}
}

func (f *Flight) add(e Effect) { f.Effects = append(f.Effects, e) }

// send marshals m, adds it to the transcript unless its row says that it isn't hashed, and queues it.
func (f *Flight) send(m Message) {
	if start, ok := f.write(m); ok {
		f.sent(m.Type(), start)
	}
}

// sendFinished sends a Finished with a copy of verifyData.
func (f *Flight) sendFinished(verifyData []byte) {
	m := finisheds.take()
	defer finisheds.give(m)
	m.VerifyData = append(f.c.sum[:0], verifyData...) // where it takes no memory: the hash behind it is used up
	f.send(m)
}

// sendHello is send for a ClientHello, whose binders depend on all that stands before them.
func (f *Flight) sendHello(h *ClientHello, psks []offeredPSK) {
	start, ok := f.write(h)
	if !ok {
		return
	}
	if len(psks) > 0 {
		bind(f.c, psks, f.buf[start:])
	}
	f.sent(TypeClientHello, start)
}

// sendOuterHello queues an outer ClientHello, which complete finishes where it stands, and returns it. What enters the
// transcript in its place is up to the caller.
func (f *Flight) sendOuterHello(h *ClientHello, complete func(message []byte)) []byte {
	start, ok := f.write(h)
	if !ok {
		return nil
	}
	complete(f.buf[start:])
	f.start = append(f.start, start)
	f.add(Effect{Kind: SendMessage})
	return bytes.Clone(f.buf[start:])
}

// sendConfirming is send for a ServerHello or HelloRetryRequest that complete finishes where it stands.
func (f *Flight) sendConfirming(m *ServerHello, complete func(message []byte)) {
	if start, ok := f.write(m); ok {
		complete(f.buf[start:])
		f.sent(TypeServerHello, start)
	}
}

// write marshals m behind what is in buf, and returns where it begins.
func (f *Flight) write(m Message) (start int, ok bool) {
	if shape := f.c.options.Shape; shape != nil {
		shape(m)
	}
	start = len(f.buf)
	if f.buf == nil {
		f.buf = make([]byte, 0, flightBytes)
	}
	f.builder = wire.NewBuilder(f.buf)
	putMessage(&f.builder, m, f.c.form)
	buf, err := f.builder.Result()
	if err != nil {
		f.fail(err)
		return 0, false
	}
	f.buf = buf
	return start, true
}

// sent notes the message that begins at start in buf.
func (f *Flight) sent(t MessageType, start int) {
	if f.c.hashes(t) {
		// RFC 8446, Section 4.4.1: messages are hashed in the order in which they were exchanged.
		f.c.flushIncoming()
		f.c.transcript.Add(f.buf[start:])
	}
	f.start = append(f.start, start)
	f.add(Effect{Kind: SendMessage})
}

// fail remembers the first failure of marshalling; the machine reports it in place of the flight.
func (f *Flight) fail(err error) {
	if f.err == nil {
		f.err = record.Fail(record.AlertInternalError, record.ReasonInternalError, "a message could not be built: %v", err)
	}
}

func (f *Flight) sendChangeCipherSpec() { f.add(Effect{Kind: SendChangeCipherSpec}) }

func (f *Flight) oweRefusal() { f.add(Effect{Kind: OweRefusal}) }

func (f *Flight) sendNoCertificate() { f.add(Effect{Kind: SendNoCertificate}) }

func (f *Flight) setRecordVersion(v cipher.Version) {
	f.add(Effect{Kind: SetRecordVersion, Version: v})
}

func (f *Flight) chooseVersion(v cipher.Version) { f.add(Effect{Kind: ChooseVersion, Version: v}) }

func (f *Flight) expect(o record.Outer) { f.add(Effect{Kind: ExpectRecords, Outer: o}) }

func (f *Flight) skipEarlyData(n int) { f.add(Effect{Kind: SkipEarlyData, Bytes: int32(n)}) }

func (f *Flight) limitRecords(peer, own int) {
	f.add(Effect{Kind: LimitRecords, Bytes: int32(peer), TakenBytes: int32(own)})
}

func (f *Flight) limitFragments(n int) { f.add(Effect{Kind: LimitFragments, Bytes: int32(n)}) }

func (f *Flight) endPeerFlight() { f.add(Effect{Kind: EndPeerFlight}) }

// tellEarly lets data flow before the handshake is done, with the secret that keying material is made of meanwhile.
func (f *Flight) tellEarly(s exportSecret) {
	f.add(Effect{Kind: TellEarly, Connection: &Connection{Exporter: &Exporter{secret: s}}})
}

func (f *Flight) installRead(o record.Opener, e Epoch) {
	f.add(Effect{Kind: InstallRead, Opener: o, Epoch: e})
}

func (f *Flight) installWrite(s record.Sealer, e Epoch) {
	f.add(Effect{Kind: InstallWrite, Sealer: s, Epoch: e})
}

// installRead13 installs the read keys that a TLS 1.3 traffic secret gives.
func (f *Flight) installRead13(suite *cipher.Suite, secret *keyschedule.Secret, e Epoch) {
	o, err := opener13(suite, secret)
	if err != nil {
		f.fail(err)
		return
	}
	f.installRead(o, e)
}

// installWrite13 installs the write keys that a TLS 1.3 traffic secret gives.
func (f *Flight) installWrite13(suite *cipher.Suite, secret *keyschedule.Secret, e Epoch) {
	s, err := sealer13(suite, secret)
	if err != nil {
		f.fail(err)
		return
	}
	f.installWrite(s, e)
}

// finish gives every SendMessage its bytes; until here the buffer may have moved.
func (f *Flight) finish() {
	next := 0
	for i := range f.Effects {
		if f.Effects[i].Kind != SendMessage {
			continue
		}
		end := len(f.buf)
		if next+1 < len(f.start) {
			end = f.start[next+1]
		}
		f.Effects[i].Message = f.buf[f.start[next]:end]
		next++
	}
}

// Messages returns the bytes of the SendMessage effects that follow each other from index i on, in one piece, and how
// many effects they are.
func (f *Flight) Messages(i int) (run []byte, n int) {
	first, size := f.Effects[i].Message, 0
	for i+n < len(f.Effects) && f.Effects[i+n].Kind == SendMessage {
		size += len(f.Effects[i+n].Message)
		n++
	}
	start := cap(f.buf[:0]) - cap(first)
	return f.buf[start : start+size], n
}

// installsRead tells whether what the peer sends from here on is protected in another way.
func (f *Flight) installsRead() bool {
	for i := range f.Effects {
		if f.Effects[i].Kind == InstallRead {
			return true
		}
	}
	return false
}

// closesInput tells whether the effects forbid that the peer's bytes go on in the same record: the keys change, or
// its flight is over.
func (f *Flight) closesInput() bool {
	for i := range f.Effects {
		if k := f.Effects[i].Kind; k == InstallRead || k == EndPeerFlight {
			return true
		}
	}
	return false
}
