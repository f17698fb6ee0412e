// Package interop runs the engine over loopback TCP against programs that nobody here wrote: openssl, GnuTLS, NSS, curl, Python's
// ssl module, Chromium, and Go's crypto/tls in the same process. It holds tests only.
//
// # How a test is built
//
// What shall be agreed is a row: version, suite, group, the server's key and signature scheme, the client's key,
// ALPN. Our side is pinned to the row, the peer is left with all it has; so the peer's whole offer is read each
// time, and only the row can come of it. After the handshake both sides have agreed on their keys, which is what an echoed
// line shows, and our report is compared with the row. peer_pins_test.go does the reverse: the peer is pinned, we are not.
//
// # Reading order
//
//   - socket_test.go: link, the smallest net loop that drives an engine.Conn, and serve and dial around it
//   - pki_test.go: a root, an intermediate, and a leaf of each kind of key, as files and in memory
//   - rows_test.go: the rows and what a peer can't do
//   - servers_test.go: other people's servers, and our client to each of them
//   - clients_test.go: our server, and other people's clients to it
//   - gotls_test.go: crypto/tls in the same process, in all combinations; ech_test.go: the same with encrypted hellos
//   - peer_pins_test.go: our defaults, and peers that insist
//   - credentials_test.go: which of several keys is chosen
//   - old_test.go, python_old_test.go, nss_test.go: every suite of every version before TLS 1.3; NSS has SSL 3.0;
//     protection_test.go: crypto/tls with the ciphers that have a MAC
//   - legacy_test.go: TLS 1.2 peers without the extended master secret or secure renegotiation
//   - resumption_test.go, early_test.go, psk13_test.go: sessions, early data, keys from outside of TLS
//   - features_test.go: raw public keys, stapled responses; npn_test.go: next protocol negotiation;
//     fields_test.go: DHE in a server's own field, names of authorities, tickets
//   - delegated_test.go: delegated credentials, and PSKs with NSS
//   - exchange_test.go: 1 MiB in both directions at once; limits_test.go: short records, encrypt-then-MAC and fallbacks
//   - keyupdate_test.go, postauth_test.go, renegotiation_test.go, renegotiation_client_test.go, export_test.go, binding_test.go:
//     what else happens after the handshake
//   - refusal_test.go: handshakes that must fail, with the alert that the peer sees
//   - badinput_test.go: bytes that are no TLS, at our server and at our client
//   - chromium_test.go, chromium_ech_test.go: a browser
//
// # How to add
//
// A new suite, group or kind of key of the registries gets its rows by itself; a peer that lacks it says so in its
// entry. A new peer is an entry of remoteServers or remoteClients.
package interop
