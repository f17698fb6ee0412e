package record

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"tlsengine/cipher"
)

// What goes in comes out, record after record, wherever it is opened and whether the protection slept or was cloned in between;
// and code that follows the RFCs alone reads the same.
func TestMACProtectionsCarryWhatIsSealed(t *testing.T) {
	for _, s := range macSpecs() {
		t.Run(s.String(), func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				seal, open, hand := s.sealer(t), s.opener(t), newByHand(s)
				for range rapid.IntRange(1, 5).Draw(rt, "records") {
					p := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(rt, "content")
					rec := make([]byte, HeaderSize+seal.Prefix()+len(p)+seal.Suffix())
					from := p
					if rapid.Bool().Draw(rt, "in place") {
						from = rec[HeaderSize+seal.Prefix():][:copy(rec[HeaderSize+seal.Prefix():], p)]
					}
					n, err := seal.Seal(rec, Header{TypeApplicationData, s.version, len(from)}, from)
					if err != nil {
						rt.Fatal(err)
					}
					rec = rec[:n]
					if _, got, err := hand.open(rec); err != nil || !bytes.Equal(got, p) {
						rt.Fatalf("by hand: %x, %v", got, err)
					}
					var dst []byte
					if rapid.Bool().Draw(rt, "elsewhere") {
						dst = make([]byte, maxInner(open, n-HeaderSize))
					}
					typ, got, err := open.Open(dst, parseHeader(rec), rec[HeaderSize:])
					if err != nil || typ != TypeApplicationData || !bytes.Equal(got, p) {
						rt.Fatalf("%v %x, %v", typ, got, err)
					}
					switch rapid.IntRange(0, 2).Draw(rt, "between") {
					case 0:
						seal.Sleep()
						open.Sleep()
					case 1:
						seal, open = seal.Clone(), open.Clone()
					}
				}
			})
		})
	}
}

// Every change of a record, of its type and of its version is one error, and leaves the sequence number.
func TestEveryBitOfAMACProtectedRecordCounts(t *testing.T) {
	for _, s := range macSpecs() {
		seal := s.sealer(t)
		rec := make([]byte, 200)
		n, _ := seal.Seal(rec, Header{TypeApplicationData, s.version, 21}, []byte("some application data"))
		rec = rec[:n]
		try := func(what string, h Header, payload []byte) {
			t.Helper()
			_, _, err := s.opener(t).Open(nil, h, bytes.Clone(payload))
			if err == nil {
				t.Errorf("%v: %s: it opens", s, what)
				return
			}
			if err.Error() != errRecordMAC().Error() {
				t.Errorf("%v: %s: %v", s, what, err)
			}
		}
		h := parseHeader(rec)
		for i := range 8 * (len(rec) - HeaderSize) {
			changed := bytes.Clone(rec[HeaderSize:])
			changed[i/8] ^= 1 << (i % 8)
			if s.Form.freePadding && s.Bulk.IsCBC() && freeByte(s, changed) {
				continue
			}
			try(fmt.Sprint("bit ", i), h, changed)
		}
		for i := range rec[HeaderSize:] {
			try(fmt.Sprint("cut at ", i), Header{h.Type, h.Version, i}, rec[HeaderSize:][:i])
		}
		try("more", h, append(bytes.Clone(rec[HeaderSize:]), make([]byte, 16)...))
		try("type", Header{TypeAlert, h.Version, h.Length}, rec[HeaderSize:])
		if !s.Form.sslMAC {
			try("version", Header{h.Type, h.Version ^ 1, h.Length}, rec[HeaderSize:])
		}
	}
}

// freeByte reports whether a changed record of SSL 3.0 still holds the same but for its padding's bytes, which nothing protects:
// the hole that POODLE uses (CVE-2014-3566).
func freeByte(s testSpec, payload []byte) bool {
	_, got, err := newByHand(s).open(append([]byte{byte(TypeApplicationData), 3, 0, 0, 0}, payload...))
	return err == nil && string(got) == "some application data"
}

