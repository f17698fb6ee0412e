package handshake

import "tlsengine/handshake/keyschedule"

// finishing12 is embedded by the states before TLS 1.3, of both ends, in which the secrets are there and a Finished is missing.
type finishing12 struct {
	master keyschedule.Master12
	block  keyschedule.KeyBlock
	first  keyschedule.VerifyData // the first of the two Finished; nothing before there is one
}
