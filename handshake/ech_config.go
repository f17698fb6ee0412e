package handshake

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"tlsengine/cipher/hpke"
	"tlsengine/handshake/wire"
)

// This file is what a server publishes so that clients can encrypt their hellos to it (RFC 9849, Section 4).

// echVersion is the version of ECH that we know, which is the number of its extension (RFC 9849, Section 4).
const echVersion = uint16(ExtEncryptedClientHello)

// An ECHConfig is a public key for hellos, and the name of the server that holds the private one. It is immutable.
type ECHConfig struct {
	raw        []byte // all of it
	id         uint8
	kem        hpke.KEM
	publicKey  []byte
	suites     []byte // HpkeSymmetricCipherSuites, four bytes each
	maxName    uint8  // of the names behind the server, 0 if unknown
	publicName []byte
	mandatory  bool // it has an extension that must be understood; we understand none
}

// ID returns the number by which hellos say to which of a server's configurations they are encrypted.
func (c *ECHConfig) ID() uint8 { return c.id }

// PublicName returns the name that goes unencrypted, and that a server which rejects ECH authenticates itself for.
func (c *ECHConfig) PublicName() string { return string(c.publicName) }

// Bytes returns the configuration as it is published within a list. Read only.
func (c *ECHConfig) Bytes() []byte { return c.raw }

// info is what both ends make the HPKE context for (RFC 9849, Section 6.1).
func (c *ECHConfig) info() []byte { return append([]byte("tls ech\x00"), c.raw...) }

// suite returns the i-th suite, the best first.
func (c *ECHConfig) suite(i int) hpke.Suite {
	s := c.suites[4*i:]
	return hpke.Suite{KEM: c.kem, KDF: hpke.KDF(s[0])<<8 | hpke.KDF(s[1]), AEAD: hpke.AEAD(s[2])<<8 | hpke.AEAD(s[3])}
}

func (c *ECHConfig) suiteCount() int { return len(c.suites) / 4 }

// lists tells whether a suite is among the configuration's.
func (c *ECHConfig) lists(s hpke.Suite) bool {
	for i := range c.suiteCount() {
		if c.suite(i) == s {
			return true
		}
	}
	return false
}

// choose returns the suite that a client uses, the first that it knows, and tells whether it can use the configuration.
func (c *ECHConfig) choose() (hpke.Suite, bool) {
	if c.mandatory || !isPublicName(c.PublicName()) {
		// RFC 9849, Section 4.2: one with an unknown mandatory extension must be ignored; Section 6.1.7: one without a host name
		// should.
		return hpke.Suite{}, false
	}
	for i := range c.suiteCount() {
		// RFC 9849, Section 6.1: the suite must be one that the configuration has.
		if s := c.suite(i); s.Supported() {
			return s, true
		}
	}
	return hpke.Suite{}, false
}

// isPublicName tells whether name is a host name that nobody takes for an IPv4 address (RFC 9849, Section 6.1.7).
func isPublicName(name string) bool {
	labels := strings.Split(name, ".")
	for _, label := range labels {
		if !isLDH(label) {
			return false
		}
	}
	last := labels[len(labels)-1]
	if strings.Trim(last, "0123456789") == "" {
		return false
	}
	hex, numeric := strings.CutPrefix(strings.ToLower(last), "0x")
	return !numeric || strings.Trim(hex, "0123456789abcdef") != ""
}

// isLDH tells whether label is one of letters, digits and hyphens (RFC 5890, Section 2.3.1).
func isLDH(label string) bool {
	const maxLabel = 63
	if label == "" || len(label) > maxLabel || label[0] == '-' || label[len(label)-1] == '-' {
		return false
	}
	for _, c := range []byte(label) {
		if !('a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || c == '-') {
			return false
		}
	}
	return true
}

// get reads ECHConfigContents; the fields are views.
func (c *ECHConfig) get(s *wire.String) bool {
	var key, suites, name, extensions wire.String
	ok := s.U8(&c.id) && s.U16((*uint16)(&c.kem)) && s.Vector16(&key) && s.Vector16(&suites) && s.U8(&c.maxName) &&
		s.Vector8(&name) && s.Vector16(&extensions) && s.Empty()
	if !ok || key.Empty() || name.Empty() || suites.Empty() || len(suites)%4 != 0 {
		return false
	}
	c.publicKey, c.suites, c.publicName = key, suites, name
	return c.getExtensions(extensions)
}

