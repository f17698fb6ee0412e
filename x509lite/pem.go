package x509lite

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"iter"
	"strings"
)

// PEMBlock is one block of a PEM text (RFC 7468).
type PEMBlock struct {
	Type    string   // the label, "CERTIFICATE" for example
	Headers []string // "Name: value" lines of RFC 1421, as in encrypted keys; a folded one is one string
	Bytes   []byte   // the decoded contents, owned by the caller
	Line    int      // of the text, counted from 1, where the block begins
}

// PEMError tells where a PEM text is broken.
type PEMError struct {
	Line    int // counted from 1
	Problem string
}

// Error returns one line.
func (e *PEMError) Error() string {
	return fmt.Sprintf("x509lite: PEM, line %d: %s", e.Line, e.Problem)
}

var (
	pemBegin = []byte("-----BEGIN ")
	pemEnd   = []byte("-----END ")
	pemDash  = []byte("-----")

	pemDashLine = []byte("\n-----") // the beginning of a line that ends the contents
)

// pemReader goes through a text.
type pemReader struct {
	rest []byte
	line int // number of the line last taken

	// together lets the contents of many blocks share memory, which they then keep alive together. slab is what is left of it.
	together bool
	slab     []byte
}

// next takes a line, without its end and trailing white space.
func (r *pemReader) next() (line []byte, ok bool) {
	if len(r.rest) == 0 {
		return nil, false
	}
	r.line++
	if i := bytes.IndexByte(r.rest, '\n'); i >= 0 {
		line, r.rest = r.rest[:i], r.rest[i+1:]
	} else {
		line, r.rest = r.rest, nil
	}
	return bytes.TrimRight(line, " \t\r"), true
}

// ParsePEM returns all blocks of a text. What stands before, between and behind them is skipped; lines may end in CRLF. A block
// must be whole: base64 with padding, and a footer of the same label; a *PEMError names the line otherwise.
func ParsePEM(text []byte) ([]PEMBlock, error) {
	r := pemReader{rest: text}
	var blocks []PEMBlock
	for b, err := range r.blocks() {
		if err != nil {
			clearContents(blocks) // one may be a private key, and nobody else can clear it
			return nil, err
		}
		blocks = append(blocks, b)
	}
	return blocks, nil
}

// clearContents clears what was decoded.
func clearContents(blocks []PEMBlock) {
	for _, b := range blocks {
		clear(b.Bytes)
	}
}

// blocks goes through the blocks. One that is broken gives a *PEMError in its place, and doesn't keep the others out.
func (r *pemReader) blocks() iter.Seq2[PEMBlock, error] {
	return func(yield func(PEMBlock, error) bool) {
		for {
			b, ok, err := r.block()
			if err == nil && !ok || !yield(b, err) {
				return
			}
		}
	}
}

// block finds and reads the next block; ok is false at the end of the text.
func (r *pemReader) block() (b PEMBlock, ok bool, err error) {
	for {
		line, more := r.next()
		if !more {
			return b, false, nil
		}
		if bytes.HasPrefix(line, pemBegin) {
			if len(line) < len(pemBegin)+len(pemDash)+1 || !bytes.HasSuffix(line, pemDash) {
				return b, false, &PEMError{r.line, "a BEGIN line without label or without its five closing dashes"}
			}
			b.Type, b.Line = pemLabel(line[len(pemBegin):len(line)-len(pemDash)]), r.line
			return b, true, r.body(&b)
		}
		if bytes.HasPrefix(line, pemEnd) && bytes.HasSuffix(line, pemDash) {
			return b, false, &PEMError{r.line, "an END line without its BEGIN"}
		}
	}
}

// body reads from behind the BEGIN line through the END line.
func (r *pemReader) body(b *PEMBlock) error {
	contents, ok := r.untilDashes()
	if !ok {
		return &PEMError{b.Line, "the block " + quote(b.Type) + " has no END line"}
	}
	before := *r
	if footer, _ := r.next(); !isFooter(footer, b.Type) {
		if bytes.HasPrefix(footer, pemBegin) { // leave the next block whole for those who go on after an error
			*r = before
			return &PEMError{r.line, "the block " + quote(b.Type) + " has no END line"}
		}
		return &PEMError{r.line, "the block " + quote(b.Type) + " ends with another line than its END line"}
	}
	contents, line, err := b.takeHeaders(contents, b.Line)
	if err != nil {
		return err
	}
	return r.decode(b, contents, line)
}

// untilDashes takes all lines up to the first that begins with five dashes; if there is none, the whole rest.
func (r *pemReader) untilDashes() (lines []byte, ok bool) {
	end := 0
	if !bytes.HasPrefix(r.rest, pemDash) {
		end = bytes.Index(r.rest, pemDashLine) + 1
		if end == 0 {
			r.rest = nil
			return nil, false
		}
	}
	lines, r.rest = r.rest[:end], r.rest[end:]
	r.line += bytes.Count(lines, pemDashLine[:1])
	return lines, true
}

