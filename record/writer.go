package record

import "tlsengine/cipher"

// Writer turns messages and data into sealed records for the transport. It belongs to the outbound half of a connection: one
// goroutine at a time uses it, no lock is taken, and nothing is shared with a Reader. The zero Writer is ready: no protection,
// records that say TLS 1.0 as a first hello does, fragments of 2^14 bytes.
//
// A Writer holds memory only while there is output, or while space is lent. It must not be copied; CloneTo makes another.
type Writer struct {
	see     func(Header) // nil: nobody watches
	sealer  Sealer       // nil: none
	err     error        // final: not even a message can be sealed
	padding Padding      // nil: none
	sizes   sizes
	version cipher.Version
	content uint16  // what one record may hold, 0 for MaxPlaintext
	first   uint16  // length of a record with a single byte that goes in front of data, 0 if there is none
	around  uint16  // bytes of data's protection behind its header, that record included
	prefix  uint8   // of them, those in front of the content
	unasked uint16  // so many records more can be sealed before the Sealer is asked again what is left of its key
	loan    uint16  // size of the space that is lent
	lone    [1]byte // its first byte, if that goes alone
	big     bool    // output was more than a record: take room for four at once
	out     store   // of which only the input is used: the output
}

// reserve is how many records of a key's last ones are kept from application data, for the KeyUpdate or the alert.
const reserve = 16

// protection returns the Sealer, which is never nil then.
func (w *Writer) protection() Sealer {
	if w.sealer == nil {
		w.sealer = nullSealer{}
	}
	return w.sealer
}

// maxFragment is the content that one record may have.
func (w *Writer) maxFragment() int {
	if w.content == 0 {
		return MaxPlaintext
	}
	return int(w.content)
}

// WriteRecords seals all of p as records of type t, as many as it takes; an empty p is one empty record. It never refuses for
// want of room. Several handshake messages may share a call and so a record. Err says if the key is used up to the last record.
func (w *Writer) WriteRecords(t ContentType, p []byte) {
	if w.err != nil {
		return
	}
	w.grow(w.sealedSize(len(p)))
	for {
		n := min(len(p), w.maxFragment())
		if !w.seal(t, p[:n]) {
			return
		}
		if p = p[n:]; len(p) == 0 {
			return
		}
	}
}

// Write seals the beginning of p as application data, in full records and the last one, and returns how much it took. It takes
// all that fits four full records of output, then nothing until some was Sent.
func (w *Writer) Write(p []byte) int {
	n := w.takes(len(p))
	if n == 0 {
		return 0
	}
	w.grow(w.sealedSize(n))
	done := 0
	for done < n {
		k := min(n-done, w.maxFragment())
		if !w.sealData(p[done : done+k]) {
			break
		}
		done += k
	}
	return done
}

// sealData appends one record of application data, or two if the first byte goes alone.
func (w *Writer) sealData(p []byte) bool {
	if w.first > 0 && len(p) > 1 {
		if !w.seal(TypeApplicationData, p[:1]) {
			return false
		}
		p = p[1:]
	}
	return w.seal(TypeApplicationData, p)
}

// takes returns how much of n bytes of application data may be sealed now.
func (w *Writer) takes(n int) int {
	if n == 0 || w.Err() != nil {
		return 0
	}
	f := w.maxFragment()
	over := w.overhead()
	room := maxPending - w.out.held()
	if w.padding == nil && n <= f && n+over <= room {
		return n
	}
	full := max(room, 0) / (f + over)
	if w.out.block == nil && full == 0 {
		full = 1 // one record always
	}
	if n <= full*f || w.padding != nil {
		return min(n, full*f)
	}
	taken := full * f
	if rest := n - taken; rest < f && rest+over <= room-full*(f+over) {
		taken = n
	}
	return taken
}

// sealedSize is how much output n bytes of content become, at most.
func (w *Writer) sealedSize(n int) int {
	f := w.maxFragment()
	if n <= f && w.padding == nil {
		return n + w.overhead()
	}
	records := max(1, (n+f-1)/f)
	if w.padding != nil {
		n = records * f
	}
	return n + records*w.overhead()
}

// overhead is how many bytes more than its content a record of application data takes, at most, with the one in front of it if
// there is one.
func (w *Writer) overhead() int { return HeaderSize + int(w.around) }

