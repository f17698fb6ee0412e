package engine

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"tlsengine/handshake"
	"tlsengine/record"
)

// This file lets one end of every story misbehave with all its keys in hand: it changes its own messages before they are written, hashed,
// signed and protected, so that whatever it says is as authentic as it can be, and says things in between.

// FuzzShaped tells a story whose end who shapes its messages as edits say, five bytes each: the number of the message (with the highest bit
// set: of the round, before which something else is said), two bytes of place, a deed and a value. Whatever the end does, the other one
// doesn't panic, hang, or fail with an internal error; it tells the alert that its error has; it reports nothing that it wasn't configured
// for; it holds memory in proportion to what it was sent; and it receives no data that wasn't sent.
func FuzzShaped(f *testing.F) {
	all := stories()
	for i, s := range all {
		s.acts = briefly(s.acts)
		s.params = s.freeze(f, 0)
		for who := range byte(2) {
			f.Add(byte(i), who, []byte{})
			f.Add(byte(i), who, []byte{who, 0, byte(i), 0, 1, 1 + who, 0, byte(3 * i), 1, 3})
			f.Add(byte(i), who, []byte{0x82, 0, byte(i), 0, 1, 0x88, 0, byte(i + 1), 1, 0})
		}
	}
	f.Fuzz(func(t *testing.T, which, who byte, edits []byte) {
		if len(edits) > 60 {
			return
		}
		s := all[int(which)%len(all)]
		tellShaped(t, s, int(who&1), edits)
	})
}

// briefly returns the acts with less data.
func briefly(acts []act) []act {
	acts = slices.Clone(acts)
	for i := range acts {
		acts[i].n = min(acts[i].n, 600)
	}
	return acts
}

// tellShaped tells s with a misbehaving end.
func tellShaped(t *testing.T, s *story, who int, edits []byte) {
	sh := newShaper(edits)
	defer sh.undo()
	by := &watched{}
	defer func() {
		if r := recover(); r != nil && by.liar == nil {
			panic(r)
		} // else what it shaped can't be written at all
	}()
	v := s.begin(t, by, 0)
	v.misbehave(by, who, sh)
	v.run(t)
	if err := v.blameless(1-who, who); err != nil {
		t.Fatalf("%s, end %d, %s: %v\nclient: %s, %v\nserver: %s, %v", s.name, who, sh.did, err,
			v.outcome.fail[0], v.outcome.status[0], v.outcome.fail[1], v.outcome.status[1])
	}
}

// watched is direct, and knows when a liar is at work.
type watched struct {
	direct
	ends *[2]*Conn
	who  int
	liar *Conn // while it is
}

func (w *watched) deliver(to *Conn, p, got []byte) []byte {
	w.at(to)
	got = w.direct.deliver(to, p, got)
	w.liar = nil
	return got
}

func (w *watched) answer(c *Conn, last bool) {
	w.at(c)
	w.direct.answer(c, last)
	w.liar = nil
}

func (w *watched) at(c *Conn) {
	if c == w.ends[w.who] {
		w.liar = c
	}
}

// misbehave replaces an end by one that goes by sh.
func (v *telling) misbehave(by *watched, who int, sh *shaper) {
	c := newConn(v.ends[who].params, Options{})
	by.ends, by.who, by.liar = &v.ends, who, c
	o := Options{Rand: seeded(byte(1 + who))}
	machine := handshake.NewServer
	if who == clientEnd {
		o, machine = v.options, handshake.NewClient
	}
	h := c.options(o)
	h.Shape = sh.shape
	c.in.machine = *machine(c.params.handshake, h)
	if who == clientEnd {
		flight, err := c.in.machine.Start()
		if err == nil {
			c.carryOut(flight)
		} else {
			c.fail(err)
		}
		c.Write(filler(v.early))
	}
	by.liar = nil
	v.ends[who] = c
	round := 0
	v.between = func(v *telling) {
		sh.interject(c, round)
		round++
	}
}

// blameless checks what must hold of an end whatever the other one does.
func (v *telling) blameless(victim, liar int) error {
	c, to := v.ends[victim], v.ends[liar]
	if n := c.Footprint(); n > 1<<17+9*len(v.outcome.sent[liar]) { // decompression alone has 80 KiB
		return fmt.Errorf("%d bytes are held after %d bytes of input", n, len(v.outcome.sent[liar]))
	}
	if i := c.Info(); i != nil {
		if err := permitted(i, c.params.handshake); err != nil {
			return err
		}
	}
	err := c.Err()
	if err == nil {
		return nil
	}
	var e, told *record.Error
	if !errors.As(err, &e) || !e.Remote && !e.Alert.Known() || e.Reason == 0 || !e.Remote && (e.Reason == record.ReasonInternalError || e.Alert == record.AlertInternalError) {
		return errors.New("the error says that we are to blame")
	}
	if e.Remote || v.early > 0 || to.Status().Has(PeerClosed) { // under the keys of early data, an alert may be skipped with it
		return nil
	}
	if !errors.As(to.Err(), &told) || told.Remote && told.Alert != c.out.alerts.Send(e.Alert) {
		return fmt.Errorf("the alert %v was not told", e.Alert)
	}
	return nil
}

