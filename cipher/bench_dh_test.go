package cipher

import "testing"

func BenchmarkGenerate(b *testing.B) {
	for _, g := range Groups() {
		b.Run(g.Name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				g.Generate(nil)
			}
		})
	}
}

func BenchmarkRespond(b *testing.B) {
	for _, g := range Groups() {
		b.Run(g.Name, func(b *testing.B) {
			e, _ := g.Generate(nil)
			b.ReportAllocs()
			for b.Loop() {
				g.Respond(e.Share(), nil)
			}
		})
	}
}
