package record

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tlsengine/cipher"
)

func unhex(s string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}

// Records of RFC 8448, Section 3: the client's application data and its close_notify under the client's application keys.
func TestRFC8448RecordsSealAndOpenByteForByte(t *testing.T) {
	s := cipher.SuiteByID(cipher.TLS_AES_128_GCM_SHA256)
	key, iv := unhex("17422dda596ed5d9acd890e3c63f5051"), unhex("5b78923dee08579033e523d9")
	var data []byte
	for i := range 50 {
		data = append(data, byte(i))
	}
	stream := unhex("17 03 03 00 43 a2 3f 70 54 b6 2c 94 d0 af fa fe 82 28 ba 55 cb ef ac ea 42 f9 14 aa 66 bc ab 3f 2b 98 19 a8 a5 b4 6b 39 5b d5 4a 9a 20 44 1e 2b 62 97 4e 1f 5a 62 92 a2 97 70 14 bd 1e 3d ea e6 3a ee bb 21 69 49 15 e4" +
		"17 03 03 00 13 c9 87 27 60 65 56 66 b7 4d 7f f1 15 3e fd 6d b6 d0 b0 e3")

	var w Writer
	seal, err := NewSealer13(s, key, iv)
	if err != nil {
		t.Fatal(err)
	}
	w.Install(seal)
	w.Write(data)
	w.WriteRecords(TypeAlert, []byte{1, 0})
	if !bytes.Equal(w.Outgoing(), stream) {
		t.Fatalf("sealed\n%x, the RFC has\n%x", w.Outgoing(), stream)
	}

	var r Reader
	open, err := NewOpener13(s, key, iv)
	if err != nil {
		t.Fatal(err)
	}
	r.Install(open)
	r.SetVersion(cipher.VersionTLS13)
	r.Expect(OuterApplication)
	r.Feed(stream)
	if rec, ok, err := r.Next(); !ok || rec.Type != TypeApplicationData || !bytes.Equal(rec.Content, data) {
		t.Fatal(rec, err)
	}
	if rec, ok, err := r.Next(); !ok || rec.Type != TypeAlert || !bytes.Equal(rec.Content, []byte{1, 0}) {
		t.Fatal(rec, err)
	}
}

// sealByHand builds a record straight from the RFCs, with the AEAD and nothing else of this package.
func sealByHand(id cipher.SuiteID, seq byte, t ContentType, p []byte, padding int) []byte {
	s := cipher.SuiteByID(id)
	a, _ := s.Bulk.New(testKey[:s.Bulk.KeyLen])
	iv := bytes.Clone(testKey[32:44])
	head := []byte{byte(t), 3, 3, 0, 0}
	setLen := func(n int) { head[3], head[4] = byte(n>>8), byte(n) }
	if s.Min == cipher.VersionTLS13 {
		iv[11] ^= seq
		inner := append(append(bytes.Clone(p), byte(t)), make([]byte, padding)...)
		head[0] = 23
		setLen(len(inner) + 16)
		return a.Seal(head, iv, inner, bytes.Clone(head))
	}
	setLen(len(p))
	aad := append([]byte{0, 0, 0, 0, 0, 0, 0, seq}, head...)
	if s.Bulk.ExplicitNonceLen == 0 {
		iv[11] ^= seq
		setLen(len(p) + 16)
		return a.Seal(head, iv, p, aad)
	}
	explicit := []byte{0, 0, 0, 0, 0, 0, 0, seq}
	setLen(len(p) + 24)
	return a.Seal(append(head, explicit...), append(iv[:4], explicit...), p, aad)
}

func TestRecordsAreTheRFCsInEveryWayOfSealing(t *testing.T) {
	for _, id := range testSuites {
		w, _ := ends(t, id)
		p := []byte("some application data")
		var want []byte
		for seq := range byte(3) {
			want = append(want, sealByHand(id, seq, TypeApplicationData, p, 0)...)
		}
		w.Write(p)
		w.Seal(copy(w.Space(), p))
		w.Sleep()
		w.WriteRecords(TypeApplicationData, p)
		if !bytes.Equal(w.Outgoing(), want) {
			t.Errorf("%v:\n%x\n%x", id, w.Outgoing(), want)
		}
	}
}

func TestOpeningInPlaceAndElsewhereAreEqual(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		id := rapid.SampledFrom(testSuites).Draw(rt, "suite")
		p := rapid.SliceOfN(rapid.Byte(), 1, 300).Draw(rt, "content")
		pad := rapid.IntRange(0, 300).Draw(rt, "padding")
		rec := sealByHand(id, 0, TypeApplicationData, p, pad)
		if flip := rapid.IntRange(-20, len(rec)-1-HeaderSize).Draw(rt, "flip"); flip >= 0 {
			rec[HeaderSize+flip] ^= 0x10
		}
		_, o := pair(t, id)
		c := o.Clone()
		h := parseHeader(rec)
		t1, in, err1 := o.Open(nil, h, bytes.Clone(rec[HeaderSize:]))
		t2, out, err2 := c.Open(make([]byte, maxInner(o, h.Length)), h, rec[HeaderSize:])
		if t1 != t2 || !bytes.Equal(in, out) || fmt.Sprint(err1) != fmt.Sprint(err2) {
			rt.Fatal(t1, t2, err1, err2)
		}
		if err1 == nil && !bytes.Equal(in, p) {
			rt.Fatal("wrong content")
		}
		if err1 != nil {
			wantReason(t, err1, ReasonDecryptionFailedOrBadRecordMAC)
		}
	})
}

