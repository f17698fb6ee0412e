package handshake

import (
	"bytes"
	"crypto/hpke"
	"errors"
	"fmt"
	"slices"

	ours "tlsengine/cipher/hpke"
	"tlsengine/handshake/wire"
	"tlsengine/x509lite"
)

// An ECHKey is a configuration together with its private key: what a server opens encrypted hellos with. It is immutable and
// doesn't print its secret.
type ECHKey struct {
	config  *ECHConfig
	private hpke.PrivateKey
	retired bool
}

// NewECHKey makes a key of an ECHConfig (without the length that stands in front of a list) and its private key, in the form of
// RFC 9180, Section 7.1.2: for X25519 the 32 bytes. Neither slice is kept. It errs for a configuration that is malformed, of
// another version, with algorithms that are unknown, and for a private key that belongs to another public one.
func NewECHKey(config, private []byte) (*ECHKey, error) {
	list, err := ParseECHConfigList(append([]byte{byte(len(config) >> 8), byte(len(config))}, config...))
	if err != nil || len(list.configs) != 1 {
		return nil, errors.New("handshake: this is no ECHConfig of RFC 9849")
	}
	return newECHKey(&list.configs[0], private)
}

func newECHKey(c *ECHConfig, private []byte) (*ECHKey, error) {
	if _, ok := c.choose(); !ok {
		return nil, fmt.Errorf("handshake: ECH configuration %d can't be used: its algorithms or extensions are unknown, or %q is no host name",
			c.id, c.publicName)
	}
	kem, err := hpke.NewKEM(uint16(c.kem))
	if err != nil {
		return nil, err
	}
	key, err := kem.NewPrivateKey(private)
	if err != nil {
		return nil, fmt.Errorf("handshake: private key of ECH configuration %d: %w", c.id, err)
	}
	if !bytes.Equal(key.PublicKey().Bytes(), c.publicKey) {
		return nil, fmt.Errorf("handshake: the private key is not that of ECH configuration %d", c.id)
	}
	return &ECHKey{config: c, private: key}, nil
}

// GenerateECHKey makes a key and its configuration. publicName is a host name for which the server has a certificate: it is what
// anybody sees in place of the real name, and how clients whose configurations are out of date find to the present ones. id
// should be different for each key that a server holds (RFC 9849, Section 4.1); maxName is the length of the longest name
// behind the server, up to which clients hide how long theirs is, 0 if it isn't known. seed is at least 32 random bytes to make
// the key from, or nil for crypto/rand. The key is for X25519, the suites are HKDF-SHA256 with AES-128-GCM, ChaCha20-Poly1305
// and AES-256-GCM.
func GenerateECHKey(publicName string, id, maxName uint8, seed []byte) (*ECHKey, error) {
	if !isPublicName(publicName) || len(publicName) > maxHostName {
		return nil, fmt.Errorf("handshake: %q is no host name that a client would take", publicName)
	}
	kem, err := hpke.NewKEM(uint16(ours.KEMX25519))
	if err != nil {
		return nil, err
	}
	generate := kem.GenerateKey
	if seed != nil {
		generate = func() (hpke.PrivateKey, error) { return kem.DeriveKeyPair(seed) }
	}
	key, err := generate()
	if err != nil {
		return nil, err
	}
	c := &ECHConfig{id: id, kem: ours.KEMX25519, publicKey: key.PublicKey().Bytes(), maxName: maxName, publicName: []byte(publicName)}
	for _, aead := range []ours.AEAD{ours.AEADAES128GCM, ours.AEADChaCha20Poly1305, ours.AEADAES256GCM} {
		c.suites = append(c.suites, 0, byte(ours.KDFSHA256), 0, byte(aead))
	}
	var b wire.Builder
	c.put(&b)
	return &ECHKey{config: c, private: key}, nil
}

// Config returns what is to be published.
func (k *ECHKey) Config() *ECHConfig { return k.config }

// Retired returns the key as one that is still good for opening hellos and not handed out any more: RFC 9849, Section 4.1: a
// server should keep keys that may still be in the caches of resolvers.
func (k *ECHKey) Retired() *ECHKey {
	old := *k
	old.retired = true
	return &old
}

// Format prints what the key is for, whatever the verb.
func (k ECHKey) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "ECH key %d of %q", k.config.id, k.config.publicName)
}

