package record

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tlsengine/cipher"
)

// link is a Writer and the Reader that understands it, with a name.
type link struct {
	name string
	make func(testing.TB) (*Writer, *Reader)
}

// secretLinks are all protections that hide what they protect, those before TLS 1.3 with and without compression.
func secretLinks() (all []link) {
	for _, id := range testSuites {
		all = append(all, link{cipher.SuiteByID(id).Name, func(t testing.TB) (*Writer, *Reader) { return ends(t, id) }})
	}
	for _, s := range macSpecs() {
		if !s.Bulk.IsCBC() && s.Bulk.NewStream == nil {
			continue
		}
		all = append(all, link{s.String(), s.ends})
		s.Compression = CompressionDeflate
		all = append(all, link{s.String() + "/deflate", s.ends})
	}
	return all
}

// marker is what secrets consist of here. No ciphertext has it by chance.
const marker = "secret!!"

// pooled empties the pools and returns the blocks that lay there.
func pooled() (all []*block) {
	for i := range blockPools {
		for {
			x, ok := blockPools[i].Get().(*block)
			if !ok {
				break
			}
			all = append(all, x)
		}
	}
	return all
}

// checkPools looks at all memory that was given back: nothing in it is plaintext, and it isn't in use.
func checkPools(rt *rapid.T, name string) {
	for _, x := range pooled() {
		if i := bytes.Index(x.b, []byte(marker)); i >= 0 {
			rt.Fatalf("%s: plaintext at %d of a block of %d bytes in the pool", name, i, len(x.b))
		}
		if x.window != (window{}) {
			rt.Fatalf("%s: a block in the pool says that it is in use: %+v", name, x.window)
		}
	}
}

// Whatever is written, read, held, dropped or broken on the way, no plaintext is in memory that went back to a pool.
func TestNoPlaintextGoesToThePools(t *testing.T) {
	links := secretLinks()
	pooled()
	rapid.Check(t, func(rt *rapid.T) {
		l := rapid.SampledFrom(links).Draw(rt, "protection")
		w, r := l.make(t)
		if rapid.IntRange(0, 3).Draw(rt, "limited") == 0 {
			r.SetMaxFragment(1000) // longer records are refused once they were opened
		}
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			size := rapid.OneOf(rapid.IntRange(1, 300), rapid.IntRange(1, 40000)).Draw(rt, "size")
			secret := []byte(strings.Repeat(marker, size/len(marker)+1))
			switch rapid.IntRange(0, 5).Draw(rt, "write") {
			case 0, 1:
				w.Write(secret)
			case 2:
				w.Seal(copy(w.Space(), secret))
			case 3:
				if space := w.Space(); space != nil {
					copy(space, secret)
					w.Seal(0)
				}
			case 4:
				w.WriteRecords(TypeHandshake, secret)
			}
			carry(rt, w, r)
			takeSome(rt, r)
			checkPools(rt, l.name)
		}
		w.Close()
		r.Close()
		checkPools(rt, l.name)
	})
}

// carry takes some of w's output to r, now and then with a bit wrong.
func carry(rt *rapid.T, w *Writer, r *Reader) {
	out := bytes.Clone(w.Outgoing())
	out = out[:len(out)-rapid.SampledFrom([]int{0, 0, 1, len(out) / 2}).Draw(rt, "kept back")%max(1, len(out))]
	if len(out) > 0 && rapid.IntRange(0, 15).Draw(rt, "break") == 0 {
		out[rapid.IntRange(0, len(out)-1).Draw(rt, "at")] ^= 1
	}
	if rapid.Bool().Draw(rt, "lend") {
		n := copy(r.Buffer(), out)
		r.Commit(n)
		w.Sent(n)
		return
	}
	w.Sent(r.Feed(out))
}

// takeSome opens some of what r has, and uses up some of it.
func takeSome(rt *rapid.T, r *Reader) {
	for range rapid.IntRange(0, 6).Draw(rt, "reads") {
		var into []byte
		if rapid.Bool().Draw(rt, "into") {
			into = make([]byte, rapid.SampledFrom([]int{10, 400, MaxPlaintext + 300}).Draw(rt, "room"))
		}
		rec, ok, err := r.NextInto(into)
		if !ok || err != nil {
			return
		}
		if n := len(rec.Content); !rec.Into {
			r.Discard(rapid.SampledFrom([]int{0, n / 2, n}).Draw(rt, "used"))
		}
		if rapid.Bool().Draw(rt, "release") {
			r.Release()
		}
	}
}

