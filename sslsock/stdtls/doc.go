// Package stdtls is the bridge between package sslsock and code that knows Go's crypto/tls. It is the only package of this
// module, tests and benchmarks aside, that imports crypto/tls and crypto/x509: programs that don't need it don't get them.
//
//	state.go      ConnectionState: what crypto/tls would tell of a connection
//	server.go     Serve: net/http's server, HTTP/1.1 and HTTP/2, with Request.TLS
//	client.go     Transport: net/http's client, HTTP/1.1 and HTTP/2, with Response.TLS
//	starttls.go   StartSMTP, StartIMAP, StartPostgreSQL: from a plain connection to TLS in the middle of it
//	grpctls       credentials for gRPC, in a module of its own
//	pgxtls        pgx, the PostgreSQL driver, on Sockets: an example in a module of its own
//
// # How HTTP/2 gets past crypto/tls
//
// net/http speaks HTTP/2 over TLS only on a *tls.Conn. It also speaks it on connections that it takes for unencrypted, when
// both sides know beforehand that it will be HTTP/2 ("prior knowledge", RFC 9113, Section 3.3). A Socket is such a
// connection: that it is encrypted net/http can't see, and what is known beforehand ALPN has decided.
package stdtls
