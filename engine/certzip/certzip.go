// Package certzip brings the two algorithms of certificate compression (RFC 8879) that Go's standard library lacks: Brotli, which
// browsers offer, and Zstandard. It is a module of its own, so that only programs that want them get their libraries:
//
//	config.CertificateCompression = []*handshake.CertificateCompression{certzip.Brotli(), certzip.Zstandard(), handshake.ZlibCompression()}
//
// What is decompressed is never longer than what the peer announced, which the handshake has judged before.
package certzip

import (
	"bytes"
	"errors"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"tlsengine/handshake"
)

// Brotli returns the algorithm of RFC 7932.
func Brotli() *handshake.CertificateCompression {
	return &handshake.CertificateCompression{ID: handshake.CompressionBrotli, Compress: compressBrotli, Decompress: decompressBrotli}
}

func compressBrotli(p []byte) ([]byte, error) {
	var b bytes.Buffer
	w := brotli.NewWriterLevel(&b, brotli.BestCompression)
	_, err := w.Write(p)
	if err == nil {
		err = w.Close()
	}
	return b.Bytes(), err
}

func decompressBrotli(p, compressed []byte) error {
	in := bytes.NewReader(compressed)
	return fill(p, brotli.NewReader(in), in)
}

// Zstandard returns the algorithm of RFC 8878.
func Zstandard() *handshake.CertificateCompression {
	return &handshake.CertificateCompression{ID: handshake.CompressionZstd, Compress: compressZstd, Decompress: decompressZstd}
}

func compressZstd(p []byte) ([]byte, error) {
	w, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	defer w.Close()
	return w.EncodeAll(p, nil), nil
}

// maxWindow is the most memory that a window may ask for, in bytes: a certificate message is shorter than this in any case.
const maxWindow = 1 << 20

func decompressZstd(p, compressed []byte) error {
	in := bytes.NewReader(compressed)
	r, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderLowmem(true))
	if err != nil {
		return err
	}
	defer r.Close()
	return fill(p, r, in)
}

// fill reads all of p, and sees that nothing is left.
func fill(p []byte, r io.Reader, in *bytes.Reader) error {
	if _, err := io.ReadFull(r, p); err != nil {
		return err
	}
	var more [1]byte
	if n, err := r.Read(more[:]); n != 0 || err != io.EOF {
		return errors.New("certzip: there is more than was announced, or the end is damaged")
	}
	if in.Len() != 0 {
		return errors.New("certzip: something follows the compressed data")
	}
	return nil
}
