// Package record is TLS's record layer and the words that all layers above share: content types, alerts, and the error that
// carries an alert.
//
// A TLS connection is two streams of records. Each has a header of five bytes (type, version, length) and a payload that is
// protected once keys are there. Package record cuts the input into records and opens them, and seals output into records. It
// knows nothing of what the records hold: messages are package handshake's, and what an alert does to a connection is carried out
// by package engine.
//
// # Reading order
//
//	content.go        the four content types
//	alert.go          the alerts, their names and levels
//	alert_message.go  an alert on the wire and what it does, by era
//	reason.go         why connections fail, in OpenSSL's words
//	error.go          Error: alert, reason, whose, detail, cause
//	header.go         five bytes, and the limits on lengths
//	protect.go        Opener and Sealer: the protection of one direction
//	protect_null.go   none, before there are keys
//	protect_aead.go   what the AEAD protections share: keys, nonce, sequence number
//	cipherspec.go     CipherSpec: the protection that a handshake before TLS 1.3 agreed on
//	form.go           what its versions do differently; padding and MAC found in constant time
//	protect12.go      TLS 1.2's AEADs
//	protect13.go      TLS 1.3's, with the content type inside
//	protect_mac.go    what protections with a MAC share
//	protect_stream.go RC4, and a MAC alone
//	protect_cbc.go    block ciphers in CBC mode
//	padding.go        how much padding there is, and finding the content type in front of it without telling
//	deflate.go        compression around any protection before TLS 1.3
//	reader.go         Reader: input to records
//	loan.go           input space that is lent to a transport
//	first.go          checks of a header; what a peer speaks that speaks no TLS
//	outer.go          what may stand unprotected beside protected records in TLS 1.3
//	early.go          skipping early data that was refused
//	limits.go         what may come in a row without getting anywhere
//	sizes.go          limits on sizes that were negotiated
//	writer.go         Writer: messages and data to records
//	store.go          a Reader's memory
//	buffer.go         the pools behind both
//
// # Memory
//
// Nothing is allocated for a record. Records are opened where they lie or straight into the caller's slice, and sealed where they
// are sent from. Buffers come from pools when there are bytes for them, fit what is in them, and go back when it is gone; so an
// idle connection has none. Compression is the exception: what was read of it holds the 32 KiB that its next record may look back
// at.
//
// # Time
//
// The opener of CBC with the MAC inside takes no time that depends on what it decrypts (Lucky 13). timing_test.go measures it:
// records that differ in nothing but a secret, padding for one, in random order, Welch's t over their times. CI takes a quick
// look with a generous bound; after a change to protect_cbc.go, form.go or cipher.MAC look closely, on a machine that does
// nothing else:
//
//	go test ./record -run Timing -timing 1000000 -v
//
// # Adding to it
//
// A suite whose Bulk is of a kind that there is (an AEAD of one of the two forms of nonce, CBC, a stream, a MAC alone) needs a
// row in package cipher and nothing here. Another kind of protection is a file protect_*.go with a type for Opener and one for
// Sealer, and a case in NewOpener and NewSealer; Prefix and Suffix say what it puts around the content. A layer around any of
// them is like deflate.go. A new alert is a constant and a row in alert.go, a new reason a constant and a name in reason.go.
package record
