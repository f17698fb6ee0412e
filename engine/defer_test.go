package engine

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"tlsengine/cipher"
	"tlsengine/handshake"
	"tlsengine/record"
	"tlsengine/x509lite"

	"pgregory.net/rapid"
)

// atOnce answers every question as soon as it is seen, between two pieces of input.
type atOnce struct{ splitter }

func (a *atOnce) deliver(to *Conn, p []byte, got []byte) []byte {
	for len(p) > 0 {
		n := min(len(p), 1+a.r.IntN(a.piece))
		before := len(p)
		got = a.splitter.deliver(to, p[:n], got)
		p = p[n:]
		a.answer(to, true)
		if len(p) == before {
			break
		}
	}
	return a.drain(to, got)
}

// late answers when nothing else happens any more, so that all that the peer says is there before.
type late struct{ splitter }

func (late) answer(c *Conn, last bool) {
	if last {
		direct{}.answer(c, last)
	}
}

// elsewhere answers out of another goroutine, and leaves it to whatever inbound call comes next to go on.
type elsewhere struct{ splitter }

func (e *elsewhere) answer(c *Conn, last bool) {
	for _, op := range c.Pending() {
		done := make(chan struct{})
		go func() {
			defer close(done)
			op.Run()
			op.Run() // a second answer has no effect
		}()
		if e.r.IntN(2) == 0 {
			<-done
		}
		for range 3 { // while it is being answered, or afterwards
			c.Feed(nil)
			c.Peek() // which leaves early data where it is
		}
		<-done
	}
	if last {
		c.Resume()
	}
}

// TestDeferredAnswersGiveTheSameConnection: whenever and wherever the questions are answered, all bytes are as if they had
// been answered on the spot.
func TestDeferredAnswersGiveTheSameConnection(t *testing.T) {
	ways := []string{"at once", "late", "elsewhere"}
	tellings(t, func(rt *rapid.T, s *story, want *outcome) {
		how := drawSplitter(rt)
		way := rapid.SampledFrom(ways).Draw(rt, "way")
		kinds := handshake.OperationKinds(rapid.IntRange(1, int(handshake.AllOperations())).Draw(rt, "deferred"))
		if rapid.Bool().Draw(rt, "all") {
			kinds = handshake.AllOperations()
		}
		couriers := map[string]courier{"at once": &atOnce{*how}, "late": &late{*how}, "elsewhere": &elsewhere{*how}}
		if diff := want.diff(s.begin(t, couriers[way], kinds).run(t)); diff != "" {
			rt.Fatalf("%s, answered %s: %+v: %s", s.name, way, how, diff)
		}
	})
}

// TestEveryStoryGoesDeferredAsItGoesAtOnce runs each story once in each way.
func TestEveryStoryGoesDeferredAsItGoesAtOnce(t *testing.T) {
	eachStory(t, func(t *testing.T, s *story, want *outcome) {
		for _, piece := range []int{1, 1 << 20} {
			how := splitter{r: rand.New(rand.NewPCG(3, 4)), piece: piece, lend: 5, peek: 5, buffer: 20000}
			for _, c := range []courier{&atOnce{how}, &late{how}, &elsewhere{how}, direct{}} {
				if diff := want.diff(s.begin(t, c, handshake.AllOperations()).run(t)); diff != "" {
					t.Errorf("%T: %s", c, diff)
				}
			}
		}
	})
}

// questions runs a story whose operations are deferred, and lets answer do as it likes with each; false means that
// the standard answer is wanted.
func questions(t *testing.T, s *story, answer func(who int, op handshake.Operation) bool) *outcome {
	v := s.begin(t, direct{}, handshake.AllOperations())
	v.courier = &questioned{v, answer}
	return v.run(t)
}

type questioned struct {
	v  *telling
	do func(who int, op handshake.Operation) bool
}

func (q *questioned) deliver(to *Conn, p, got []byte) []byte { return direct{}.deliver(to, p, got) }

