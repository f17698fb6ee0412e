package record

import "tlsengine/cipher"

// Record is one record, opened. It has four fields and four words, as much as Go passes in registers.
type Record struct {
	Content []byte // without padding; where it lies and how long it lives says the method that returned it
	Type    ContentType
	Into    bool // Content lies in the caller's slice
	Clear   bool // it came without protection although keys are installed (an early alert of TLS 1.3)
}

// Reader turns the bytes of a transport into opened records. It belongs to the inbound half of a connection: one goroutine at a
// time uses it, no lock is taken, and nothing is shared with a Writer. The zero Reader is ready: no protection, version unknown.
//
// A Reader holds at most 64 bytes more than twice what it has not handed out, nothing when there is nothing; while space is
// lent by Buffer, that space besides. A Reader must not be copied; CloneTo makes another.
type Reader struct {
	see      func(Header) // nil: nobody watches
	store    store
	opener   Opener // nil: none
	loan     *block // lent by Buffer when the store had no room
	hole     int    // bytes left free in front of the loan, for what is in the store
	err      error  // of Next, final
	skip     int    // bytes of early data that may still be skipped
	version  cipher.Version
	outer    Outer
	room     *block // where a record goes whose Opener doesn't work in place, while it is opened
	apart    bool   // the Opener is of that kind
	hides    bool   // what the Opener says
	overhead uint8  // what the Opener says
	big      bool   // the last loan was filled: lend more
	begun    bool   // a header was accepted
	sslv2    bool   // a ClientHello in the format of SSL 2.0 may come, as the first of all
	sizes    sizes
	streaks  streaks
	like     accepted // the header accepted last
}

// Feed copies p in and returns how much of it was taken: all, unless four full records are waiting to be read.
func (r *Reader) Feed(p []byte) int { return r.store.add(p) }

// Buffered returns the number of input bytes that were not processed.
func (r *Reader) Buffered() int { return len(r.store.input()) }

// Rest returns the input that was not processed: behind close_notify it is no longer TLS's. After an error of Next it begins with
// the record that failed, whose payload is zeros then. The slice is valid until the next call on r.
func (r *Reader) Rest() []byte { return r.store.input() }

// Header returns the header of the next record; false if its five bytes are not there. An *Error says that no such record may
// come: a peer that speaks no TLS, a wrong version, a type out of place, a length over the limit. It is final only when Next says
// so: new keys or another state may come before.
func (r *Reader) Header() (Header, bool, error) {
	rest := r.Rest()
	if r.err != nil || len(rest) < HeaderSize {
		return Header{}, false, r.err
	}
	if h := parseHeader(rest); r.like.covers(h) {
		return h, true, nil
	}
	return r.judge(rest)
}

// judge is Header for one that is not like the last.
func (r *Reader) judge(rest []byte) (Header, bool, error) {
	if r.opener == nil {
		r.opener = nullOpener{}
	}
	if r.sslv2 && isSSLv2ClientHello(rest) {
		return sslv2Header(rest), true, nil
	}
	h := parseHeader(rest)
	if err := r.checkHeader(h, rest); err != nil {
		return Header{}, false, err
	}
	r.begun = true
	return h, true, nil
}

// Ready reports whether Next has something to say: a whole record is there, or an error.
func (r *Reader) Ready() bool {
	h, ok, err := r.Header()
	return err != nil || ok && HeaderSize+h.Length <= r.Buffered()
}

// Next opens the next record in place; false if it isn't there whole. Content lies in r until the next call of Next, NextInto,
// Release or Close. Its address holds until the next call on r: Held finds it after that. An error is final.
func (r *Reader) Next() (Record, bool, error) { return r.NextInto(nil) }

// NextInto is Next, but opens a record that may be application data straight into p if everything inside its protection fits: one
// byte more than the data in TLS 1.3, and its padding. Record.Into says so; Content is then the beginning of p. A handshake
// message or an alert of TLS 1.3 may come to lie in p too, for only opening tells.
//
// What stands here is the straight path: application data like that of the record before, with nothing to watch, to skip or to
// count but empty ones. nextOther does the same for any record.
func (r *Reader) NextInto(p []byte) (Record, bool, error) {
	s := &r.store
	s.drop()
	rest := s.input()
	if len(rest) < HeaderSize {
		return r.nextOther(p)
	}
	h := parseHeader(rest)
	end := HeaderSize + h.Length
	if !r.like.routine || !r.like.covers(h) {
		return r.nextOther(p)
	}
	if end > len(rest) {
		s.settle()
		return Record{}, false, nil
	}
	into := p != nil && r.maxInner(h.Length) <= len(p)
	if !into {
		p = nil
	}
	t, content, err := r.opener.Open(p, h, rest[HeaderSize:end])
	if err == nil {
		err = r.streaks.seen(t, len(content))
	}
	if err != nil {
		return Record{}, false, r.refuse(end, err)
	}
	s.at += end
	if into {
		s.settle()
	} else {
		content = r.hold(content)
	}
	return Record{Type: t, Content: content, Into: into}, true, nil
}

