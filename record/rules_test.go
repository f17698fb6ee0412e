package record

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"tlsengine/cipher"
)

const suite13 = cipher.TLS_AES_128_GCM_SHA256

func TestPeersThatSpeakNoTLSAreNamed(t *testing.T) {
	for in, want := range map[string]Reason{
		"GET / HTTP/1.1\r\n": ReasonHTTPRequest, "POST / HTTP": ReasonHTTPRequest, "HEAD / HTTP": ReasonHTTPRequest, "PUT / HTTP": ReasonHTTPRequest,
		"CONNECT a:443": ReasonHTTPSProxyRequest, "HTTP/1.1 400": ReasonWrongVersionNumber, "220 mail": ReasonWrongVersionNumber,
		"\x80\x2e\x01\x03\x01": ReasonUnsupportedProtocol, "\x16\x02\x00\x00\x01": ReasonWrongVersionNumber, "\x17\x04\x03\x00\x01": ReasonWrongVersionNumber,
	} {
		var r Reader
		for i := range 4 {
			r.Feed([]byte{in[i]})
			if _, ok, err := r.Next(); ok || err != nil {
				t.Fatal("judged too early", err)
			}
		}
		r.Feed([]byte(in[4:]))
		_, _, err := r.Next()
		wantReason(t, err, want)
		_, _, again := r.Next()
		if again != err {
			t.Error("the error does not stay")
		}
		if string(r.Rest()) != in {
			t.Errorf("Rest is %q", r.Rest())
		}
	}
}

func TestHeadersAreJudgedBeforeTheBody(t *testing.T) {
	var r Reader
	r.Feed([]byte("\x16\x03\x01\x00\x01a\x16\x03\x01\x40\x01"))
	if rec, ok, err := r.Next(); !ok || string(rec.Content) != "a" {
		t.Fatal(err)
	}
	_, _, err := r.Next()
	wantReason(t, err, ReasonDataLengthTooLong)

	var v Reader
	v.SetVersion(cipher.VersionTLS12)
	v.Feed([]byte("\x16\x03\x01\x00\x01"))
	_, _, err = v.Next()
	wantReason(t, err, ReasonWrongVersionNumber)

	var u Reader
	u.Feed([]byte("\x16\x03\x01\x00\x01a\x18\x03\x01\x00\x01"))
	u.Next()
	_, _, err = u.Next()
	wantReason(t, err, ReasonUnexpectedRecord)
}

func TestEmptyRecordsInARow(t *testing.T) {
	for n, want := range map[int]bool{32: true, 33: false} {
		w, r := ends(t, suite13)
		for range 3 { // a record with content ends the row
			for range n {
				w.WriteRecords(TypeApplicationData, nil)
			}
			w.Write([]byte("x"))
		}
		r.Feed(w.Outgoing())
		var err error
		for ok := true; ok && err == nil; {
			_, ok, err = r.Next()
		}
		if want != (err == nil) {
			t.Errorf("%d empty records: %v", n, err)
		}
		if !want {
			wantReason(t, err, ReasonTooManyEmptyFragments)
		}
	}
}

func TestWarningsAndKeyUpdatesInARow(t *testing.T) {
	w, r := ends(t, suite13)
	for range 4 {
		if err := r.CountWarning(); err != nil {
			t.Fatal(err)
		}
	}
	wantReason(t, r.CountWarning(), ReasonTooManyWarningAlerts)
	for range 32 {
		if err := r.CountKeyUpdate(); err != nil {
			t.Fatal(err)
		}
	}
	wantReason(t, r.CountKeyUpdate(), ReasonTooManyKeyUpdates)
	for range 64 {
		if err := r.CountMessage(); err != nil {
			t.Fatal(err)
		}
	}
	wantReason(t, r.CountMessage(), ReasonUnexpectedMessage)
	w.WriteRecords(TypeHandshake, []byte("x"))
	r.Feed(w.Outgoing())
	r.Next()
	if r.CountWarning() != nil || r.CountKeyUpdate() == nil || r.CountMessage() == nil {
		t.Fatal("a handshake message ends the row of warnings, and not that of KeyUpdates")
	}
	w.Sent(len(w.Outgoing()))
	w.Write([]byte("x"))
	r.Feed(w.Outgoing())
	r.Next()
	if r.CountKeyUpdate() != nil || r.CountMessage() != nil {
		t.Fatal("data ends the row of KeyUpdates, and that of all messages")
	}
}

