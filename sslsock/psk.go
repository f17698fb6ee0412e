package sslsock

import (
	"errors"
	"unicode/utf8"

	"tlsengine/cipher"
	"tlsengine/engine"
	"tlsengine/handshake"
	"tlsengine/record"
)

// PSKClientCallback gives a client's pre-shared key and the name by which the server knows it: UTF-8, at most 256 bytes. hint
// is what the server says before TLS 1.3, "" if nothing.
type PSKClientCallback func(hint string) (identity string, psk []byte, err error)

// PSKServerCallback gives the pre-shared key of a name; nil if it knows none.
type PSKServerCallback func(identity string) (psk []byte, err error)

// pskSettings are what contexts know of pre-shared keys.
type pskSettings struct {
	client PSKClientCallback
	server PSKServerCallback
	hint   string
}

// any reports whether there is somebody to ask for keys.
func (p *pskSettings) any() bool { return p.client != nil || p.server != nil }

// Bounds, in bytes.
const (
	maxPSKIdentity = 256
	maxPSKHint     = 128
)

// SetPSKClientCallback sets the function that client sockets ask for a pre-shared key: once when the hello is made, if
// TLS 1.3 is allowed, with the hint "", and once when a suite with a pre-shared key was chosen before it. An error, or
// an empty key, ends the handshake. nil asks nobody. In TLS 1.3 the key is used with SHA-256; before it only with the
// suites that SetCiphers chose ("PSK+AESGCM" for example). A context for servers gives an *SSLError.
func (c *Context) SetPSKClientCallback(ask PSKClientCallback) error {
	if c.Protocol() == ProtocolTLSServer {
		return sslError("", "Cannot add PSK client callback to a PROTOCOL_TLS_SERVER context", nil)
	}
	c.change(func(s *settings) { s.psk.client = ask })
	return nil
}

// SetPSKServerCallback sets the function that server sockets ask for the key of a name, and what they tell clients
// before TLS 1.3 of which to use, at most 128 bytes of UTF-8, "" for nothing. A name without key is passed over in TLS
// 1.3: the handshake may go on with a certificate. nil asks nobody. A context for clients gives an *SSLError, a bad
// hint ErrInvalidArgument.
func (c *Context) SetPSKServerCallback(ask PSKServerCallback, hint string) error {
	if c.Protocol() == ProtocolTLSClient {
		return sslError("", "Cannot add PSK server callback to a PROTOCOL_TLS_CLIENT context", nil)
	}
	if len(hint) > maxPSKHint || !utf8.ValidString(hint) {
		return argumentError("a PSK hint has at most 128 bytes of UTF-8")
	}
	c.change(func(s *settings) { s.psk.server, s.psk.hint = ask, hint })
	return nil
}

// into puts the callbacks into what the engine takes.
func (p *pskSettings) into(config *engine.Config) {
	if !p.any() {
		return
	}
	config.FindPSK = p.find
	if p.hint != "" {
		config.PSKHint = []byte(p.hint)
	}
}

// errNoPSK is for a side that has nobody to ask.
var errNoPSK = errors.New("sslsock: the PSK callback gives no key")

// pskForHello returns the function to ask for a key when a hello is made: in TLS 1.3 keys are offered at once.
func (s *settings) pskForHello() PSKClientCallback {
	if versions, err := s.versions(); err != nil || versions[0] < VersionTLS13 {
		return nil
	}
	return s.psk.client
}

// askPSK asks for the key of a hello; a nil function has none.
func askPSK(ask PSKClientCallback) ([]*handshake.PSK, error) {
	if ask == nil {
		return nil, nil
	}
	k, err := clientPSK(ask, "")
	if err != nil {
		return nil, protocolError(err)
	}
	return []*handshake.PSK{k}, nil
}

// find answers the engine's question for a key.
func (p *pskSettings) find(op *handshake.FindPSK) (*handshake.PSK, error) {
	if op.Role == handshake.ServerRole {
		return p.findServer(op)
	}
	if p.client == nil {
		return nil, nil
	}
	return clientPSK(p.client, string(op.Hint))
}

func clientPSK(ask PSKClientCallback, hint string) (*handshake.PSK, error) {
	identity, key, err := ask(hint)
	if err == nil && (len(key) == 0 || len(identity) > maxPSKIdentity) {
		err = errNoPSK
	}
	if err != nil {
		return nil, record.Fail(record.AlertHandshakeFailure, record.ReasonPSKNoClientCB, "no pre-shared key").Because(err)
	}
	return handshake.NewPSK([]byte(identity), key, cipher.SHA256)
}

func (p *pskSettings) findServer(op *handshake.FindPSK) (*handshake.PSK, error) {
	if p.server == nil || len(op.Identity) > maxPSKIdentity || !utf8.Valid(op.Identity) {
		return nil, nil
	}
	key, err := p.server(string(op.Identity))
	if err != nil || len(key) == 0 {
		return nil, err
	}
	return handshake.NewPSK(op.Identity, key, cipher.SHA256)
}
