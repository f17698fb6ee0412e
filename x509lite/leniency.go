package x509lite

import (
	"math/big"
	"strings"
)

// Leniency is a set of defects of certificates. Whoever has to live with one names it to ParseLenient; nothing is let pass
// otherwise. A defect is added here, with its row in defects and the line of parse.go that finds it.
type Leniency uint16

// The defects.
const (
	NegativeSerial Leniency = 1 << iota // RFC 5280, Section 4.1.2.2: the serial number is positive
)

// defects are the parts in which the defects are, and what is wrong with them.
var defects = [...]struct {
	is             Leniency
	field, problem string
}{
	{NegativeSerial, "serialNumber", "is negative"},
}

// String names the defects.
func (l Leniency) String() string {
	var parts []string
	for _, d := range defects {
		if l&d.is != 0 {
			parts = append(parts, d.field+" "+d.problem)
		}
	}
	return strings.Join(parts, ", ")
}

// Tolerated returns the defects that the certificate has and ParseLenient was told to let pass.
func (c *Certificate) Tolerated() Leniency { return c.tolerated }

// refuseDefects gives the error for the first defect that is not allowed.
func (c *Certificate) refuseDefects(allow Leniency) error {
	if c.tolerated&^allow == 0 {
		return nil
	}
	for _, d := range defects {
		if c.tolerated&^allow&d.is != 0 {
			return malformed(d.field, d.problem)
		}
	}
	return nil
}

// integer gives the value of an INTEGER's contents: two's complement (X.690, Section 8.3.3).
func integer(contents []byte) *big.Int {
	v := new(big.Int).SetBytes(contents)
	if len(contents) > 0 && contents[0]&0x80 != 0 {
		v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(8*len(contents))))
	}
	return v
}
