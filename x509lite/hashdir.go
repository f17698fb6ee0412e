package x509lite

import (
	"bytes"
	"fmt"
	"slices"
	"sync"
)

// maxSameHash bounds how many files of one hash are looked at.
const maxSameHash = 64

// HashedDirectory finds certificates and CRLs in a directory as `openssl rehash` lays it out: files that are named by the Hash of
// the subject in eight hexadecimal digits and a number from 0 up ("5ed36f99.0"), CRLs by their issuer's with an "r" before the
// number ("5ed36f99.r0"), each holding PEM. It is a Source and a CRLSource. The names of OpenSSL before 1.0.0, which are hashed
// with MD5, are not looked for. It may be used from several goroutines if ReadFile may.
type HashedDirectory struct {
	// ReadFile returns what is in the file of that name within the directory; an error of any kind means that there is none. The
	// name is of the two forms above, never with a separator. The result is not changed and not kept.
	ReadFile func(name string) ([]byte, error)

	mu     sync.Mutex
	parsed map[string][]*CRL // by canonical issuer, those that were last found
}

// Anchors returns the certificates for this subject. Files that are broken, or hold other subjects, are passed over.
func (d *HashedDirectory) Anchors(subject Name) []Anchor {
	var found []Anchor
	d.each(subject, "", func(text []byte) {
		// A file with a broken block is still good for the others.
		list, _ := ParseAnchorsPEM(text)
		for _, a := range list {
			if a.Certificate.Subject().Equal(subject) {
				found = append(found, a)
			}
		}
	})
	return found
}

// IssuedBy returns the CRLs in the files for this issuer. The files are read each time, so that a newer list is seen, but a list
// that was there before is not parsed again. Blocks that are broken are passed over.
func (d *HashedDirectory) IssuedBy(issuer Name) []*CRL {
	key := string(canonicalName(nil, issuer.der))
	d.mu.Lock()
	before := d.parsed[key]
	d.mu.Unlock()
	var found []*CRL
	d.each(issuer, "r", func(text []byte) { found = appendCRLs(found, text, before) })
	if len(found) == 0 {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.parsed == nil {
		d.parsed = make(map[string][]*CRL)
	}
	d.parsed[key] = found
	return found
}

// appendCRLs appends the lists of a PEM text to dst; those that are in known as well are taken from there.
func appendCRLs(dst []*CRL, text []byte, known []*CRL) []*CRL {
	r := pemReader{rest: text}
	for b, err := range r.blocks() {
		if err != nil || b.Type != crlLabel {
			continue
		}
		if i := slices.IndexFunc(known, func(l *CRL) bool { return bytes.Equal(l.raw, b.Bytes) }); i >= 0 {
			dst = append(dst, known[i])
		} else if l, err := parseOwnedCRL(b.Bytes); err == nil {
			dst = append(dst, l)
		}
	}
	return dst
}

// each visits the files of a name, up to the first number that there is no file for.
func (d *HashedDirectory) each(name Name, mark string, visit func(text []byte)) {
	hash := name.Hash()
	for n := range maxSameHash {
		text, err := d.ReadFile(fmt.Sprintf("%08x.%s%d", hash, mark, n))
		if err != nil {
			return
		}
		visit(text)
	}
}
