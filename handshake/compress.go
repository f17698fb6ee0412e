package handshake

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"tlsengine/handshake/wire"
	"tlsengine/record"
)

// CompressionID is the number of an algorithm for certificate compression (RFC 8879, Section 7.3).
type CompressionID uint16

// The registered algorithms. Of these the standard library has zlib; others are a CertificateCompression of the application's.
const (
	CompressionZlib   CompressionID = 1
	CompressionBrotli CompressionID = 2
	CompressionZstd   CompressionID = 3
)

// String returns the registered name, or the number.
func (id CompressionID) String() string {
	if CompressionZlib <= id && id <= CompressionZstd {
		return [...]string{"zlib", "brotli", "zstd"}[id-1]
	}
	return fmt.Sprintf("compression 0x%04x", uint16(id))
}

// A CertificateCompression is an algorithm by which Certificate messages are made smaller (RFC 8879). Its functions are called
// from any number of goroutines.
type CertificateCompression struct {
	ID CompressionID
	// Compress returns p compressed, as a fresh slice. It must always make the same of the same.
	Compress func(p []byte) ([]byte, error)
	// Decompress fills p with what was compressed, which is of a stranger's making. It is an error if that is not exactly
	// as long as p, or if anything follows it.
	Decompress func(p, compressed []byte) error
}

// ZlibCompression returns the algorithm that every peer with certificate compression ought to have.
func ZlibCompression() *CertificateCompression {
	return &CertificateCompression{ID: CompressionZlib, Compress: deflate, Decompress: inflate}
}

func deflate(p []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := zlib.NewWriterLevel(&b, zlib.BestCompression)
	if err == nil {
		_, err = w.Write(p)
	}
	if err == nil {
		err = w.Close()
	}
	return b.Bytes(), err
}

func inflate(p, compressed []byte) error {
	in := bytes.NewReader(compressed)
	r, err := zlib.NewReader(in)
	if err != nil {
		return err
	}
	if _, err := io.ReadFull(r, p); err != nil {
		return err
	}
	var more [1]byte
	if n, err := r.Read(more[:]); n != 0 || err != io.EOF {
		return errors.New("there is more than was announced, or the checksum is wrong")
	}
	if in.Len() != 0 {
		return errors.New("something follows the compressed data")
	}
	return nil
}

// compressionFor returns the first of our algorithms that the peer has too, nil if there is none.
func (p *Params) compressionFor(peer []CompressionID) *CertificateCompression {
	for _, own := range p.CertificateCompression {
		if slices.Contains(peer, own.ID) {
			return own
		}
	}
	return nil
}

// compressedForms are the messages that a credential was compressed to: what is sent to many is compressed once.
type compressedForms struct {
	mu    sync.Mutex
	forms map[compressedForm]*CompressedCertificate
}

// compressedForm is all that a message depends on beside the credential.
type compressedForm struct {
	by            *CertificateCompression
	staples, scts bool
}

// message returns the message that shows the credential in TLS 1.3 to a peer with these wishes: compressed if both ends have an
// algorithm in common.
func (c *Credential) message(w *wishes, p *Params) Message {
	plain := c.certificate(w.asked)
	by := p.compressionFor(w.compression)
	if by == nil {
		return plain
	}
	key := compressedForm{by, w.asked.Has(ExtStatusRequest), w.asked.Has(ExtSCT)}
	c.compressed.mu.Lock()
	m := c.compressed.forms[key]
	c.compressed.mu.Unlock()
	if m != nil {
		return m
	}
	m, err := compress(plain, by)
	if err != nil {
		return plain
	}
	c.compressed.mu.Lock()
	defer c.compressed.mu.Unlock()
	if c.compressed.forms == nil {
		c.compressed.forms = make(map[compressedForm]*CompressedCertificate)
	}
	if len(c.compressed.forms) < maxCompressedForms {
		c.compressed.forms[key] = m
	}
	return m
}

// maxCompressedForms bounds what a credential keeps, for applications that make algorithms anew for each configuration.
const maxCompressedForms = 16

func compress(m *Certificate, by *CertificateCompression) (*CompressedCertificate, error) {
	var b wire.Builder
	m.marshal(&b, Form13)
	body, err := b.Result()
	if err != nil {
		return nil, err
	}
	data, err := by.Compress(body)
	if err == nil && len(data) == 0 {
		err = errors.New("handshake: nothing is left of a compressed certificate")
	}
	if err != nil {
		return nil, err
	}
	return &CompressedCertificate{Algorithm: by.ID, Length: uint32(len(body)), Data: data}, nil
}

// readCertificate returns the Certificate that a peer of TLS 1.3 sent, compressed or not. The transcript has the message as it
// came.
func readCertificate(c *Context, m Message) (*Certificate, error) {
	compressed, ok := m.(*CompressedCertificate)
	if !ok {
		return m.(*Certificate), nil
	}
	by := c.params.compressionFor([]CompressionID{compressed.Algorithm})
	if by == nil {
		// RFC 8879, Section 4: the algorithm must be one that was offered.
		return nil, illegal(record.ReasonUnknownCertCompressionAlg,
			"the peer compressed its certificate by %v, which was not offered", compressed.Algorithm)
	}
	if limit := c.params.MaxCertificateList; int64(compressed.Length) > int64(limit) {
		// RFC 8879, Section 5: what is announced must keep to the limits of an uncompressed one, and is judged before anything is
		// made room for.
		return nil, record.Fail(record.AlertBadCertificate, record.ReasonUncompressedCertTooLarge,
			"the peer announces a certificate of %d bytes, at most %d are taken", compressed.Length, limit)
	}
	body := make([]byte, compressed.Length)
	if err := by.Decompress(body, compressed.Data); err != nil {
		// RFC 8879, Section 4: what can't be decompressed, or has another length, is a bad_certificate.
		return nil, record.Fail(record.AlertBadCertificate, record.ReasonCertDecompressionFailed,
			"the peer's certificate, compressed by %v to %d bytes, does not decompress to %d", by.ID, len(compressed.Data), compressed.Length).Because(err)
	}
	plain, err := parseMessage(TypeCertificate, body, c.form, c.asked)
	if err != nil {
		return nil, err
	}
	return plain.(*Certificate), nil
}

// mayBeCompressed is embedded by the states that wait for a Certificate of TLS 1.3.
type mayBeCompressed struct {
	plain bool // no: we have no algorithm to decompress it with
}

// expects returns types, of which Certificate is one, and CompressedCertificate if it may come.
func (s mayBeCompressed) expects(types ...MessageType) MessageSet {
	if s.plain {
		return Messages(types...)
	}
	return Messages(types...).With(TypeCompressedCertificate)
}

// certificatesMayBe says in which forms the peer may send its certificates.
func certificatesMayBe(p *Params) mayBeCompressed {
	return mayBeCompressed{plain: len(p.CertificateCompression) == 0}
}
