package cipher

import (
	"bytes"
	"testing"
)

// Wycheproof's vectors for the forms of CCM that TLS has: a nonce of 12 bytes, tags of 8 and 16.
func TestWycheproofCCM(t *testing.T) {
	ran := map[string]int{}
	for _, g := range wycheproof(t, "aes_ccm") {
		if g.IvSize != 96 || g.TagSize != 64 && g.TagSize != 128 || g.KeySize == 192 {
			continue
		}
		for _, v := range g.Tests {
			key, nonce, aad, msg := unhex(t, v.Key), unhex(t, v.Iv), unhex(t, v.Aad), unhex(t, v.Msg)
			sealed := unhex(t, v.Ct+v.Tag)
			a, err := newCCM(key, g.KeySize/8, g.TagSize/8)
			if err != nil {
				t.Fatal(err)
			}
			got, err := a.Open(nil, nonce, sealed, aad)
			v.expect(t, "aes_ccm", err == nil && bytes.Equal(got, msg), false, err)
			if again := a.Seal([]byte("x"), nonce, msg, aad); v.Result == "valid" && !bytes.Equal(again[1:], sealed) {
				t.Errorf("%d: sealed %x", v.TcID, again)
			}
			inPlace := bytes.Clone(sealed)
			if got, err := a.Open(inPlace[:0], nonce, inPlace, aad); (err == nil) != (v.Result == "valid") || err == nil && !bytes.Equal(got, msg) {
				t.Errorf("%d: in place: %x, %v", v.TcID, got, err)
			} else if err == nil && !bytes.Equal(a.Seal(inPlace[:0], nonce, got, aad), sealed) {
				t.Errorf("%d: sealing in place: %x", v.TcID, inPlace)
			}
			ran[v.Result]++
		}
	}
	if ran["valid"] < 100 || ran["invalid"] < 50 {
		t.Errorf("few tests were run: %v", ran)
	}
}

func TestCCMRefusesLengthsThatItDoesNotTake(t *testing.T) {
	a, _ := newCCM(make([]byte, 16), 16, 8)
	if _, err := a.Open(nil, make([]byte, 12), make([]byte, 7), nil); err == nil {
		t.Error("less than a tag opens")
	}
	if _, err := newCCM(make([]byte, 32), 16, 8); err == nil {
		t.Error("a key of another length is taken")
	}
	for name, call := range map[string]func(){
		"nonce":           func() { a.Seal(nil, make([]byte, 13), nil, nil) },
		"additional data": func() { a.Seal(nil, make([]byte, 12), nil, make([]byte, 0xFF00)) },
		"message":         func() { a.Seal(nil, make([]byte, 12), make([]byte, 1<<24), nil) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s of a wrong length is taken", name)
				}
			}()
			call()
		}()
	}
}
