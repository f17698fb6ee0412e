package keyschedule

import (
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

// schedule12 derives all that one side of a full TLS 1.2 handshake needs.
func schedule12(suite *cipher.Suite) bool {
	hash := zeros[:suite.Hash.Size()]
	m := NewExtendedMaster12(suite.Hash, zeros[:32], hash)
	k := m.KeyBlock(suite, zeros[:32], zeros[:32])
	client, server := m.ClientFinished(hash), m.ServerFinished(hash)
	k.Clear()
	return CheckFinished(client[:], server[:])
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
