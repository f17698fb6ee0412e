package main

import (
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"

	"tlsengine/sslsock"
	"tlsengine/x509lite"
)

// identityFlags are the flags of connect and serve about what else than a plain certificate shows who one is.
type identityFlags struct {
	psk      pskFlag
	peerKey  string
	ownKey   string
	compress bool

	delegated     string
	takeDelegated bool
}

func (f *identityFlags) define(flags *flag.FlagSet) {
	flags.Var(&f.psk, "psk", "`IDENTITY:HEX` of a key that both ends have; others see it while the command runs")
	flags.StringVar(&f.peerKey, "rpk", "", "the peer must show the public key in `FILE` in place of a certificate (RFC 7250)")
	flags.StringVar(&f.ownKey, "rpk-key", "",
		"show the public key of the private key in `FILE` to peers that take one without a certificate")
	flags.BoolVar(&f.compress, "compress-certs", false, "compress certificates, if the peer does (RFC 8879, zlib)")
	flags.StringVar(&f.delegated, "delegated", "",
		"sign with the key in `FILE`, as sslcat delegate makes it, in place of that of -cert, for peers that take one")
	flags.BoolVar(&f.takeDelegated, "take-delegated", false,
		"let the peer sign with a key to which its certificate delegates (RFC 9345), which nobody can revoke")
}

// apply sets them in c, for a certificate in a file; server says for which end.
func (f *identityFlags) apply(c *sslsock.Context, cert string, server bool) error {
	c.SetCertificateCompression(f.compress)
	c.SetDelegatedCredentials(f.takeDelegated)
	if f.delegated != "" && cert == "" {
		return errors.New("-delegated needs -cert, the certificate that delegates")
	}
	if f.delegated != "" {
		if err := c.LoadDelegatedCredential(cert, f.delegated, nil); err != nil {
			return fmt.Errorf("-delegated %s: %w", f.delegated, err)
		}
	}
	if f.peerKey != "" {
		key, err := publicKeyIn(f.peerKey)
		if err == nil {
			err = c.SetTrustedPublicKeys(key)
		}
		if err != nil {
			return fmt.Errorf("-rpk %s: %w", f.peerKey, err)
		}
	}
	if f.ownKey != "" {
		if err := c.LoadRawKey(f.ownKey, nil); err != nil {
			return fmt.Errorf("-rpk-key %s: %w", f.ownKey, err)
		}
	}
	return f.psk.apply(c, server)
}

// publicKeyIn returns the public key of a PEM file: one that stands alone, or that of a certificate.
func publicKeyIn(file string) ([]byte, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	blocks, err := x509lite.ParsePEM(text)
	if err != nil {
		return nil, err
	}
	for _, b := range blocks {
		if b.Type == "PUBLIC KEY" {
			return b.Bytes, nil
		}
	}
	chain, err := x509lite.ParseCertificatesPEM(text)
	if err != nil {
		return nil, errors.New("there is neither a public key nor a certificate in it")
	}
	return chain[0].RawSPKI(), nil
}

// pskFlag is a flag's value IDENTITY:HEX; without a key it wasn't given.
type pskFlag struct {
	identity string
	key      []byte
}

// String hides the key.
func (p *pskFlag) String() string {
	if p.key == nil {
		return ""
	}
	return p.identity + ":..."
}

// Set takes what stands behind the last colon as the key.
func (p *pskFlag) Set(text string) error {
	at := strings.LastIndexByte(text, ':')
	if at <= 0 {
		return errors.New("it is IDENTITY:HEX")
	}
	key, err := hex.DecodeString(text[at+1:])
	if err != nil || len(key) == 0 {
		return errors.New("the key behind the colon is an even number of hexadecimal digits")
	}
	p.identity, p.key = text[:at], key
	return nil
}

// apply gives the key to c. Before TLS 1.3 it needs a suite with a PSK too, by -ciphers.
func (p *pskFlag) apply(c *sslsock.Context, server bool) error {
	switch {
	case p.key == nil:
		return nil
	case server:
		return c.SetPSKServerCallback(func(identity string) ([]byte, error) {
			if identity != p.identity {
				return nil, nil
			}
			return p.key, nil
		}, "")
	}
	return c.SetPSKClientCallback(func(string) (string, []byte, error) { return p.identity, p.key, nil })
}
