package cipher

import (
	"errors"
	"testing"
)

// FuzzRespond gives any bytes as a peer's share to each group: a secret of the row's size or ErrBadShare.
func FuzzRespond(f *testing.F) {
	for i, g := range Groups() {
		e, err := g.Generate(make([]byte, g.SeedSize()))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(i), e.Share())
	}
	f.Fuzz(func(t *testing.T, which uint8, share []byte) {
		g := Groups()[int(which)%len(groupRows)]
		answer, secret, err := g.Respond(share, make([]byte, g.SeedSize()))
		if err != nil {
			if !errors.Is(err, ErrBadShare) {
				t.Fatal(err)
			}
			return
		}
		if len(answer) != g.AnswerSize || len(secret) != g.SecretSize {
			t.Fatalf("%v: %d and %d bytes", g, len(answer), len(secret))
		}
	})
}

// FuzzPublicKey gives any bytes as key and signature: an error or a refusal, no panic.
func FuzzPublicKey(f *testing.F) {
	f.Add(uint8(0), []byte{4, 1, 2}, []byte{1, 0, 1}, []byte{0x30, 6, 2, 1, 1, 2, 1, 1})
	f.Fuzz(func(t *testing.T, which uint8, key, exponent, sig []byte) {
		row := Schemes()[int(which)%len(schemeRows)]
		var k PublicKey
		var err error
		switch row.KeyType {
		case KeyRSA, KeyRSAPSS:
			k, err = NewRSAPublicKey(key, exponent, row.KeyType == KeyRSAPSS)
		case KeyECDSA:
			k, err = NewECDSAPublicKey(row.Curve, key)
		case KeyEd25519:
			k, err = NewEd25519PublicKey(key)
		}
		if err != nil {
			if !errors.Is(err, ErrBadKey) {
				t.Fatal(err)
			}
			return
		}
		row.ID.Verify(k, key, sig) // a small RSA key may well "verify": only the absence of a panic is shown
	})
}
