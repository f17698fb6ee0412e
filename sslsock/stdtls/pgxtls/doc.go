// Package pgxtls has no code: its example shows how pgx, the driver for PostgreSQL, gets its connections from package
// sslsock. It is a module of its own, so that nobody else depends on pgx.
package pgxtls
