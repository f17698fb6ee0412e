package record

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"

	"tlsengine/cipher"
)

// contents opens all that w has to send, and returns each record's content.
func contents(t testing.TB, w *Writer, r *Reader) (all [][]byte) {
	t.Helper()
	for len(w.Outgoing()) > 0 {
		w.Sent(r.Feed(w.Outgoing()))
		for {
			rec, ok, err := r.Next()
			if err != nil {
				t.Fatal(err)
			}
			if !ok {
				break
			}
			all = append(all, bytes.Clone(rec.Content))
		}
	}
	return all
}

// BEAST (CVE-2011-3389): where IVs are chained, the first byte of every Write and of every loan goes alone, and nothing else
// does.
func TestFirstByteGoesAloneWhereIVsAreChained(t *testing.T) {
	for _, s := range macSpecs() {
		for _, s.Unsplit = range []bool{false, true} {
			split := s.Bulk.IsCBC() && s.Form != FormTLS11 && !s.Unsplit
			for _, n := range []int{1, 2, 3, 100, MaxPlaintext} {
				p := bytes.Repeat([]byte{'p'}, n)
				want := []int{n}
				if split && n > 1 {
					want = []int{1, n - 1}
				}
				check := func(how string, w *Writer, r *Reader) {
					t.Helper()
					got := contents(t, w, r)
					ok := len(got) == len(want)
					for i := range got {
						ok = ok && len(got[i]) == want[i]
					}
					if !ok || !bytes.Equal(bytes.Join(got, nil), p) {
						t.Errorf("%v: %s of %d bytes: %d records", s, how, n, len(got))
					}
				}
				w, r := s.ends(t)
				if k := w.Write(p); k != n {
					t.Fatalf("%v: %d of %d taken", s, k, n)
				}
				check("Write", w, r)
				w.Write([]byte("before"))
				w.Seal(copy(w.Space(), p))
				if contents(t, w, r); w.out.block != nil {
					t.Error("the block is kept")
				}
				w.Seal(copy(w.Space(), p))
				check("Seal", w, r)
				w.WriteRecords(TypeHandshake, p)
				if want = []int{n}; true {
					check("WriteRecords", w, r)
				}
			}
		}
	}
}

// Whatever is written in whatever pieces arrives, and the output never grows over what a Writer may hold.
func TestWritesOfAnySizeArriveInEveryForm(t *testing.T) {
	specs := macSpecs()
	rapid.Check(t, func(rt *rapid.T) {
		s := rapid.SampledFrom(specs).Draw(rt, "spec")
		w, r := s.ends(t)
		if f := rapid.IntRange(0, 300).Draw(rt, "fragment"); f > 0 {
			w.SetMaxFragment(f)
		}
		var sent, got []byte
		for range rapid.IntRange(1, 6).Draw(rt, "writes") {
			p := bytes.Repeat([]byte{byte(len(sent))}, rapid.IntRange(0, 70000).Draw(rt, "size"))
			if rapid.Bool().Draw(rt, "loan") {
				if space := w.Space(); space != nil {
					n := copy(space, p)
					w.Seal(n)
					sent = append(sent, p[:n]...)
				}
			} else {
				n := w.Write(p)
				sent = append(sent, p[:n]...)
			}
			if n := len(w.Outgoing()); n > maxPending {
				rt.Fatalf("%d bytes of output", n)
			}
			if rapid.Bool().Draw(rt, "send") {
				for _, c := range contents(t, w, r) {
					got = append(got, c...)
				}
			}
		}
		for _, c := range contents(t, w, r) {
			got = append(got, c...)
		}
		if !bytes.Equal(got, sent) {
			rt.Fatal("not what was sent")
		}
	})
}