// permitted checks a report against what was configured.
func permitted(i *handshake.Info, p *handshake.Params) error {
	switch {
	case !slices.Contains(p.Versions, i.Version):
		return fmt.Errorf("version %v", i.Version)
	case !slices.Contains(p.Suites, i.Suite) || !i.Suite.Usable(i.Version):
		return fmt.Errorf("suite %v", i.Suite.ID)
	case i.Group != nil && i.Group.ID != 0 && i.Group.Usable(i.Version) && !slices.Contains(p.Groups, i.Group):
		return fmt.Errorf("group %v", i.Group.ID)
	case i.Protocol != "" && !slices.Contains(p.Protocols, i.Protocol):
		return fmt.Errorf("protocol %q", i.Protocol)
	case i.Compression != 0 && !p.Compression:
		return errors.New("compression")
	}
	return nil
}

// shaper changes messages as edits say.
type shaper struct {
	edits []edit
	n     int // the message that comes next
	saved []func()
	did   string
}

type edit struct {
	at          byte
	place       int
	deed, value byte
}

func newShaper(edits []byte) *shaper {
	sh := new(shaper)
	for ; len(edits) >= 5; edits = edits[5:] {
		sh.edits = append(sh.edits, edit{edits[0], int(edits[1])<<8 | int(edits[2]), edits[3], edits[4]})
	}
	return sh
}

// undo gives messages that all connections of a credential share their old contents.
func (sh *shaper) undo() {
	for _, f := range slices.Backward(sh.saved) {
		f()
	}
}

// shape is handshake.Options.Shape.
func (sh *shaper) shape(m handshake.Message) {
	for _, e := range sh.edits {
		if int(e.at) != sh.n {
			continue
		}
		v := reflect.ValueOf(m)
		if v.Kind() != reflect.Pointer {
			continue
		}
		v = v.Elem()
		switch m.(type) {
		case *handshake.Certificate, *handshake.CompressedCertificate: // the others are the connection's own
			old := reflect.New(v.Type()).Elem()
			old.Set(v)
			sh.saved = append(sh.saved, func() { v.Set(old) })
		}
		own(v)
		var places []spot
		collect("", v, &places)
		if len(places) > 0 {
			p := places[e.place%len(places)]
			sh.did += fmt.Sprintf("; %T%s: %d, %d", m, p.path, e.deed, e.value)
			p.change(e)
		}
	}
	sh.n++
}

// spot is a part of a message that can be changed.
type spot struct {
	path string
	v    reflect.Value
}

// own makes v's slices and pointers its own.
func own(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				own(v.Field(i))
			}
		}
	case reflect.Slice:
		if v.IsNil() {
			return
		}
		fresh := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(fresh, v)
		v.Set(fresh)
		if v.Type().Elem().Kind() != reflect.Uint8 {
			for i := range v.Len() {
				own(v.Index(i))
			}
		}
	case reflect.Pointer:
		if !v.IsNil() && shapes(v.Type().Elem()) {
			fresh := reflect.New(v.Type().Elem())
			fresh.Elem().Set(v.Elem())
			v.Set(fresh)
			own(fresh.Elem())
		}
	}
}

// shapes tells whether t is a part of messages.
func shapes(t reflect.Type) bool {
	return t == reflect.TypeFor[handshake.Extensions]() || t == reflect.TypeFor[handshake.DelegatedCredential]()
}

// collect finds the places in v.
func collect(path string, v reflect.Value, places *[]spot) {
	add := func() { *places = append(*places, spot{path, v}) }
	if v.Type() == reflect.TypeFor[handshake.ExtensionSet]() {
		for range 10 {
			add()
		}
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				collect(path+"."+f.Name, v.Field(i), places)
			}
		}
	case reflect.Slice:
		add()
		if v.Type().Elem().Kind() != reflect.Uint8 {
			for i := range min(v.Len(), 20) {
				collect(fmt.Sprintf("%s[%d]", path, i), v.Index(i), places)
			}
		}
	case reflect.Pointer:
		if shapes(v.Type().Elem()) {
			add()
			if !v.IsNil() {
				collect(path, v.Elem(), places)
			}
		}
	case reflect.String, reflect.Array, reflect.Bool, reflect.Uint8, reflect.Uint16, reflect.Uint32:
		add()
	}
}

// change does to the place what e says.
func (p spot) change(e edit) {
	v, n := p.v, int(e.value)
	if set, ok := v.Addr().Interface().(*handshake.ExtensionSet); ok {
		id := someExtensions[n%len(someExtensions)]
		if set.Has(id) {
			set.Remove(id)
		} else {
			set.Add(id)
		}
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Uint8, reflect.Uint16, reflect.Uint32:
		bits := v.Type().Bits()
		numbers := []uint64{uint64(n), v.Uint() ^ 1<<(n%bits), v.Uint() + 1, v.Uint() - 1, 0, 1<<bits - 1, uint64(n) << 8, uint64(n) * 0x101}
		v.SetUint(numbers[int(e.deed)%len(numbers)] & (1<<bits - 1))
	case reflect.String:
		v.SetString(string(changed([]byte(v.String()), e)))
	case reflect.Array:
		v.Index(n % v.Len()).SetUint(uint64(e.deed))
	case reflect.Pointer:
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		} else {
			v.SetZero()
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 && v.Type().Elem() == reflect.TypeFor[byte]() {
			v.SetBytes(changed(bytes.Clone(v.Bytes()), e))
			return
		}
		changeList(v, e)
	}
}