func (q *questioned) answer(c *Conn, _ bool) {
	who := clientEnd
	if c == q.v.ends[serverEnd] {
		who = serverEnd
	}
	for _, op := range c.Pending() {
		if !q.do(who, op) {
			op.Run()
		}
	}
	c.Resume()
}

// mutual are stories in which every kind of question is asked.
func mutual() []*story {
	return []*story{
		{name: "1.3", client: with(authenticated), server: with(requires)},
		{name: "1.2", client: with(only(cipher.VersionTLS12), authenticated), server: with(requires)},
		{name: "1.3 retry", client: with(authenticated, noShares), server: with(requires)},
	}
}

// asked returns which questions a story asks, as "client sign" and the like, in order.
func asked(t *testing.T, s *story) (all []string) {
	questions(t, s, func(who int, op handshake.Operation) bool {
		all = append(all, fmt.Sprintf("%d %v", who, op.Kind()))
		return false
	})
	return all
}

// TestEveryKindOfQuestionIsAsked (RFC 8446, Section 4.1.4: and none twice, across a HelloRetryRequest).
func TestEveryKindOfQuestionIsAsked(t *testing.T) {
	want := map[string]bool{}
	for _, q := range []string{"0 select credential", "0 key agreement", "0 sign", "0 verify peer",
		"1 select context", "1 select credential", "1 key agreement", "1 sign", "1 verify peer"} {
		want[q] = true
	}
	for _, s := range mutual() {
		seen := map[string]bool{}
		for _, q := range asked(t, s) {
			if seen[q] || !want[q] {
				t.Errorf("%s: %s is asked again, or not to be asked", s.name, q)
			}
			seen[q] = true
		}
		if len(seen) != len(want) {
			t.Errorf("%s: asked are only %v", s.name, seen)
		}
	}
}

// complete gives op an error for an answer, or tells that it takes none.
func complete(op handshake.Operation, err error) bool {
	switch op := op.(type) {
	case *handshake.SelectContext:
		op.Complete(nil, err)
	case *handshake.SelectCredential:
		op.Complete(nil, err)
	case *handshake.Sign:
		op.Complete(nil, err)
	case *handshake.VerifyPeer:
		op.Complete(nil, err)
	default:
		return false // only Run answers a KeyAgreement
	}
	return true
}

// TestAnAnswerChoosesTheAlert: a *record.Error, however wrapped, is sent as it is; any other error gives the alert of
// the question's kind; the peer reports what was sent.
func TestAnAnswerChoosesTheAlert(t *testing.T) {
	plain := errors.New("the application says no")
	chosen := record.Fail(record.AlertInsufficientSecurity, record.ReasonConnectionRejected, "chosen")
	for _, s := range mutual() {
		for _, question := range asked(t, s) {
			for _, answer := range []error{plain, chosen, fmt.Errorf("because: %w", chosen)} {
				refused, who := false, 0
				o := questions(t, s, func(end int, op handshake.Operation) bool {
					if fmt.Sprintf("%d %v", end, op.Kind()) == question {
						refused, who = complete(op, answer), end
						return refused
					}
					return false
				})
				if !refused {
					continue
				}
				t.Run(fmt.Sprintf("%s/%s/%v", s.name, question, answer), func(t *testing.T) {
					if !o.status[0].Has(Failed) || !o.status[1].Has(Failed) {
						t.Fatalf("%v %v", o.status, o.fail)
					}
					alert := record.AlertInternalError
					if question == "0 verify peer" || question == "1 verify peer" {
						alert = record.AlertCertificateUnknown
					}
					if answer != plain {
						alert = chosen.Alert
					}
					if want := record.FromPeer(alert).Error(); o.fail[1-who] != want {
						t.Errorf("the peer says %q, not %q", o.fail[1-who], want)
					}
				})
			}
		}
	}
}

