// Package keyschedule derives every secret of a TLS connection from what the handshake agreed on.
//
// # TLS 1.3
//
// The schedule of RFC 8446, Section 7.1 goes through three stages, and each is a type, so that a wrong order doesn't
// compile:
//
//	             PSK or zeros
//	                  |
//	NewEarly ----> Early        Binder, ClientTraffic (early data), Exporter
//	                  |  (EC)DHE secret, hash through ServerHello
//	Early.Handshake > Handshake    ClientTraffic, ServerTraffic, ClientFinished, ServerFinished
//	                  |  hash through the server's Finished
//	Handshake.Master> Master       ClientTraffic, ServerTraffic, Exporter, Resumption
//
// A stage is a value: a handshake state holds it directly, and copying the state copies the secrets, which is how a
// connection is cloned. Making the next stage clears the secret that leads there, so that no stage goes on twice.
// What a stage gives is a Secret, from which come keys, the next generation's secret, verify_data or a PSK.
//
// # Before TLS 1.3
//
// There is one secret, Master12, made in one of two ways (RFC 5246, Section 8.1; RFC 7627, Section 4) or taken from a session. It
// gives the key block, verify_data and exported keying material. How versions and suites differ in all of these is a
// Derivation, which a Master12 has with it.
//
// # Reading order
//
//	secret.go   Secret, and what is derived from any traffic secret
//	tls13.go    the three stages
//	derivation.go how each version before TLS 1.3 derives
//	tls12.go    Master12 and the key block
//	export.go   keying material for applications, both eras
//	keylog.go   the names under which secrets are logged
//
// # How to add
//
// A secret of a stage is one method of that stage with the label and the transcript hash of the RFC, and its name in keylog.go
// if tools know one. An older version is a way in derivation.go.
//
// Nothing here allocates, and nothing here fails but exporters, whose lengths an application chooses. A transcript hash of
// the wrong length or a stage used twice is a programming error and panics.
package keyschedule
