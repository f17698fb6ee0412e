package engine

import (
	"crypto/sha256"
	"sync"

	"tlsengine/x509lite"
)

// This file holds what connections with the same Params share. Each cache has a bound, and a lock that is held for the
// time of a look-up.

// bounded is a map that never holds more than limit entries. When it is full an arbitrary one makes room: enough for
// entries that are cheap to make again.
type bounded[V any] struct {
	mu      sync.Mutex
	entries map[[32]byte]V
	limit   int
}

func (b *bounded[V]) get(key [32]byte) (V, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	v, ok := b.entries[key]
	return v, ok
}

func (b *bounded[V]) put(key [32]byte, v V) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.entries == nil {
		b.entries = make(map[[32]byte]V)
	}
	if len(b.entries) >= b.limit {
		for k := range b.entries {
			delete(b.entries, k)
			break
		}
	}
	b.entries[key] = v
}

// Bounds of the caches: enough for the servers that a busy client meets.
const (
	maxCertificates = 512
	maxSignatures   = 1024

	// Certificates get here before anybody has vouched for them. A longer one than honest peers send is not kept, so that strangers
	// can't make the cache grow beyond 8 MiB.
	maxCertificate = 16 << 10
)

// certificateCache parses each certificate once, by the SHA-256 of its DER. Certificates are immutable, so that all
// connections may share one.
type certificateCache struct {
	bounded[*x509lite.Certificate]
}

func newCertificateCache() *certificateCache {
	return &certificateCache{bounded[*x509lite.Certificate]{limit: maxCertificates}}
}

// parse is x509lite.ParseCertificate, which keeps what it returned. A certificate that can't be parsed is not kept.
func (c *certificateCache) parse(der []byte) (*x509lite.Certificate, error) {
	if len(der) > maxCertificate {
		return x509lite.ParseCertificate(der)
	}
	key := sha256.Sum256(der)
	if cert, ok := c.get(key); ok {
		return cert, nil
	}
	cert, err := x509lite.ParseCertificate(der)
	if err == nil {
		c.put(key, cert)
	}
	return cert, err
}

// signatureCache remembers signatures in certificates that were found valid, and nothing else: dates, names and
// constraints are judged every time.
type signatureCache struct{ bounded[struct{}] }

func newSignatureCache() *signatureCache {
	return &signatureCache{bounded[struct{}]{limit: maxSignatures}}
}

// Valid tells whether the signature with this key was found valid before.
func (c *signatureCache) Valid(key [32]byte) bool {
	_, ok := c.get(key)
	return ok
}

// Remember notes that the signature with this key is valid.
func (c *signatureCache) Remember(key [32]byte) { c.put(key, struct{}{}) }