// getExtensions reads ECHConfigExtension extensions<0..2^16-1>.
func (c *ECHConfig) getExtensions(list wire.String) bool {
	var seen codeSet
	for !list.Empty() {
		var id uint16
		var body []byte
		if !list.U16(&id) || !list.Opaque16(&body) || !seen.add(id) {
			return false // RFC 9849, Section 4.2: there must not be two of the same type
		}
		c.mandatory = c.mandatory || id&0x8000 != 0
	}
	return true
}

// put appends the configuration with what has been set, and makes that its raw form.
func (c *ECHConfig) put(b *wire.Builder) {
	at := b.Len()
	b.U16(echVersion)
	b.Vector16(func(b *wire.Builder) {
		b.U8(c.id)
		b.U16(uint16(c.kem))
		b.Opaque16(c.publicKey)
		b.Opaque16(c.suites)
		b.U8(c.maxName)
		b.Opaque8(c.publicName)
		b.Opaque16(nil)
	})
	c.raw = b.Since(at)
}

// An ECHConfigList is what a server publishes in its HTTPS record or sends to be tried instead: configurations, the best first.
// It is immutable.
type ECHConfigList struct {
	raw     []byte
	configs []ECHConfig // those of the version that we know
}

// ErrECHConfigList is the error for a list that doesn't follow the syntax.
var ErrECHConfigList = errors.New("handshake: this is no ECHConfigList (RFC 9849, Section 4)")

// ParseECHConfigList reads an ECHConfigList as it is published: RFC 9849, Section 4, with its length in front. The slice is
// copied. Configurations of versions that are unknown are passed over; a list of nothing else is none that can be used, and no
// error. The error is ErrECHConfigList.
func ParseECHConfigList(list []byte) (*ECHConfigList, error) {
	l := &ECHConfigList{raw: bytes.Clone(list)}
	if !eachECHConfig(l.raw, func(c *ECHConfig) { l.configs = append(l.configs, *c) }) {
		return nil, ErrECHConfigList
	}
	return l, nil
}

// eachECHConfig calls see with each configuration of a list that is of our version, and tells whether all of the list follows the
// syntax. The configurations are views.
func eachECHConfig(list wire.String, see func(c *ECHConfig)) bool {
	var all wire.String
	if !list.Vector16(&all) || all.Empty() || !list.Empty() {
		return false
	}
	for !all.Empty() {
		start := all
		var version uint16
		var contents wire.String
		if !all.U16(&version) || !all.Vector16(&contents) {
			return false
		}
		if version != echVersion {
			continue // RFC 9849, Section 4: a client must ignore versions that it doesn't know
		}
		c := ECHConfig{raw: start[:len(start)-len(all)]}
		if !c.get(&contents) {
			return false
		}
		see(&c)
	}
	return true
}

// NewECHConfigList makes a list of configurations, the best first; at least one.
func NewECHConfigList(configs ...*ECHConfig) (*ECHConfigList, error) {
	var b wire.Builder
	b.Vector16(func(b *wire.Builder) {
		for _, c := range configs {
			b.Bytes(c.raw)
		}
	})
	raw, err := b.Result()
	if err != nil {
		return nil, fmt.Errorf("handshake: too many ECH configurations for one list: %w", err)
	}
	return ParseECHConfigList(raw)
}

// Bytes returns the list as it is published. Read only.
func (l *ECHConfigList) Bytes() []byte { return l.raw }

// Configs returns the configurations of the version of RFC 9849, the best first.
func (l *ECHConfigList) Configs() []*ECHConfig {
	all := make([]*ECHConfig, len(l.configs))
	for i := range l.configs {
		all[i] = &l.configs[i]
	}
	return all
}

// Usable tells whether a client can use any of the configurations: their algorithms and mandatory extensions are known to us, and
// their public names are host names.
func (l *ECHConfigList) Usable() bool {
	for i := range l.configs {
		if _, ok := l.configs[i].choose(); ok {
			return true
		}
	}
	return false
}

// An ECHRejection is a cause of the error with which a client's connection ends when the server has not accepted its encrypted
// hello, and has proved to be the one of the public name. Nothing was sent to it but the hello. RFC 9849, Section 6.1.6: the
// application should make a new connection with RetryConfigs, once, or without ECH if it has none; it must tell its user if it
// doesn't.
type ECHRejection struct {
	PublicName string
	// RetryConfigs are to be used for that one connection in place of those that were; nil if the server has none that we
	// could use. If they are rejected too, the server is misconfigured.
	RetryConfigs *ECHConfigList
}

// Error returns one line for people.
func (r *ECHRejection) Error() string {
	if r.RetryConfigs == nil {
		return fmt.Sprintf("the server for %q does not accept encrypted hellos: connect without", r.PublicName)
	}
	return fmt.Sprintf("the server for %q has other keys for encrypted hellos: connect with those", r.PublicName)
}
