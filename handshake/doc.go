// Package handshake is how two ends of TLS come to agree: the messages, the states that await them, and what they
// decide. It knows neither records nor sockets, asks no clock but the one it was given, and takes no lock.
//
// A Machine takes one connection through a graph of states. Each state is a type of its own that holds exactly what is
// valid in it, is named as in RFC 8446, Appendix A (before TLS 1.3 for the message that it awaits), declares which
// messages may come, and never changes once it was returned. What a handler wants done it says in a list of effects;
// nothing is done behind the back of whoever drives the Machine.
//
// # The way of the data
//
//	record's content --> Machine.Fragment          bytes of handshake records, in any split
//	                     Machine.Next              cuts out one message; its header is judged by State.Expects alone
//	                     parseMessage              bytes to a Message, by the layout of the version (Form)
//	                     State.On(ctx, m, flight)  decides; returns the next state
//	                     Machine.settle            lets all of it stand, or nothing
//	Flight.Effects  --> engine.Conn                messages to seal, keys to install, alerts, "connected"
//
// A state that needs something slow, secret or decided by the application returns a state that waits: it expects no
// message but has an Operation, which is answered at once or whenever it suits, by anyone; Machine.Resume then goes on
// as State.On would have. Messages that are sent before a question wait for what follows the answer, so that both share
// records.
//
// Every received message enters the transcript at the first of: its handler asks for the hash through it, sends
// something, or returns (Context.flushIncoming). Handlers never feed it themselves.
//
// # Reading order
//
// The frame:
//
//	state.go           State, what data may flow in one, states that wait
//	machine.go         Machine: reassembly, judging headers, calling handlers
//	flight.go          Flight: the closed set of effects
//	context.go         what lasts from state to state
//	transcript.go      the running hash
//	operation.go       the questions, and their standard answers
//	operation_session.go  those about sessions and pre-shared keys
//	select_credential.go  the question of what to authenticate with
//	graph.go           all states and transitions as a table, printed in testdata/graph.txt
//	params.go          the configuration and what differs between connections
//	random.go          which random bytes are drawn for what
//	info.go, exporter.go, keylog.go, discreet.go   what is told of a connection, and what never is
//	forget.go            when secrets are cleared
//
// The choices:
//
//	negotiate.go       pure functions: version, suite, group, share, protocol
//	second_hello.go    what may differ after a HelloRetryRequest
//	session.go         what one handshake leaves for another, and who keeps it
//	scope.go           what a session's worth depends on
//	session_new.go     how sessions come to be, and are taken up
//	session_codec.go, session_parse.go   a session as bytes
//	npn.go             next protocol negotiation
//	renegotiate.go     how a handshake starts from a running connection
//	postauth.go, postauth_server.go   client authentication after the handshake of TLS 1.3
//	false_start.go     where a client's data goes before the server's Finished
//	psk.go             keys that were agreed upon outside of TLS
//	credential.go      a chain and its key
//	dialect.go         what each version before TLS 1.3 does in its own way
//	exchange.go        key exchange before TLS 1.3, a row for each kind
//	exchange_rsa.go    RSA key transport
//	limits.go          how long records may be
//	grease.go          values that mean nothing, the order of a hello's extensions, padding
//	wishes.go          what a peer would like to be shown; stapling.go: what is said about the status of certificates
//	compress.go        certificates made smaller
//	deflate.go         records made smaller, before TLS 1.3
//	rawkey.go          keys in place of certificates
//	delegated.go       keys that a certificate delegates to
//	ech.go             whether an encrypted hello was accepted; ech_config.go and ech_key.go: what it is encrypted to; ech_inner.go: how
//	                   it gets small before that
//	auth.go            chains, signatures and alerts, for both ends and all versions
//
// The states, each file from one message to another:
//
//	client_hello.go -> client13.go -> client13_auth.go  -> post13.go   (client_psk.go, client_early.go, ticket13.go: sessions)
//	                -> client12.go -> client12_flight.go -> post12.go   (client12_resume.go, resume12.go: sessions)
//	sslv2.go        -> server_hello.go
//	shared_suites.go   what client and server share, kept once for all connections that have the same
//	server_hello.go -> server13.go -> server13_auth.go  -> post13.go   (server13_psk.go, server13_early.go, ticket13.go: sessions)
//	                -> server12.go -> server12_kex.go   -> post12.go   (server12_resume.go, resume12.go: sessions)
//	finish12.go        what client12 and server12 hold while a Finished is missing
//
// A client's hello may be encrypted in another one (RFC 9849): client_ech.go makes both, and decides at the server's first
// message which of them counts; server_ech.go opens it before anything is decided. Nothing else knows two hellos: the states,
// and the transcript, are those of the one that counts.
//
// The messages:
//
//	message_set.go     types of messages, and sets of them
//	message_room.go    memory for messages, used again and again
//	message.go         Message, and a row for each
//	form.go            how versions lay messages out
//	msg_*.go           the messages: hello, auth, kex, ticket, post
//	extensions.go      IDs, values and rows of extensions
//	extension.go       the framework that judges them from their rows
//	extension_set.go   sets of them
//	ext_*.go           the codecs of their bodies
//
// Below lie handshake/wire, which reads and writes the presentation language (RFC 8446, Section 3), and
// handshake/keyschedule, in which each stage of the key schedule is a type.
//
// # Where versions differ
//
// The version is chosen in two places: clientWaitServerHello (On; and retry, for a HelloRetryRequest, which only TLS 1.3
// has) and serverSelectingContext.Resume. After it a connection is in the states of TLS 1.3 or in those of the versions
// before it, and nothing asks for the version again. What differs among the latter is a
// dialect: the derivation of secrets with the hash of the transcript, the rules for signatures, the Form (layout of messages).
// Records and alerts follow the version in package record; the rest is in the rows' Min and Max. What differs with the suite
// is an exchange: what the messages of the key exchange hold and which of them there are.
//
// # Adding to it
//
// A message: a constant and a name in message_set.go, a struct with marshal and unmarshal in a msg_ file, a row in
// message.go. Where its layout differs by version, a strategy in form.go.
//
// An extension: an ID, fields of Extensions and a row in extensions.go, codecs in a file ext_NAME.go. Whether it may stand
// where it came is decided from the row; a handler reads the field if Present has the ID.
//
// A state: a type with Name, Expects, On and clone in the file of its part of the handshake; embed handshaking,
// negotiating12 or waits for the rest. Its node goes into graph.go, the edge that leads to it into the node of the state
// before, and the RFC's word on it into testdata/graph-rfc.txt: tests fail until all three agree with what happens.
//
// An operation: a kind and a name, a struct around answer with Kind, Run, Complete and clone in operation.go, a field of
// Params for the application's answer, and a waiting state that holds it.
//
// A check of what the RFCs demand stands where the value is first known, cites its section, and returns the alert with
// the error.
//
// # All states
//
// By role and era; graph.go has the edges between them, testdata/graph.txt the same for people.
//
//	client    Start  WaitServerHello
//	server    WaitClientHello  SelectingContext  OpeningECH
//
//	client13  WaitServerHello2  WaitEncryptedExtensions  WaitCertificateRequestOrCertificate  WaitCertificate
//	          WaitCertificateVerify  WaitFinished  Connected  Agreeing  VerifyingPeer  ChoosingCredential  Signing
//	          ConfirmingEarlyRefusal  Rejected
//	server13  WaitClientHello2  WaitCertificate  WaitCertificateVerify  WaitFinished  Connected  ChoosingCredential
//	          Agreeing  Signing  VerifyingPeer  OpeningTicket  FindingPSK  VerifyingSession  AdmittingEarlyData
//	          WaitEndOfEarlyData  SealingTicket  OpeningECH  PostAuth.WaitCertificate  PostAuth.WaitCertificateVerify
//	          PostAuth.WaitFinished
//	client12  WaitCertificate  WaitServerKeyExchange  WaitCertificateRequestOrServerHelloDone  WaitServerHelloDone
//	          WaitChangeCipherSpec  WaitFinished  Connected  VerifyingPeer  ChoosingCredential  Agreeing  Signing
//	          WaitCertificateStatus  WaitNewSessionTicket  VerifyingSession  FindingPSK
//	          WaitOptionalServerKeyExchange  Renegotiating
//	server12  WaitClientCertificate  WaitClientKeyExchange  WaitClientCertificateVerify  WaitChangeCipherSpec
//	          WaitFinished  Connected  ChoosingCredential  Agreeing  Signing  VerifyingPeer  FindingSession
//	          OpeningTicket  VerifyingSession  RenewingTicket  SealingTicket  Decrypting  FindingPSK
//	          WaitClientCertificateOrWarning  Renegotiating  WaitNextProtocol
//
// The states called client12 and server12 are those of SSL 3.0, TLS 1.0 and TLS 1.1 too. Two pseudo-messages come with
// them: the SSLv2-format hello in server.WaitClientHello, and the warning no_certificate in
// server12.WaitClientCertificateOrWarning.
package handshake