// nextOther is NextInto for what is not routine, or not known to be: the first record of its kind, for one.
func (r *Reader) nextOther(p []byte) (Record, bool, error) {
	s := &r.store
	for {
		h, ok, err := r.Header()
		size := HeaderSize + h.Length
		if !ok || size > s.end-s.at {
			r.end(err)
			return Record{}, false, err
		}
		if h.Type == TypeSSLv2ClientHello {
			return r.takeSSLv2ClientHello(h), true, nil
		}
		r.sslv2 = false
		rec, ok, err := r.process(h, p)
		if err != nil {
			return Record{}, false, r.refuse(size, err)
		}
		if r.apart {
			s.soil(s.at + size)
		}
		s.at += size
		if !ok {
			r.giveRoom()
			continue
		}
		if rec.Into {
			s.settle()
		} else {
			rec.Content = r.hold(rec.Content)
		}
		return rec, true, nil
	}
}

// refuse ends the use of r with the error of the next record, which takes size bytes. It may have been opened before it was
// refused, so that its payload is cleared: what is not processed may go to another block, and is not known for plaintext there.
func (r *Reader) refuse(size int, err error) error {
	r.giveRoom()
	clear(r.store.input()[HeaderSize:size])
	r.end(err)
	return err
}

// end notes the error after which nothing is opened any more, nil if it is only that nothing is there.
func (r *Reader) end(err error) {
	if err != nil {
		r.err, r.like = err, accepted{}
	}
	r.store.settle()
}

// hold keeps the content of a record that was opened in place or in the room, and returns where it lies then.
func (r *Reader) hold(content []byte) []byte {
	s := &r.store
	if r.room != nil {
		s.put(content)
		r.giveRoom()
	} else {
		s.open(content)
	}
	s.settle() // padding may have been most of it
	return s.content()
}

// takeSSLv2ClientHello hands on the message without its length.
func (r *Reader) takeSSLv2ClientHello(h Header) Record {
	s := &r.store
	r.sslv2, r.begun = false, true
	if r.see != nil {
		r.see(h)
	}
	size := HeaderSize + h.Length
	rec := Record{Type: h.Type, Content: s.input()[sslv2LengthSize:size]}
	s.at += size
	rec.Content = r.hold(rec.Content)
	return rec
}

// AcceptSSLv2 lets the first message of all be a ClientHello in the format of SSL 2.0 that offers SSL 3.0 or TLS (RFC 5246,
// Appendix E.2). Otherwise it is refused.
func (r *Reader) AcceptSSLv2() { r.sslv2 = true }

// Watch has see called with the header of each record that is there whole, dropped ones included, before it is opened.
func (r *Reader) Watch(see func(Header)) { r.see, r.like = see, accepted{} }

// process opens one record; false if it is one to be dropped.
func (r *Reader) process(h Header, p []byte) (rec Record, ok bool, err error) {
	if r.see != nil {
		r.see(h)
	}
	payload := r.store.input()[HeaderSize : HeaderSize+h.Length]
	rec = Record{Type: h.Type, Content: payload}
	way := r.like.way // h was found good just now
	switch way {
	case wayDrop:
		if err := checkChangeCipherSpec(payload); err != nil {
			return Record{}, false, err
		}
		return Record{}, false, r.streaks.nothing()
	case wayClear:
		rec.Clear = true
	case wayOpen:
		if r.skip > 0 && h.Type == TypeApplicationData && !r.hides {
			return Record{}, false, r.skipped(h.Length)
		}
		rec.Into = p != nil && h.Type == TypeApplicationData && r.maxInner(h.Length) <= len(p)
		if !rec.Into {
			p = nil
			if r.apart {
				p = r.takeRoom(h.Length)
			}
		}
		rec.Type, rec.Content, err = r.opener.Open(p, h, payload)
		if err != nil {
			if r.skip > 0 && isRecordMAC(err) {
				return Record{}, false, r.skipped(h.Length)
			}
			return Record{}, false, err
		}
		if r.hides || h.Type == TypeHandshake {
			r.skip = 0 // no early data follows what the peer sent in answer to us
		}
		if r.hides && r.outer == OuterHandshakeAlert {
			r.Expect(r.outer.opened())
		}
	}
	if r.sizes != (sizes{}) {
		if err := r.checkSize(h, way, len(rec.Content)); err != nil {
			return Record{}, false, err
		}
	}
	return rec, true, r.streaks.seen(rec.Type, len(rec.Content))
}

