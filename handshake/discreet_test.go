package handshake

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"testing"

	"tlsengine/cipher"
	"tlsengine/handshake/keyschedule"
)

// TestPrintingShowsNoSecrets prints whatever can be reached from outside and holds secrets, with every verb that looks
// inside. // B-015
func TestPrintingShowsNoSecrets(t *testing.T) {
	marker := bytes.Repeat([]byte{0xA5}, 32)
	secret := keyschedule.NewSecret(cipher.SHA256, marker)
	op := &KeyAgreement{seed: marker}
	op.fill(agreement{secret: marker}, nil)
	master := keyschedule.TLS12(cipher.SHA256).ResumeMaster(bytes.Repeat([]byte{0xA5}, 48))

	values := map[string]any{
		"client13WaitFinished":  &client13WaitFinished{},
		"client13Connected":     &client13Connected{receiving: receiving{secret: secret}, tickets: &resumption{secret: secret}},
		"server13WaitFinished":  &server13WaitFinished{secrets: applicationSecrets{client: secret}},
		"server12WaitFinished":  &server12WaitFinished{finishing12: finishing12{master: master}},
		"client12Signing":       &client12Signing{master: master},
		"SendKeys":              &SendKeys{secret: secret},
		"Exporter":              &Exporter{secret: &exporter13{secret: secret}},
		"exporter12":            &exporter12{master: master},
		"KeyAgreement":          op,
		"Decrypt":               decryptAnswered(marker),
		"OpenECH":               openECHAnswered(marker),
		"client12WaitFinished":  &client12WaitFinished{finishing12: finishing12{master: master}},
		"Session":               Session{secret: marker, suite: cipher.Suites()[0]},
		"a pointer to Session":  &Session{secret: marker, suite: cipher.Suites()[0]},
		"SealTicket":            &SealTicket{session: &Session{secret: marker}, seed: marker},
		"PSK":                   PSK{key: marker},
		"FindPSK, answered":     findPSKAnswered(&PSK{key: marker}),
		"chosenPSK":             &server13WaitClientHello2{choices: choices13{psk: &chosenPSK{stage: keyschedule.NewEarly(cipher.SHA256, marker)}}},
		"offeredPSK":            &clientWaitServerHello{psks: []offeredPSK{{early: keyschedule.NewEarly(cipher.SHA256, marker)}}},
		"Context":               &Context{random: randomness{}},
		"Connection, a pointer": &Connection{SendKeys: &SendKeys{secret: secret}, Exporter: &Exporter{secret: &exporter13{secret: secret}}},
	}
	for name, v := range values {
		for _, verb := range []string{"%v", "%+v", "%#v", "%x", "%s", "%d"} {
			out := fmt.Sprintf(verb, v)
			for _, leak := range []string{hex.EncodeToString(marker[:8]), "165 165 165", "0xa5, 0xa5", string(marker[:8])} {
				if bytes.Contains([]byte(out), []byte(leak)) {
					t.Errorf("%s with %s shows a secret: %.80s", name, verb, out)
				}
			}
		}
	}
}

// TestNamesOfNothing: a value outside its list prints as a number.
func TestNamesOfNothing(t *testing.T) {
	for want, s := range map[string]fmt.Stringer{
		"effect 200": EffectKind(200), "epoch 9": Epoch(9), "permission 77": Permission(77), "operation 31": OperationKind(31), "outcome 10": EarlyOutcome(10), "use 255": Use(255),
	} {
		if got := s.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func findPSKAnswered(k *PSK) *FindPSK {
	op := &FindPSK{}
	op.Complete(k, nil)
	return op
}

func decryptAnswered(secret []byte) *Decrypt {
	op := &Decrypt{seed: secret}
	op.Complete(secret, nil)
	return op
}

func openECHAnswered(plaintext []byte) *OpenECH {
	op := &OpenECH{}
	op.Complete(nil, plaintext, nil)
	return op
}

// TestEveryStateIsDiscreet: each state prints as what it is, but those that hold nothing.
func TestEveryStateIsDiscreet(t *testing.T) {
	for _, n := range graph() {
		switch n.State.(type) {
		case *client12Connected, *server12Connected:
			continue
		}
		if _, ok := n.State.(fmt.Formatter); !ok {
			t.Errorf("%s prints its fields", n.State.Name())
		}
	}
}
