package record

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"crypto/sha256"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tlsengine/cipher"
)

// deflateSpecs are one CipherSpec of each kind, compressed.
func deflateSpecs() (all []testSpec) {
	for _, s := range macSpecs() {
		switch s.Bulk.Name {
		case "AES-128-CBC-SHA1", "RC4-MD5", "NULL-SHA1":
			s.Compression = CompressionDeflate
			all = append(all, s)
		}
	}
	gcm := cipher.SuiteByID(cipher.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256).Bulk
	return append(all, testSpec{CipherSpec{Bulk: gcm, Form: FormTLS11, Compression: CompressionDeflate}, cipher.VersionTLS12})
}

// noise returns n bytes that can't be compressed.
func noise(n int) []byte {
	var b []byte
	for i := 0; len(b) < n; i++ {
		d := sha256.Sum256([]byte{byte(i), byte(i >> 8)})
		b = append(b, d[:]...)
	}
	return b[:n]
}

// What is written arrives through compression in every protection, read in place, into a buffer, or by a clone, asleep in
// between.
func TestCompressedRecordsArrive(t *testing.T) {
	specs := deflateSpecs()
	rapid.Check(t, func(rt *rapid.T) {
		s := rapid.SampledFrom(specs).Draw(rt, "spec")
		w, r := s.ends(t)
		var sent, got []byte
		into := make([]byte, rapid.SampledFrom([]int{1, 100, MaxPlaintext}).Draw(rt, "buffer"))
		for range rapid.IntRange(1, 6).Draw(rt, "writes") {
			n := rapid.IntRange(1, 40000).Draw(rt, "size")
			p := bytes.Repeat([]byte("what is said twice "), n/19+1)[:n]
			if rapid.Bool().Draw(rt, "noise") {
				p = noise(n)
			}
			if rapid.Bool().Draw(rt, "loan") {
				n = copy(w.Space(), p)
				w.Seal(n)
			} else {
				n = w.Write(p)
			}
			sent = append(sent, p[:n]...)
			for len(w.Outgoing()) > 0 {
				w.Sent(r.Feed(w.Outgoing()))
				for {
					rec, ok, err := r.NextInto(into)
					if err != nil {
						rt.Fatal(err)
					}
					if !ok {
						break
					}
					got = append(got, rec.Content...)
				}
			}
			if r.Footprint() > deflateWindow+MaxPlaintext+4096 || r.room != nil {
				rt.Fatalf("the Reader holds %d bytes", r.Footprint())
			}
			switch rapid.IntRange(0, 2).Draw(rt, "between") {
			case 0:
				w.Sleep()
				r.Sleep()
			case 1:
				w2, r2 := new(Writer), new(Reader)
				w.CloneTo(w2)
				r.CloneTo(r2)
				w.Close()
				r.Close()
				w, r = w2, r2
			}
		}
		if !bytes.Equal(got, sent) {
			rt.Fatal("not what was sent")
		}
	})
}

// plainSpec is a compressed MAC alone, whose payload a test can read and make.
func plainSpec() testSpec {
	for _, s := range deflateSpecs() {
		if s.Bulk.Name == "NULL-SHA1" && s.Form == FormTLS11 {
			return s
		}
	}
	panic("no such spec")
}