// Held returns what is left of the record that Next opened in place. The slice is valid until the next call on r.
func (r *Reader) Held() []byte { return r.store.content() }

// Discard uses up the first n bytes of Held; n is at most its length, and none are used up if it is 0 or less. When nothing is
// left, it releases.
func (r *Reader) Discard(n int) {
	if n > 0 {
		r.store.lo += n
	}
	r.store.settle()
}

// Release ends the use of the record that Next opened in place, and gives back what memory it can.
func (r *Reader) Release() {
	r.store.drop()
	r.store.settle()
}

// Install sets the protection of the records from here on, and clears the one before. Nil removes it (a HelloRetryRequest).
func (r *Reader) Install(o Opener) {
	if r.opener != nil {
		r.opener.Clear()
	}
	r.opener, r.like = o, accepted{}
	r.apart, r.hides, r.overhead = false, false, 0
	if o != nil {
		r.apart, r.hides, r.overhead = !o.InPlace(), o.Hides(), uint8(o.Overhead())
	}
}

// takeRoom returns room for what a payload of n bytes becomes.
func (r *Reader) takeRoom(n int) []byte {
	r.room = takeBlock(r.maxInner(n))
	return r.room.b[:r.maxInner(n)]
}

// maxInner is how many bytes a payload of n bytes may become.
func (r *Reader) maxInner(n int) int {
	if r.apart {
		return MaxPlaintext
	}
	return max(0, n-int(r.overhead))
}

// giveRoom gives the room back, if there is any.
func (r *Reader) giveRoom() {
	if r.room != nil {
		clear(r.room.b)
		r.room.give()
		r.room = nil
	}
}

// SetVersion says which version was chosen. Before that, records of any version {3, x} are taken.
func (r *Reader) SetVersion(v cipher.Version) { r.version, r.like = v, accepted{} }

// Expect says what may stand on the wire beside protected records. It starts as OuterPlain.
func (r *Reader) Expect(o Outer) { r.outer, r.like = o, accepted{} }

// SetMaxFragment refuses records with more than n bytes of content from here on (RFC 6066, Section 4). n is 1 to MaxPlaintext.
func (r *Reader) SetMaxFragment(n int) {
	r.sizes.setFragment(n)
	r.like = accepted{}
}

// SetRecordSizeLimit takes note of our own record_size_limit, n bytes: protected records with more are refused from here on, in
// TLS 1.3 with their type and padding (RFC 8449, Section 4).
func (r *Reader) SetRecordSizeLimit(n int) {
	r.sizes.setProtected(n)
	r.like = accepted{}
}

// checkSize compares a record with n bytes of content, opened in this way, with what was negotiated.
func (r *Reader) checkSize(h Header, way way, n int) error {
	// RFC 6066, Section 4: a fragment that is too long is record_overflow.
	if limit := int(r.sizes.fragment); limit > 0 && n > limit {
		return errPlaintextTooLong(n, limit)
	}
	if r.sizes.protected == 0 || way != wayOpen || r.opener == Opener(nullOpener{}) {
		return nil
	}
	// RFC 8449, Section 4: so is a protected record beyond record_size_limit.
	if r.hides {
		n = r.maxInner(h.Length)
	}
	if limit := int(r.sizes.protected); n > limit {
		return errPlaintextTooLong(n, limit)
	}
	return nil
}

// Sleep drops what can be made again of the protection.
func (r *Reader) Sleep() {
	if r.opener != nil {
		r.opener.Sleep()
	}
}

// Footprint returns the heap that r holds beside itself, in bytes.
func (r *Reader) Footprint() int {
	n := r.store.footprint()
	if r.loan != nil {
		n += len(r.loan.b)
	}
	if r.opener != nil {
		n += r.opener.Footprint()
	}
	return n
}

// CloneTo makes c, which is not in use, a Reader in the same state that shares nothing with r. A loan stays with r.
func (r *Reader) CloneTo(c *Reader) {
	*c = *r
	c.loan, c.hole = nil, 0
	r.store.cloneTo(&c.store)
	if r.opener != nil {
		c.opener = r.opener.Clone()
	}
}

// Close clears keys and plaintext and gives all memory back. Only Header, Next and NextInto may be called then; they fail.
func (r *Reader) Close() {
	r.Install(nil)
	if r.loan != nil {
		r.loan.give()
		r.loan = nil
	}
	r.store.drop()
	r.store.release()
	if r.err == nil {
		r.err = Fail(AlertInternalError, ReasonProtocolIsShutdown, "the connection was closed")
	}
}
