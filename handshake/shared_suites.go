package handshake

import (
	"slices"
	"sync"

	"tlsengine/cipher"
)

// SuiteLists keeps lists of suites that many connections have alike, so that each of them holds a pointer only. Clients are of
// few kinds; those beyond get lists of their own. The zero value is ready for use; nil keeps none.
type SuiteLists struct {
	mu    sync.Mutex
	known []*[]*cipher.Suite
}

// maxSuiteLists is how many lists are kept at most.
const maxSuiteLists = 32

// sharedSuites returns what a client offers of p's suites, of all versions, in its order.
func (p *Params) sharedSuites(client []cipher.SuiteID) *[]*cipher.Suite {
	shared := make([]*cipher.Suite, 0, 64) // does not leave the stack
	for _, id := range client {
		if s := suiteByID(p.Suites, id); s != nil && !slices.Contains(shared, s) {
			shared = append(shared, s)
		}
	}
	return p.SuiteLists.find(shared)
}

// find returns a list with the same content, from the kept ones if possible. It does not keep its argument.
func (l *SuiteLists) find(list []*cipher.Suite) *[]*cipher.Suite {
	if l == nil {
		own := slices.Clone(list)
		return &own
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, known := range l.known {
		if slices.Equal(*known, list) {
			return known
		}
	}
	own := slices.Clone(list)
	if len(l.known) < maxSuiteLists {
		l.known = append(l.known, &own)
	}
	return &own
}

// SharedSuites returns, on servers, what the client offered of our own suites, of all versions, in its order; nil on clients. The
// slice is read only.
func (i *Info) SharedSuites() []*cipher.Suite {
	if i.shared == nil {
		return nil
	}
	return *i.shared
}
