package main

import (
	"tlsengine/handshake"
	"tlsengine/record"
)

// messageNotes say what a message means, in the words of its sender.
var messageNotes = map[handshake.MessageType]string{
	handshake.TypeHelloRequest:          "let us negotiate anew",
	handshake.TypeClientHello:           "what I can do, and my key shares",
	handshake.TypeServerHello:           "what I chose; in TLS 1.3 also my key share",
	handshake.TypeNewSessionTicket:      "show me this next time, and we are done sooner",
	handshake.TypeEndOfEarlyData:        "no more early data",
	handshake.TypeEncryptedExtensions:   "the answers that only you need to see",
	handshake.TypeCertificate:           "who I am, vouched for by somebody you trust",
	handshake.TypeServerKeyExchange:     "my key share, signed",
	handshake.TypeCertificateRequest:    "show me a certificate too",
	handshake.TypeServerHelloDone:       "your turn",
	handshake.TypeCertificateVerify:     "my signature over all of this: the key is mine",
	handshake.TypeClientKeyExchange:     "my key share",
	handshake.TypeFinished:              "a MAC over all of this: nobody changed it",
	handshake.TypeCertificateStatus:     "my certificate was not revoked, says its issuer",
	handshake.TypeKeyUpdate:             "from here on I use the next keys",
	handshake.TypeCompressedCertificate: "who I am, compressed",
}

const (
	retryNote            = "I can do that, but send me another key share"
	innerHelloNote       = "encrypted inside the other one: what I really want"
	changeCipherSpecNote = "from here on I encrypt"
)

// alertNote says what an alert means.
func alertNote(a record.Alert) string {
	switch a {
	case record.AlertCloseNotify:
		return "that was all: nobody has cut it short"
	case record.AlertNoRenegotiation, record.AlertUserCanceled:
		return ""
	}
	return "the connection is over"
}

// recordNotes say what a type of record tells somebody on the line.
var recordNotes = map[record.ContentType]string{
	record.TypeHandshake:        "in the clear",
	record.TypeChangeCipherSpec: "means nothing in TLS 1.3; old middleboxes miss it otherwise",
	record.TypeApplicationData:  "encrypted, its true type too: messages, data and alerts look alike",
	record.TypeAlert:            "in the clear",
}
