package record

import (
	"bytes"
	"compress/flate"
	"io"
	"slices"
	"sync"
	"unsafe"
)

// This file is DEFLATE compression (RFC 3749) as a layer around another protection. A direction's records are one stream in the
// format of RFC 1950 that never ends; each record's part ends with an empty stored block, at the end of a byte (zlib's
// Z_SYNC_FLUSH), so that what came can be decompressed. All implementations that ever spoke it flush so.
//
// Compression tells the length of what it finds twice, and so secrets, to whoever sees the lengths of records and can place
// guesses among them (CRIME, CVE-2012-4929).
type (
	// deflateOpener decompresses. All its state is the last 32 KiB that came out, or what there was: the next record may look
	// back at it (RFC 3749, Section 2). A decompressor of the library's starts anew on each record, with that as its dictionary.
	// So this can be cloned, and decompressors, of 40 KiB, serve all connections from a pool.
	deflateOpener struct {
		Opener
		window []byte
		begun  bool // the stream's header was there
	}

	// deflateSealer compresses each record without looking back at those before it, which the format allows. So it has no state
	// to speak of: the library's compressor, which takes 1.2 MB and can't be cloned, serves all connections from a pool.
	deflateSealer struct {
		Sealer
		begun bool // the stream's header is out
	}
)

// Sizes in bytes.
const (
	deflateWindow = 1 << 15 // how far back DEFLATE looks
	deflateExcess = 64      // by how much content that can't be compressed grows: a header, a few stored blocks
	maxCompressed = MaxPlaintext + 1024
)

// deflateHeader begins a stream: DEFLATE with the largest window, the fastest level (RFC 1950, Section 2.2).
const deflateHeader = "\x78\x01"

// deflateFlush is an empty stored block behind its three bits of header (RFC 1951, Section 3.2.4).
const deflateFlush = "\x00\x00\xff\xff"

// Open implements Opener. It never works in place.
func (o *deflateOpener) Open(dst []byte, h Header, payload []byte) (ContentType, []byte, error) {
	t, compressed, err := o.Opener.Open(nil, h, payload)
	if err != nil {
		return 0, nil, err
	}
	n, err := o.inflate(dst[:MaxPlaintext], compressed)
	if err != nil {
		clear(dst[:MaxPlaintext])
		return 0, nil, err
	}
	return t, dst[:n], nil
}

// inflate decompresses one record's part of the stream, and returns how much came out.
func (o *deflateOpener) inflate(dst, src []byte) (int, error) {
	if len(src) == 0 {
		return 0, nil
	}
	if !o.begun {
		if !validDeflateHeader(src) {
			return 0, errDecompression("it does not begin as RFC 1950 says")
		}
		src = src[len(deflateHeader):]
		o.begun = true
	}
	if !bytes.HasSuffix(src, []byte(deflateFlush)) {
		return 0, errDecompression("it does not end with a flush")
	}
	z := inflaters.Get().(*inflater)
	defer z.give()
	z.start(src, o.window)
	n, err := z.read(dst)
	if err == nil {
		var more int
		more, err = z.read(z.excess[:])
		if more > 0 {
			// RFC 5246, Section 6.2.2: more than 2^14 bytes are decompression_failure.
			return 0, errDecompression("it becomes longer than a record may be")
		}
	}
	// The stream goes on in the next record, so that the library never expects the end of this one.
	if err != io.ErrUnexpectedEOF {
		return 0, errDecompression("it is no DEFLATE stream, or the stream ends")
	}
	o.remember(dst[:n])
	return n, nil
}

// validDeflateHeader checks the two bytes of RFC 1950, Section 2.2: method 8, a window of at most 32 KiB, no preset dictionary,
// the check.
func validDeflateHeader(b []byte) bool {
	return len(b) >= 2 && b[0]&15 == 8 && b[0]>>4 <= 7 && b[1]&0x20 == 0 && (int(b[0])<<8|int(b[1]))%31 == 0
}

// remember puts p behind what the window has.
func (o *deflateOpener) remember(p []byte) {
	if over := len(o.window) + len(p) - deflateWindow; over > 0 {
		o.window = o.window[:copy(o.window, o.window[over:])]
	}
	if n := len(o.window) + len(p); n > cap(o.window) {
		larger := append(make([]byte, 0, min(max(n, 2*cap(o.window)), deflateWindow)), o.window...)
		clear(o.window)
		o.window = larger
	}
	o.window = append(o.window, p...)
}

