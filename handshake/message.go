package handshake

import (
	"errors"

	"tlsengine/handshake/wire"
	"tlsengine/record"
)

// headerSize is the length of what stands before each message: one byte of type, three of length (RFC 8446, Section 4).
const headerSize = 4

// Message is one handshake message. Its fields stand in the order of the wire. To add one: a struct in a msg_ file,
// with a bound in RFC notation at each vector, its marshal and unmarshal, and a row below.
//
// What unmarshal leaves in a Message are views into the bytes it was given; the codec keeps none of them.
type Message interface {
	// Type returns the type under which the message is sent.
	Type() MessageType

	// marshal appends the body, without the header.
	marshal(b *wire.Builder, f *Form)

	// unmarshal reads the body. It returns errMalformed for what doesn't parse, a *record.Error for what parses and
	// is wrong; bytes that it leaves in s are malformed too.
	unmarshal(s *wire.String, f *Form, asked ExtensionSet) error
}

// messageRow is what is known of a message before its body is looked at.
type messageRow struct {
	Type MessageType

	// New returns an empty message to unmarshal into; message_room.go says for how long it is one's own.
	New func() Message

	// MaxLen is the longest body that is taken, in bytes. It is what the message's own bounds give, or less where
	// those would let the peer make us hold much more than any honest peer sends.
	MaxLen int

	// Unhashed messages never enter a transcript: they may come between any others, or after the handshake (RFC 5246,
	// Section 7.4.1.1; RFC 8446, Section 4.4.1). NewSessionTicket is none of them: before TLS 1.3 it is part of the
	// handshake (RFC 5077, Section 3.3).
	Unhashed bool

	// Malformed is the reason given with decode_error.
	Malformed record.Reason
}

const (
	// maxHello is above any hello with several post-quantum shares, and above what other implementations take.
	maxHello = 1 << 16
	// maxList is for the messages that carry certificates or names of authorities: 100 KiB. The Params have a limit
	// of their own for Certificate.
	maxList = 100 << 10
	// maxSmall is for messages whose largest part is a share, a signature or a few short extensions.
	maxSmall = 1 << 14
)

// messages has a row for each message that this engine can read and write.
var messages = [...]messageRow{
	{Type: TypeHelloRequest, MaxLen: 0, Unhashed: true, Malformed: record.ReasonDecodeError,
		New: func() Message { return new(HelloRequest) }},
	{Type: TypeClientHello, MaxLen: maxHello, Malformed: record.ReasonClientHelloParseFailed,
		New: func() Message { return newClientHello() }},
	{Type: TypeServerHello, MaxLen: maxHello, Malformed: record.ReasonDecodeError,
		New: func() Message { return serverHellos.take() }},
	{Type: TypeNewSessionTicket, MaxLen: 1 << 17, Malformed: record.ReasonDecodeError,
		New: func() Message { return newSessionTickets.take() }},
	{Type: TypeEndOfEarlyData, MaxLen: 0, Malformed: record.ReasonDecodeError,
		New: func() Message { return new(EndOfEarlyData) }},
	{Type: TypeEncryptedExtensions, MaxLen: maxHello, Malformed: record.ReasonDecodeError,
		New: func() Message { return encryptedExtensions.take() }},
	{Type: TypeCertificate, MaxLen: maxList, Malformed: record.ReasonDecodeError,
		New: func() Message { return new(Certificate) }},
	{Type: TypeServerKeyExchange, MaxLen: maxSmall, Malformed: record.ReasonDecodeError,
		New: func() Message { return new(ServerKeyExchange) }},
	{Type: TypeCertificateRequest, MaxLen: maxList, Malformed: record.ReasonDecodeError,
		New: func() Message { return certificateRequests.take() }},
	{Type: TypeServerHelloDone, MaxLen: 0, Malformed: record.ReasonDecodeError,
		New: func() Message { return new(ServerHelloDone) }},
	{Type: TypeCertificateVerify, MaxLen: maxSmall, Malformed: record.ReasonDecodeError,
		New: func() Message { return new(CertificateVerify) }},
	{Type: TypeClientKeyExchange, MaxLen: maxSmall, Malformed: record.ReasonDecodeError,
		New: func() Message { return new(ClientKeyExchange) }},
	{Type: TypeFinished, MaxLen: 64, Malformed: record.ReasonDecodeError,
		New: func() Message { return finisheds.take() }},
	{Type: TypeCertificateStatus, MaxLen: maxHello, Malformed: record.ReasonDecodeError,
		New: func() Message { return new(CertificateStatus) }},
	{Type: TypeCompressedCertificate, MaxLen: maxList, Malformed: record.ReasonDecodeError,
		New: func() Message { return new(CompressedCertificate) }},
	{Type: TypeNextProtocol, MaxLen: 2 * 256, Malformed: record.ReasonDecodeError,
		New: func() Message { return new(NextProtocol) }},
	{Type: TypeKeyUpdate, MaxLen: 1, Unhashed: true, Malformed: record.ReasonDecodeError,
		New: func() Message { return new(KeyUpdate) }},
}

