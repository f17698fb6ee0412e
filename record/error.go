package record

import (
	"fmt"
	"strings"
)

// Error ends a connection, and is the one type that carries an alert. Handlers return it; one function of package engine turns
// it into a record.
type Error struct {
	Alert  Alert  // what we send or, if Remote, what the peer sent
	Reason Reason // why, from a closed list
	Remote bool   // the peer found the fault and told us by an alert
	Detail string // for people: lengths and code points, never a secret, never plaintext
	Err    error  // the cause if there is one, else nil
}

// Fail returns an error of our own finding that will send alert a. Format and args make Detail.
func Fail(a Alert, r Reason, format string, args ...any) *Error {
	e := &Error{Alert: a, Reason: r, Detail: format}
	if len(args) > 0 {
		e.Detail = fmt.Sprintf(format, args...)
	}
	return e
}

// FromPeer returns the error for alert a that the peer has sent. Its Reason is the one OpenSSL gives.
func FromPeer(a Alert) *Error { return &Error{Alert: a, Reason: ReasonReceived(a), Remote: true} }

// Because sets the cause of e and returns e.
func (e *Error) Because(err error) *Error {
	e.Err = err
	return e
}

// Error returns one line that says whose alert it is, which one, and why:
//
//	tls: NO_SHARED_CIPHER: the client offers none of our suites (sent alert handshake_failure)
//	tls: SSLV3_ALERT_HANDSHAKE_FAILURE: the peer sent alert handshake_failure
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("tls: ")
	b.WriteString(e.Reason.String())
	if e.Remote {
		b.WriteString(": the peer sent alert ")
		b.WriteString(e.alertName())
	}
	if e.Detail != "" {
		b.WriteString(": ")
		b.WriteString(e.Detail)
	}
	if e.Err != nil {
		b.WriteString(": ")
		b.WriteString(e.Err.Error())
	}
	if !e.Remote {
		b.WriteString(" (sent alert ")
		b.WriteString(e.alertName())
		b.WriteString(")")
	}
	return b.String()
}

// alertName is the alert's name without the word alert, which stands in front of it already.
func (e *Error) alertName() string { return strings.TrimPrefix(e.Alert.String(), "alert ") }

// Unwrap returns the cause, nil if there is none.
func (e *Error) Unwrap() error { return e.Err }
