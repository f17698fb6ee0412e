package wire_test

import (
	"bytes"
	"errors"
	"testing"

	"pgregory.net/rapid"
	"tlsengine/handshake/wire"
)

// A field is one step of writing or reading, so that properties can be said of any sequence of them.
type field struct {
	width int    // 1 to 4: integer; 11 to 13: vector with that length field less 10; 0: plain bytes
	value uint32 // of an integer
	bytes []byte // of the others
}

func fields(t *rapid.T) []field {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) field {
		f := field{width: rapid.SampledFrom([]int{0, 1, 2, 3, 4, 11, 12, 13}).Draw(t, "width")}
		if 1 <= f.width && f.width <= 4 {
			f.value = rapid.Uint32().Draw(t, "value") & (1<<(8*f.width) - 1)
		} else {
			f.bytes = rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "bytes")
		}
		return f
	}), 0, 8).Draw(t, "fields")
}

func (f field) put(b *wire.Builder) {
	body := func(b *wire.Builder) { b.Bytes(f.bytes) }
	switch f.width {
	case 0:
		b.Bytes(f.bytes)
	case 1:
		b.U8(uint8(f.value))
	case 2:
		b.U16(uint16(f.value))
	case 3:
		b.U24(f.value)
	case 4:
		b.U32(f.value)
	case 11:
		b.Vector8(body)
	case 12:
		b.Vector16(body)
	case 13:
		b.Vector24(body)
	}
}

// get reads the field and reports whether it was there and the same.
func (f field) get(s *wire.String) (there, same bool) {
	var (
		u8  uint8
		u16 uint16
		u32 uint32
		raw []byte
		v   wire.String
	)
	switch f.width {
	case 0:
		there = s.Bytes(len(f.bytes), &raw)
		return there, bytes.Equal(raw, f.bytes)
	case 1:
		there = s.U8(&u8)
		return there, uint32(u8) == f.value
	case 2:
		there = s.U16(&u16)
		return there, uint32(u16) == f.value
	case 3:
		there = s.U24(&u32)
		return there, u32 == f.value
	case 4:
		there = s.U32(&u32)
		return there, u32 == f.value
	case 11:
		there = s.Vector8(&v)
	case 12:
		there = s.Vector16(&v)
	case 13:
		there = s.Vector24(&v)
	}
	return there, bytes.Equal(v, f.bytes)
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fs := fields(t)
		prefix := rapid.SliceOfN(rapid.Byte(), 0, 4).Draw(t, "prefix")
		b := wire.NewBuilder(bytes.Clone(prefix))
		for _, f := range fs {
			f.put(&b)
		}
		out, err := b.Result()
		if err != nil || !bytes.HasPrefix(out, prefix) || b.Len() != len(out) {
			t.Fatalf("%x behind %x: %v", out, prefix, err)
		}
		s := wire.String(out[len(prefix):])
		for i, f := range fs {
			if there, same := f.get(&s); !there || !same {
				t.Fatalf("field %d, %+v: there %v, same %v", i, f, there, same)
			}
		}
		if !s.Empty() {
			t.Fatalf("%d bytes left", len(s))
		}
	})
}

func TestReadThatFailsChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fs := fields(t)
		var b wire.Builder
		for _, f := range fs {
			f.put(&b)
		}
		out, _ := b.Result()
		cut := rapid.IntRange(0, len(out)).Draw(t, "cut")
		s := wire.String(out[:cut])
		for _, f := range fs {
			before := s
			there, same := f.get(&s)
			if !there {
				if !bytes.Equal(before, s) {
					t.Fatalf("%+v: read %d bytes and failed", f, len(before)-len(s))
				}
				return
			}
			if !same {
				t.Fatalf("%+v: read something else", f)
			}
		}
		if cut != len(out) {
			t.Fatalf("all was read from %d of %d bytes", cut, len(out))
		}
	})
}

func TestVectorsNest(t *testing.T) {
	var b wire.Builder
	b.Vector16(func(b *wire.Builder) {
		b.U8(7)
		b.Vector8(func(b *wire.Builder) { b.String("ab") })
		b.Vector24(func(*wire.Builder) {})
	})
	out, err := b.Result()
	if want := []byte{0, 7, 7, 2, 'a', 'b', 0, 0, 0}; err != nil || !bytes.Equal(out, want) {
		t.Fatalf("%v, %v; want %v", out, err, want)
	}
}

func TestValueTooLongForItsFieldIsStickyError(t *testing.T) {
	for name, write := range map[string]func(*wire.Builder){
		"Vector8":  func(b *wire.Builder) { b.Vector8(func(b *wire.Builder) { b.Bytes(make([]byte, 1<<8)) }) },
		"Vector16": func(b *wire.Builder) { b.Vector16(func(b *wire.Builder) { b.Bytes(make([]byte, 1<<16)) }) },
		"Vector24": func(b *wire.Builder) { b.Vector24(func(b *wire.Builder) { b.Bytes(make([]byte, 1<<24)) }) },
		"Opaque8":  func(b *wire.Builder) { b.Opaque8(make([]byte, 1<<8)) },
		"Opaque16": func(b *wire.Builder) { b.Opaque16(make([]byte, 1<<16)) },
		"Opaque24": func(b *wire.Builder) { b.Opaque24(make([]byte, 1<<24)) },
		"U24":      func(b *wire.Builder) { b.U24(1 << 24) },
	} {
		var b wire.Builder
		write(&b)
		b.U8(1)
		b.Fail(errors.New("later"))
		if out, err := b.Result(); !errors.Is(err, wire.ErrTooLong) || out != nil {
			t.Errorf("%s: %d bytes, error %v", name, len(out), err)
		}
	}
	var b wire.Builder
	b.Opaque8(make([]byte, 1<<8-1))
	if _, err := b.Result(); err != nil {
		t.Errorf("255 bytes fit in a length of one byte: %v", err)
	}
}

func TestViewsCannotGrowIntoWhatFollows(t *testing.T) {
	in := []byte{2, 'a', 'b', 'c'}
	s := wire.String(in)
	var v []byte
	if !s.Opaque8(&v) {
		t.Fatal("not read")
	}
	_ = append(v, 'X')
	if in[3] != 'c' {
		t.Error("append to a view changed the input behind it")
	}
}

func TestNegativeCountReadsNothing(t *testing.T) {
	s := wire.String{1}
	var v []byte
	if s.Bytes(-1, &v) || len(s) != 1 {
		t.Error("a negative count was read")
	}
}

func TestReadingAllocatesNothing(t *testing.T) {
	in := []byte{1, 0, 2, 9, 9, 0, 0, 1, 8}
	if n := testing.AllocsPerRun(100, func() {
		s := wire.String(in)
		var u uint8
		var v, w wire.String
		if !s.U8(&u) || !s.Vector16(&v) || !s.Vector24(&w) || !s.Empty() {
			t.Fatal("not read")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzString(f *testing.F) {
	f.Add([]byte{1, 2, 3}, []byte{0, 3, 255, 0})
	f.Fuzz(func(t *testing.T, in, steps []byte) {
		s := wire.String(in)
		for _, step := range steps {
			before := len(s)
			f := field{width: []int{0, 1, 2, 3, 4, 11, 12, 13}[step%8], bytes: make([]byte, step/8)}
			if there, _ := f.get(&s); there == (len(s) == before) && f.width != 0 {
				t.Fatalf("step %d: there %v, %d bytes before, %d after", step, there, before, len(s))
			}
		}
	})
}