// messageRows finds a row by its type.
var messageRows = func() (rows [TypeNextProtocol + 1]*messageRow) {
	for i := range messages {
		rows[messages[i].Type] = &messages[i]
	}
	return rows
}()

// messageInfo returns the row of t, or nil if there is none.
func messageInfo(t MessageType) *messageRow {
	if int(t) >= len(messageRows) {
		return nil
	}
	return messageRows[t]
}

// appendMessage appends the whole message, header and body, to buf, which is the caller's again. f is the layout
// agreed on; it may be nil for the hellos, whose layout never changes. The error is that of a value too long for its
// field: our own mistake, not the peer's.
func appendMessage(buf []byte, m Message, f *Form) ([]byte, error) {
	b := wire.NewBuilder(buf)
	putMessage(&b, m, f)
	return b.Result()
}

// putMessage is appendMessage for a Builder that the caller has; what went wrong is in its Result.
func putMessage(b *wire.Builder, m Message, f *Form) {
	t := m.Type()
	if t >= PseudoChangeCipherSpec {
		b.Fail(errors.New("handshake: " + t.String() + " is not a handshake message and has no encoding"))
		return
	}
	b.U8(uint8(t))
	b.Vector24(func(b *wire.Builder) { m.marshal(b, f) })
}

// parseMessage reads the body of a message of type t. f is as for appendMessage; asked holds the extensions that the
// peer may answer, those of our ClientHello or CertificateRequest.
//
// The Message holds views into body and is valid as long as body is; nothing else is kept. Errors are *record.Error:
// decode_error for a body that doesn't parse to its last byte, illegal_parameter or unsupported_extension for one
// that does and is wrong.
func parseMessage(t MessageType, body []byte, f *Form, asked ExtensionSet) (Message, error) {
	s := wire.String(body)
	return readMessage(t, &s, f, asked)
}

// readMessage is parseMessage for a String that the caller has, which holds the body.
func readMessage(t MessageType, s *wire.String, f *Form, asked ExtensionSet) (Message, error) {
	row := messageInfo(t)
	if row == nil {
		return nil, unexpected("%v has no meaning here", t)
	}
	m := row.New()
	size := len(*s)
	err := m.unmarshal(s, f, asked)
	if err == nil && !s.Empty() {
		// RFC 8446, Section 6.2: bytes behind the end make the message undecodable (RFC 5246, Section 7.2.2 likewise).
		return nil, record.Fail(record.AlertDecodeError, row.Malformed, "%d of %v's %d bytes follow its end", len(*s), t, size)
	}
	if err == errMalformed {
		// RFC 8446, Section 6: a message that cannot be parsed according to its syntax ends the connection with
		// decode_error.
		return nil, record.Fail(record.AlertDecodeError, row.Malformed, "%v of %d bytes does not parse", t, size)
	}
	if err != nil {
		return nil, err
	}
	return m, nil
}

// errMalformed is what a codec returns for bytes that don't follow the syntax. parseMessage, or the extensions'
// framework, says where.
var errMalformed = errors.New("handshake: malformed")

// parsed turns the answer of a chain of reads into the error of a codec.
func parsed(ok bool) error {
	if !ok {
		return errMalformed
	}
	return nil
}

// illegal is the error for what parses and breaks a rule.
func illegal(r record.Reason, format string, args ...any) *record.Error {
	return record.Fail(record.AlertIllegalParameter, r, format, args...)
}

// pseudoMessage is embedded by the messages of the graph that never are handshake messages. They have no encoding:
// appendMessage refuses them, and parseMessage has no row for them.
type pseudoMessage struct{}

func (pseudoMessage) marshal(b *wire.Builder, _ *Form) { b.Fail(errPseudo) }

func (pseudoMessage) unmarshal(*wire.String, *Form, ExtensionSet) error { return errPseudo }

var errPseudo = errors.New("handshake: a pseudo-message has no encoding")
