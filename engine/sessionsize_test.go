package engine

import (
	"testing"
	"time"

	"tlsengine/handshake"
	"tlsengine/x509lite"
)

// TestSessionCacheCountsTimestamps: what comes with a client's certificate counts as its bytes do: nobody judges timestamps.
func TestSessionCacheCountsTimestamps(t *testing.T) {
	p := newTestPKI(t)
	const size, limit = 30000, 200000
	list := append([]byte{size >> 8, size & 255, (size - 2) >> 8, (size - 2) & 255}, make([]byte, size-2)...)
	heavy, err := p.credentials[x509lite.KeyP256].WithSCTs(list)
	if err != nil {
		t.Fatal(err)
	}
	cache := NewSessionCache(CacheLimits{Bytes: limit, Time: func() time.Time { return testTime }})
	client, server := p.clientConfig(), p.serverConfig()
	client.Credentials = []*handshake.Credential{heavy}
	keeps(p, client)
	server.ClientAuth, server.SCTs, server.Tickets = handshake.AuthRequired, true, cache.Tickets()
	for range 8 {
		c, s := pair(t, client, server)
		connect(t, c, s)
		if len(s.Info().SCTs) < size {
			t.Fatalf("%d bytes of timestamps arrived", len(s.Info().SCTs))
		}
	}
	if n := cache.Counts().Number; n == 0 || n*size > limit {
		t.Errorf("%d sessions of more than %d bytes are in a cache for %d", n, size, limit)
	}
}
