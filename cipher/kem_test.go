package cipher

import (
	"bytes"
	"crypto/mlkem"
	"errors"
	"testing"
)

// TestMLKEM1024AloneIsFIPS203 takes the standard library's ML-KEM-1024 as the other end.
func TestMLKEM1024AloneIsFIPS203(t *testing.T) {
	e, err := groupMLKEM1024.Generate(nil)
	if err != nil {
		t.Fatal(err)
	}
	ek, err := mlkem.NewEncapsulationKey1024(e.Share())
	if err != nil {
		t.Fatal(err)
	}
	want, ciphertext := ek.Encapsulate()
	if got, err := e.Agree(ciphertext); err != nil || !bytes.Equal(got, want) {
		t.Errorf("as initiator: %x, %v; want %x", got, err, want)
	}
	d, err := mlkem.GenerateKey1024()
	if err != nil {
		t.Fatal(err)
	}
	answer, got, err := groupMLKEM1024.Respond(d.EncapsulationKey().Bytes(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if want, err := d.Decapsulate(answer); err != nil || !bytes.Equal(got, want) {
		t.Errorf("as responder: %x; want %x, %v", got, want, err)
	}
	unreduced := bytes.Clone(e.Share())
	unreduced[0], unreduced[1] = 0xff, unreduced[1]|0x0f // the first coefficient becomes 4095, over 3328
	if _, _, err := groupMLKEM1024.Respond(unreduced, nil); !errors.Is(err, ErrBadShare) {
		t.Errorf("an encapsulation key that is not reduced: %v", err)
	}
	if e.Part(groupX25519) != nil {
		t.Error("Part of what has none")
	}
}
