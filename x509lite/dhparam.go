package x509lite

import (
	"errors"
	"fmt"
	"math/big"

	"tlsengine/cipher"
)

// ErrNoDHParameters is the error for a PEM text that holds none.
var ErrNoDHParameters = errors.New(`x509lite: the text has no "-----BEGIN DH PARAMETERS-----" block`)

// dhForms are the two forms of a block by label; both begin with p and g.
var dhForms = map[string]func(rest der, p []byte) bool{
	"DH PARAMETERS":       restOfPKCS3,
	"X9.42 DH PARAMETERS": restOfX942,
}

// ParseDHParametersPEM returns the first Diffie-Hellman parameters of a text, as "openssl dhparam" writes them: DHParameter of
// PKCS #3, Section 9, or DomainParameters of X9.42 (RFC 3279, Section 2.3.3). Blocks of other kinds are skipped. p is tested for
// being a prime, which takes seconds above 8192 bits. text is not kept. Errors: *PEMError, ErrNoDHParameters, or, with the line
// of the block, one that wraps a *ParseError or cipher.ErrBadDHParameters.
func ParseDHParametersPEM(text []byte) (*cipher.DHParameters, error) {
	blocks, err := ParsePEM(text)
	if err != nil {
		return nil, err
	}
	for _, b := range blocks {
		rest, ok := dhForms[b.Type]
		if !ok {
			continue
		}
		d, err := parseDHParameters(b.Bytes, rest)
		if err != nil {
			return nil, fmt.Errorf("DH parameters in line %d: %w", b.Line, err)
		}
		return d, nil
	}
	return nil, ErrNoDHParameters
}

func parseDHParameters(encoding []byte, goodRest func(rest der, p []byte) bool) (*cipher.DHParameters, error) {
	d := der(encoding)
	var v der
	var p, g []byte
	if !readSequence(&d, &v) || !d.Empty() || !readUint(&v, &p) || !readUint(&v, &g) {
		return nil, malformed("DH parameters", "are no SEQUENCE of a prime and a generator")
	}
	parameters, err := cipher.NewDHParameters(p, g)
	if err != nil {
		return nil, err
	}
	if !goodRest(v, p) {
		return nil, malformed("DH parameters", "have something wrong behind the prime and the generator")
	}
	if err := parameters.CheckPrime(); err != nil {
		return nil, err
	}
	return parameters, nil
}

// restOfPKCS3 is privateValueLength, a length in bits that may be left out, and that the engine chooses by itself.
func restOfPKCS3(rest der, _ []byte) bool {
	var bits []byte
	return rest.Empty() || readUint(&rest, &bits) && rest.Empty()
}

// restOfX942 is q, the order of the group, which must be a factor of p-1; the cofactor and the way in which p was found may
// follow.
func restOfX942(rest der, p []byte) bool {
	var q []byte
	if !readUint(&rest, &q) || len(q) == 0 || len(q) > len(p) {
		return false
	}
	order := new(big.Int).SetBytes(p)
	order.Sub(order, big.NewInt(1))
	return order.Mod(order, new(big.Int).SetBytes(q)).Sign() == 0
}
