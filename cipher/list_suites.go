package cipher

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// SuiteList is what a cipher list selects.
type SuiteList struct {
	Suites []*Suite      // before TLS 1.3, the best first
	Level  SecurityLevel // set by @SECLEVEL, otherwise the one that went in; it has not been applied to Suites
}

// The errors of a list, possibly wrapped.
var (
	ErrListSyntax   = errors.New("the list can't be read")
	ErrNothingMatch = errors.New("the list selects nothing")
)

// maxListLen bounds a list, in bytes: ten times what it takes to name every suite.
const maxListLen = 1 << 16

// ParseSuiteList reads a cipher list in the language of OpenSSL 3.0 (openssl-ciphers(1)). It says nothing about the suites
// of TLS 1.3, which have ParseSuites13. Level is the security level before the list.
//
// Items are separated by colons, commas, semicolons or spaces. An item is a name of OpenSSL's, an alias ("HIGH",
// "kECDHE"), or several of both joined by "+", which select what is in all of them. Alone it puts what it selects at
// the end of the list; with "-" before it takes it out, with "!" for good, with "+" it moves what is already in the
// list to the end. "@STRENGTH" sorts by strength, "@SECLEVEL=n" sets the level. DEFAULT may stand at the beginning,
// where the Suite B words stand for a list of their own. Items with unknown names are passed over.
//
// The error wraps ErrListSyntax or ErrNothingMatch.
func ParseSuiteList(list string, level SecurityLevel) (*SuiteList, error) {
	if len(list) > maxListLen {
		return nil, fmt.Errorf("cipher: %w: it is %d bytes long, at most %d are read", ErrListSyntax, len(list), maxListLen)
	}
	p := listParser{rest: list, level: level}
	for _, s := range opensslOrder() {
		p.places = append(p.places, place{suite: s})
	}
	if err := p.beginning(); err != nil {
		return nil, err
	}
	if err := p.items(); err != nil {
		return nil, err
	}
	l := &SuiteList{Level: p.level}
	for _, x := range p.places {
		if x.on {
			l.Suites = append(l.Suites, x.suite)
		}
	}
	if l.Suites == nil {
		return nil, fmt.Errorf("cipher: %w: %.60q has no cipher suite before TLS 1.3", ErrNothingMatch, list)
	}
	return l, nil
}

// place is a suite's place in the list, be it on or not.
type place struct {
	suite *Suite
	on    bool
}

// listParser is a list half read. Suites that are off keep places too: what is taken out goes to the front, and is
// the first to come back.
type listParser struct {
	rest   string
	places []place
	level  SecurityLevel
}

// defaultList is what DEFAULT stands for, and suiteB what the words of RFC 6460 do; a longer word comes before its beginning.
const defaultList = "ALL:!COMPLEMENTOFDEFAULT:!eNULL"

var suiteB = []struct{ word, list string }{
	{"SUITEB128ONLY", "ECDHE-ECDSA-AES128-GCM-SHA256"},
	{"SUITEB128C2", "ECDHE-ECDSA-AES256-GCM-SHA384"},
	{"SUITEB128", "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384"},
	{"SUITEB192", "ECDHE-ECDSA-AES256-GCM-SHA384"},
}

// beginning looks for the words that count only at the beginning. Suite B replaces the list, whatever follows.
func (p *listParser) beginning() error {
	for _, b := range suiteB {
		if strings.HasPrefix(p.rest, b.word) {
			p.rest = b.list
			return nil
		}
	}
	rest, found := strings.CutPrefix(p.rest, "DEFAULT")
	if !found {
		return nil
	}
	p.rest = defaultList
	err := p.items()
	p.rest = rest
	return err
}

// items reads to the end.
func (p *listParser) items() error {
	for {
		p.rest = strings.TrimLeft(p.rest, separators)
		if p.rest == "" {
			return nil
		}
		if err := p.item(); err != nil {
			return err
		}
	}
}

const separators = ":,; "

