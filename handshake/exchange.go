package handshake

import "tlsengine/cipher"

// An exchange is how a suite before TLS 1.3 agrees on the premaster secret: what the two messages of the key exchange
// hold, and which messages there are.
type exchange struct {
	layout keyExchangeLayout
	// certificate: the server shows one, with the key of which it signs or decrypts.
	certificate bool
	// agrees says which groups there are for it to agree in; nil if none are needed.
	agrees func(*cipher.Group) bool
}

// exchanges has a row for each.
var exchanges = map[cipher.KeyExchange]*exchange{
	cipher.KxECDHE: {layout: ecdheKeyExchange, certificate: true, agrees: onCurve},
}

// onCurve: RFC 7919, Section 3: the finite fields among the groups are for DHE suites only.
func onCurve(g *cipher.Group) bool { return !g.FiniteField }

// exchangeOf returns the suite's row.
func exchangeOf(s *cipher.Suite) *exchange { return exchanges[s.Kx] }

// serverHalf is what a client has of the server for the key exchange.
type serverHalf struct {
	group  *cipher.Group // nil if there is none to agree in
	public []byte
}
