// Command sslcat shows this repository's TLS engine to people who sit at a terminal: it serves, connects, and draws what
// happens.
//
//	sslcat demo                        a whole connection over loopback, explained
//	sslcat serve [flags]               a server: a status page, files, or an echo
//	sslcat connect HOST:PORT [flags]   standard input to the peer, the peer to standard output
//	sslcat cert [flags]                a certificate and its key, in files
//	sslcat delegate [flags]            a key that stands in for a certificate's, for some days
//	sslcat ech-key NAME                a key to which clients can encrypt their hellos
//	sslcat ciphers [LIST]              what a cipher list of OpenSSL's selects
//	sslcat help [COMMAND]              the flags
//
// It is also the longest example of how package sslsock is used: no TLS is done here.
//
// # Exit status
//
// 0 if all went well, 1 if it didn't, with one line on standard error that says which alert was sent, by whom, and why;
// 2 if the command line makes no sense; 130 if it was interrupted, but for serve, which ends so.
//
// # Reading order
//
//	main.go, command.go         from the command line to one of the commands
//	flags.go, identityflags.go  the flags that serve and connect share, and what they set in an sslsock.Context
//	connect.go, connectsession.go, early.go, copy.go   sslcat connect
//	serve.go, accept.go         sslcat serve; for what it answers: http.go, page.go, files.go, echo.go
//	authority.go                certificates made on the spot
//	cert.go, certname.go        sslcat cert: its flags, and the names they give; certmake.go: signing; certfile.go: files
//	delegate.go                 sslcat delegate
//	policy.go, falsestart.go    the flags -policy and -false-start
//	ech.go                      sslcat ech-key, and the flags about encrypted hellos
//	ciphers.go                  sslcat ciphers
//	demo.go, offers.go          sslcat demo
//	ladder.go, notes.go         the drawing of messages, fed by an engine.Trace
//	tap.go                      what somebody on the line sees
//	report.go, status.go        what was negotiated; what an OCSP response says
//	explain.go                  what went wrong
//
// # How to add
//
//   - a command: a row in commands (command.go) and a file of its own.
//   - a flag of both serve and connect: a field, its definition and its use in flags.go.
//   - a word about a message or an alert: a row in notes.go or explain.go.
package main
