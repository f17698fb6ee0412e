package sslsock

import (
	"errors"
	"io"
	"strings"
	"syscall"
)

// ErrorCode is the kind of an SSLError. The numbers are Python's.
type ErrorCode int

// The codes. 0 means that none applies: a file that can't be used, a deadline that passed.
const (
	ErrorSSL        ErrorCode = 1 // the protocol failed
	ErrorWantRead   ErrorCode = 2 // more bytes from the peer are needed
	ErrorWantWrite  ErrorCode = 3 // the transport takes no more bytes at present
	ErrorSyscall    ErrorCode = 5 // the transport failed
	ErrorZeroReturn ErrorCode = 6 // the connection was closed properly
	ErrorEOF        ErrorCode = 8 // the transport ended without close_notify
)

// SSLError is the error of everything that TLS itself does: errors.As finds one in each. It is a net.Error.
type SSLError struct {
	Code    ErrorCode
	Library string           // the part that failed: "SSL", "PEM", "X509" or ""
	Reason  string           // a mnemonic in OpenSSL's spelling, "NO_SHARED_CIPHER" for example, or ""
	Message string           // for people
	Alert   AlertDescription // sent or, when Reason tells of an alert, received; of fatal errors of the protocol only
	Err     error            // the cause, or nil

	temporary bool // the listener that returned it goes on
}

// sslError is an error of the protocol or of its settings. reason and cause may be "" and nil.
func sslError(reason, message string, cause error) *SSLError {
	return &SSLError{Code: ErrorSSL, Library: "SSL", Reason: reason, Message: message, Err: cause}
}

// The kinds of errors for errors.Is. Each is an *SSLError.
var (
	// ErrWantRead: on a socket with SetBlocking(false), call again when the transport is readable.
	ErrWantRead error = &SSLError{Code: ErrorWantRead, Message: "The operation did not complete (read)"}
	// ErrWantWrite: on a socket with SetBlocking(false), call again when the transport is writable.
	ErrWantWrite error = &SSLError{Code: ErrorWantWrite, Message: "The operation did not complete (write)"}
	// ErrZeroReturn: the connection was closed properly.
	ErrZeroReturn error = &SSLError{Code: ErrorZeroReturn, Message: "TLS/SSL connection has been closed (EOF)"}
	// ErrSyscall: the transport failed; the error wraps its own.
	ErrSyscall error = &SSLError{Code: ErrorSyscall, Message: "Some I/O error occurred"}
	// ErrEOF: the transport ended without close_notify. It is io.ErrUnexpectedEOF too.
	ErrEOF error = &SSLError{Code: ErrorEOF, Message: "EOF occurred in violation of protocol"}
)

var kinds = [...]error{ErrWantRead, ErrWantWrite, ErrZeroReturn, ErrSyscall, ErrEOF}

// Error returns "[LIBRARY: REASON] message", "[LIBRARY] message" or the message, by what is known.
func (e *SSLError) Error() string {
	var b strings.Builder
	if e.Library != "" {
		b.WriteString("[" + e.Library)
		if e.Reason != "" {
			b.WriteString(": " + e.Reason)
		}
		b.WriteString("] ")
	}
	b.WriteString(e.Message)
	return b.String()
}

// Unwrap returns the cause.
func (e *SSLError) Unwrap() error { return e.Err }

// Is reports whether target is the kind of e: one of ErrWantRead, ErrWantWrite, ErrZeroReturn, ErrSyscall, ErrEOF, or,
// of the last, io.ErrUnexpectedEOF.
func (e *SSLError) Is(target error) bool {
	if target == io.ErrUnexpectedEOF {
		return e.Code == ErrorEOF
	}
	for _, k := range kinds {
		if target == k {
			return e.Code == k.(*SSLError).Code
		}
	}
	return false
}

// Timeout reports whether a deadline passed. The socket can be used again, with a later deadline.
func (e *SSLError) Timeout() bool {
	var t interface{ Timeout() bool }
	return errors.As(e.Err, &t) && t.Timeout()
}

// Temporary reports whether the same call may succeed later.
func (e *SSLError) Temporary() bool {
	return e.temporary || e.Code == ErrorWantRead || e.Code == ErrorWantWrite || e.Timeout()
}

// Errors of use, for errors.Is.
var (
	// ErrInvalidArgument: a value that can't be, or a call that makes no sense in the present state.
	ErrInvalidArgument = errors.New("sslsock: invalid argument")
	// ErrHandshakeNotDone: the call needs a finished handshake.
	ErrHandshakeNotDone = errors.New("sslsock: handshake not done yet")
	// ErrNotConnected: the socket has no transport yet. It is syscall.ENOTCONN too.
	ErrNotConnected error = notConnected{}
	// ErrUnsupportedProtocol: no context can be made for that protocol.
	ErrUnsupportedProtocol = errors.New("sslsock: unsupported protocol")
	// ErrPasswordRequired: the private key is encrypted.
	ErrPasswordRequired = errors.New("sslsock: the private key is encrypted")
)

type notConnected struct{}

func (notConnected) Error() string        { return "sslsock: the socket is not connected" }
func (notConnected) Is(target error) bool { return target == syscall.ENOTCONN }

// argumentError is ErrInvalidArgument with a text.
type argumentError string

func (e argumentError) Error() string        { return "sslsock: " + string(e) }
func (e argumentError) Is(target error) bool { return target == ErrInvalidArgument }

// unsupportedError is errors.ErrUnsupported with a text.
type unsupportedError string

func (e unsupportedError) Error() string        { return "sslsock: " + string(e) }
func (e unsupportedError) Is(target error) bool { return target == errors.ErrUnsupported }
