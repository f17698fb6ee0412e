package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"

	"tlsengine/handshake"
	"tlsengine/record"
	"tlsengine/sslsock"
	"tlsengine/x509lite"
)

// failure is what ended a connection to a server, in one line.
type failure struct {
	address string
	err     error
}

func (f *failure) Error() string { return f.address + ": " + explain(f.err, handshake.ClientRole) }
func (f *failure) Unwrap() error { return f.err }

// showTried prints, if err is about a certificate, every path to a trusted one that was tried, and what was missing.
func showTried(w io.Writer, err error) {
	var refused *x509lite.VerifyError
	if !errors.As(err, &refused) {
		return
	}
	for line := range strings.Lines(refused.Explain()) {
		fmt.Fprintln(w, strings.TrimRight("  "+oneLine(line), " "))
	}
}

// explain says in one line why a connection failed: which alert, whose, and what it means. we is our role.
func explain(err error, we handshake.Role) string {
	peer := "the server"
	if we == handshake.ServerRole {
		peer = "the client"
	}
	var tls *record.Error
	var ssl *sslsock.SSLError
	switch {
	case errors.As(err, &tls) && tls.Remote && tls.Alert == record.AlertCloseNotify:
		return peer + " sent alert close_notify in the middle of the handshake"
	case errors.As(err, &tls) && tls.Remote:
		return peer + " sent " + alertName(tls.Alert) + meaning(tls.Alert, we)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return peer + " ended the connection without an alert or close_notify: what has come may be cut short"
	case tls != nil && tls.Alert != record.AlertCloseNotify:
		return "we sent " + alertName(tls.Alert) + ": " + reason(tls)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return "no alert: " + peer + " took too long"
	case errors.As(err, &ssl) && ssl.Code == sslsock.ErrorSyscall:
		return "no alert: the network failed: " + plain(ssl.Err)
	}
	return plain(err)
}

// alertName is "alert unknown_ca", and "alert 200" for one that has no name.
func alertName(a record.Alert) string { return "alert " + strings.TrimPrefix(a.String(), "alert ") }

// plain removes what a net.OpError says of addresses, which whoever prints it knows.
func plain(err error) string {
	var op *net.OpError
	if errors.As(err, &op) && op.Err != nil {
		if op.Op == "dial" {
			return "no connection: " + op.Err.Error()
		}
		return op.Op + ": " + op.Err.Error()
	}
	return oneLine(err.Error())
}

// reason says why we sent an alert.
func reason(e *record.Error) string {
	var host *x509lite.HostnameError
	if errors.As(e, &host) {
		return oneLine(host.Error())
	}
	var refused *x509lite.VerifyError
	if errors.As(e, &refused) {
		return oneLine(refused.Error())
	}
	text := strings.ReplaceAll(strings.ToLower(e.Reason.String()), "_", " ")
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return oneLine(text)
}

// oneLine keeps what a peer has chosen from making more of a line than one, and from talking to the terminal: no
// controls, those beyond ASCII included, nothing that turns the direction of writing, no bytes that are not UTF-8.
func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) || r == utf8.RuneError }), " ")
}

// meaning says what an alert of the peer probably means for us, with a leading ": ", or nothing.
func meaning(a record.Alert, we handshake.Role) string {
	if we == handshake.ClientRole {
		if text, ok := serverMeans[a]; ok {
			return ": " + text
		}
	}
	if text, ok := peerMeans[a]; ok {
		return ": " + text
	}
	return ""
}

// serverMeans is what alerts mean when a server sends them.
var serverMeans = map[record.Alert]string{
	record.AlertHandshakeFailure:      "it accepts nothing of what we offer, or wants a certificate (-cert, -key)",
	record.AlertCertificateRequired:   "it wants a certificate (-cert, -key)",
	record.AlertUnrecognizedName:      "it does not know the host (-servername)",
	record.AlertNoApplicationProtocol: "it speaks none of our protocols (-alpn)",
	record.AlertProtocolVersion:       "it speaks none of our versions (-min, -max)",
}

// peerMeans is what alerts mean whoever sends them.
var peerMeans = map[record.Alert]string{
	record.AlertUnexpectedMessage:      "it did not expect the message that we sent",
	record.AlertBadRecordMAC:           "a record of ours was damaged on its way",
	record.AlertHandshakeFailure:       "we have nothing in common",
	record.AlertBadCertificate:         "our certificate is for another name, or broken",
	record.AlertUnsupportedCertificate: "our certificate is of a kind that it can't use",
	record.AlertCertificateRevoked:     "our certificate was revoked",
	record.AlertCertificateExpired:     "our certificate has expired, or its clock is wrong",
	record.AlertCertificateUnknown:     "it does not accept our certificate",
	record.AlertUnknownCA:              "it does not trust the authority of our certificate",
	record.AlertAccessDenied:           "our certificate is good, but does not let us in",
	record.AlertDecodeError:            "it could not parse a message of ours",
	record.AlertDecryptError:           "a signature or MAC of ours was wrong",
	record.AlertProtocolVersion:        "it speaks none of our versions",
	record.AlertInsufficientSecurity:   "what we offer is too weak for it",
	record.AlertInternalError:          "something broke in it",
	record.AlertUserCanceled:           "somebody there gave up",
	record.AlertNoApplicationProtocol:  "it speaks none of our protocols",
}
