package cipher

import (
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"testing"
)

func BenchmarkHMACSHA256(b *testing.B) {
	key, msg, out := make([]byte, 32), make([]byte, 32), make([]byte, 32)
	b.ReportAllocs()
	for b.Loop() {
		HMAC(SHA256, out, key, msg)
	}
}

func BenchmarkHKDFExpandLabelSHA256(b *testing.B) {
	out, secret, context := make([]byte, 32), make([]byte, 32), make([]byte, 32)
	b.ReportAllocs()
	for b.Loop() {
		HKDFExpandLabel(SHA256, out, secret, "c hs traffic", context)
	}
}

func BenchmarkHKDFExpandLabelSHA384(b *testing.B) {
	out, secret, context := make([]byte, 48), make([]byte, 48), make([]byte, 48)
	b.ReportAllocs()
	for b.Loop() {
		HKDFExpandLabel(SHA384, out, secret, "c hs traffic", context)
	}
}

func BenchmarkHKDFExpandStd(b *testing.B) {
	secret, info := make([]byte, 32), string(make([]byte, 54))
	b.ReportAllocs()
	for b.Loop() {
		hkdf.Expand(sha256.New, secret, info, 32)
	}
}

func BenchmarkPRF12MasterSHA256(b *testing.B) {
	out, secret, random := make([]byte, 48), make([]byte, 32), make([]byte, 32)
	b.ReportAllocs()
	for b.Loop() {
		PRF12(SHA256, out, secret, "master secret", random, random)
	}
}

func BenchmarkX25519Generate(b *testing.B) {
	g := GroupByID(X25519)
	b.ReportAllocs()
	for b.Loop() {
		g.Generate(nil)
	}
}

func BenchmarkX25519GenerateStd(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		ecdh.X25519().GenerateKey(rand.Reader)
	}
}

func BenchmarkX25519Agree(b *testing.B) {
	g := GroupByID(X25519)
	e, _ := g.Generate(nil)
	peer, _ := g.Generate(nil)
	b.ReportAllocs()
	for b.Loop() {
		e.Agree(peer.Share())
	}
}

func BenchmarkX25519AgreeStd(b *testing.B) {
	k, _ := ecdh.X25519().GenerateKey(rand.Reader)
	p, _ := ecdh.X25519().GenerateKey(rand.Reader)
	peer := p.PublicKey()
	b.ReportAllocs()
	for b.Loop() {
		k.ECDH(peer)
	}
}

func BenchmarkHybridGenerate(b *testing.B) {
	g := GroupByID(X25519MLKEM768)
	b.ReportAllocs()
	for b.Loop() {
		g.Generate(nil)
	}
}

func BenchmarkHybridRespond(b *testing.B) {
	g := GroupByID(X25519MLKEM768)
	e, _ := g.Generate(nil)
	b.ReportAllocs()
	for b.Loop() {
		g.Respond(e.Share(), nil)
	}
}
