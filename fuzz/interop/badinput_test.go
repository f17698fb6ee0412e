package interop

import (
	"encoding/hex"
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	"tlsengine/record"
)

// badInput is what a peer sends that does not speak TLS, or not well, and what must come of it.
type badInput struct {
	name   string
	sent   string
	closes bool // the peer ends its half after sent; otherwise it waits for us
	reason record.Reason
	alert  record.Alert
	silent bool // no alert answers: the peer has ended, or has sent one itself
}

var badClients = []badInput{
	{name: "GET", sent: "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
		reason: record.ReasonHTTPRequest, alert: record.AlertUnexpectedMessage},
	{name: "POST", sent: "POST / HTTP/1.1\r\nHost: localhost\r\n\r\n",
		reason: record.ReasonHTTPRequest, alert: record.AlertUnexpectedMessage},
	{name: "HEAD", sent: "HEAD / HTTP/1.0\r\n\r\n", reason: record.ReasonHTTPRequest, alert: record.AlertUnexpectedMessage},
	{name: "PUT", sent: "PUT /x HTTP/1.1\r\n\r\n", reason: record.ReasonHTTPRequest, alert: record.AlertUnexpectedMessage},
	{name: "proxy CONNECT", sent: "CONNECT localhost:443 HTTP/1.1\r\n\r\n",
		reason: record.ReasonHTTPSProxyRequest, alert: record.AlertUnexpectedMessage},
	{name: "SSH", sent: "SSH-2.0-OpenSSH_9.9\r\n", reason: record.ReasonWrongVersionNumber, alert: record.AlertProtocolVersion},
	{name: "HTTP/2 preface", sent: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		reason: record.ReasonWrongVersionNumber, alert: record.AlertProtocolVersion},
	{name: "SSL 2.0 hello", sent: "\x80\x2e\x01\x00\x02" + strings.Repeat("\x01", 43),
		reason: record.ReasonUnsupportedProtocol, alert: record.AlertProtocolVersion},
	{name: "zeros", sent: strings.Repeat("\x00", 100),
		reason: record.ReasonWrongVersionNumber, alert: record.AlertProtocolVersion},
	{name: "ones", sent: strings.Repeat("\xff", 100000),
		reason: record.ReasonWrongVersionNumber, alert: record.AlertProtocolVersion},
	{name: "record too long", sent: "\x16\x03\x01\xff\xff",
		reason: record.ReasonDataLengthTooLong, alert: record.AlertRecordOverflow},
	{name: "application data first", sent: "\x17\x03\x03\x00\x01\x00",
		reason: record.ReasonUnexpectedRecord, alert: record.AlertUnexpectedMessage},
	{name: "unknown record type", sent: "\x20\x03\x03\x00\x01\x00",
		reason: record.ReasonWrongVersionNumber, alert: record.AlertProtocolVersion},
	{name: "ServerHello first", sent: "\x16\x03\x03\x00\x04\x02\x00\x00\x00",
		reason: record.ReasonUnexpectedMessage, alert: record.AlertUnexpectedMessage},
	{name: "ClientHello of 16 MiB", sent: "\x16\x03\x03\x00\x04\x01\xff\xff\xff",
		reason: record.ReasonExcessiveMessageSize, alert: record.AlertDecodeError},
	{name: "empty ClientHello", sent: "\x16\x03\x03\x00\x04\x01\x00\x00\x00",
		reason: record.ReasonClientHelloParseFailed, alert: record.AlertDecodeError},
	{name: "empty records", sent: strings.Repeat("\x16\x03\x03\x00\x00", 1000),
		reason: record.ReasonTooManyEmptyFragments, alert: record.AlertUnexpectedMessage},
	{name: "alert", sent: "\x15\x03\x03\x00\x02\x02\x28",
		reason: record.ReasonReceived(record.AlertHandshakeFailure), alert: record.AlertHandshakeFailure, silent: true},
	{name: "nothing", closes: true, reason: record.ReasonUnexpectedEOFWhileReading, alert: record.AlertCloseNotify, silent: true},
	{name: "half a header", sent: "\x16\x03",
		closes: true, reason: record.ReasonUnexpectedEOFWhileReading, alert: record.AlertCloseNotify, silent: true},
	{name: "half a record", sent: "\x16\x03\x01\x02\x00\x01\x00",
		closes: true, reason: record.ReasonUnexpectedEOFWhileReading, alert: record.AlertCloseNotify, silent: true},
}

