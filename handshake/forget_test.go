package handshake

import (
	"reflect"
	"testing"

	"tlsengine/cipher"
	"tlsengine/record"
)

// TestEndedMachinesHoldNoPrivateKey: whichever state a connection fails or is closed in, the key pairs that it held are cleared, and
// those of its clones are not.
func TestEndedMachinesHoldNoPrivateKey(t *testing.T) {
	ends := map[string]func(*Machine){
		"a failure": func(m *Machine) {
			m.fail(record.Fail(record.AlertInternalError, record.ReasonInternalError, "for a test"))
		},
		"Close": (*Machine).Close,
	}
	held := map[string]bool{}
	visits(t, func(e *pairEnd, _ []byte) {
		name := e.m.State().Name()
		for how, end := range ends {
			clone := e.m.Clone()
			keys := privateKeys(clone.State())
			end(clone)
			for _, k := range keys {
				held[name] = true
				if !isCleared(k) {
					t.Errorf("%s: after %s there is still an %v", name, how, k)
				}
			}
		}
		for _, k := range privateKeys(e.m.State()) {
			if isCleared(k) {
				t.Errorf("%s: the end of a clone has cleared an %v", name, k)
			}
		}
	})
	for _, s := range []State{
		&clientWaitServerHello{}, &clientWaitServerHello2{}, &client13Agreeing{}, &server12Signing{}, &server12WaitCertificate{},
		&server12WaitClientKeyExchange{}, &server12FindingPSK{}, &server12Agreeing{},
	} {
		if !held[s.Name()] {
			t.Errorf("no key was seen in %s: the test finds nothing there", s.Name())
		}
	}
}

// TestPrivateKeysAreGoneAfterTheHandshake: each key pair is cleared once the state that needs it is left for good.
func TestPrivateKeysAreGoneAfterTheHandshake(t *testing.T) {
	born := map[*cipher.Ephemeral]string{} // with the name of the state that it was first seen in
	visits(t, func(e *pairEnd, _ []byte) {
		now := privateKeys(e.m.State())
		for _, k := range now {
			if born[k] == "" {
				born[k] = e.m.State().Name()
			}
		}
		if len(now) == 0 && e.done != nil && len(e.peer.sent) > 0 {
			for k, name := range born {
				if !isCleared(k) && !holds(e.peer.m.State(), k) {
					t.Errorf("an %v of %s outlives the handshake", k, name)
				}
			}
			clear(born)
		}
	})
}

// holds tells whether the state holds this key pair.
func holds(s State, k *cipher.Ephemeral) bool {
	for _, other := range privateKeys(s) {
		if other == k {
			return true
		}
	}
	return false
}

// isCleared tells whether nothing is left of the private key.
func isCleared(k *cipher.Ephemeral) bool {
	return reflect.ValueOf(k).Elem().FieldByName("secret").IsZero()
}

// privateKeys are the key pairs that a state holds, itself or in its operation.
func privateKeys(s State) (keys []*cipher.Ephemeral) {
	var walk func(v reflect.Value)
	walk = func(v reflect.Value) {
		switch v.Kind() {
		case reflect.Interface, reflect.Pointer:
			if v.IsNil() {
				return
			}
			switch v.Type() {
			case reflect.TypeFor[*cipher.Ephemeral]():
				keys = append(keys, (*cipher.Ephemeral)(v.UnsafePointer()))
			case reflect.TypeOf(s), reflect.TypeFor[*clientWaitServerHello](), reflect.TypeFor[*KeyAgreement]():
				walk(v.Elem())
			}
		case reflect.Struct:
			for i := range v.NumField() {
				walk(v.Field(i))
			}
		case reflect.Slice:
			for i := range v.Len() {
				walk(v.Index(i))
			}
		}
	}
	walk(reflect.ValueOf(s))
	return keys
}
