package cipher

import (
	"math/big"
	"sync"
)

// ffdhe gives the parameters of RFC 7919, Appendix A for a length in bits and the number that the RFC has searched for it. They
// are computed when they are first asked for, in less time than a key exchange takes.
func ffdhe(bits uint, x int64) finiteField {
	return finiteField{sync.OnceValue(func() *DHParameters {
		d, err := newDHParameters(ffdhePrime(bits, x).Bytes(), []byte{2})
		if err != nil {
			panic(err) // a test has made them all
		}
		return d
	})}
}

// ffdhePrime is p = 2^b - 2^(b-64) + ([2^(b-130) e] + x) 2^64 - 1 (RFC 7919, Appendix A): e, the base of natural logarithms,
// shows that nobody chose the bits for a purpose, and x makes p and (p-1)/2 primes.
func ffdhePrime(bits uint, x int64) *big.Int {
	// e is the sum of 1/k!, here times 2^b: 130 bits more than are wanted swallow what rounding loses.
	e, term := new(big.Int), new(big.Int).Lsh(big.NewInt(1), bits)
	for k := int64(1); term.Sign() > 0; k++ {
		e.Add(e, term)
		term.Div(term, big.NewInt(k))
	}
	e.Rsh(e, 130)
	p := e.Lsh(e.Add(e, big.NewInt(x)), 64)
	one := big.NewInt(1)
	p.Add(p, new(big.Int).Lsh(one, bits))
	p.Sub(p, new(big.Int).Lsh(one, bits-64))
	return p.Sub(p, one)
}