var badServers = []badInput{
	{name: "SMTP", sent: "220 mail.example ESMTP\r\n",
		reason: record.ReasonWrongVersionNumber, alert: record.AlertProtocolVersion},
	{name: "HTTP", sent: "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n",
		closes: true, reason: record.ReasonWrongVersionNumber, alert: record.AlertProtocolVersion},
	{name: "SSH", sent: "SSH-2.0-OpenSSH_9.9\r\n", reason: record.ReasonWrongVersionNumber, alert: record.AlertProtocolVersion},
	{name: "two bytes", sent: "ok",
		closes: true, reason: record.ReasonUnexpectedEOFWhileReading, alert: record.AlertCloseNotify, silent: true},
	{name: "nothing", closes: true, reason: record.ReasonUnexpectedEOFWhileReading, alert: record.AlertCloseNotify, silent: true},
	{name: "alert", sent: "\x15\x03\x01\x00\x02\x02\x46",
		closes: true, reason: record.ReasonReceived(record.AlertProtocolVersion), alert: record.AlertProtocolVersion, silent: true},
	{name: "application data", sent: "\x17\x03\x03\x00\x01\x00",
		reason: record.ReasonUnexpectedRecord, alert: record.AlertUnexpectedMessage},
	{name: "ClientHello", sent: "\x16\x03\x03\x00\x04\x01\x00\x00\x00",
		reason: record.ReasonUnexpectedMessage, alert: record.AlertUnexpectedMessage},
	{name: "empty ServerHello", sent: "\x16\x03\x03\x00\x04\x02\x00\x00\x00",
		reason: record.ReasonDecodeError, alert: record.AlertDecodeError},
	{name: "ServerHello of 16 MiB", sent: "\x16\x03\x03\x00\x04\x02\xff\xff\xff",
		reason: record.ReasonExcessiveMessageSize, alert: record.AlertDecodeError},
}

// play sends b's bytes and returns all that comes back.
func (b badInput) play(tcp net.Conn) ([]byte, error) {
	withDeadline(tcp)
	if _, err := io.WriteString(tcp, b.sent); err != nil {
		return nil, err
	}
	if b.closes {
		if err := tcp.(*net.TCPConn).CloseWrite(); err != nil {
			return nil, err
		}
	}
	return io.ReadAll(tcp)
}

// check looks at our error, and at what came back: nothing, or one fatal alert in the clear.
func (b badInput) check(t *testing.T, err error, back []byte) {
	t.Helper()
	var e *record.Error
	if !errors.As(err, &e) {
		t.Fatalf("the error is %v, want a *record.Error", err)
	}
	if e.Reason != b.reason || e.Alert != b.alert {
		t.Errorf("%v: reason %v with alert %v, want %v with %v", err, e.Reason, e.Alert, b.reason, b.alert)
	}
	if b.silent {
		if len(back) > 0 {
			t.Errorf("%x came back, want nothing", back)
		}
		return
	}
	if len(back) != 7 || back[0] != byte(record.TypeAlert) || back[1] != 3 || back[5] != byte(record.LevelFatal) || back[6] != byte(b.alert) {
		t.Errorf("%x came back, want fatal alert %v (%d)", back, b.alert, b.alert)
	}
}

// TestServerRefusesWhatIsNoTLS shows a clear error, the right alert and no hang. (S-010)
func TestServerRefusesWhatIsNoTLS(t *testing.T) {
	s := serve(t, row{key: p256}.serverConfig(t), func(*link) error { return nil })
	for _, b := range badClients {
		t.Run(b.name, func(t *testing.T) {
			tcp, err := net.Dial("tcp", s.addr)
			if err != nil {
				t.Fatal(err)
			}
			defer tcp.Close()
			back, err := b.play(tcp)
			if err != nil && len(back) == 0 {
				t.Error(err)
			}
			b.check(t, s.wait(t).err, back)
		})
	}
}

// TestClientRefusesWhatIsNoTLS is the same for a client.
func TestClientRefusesWhatIsNoTLS(t *testing.T) {
	for _, b := range badServers {
		t.Run(b.name, func(t *testing.T) {
			listener := listen(t)
			back := make(chan []byte, 1)
			go func() {
				tcp, err := listener.Accept()
				if err != nil {
					return
				}
				defer tcp.Close()
				hello, _ := b.play(tcp)
				back <- hello
			}()
			l := dial(t, listener.Addr().String(), row{key: p256}.clientConfig(t))
			err := l.handshake()
			l.hangUp()
			got := <-back
			if len(got) < 5 || got[0] != byte(record.TypeHandshake) {
				t.Fatalf("no ClientHello came: %s", hex.EncodeToString(got))
			}
			b.check(t, err, got[5+int(got[3])<<8+int(got[4]):])
		})
	}
}

// TestServerSurvivesGarbageAfterHandshake shows that what is no record in the middle of a connection ends it with an alert that
// the peer can read, and that nothing of it is delivered.
func TestServerSurvivesGarbageAfterHandshake(t *testing.T) {
	for _, v := range versions {
		for _, garbage := range []string{"\x17\x03\x03\x00\x20" + strings.Repeat("x", 32), "GET / HTTP/1.1\r\n\r\n"} {
			r := row{version: v, key: p256}
			s := serve(t, r.serverConfig(t), answerAndWait)
			l := connect(t, s.addr, r.clientConfig(t))
			if _, err := io.WriteString(l.tcp, garbage); err != nil {
				t.Fatal(err)
			}
			n, err := l.Read(make([]byte, 100))
			var e *record.Error
			if n != 0 || !errors.As(err, &e) || !e.Remote {
				t.Errorf("%v after %q: read %d bytes, %v; want the server's alert", v, garbage[:5], n, err)
			}
			if err := s.wait(t).err; err == nil {
				t.Errorf("%v after %q: the server noticed nothing", v, garbage[:5])
			}
		}
	}
}
