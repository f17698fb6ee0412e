package cipher

import (
	"bytes"
	"testing"
)

func TestBothSidesOfEachGroupAgree(t *testing.T) {
	for _, g := range Groups() {
		e, err := g.Generate(nil)
		if err != nil {
			t.Fatal(g, err)
		}
		share, secret, err := g.Respond(e.Share(), nil)
		if err != nil {
			t.Fatal(g, err)
		}
		got, err := e.Agree(share)
		if err != nil || !bytes.Equal(got, secret) {
			t.Errorf("%v: secrets differ (%v)", g, err)
		}
		if len(e.Share()) != g.ShareSize || len(share) != g.AnswerSize || len(secret) != g.SecretSize {
			t.Errorf("%v: sizes %d %d %d differ from the row's", g, len(e.Share()), len(share), len(secret))
		}
	}
}