// changed changes a string.
func changed(b []byte, e edit) []byte {
	n := int(e.value)
	switch e.deed % 7 {
	case 0:
		return b[:min(n, len(b))]
	case 1:
		return append(b, e.value)
	case 2:
		if len(b) > 0 {
			b[n%len(b)] ^= 1 << (e.deed >> 5)
		}
	case 3:
		return nil
	case 4:
		return bytes.Repeat([]byte{e.deed}, n)
	case 5:
		return bytes.Repeat([]byte{e.deed}, n<<6)
	case 6:
		clear(b)
	}
	return b
}

// changeList changes a list of other things.
func changeList(v reflect.Value, e edit) {
	n, some := int(e.value), v.Len()
	switch e.deed % 6 {
	case 0: // leave one out
		if some > 0 {
			n %= some
			v.Set(reflect.AppendSlice(v.Slice3(0, n, n), v.Slice(n+1, some)))
		}
	case 1: // say one twice
		if some > 0 {
			v.Set(reflect.Append(v, v.Index(n%some)))
		}
	case 2: // swap two
		if some > 1 {
			swap := reflect.Swapper(v.Interface())
			swap(n%some, n/some%some)
		}
	case 3:
		v.SetZero()
	case 4: // an empty one
		fresh := reflect.New(v.Type().Elem()).Elem()
		if raw, ok := fresh.Addr().Interface().(*handshake.RawExtension); ok {
			raw.ID, raw.Body = handshake.ExtensionID(0x4000+n), make([]byte, n%3)
		}
		v.Set(reflect.Append(v, fresh))
	case 5: // one again and again
		for range n * 8 {
			if some > 0 {
				v.Set(reflect.Append(v, v.Index(0)))
			}
		}
	}
}

// someExtensions are those that messages may have.
var someExtensions = func() (all []handshake.ExtensionID) {
	for id := range handshake.ExtensionID(62) {
		if id.String()[:5] != "exten" {
			all = append(all, id)
		}
	}
	return append(all, handshake.ExtEncryptedClientHello, handshake.ExtRenegotiationInfo, handshake.ExtNextProtocols)
}()

// interject says what edits have for this round.
func (sh *shaper) interject(c *Conn, round int) {
	if c.Err() != nil {
		return
	}
	for _, e := range sh.edits {
		if e.at&0x80 == 0 || int(e.at&0x7f) != round {
			continue
		}
		x := interjections[e.place%len(interjections)]
		body := bytes.Repeat(x.body, 1+int(e.value%4))
		if e.deed&1 != 0 && len(body) > 0 {
			body = body[:len(body)-1-int(e.deed>>1)%len(body)]
		}
		sh.did += fmt.Sprintf("; round %d: %v %x", round, x.kind, body)
		c.seal(x.kind, body)
	}
}

// interjections are what may come, or may not, at any time.
var interjections = []struct {
	kind record.ContentType
	body []byte
}{
	{record.TypeHandshake, []byte{24, 0, 0, 1, 1}},
	{record.TypeHandshake, []byte{24, 0, 0, 1, 0}},
	{record.TypeHandshake, []byte{0, 0, 0, 0}},
	{record.TypeHandshake, []byte{5, 0, 0, 0}},
	{record.TypeHandshake, []byte{4, 0, 0, 14, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 7, 0, 0}},
	{record.TypeHandshake, []byte{4, 0, 0, 7, 0, 0, 1, 0, 0, 1, 7}},
	{record.TypeHandshake, []byte{13, 0, 0, 11, 0, 0, 8, 0, 13, 0, 4, 0, 2, 4, 3}},
	{record.TypeHandshake, []byte{14, 0, 0, 0}},
	{record.TypeHandshake, []byte{11, 0, 0, 3, 0, 0, 0}},
	{record.TypeHandshake, []byte{11, 0, 0, 4, 0, 0, 0, 0}},
	{record.TypeHandshake, append([]byte{20, 0, 0, 12}, make([]byte, 12)...)},
	{record.TypeHandshake, []byte{1, 0, 0, 40}},
	{record.TypeHandshake, hostileHello(true)},
	{record.TypeHandshake, []byte{22, 0, 0, 5, 1, 0, 0, 1, 7}},
	{record.TypeHandshake, nil},
	{record.TypeChangeCipherSpec, []byte{1}},
	{record.TypeAlert, []byte{1, 0}},
	{record.TypeAlert, []byte{1, 90}},
	{record.TypeAlert, []byte{1, 100}},
	{record.TypeAlert, []byte{1, 41}},
	{record.TypeAlert, []byte{2, 40}},
	{record.TypeApplicationData, nil},
	{record.TypeHandshake, []byte{67, 0, 0, 32}},
}
