package x509lite

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
)

// Pool is a set of trusted certificates. Every certificate in it is a trust anchor, wherever it stands in a chain, a leaf or an
// intermediate included. Once filled it may be read from any number of goroutines.
type Pool struct {
	bySubject map[string][]*Certificate // key: canonical subject, so that names that RFC 5280 calls equal are found
	count     int
}

// NewPool returns an empty pool.
func NewPool() *Pool { return &Pool{bySubject: make(map[string][]*Certificate)} }

// Add adds a certificate unless it is there.
func (p *Pool) Add(c *Certificate) {
	var space [nameSpace]byte
	key := canonicalName(space[:0], c.RawSubject())
	list := p.bySubject[string(key)]
	for _, other := range list {
		if c.Equal(other) {
			return
		}
	}
	p.bySubject[string(key)] = append(list, c)
	p.count++
}

// AddPEM adds every certificate of a PEM text and returns how many blocks of certificates were read. A block that is broken does
// not keep the others out: the error joins what was wrong, with line numbers, at most ten of them. A text without any
// certificate gives ErrNoCertificate. text is not kept.
func (p *Pool) AddPEM(text []byte) (n int, err error) {
	r := pemReader{rest: text}
	var problems []error
	note := func(err error) {
		if len(problems) < 10 {
			problems = append(problems, err)
		}
	}
	for {
		b, ok, err := r.block()
		if err != nil {
			note(err)
			continue
		}
		if !ok {
			break
		}
		if !certificateLabel(b.Type) {
			continue
		}
		c, err := parseOwned(b.Bytes)
		if err != nil {
			note(fmt.Errorf("certificate in line %d: %w", b.Line, err))
			continue
		}
		p.Add(c)
		n++
	}
	if n == 0 {
		note(ErrNoCertificate)
	}
	return n, errors.Join(problems...)
}

// Len returns the number of certificates.
func (p *Pool) Len() int {
	if p == nil {
		return 0
	}
	return p.count
}

// Contains reports whether the very same certificate, byte for byte, is in the pool.
func (p *Pool) Contains(c *Certificate) bool {
	for _, other := range p.named(c.RawSubject()) {
		if c.Equal(other) {
			return true
		}
	}
	return false
}

// All returns the certificates in no particular order, in a fresh slice.
func (p *Pool) All() []*Certificate {
	if p == nil {
		return nil
	}
	list := make([]*Certificate, 0, p.count)
	for _, same := range p.bySubject {
		list = append(list, same...)
	}
	return list
}

// Subjects returns the encoded subjects, once each and in the order of their bytes: what a server sends as certificate authorities.
func (p *Pool) Subjects() [][]byte {
	var list [][]byte
	for _, c := range p.All() {
		list = append(list, c.RawSubject())
	}
	slices.SortFunc(list, bytes.Compare)
	return slices.CompactFunc(list, bytes.Equal)
}

// named returns the certificates with an equal subject; the slice is the pool's.
func (p *Pool) named(subject []byte) []*Certificate {
	if p == nil {
		return nil
	}
	var space [nameSpace]byte
	return p.bySubject[string(canonicalName(space[:0], subject))]
}

// sameKey reports whether two certificates are for the same subject and key, whatever else differs: following both in one path
// gets nowhere new (RFC 4158, Section 5.2).
func sameKey(a, b *Certificate) bool {
	return a == b || bytes.Equal(a.RawSPKI(), b.RawSPKI()) && a.Subject().Equal(b.Subject())
}
