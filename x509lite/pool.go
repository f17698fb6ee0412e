package x509lite

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"slices"
	"sync"
)

// Pool is a set of trusted certificates. Every certificate in it is a trust anchor, wherever it stands in a chain, a leaf or an
// intermediate included, for the purposes that its TrustSettings allow. Once filled it may be read from any number of goroutines;
// one with a Source fills itself while it is read.
type Pool struct {
	mu        sync.RWMutex
	bySubject map[string][]*Certificate // key: canonical subject, so that names that RFC 5280 calls equal are found
	settings  map[*Certificate]*TrustSettings
	count     int

	source Source
	loaded map[string]bool // canonical subjects that the source gave certificates for
}

// Source gives trusted certificates when they are looked for: a directory too large to be read whole, for example. Its methods
// may be called from several goroutines.
type Source interface {
	// Anchors returns the certificates whose subject is Equal to subject, none if there is none or it can't be had now. A subject
	// for which there was none is asked for again.
	Anchors(subject Name) []Anchor
}

// NewPool returns an empty pool.
func NewPool() *Pool { return &Pool{bySubject: make(map[string][]*Certificate)} }

// NewPoolFrom returns a pool that asks the source for certificates when Verify looks for them, and keeps those that it got.
func NewPoolFrom(s Source) *Pool {
	p := NewPool()
	p.source, p.loaded = s, make(map[string]bool)
	return p
}

// Add adds a certificate for all purposes unless it is there.
func (p *Pool) Add(c *Certificate) { p.AddAnchor(Anchor{Certificate: c}) }

// AddAnchor adds a certificate for the purposes of its settings unless it is there, be it for other purposes.
func (p *Pool) AddAnchor(a Anchor) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.add(a, a.Certificate.identity().subject)
}

// add adds under the lock.
func (p *Pool) add(a Anchor, key string) {
	list := p.bySubject[key]
	for _, other := range list {
		if a.Certificate.Equal(other) {
			return
		}
	}
	p.bySubject[key] = append(list, a.Certificate)
	p.count++
	if a.Trust.Trusted != nil || a.Trust.Rejected != nil {
		if p.settings == nil {
			p.settings = make(map[*Certificate]*TrustSettings)
		}
		trust := a.Trust // a copy, so that only anchors with settings cost memory for them
		p.settings[a.Certificate] = &trust
	}
}

// AddPEM adds every certificate of a PEM text as ParseAnchorsPEM reads it, and returns how many were read. Its error is that of
// ParseAnchorsPEM: what is not broken is added in any case.
func (p *Pool) AddPEM(text []byte) (n int, err error) {
	err = eachAnchor(text, func(a Anchor) {
		p.AddAnchor(a)
		n++
	})
	return n, err
}

// Len returns the number of certificates; of a Source's, those that were looked for.
func (p *Pool) Len() int {
	if p == nil {
		return 0
	}
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.count
}

// Contains reports whether the very same certificate, byte for byte, is in the pool.
func (p *Pool) Contains(c *Certificate) bool { return p.find(c) != nil }

// find returns the pool's object for a certificate, nil if it is not there.
func (p *Pool) find(c *Certificate) *Certificate {
	for _, other := range p.namesakes(c) {
		if c.Equal(other) {
			return other
		}
	}
	return nil
}

// trusts reports whether a certificate of the pool is trusted for the purpose.
func (p *Pool) trusts(c *Certificate, purpose Purpose) bool {
	if p.source != nil {
		p.mu.RLock()
		defer p.mu.RUnlock()
	}
	if len(p.settings) == 0 {
		return true
	}
	s := p.settings[c]
	return s == nil || s.Allows(purpose)
}

// All returns the certificates in no particular order, in a fresh slice; of a Source's, those that were looked for.
func (p *Pool) All() []*Certificate {
	if p == nil {
		return nil
	}
	p.mu.RLock()
	defer p.mu.RUnlock()
	list := make([]*Certificate, 0, p.count)
	for _, same := range p.bySubject {
		list = append(list, same...)
	}
	return list
}

// Subjects returns the encoded subjects, once each and in the order of their bytes: what a server sends as certificate
// authorities.
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
	return p.lookUp(string(canonicalName(space[:0], subject)), subject)
}

// issuersOf is named for the issuer of a certificate.
func (p *Pool) issuersOf(c *Certificate) []*Certificate {
	if p == nil {
		return nil
	}
	return p.lookUp(c.identity().issuer, c.RawIssuer())
}

// namesakes is named for the subject of a certificate.
func (p *Pool) namesakes(c *Certificate) []*Certificate {
	if p == nil {
		return nil
	}
	return p.lookUp(c.identity().subject, c.RawSubject())
}

// lookUp returns the certificates with a subject, whose canonical form is key.
func (p *Pool) lookUp(key string, subject []byte) []*Certificate {
	if p.source == nil {
		return p.bySubject[key]
	}
	return p.demand(key, subject)
}

// demand is named for a pool with a source. The source is asked without the lock, for it may take its time.
func (p *Pool) demand(key string, subject []byte) []*Certificate {
	p.mu.RLock()
	list, known := p.bySubject[key], p.loaded[key]
	p.mu.RUnlock()
	if known {
		return list
	}
	more := p.source.Anchors(Name{subject})
	if len(more) == 0 {
		return list
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.loaded[key] {
		for _, a := range more {
			// What a source gives for another name than it was asked for would be found under the wrong one.
			if a.Certificate.Subject().Equal(Name{subject}) {
				p.add(a, key)
			}
		}
		p.loaded[key] = true
	}
	return p.bySubject[key]
}

// sameKey reports whether two certificates are for the same subject and key, whatever else differs: following both in one path
// gets nowhere new (RFC 4158, Section 5.2).
func sameKey(a, b *Certificate) bool {
	return a == b || bytes.Equal(a.RawSPKI(), b.RawSPKI()) && a.Subject().Equal(b.Subject())
}

// Digest returns a digest of the certificates and what each is trusted for, whatever the order in which they were added. What a
// Source gave doesn't count, since it comes as it is looked for: two pools from a Source, filled alike otherwise, have one
// digest.
func (p *Pool) Digest() [sha256.Size]byte {
	h := sha256.New()
	if p == nil {
		return [sha256.Size]byte(h.Sum(nil))
	}
	p.mu.RLock()
	defer p.mu.RUnlock()
	if p.source != nil {
		io.WriteString(h, "from a source")
		return [sha256.Size]byte(h.Sum(nil))
	}
	var anchors [][]byte
	for _, same := range p.bySubject {
		for _, c := range same {
			anchors = append(anchors, p.anchorDigest(c))
		}
	}
	slices.SortFunc(anchors, bytes.Compare)
	for _, a := range anchors {
		h.Write(a)
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// anchorDigest is Digest for one certificate, under the lock.
func (p *Pool) anchorDigest(c *Certificate) []byte {
	h := sha256.New()
	fmt.Fprintf(h, "%d:", len(c.Raw()))
	h.Write(c.Raw())
	if s := p.settings[c]; s != nil {
		fmt.Fprintf(h, "%t%q%q", s.Trusted == nil, s.Trusted, s.Rejected)
	}
	return h.Sum(nil)
}