func TestOuterTypesByState(t *testing.T) {
	const ccs, alert = "\x14\x03\x03\x00\x01\x01", "\x15\x03\x03\x00\x02\x02\x28"
	for _, c := range []struct {
		outer  Outer
		in     string
		reason Reason
		record bool
	}{
		{OuterHandshakeAlert, ccs, 0, false}, {OuterHandshake, ccs, 0, false},
		{OuterHandshakeAlert, alert, 0, true}, {OuterHandshake, alert, ReasonInvalidOuterRecordType, false},
		{OuterApplication, ccs, ReasonInvalidOuterRecordType, false}, {OuterApplication, alert, ReasonInvalidOuterRecordType, false},
		{OuterHandshake, "\x14\x03\x03\x00\x01\x02", ReasonBadChangeCipherSpec, false}, {OuterHandshake, "\x14\x03\x03\x00\x02\x01\x01", ReasonBadChangeCipherSpec, false},
		{OuterHandshake, "\x16\x03\x03\x00\x01\x01", ReasonInvalidOuterRecordType, false},
		{OuterHandshake, strings.Repeat(ccs, 32), 0, false}, {OuterHandshake, strings.Repeat(ccs, 33), ReasonTooManyEmptyFragments, false},
	} {
		_, r := ends(t, suite13)
		r.Expect(c.outer)
		r.Feed([]byte(c.in))
		rec, ok, err := r.Next()
		if c.reason != 0 {
			wantReason(t, err, c.reason)
			continue
		}
		if err != nil || ok != c.record || ok && (rec.Type != TypeAlert || !rec.Clear) {
			t.Errorf("state %d, %x: %v %v %v", c.outer, c.in, rec, ok, err)
		}
	}
	w, r := ends(t, suite13)
	r.Expect(OuterHandshakeAlert)
	w.Write([]byte("x"))
	r.Feed(append(bytes.Clone(w.Outgoing()), alert...))
	if _, ok, err := r.Header(); !ok { // a look at the header doesn't make the record routine
		t.Fatal(err)
	}
	if _, ok, err := r.Next(); !ok {
		t.Fatal(err)
	}
	_, _, err := r.Next()
	wantReason(t, err, ReasonInvalidOuterRecordType) // once a protected record opened, nothing comes in the clear
}

func TestRefusedEarlyDataIsSkippedWithinItsBudget(t *testing.T) {
	early := append([]byte{23, 3, 3, 0, 100}, make([]byte, 100)...)
	for _, protected := range []bool{true, false} {
		for _, c := range []struct {
			records, budget int
			ok              bool
		}{{5, 500, true}, {5, 499, false}, {6, 599, false}} {
			w, r := ends(t, suite13)
			r.Expect(OuterHandshake)
			if !protected {
				w.Install(nil)
				r.Install(nil)
				r.Expect(OuterHello)
			}
			r.SkipEarlyData(c.budget)
			w.WriteRecords(TypeHandshake, []byte("x"))
			r.Feed(append(bytes.Repeat(early, c.records), w.Outgoing()...))
			rec, ok, err := r.Next()
			if !c.ok {
				wantReason(t, err, ReasonTooMuchSkippedEarlyData)
				continue
			}
			if !ok || string(rec.Content) != "x" {
				t.Fatal(protected, err)
			}
		}
	}
	_, r := ends(t, suite13)
	r.Feed(early)
	_, _, err := r.Next()
	wantReason(t, err, ReasonDecryptionFailedOrBadRecordMAC)
}

