package record

import (
	"bytes"
	stdcipher "crypto/cipher"
	"crypto/hmac"
	"encoding/binary"
	"fmt"
	"hash"
	"slices"
	"testing"

	"tlsengine/cipher"
)

// testSpec is a CipherSpec of a Bulk with a MAC, and the version that its records say.
type testSpec struct {
	CipherSpec
	version cipher.Version
}

func (s testSpec) String() string {
	name := s.version.String() + "/" + s.Bulk.Name
	if s.EncryptThenMAC {
		name += "/EtM"
	}
	return name
}

// macSpecs are all that can be made of Bulks with a MAC, in every version.
func macSpecs() (all []testSpec) {
	for _, b := range cipher.Bulks() {
		if b.IsAEAD() {
			continue
		}
		for v, form := range []*Form{FormSSL30, FormTLS10, FormTLS11} {
			s := testSpec{CipherSpec{Bulk: b, Form: form}, cipher.VersionSSL30 + cipher.Version(v)}
			if form == FormSSL30 && b.MAC != cipher.SHA1 && b.MAC != cipher.MD5 {
				continue
			}
			all = append(all, s)
			if s.EncryptThenMAC = true; b.IsCBC() && form != FormSSL30 {
				all = append(all, s)
			}
		}
	}
	return all
}

// keys returns keys of the right lengths.
func (s testSpec) keys() Keys {
	mac, key, iv := s.KeyLengths()
	b := bytes.Repeat(testKey[:], 2)
	return Keys{MAC: b[:mac], Key: b[10:][:key], IV: b[20:][:iv]}
}

func (s testSpec) sealer(t testing.TB) Sealer {
	t.Helper()
	c, err := NewSealer(s.CipherSpec, s.keys())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (s testSpec) opener(t testing.TB) Opener {
	t.Helper()
	o, err := NewOpener(s.CipherSpec, s.keys())
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// ends returns a Writer and the Reader that understands it.
func (s testSpec) ends(t testing.TB) (*Writer, *Reader) {
	w, r := new(Writer), new(Reader)
	w.Install(s.sealer(t))
	w.SetVersion(s.version)
	r.Install(s.opener(t))
	r.SetVersion(s.version)
	return w, r
}

// byHand is the same protection written straight from the RFCs: the two directions of CBC, RC4 and the MACs as the library has
// them, and nothing of this package.
type byHand struct {
	testSpec
	seq    uint64
	iv     []byte
	stream cipher.Stream
}

func newByHand(s testSpec) *byHand {
	h := &byHand{testSpec: s, iv: bytes.Clone(s.keys().IV)}
	if s.Bulk.NewStream != nil {
		h.stream, _ = s.Bulk.NewStream(s.keys().Key)
	}
	return h
}

func (b *byHand) mac(t ContentType, p []byte) []byte {
	key, h := b.keys().MAC, b.Bulk.MAC
	msg := append(binary.BigEndian.AppendUint64(nil, b.seq), byte(t))
	if b.version == cipher.VersionSSL30 {
		msg = append(msg, byte(len(p)>>8), byte(len(p)))
		pad := map[cipher.Hash]int{cipher.MD5: 48, cipher.SHA1: 40}[h]
		inner := h.Sum(nil, slices.Concat(key, bytes.Repeat([]byte{0x36}, pad), msg, p))
		return h.Sum(nil, slices.Concat(key, bytes.Repeat([]byte{0x5c}, pad), inner))
	}
	msg = append(msg, byte(b.version>>8), byte(b.version), byte(len(p)>>8), byte(len(p)))
	m := hmac.New(func() hash.Hash { return h.New() }, key)
	m.Write(append(msg, p...))
	return m.Sum(nil)
}

func (b *byHand) cbc(encrypt bool, iv, p []byte) []byte {
	block, _ := b.Bulk.NewBlock(b.keys().Key)
	mode := stdcipher.NewCBCDecrypter(block, iv)
	if encrypt {
		mode = stdcipher.NewCBCEncrypter(block, iv)
	}
	out := make([]byte, len(p))
	mode.CryptBlocks(out, p)
	return out
}

// open opens a record, or says why not.
func (b *byHand) open(rec []byte) (ContentType, []byte, error) {
	t, body := ContentType(rec[0]), bytes.Clone(rec[5:])
	size := b.Bulk.MAC.Size()
	defer func() { b.seq++ }()
	switch {
	case b.stream != nil:
		b.stream.XORKeyStream(body, body)
	case b.Bulk.IsCBC():
		if b.EncryptThenMAC {
			n := len(body) - size
			if !bytes.Equal(b.mac(t, body[:n]), body[n:]) {
				return 0, nil, fmt.Errorf("MAC outside")
			}
			body = body[:n]
		}
		iv := b.iv
		if b.Form.explicitIV {
			iv, body = body[:b.Bulk.BlockLen], body[b.Bulk.BlockLen:]
		} else {
			b.iv = body[len(body)-b.Bulk.BlockLen:]
		}
		body = b.cbc(false, iv, body)
		n := len(body) - 1 - int(body[len(body)-1])
		if n < 0 {
			return 0, nil, fmt.Errorf("padding")
		}
		if body = body[:n]; b.EncryptThenMAC {
			return t, body, nil
		}
	}
	n := len(body) - size
	if n < 0 {
		return 0, nil, fmt.Errorf("length")
	}
	if !bytes.Equal(b.mac(t, body[:n]), body[n:]) {
		return 0, nil, fmt.Errorf("MAC")
	}
	return t, body[:n], nil
}

// seal makes a CBC record with the padding that is given, its length byte included.
func (b *byHand) seal(t ContentType, p, padding []byte) []byte {
	body := bytes.Clone(p)
	if !b.EncryptThenMAC {
		body = append(body, b.mac(t, p)...)
	}
	body = append(body, padding...)
	iv := b.iv
	if b.Form.explicitIV {
		iv = testKey[30:][:b.Bulk.BlockLen]
	}
	body = b.cbc(true, iv, body)
	if b.Form.explicitIV {
		body = append(bytes.Clone(iv), body...)
	} else {
		b.iv = body[len(body)-b.Bulk.BlockLen:]
	}
	if b.EncryptThenMAC {
		body = append(body, b.mac(t, body)...)
	}
	b.seq++
	return append([]byte{byte(t), byte(b.version >> 8), byte(b.version), byte(len(body) >> 8), byte(len(body))}, body...)
}
