package x509lite

import "crypto/sha256"

// identity is what searches for paths compare certificates by. It is made of a certificate once, when the first search asks:
// the certificate never changes.
type identity struct {
	subject, issuer string // canonical: the same bytes exactly if RFC 5280, Section 7.1 calls the names equal
	key             [sha256.Size]byte
}

// identity returns it.
func (c *Certificate) identity() *identity {
	if i := c.known.Load(); i != nil {
		return i
	}
	var space [2 * nameSpace]byte
	names := canonicalName(space[:0], c.RawSubject())
	n := len(names)
	names = canonicalName(names, c.RawIssuer())
	both := string(names)
	i := &identity{subject: both[:n], issuer: both[n:], key: sha256.Sum256(c.RawSPKI())}
	c.known.Store(i) // if another search was faster, both are the same
	return i
}