// All our records together are one stream that any decompressor reads, and we read one whose records look back at those before
// them.
func TestCompressionIsOneStreamOfRFC1950(t *testing.T) {
	s := plainSpec()
	w, r := s.ends(t)
	p := bytes.Repeat([]byte("abcdefgh"), 501)
	var stream []byte
	for i := range 5 {
		w.Write(p[:1000*i+1])
		rec := w.Outgoing()
		stream = append(stream, rec[HeaderSize:len(rec)-20]...)
		w.Sent(len(rec))
	}
	z, err := zlib.NewReader(bytes.NewReader(stream))
	if err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(z)
	if err != io.ErrUnexpectedEOF || len(all) != 10005 {
		t.Errorf("%d bytes, %v", len(all), err)
	}

	var out bytes.Buffer
	peer, _ := zlib.NewWriterLevel(&out, 9)
	hand := newByHand(s)
	data := noise(3000)
	for i := range 30 { // 90,000 bytes: more than the window
		peer.Write(data)
		peer.Flush()
		if i > 0 && out.Len() > 200 {
			t.Fatalf("the peer doesn't look back: %d bytes", out.Len())
		}
		compressed := out.Bytes()
		rec := append([]byte{23, 3, byte(s.version), byte((len(compressed) + 20) >> 8), byte(len(compressed) + 20)}, compressed...)
		rec = append(rec, hand.mac(TypeApplicationData, compressed)...)
		hand.seq++
		out.Reset()
		r.Feed(rec)
		if got, ok, err := r.Next(); !ok || !bytes.Equal(got.Content, data) {
			t.Fatal(i, err)
		}
	}
}

// deflated is p compressed, with the stream's header, as records have it.
func deflated(p []byte) []byte {
	var b bytes.Buffer
	b.WriteString(deflateHeader)
	z, _ := flate.NewWriter(&b, 9)
	z.Write(p)
	z.Flush()
	return b.Bytes()
}

// S-125: what inflates to more than a record may hold, among other things that are no part of a stream, is decompression_failure.
func TestBadCompressionIsDecompressionFailure(t *testing.T) {
	ended := func() []byte {
		var b bytes.Buffer
		z := zlib.NewWriter(&b)
		z.Write([]byte("x"))
		z.Close()
		return b.Bytes()
	}
	for name, c := range map[string]struct {
		in   []byte
		want int // -1: refused
	}{
		"nothing":                {nil, 0},
		"an empty flush":         {deflated(nil), 0},
		"a full record":          {deflated(make([]byte, MaxPlaintext)), MaxPlaintext},
		"one byte too many":      {deflated(make([]byte, MaxPlaintext+1)), -1},
		"a bomb":                 {deflated(make([]byte, 10_000_000)), -1},
		"no flush":               {deflated([]byte("abc"))[:8], -1},
		"the stream's end":       {ended(), -1},
		"an empty last block":    {[]byte("\x78\x01\x01\x00\x00\xff\xff"), -1},
		"content and last block": {append(deflated([]byte("abc")), "\x01\x00\x00\xff\xff"...), -1},
		"block of type 3":        {[]byte("\x78\x01\x07\x00\x00\xff\xff"), -1},
		"a look too far back":    {[]byte("\x78\x01\x4b\x04\x62\x00\x00\x00\xff\xff"), -1},
		"half a header":          {[]byte("\x78"), -1},
		"a dictionary":           {[]byte("\x78\x20\x00\x00\x00\xff\xff"), -1},
		"another method":         {[]byte("\x79\x00\x00\x00\x00\xff\xff"), -1},
	} {
		s := plainSpec()
		o := s.opener(t).(*deflateOpener)
		hand := newByHand(s)
		payload := append(bytes.Clone(c.in), hand.mac(TypeApplicationData, c.in)...)
		_, got, err := o.Open(make([]byte, MaxPlaintext), Header{TypeApplicationData, s.version, len(payload)}, payload)
		if c.want >= 0 {
			if err != nil || len(got) != c.want {
				t.Errorf("%s: %d bytes, %v", name, len(got), err)
			}
			continue
		}
		if err == nil {
			t.Errorf("%s: it is taken, as %q", name, got)
			continue
		}
		wantReason(t, err, ReasonBadDecompression)
		if e := err.(*Error); e.Alert != AlertDecompressionFailure {
			t.Errorf("%s: %v", name, e.Alert)
		}
	}
}

