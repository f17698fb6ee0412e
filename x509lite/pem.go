package x509lite

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
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
)

// pemReader goes through a text line by line.
type pemReader struct {
	rest []byte
	line int // number of the line last taken
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
	for {
		b, ok, err := r.block()
		if err != nil {
			return nil, err
		}
		if !ok {
			return blocks, nil
		}
		blocks = append(blocks, b)
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
	start := r.rest
	startLine := r.line
	inHeaders, mayHaveHeaders := false, true
	for {
		before := r.rest
		line, more := r.next()
		switch {
		case !more:
			return &PEMError{b.Line, "the block " + quote(b.Type) + " has no END line"}
		case bytes.HasPrefix(line, pemDash):
			if !isFooter(line, b.Type) {
				if bytes.HasPrefix(line, pemBegin) { // leave the next block whole for those who go on after an error
					r.rest, r.line = before, r.line-1
					return &PEMError{r.line, "the block " + quote(b.Type) + " has no END line"}
				}
				return &PEMError{r.line, "the block " + quote(b.Type) + " ends with another line than its END line"}
			}
			return b.decode(start[:len(start)-len(before)], startLine)
		case mayHaveHeaders && bytes.IndexByte(line, ':') > 0:
			b.Headers = append(b.Headers, string(line))
			inHeaders = true
			start, startLine = r.rest, r.line
		case inHeaders && len(line) > 0 && (before[0] == ' ' || before[0] == '\t'):
			b.Headers[len(b.Headers)-1] += strings.TrimSpace(string(line))
			start, startLine = r.rest, r.line
		case inHeaders && len(line) > 0:
			return &PEMError{r.line, "no empty line between the headers and the contents"}
		default:
			inHeaders, mayHaveHeaders = false, mayHaveHeaders && len(line) == 0 && !inHeaders
		}
	}
}

// isFooter reports whether line is "-----END label-----".
func isFooter(line []byte, label string) bool {
	return bytes.HasPrefix(line, pemEnd) && bytes.HasSuffix(line, pemDash) && len(line) >= len(pemEnd)+len(pemDash) &&
		string(line[len(pemEnd):len(line)-len(pemDash)]) == label
}

// decode decodes the base64 of the lines in body, whose first follows line.
func (b *PEMBlock) decode(body []byte, line int) error {
	out := make([]byte, base64.StdEncoding.DecodedLen(len(body)))
	if bytes.IndexByte(body, ' ') >= 0 || bytes.IndexByte(body, '\t') >= 0 {
		body = withoutBlanks(body) // base64 itself skips only the ends of lines
	}
	n, err := base64.StdEncoding.Strict().Decode(out, body)
	if err != nil {
		var at base64.CorruptInputError
		if errors.As(err, &at) {
			line += 1 + bytes.Count(body[:min(int(at), len(body))], []byte("\n"))
		}
		return &PEMError{line, "the contents of " + quote(b.Type) + " are not base64"}
	}
	if n == 0 {
		return &PEMError{line, "the block " + quote(b.Type) + " is empty"}
	}
	b.Bytes = out[:n:n]
	return nil
}

// withoutBlanks returns a copy without the white space that RFC 7468, Section 3 lets stand around lines.
func withoutBlanks(body []byte) []byte {
	out := make([]byte, 0, len(body))
	for _, c := range body {
		if c != ' ' && c != '\t' {
			out = append(out, c)
		}
	}
	return out
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