func TestRecordSizeLimitCountsTypeAndPaddingIn13(t *testing.T) {
	for id, most := range map[cipher.SuiteID]int{
		cipher.TLS_AES_128_GCM_SHA256: 99, cipher.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: 100,
	} {
		w, r := ends(t, id)
		w.SetRecordSizeLimit(100)
		r.SetRecordSizeLimit(100)
		w.Write(make([]byte, 1000))
		for i, c := range contents(t, w, r) {
			if len(c) != min(most, 1000-i*most) {
				t.Errorf("%v: record %d has %d bytes", id, i, len(c))
			}
		}
		w, r = ends(t, id)
		r.SetRecordSizeLimit(100)
		w.Write(make([]byte, most+1))
		r.Feed(w.Outgoing())
		_, _, err := r.Next()
		wantReason(t, err, ReasonDataLengthTooLong)
	}
	_, r := ends(t, suite13)
	r.SetRecordSizeLimit(100)
	r.Feed(sealByHand(suite13, 0, TypeApplicationData, []byte("x"), 98))
	if _, ok, err := r.Next(); !ok {
		t.Error("padding up to the limit is refused", err)
	}
	r.Feed(sealByHand(suite13, 1, TypeApplicationData, []byte("x"), 99))
	_, _, err := r.Next()
	wantReason(t, err, ReasonDataLengthTooLong)

	// RFC 8449, Section 4: what isn't protected has no such limit.
	var u Writer
	var v Reader
	u.SetRecordSizeLimit(100)
	v.SetRecordSizeLimit(100)
	u.WriteRecords(TypeHandshake, make([]byte, 500))
	if got := contents(t, &u, &v); len(got) != 1 {
		t.Errorf("%d unprotected records", len(got))
	}
}

func TestMaxFragmentHoldsForAllRecords(t *testing.T) {
	var w Writer
	var r Reader
	w.SetMaxFragment(512)
	r.SetMaxFragment(512)
	w.WriteRecords(TypeHandshake, make([]byte, 1025))
	if got := contents(t, &w, &r); len(got) != 3 {
		t.Errorf("%d records", len(got))
	}
	for _, protected := range []bool{false, true} {
		w, r := new(Writer), new(Reader)
		if protected {
			w, r = ends(t, suite13)
		}
		r.SetMaxFragment(512)
		w.WriteRecords(TypeHandshake, make([]byte, 513))
		r.Feed(w.Outgoing())
		_, _, err := r.Next()
		wantReason(t, err, ReasonDataLengthTooLong)
	}
}

func TestPaddingIsWhatWasChosen(t *testing.T) {
	for name, c := range map[string]struct {
		p    Padding
		want func(n int) int
	}{
		"none":  {nil, func(n int) int { return n }},
		"64":    {PadToMultiple(64), func(n int) int { return min((n+63)/64*64, MaxPlaintext) }},
		"full":  {PadFull, func(int) int { return MaxPlaintext }},
		"less":  {func(_ ContentType, n, _ int) int { return n - 1 }, func(n int) int { return n }},
		"more":  {func(_ ContentType, n, _ int) int { return 1 << 30 }, func(int) int { return MaxPlaintext }},
		"alert": {func(t ContentType, n, most int) int { return n + int(t) - int(TypeApplicationData) }, func(n int) int { return n }},
	} {
		w, r := ends(t, suite13)
		w.SetPadding(c.p)
		for _, n := range []int{1, 63, 64, 65, 5000, MaxPlaintext - 1, MaxPlaintext} {
			p := bytes.Repeat([]byte{1}, n)
			for _, how := range []string{"Write", "Seal"} {
				if how == "Write" {
					w.Write(p)
				} else {
					w.Seal(copy(w.Space(), p))
				}
				if got := len(w.Outgoing()) - HeaderSize - 17; got != c.want(n) {
					t.Errorf("%s: %s of %d bytes pretends to be %d, want %d", name, how, n, got, c.want(n))
				}
				if got := contents(t, w, r); len(got) != 1 || !bytes.Equal(got[0], p) {
					t.Errorf("%s: %d bytes don't arrive", name, n)
				}
			}
		}
	}
	// Before TLS 1.3 there is none.
	w, r := ends(t, cipher.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256)
	w.SetPadding(PadFull)
	w.Write(make([]byte, 70))
	if n := len(w.Outgoing()); n != HeaderSize+8+70+16 {
		t.Errorf("%d bytes", n)
	}
	contents(t, w, r)
}