// seal appends one record; there is room.
func (w *Writer) seal(t ContentType, p []byte) bool {
	s := w.protection()
	h := Header{Type: t, Version: w.recordVersion(), Length: len(p)}
	if w.padding != nil && s.Hides() {
		h.Length = w.padded(t, len(p))
	}
	n, err := s.Seal(w.out.free(), h, p)
	if err != nil {
		w.err = err
		return false
	}
	if w.see != nil {
		w.see(parseHeader(w.out.free()))
	}
	w.out.end += n
	if w.unasked > 0 {
		w.unasked--
	} else {
		w.ask()
	}
	return true
}

// askEvery is how many records pass between two looks at what is left of a key, as long as there is much.
const askEvery = 1024

// ask finds out for how many records the Sealer needn't be asked again.
func (w *Writer) ask() {
	w.unasked = 0
	if s := w.sealer; s != nil && !s.Worn() && s.Left() > askEvery+reserve {
		w.unasked = askEvery
	}
}

// Watch has see called with the header of each record that was sealed.
func (w *Writer) Watch(see func(Header)) { w.see = see }

// recordVersion is what records say. RFC 8446, Section 5.1: {3, 1} in a first ClientHello, {3, 3} for all later of TLS 1.3.
func (w *Writer) recordVersion() cipher.Version {
	if w.version == 0 {
		return cipher.VersionTLS10
	}
	return w.version
}

// grow makes room for n bytes behind the output.
func (w *Writer) grow(n int) {
	if w.out.block == nil {
		if n > smallBlock && w.big {
			n = max(n, maxPending)
		}
		w.out.block = takeBlock(n)
		return
	}
	if len(w.out.free()) >= n {
		return
	}
	pending := w.out.held()
	size := pending + n
	if size <= len(w.out.b) && w.out.at >= pending {
		w.out.compact() // no more is copied than was sent
		return
	}
	switch {
	case size > maxPending:
		size = max(size, 2*pending)
	case size > maxRecord:
		size, w.big = maxPending, true
	case size > smallBlock && w.big:
		size = maxPending
	}
	w.out.move(takeBlock(size))
}

// Space lends room for the content of one record of application data, inside the output; nil if Sent has to make room
// first. Seal ends the loan; until then no other call on w. Where the first byte goes alone (Sealer.First), that is two records.
func (w *Writer) Space() []byte {
	f := w.maxFragment()
	need := f + w.overhead()
	if w.out.block != nil && w.out.held()+need > maxPending || w.Err() != nil {
		return nil
	}
	w.grow(need)
	w.loan = uint16(f)
	return w.lent()
}

// lentAt is where the space of the loan begins behind the output: where the record's content goes or, if its first byte goes
// alone, where the rest of it goes. That byte then lies in the place of the header between.
func (w *Writer) lentAt() int {
	at := HeaderSize + int(w.prefix)
	if w.first > 0 {
		at += int(w.first) - 1
	}
	return at
}

func (w *Writer) lent() []byte { return w.out.free()[w.lentAt():][:w.loan:w.loan] }

// Seal makes the first n bytes of the loan a record, sealed where they lie, and ends the loan. With 0 there is no record, and the
// space is cleared and given back. What stands in the loan beyond n is not cleared: it is memory for later output.
func (w *Writer) Seal(n int) {
	if w.loan == 0 {
		return
	}
	begin, space := w.out.end, w.lent()
	plain := begin + w.lentAt() + n // the end of what is not sealed yet
	w.loan = 0
	if n > 0 && w.sealLent(space[:n]) {
		if w.out.end < plain {
			clear(w.out.b[w.out.end:plain]) // the record is shorter, by compression
		}
		return
	}
	clear(space)
	w.release()
}

// sealLent seals what stands in the loan.
func (w *Writer) sealLent(p []byte) bool {
	if w.first > 0 {
		w.lone[0] = p[0]
		ok := w.seal(TypeApplicationData, w.lone[:])
		w.lone[0] = 0
		if p = p[1:]; !ok || len(p) == 0 {
			return ok
		}
	}
	return w.seal(TypeApplicationData, p)
}

// Outgoing returns all output, as one slice, valid until the next call on w but Sent.
func (w *Writer) Outgoing() []byte { return w.out.input() }

// Pending tells whether Outgoing has anything.
func (w *Writer) Pending() bool { return w.out.block != nil && w.out.at < w.out.end }

