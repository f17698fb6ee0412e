package sslsock

import (
	"os"
	"slices"

	"tlsengine/engine"
	"tlsengine/handshake"
)

// Encrypted Client Hello (RFC 9849) hides from everybody on the way which host a client wants: its hello is encrypted
// to a key that the server publishes in the DNS. Python's module doesn't have it.

// ECHConfigList is what a server publishes for clients to encrypt their hellos to.
type ECHConfigList = handshake.ECHConfigList

// ECHKey is a configuration with its private key, for servers.
type ECHKey = handshake.ECHKey

// ECHRejection is among the causes of the error of a handshake whose encrypted hello the server didn't accept;
// errors.As finds it. It says what to try next.
type ECHRejection = handshake.ECHRejection

// ParseECHConfigList reads a list as it stands in the "ech" parameter of an HTTPS record, without its base64 there. The slice is
// copied.
func ParseECHConfigList(list []byte) (*ECHConfigList, error) {
	l, err := handshake.ParseECHConfigList(list)
	if err != nil {
		return nil, argumentError(err.Error())
	}
	return l, nil
}

// echSettings are what contexts know of Encrypted Client Hello.
type echSettings struct {
	keys     []*ECHKey
	required bool
	grease   bool
}

func (e *echSettings) into(config *engine.Config) {
	config.ECHKeys, config.RequireECH, config.ECHGrease = e.keys, e.required, e.grease
}

// WithECHConfigs makes a client encrypt its hello to the first configuration of the list that it can use; nil encrypts
// nothing. If the server doesn't accept that, the handshake fails with an error in which errors.As finds an
// *ECHRejection. A list in which nothing can be used counts as none: see Context.SetRequireECH.
func WithECHConfigs(list *ECHConfigList) SocketOption {
	return socketOption(func(s *socketSettings) { s.echConfigs = list })
}

// SetRequireECH keeps clients from connecting unless they can encrypt their hello. The default connects without if there is no
// configuration to use.
func (c *Context) SetRequireECH(required bool) {
	c.change(func(s *settings) { s.ech.required = required })
}

// SetECHGrease makes clients without a configuration send what looks like an encrypted hello, so that real ones don't
// stand out. The default doesn't.
func (c *Context) SetECHGrease(on bool) {
	c.change(func(s *settings) { s.ech.grease = on })
}

// LoadECHKeys loads a file with keys in PEM: blocks PRIVATE KEY (for X25519) and ECHCONFIG, as OpenSSL's ech command
// and `sslcat ech-key` write them. Servers open with them the hellos of their clients, and tell those with old
// configurations the present ones. Keys that are loaded later are added.
//
// Errors: *fs.PathError for a file that can't be read, an *SSLError for one without a key.
func (c *Context) LoadECHKeys(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	return c.LoadECHKeysPEM(text)
}

// LoadECHKeysPEM is LoadECHKeys for a text in memory.
func (c *Context) LoadECHKeysPEM(text []byte) error {
	keys, err := handshake.ParseECHKeysPEM(text)
	if err != nil {
		return sslError("", err.Error(), err)
	}
	c.change(func(s *settings) { s.ech.keys = append(slices.Clip(s.ech.keys), keys...) })
	return nil
}