// Lucky 13 (CVE-2013-0169) and POODLE in TLS (CVE-2014-8730): every allowed length of padding opens, and nothing that is wrong
// with the padding can be told from a wrong MAC.
func TestPaddingOfEveryLength(t *testing.T) {
	for _, s := range macSpecs() {
		if !s.Bulk.IsCBC() {
			continue
		}
		block, size := s.Bulk.BlockLen, s.Bulk.MAC.Size()
		if s.EncryptThenMAC {
			size = 0
		}
		for n := 1; n <= 256; n++ {
			p := make([]byte, 3*block-(n+size)%block)
			padding := bytes.Repeat([]byte{byte(n - 1)}, n)
			open := func(padding []byte) error {
				rec := newByHand(s).seal(TypeApplicationData, p, padding)
				_, got, err := s.opener(t).Open(nil, parseHeader(rec), rec[HeaderSize:])
				if err == nil && !bytes.Equal(got, p) {
					t.Fatalf("%v: wrong content", s)
				}
				return err
			}
			if err, allowed := open(padding), n <= block || !s.Form.freePadding; (err == nil) != allowed {
				t.Errorf("%v: padding of %d bytes: %v", s, n, err)
			}
			for _, i := range []int{0, n / 2, max(n-2, 0)} {
				if i >= n-1 {
					continue // the length byte
				}
				wrong := bytes.Clone(padding)
				wrong[i] ^= 0x40
				err := open(wrong)
				if s.Form.freePadding && n <= block {
					if err != nil {
						t.Errorf("%v: free padding: %v", s, err)
					}
				} else if err == nil || err.Error() != errRecordMAC().Error() {
					t.Errorf("%v: padding of %d bytes, byte %d wrong: %v", s, n, i, err)
				}
			}
		}
	}
}

// A padding length that reaches over the MAC, or over the beginning of the record, is refused as a wrong MAC is.
func TestPaddingLongerThanTheRecord(t *testing.T) {
	for _, s := range macSpecs() {
		if !s.Bulk.IsCBC() {
			continue
		}
		for length := range 256 {
			hand := newByHand(s)
			n := 4*s.Bulk.BlockLen - (1+s.Bulk.MAC.Size())%s.Bulk.BlockLen
			if s.EncryptThenMAC {
				n = 4*s.Bulk.BlockLen - 1
			}
			if length == 0 {
				continue
			}
			rec := hand.seal(TypeApplicationData, bytes.Repeat([]byte{7}, n), []byte{byte(length)})
			_, _, err := s.opener(t).Open(nil, parseHeader(rec), rec[HeaderSize:])
			if s.EncryptThenMAC && length == 7 {
				continue // it is well formed, and authentic
			}
			if s.EncryptThenMAC && err == nil && s.Form.freePadding {
				continue
			}
			if err == nil || err.Error() != errRecordMAC().Error() {
				t.Errorf("%v: length byte %d: %v", s, length, err)
			}
		}
	}
}

func TestTakeMACFindsItAtEveryOffset(t *testing.T) {
	for _, size := range []int{16, 20, 32, 48} {
		b := make([]byte, size+256)
		for i := range b {
			b[i] = byte(i*151 + i>>3)
		}
		mac := make([]byte, size)
		for at := range 257 {
			if takeMAC(mac, b, at); !bytes.Equal(mac, b[at:at+size]) {
				t.Fatalf("%d bytes at %d: %x", size, at, mac)
			}
		}
	}
}

func TestKeysOfAWrongLengthAreRefused(t *testing.T) {
	for _, s := range macSpecs() {
		for i := range 3 {
			k := s.keys()
			part := []*[]byte{&k.MAC, &k.Key, &k.IV}[i]
			*part = append(slices.Clone(*part), 0)
			if _, err := NewOpener(s.CipherSpec, k); err == nil {
				t.Errorf("%v: part %d too long is taken", s, i)
			}
			if _, err := NewSealer(s.CipherSpec, k); err == nil {
				t.Errorf("%v: part %d too long is taken", s, i)
			}
		}
	}
	gcm := cipher.SuiteByID(cipher.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256).Bulk
	if _, err := NewOpener(CipherSpec{Bulk: gcm, Form: FormTLS11, EncryptThenMAC: true}, Keys{Key: testKey[:16], IV: testKey[:4]}); err == nil {
		t.Error("encrypt-then-MAC with an AEAD is taken")
	}
}