// Sent says that the transport took the first n bytes of Outgoing.
func (w *Writer) Sent(n int) {
	if n > 0 {
		w.out.at += n
	}
	w.release()
}

// release gives the block back if there is no output.
func (w *Writer) release() {
	if w.out.block == nil || w.out.at < w.out.end {
		return
	}
	if w.out.end <= maxRecord {
		w.big = false
	}
	w.out.release()
}

// Install sets the protection of the records from here on, and clears the one before. Nil removes it.
func (w *Writer) Install(s Sealer) {
	if w.sealer != nil {
		w.sealer.Clear()
	}
	w.sealer = s
	w.first, w.prefix, w.around = 0, 0, 0
	if s != nil {
		w.first, w.prefix = uint16(s.First()), uint8(s.Prefix())
		w.around = w.first + uint16(s.Prefix()+s.Suffix())
	}
	w.setContent()
	w.ask()
}

// SetVersion says what records carry as their version: TLS 1.2 for TLS 1.3 as well (RFC 8446, Section 5.1).
func (w *Writer) SetVersion(recordVersion cipher.Version) { w.version = recordVersion }

// SetMaxFragment limits the content of every record from here on to n bytes, 1 to MaxPlaintext (RFC 6066, Section 4).
func (w *Writer) SetMaxFragment(n int) {
	w.sizes.setFragment(n)
	w.setContent()
}

// SetRecordSizeLimit takes note of the peer's record_size_limit, n bytes, which protected records keep to from here on, in TLS
// 1.3 with their type and padding (RFC 8449, Section 4). A smaller SetMaxFragment still holds.
func (w *Writer) SetRecordSizeLimit(n int) {
	w.sizes.setProtected(n)
	w.setContent()
}

func (w *Writer) setContent() { w.content = uint16(w.sizes.content(w.sealer)) }

// SetPadding chooses how much padding records of TLS 1.3 have from here on; nil is none.
func (w *Writer) SetPadding(p Padding) { w.padding = p }

// padded is how many bytes a record with n bytes of content pretends to have.
func (w *Writer) padded(t ContentType, n int) int {
	most := w.maxFragment()
	return min(max(w.padding(t, n, most), n), max(most, n))
}

// NeedsNewKeys reports, at most 1,024 records late, that half of what the key may protect is used up: TLS 1.3 sends a KeyUpdate then.
func (w *Writer) NeedsNewKeys() bool { return w.unasked == 0 && w.sealer != nil && w.sealer.Worn() }

// Err returns why no application data can be sealed: the key has protected all the records it may, or Close was called. A few
// records of a used-up key are kept for WriteRecords, for a KeyUpdate or an alert; new keys end the first kind of error.
func (w *Writer) Err() error {
	// RFC 8446, Section 5.5: the connection ends, or has new keys, before the limit is passed.
	if w.unasked > 0 {
		return w.err
	}
	return w.ended()
}

// ended is Err for a key that has come to its last records, or may have.
func (w *Writer) ended() error {
	if w.err == nil && w.sealer != nil && w.sealer.Left() <= reserve {
		return Fail(AlertInternalError, ReasonRecordLimitReached, "the sending key has protected all the records it may")
	}
	return w.err
}

// Sleep drops what can be made again of the protection.
func (w *Writer) Sleep() {
	if w.sealer != nil {
		w.sealer.Sleep()
	}
}

// Footprint returns the heap that w holds beside itself, in bytes.
func (w *Writer) Footprint() int {
	n := w.out.footprint()
	if w.sealer != nil {
		n += w.sealer.Footprint()
	}
	return n
}

// CloneTo makes c, which is not in use, a Writer in the same state that shares nothing with w. A loan stays with w. Only one of
// the two may send to a real peer what it seals from here on.
func (w *Writer) CloneTo(c *Writer) {
	*c = *w
	c.loan = 0
	w.out.cloneTo(&c.out)
	if w.sealer != nil {
		c.sealer = w.sealer.Clone()
	}
}

// Close clears keys and gives all memory back; output that was not sent is lost. Nothing can be sealed then, and Err says so.
func (w *Writer) Close() {
	w.Seal(0)
	w.Install(nil)
	w.out.release()
	if w.err == nil {
		w.err = Fail(AlertInternalError, ReasonProtocolIsShutdown, "the connection was closed")
	}
}