// item reads one item.
func (p *listParser) item() error {
	operator := p.rest[0]
	switch operator {
	case '@':
		return p.command()
	case '+', '-', '!':
		p.rest = p.rest[1:]
	default:
		operator = 0
	}
	selected, err := p.selection()
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(p.places, func(x place) bool { return selected(x.suite) }) {
		p.skip()
		return nil
	}
	switch operator {
	case '!':
		p.places = slices.DeleteFunc(p.places, func(x place) bool { return selected(x.suite) })
	case '-':
		p.takeOut(selected)
	case '+':
		p.toEnd(func(x place) bool { return x.on && selected(x.suite) })
	default:
		p.toEnd(func(x place) bool { return !x.on && selected(x.suite) })
	}
	return nil
}

// selection reads names joined by "+" and returns what they have in common.
func (p *listParser) selection() (class, error) {
	selected := class(func(*Suite) bool { return true })
	strength, notDefault := "", false
	for {
		name := p.word()
		switch alias := aliases[name]; {
		case name == "":
			return nil, p.unreadable("a name was expected")
		case name == "COMPLEMENTOFDEFAULT":
			notDefault = true
		case alias == nil:
			// OpenSSL forgets about COMPLEMENTOFDEFAULT when a single suite follows.
			selected, notDefault = both(selected, func(s *Suite) bool { return s.OpenSSL == name }), false
		case strengths[name] && strength != "" && strength != name:
			selected = nothing
		default:
			selected = both(selected, alias)
		}
		if strengths[name] {
			strength = name
		}
		if !strings.HasPrefix(p.rest, "+") {
			break
		}
		p.rest = p.rest[1:]
	}
	if notDefault {
		selected = both(selected, isNotDefault)
	}
	return selected, nil
}

// word takes the letters, digits and marks that names are made of from the front.
func (p *listParser) word() string {
	n := strings.IndexFunc(p.rest, func(r rune) bool {
		return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '.' || r == '=')
	})
	if n < 0 {
		n = len(p.rest)
	}
	name := p.rest[:n]
	p.rest = p.rest[n:]
	return name
}

// command carries out what follows an "@"; anything glued behind it is passed over.
func (p *listParser) command() error {
	p.rest = p.rest[1:]
	word := p.word()
	digit, isLevel := strings.CutPrefix(word, "SECLEVEL=")
	level := strings.Index("012345", digit)
	switch {
	case word == "STRENGTH":
		p.byStrength()
	case isLevel && len(digit) == 1 && level >= 0:
		p.level = SecurityLevel(level)
	default:
		return p.unreadable("the commands are @STRENGTH and @SECLEVEL=0 to 5")
	}
	p.skip()
	return nil
}

// skip passes over what is left of an item.
func (p *listParser) skip() {
	if n := strings.IndexAny(p.rest, separators); n >= 0 {
		p.rest = p.rest[n:]
	} else {
		p.rest = ""
	}
}

// takeOut turns what is selected off and moves it to the front.
func (p *listParser) takeOut(selected class) {
	out, others := p.part(func(x place) bool { return x.on && selected(x.suite) })
	for i := range out {
		out[i].on = false
	}
	p.places = append(out, others...)
}

// toEnd moves places to the end and turns them on.
func (p *listParser) toEnd(which func(place) bool) {
	moved, others := p.part(which)
	for i := range moved {
		moved[i].on = true
	}
	p.places = append(others, moved...)
}

// byStrength sorts what is on.
func (p *listParser) byStrength() {
	on, off := p.part(func(x place) bool { return x.on })
	slices.SortStableFunc(on, func(a, b place) int { return cmp.Compare(b.suite.Bulk.Bits, a.suite.Bulk.Bits) })
	p.places = append(off, on...)
}

// part divides the places into those that are meant and the others, each in order.
func (p *listParser) part(which func(place) bool) (yes, no []place) {
	for _, x := range p.places {
		if which(x) {
			yes = append(yes, x)
		} else {
			no = append(no, x)
		}
	}
	return yes, no
}

// unreadable says where reading ended.
func (p *listParser) unreadable(why string) error {
	return fmt.Errorf("cipher: %w: %s before %.40q", ErrListSyntax, why, p.rest)
}
