package handshake

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
	"tlsengine/record"
	"tlsengine/x509lite"
)

// This file feeds every message to every state. It works on clones, so that the connection that led there goes on.

// header returns the header of a message with n bytes of body.
func header(t MessageType, n int) []byte {
	return []byte{byte(t), byte(n >> 16), byte(n >> 8), byte(n)}
}

// accepts tells whether a machine in this state takes messages of type t, to handle or to ignore them.
func accepts(m *Machine, t MessageType) bool { return m.State().Expects().Has(t) || m.ignores(t) }

// try hands p to a clone of m and returns what the clone made of it.
func try(m *Machine, p []byte) (*Machine, *Flight, error) {
	c := m.Clone()
	c.Fragment(p)
	f, err := c.Next()
	return c, f, err
}

// wantAlert checks that err is a *record.Error with one of these alerts.
func wantAlert(t testing.TB, err error, what string, alerts ...record.Alert) {
	t.Helper()
	var e *record.Error
	if !errors.As(err, &e) || e.Remote || e.Reason == record.ReasonInternalError || len(alerts) > 0 && !slices.Contains(alerts, e.Alert) {
		t.Errorf("%s: %v, not one of %v", what, err, alerts)
	}
}

// visits runs connections of every kind and calls look with each machine as it is before each message or answer, and
// with the message that comes next, nil if it is a ChangeCipherSpec or an answer.
func visits(t *testing.T, look func(e *pairEnd, next []byte)) {
	for _, s := range resumptions12() {
		if s.before = func(e *pairEnd) { look(e, e.coming) }; !s.deferred {
			s.run(t, nil)
		}
	}
	for _, s := range resumptions13(t) {
		if s.before = func(e *pairEnd) { look(e, e.coming) }; !s.deferred && s.external < 2 {
			s.check(t)
		}
	}
	negotiateNextProtocol(t, nil, func(e *pairEnd) { look(e, e.coming) })
	for _, s := range laterAuthentications(t) {
		if s.before = func(e *pairEnd) { look(e, e.coming) }; !s.deferred {
			s.run(t, nil)
		}
	}
	for _, s := range renegotiations(t) {
		if s.before = func(e *pairEnd) { look(e, e.coming) }; !s.deferred {
			s.run(t, nil)
		}
	}
	for _, s := range encryptions(t) {
		if s.before = func(e *pairEnd) { look(e, e.coming) }; !s.deferred && !s.plain && !s.auth {
			s.check(t)
		}
	}
	for _, s := range scenarios(t) {
		if s.deferred {
			continue
		}
		before := func(e *pairEnd) { look(e, e.coming) }
		c, v := newPair(t, s.params(), s.params(), before)
		c.m.c.params.Credentials = nil
		if s.certificate {
			c.m.c.params.Credentials = []*Credential{s.credential}
		}
		if s.retry {
			v.m.c.params.Groups = v.m.c.params.Groups[1:]
		}
		if err := c.start(); err != nil {
			t.Fatal(err)
		}
		hello := slices.Clone(v.inbox[0])
		if c.settle() == nil && c.done != nil && v.done != nil {
			s.after(c, v, hello)
			c.settle()
		}
	}
}

// TestNoStateTakesWhatItDoesNotExpect hands each of the 256 types, and a ChangeCipherSpec, to each state: one that is not
// in Expects is refused on its header, changes nothing, and cannot be made good.
func TestNoStateTakesWhatItDoesNotExpect(t *testing.T) {
	done := map[string]bool{}
	visits(t, func(e *pairEnd, _ []byte) {
		name := e.m.State().Name()
		if done[name] {
			return
		}
		done[name] = true
		for i := range 256 {
			mt := MessageType(i)
			if accepts(e.m, mt) {
				continue
			}
			for _, n := range []int{0, 1, 1 << 23} {
				what := fmt.Sprintf("%v of %d bytes in %s", mt, n, name)
				c, f, err := try(e.m, header(mt, n))
				if f != nil || c.State().Name() != name {
					t.Errorf("%s was taken", what)
				}
				if e.m.Operation() != nil {
					if err != nil || len(c.kept) != headerSize {
						t.Errorf("%s: judged before the answer: %v", what, err)
					}
					continue
				}
				wantAlert(t, err, what, record.AlertUnexpectedMessage)
				c.Fragment(header(mt, n))
				if _, again := c.Next(); again != err || c.kept != nil {
					t.Errorf("%s: the error is not final: %v", what, again)
				}
			}
		}
		if !e.m.State().Expects().Has(PseudoChangeCipherSpec) {
			c := e.m.Clone()
			f, err := c.ChangeCipherSpec()
			wantAlert(t, err, "ChangeCipherSpec in "+name, record.AlertUnexpectedMessage)
			if f != nil || c.State().Name() != name {
				t.Errorf("ChangeCipherSpec was taken in %s", name)
			}
		}
	})
	for _, n := range graph() {
		if _, ends := n.State.(endState); ends {
			continue // it awaits nothing and nobody
		}
		if name := n.State.Name(); name != "client.Start" && !done[name] {
			t.Errorf("%s was not visited", name)
		}
	}
}