// inflater is the library's decompressor and what it reads.
type inflater struct {
	z      io.ReadCloser
	in     bytes.Reader
	excess [1]byte
}

// inflaters are the process's. One that lies in the pool has nothing of what went through it.
var inflaters = sync.Pool{New: func() any {
	z := new(inflater)
	z.z = flate.NewReader(&z.in)
	return z
}}

// start begins with src, before which window came out.
func (z *inflater) start(src, window []byte) {
	z.in.Reset(src)
	z.z.(flate.Resetter).Reset(&z.in, window) // has no error
}

// read fills dst with what comes out, until there is an error.
func (z *inflater) read(dst []byte) (n int, err error) {
	for n < len(dst) && err == nil {
		var k int
		k, err = z.z.Read(dst[n:])
		n += k
	}
	return n, err
}

// give puts z back. A dictionary as long as the window replaces what it remembers.
func (z *inflater) give() {
	z.start(nil, zeros[:deflateWindow])
	z.excess[0] = 0
	inflaters.Put(z)
}

func errDecompression(why string) error {
	return Fail(AlertDecompressionFailure, ReasonBadDecompression, "a record can't be decompressed: %s", why)
}

// InPlace implements Opener.
func (o *deflateOpener) InPlace() bool { return false }

// Clone implements Opener.
func (o *deflateOpener) Clone() Opener {
	return &deflateOpener{Opener: o.Opener.Clone(), window: slices.Clip(bytes.Clone(o.window)), begun: o.begun}
}

// Footprint implements Protection.
func (o *deflateOpener) Footprint() int {
	return int(unsafe.Sizeof(*o)) + cap(o.window) + o.Opener.Footprint()
}

// Clear implements Protection.
func (o *deflateOpener) Clear() {
	clear(o.window)
	o.Opener.Clear()
	o.window = nil
}

// deflater is the library's compressor and what it writes.
type deflater struct {
	z   *flate.Writer
	out []byte
}

// deflaters are the process's. One that lies in the pool has been made to forget what went through it.
var deflaters = sync.Pool{New: func() any {
	d := &deflater{out: make([]byte, 0, MaxPlaintext+deflateExcess)}
	d.z, _ = flate.NewWriter(d, flate.BestSpeed) // the level is one that there is
	return d
}}

// Write implements io.Writer for the compressor.
func (d *deflater) Write(p []byte) (int, error) {
	d.out = append(d.out, p...)
	return len(p), nil
}

// zeros is what compressors and decompressors forget with.
var zeros [max(MaxPlaintext, deflateWindow)]byte

// give puts d back, after n bytes of content went through it.
func (d *deflater) give(n int) {
	clear(d.out)
	d.out = d.out[:0]
	d.z.Reset(io.Discard)
	d.z.Write(zeros[:n])
	d.z.Flush()
	deflaters.Put(d)
}

// Seal implements Sealer. p may overlap rec in any way, because it has been read when rec is written.
func (s *deflateSealer) Seal(rec []byte, h Header, p []byte) (int, error) {
	d := deflaters.Get().(*deflater)
	defer d.give(len(p))
	if !s.begun {
		d.out = append(d.out, deflateHeader...)
	}
	d.z.Reset(d)
	d.z.Write(p)
	if err := d.z.Flush(); err != nil || len(d.out) > len(p)+deflateExcess {
		return 0, Fail(AlertInternalError, ReasonInternalError, "%d bytes could not be compressed", len(p)).Because(err)
	}
	n, err := s.Sealer.Seal(rec, h, d.out)
	s.begun = s.begun || err == nil
	return n, err
}

// Suffix implements Sealer: what compression may add, too.
func (s *deflateSealer) Suffix() int { return s.Sealer.Suffix() + deflateExcess }

// First implements Sealer: at most so long.
func (s *deflateSealer) First() int {
	if s.Sealer.First() == 0 {
		return 0
	}
	return HeaderSize + s.Prefix() + 1 + s.Suffix()
}

// Clone implements Sealer.
func (s *deflateSealer) Clone() Sealer { return &deflateSealer{s.Sealer.Clone(), s.begun} }
