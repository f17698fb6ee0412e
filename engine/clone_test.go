package engine

import (
	"bytes"
	"testing"

	"tlsengine/handshake"

	"pgregory.net/rapid"
)

// fork returns a telling that goes on from here with clones of both ends.
func (v *telling) fork(t *testing.T) *telling {
	f := *v
	f.between = nil
	for who, c := range v.ends {
		clone, err := c.Clone()
		if err != nil {
			t.Fatal(err)
		}
		f.ends[who] = clone
		f.outcome.sent[who] = bytes.Clone(v.outcome.sent[who])
		f.outcome.got[who] = bytes.Clone(v.outcome.got[who])
	}
	return &f
}

// TestACloneGoesOnAsTheOriginalWould: at any moment both ends are cloned. The originals tell the story to its end, then the clones
// do, and all is as if there had been no clones; when the originals are closed half way, too.
func TestACloneGoesOnAsTheOriginalWould(t *testing.T) {
	tellings(t, func(rt *rapid.T, s *story, want *outcome) {
		deferred := handshake.OperationKinds(0)
		if rapid.Bool().Draw(rt, "deferred") {
			deferred = handshake.AllOperations()
		}
		at := rapid.IntRange(0, 25).Draw(rt, "round")
		closes := rapid.Bool().Draw(rt, "close the originals")
		v := s.begin(t, direct{}, deferred)
		var f *telling
		v.between = func(v *telling) {
			if at--; at != 0 {
				return
			}
			f = v.fork(t)
			if closes {
				v.ends[clientEnd].Close()
				v.ends[serverEnd].Close()
			}
		}
		o := v.run(t)
		if diff := want.diff(o); diff != "" && (f == nil || !closes) {
			rt.Fatalf("%s: the originals: %s", s.name, diff)
		}
		if f == nil {
			return
		}
		if diff := want.diff(f.run(t)); diff != "" {
			rt.Fatalf("%s: the clones: %s", s.name, diff)
		}
	})
}

// TestChainsOfClones replaces each end by its clone, and closes it, before each round.
func TestChainsOfClones(t *testing.T) {
	eachStory(t, func(t *testing.T, s *story, want *outcome) {
		for _, deferred := range []handshake.OperationKinds{0, handshake.AllOperations()} {
			v := s.begin(t, direct{}, deferred)
			v.between = func(v *telling) {
				f := v.fork(t)
				v.ends[clientEnd].Close()
				v.ends[serverEnd].Close()
				v.ends = f.ends
			}
			if diff := want.diff(v.run(t)); diff != "" {
				t.Errorf("deferred %b: %s", deferred, diff)
			}
		}
	})
}

// TestAClosedConnectionIsNotCloned, because nothing of it is left.
func TestAClosedConnectionIsNotCloned(t *testing.T) {
	c, _ := pair(t, newTestPKI(t).clientConfig(), newTestPKI(t).serverConfig())
	c.Close()
	if clone, err := c.Clone(); err == nil || clone != nil {
		t.Error("a closed connection was cloned")
	}
}

// nosy calls everything that only looks, between everything else, and lets the connection sleep where it can.
type nosy struct{ splitter }

func (n *nosy) deliver(to *Conn, p, got []byte) []byte {
	for len(p) > 0 {
		k := min(len(p), 1+n.r.IntN(n.piece))
		n.look(to)
		got = n.splitter.deliver(to, p[:k], got)
		p = p[k:]
	}
	n.look(to)
	return n.drain(to, got)
}

func (n *nosy) look(c *Conn) {
	c.Status()
	c.Owes()
	c.Err()
	c.Info()
	c.Export("EXPERIMENTAL nosy", nil, 8)
	c.Footprint()
	c.Pending()
	c.Rest()
	c.Value()
	c.Sleep()
	c.Outgoing()
	c.Resume()
	c.Write(nil)
	c.Sent(0)
	if len(c.Buffer()) > 0 {
		c.Commit(0)
	}
}

// TestLookingChangesNothing: status calls, sleep and calls without bytes leave all as it would be.
func TestLookingChangesNothing(t *testing.T) {
	tellings(t, func(rt *rapid.T, s *story, want *outcome) {
		how := &nosy{*drawSplitter(rt)}
		if how.piece < 100 {
			how.piece = 100
		}
		if diff := want.diff(s.tell(t, how)); diff != "" {
			rt.Fatalf("%s: %+v: %s", s.name, how, diff)
		}
	})
}

// TestTheOtherHalfChangesNothing: what one half sends doesn't depend on when the other half is used: reading all at the end
// gives the same bytes as reading at once. (An answer to a KeyUpdate or a close does depend on it, and is not asked for.)
func TestTheOtherHalfChangesNothing(t *testing.T) {
	for _, s := range []*story{{name: "1.3"}, {name: "1.2", client: only(0x0303)}, {name: "1.3 auth", client: with(authenticated), server: with(requires)}} {
		var sent, got [2][2][]byte
		for way := range 2 {
			v := s.begin(t, direct{}, 0)
			v.settle(t)
			for i := range 20 {
				for who := range 2 {
					if (i+who)%3 == 0 {
						v.ends[who].UpdateKeys(false)
					}
					v.ends[who].Write(filler(100 * i))
					out := v.ends[who].Outgoing()
					sent[way][who] = append(sent[way][who], out...)
					if n, err := v.ends[1-who].Feed(out); n != len(out) || err != nil {
						t.Fatal(n, err)
					}
					v.ends[who].Sent(len(out))
					if way == 0 {
						got[way][1-who] = direct{}.deliver(v.ends[1-who], nil, got[way][1-who])
					}
				}
			}
			for who := range 2 {
				got[way][who] = direct{}.deliver(v.ends[who], nil, got[way][who])
			}
		}
		for who := range 2 {
			if !bytes.Equal(sent[0][who], sent[1][who]) || !bytes.Equal(got[0][who], got[1][who]) || len(got[0][who]) != 19000 {
				t.Errorf("%s: end %d: %d and %d bytes sent, %d and %d received", s.name, who, len(sent[0][who]), len(sent[1][who]), len(got[0][who]), len(got[1][who]))
			}
		}
	}
}
