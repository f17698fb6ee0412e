package sslsock

import (
	"errors"
	"io"
	"strings"

	"tlsengine/record"
)

// This file turns the errors of the engine and of transports into SSLErrors.

// protocolError turns what ended a connection into an *SSLError.
func protocolError(err error) *SSLError {
	var e *record.Error
	if !errors.As(err, &e) {
		return &SSLError{Code: ErrorSSL, Library: "SSL", Reason: "INTERNAL_ERROR", Message: err.Error(), Err: err}
	}
	s := &SSLError{Code: ErrorSSL, Library: "SSL", Reason: e.Reason.String(), Alert: e.Alert, Message: describe(e), Err: err}
	if e.Reason == record.ReasonUnexpectedEOFWhileReading {
		s.Code = ErrorEOF
	}
	if v := verification(err); v != nil {
		s.Err = v
	}
	return s
}

// describe returns the reason in words, what is known about it, and whose alert it was.
func describe(e *record.Error) string {
	var b strings.Builder
	if e.Remote {
		b.WriteString("the peer sent alert ")
		b.WriteString(strings.TrimPrefix(e.Alert.String(), "alert "))
		return b.String()
	}
	if v := verification(e); v != nil {
		// OpenSSL's line comes last: it is what people look for at the end.
		return describeAlert(e) + v.Error()
	}
	b.WriteString(describeAlert(e))
	b.WriteString(strings.ReplaceAll(strings.ToLower(e.Reason.String()), "_", " "))
	if e.Detail != "" {
		b.WriteString(": ")
		b.WriteString(e.Detail)
	}
	if e.Err != nil {
		b.WriteString(": ")
		b.WriteString(e.Err.Error())
	}
	return b.String()
}

// describeAlert says which alert we sent, if one.
func describeAlert(e *record.Error) string {
	if e.Alert == record.AlertCloseNotify {
		return ""
	}
	return "sent alert " + e.Alert.String() + ": "
}

// eofError is for a transport that ended where it must not.
func eofError(cause error) *SSLError {
	return &SSLError{
		Code: ErrorEOF, Library: "SSL", Reason: record.ReasonUnexpectedEOFWhileReading.String(),
		Message: "EOF occurred in violation of protocol", Err: cause,
	}
}

// transportError is for a failed call of the transport. what is "read", "write" or "handshake".
func transportError(what string, err error) *SSLError {
	var t interface{ Timeout() bool }
	if errors.As(err, &t) && t.Timeout() {
		return &SSLError{Message: "The " + what + " operation timed out", Err: err}
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return eofError(err)
	}
	return &SSLError{Code: ErrorSyscall, Message: "the transport failed: " + err.Error(), Err: err}
}

// passing reports whether err leaves the connection usable: a deadline, or a socket that does not wait.
func passing(err error) bool {
	var e *SSLError
	return errors.As(err, &e) && e.Temporary()
}