// TestEveryStateJudgesItsMessages hands each state its own messages in bad shape: too long, cut, changed in each byte,
// followed by another. None panics, none that is refused has an effect, and an error is one that the peer may be told.
func TestEveryStateJudgesItsMessages(t *testing.T) {
	done := map[string]bool{}
	visits(t, func(e *pairEnd, next []byte) {
		name := e.m.State().Name()
		if next == nil || e.m.Operation() != nil {
			return
		}
		mt := MessageType(next[0])
		key := fmt.Sprintf("%s %v", name, mt)
		if done[key] || !accepts(e.m, mt) {
			return
		}
		done[key] = true
		c, f, err := try(e.m, header(mt, e.m.limit(mt)+1))
		wantAlert(t, err, key+", too long", record.AlertDecodeError, record.AlertIllegalParameter)
		if f != nil || c.kept != nil {
			t.Errorf("%s: too long and kept", key)
		}
		for n := range next {
			if c, f, err := try(e.m, next[:n]); f != nil || err != nil || c.State().Name() != name {
				t.Fatalf("%s: %d of %d bytes: %v, %v", key, n, len(next), f, err)
			}
		}
		for _, mask := range []byte{1, 0x80, 0xff} {
			for i := headerSize; i < len(next); i++ {
				bad := bytes.Clone(next)
				bad[i] ^= mask
				judged(t, e.m, bad, fmt.Sprintf("%s: byte %d xor %#x", key, i, mask))
			}
		}
		for n := range 40 {
			judged(t, e.m, append(header(mt, n), bytes.Repeat([]byte{byte(7 * n)}, n)...), fmt.Sprintf("%s: %d bytes of rubbish", key, n))
		}
	})
	if len(done) < 20 {
		t.Errorf("only %d pairs of state and message were seen", len(done))
	}
}

// judged hands p to a clone, answers what is asked, and checks what must hold for any bytes.
func judged(t testing.TB, m *Machine, p []byte, what string) {
	t.Helper()
	name := m.State().Name()
	c, f, err := try(m, p)
	if err != nil && (f != nil || c.State().Name() != name) {
		t.Errorf("%s: refused with effects", what)
	}
	for range 4 {
		if err != nil {
			wantAlert(t, err, what)
			return
		}
		op := c.Operation()
		if op == nil {
			return
		}
		op.Run()
		_, err = c.Resume()
	}
}

// TestNothingMayFollowAChangeOfKeys: where the flight of a handler installs read keys or ends the peer's flight, bytes
// behind its message are refused, and not one effect is there to be carried out.
func TestNothingMayFollowAChangeOfKeys(t *testing.T) {
	seen := 0
	visits(t, func(e *pairEnd, next []byte) {
		if next == nil || e.m.Operation() != nil || !accepts(e.m, MessageType(next[0])) {
			return
		}
		_, f, err := try(e.m, next)
		if err != nil || f == nil || !f.closesInput() {
			return
		}
		seen++
		name := e.m.State().Name()
		for _, behind := range [][]byte{{0}, next, header(TypeFinished, 3)} {
			c, f, err := try(e.m, slices.Concat(next, behind))
			wantAlert(t, err, name, record.AlertUnexpectedMessage)
			if f != nil || c.State().Name() != name {
				t.Errorf("%s: refused with effects", name)
			}
		}
	})
	if seen == 0 {
		t.Error("no handler closes the input")
	}
}