// echRetryConfigs returns the list that a server sends to clients whose hello it could not open, nil if it has no key for that.
func echRetryConfigs(keys []*ECHKey) ([]byte, error) {
	var configs []*ECHConfig
	for _, k := range keys {
		if !k.retired {
			configs = append(configs, k.config)
		}
	}
	if len(configs) == 0 {
		return nil, nil
	}
	list, err := NewECHConfigList(configs...)
	if err != nil {
		return nil, err
	}
	return list.raw, nil
}

// ECHRetryConfigs returns what Params.ECHRetryConfigs is to be for these keys. RFC 9849, Section 7.1: a server that has keys
// must have some to hand out; it is an error if all are retired.
func ECHRetryConfigs(keys []*ECHKey) ([]byte, error) {
	if slices.Contains(keys, nil) {
		return nil, errors.New("handshake: there is a nil among the ECH keys")
	}
	list, err := echRetryConfigs(keys)
	if err == nil && list == nil && len(keys) > 0 {
		err = errors.New("handshake: all ECH keys are retired: clients have to be told a better one")
	}
	return list, err
}

// The labels of PEM blocks with keys and configurations (draft-farrell-tls-pemesni).
const (
	pemPrivateKey = "PRIVATE KEY"
	pemECHConfig  = "ECHCONFIG"
)

// pkcs8X25519 stands before the 32 bytes of a key for X25519 in its PKCS #8 form (RFC 8410, Section 7).
var pkcs8X25519 = []byte{0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 4, 0x22, 4, 0x20}

// MarshalPEM returns the private key and a list of the one configuration, as OpenSSL's ech command writes them: blocks PRIVATE
// KEY and ECHCONFIG. It errs for keys that are not for X25519.
func (k *ECHKey) MarshalPEM() ([]byte, error) {
	private, err := k.private.Bytes()
	if err != nil {
		return nil, err
	}
	if k.config.kem != ours.KEMX25519 {
		return nil, errors.New("handshake: only ECH keys for X25519 have a PEM form here")
	}
	list, err := NewECHConfigList(k.config)
	if err != nil {
		return nil, err
	}
	text := x509lite.MarshalPEM(nil, pemPrivateKey, append(bytes.Clone(pkcs8X25519), private...))
	return x509lite.MarshalPEM(text, pemECHConfig, list.raw), nil
}

// ParseECHKeysPEM returns the keys in a PEM text: those configurations of its ECHCONFIG blocks whose private key stands in a
// PRIVATE KEY block. Errors: *x509lite.PEMError, ErrECHConfigList, and one that says what is missing.
func ParseECHKeysPEM(text []byte) ([]*ECHKey, error) {
	blocks, err := x509lite.ParsePEM(text)
	if err != nil {
		return nil, err
	}
	var keys []*ECHKey
	for _, b := range blocks {
		if b.Type != pemECHConfig {
			continue
		}
		list, err := ParseECHConfigList(b.Bytes)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", b.Line, err)
		}
		keys = append(keys, keysOf(list, blocks)...)
	}
	if len(keys) == 0 {
		return nil, errors.New("handshake: the text has no ECHCONFIG block with a PRIVATE KEY block for it")
	}
	return keys, nil
}

// keysOf returns those configurations of a list for which there is a private key.
func keysOf(list *ECHConfigList, blocks []x509lite.PEMBlock) (keys []*ECHKey) {
	for _, c := range list.Configs() {
		for _, b := range blocks {
			private, ok := bytes.CutPrefix(b.Bytes, pkcs8X25519)
			if b.Type != pemPrivateKey || !ok {
				continue
			}
			if k, err := newECHKey(c, private); err == nil {
				keys = append(keys, k)
			}
		}
	}
	return keys
}

// ParseECHConfigListPEM returns the list in the first ECHCONFIG block of a PEM text. Errors: *x509lite.PEMError,
// ErrECHConfigList.
func ParseECHConfigListPEM(text []byte) (*ECHConfigList, error) {
	blocks, err := x509lite.ParsePEM(text)
	if err != nil {
		return nil, err
	}
	for _, b := range blocks {
		if b.Type == pemECHConfig {
			return ParseECHConfigList(b.Bytes)
		}
	}
	return nil, fmt.Errorf("%w: the text has no ECHCONFIG block", ErrECHConfigList)
}