func TestWriterTakesFourRecordsAndNoMoreUntilSent(t *testing.T) {
	for _, id := range testSuites {
		w, r := ends(t, id)
		p := bytes.Repeat([]byte("0123456789"), 10000)
		if n := w.Write(p); n != 4*MaxPlaintext {
			t.Fatalf("took %d", n)
		}
		if w.Write(p) != 0 || w.Space() != nil {
			t.Fatal("took more")
		}
		w.WriteRecords(TypeAlert, []byte{1, 0}) // always has room
		out := w.Outgoing()
		for len(out) > 0 {
			n := r.Feed(out[:min(len(out), 5000)])
			w.Sent(n)
			out = out[n:]
			for rec, ok, err := r.Next(); ok || err != nil; rec, ok, err = r.Next() {
				if err != nil || rec.Type != TypeApplicationData && rec.Type != TypeAlert {
					t.Fatal(err)
				}
				if rec.Type == TypeApplicationData {
					if !bytes.Equal(rec.Content, p[:len(rec.Content)]) {
						t.Fatal("wrong data")
					}
					p = p[len(rec.Content):]
				}
			}
		}
		if w.Footprint() != w.sealer.Footprint() {
			t.Fatal("an idle Writer holds a buffer")
		}
		w.SetMaxFragment(512)
		if n := w.Write(p[:2000]); n != 2000 {
			t.Fatal(n)
		}
		if h := parseHeader(w.Outgoing()); h.Length > 512+24 {
			t.Fatal("fragments are too long")
		}
	}
}

func TestSleepKeepsTheSequence(t *testing.T) {
	for _, id := range testSuites {
		w, r := ends(t, id)
		for range 3 {
			w.Write([]byte("x"))
			r.Feed(w.Outgoing())
			w.Sent(len(w.Outgoing()))
			if _, ok, err := r.Next(); !ok {
				t.Fatal(err)
			}
			r.Release()
			w.Sleep()
			r.Sleep()
			if w.Footprint() > 128 || r.Footprint() > 128 {
				t.Fatal("asleep, but holds", w.Footprint(), r.Footprint())
			}
		}
	}
}

func TestNothingIsAllocatedForARecord(t *testing.T) {
	if raceEnabled {
		t.Skip("pools drop what they are given under the race detector")
	}
	for _, n := range []int{1, 64, 1000, MaxPlaintext, 4 * MaxPlaintext} {
		for _, id := range aeadSuites() {
			w, r := ends(t, id)
			if a := allocations(t, w, r, n); a != 0 {
				t.Errorf("%v, %d bytes: %v allocations", id, n, a)
			}
		}
		for _, s := range macSpecs() {
			if n > MaxPlaintext {
				break // time
			}
			w, r := s.ends(t)
			if a := allocations(t, w, r, n); a != 0 {
				t.Errorf("%v, %d bytes: %v allocations", s, n, a)
			}
		}
	}
}

// aeadSuites returns one suite of each AEAD. All other ciphers are in macSpecs.
func aeadSuites() (ids []cipher.SuiteID) {
	seen := map[*cipher.Bulk]bool{}
	for _, s := range cipher.AllSuites() {
		if s.Bulk.IsAEAD() && !seen[s.Bulk] {
			seen[s.Bulk] = true
			ids = append(ids, s.ID)
		}
	}
	return ids
}

// fewest is testing.AllocsPerRun, again as long as there are some: a collection of garbage in between empties the pools, which
// then are filled once more.
func fewest(f func()) (least float64) {
	for range 5 {
		if least = testing.AllocsPerRun(5, f); least == 0 {
			break
		}
	}
	return least
}

// allocations counts them in a round of writing and reading n bytes in all ways.
func allocations(t *testing.T, w *Writer, r *Reader, n int) float64 {
	p, into := make([]byte, n), make([]byte, MaxPlaintext+1)
	return fewest(func() {
		w.Write(p)
		for out := w.Outgoing(); len(out) > 0; {
			k := copy(r.Buffer(), out)
			r.Commit(k)
			out = out[k:]
			for i := 0; ; i++ {
				q := into
				if i%2 == 1 {
					q = nil
				}
				if _, ok, err := r.NextInto(q); err != nil {
					t.Fatal(err)
				} else if !ok {
					break
				}
				r.Release()
			}
		}
		w.Sent(len(w.Outgoing()))
		w.Space()
		w.Seal(min(n, MaxPlaintext))
		r.Feed(w.Outgoing())
		for ok := true; ok; {
			_, ok, _ = r.Next()
		}
		r.Release()
		w.Sent(len(w.Outgoing()))
	})
}