func TestMACProtectionsNeverPrintAndClear(t *testing.T) {
	for _, s := range macSpecs() {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
			for _, p := range []any{s.sealer(t), s.opener(t)} {
				if got := fmt.Sprintf(verb, p); got != "record.protection("+s.Bulk.Name+")" {
					t.Errorf("%s: %s", verb, got)
				}
			}
			if got := fmt.Sprintf(verb, s.keys()); got != "keys" {
				t.Errorf("%s: %s", verb, got)
			}
		}
		seal, open := s.sealer(t), s.opener(t)
		seal.Clear()
		open.Clear()
		_, err := seal.Seal(make([]byte, 100), Header{TypeAlert, s.version, 2}, []byte{1, 0})
		wantReason(t, err, ReasonProtocolIsShutdown)
		_, _, err = open.Open(nil, Header{TypeAlert, s.version, 48}, make([]byte, 48))
		wantReason(t, err, ReasonProtocolIsShutdown)
	}
}

// Footprint is about what the heap holds, awake and asleep; asleep, only the stream of RC4 is left beside the keys.
func TestFootprintOfMACProtectionsIsTheirs(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector adds to the heap")
	}
	for _, s := range macSpecs() {
		if s.Form != FormTLS11 || s.EncryptThenMAC {
			continue
		}
		for _, end := range []func() Protection{func() Protection { return s.sealer(t) }, func() Protection { return s.opener(t) }} {
			awake := func() Protection {
				p := end()
				wakeMAC(s, p)
				return p
			}
			asleep := func() Protection {
				p := awake()
				p.Sleep()
				return p
			}
			for name, state := range map[string]func() Protection{"awake": awake, "asleep": asleep} {
				said, real := state().Footprint(), heap(func() any { return state() })
				if said < real*3/4 || said > real*3/2 {
					t.Errorf("%v %s: says %d, holds %d", s, name, said, real)
				}
				if name == "asleep" && s.Bulk.NewStream == nil && real > 512 {
					t.Errorf("%v holds %d bytes asleep", s, real)
				}
			}
		}
	}
}

// wakeMAC makes p's hashes.
func wakeMAC(s testSpec, p Protection) {
	buf := make([]byte, 200)
	switch p := p.(type) {
	case Sealer:
		p.Seal(buf, Header{TypeAlert, s.version, 2}, []byte{1, 0})
	case Opener:
		p.Open(nil, Header{TypeAlert, s.version, 96}, buf[:96])
	}
}

// BEAST's other remedy, an empty record in front of each one (0/n), is what some peers send: it ends no connection however long
// it goes on.
func TestPeersThatSendAnEmptyRecordFirstAreRead(t *testing.T) {
	for _, s := range macSpecs() {
		s.Unsplit = true
		w, r := s.ends(t)
		for range 3 * maxEmpty {
			w.WriteRecords(TypeApplicationData, nil)
			w.Write([]byte("data"))
			got := contents(t, w, r)
			if len(got) != 2 || len(got[0]) != 0 || string(got[1]) != "data" {
				t.Fatalf("%v: %q", s, got)
			}
		}
	}
}

// FuzzOpenMAC: whatever payload comes, in place and elsewhere are one, and nothing opens that was not sealed.
func FuzzOpenMAC(f *testing.F) {
	specs := append(macSpecs(), deflateSpecs()...)
	for i, s := range specs {
		rec := make([]byte, 200)
		n, _ := s.sealer(f).Seal(rec, Header{TypeApplicationData, s.version, 5}, []byte("hello"))
		f.Add(uint8(i), rec[HeaderSize:n], -1)
		f.Add(uint8(i), rec[HeaderSize:n], n/2)
	}
	f.Fuzz(func(t *testing.T, which uint8, payload []byte, flip int) {
		s := specs[int(which)%len(specs)]
		o := s.opener(t)
		if len(payload) > o.MaxPayload() {
			return
		}
		if flip >= 0 && flip < len(payload) {
			payload[flip] ^= 1
		}
		h := Header{TypeApplicationData, s.version, len(payload)}
		c := o.Clone()
		t1, out, err1 := o.Open(make([]byte, maxInner(o, len(payload))), h, bytes.Clone(payload))
		if !o.InPlace() {
			return
		}
		t2, in, err2 := c.Open(nil, h, payload)
		if t1 != t2 || !bytes.Equal(in, out) || fmt.Sprint(err1) != fmt.Sprint(err2) {
			t.Fatal(t1, t2, err1, err2)
		}
		if err1 == nil && string(out) != "hello" {
			t.Fatalf("%v opens %q", s, out)
		}
	})
}
