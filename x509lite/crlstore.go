package x509lite

import (
	"errors"
	"fmt"
)

// CRLSource finds CRLs. Verify asks it for those of one issuer; it may load them then. Its method may be called from several
// goroutines.
type CRLSource interface {
	// IssuedBy returns the lists, complete and delta, that the issuer is named in, in any order; the slice is only read.
	IssuedBy(issuer Name) []*CRL
}

// CRLStore is a CRLSource in memory. Once filled it may be read from any number of goroutines.
type CRLStore struct {
	byIssuer map[string][]*CRL // key: canonical name
	count    int
}

// NewCRLStore returns an empty store.
func NewCRLStore() *CRLStore { return &CRLStore{byIssuer: make(map[string][]*CRL)} }

// Add adds a list unless it is there.
func (s *CRLStore) Add(l *CRL) {
	var space [nameSpace]byte
	key := canonicalName(space[:0], l.issuer.of(l.raw))
	list := s.byIssuer[string(key)]
	for _, other := range list {
		if string(l.raw) == string(other.raw) {
			return
		}
	}
	s.byIssuer[string(key)] = append(list, l)
	s.count++
}

// crlLabel is the label of blocks that hold a CRL (RFC 7468, Section 7).
const crlLabel = "X509 CRL"

// ErrNoCRL is the error for a text without any CRL.
var ErrNoCRL = errors.New("x509lite: no CRL in PEM")

// AddPEM adds every block "X509 CRL" of a PEM text and returns how many were read. What is broken doesn't keep the others out:
// the error joins what was wrong, with line numbers, at most ten. A text without any CRL gives ErrNoCRL. text is not kept.
func (s *CRLStore) AddPEM(text []byte) (n int, err error) {
	r := pemReader{rest: text}
	var wrong faults
	for b, err := range r.blocks() {
		if err == nil && b.Type != crlLabel {
			continue
		}
		var l *CRL
		if err == nil {
			if l, err = parseOwnedCRL(b.Bytes); err != nil {
				err = fmt.Errorf("CRL in line %d: %w", b.Line, err)
			}
		}
		if err != nil {
			wrong.add(err)
			continue
		}
		s.Add(l)
		n++
	}
	if n == 0 {
		wrong.add(ErrNoCRL)
	}
	return n, errors.Join(wrong...)
}

// Len returns the number of lists.
func (s *CRLStore) Len() int {
	if s == nil {
		return 0
	}
	return s.count
}

// IssuedBy returns the lists of the issuer; the slice is the store's.
func (s *CRLStore) IssuedBy(issuer Name) []*CRL {
	if s == nil {
		return nil
	}
	var space [nameSpace]byte
	return s.byIssuer[string(canonicalName(space[:0], issuer.der))]
}