// FuzzReader: whatever comes, however it is cut, the Reader neither panics nor holds more than it may, and both ways of cutting
// agree.
func FuzzReader(f *testing.F) {
	w, _ := ends(f, suite13)
	w.Write([]byte("hello"))
	w.WriteRecords(TypeHandshake, []byte("message"))
	f.Add(bytes.Clone(w.Outgoing()), uint16(3), uint8(2))
	f.Add([]byte("\x16\x03\x01\x00\x01a\x14\x03\x03\x00\x01\x01"), uint16(1), uint8(0))
	f.Add([]byte("GET / HTTP/1.0\r\n"), uint16(2), uint8(0))
	f.Fuzz(func(t *testing.T, in []byte, step uint16, outer uint8) {
		run := func(step int) (out []byte, final error) {
			_, r := ends(t, suite13)
			if o := Outer(outer % 5); o <= OuterHello {
				r.Install(nil)
				r.Expect(o)
			} else {
				r.Expect(o)
				r.SkipEarlyData(int(outer))
			}
			for rest := in; len(rest) > 0; {
				n := r.Feed(rest[:min(len(rest), step)])
				rest = rest[n:]
				for {
					rec, ok, err := r.Next()
					if held := r.Buffered() + len(r.Held()); r.store.block != nil && len(r.store.block.b) > 2*held+64 {
						t.Fatalf("%d bytes held for %d", len(r.store.block.b), held)
					}
					if err != nil {
						return out, err
					}
					if !ok {
						break
					}
					out = append(append(out, byte(rec.Type)), rec.Content...)
				}
			}
			return out, nil
		}
		a, err1 := run(int(step) + 1)
		b, err2 := run(1)
		if !bytes.Equal(a, b) || (err1 == nil) != (err2 == nil) {
			t.Fatalf("cutting differently gives %x %v and %x %v", a, err1, b, err2)
		}
		var e *Error
		if err1 != nil && !errors.As(err1, &e) {
			t.Fatal("an error without an alert: ", err1)
		}
	})
}

func TestLookingAheadDecidesNothing(t *testing.T) {
	var r Reader
	w, ready := ends(t, suite13)
	w.Write(make([]byte, MaxPlaintext))
	r.Feed(w.Outgoing())
	if _, _, err := r.Header(); err == nil || !r.Ready() {
		t.Fatal("a protected record fits the limits of plaintext")
	}
	r.Install(ready.opener) // as when an operation is answered
	r.SetVersion(cipher.VersionTLS13)
	if _, ok, err := r.Next(); !ok {
		t.Fatal(err)
	}
}

// A peer that alternates between empty records and warnings brings nothing either: neither ends the other's row.
func TestAlternatingNothingsAreCountedApart(t *testing.T) {
	r := new(Reader)
	feedEmpty := func() error {
		r.Feed([]byte{byte(TypeApplicationData), 3, 3, 0, 0})
		_, _, err := r.Next()
		return err
	}
	warn := func() error {
		r.Feed([]byte{byte(TypeAlert), 3, 3, 0, 2, 1, 90})
		r.Next()
		return r.CountWarning()
	}
	for range 4 {
		if err := errors.Join(feedEmpty(), warn()); err != nil {
			t.Fatal(err)
		}
	}
	if err := feedEmpty(); err != nil {
		t.Fatal(err)
	}
	wantReason(t, warn(), ReasonTooManyWarningAlerts)
	for range 27 {
		if err := feedEmpty(); err != nil {
			t.Fatal(err)
		}
		r.Feed([]byte{byte(TypeAlert), 3, 3, 0, 2, 1, 90})
		r.Next()
	}
	wantReason(t, feedEmpty(), ReasonTooManyEmptyFragments)
}

// TestCommitOfAFailedRead: what read(2) returns on failure may be handed on as it is.
func TestCommitOfAFailedRead(t *testing.T) {
	var r Reader
	for range 3 {
		r.Buffer()
		r.Commit(-1)
		if n := r.Buffered(); n != 0 || r.Footprint() != 0 {
			t.Fatalf("%d bytes of input, %d of memory", n, r.Footprint())
		}
		n := copy(r.Buffer(), []byte{byte(TypeApplicationData), 3, 3})
		r.Commit(n)
		r.Buffer()
		r.Commit(-1)
		if r.Buffered() != n {
			t.Fatalf("%d bytes of input, want %d", r.Buffered(), n)
		}
		r = Reader{}
	}
}