func TestLastNonZeroFindsWhatAPlainScanFinds(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		b := append(rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(rt, "b"), make([]byte, rapid.IntRange(0, 40).Draw(rt, "zeros"))...)
		if got, want := lastNonZero(b), len(bytes.TrimRight(b, "\x00"))-1; got != want {
			rt.Fatalf("%d, want %d", got, want)
		}
	})
}

func TestBadInnerPlaintextsAreRefused(t *testing.T) {
	for _, c := range []struct {
		name    string
		t       ContentType
		size    int
		padding int
		reason  Reason
	}{
		{"no type", 0, 0, 40, ReasonBadRecordType},
		{"empty handshake", TypeHandshake, 0, 3, ReasonUnexpectedRecord},
		{"empty alert", TypeAlert, 0, 0, ReasonUnexpectedRecord},
		{"protected change_cipher_spec", TypeChangeCipherSpec, 1, 0, ReasonUnexpectedRecord},
		{"unknown type", 99, 5, 0, ReasonUnexpectedRecord},
		{"content over the limit", TypeApplicationData, MaxPlaintext + 1, 0, ReasonDataLengthTooLong},
		{"padding over the limit", TypeApplicationData, MaxPlaintext - 5, 6, ReasonDataLengthTooLong},
		{"record over the limit", TypeApplicationData, MaxPlaintext, 256, ReasonEncryptedLengthTooLong},
		{"full", TypeApplicationData, MaxPlaintext, 0, 0},
		{"full with padding", TypeApplicationData, MaxPlaintext - 5, 5, 0},
	} {
		_, r := ends(t, cipher.TLS_AES_128_GCM_SHA256)
		r.Feed(sealByHand(cipher.TLS_AES_128_GCM_SHA256, 0, c.t, bytes.Repeat([]byte{1}, c.size), c.padding))
		rec, ok, err := r.Next()
		if c.reason == 0 {
			if !ok || err != nil || len(rec.Content) != c.size {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		wantReason(t, err, c.reason)
	}
}

func TestKeyLimitIsSeenAheadAndKept(t *testing.T) {
	w, r := ends(t, cipher.TLS_AES_128_GCM_SHA256)
	s, o := w.sealer.(*sealer13), r.opener.(*opener13)
	s.seek(s.limit()/2 - 1)
	w.unasked = 0
	w.Write([]byte("x"))
	if !w.NeedsNewKeys() || w.Err() != nil {
		t.Fatal("the soft limit is not reported")
	}
	s.seek(s.limit() - reserve - 1)
	w.unasked = 0
	if w.Write([]byte("xx")) != 2 || w.Write([]byte("x")) != 0 || w.Space() != nil {
		t.Fatal("application data may use the reserve, or not what is before it")
	}
	wantReason(t, w.Err(), ReasonRecordLimitReached)
	w.Sent(len(w.Outgoing()))
	w.WriteRecords(TypeHandshake, make([]byte, 5)) // the KeyUpdate
	o.seek(s.seq - 1)
	r.Feed(w.Outgoing())
	if rec, ok, err := r.Next(); !ok || rec.Type != TypeHandshake {
		t.Fatal(err)
	}
	fresh, _ := pair(t, cipher.TLS_AES_128_GCM_SHA256)
	w.Install(fresh)
	if w.Err() != nil || w.Write([]byte("x")) != 1 {
		t.Fatal("new keys don't help")
	}
	for _, id := range testSuites {
		w, r := ends(t, id)
		keysOf(r.opener).seek(math.MaxUint64)
		w.Write([]byte("x"))
		r.Feed(w.Outgoing())
		_, _, err := r.Next()
		wantReason(t, err, ReasonRecordLimitReached)
	}
}

func TestKeysNeverPrint(t *testing.T) {
	for _, id := range testSuites {
		s, o := pair(t, id)
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
			for _, p := range []any{s, o} {
				if got := fmt.Sprintf(verb, p); got != "record.protection("+cipher.SuiteByID(id).Bulk.Name+")" {
					t.Errorf("%s: %s", verb, got)
				}
			}
		}
		s.Clear()
		if _, err := s.Seal(make([]byte, 100), Header{TypeAlert, 0x303, 2}, []byte{1, 0}); err == nil {
			t.Error("a cleared protection seals")
		}
	}
}

func TestWrongLengthsOfKeysAreRefused(t *testing.T) {
	s := cipher.SuiteByID(cipher.TLS_AES_128_GCM_SHA256)
	if _, err := NewOpener13(s, testKey[:15], testKey[:12]); err == nil {
		t.Error("a key of 15 bytes is taken")
	}
	if _, err := NewSealer13(s, testKey[:16], testKey[:11]); err == nil {
		t.Error("an IV of 11 bytes is taken")
	}
}