// RFC 5246, Section 6.2.2: compressed content may have 1024 bytes more than content, and no more.
func TestCompressedContentHasItsOwnLimit(t *testing.T) {
	s := plainSpec()
	for n, want := range map[int]bool{maxCompressed: true, maxCompressed + 1: false} {
		c := []byte(deflateHeader)
		for len(c) < n-5 {
			c = append(c, "\x00\x00\x00\xff\xff"...) // stored blocks without content
		}
		for len(c) < n {
			c = append(c, 0)
		}
		o := s.opener(t)
		payload := append(bytes.Clone(c), newByHand(s).mac(TypeApplicationData, c)...)
		_, _, err := o.Open(make([]byte, MaxPlaintext), Header{TypeApplicationData, s.version, len(payload)}, payload)
		if err == nil {
			t.Fatal("it has no flush at its end")
		}
		if long := strings.Contains(fmt.Sprint(err), "COMPRESSED_LENGTH_TOO_LONG"); long == want {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

// A compressor that goes back to the pool has nothing of the connection's content in it: the next one's output can't depend on
// it.
func TestCompressorsForget(t *testing.T) {
	s := plainSpec()
	secret := noise(2000)
	seal := func(p []byte) []byte {
		w, _ := s.ends(t)
		w.Write(p)
		return bytes.Clone(w.Outgoing())
	}
	first := seal(secret)
	for range 20 {
		if again := seal(secret); !bytes.Equal(first, again) {
			t.Fatalf("%d bytes, then %d", len(first), len(again))
		}
	}
}

// Between records an end that decompresses holds what the stream may look back at and nothing else: little after little,
// 32 KiB at most.
func TestDecompressionHoldsTheWindowAlone(t *testing.T) {
	s := plainSpec()
	w, r := s.ends(t)
	o := r.opener.(*deflateOpener)
	total, into := 0, make([]byte, MaxPlaintext)
	for _, n := range []int{16, 16, 500, MaxPlaintext, 1, MaxPlaintext, MaxPlaintext, 16} {
		w.Write(noise(n))
		for len(w.Outgoing()) > 0 {
			w.Sent(r.Feed(w.Outgoing()))
			if _, ok, err := r.NextInto(into); !ok || err != nil {
				t.Fatal(ok, err)
			}
		}
		total += n
		if held := o.Footprint() - o.Opener.Footprint(); held > min(2*total, deflateWindow)+64 {
			t.Errorf("after %d bytes it holds %d", total, held)
		}
	}
}

// A decompressor that goes back to the pool has nothing of the connection's content in it, neither what came out of it nor its
// dictionary.
func TestDecompressorsForget(t *testing.T) {
	z := inflaters.New().(*inflater)
	z.start(deflated(noise(MaxPlaintext))[len(deflateHeader):], noise(deflateWindow))
	if n, err := z.read(make([]byte, MaxPlaintext+1)); n != MaxPlaintext || err != io.ErrUnexpectedEOF {
		t.Fatal(n, err)
	}
	z.give()
	history := reflect.ValueOf(z.z).Elem().FieldByName("dict").FieldByName("hist").Bytes() // the library's
	if len(history) != deflateWindow || bytes.Count(history, []byte{0}) != len(history) {
		t.Error("the library's decompressor remembers")
	}
}

func TestNothingIsAllocatedForACompressedRecord(t *testing.T) {
	if raceEnabled {
		t.Skip("pools drop under the race detector")
	}
	s := plainSpec()
	w, r := s.ends(t)
	p, into := bytes.Repeat([]byte("abcdefgh"), 500), make([]byte, MaxPlaintext)
	if n := testing.AllocsPerRun(100, func() {
		w.Write(p)
		r.Feed(w.Outgoing())
		w.Sent(len(w.Outgoing()))
		r.NextInto(into)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// However the input is damaged, there is content within the limit or one of the errors; never a panic.
func FuzzInflate(f *testing.F) {
	f.Add(deflated([]byte("abc")), deflated([]byte("abc"))[2:])
	f.Add(deflated(nil), []byte{})
	f.Fuzz(func(t *testing.T, first, second []byte) {
		o := new(deflateOpener)
		dst := make([]byte, MaxPlaintext)
		for _, in := range [][]byte{first, second} {
			n, err := o.inflate(dst, in)
			if err != nil {
				wantReason(t, err, ReasonBadDecompression)
				return
			}
			if n > MaxPlaintext || len(o.window) > deflateWindow {
				t.Fatal("over the limit")
			}
		}
	})
}
