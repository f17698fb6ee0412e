package engine

import (
	"errors"
	"fmt"
	"slices"

	"tlsengine/cipher"
	"tlsengine/handshake"
	"tlsengine/record"
)

// This file says what is wrong with a Config, beside its algorithms.

// check looks at the values that are copied as they are.
func (c *Config) check() error {
	for _, look := range []func() error{c.checkProtocols, c.checkLimits, c.checkChoices, c.checkCertificates, c.checkSessions} {
		if err := look(); err != nil {
			return err
		}
	}
	if err := checkEquals("Suites", c.EqualSuites, c.Suites); err != nil {
		return err
	}
	return checkEquals("Groups", c.EqualGroups, c.Groups)
}

// checkProtocols looks at the names of application protocols.
func (c *Config) checkProtocols() error {
	for _, p := range c.NextProtocols {
		if len(p) == 0 || len(p) > 255 {
			return badConfig(record.ReasonInvalidALPNProtocol, "NextProtocols must be 1 to 255 bytes long, %q is %d", p, len(p))
		}
	}
	total := 0
	for _, p := range c.Protocols {
		// RFC 7301, Section 3.1: names of 1 to 255 bytes, in a list of at most 65535.
		if len(p) == 0 || len(p) > 255 {
			return badConfig(record.ReasonInvalidALPNProtocol, "ALPN protocols must be 1 to 255 bytes long, %q is %d", p, len(p))
		}
		total += 1 + len(p)
	}
	if total > 1<<16-1 {
		return badConfig(record.ReasonInvalidALPNProtocol, "the ALPN protocols are %d bytes, at most 65535 can be sent", total)
	}
	return nil
}

// checkLimits looks at numbers of bytes and bits.
func (c *Config) checkLimits() error {
	if c.MaxFragment != 0 && (c.MaxFragment < 512 || c.MaxFragment > record.MaxPlaintext) {
		return fmt.Errorf("engine: MaxFragment is %d: it must be 512 to %d", c.MaxFragment, record.MaxPlaintext)
	}
	if c.MaxCertificateList < 0 || c.MaxCertificateList >= 1<<24 {
		return fmt.Errorf("engine: MaxCertificateList is %d: it must fit in 24 bits", c.MaxCertificateList)
	}
	if c.MinDHBits != 0 && c.MinDHBits < cipher.MinDHBits {
		return fmt.Errorf("engine: MinDHBits is %d: primes of less than %d bits are never taken", c.MinDHBits, cipher.MinDHBits)
	}
	if len(c.PSKHint) > 1<<16-1 {
		return fmt.Errorf("engine: PSKHint has %d bytes, at most 65535 can be sent", len(c.PSKHint))
	}
	if n := c.RecordSizeLimit; n != 0 && (n < 64 || n > record.MaxPlaintext+1) {
		return fmt.Errorf("engine: RecordSizeLimit is %d: it must be 64 to %d", n, record.MaxPlaintext+1)
	}
	return nil
}

// checkChoices looks at values that are one of a few.
func (c *Config) checkChoices() error {
	if c.ClientAuth > handshake.AuthRequired {
		return fmt.Errorf("engine: unknown ClientAuth %d", c.ClientAuth)
	}
	if c.Stapling > handshake.StaplingRequired {
		return fmt.Errorf("engine: unknown Stapling %d", c.Stapling)
	}
	if c.Renegotiation > handshake.RenegotiationFreely {
		return fmt.Errorf("engine: unknown Renegotiation %d", c.Renegotiation)
	}
	if c.FalseStart > handshake.FalseStartAlways {
		return fmt.Errorf("engine: unknown FalseStart %d", c.FalseStart)
	}
	return nil
}

// checkCertificates looks at what is said about the form of certificates and what comes with them.
func (c *Config) checkCertificates() error {
	if c.Verification.StaplesCount && c.Stapling == handshake.StaplingOff {
		return errors.New("engine: Verification.StaplesCount, and Stapling asks for none")
	}
	for i, a := range c.CertificateCompression {
		same := func(o *handshake.CertificateCompression) bool { return o.ID == a.ID }
		if a.Compress == nil || a.Decompress == nil || slices.ContainsFunc(c.CertificateCompression[:i], same) {
			return fmt.Errorf("engine: %v is listed twice in CertificateCompression, or lacks a function", a.ID)
		}
	}
	for _, types := range [][]handshake.CertificateType{c.PeerCertificateTypes, c.OwnCertificateTypes} {
		for i, t := range types {
			if t != handshake.CertificateX509 && t != handshake.CertificateRawPublicKey || slices.Contains(types[:i], t) {
				return fmt.Errorf("engine: %v is unknown, or listed twice among certificate types", t)
			}
		}
	}
	return nil
}

// checkSessions looks at what is said about sessions.
func (c *Config) checkSessions() error {
	if c.TicketCount < NoTickets || c.TicketCount > maxTicketCount {
		return fmt.Errorf("engine: TicketCount is %d: it must be 0 to %d, or NoTickets", c.TicketCount, maxTicketCount)
	}
	if d := c.SessionLifetimeBefore13; d < 0 || d > maxSessionLifetime {
		return fmt.Errorf("engine: SessionLifetimeBefore13 is %v: it must be 0 to %v", d, maxSessionLifetime)
	}
	if c.SessionLifetime < 0 || c.SessionLifetime > maxSessionLifetime {
		return fmt.Errorf("engine: SessionLifetime is %v: it must be 0 to %v", c.SessionLifetime, maxSessionLifetime)
	}
	return nil
}

// checkEquals looks whether each set of Equal<of> stands side by side in the list, which is the field called of.
func checkEquals[ID comparable](of string, sets [][]ID, list []ID) error {
	for _, set := range sets {
		first := slices.IndexFunc(list, func(id ID) bool { return slices.Contains(set, id) })
		if first < 0 || first+len(set) > len(list) ||
			slices.ContainsFunc(list[first:first+len(set)], func(id ID) bool { return !slices.Contains(set, id) }) {
			return fmt.Errorf("engine: Equal%s has %v: %s must have them too, with no other between them", of, set, of)
		}
	}
	return nil
}
