package handshake

import (
	"slices"

	"tlsengine/record"
)

// This file agrees on compression of the records before TLS 1.3 (RFC 3749), which both ends have to be configured for. What it
// gives away is told in engine.Config; the work is done in package record, from each side's ChangeCipherSpec on.

// The methods as they stand in hellos (RFC 5246, Section 6.1; RFC 3749, Section 2).
const (
	compressionNull    = byte(record.CompressionNull)
	compressionDeflate = byte(record.CompressionDeflate)
)

// offeredCompression returns a client's methods, the best first.
func offeredCompression(p *Params) []byte {
	if p.Compression && !offers13(p) {
		return []byte{compressionDeflate, compressionNull}
	}
	// RFC 8446, Section 4.1.2: a hello with TLS 1.3 has this method and no other, whatever version comes of it.
	return []byte{compressionNull}
}

// chooseCompression returns the method of a full handshake before TLS 1.3, for a hello that was checked to have the null method.
func chooseCompression(p *Params, h *ClientHello) record.Compression {
	if p.takesCompression(compressionDeflate) && slices.Contains(h.Compression, compressionDeflate) {
		return record.CompressionDeflate
	}
	return record.CompressionNull
}

// takesCompression tells whether a server uses a method that its client offers.
func (p *Params) takesCompression(method byte) bool {
	return method == compressionNull || method == compressionDeflate && p.Compression
}
