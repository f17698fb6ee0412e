package record

// nullOpener and nullSealer are the protection before there are keys: none.
type (
	nullOpener struct{}
	nullSealer struct{}
)

// Open implements Opener: the content is the payload.
func (nullOpener) Open(dst []byte, h Header, payload []byte) (ContentType, []byte, error) {
	if dst == nil {
		return h.Type, payload, nil
	}
	return h.Type, dst[:copy(dst, payload)], nil
}

// MaxPayload implements Opener. RFC 8446, Section 5.1: an unprotected record has at most 2^14 bytes.
func (nullOpener) MaxPayload() int { return MaxPlaintext }

func (nullOpener) Overhead() int  { return 0 }
func (nullOpener) Hides() bool    { return false }
func (nullOpener) InPlace() bool  { return true }
func (nullOpener) Clone() Opener  { return nullOpener{} }
func (nullOpener) Sleep()         {}
func (nullOpener) Footprint() int { return 0 }
func (nullOpener) Clear()         {}

// Seal implements Sealer: the payload is the content.
func (nullSealer) Seal(rec []byte, h Header, p []byte) (int, error) {
	h.Length = len(p)
	h.put(rec)
	copy(rec[HeaderSize:], p)
	return HeaderSize + len(p), nil
}

func (nullSealer) Prefix() int    { return 0 }
func (nullSealer) Suffix() int    { return 0 }
func (nullSealer) Left() uint64   { return ^uint64(0) }
func (nullSealer) Worn() bool     { return false }
func (nullSealer) First() int     { return 0 }
func (nullSealer) Hides() bool    { return false }
func (nullSealer) Clone() Sealer  { return nullSealer{} }
func (nullSealer) Sleep()         {}
func (nullSealer) Footprint() int { return 0 }
func (nullSealer) Clear()         {}
