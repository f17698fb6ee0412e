package sslsock

import (
	"bytes"
	"errors"
	"hash/maphash"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"tlsengine/record"
	"tlsengine/x509lite"
)

// This file keeps what a context trusts: certificates that were loaded, and directories in which more are found.

// trust adds certificates to the trusted ones, each once.
func (c *Context) trust(list []x509lite.Anchor) {
	c.change(func(s *settings) { s.anchors = appendNew(slices.Clip(s.anchors), list) })
}

// appendNew appends to dst those of list that are not in it. The first of two with the same certificate stays, with its
// settings.
func appendNew(dst, list []x509lite.Anchor) []x509lite.Anchor {
	if len(list) == 0 {
		return dst
	}
	seed := maphash.MakeSeed()
	known := make(map[uint64]*x509lite.Certificate, len(dst)+len(list))
	isNew := func(c *x509lite.Certificate) bool {
		hash := maphash.Bytes(seed, c.Raw())
		if c.Equal(known[hash]) {
			return false
		}
		known[hash] = c
		return true
	}
	for _, a := range dst {
		isNew(a.Certificate)
	}
	for _, a := range list {
		if isNew(a.Certificate) {
			dst = append(dst, a)
		}
	}
	return dst
}

// lookIn adds directories to those in which issuers are looked for: one, or a list as in PATH, which OpenSSL takes too.
func (c *Context) lookIn(path string) {
	c.change(func(s *settings) {
		for _, dir := range filepath.SplitList(path) {
			if dir != "" && !slices.Contains(s.directories, dir) {
				s.directories = append(slices.Clip(s.directories), dir)
			}
		}
		if s.found == nil {
			s.found = new(found)
		}
	})
}

// found are the certificates that were found in a context's directories, in the order of finding. All pools of the context
// share it: what was found stays trusted, whatever is set later.
type found struct {
	mu   sync.Mutex
	list []x509lite.Anchor
}

// add adds those that are new.
func (f *found) add(list []x509lite.Anchor) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list = appendNew(f.list, list)
}

// all returns those found so far. The slice is only appended to.
func (f *found) all() []x509lite.Anchor {
	if f == nil {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clip(f.list)
}

// directories is a pool's source: hashed directories, which are all asked, and where it is noted what they gave.
type directories struct {
	list  []*x509lite.HashedDirectory
	found *found
}

// Anchors returns the certificates for a subject.
func (d directories) Anchors(subject x509lite.Name) []x509lite.Anchor {
	var all []x509lite.Anchor
	for _, one := range d.list {
		all = append(all, one.Anchors(subject)...)
	}
	d.found.add(all)
	return all
}

// hashedDirectory reads a directory's files when they are asked for.
func hashedDirectory(dir string) *x509lite.HashedDirectory {
	return &x509lite.HashedDirectory{
		ReadFile: func(name string) ([]byte, error) { return os.ReadFile(filepath.Join(dir, name)) },
	}
}

// pool returns the trusted certificates as the engine takes them.
func (s *settings) pool() *x509lite.Pool {
	p := x509lite.NewPool()
	if len(s.directories) > 0 {
		source := directories{found: s.found}
		for _, dir := range s.directories {
			source.list = append(source.list, hashedDirectory(dir))
		}
		p = x509lite.NewPoolFrom(source)
	}
	for _, a := range s.known() {
		p.AddAnchor(a)
	}
	return p
}

// known returns the certificates that were loaded, and then those found in directories so far, each once.
func (s *settings) known() []x509lite.Anchor {
	return appendNew(slices.Clip(s.anchors), s.found.all())
}

// parseAnchors returns the certificates of a PEM text with the purposes that they are trusted for. Of a text that has
// broken ones, the error tells of those; x509lite.ErrNoCertificate is for one without any.
func parseAnchors(text []byte) ([]x509lite.Anchor, error) {
	list, err := x509lite.ParseAnchorsPEM(text)
	if several, ok := err.(interface{ Unwrap() []error }); ok && len(list) == 0 {
		if all := several.Unwrap(); len(all) > 1 {
			// The last one, that there is no certificate, only follows from the others.
			err = errors.Join(all[:len(all)-1]...)
		}
	}
	return list, err
}

// readAnchors reads a file of PEM certificates and revocation lists.
func readAnchors(path string) ([]x509lite.Anchor, []*x509lite.CRL, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, err
	}
	list, err := parseAnchors(text)
	none := errors.Is(err, x509lite.ErrNoCertificate)
	if err != nil && !none {
		return nil, nil, pemError(&fs.PathError{Op: "parse", Path: path, Err: err})
	}
	lists, problem := parseLists(text)
	if problem != nil {
		return nil, nil, pemError(&fs.PathError{Op: "parse", Path: path, Err: problem})
	}
	if none && len(lists) == 0 {
		return nil, nil, &SSLError{
			Code: ErrorSSL, Library: "X509", Reason: record.ReasonNoCertificateOrCRLFound.String(),
			Message: "no certificate or crl found in " + path, Err: err,
		}
	}
	return list, lists, nil
}

// CertStoreStats counts what a context trusts.
type CertStoreStats struct {
	X509   int // certificates
	X509CA int // those among them that are certificate authorities'
	CRL    int // certificate revocation lists, those in directories left out
}

// CertStoreStats counts what the context trusts. The own chain doesn't count, nor what was not yet looked for in directories.
func (c *Context) CertStoreStats() CertStoreStats {
	s := c.current()
	return CertStoreStats{X509: len(s.known()), X509CA: len(s.authorities()), CRL: len(s.lists)}
}

// authorities returns the certificates of certificate authorities among the trusted ones.
func (s *settings) authorities() []*x509lite.Certificate {
	var list []*x509lite.Certificate
	for _, a := range s.known() {
		if isAuthority(a.Certificate) {
			list = append(list, a.Certificate)
		}
	}
	return list
}

// isAuthority tells whether a trusted certificate counts as an authority's, as OpenSSL counts: one that says so, or a root from
// before there was a way to say it (X.509 version 1).
func isAuthority(c *x509lite.Certificate) bool {
	return c.IsCA() || c.Version() == 1 && c.SelfIssued()
}

// CACertsDER returns the trusted certificates that are certificate authorities', as DER: those that were loaded in the order
// of loading, then those that verifications found in directories. The slices are the caller's.
func (c *Context) CACertsDER() [][]byte {
	s := c.current()
	var list [][]byte
	for _, a := range s.authorities() {
		list = append(list, bytes.Clone(a.Raw()))
	}
	return list
}

// CACerts returns the certificates of CACertsDER, in the same order, as PeerCert shows them. One with a name that can't be
// shown is Empty.
func (c *Context) CACerts() []*CertInfo {
	s := c.current()
	list := []*CertInfo{}
	for _, a := range s.authorities() {
		info, err := a.Info()
		if err != nil {
			info = new(CertInfo)
		}
		list = append(list, info)
	}
	return list
}
