package engine

import (
	"encoding/binary"
	"testing"
	"time"

	"tlsengine/cipher"
	"tlsengine/handshake"
)

// storedSession is what tests of caches and tickets need to say about a server's session of TLS 1.2.
type storedSession struct {
	id       string
	created  time.Time
	lifetime time.Duration
	chain    [][]byte
}

// make writes the session's form by hand, as handshake/session_codec.go describes it, and has it read.
func (w storedSession) make(t testing.TB) *handshake.Session {
	t.Helper()
	if w.created.IsZero() {
		w.created = testTime
	}
	if w.lifetime == 0 {
		w.lifetime = time.Hour
	}
	form := []byte{1, byte(handshake.ServerRole)}
	form = binary.BigEndian.AppendUint16(form, uint16(cipher.VersionTLS12))
	form = binary.BigEndian.AppendUint16(form, uint16(cipher.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256))
	form = append(form, 1) // extended master secret
	form = appendVector(form, 1, make([]byte, 48))
	form = binary.BigEndian.AppendUint64(form, uint64(w.created.UnixMilli()))
	form = binary.BigEndian.AppendUint64(form, uint64(w.lifetime.Milliseconds()))
	form = binary.BigEndian.AppendUint64(form, uint64(w.created.UnixMilli()))
	form = append(form, make([]byte, 32)...) // scope
	form = append(form, 0, 0, 0, 0, 0, 0, 0) // no server name, no protocol, no group, no scheme
	form = append(form, 0, 0, 0)             // no raw public key
	var chain []byte
	for _, der := range w.chain {
		chain = appendVector(chain, 3, der)
	}
	form = appendVector(form, 3, chain)
	form = append(form, make([]byte, 3+2+2+4+4)...) // no staple, no SCTs, no ticket, nothing of TLS 1.3
	form = appendVector(form, 1, []byte(w.id))
	form = append(form, 0) // no compression
	return parseSession(t, form)
}

// appendVector appends content behind its length of size bytes.
func appendVector(b []byte, size int, content []byte) []byte {
	length := binary.BigEndian.AppendUint32(nil, uint32(len(content)))
	return append(append(b, length[4-size:]...), content...)
}

func parseSession(t testing.TB, form []byte) *handshake.Session {
	t.Helper()
	s, err := handshake.ParseSession(form, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