// Padding takes part in how much a Writer holds: what it takes never passes the limit, and all arrives.
func TestPaddedWritesStayWithinBounds(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w, r := ends(t, suite13)
		w.SetPadding(PadToMultiple(rapid.IntRange(1, MaxPlaintext).Draw(rt, "block")))
		w.SetMaxFragment(rapid.IntRange(1, MaxPlaintext).Draw(rt, "fragment"))
		sent, got := 0, 0
		for range rapid.IntRange(1, 8).Draw(rt, "writes") {
			sent += w.Write(make([]byte, rapid.IntRange(0, 70000).Draw(rt, "size")))
			if n := len(w.Outgoing()); n > maxPending {
				rt.Fatalf("%d bytes of output", n)
			}
		}
		if sent == 0 && len(w.Outgoing()) > 0 {
			rt.Fatal("output of nothing")
		}
		for _, c := range contents(t, w, r) {
			got += len(c)
		}
		if got != sent {
			rt.Fatalf("%d of %d bytes arrive", got, sent)
		}
	})
}

// Sweet32 (CVE-2016-2183): a 3DES key ends before collisions are likely, on both sides, with a reserve for the alert.
func TestKeysOfSmallBlocksEndInTime(t *testing.T) {
	for _, s := range macSpecs() {
		if s.Bulk.BlockLen != 8 {
			continue
		}
		w, r := s.ends(t)
		c, o := w.sealer.(*sealerCBC), r.opener.(*openerCBC)
		if full := uint64(maxCBCRecord/8) * 16; c.Left() < 100_000 || s.Bulk.MaxBlocks*8 > 1<<32 {
			t.Errorf("the limit of %d blocks is out of place (%d)", s.Bulk.MaxBlocks, full)
		}
		c.blocks = s.Bulk.MaxBlocks / 2
		w.unasked = 0
		if w.Write([]byte("x")); !w.NeedsNewKeys() || w.Err() != nil {
			t.Errorf("%v: half of the limit isn't seen", s)
		}
		c.blocks = s.Bulk.MaxBlocks - reserve*(maxCBCRecord/8)
		if w.Write([]byte("x")) != 0 {
			t.Errorf("%v: application data may use the reserve", s)
		}
		wantReason(t, w.Err(), ReasonRecordLimitReached)
		w.WriteRecords(TypeAlert, []byte{2, 80})
		if got := contents(t, w, r); len(got) != 2 {
			t.Errorf("%v: %d records", s, len(got))
		}
		o.blocks = s.Bulk.MaxBlocks - 1
		w.WriteRecords(TypeAlert, []byte{2, 80})
		r.Feed(w.Outgoing())
		_, _, err := r.Next()
		wantReason(t, err, ReasonRecordLimitReached)
	}
}

func TestSequenceNumbersNeverWrap(t *testing.T) {
	for _, s := range macSpecs() {
		w, r := s.ends(t)
		macOf(w.sealer).seq = ^uint64(0)
		w.unasked = 0
		macOf(r.opener).seq = ^uint64(0)
		if w.Write([]byte("x")) != 0 {
			t.Errorf("%v: the last number is used", s)
		}
		wantReason(t, w.Err(), ReasonRecordLimitReached)
		w, _ = s.ends(t)
		w.Write([]byte("x"))
		r.Feed(w.Outgoing())
		_, _, err := r.Next()
		wantReason(t, err, ReasonRecordLimitReached)
	}
}

func macOf(p Protection) *macKeys {
	switch p := p.(type) {
	case *sealerCBC:
		return &p.macKeys
	case *openerCBC:
		return &p.macKeys
	case *sealerStream:
		return &p.macKeys
	}
	return &p.(*openerStream).macKeys
}