// TestARefusalThatIsOnlyRecorded lets the connection go on, and Info shows it.
func TestARefusalThatIsOnlyRecorded(t *testing.T) {
	why := errors.New("not quite")
	for _, s := range mutual() {
		v := s.begin(t, direct{}, handshake.AllOperations())
		v.courier = &questioned{v, func(_ int, op handshake.Operation) bool {
			if op, ok := op.(*handshake.VerifyPeer); ok {
				op.CompleteRecorded(why)
				op.Complete(nil, errors.New("too late"))
				return true
			}
			return false
		}}
		v.run(t)
		for _, c := range v.ends {
			if c.Err() != nil || c.Info() == nil || c.Info().Recorded != why || len(c.Info().PeerChain) != 1 {
				t.Errorf("%s: %v", s.name, c.Err())
			}
		}
	}
}

// TestAnAnswerAfterCloseHasNoEffect, for every question, given by the one goroutine or another.
func TestAnAnswerAfterCloseHasNoEffect(t *testing.T) {
	for _, s := range mutual() {
		for _, question := range asked(t, s) {
			var closed *Conn
			v := s.begin(t, direct{}, handshake.AllOperations())
			v.courier = &questioned{v, func(who int, op handshake.Operation) bool {
				if closed != nil || fmt.Sprintf("%d %v", who, op.Kind()) != question {
					return false
				}
				closed = v.ends[who]
				closed.Close()
				if len(closed.Pending()) != 0 || closed.Status().Has(WantsAnswer) {
					t.Errorf("%s: a closed connection asks", s.name)
				}
				done := make(chan struct{})
				go func() { defer close(done); op.Run() }()
				<-done
				return true
			}}
			v.run(t)
			if closed == nil || !closed.Status().Has(Failed) || closed.Status().Has(HandshakeDone) || len(closed.Outgoing()) != 0 || closed.Info() != nil {
				t.Errorf("%s, %s: a closed connection went on", s.name, question)
			}
		}
	}
}

// TestAQuestionStopsInput: as long as it is open, nothing of what the peer sends is processed, whatever it is.
func TestAQuestionStopsInput(t *testing.T) {
	for _, s := range mutual() {
		for _, question := range asked(t, s) {
			stopped := false
			v := s.begin(t, direct{}, handshake.AllOperations())
			v.courier = &questioned{v, func(who int, op handshake.Operation) bool {
				if stopped || fmt.Sprintf("%d %v", who, op.Kind()) != question {
					return false
				}
				stopped = true
				c := v.ends[who]
				before := len(c.Rest())
				state := c.in.machine.State().Name()
				c.Feed([]byte{99, 99, 99, 99, 99, 99})
				c.Read(make([]byte, 10))
				c.Peek()
				c.Resume()
				c.FeedEOF()
				if len(c.Rest()) != before+6 || c.Err() != nil || c.in.machine.State().Name() != state || len(c.Pending()) != 1 {
					t.Errorf("%s, %s: input was processed: %v", s.name, question, c.Err())
				}
				return false
			}}
			v.run(t)
		}
	}
}

// TestSelectContextChoosesAllOfTheConfiguration: the credential, protocol and versions of the Params picked count.
func TestSelectContextChoosesAllOfTheConfiguration(t *testing.T) {
	p := newTestPKI(t)
	other := p.serverConfig()
	other.Credentials = []*handshake.Credential{p.credentials[x509lite.KeyEd25519]}
	other.Protocols = []string{"other"}
	other.MaxVersion = cipher.VersionTLS12
	params, err := other.Freeze()
	if err != nil {
		t.Fatal(err)
	}
	for _, defers := range []handshake.OperationKinds{0, handshake.AllOperations()} {
		s := &story{name: "context", client: speaks("other", "usual"), server: func(_ *testPKI, c *Config) {
			c.Protocols = []string{"usual"}
			c.SelectContext = func(h *handshake.ClientHelloInfo) (*Params, error) {
				if h.ServerName != "example.test" {
					t.Errorf("the hello is for %q", h.ServerName)
				}
				return params, nil
			}
		}}
		v := s.begin(t, direct{}, defers)
		v.run(t)
		i := v.ends[serverEnd].Info()
		if i == nil || i.Version != cipher.VersionTLS12 || i.Protocol != "other" || i.Credential != other.Credentials[0] {
			t.Errorf("%+v, %v", i, v.ends[serverEnd].Err())
		}
	}
}
