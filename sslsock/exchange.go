package sslsock

import (
	"errors"
	"fmt"
	"os"

	"tlsengine/cipher"
	"tlsengine/engine"
	"tlsengine/record"
	"tlsengine/x509lite"
)

// serverExchange is what was chosen for the key exchange of servers and means nothing to clients.
type serverExchange struct {
	curve cipher.GroupID       // 0: the context's groups
	dh    *cipher.DHParameters // nil: a group of RFC 7919
}

// into fills the part of a server's config that is about this.
func (x *serverExchange) into(config *engine.Config) {
	config.DHParameters = x.dh
	if x.curve != 0 {
		config.Groups, config.KeyShares = []cipher.GroupID{x.curve}, nil
	}
}

// LoadDHParams loads a file with Diffie-Hellman parameters in PEM, as `openssl dhparam` writes them ("DH PARAMETERS" or "X9.42
// DH PARAMETERS"), for servers with a DHE suite before TLS 1.3. Without any they use a group of RFC 7919; clients don't use them.
//
// Errors: *fs.PathError for a file that can't be read, an *SSLError for what is none, for a prime of less than 1024 or more than
// 16384 bits or less than the security level asks for, and for a generator that is none.
func (c *Context) LoadDHParams(path string) (err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	params, err := x509lite.ParseDHParametersPEM(text)
	if err != nil {
		return dhError(err)
	}
	c.change(func(s *settings) {
		if least := minDHBits(s.level); params.Bits() < least {
			err = &SSLError{
				Code: ErrorSSL, Library: "SSL", Reason: record.ReasonDHKeyTooSmall.String(),
				Message: fmt.Sprintf("dh key too small: the prime has %d bits, the security level wants %d", params.Bits(), least),
			}
			return
		}
		s.exchange.dh = params
	})
	return err
}

// dhError is the error for a text without usable parameters.
func dhError(err error) error {
	e := &SSLError{Code: ErrorSSL, Library: "PEM", Message: "PEM lib: " + err.Error(), Err: err}
	switch {
	case errors.Is(err, x509lite.ErrNoDHParameters):
		e.Reason, e.Message = record.ReasonNoStartLine.String(), "no start line: "+err.Error()
	case errors.Is(err, cipher.ErrBadDHParameters):
		e.Library, e.Message = "DH", err.Error()
	}
	return e
}

// minDHBits is how long primes must be at a security level: never less than what one computation breaks for all.
func minDHBits(l cipher.SecurityLevel) int { return max(cipher.MinDHBits, l.ModulusBits()) }

// SetECDHCurve chooses the one curve of a server's key exchange, by a name of SetGroups: "prime256v1" for example.
// Clients are not concerned: SetGroups is for them. An unknown name gives ErrInvalidArgument.
func (c *Context) SetECDHCurve(name string) error {
	g := cipher.GroupByName(name)
	if g == nil || g.FiniteField || g.PostQuantum {
		return argumentError(fmt.Sprintf("unknown elliptic curve name '%s'", name))
	}
	c.change(func(s *settings) { s.exchange.curve = g.ID })
	return nil
}
