package keyschedule

import (
	"hash"
	"testing"

	"tlsengine/cipher"
)

var zeros [48]byte

// schedule13 derives all that one side of a full TLS 1.3 handshake needs.
func schedule13(suite *cipher.Suite) bool {
	hash := zeros[:suite.Hash.Size()]
	var key, iv [32]byte
	early := NewEarly(suite.Hash, nil)
	hs := early.Handshake(hash, hash)
	hs.ClientTraffic().KeyIV(suite, key[:], iv[:])
	hs.ServerTraffic().KeyIV(suite, key[:], iv[:])
	server := hs.ServerFinished(hash)
	m := hs.Master(hash)
	m.ClientTraffic().KeyIV(suite, key[:], iv[:])
	m.ServerTraffic().KeyIV(suite, key[:], iv[:])
	return CheckFinished(server, hs.ClientFinished(hash))
}

// What a handshake has before it derives: running hashes, and room for their digests.
var (
	transcripts = map[cipher.Hash]hash.Hash{cipher.SHA256: cipher.SHA256.New(), cipher.SHA384: cipher.SHA384.New()}
	room        [cipher.MaxHashSize]byte
)

// schedule12 derives all that one side of a full TLS 1.2 handshake needs.
func schedule12(suite *cipher.Suite) bool {
	m := TLS12(suite.Hash).ExtendedMaster(zeros[:32], zeros[:suite.Hash.Size()])
	k := m.KeyBlock(0, suite.Bulk.KeyLen, suite.Bulk.FixedIVLen, zeros[:32], zeros[:32])
	client, server := m.ClientFinished(transcripts[suite.Hash], room[:]), m.ServerFinished(transcripts[suite.Hash], room[:])
	k.Clear()
	return CheckFinished(client.Bytes(), server.Bytes())
}

func BenchmarkSchedule13SHA256(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		schedule13(cipher.SuiteByID(cipher.TLS_AES_128_GCM_SHA256))
	}
}

func BenchmarkSchedule12SHA256(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		schedule12(cipher.SuiteByID(cipher.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256))
	}
}