// TestMessagesInAnyOrder makes machines of both roles go through random sequences of real messages: each is taken only if
// the state expects it, whatever came before.
func TestMessagesInAnyOrder(t *testing.T) {
	var pool [][]byte
	visits(t, func(_ *pairEnd, next []byte) {
		if next != nil && !slices.ContainsFunc(pool, func(p []byte) bool { return bytes.Equal(p, next) }) {
			pool = append(pool, bytes.Clone(next))
		}
	})
	params := pairParams()
	params.Credentials = []*Credential{pairCredential(t, x509lite.KeyP256, 7)}
	params.ClientAuth = AuthOptional
	rapid.Check(t, func(rt *rapid.T) {
		m := NewServer(params, &Options{Rand: seededRand(2)})
		if rapid.Bool().Draw(rt, "client") {
			m = NewClient(params, &Options{Rand: seededRand(1), ServerName: "pair.test"})
			if _, err := m.Start(); err != nil {
				rt.Fatal(err)
			}
		}
		for range rapid.IntRange(1, 12).Draw(rt, "length") {
			if !step(rt, m, pool) {
				return
			}
		}
	})
}

// step hands m one message, mostly one that it expects, and tells whether m goes on.
func step(rt *rapid.T, m *Machine, pool [][]byte) bool {
	candidates := pool
	if rapid.IntRange(0, 9).Draw(rt, "expected") > 0 {
		candidates = slices.DeleteFunc(slices.Clone(pool), func(p []byte) bool { return !accepts(m, MessageType(p[0])) })
		if len(candidates) == 0 {
			candidates = pool
		}
	}
	p := rapid.SampledFrom(candidates).Draw(rt, "message")
	mt := MessageType(p[0])
	expected, from := accepts(m, mt), m.State().Name()
	if m.State().Expects().Has(PseudoChangeCipherSpec) && rapid.Bool().Draw(rt, "ccs") {
		_, err := m.ChangeCipherSpec()
		return err == nil
	}
	m.Fragment(p)
	f, err := m.Next()
	if !expected && (err == nil || f != nil) {
		rt.Fatalf("%s took a %v", from, mt)
	}
	for err == nil && m.Operation() != nil {
		m.Operation().Run()
		_, err = m.Resume()
	}
	var e *record.Error
	if err != nil && !errors.As(err, &e) {
		rt.Fatalf("%v is no *record.Error", err)
	}
	return err == nil
}

// FuzzMachine drives a machine with fragments: the first byte of the input chooses the role, then each fragment has a length in
// front; length 0 stands for a ChangeCipherSpec. Questions are answered at once.
func FuzzMachine(f *testing.F) {
	params := pairParams()
	params.Credentials = []*Credential{pairCredential(f, x509lite.KeyP256, 7)}
	params.ClientAuth = AuthOptional
	for role, end := range inputsOf(f, params) {
		f.Add(byte(role), end)
	}
	f.Fuzz(func(t *testing.T, role byte, input []byte) {
		m := NewServer(params, &Options{Rand: seededRand(2)})
		if role&1 == 0 {
			m = NewClient(params, &Options{Rand: seededRand(1), ServerName: "pair.test"})
			m.Start()
		}
		for len(input) >= 2 {
			n := min(int(input[0])<<8|int(input[1]), len(input)-2)
			if !feed(t, m, input[2:2+n]) {
				return
			}
			input = input[2+n:]
		}
	})
}

// feed hands m a fragment, or a ChangeCipherSpec if it is empty, and tells whether m goes on.
func feed(t *testing.T, m *Machine, p []byte) bool {
	var err error
	if len(p) == 0 {
		_, err = m.ChangeCipherSpec()
	} else {
		m.Fragment(p)
	}
	for {
		if err != nil {
			wantAlert(t, err, m.State().Name())
			return false
		}
		if op := m.Operation(); op != nil {
			op.Run()
			_, err = m.Resume()
			continue
		}
		var f *Flight
		if f, err = m.Next(); f == nil && err == nil {
			return true
		}
	}
}

// inputsOf returns what the client and the server of one connection are told, as inputs of FuzzMachine.
func inputsOf(t testing.TB, p *Params) [2][]byte {
	var told [2][]byte
	c, s := newPair(t, p, p, func(e *pairEnd) {
		if e.m.Operation() == nil {
			n := len(e.coming)
			told[e.m.c.role] = append(append(told[e.m.c.role], byte(n>>8), byte(n)), e.coming...)
		}
	})
	if err := c.start(); err != nil {
		t.Fatal(err)
	}
	if err := c.settle(); err != nil || s.done == nil {
		t.Fatal(err)
	}
	return told
}
