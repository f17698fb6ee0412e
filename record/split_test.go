package record

import (
	"bytes"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"tlsengine/cipher"
)

// sent is what one call of WriteRecords wrote.
type sent struct {
	t ContentType
	p []byte
}

func drawSent(rt *rapid.T) []sent {
	var all []sent
	for i := range rapid.IntRange(1, 12).Draw(rt, "records") {
		n := rapid.OneOf(rapid.IntRange(1, 200), rapid.IntRange(1, 40000), rapid.SampledFrom([]int{16383, 16384, 16385})).Draw(rt, "size")
		ct := rapid.SampledFrom([]ContentType{TypeHandshake, TypeApplicationData}).Draw(rt, "type")
		p := bytes.Repeat([]byte{byte(i + 1), byte(n), byte(n >> 8)}, n/3+1)[:n]
		all = append(all, sent{ct, p})
	}
	return all
}

// describe joins the content of neighbours of one type, so that fragments don't matter.
func describe(all []sent) string {
	var b bytes.Buffer
	for i, s := range all {
		if i == 0 || all[i-1].t != s.t {
			fmt.Fprintf(&b, "|%d:", s.t)
		}
		b.Write(s.p)
	}
	return b.String()
}

func checkMemory(rt *rapid.T, r *Reader) {
	held := r.Buffered() + len(r.Held())
	have := 0
	if r.store.block != nil {
		have = len(r.store.block.b)
	}
	if have > 2*held+64 || r.loan != nil {
		rt.Fatalf("the Reader holds %d bytes for %d", have, held)
	}
}

// drain reads what is there, in place or into a slice, looking at each record more than once.
func drain(rt *rapid.T, r *Reader, into []byte, got []sent) []sent {
	for {
		rec, ok, err := r.NextInto(into)
		if err != nil {
			rt.Fatal(err)
		}
		if !ok {
			checkMemory(rt, r)
			return got
		}
		got = append(got, sent{rec.Type, bytes.Clone(rec.Content)})
		if !rec.Into {
			checkMemory(rt, r)
			if n := len(rec.Content) / 2; n > 0 {
				r.Discard(n)
				if !bytes.Equal(r.Held(), got[len(got)-1].p[n:]) {
					rt.Fatal("what is left of a record changed")
				}
				checkMemory(rt, r)
			}
			r.Release()
		}
		checkMemory(rt, r)
	}
}

func TestAnySplitGivesTheSameRecords(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w, r := ends(t, rapid.SampledFrom(testSuites).Draw(rt, "suite"))
		all := drawSent(rt)
		for _, s := range all {
			w.WriteRecords(s.t, s.p)
		}
		stream := bytes.Clone(w.Outgoing())
		var into []byte
		if rapid.Bool().Draw(rt, "into") {
			into = make([]byte, rapid.SampledFrom([]int{1, 100, MaxPlaintext, MaxPlaintext + 1}).Draw(rt, "len"))
		}
		steps := rapid.OneOf(rapid.Just(1), rapid.IntRange(1, 30), rapid.IntRange(1, 70000)).Draw(rt, "step")
		var got []sent
		for len(stream) > 0 {
			p := stream[:min(len(stream), steps)]
			n := 0
			if rapid.Bool().Draw(rt, "lend") && steps > 1 {
				n = copy(r.Buffer(), p)
				r.Commit(n)
			} else {
				n = r.Feed(p)
			}
			checkMemory(rt, r)
			stream = stream[n:]
			if steps == 1 && !r.Ready() {
				continue
			}
			got = drain(rt, r, into, got)
		}
		if describe(got) != describe(all) {
			rt.Fatal("other records came out than went in")
		}
		if r.store.block != nil || r.Buffered() != 0 {
			rt.Fatal("an idle Reader holds a buffer")
		}
	})
}

func TestInputBehindIsKeptWhileARecordIsHeld(t *testing.T) {
	for _, id := range testSuites {
		w, r := ends(t, id)
		w.Write(bytes.Repeat([]byte("a"), 300))
		w.Write([]byte("b"))
		r.Feed(w.Outgoing())
		rec, _, err := r.Next()
		if err != nil || len(rec.Content) != 300 {
			t.Fatal(err)
		}
		r.Discard(10)
		for range 2000 { // makes the store grow under the held record
			r.Feed([]byte("z"))
		}
		if string(r.Held()) != string(bytes.Repeat([]byte("a"), 290)) {
			t.Fatal("feeding changed a held record")
		}
		if rec, ok, err := r.Next(); !ok || string(rec.Content) != "b" {
			t.Fatal(err)
		}
		r.Release()
		if string(r.Rest()) != string(bytes.Repeat([]byte("z"), 2000)) {
			t.Fatal("Rest is not what came behind the last record")
		}
	}
}

func TestPlaintextIsClearedBeforePooling(t *testing.T) {
	for _, id := range testSuites {
		w, r := ends(t, id)
		secret := bytes.Repeat([]byte("secret"), 100)
		w.Write(secret)
		r.Feed(w.Outgoing())
		if _, ok, err := r.Next(); !ok {
			t.Fatal(err)
		}
		mem := r.store.block.b
		r.Release()
		if bytes.Contains(mem, []byte("secret")) {
			t.Fatalf("%v: plaintext went to the pool", id)
		}
	}
}

func TestCloneGoesOnAlone(t *testing.T) {
	for _, id := range testSuites {
		w, r := ends(t, id)
		w.Write([]byte("one"))
		w.Write([]byte("two"))
		stream := bytes.Clone(w.Outgoing())
		r.Feed(stream[:len(stream)-3])
		r.Next()
		c, cw := new(Reader), new(Writer)
		r.CloneTo(c)
		w.CloneTo(cw)
		r.Close()
		w.Close()
		c.Feed(stream[len(stream)-3:])
		if string(c.Held()) != "one" {
			t.Fatalf("the clone holds %q", c.Held())
		}
		if rec, ok, err := c.Next(); !ok || string(rec.Content) != "two" {
			t.Fatal(err)
		}
		if !bytes.Equal(cw.Outgoing(), stream) {
			t.Fatal("the clone's output differs")
		}
		cw.Sent(len(stream))
		cw.Write([]byte("three"))
		c.Feed(cw.Outgoing())
		if rec, ok, err := c.Next(); !ok || string(rec.Content) != "three" {
			t.Fatal(err)
		}
		if w.WriteRecords(TypeAlert, []byte{1, 0}); len(w.Outgoing()) != 0 || w.Err() == nil || w.Write([]byte("x")) != 0 || w.Space() != nil {
			t.Fatal("a closed Writer sends")
		}
	}
}

// A transport that fills what it is lent is lent room for four records, and still after a look that finds nothing.
func TestBufferGrowsWithWhatComes(t *testing.T) {
	_, r := ends(t, cipher.TLS_AES_128_GCM_SHA256)
	space := r.Buffer()
	if len(space) > maxRecord {
		t.Fatalf("%d bytes are lent to begin with", len(space))
	}
	copy(space, []byte{byte(TypeApplicationData), 3, 3, 0x40, 0x11})
	r.Commit(len(space))
	for range 2 {
		if n := len(r.Buffer()); n < 2*maxRecord {
			t.Errorf("%d bytes are lent", n)
		}
		r.Commit(0)
	}
	r.Buffer()
	r.Commit(1)
	if n := len(r.Buffer()); n > maxRecord {
		t.Errorf("%d bytes are lent after a small piece", n)
	}
}