// A Reader that is watched judges every record anew. One that isn't takes the straight path where it may, and says the same of
// all.
func TestStraightPathSaysWhatTheLongWaySays(t *testing.T) {
	links := secretLinks()
	rapid.Check(t, func(rt *rapid.T) {
		l := rapid.SampledFrom(links).Draw(rt, "protection")
		w, straight := l.make(t)
		_, long := l.make(t)
		both := func(do func(*Reader)) { do(straight); do(long) }
		long.Watch(func(Header) {})
		for range rapid.IntRange(1, 30).Draw(rt, "steps") {
			disturb(rt, both, straight.hides)
			stream := drawStream(rt, w)
			both(func(r *Reader) { r.Feed(stream) })
			var into []byte
			if rapid.Bool().Draw(rt, "into") {
				into = make([]byte, rapid.IntRange(1, 500).Draw(rt, "room"))
			}
			used := rapid.IntRange(0, 400).Draw(rt, "used")
			for range rapid.IntRange(1, 40).Draw(rt, "reads") {
				a, b := tell(straight, into, used), tell(long, into, used)
				if a != b {
					rt.Fatalf("%s: the straight path says\n%s\nthe long way\n%s", l.name, a, b)
				}
			}
		}
	})
}

// disturb calls now and then what changes which records are routine.
func disturb(rt *rapid.T, both func(func(*Reader)), hides bool) {
	switch rapid.IntRange(0, 20).Draw(rt, "disturbance") {
	case 0:
		n := rapid.IntRange(1, 500).Draw(rt, "fragment")
		both(func(r *Reader) { r.SetMaxFragment(n) })
	case 1:
		n := rapid.IntRange(2, 500).Draw(rt, "limit")
		both(func(r *Reader) { r.SetRecordSizeLimit(n) })
	case 2, 3:
		n := rapid.IntRange(0, 1000).Draw(rt, "budget")
		both(func(r *Reader) { r.SkipEarlyData(n) })
	case 4, 5:
		if o := rapid.SampledFrom([]Outer{OuterHandshakeAlert, OuterHandshake, OuterApplication}).Draw(rt, "outer"); hides {
			both(func(r *Reader) { r.Expect(o) })
		}
	case 6:
		both(func(r *Reader) { r.CountKeyUpdate(); r.CountWarning() })
	}
}

// drawStream makes a piece of input: records of w, of an attacker, and broken ones.
func drawStream(rt *rapid.T, w *Writer) []byte {
	p := bytes.Repeat([]byte{'p'}, rapid.IntRange(0, 400).Draw(rt, "size"))
	var foreign []byte
	switch rapid.IntRange(0, 15).Draw(rt, "records") {
	default:
		w.WriteRecords(TypeApplicationData, p)
	case 0:
		w.WriteRecords(TypeHandshake, append(p, 1))
	case 1:
		w.WriteRecords(TypeAlert, []byte{1, 0})
	case 2:
		for range rapid.IntRange(1, maxEmpty+2).Draw(rt, "empty records") {
			w.WriteRecords(TypeApplicationData, nil)
		}
	case 3:
		foreign = []byte{byte(TypeAlert), 3, 3, 0, 2, 1, 0}
	case 4:
		foreign = []byte{byte(TypeChangeCipherSpec), 3, 3, 0, 1, 1}
	case 5:
		foreign = append([]byte{byte(TypeApplicationData), 3, 3, 0, 100}, make([]byte, 100)...)
	}
	w.WriteRecords(TypeApplicationData, p)
	stream := append(foreign, w.Outgoing()...)
	w.Sent(len(w.Outgoing()))
	if rapid.IntRange(0, 19).Draw(rt, "break") == 0 {
		stream[rapid.IntRange(0, min(len(stream)-1, 40)).Draw(rt, "at")] ^= 1
	}
	return stream
}

// tell opens one record, uses some of it up, and says all that can be seen of r.
func tell(r *Reader, into []byte, used int) string {
	rec, ok, err := r.NextInto(into)
	s := fmt.Sprintf("%v %v into %v clear %v: %x, %v", ok, rec.Type, rec.Into, rec.Clear, rec.Content, err)
	if !rec.Into {
		r.Discard(min(used, len(rec.Content)))
	}
	return s + fmt.Sprintf("; held %x of %d, rest %x, ready %v", r.Held(), r.store.footprint(), r.Rest(), r.Ready())
}