// takeHeaders reads the headers that contents, which follow a line, may begin with, and returns what is behind them, and behind
// what line.
func (b *PEMBlock) takeHeaders(contents []byte, line int) (base64 []byte, at int, err error) {
	if bytes.IndexByte(contents, ':') < 0 {
		return contents, line, nil
	}
	r := pemReader{rest: contents, line: line}
	var headers strings.Builder
	for {
		before := r
		text, more := r.next()
		begun := headers.Len() > 0
		switch {
		case !begun && !more:
			return nil, r.line, nil
		case begun && len(text) == 0:
			b.Headers = strings.Split(headers.String(), "\n")
			return r.rest, r.line, nil
		case len(text) == 0: // some write empty lines before the headers
		case begun && blank(text[0]): // RFC 1421, Section 4.4: what is folded is one line
			headers.Write(bytes.TrimLeft(text, " \t"))
		case bytes.IndexByte(text, ':') > 0:
			if begun {
				headers.WriteByte('\n')
			}
			headers.Write(text)
		case begun:
			return nil, 0, &PEMError{r.line, "no empty line between the headers and the contents"}
		default:
			return before.rest, before.line, nil
		}
	}
}

// isFooter reports whether line is "-----END label-----".
func isFooter(line []byte, label string) bool {
	return bytes.HasPrefix(line, pemEnd) && bytes.HasSuffix(line, pemDash) && len(line) >= len(pemEnd)+len(pemDash) &&
		string(line[len(pemEnd):len(line)-len(pemDash)]) == label
}

// strictBase64 is as strict as RFC 4648, Sections 3.2 and 3.5, would have it: padding is there, and the bits that it leaves over
// are zero.
var strictBase64 = base64.StdEncoding.Strict()

// decode decodes the base64 that follows a line.
func (r *pemReader) decode(b *PEMBlock, text []byte, line int) error {
	if bytes.IndexByte(text, ' ') >= 0 || bytes.IndexByte(text, '\t') >= 0 { // the library skips the ends of lines alone
		text = withoutBlanks(text)
		defer clear(text) // it may be a private key
	}
	size := strictBase64.DecodedLen(len(text))
	out := r.room(size)
	n, err := strictBase64.Decode(out, text)
	if err != nil {
		clear(out[:size]) // most of one
		wrong, _ := err.(base64.CorruptInputError)
		line += 1 + bytes.Count(text[:min(int(wrong), len(text))], pemDashLine[:1])
		return &PEMError{line, "the contents of " + quote(b.Type) + " are not base64"}
	}
	if n == 0 {
		return &PEMError{line, "the block " + quote(b.Type) + " is empty"}
	}
	b.Bytes = out[:n:n]
	if r.together {
		r.slab = out[n:]
	}
	return nil
}

// withoutBlanks returns a copy of text without its blanks and tabs.
func withoutBlanks(text []byte) []byte {
	kept := make([]byte, 0, len(text))
	for _, c := range text {
		if !blank(c) {
			kept = append(kept, c)
		}
	}
	return kept
}

func blank(c byte) bool { return c == ' ' || c == '\t' }

// slabSize is how much memory blocks share at most: enough for forty certificates, little to be kept alive by one of them.
const slabSize = 1 << 16

// room returns n bytes or more.
func (r *pemReader) room(n int) []byte {
	if !r.together {
		return make([]byte, n)
	}
	if n > len(r.slab) {
		r.slab = make([]byte, max(n, min(slabSize, n+strictBase64.DecodedLen(len(r.rest)))))
	}
	return r.slab
}

// Labels of blocks that hold a certificate: RFC 7468's, and the one that it says old files have.
func certificateLabel(label string) bool {
	return label == "CERTIFICATE" || label == "X509 CERTIFICATE"
}

// ErrNoCertificate is the error for a PEM text that holds none.
var ErrNoCertificate = errors.New(`x509lite: the text has no "-----BEGIN CERTIFICATE-----" block`)

// ParseCertificatesPEM returns the certificates of a text, in order; blocks of other kinds are skipped. Errors: *PEMError,
// ErrNoCertificate, or one that wraps a *ParseError and names the line of the block.
func ParseCertificatesPEM(text []byte) ([]*Certificate, error) {
	blocks, err := ParsePEM(text)
	if err != nil {
		return nil, err
	}
	var list []*Certificate
	for _, b := range blocks {
		if !certificateLabel(b.Type) {
			continue
		}
		c, err := parseOwned(b.Bytes)
		if err != nil {
			return nil, fmt.Errorf("certificate in line %d: %w", b.Line, err)
		}
		list = append(list, c)
	}
	if len(list) == 0 {
		return nil, ErrNoCertificate
	}
	return list, nil
}

// MarshalPEM appends a block of RFC 7468 with the label and contents to dst and returns the longer slice.
func MarshalPEM(dst []byte, label string, contents []byte) []byte {
	dst = append(dst, "-----BEGIN "+label+"-----\n"...)
	for len(contents) > 0 {
		n := min(48, len(contents)) // 48 bytes are a line of 64 characters
		dst = base64.StdEncoding.AppendEncode(dst, contents[:n])
		dst = append(dst, '\n')
		contents = contents[n:]
	}
	return append(dst, "-----END "+label+"-----\n"...)
}

// pemLabel is string(label) without an allocation for the commonest.
func pemLabel(label []byte) string {
	if string(label) == "CERTIFICATE" {
		return "CERTIFICATE"
	}
	return string(label)
}
