// Package sslsock puts the TLS engine on a net.Conn. It offers what Python's ssl module offers, under names made for Go.
//
// NewContext, like the function WrapSocket, does NOT verify the peer: that is its documented default, for
// compatibility. CreateDefaultContext does. Start there:
//
//	ctx, err := sslsock.CreateDefaultContext(sslsock.PurposeServerAuth)
//	s, err := ctx.DialContext(c, "tcp", "example.org:443") // a net.Conn, verified
//
// and for a server:
//
//	ctx, err := sslsock.CreateDefaultContext(sslsock.PurposeClientAuth)
//	err = ctx.LoadCertChain("cert.pem", "key.pem", nil)
//	l, err := sslsock.Listen("tcp", ":443", ctx) // a net.Listener
//
// # Python's names
//
// API.md has all of them, each with a test that shows what is said here. Those that are needed most:
//
//	Python                                   Go
//	create_default_context(purpose)          CreateDefaultContext(purpose)
//	SSLContext(protocol)                     NewContext(protocol)
//	ctx.load_cert_chain(cert, key)           (*Context).LoadCertChain(cert, key, nil)
//	ctx.load_verify_locations(cafile=f)      (*Context).LoadVerifyLocations(VerifyLocations{CAFile: f})
//	ctx.verify_mode = CERT_REQUIRED          (*Context).SetVerifyMode(CertRequired)
//	ctx.check_hostname = True                (*Context).SetCheckHostname(true)
//	ctx.options |= OP_NO_TLSv1_2             (*Context).AddOptions(OpNoTLSv12)
//	ctx.set_alpn_protocols(list)             (*Context).SetALPNProtocols(list)
//	ctx.minimum_version = v                  (*Context).SetMinimumVersion(v)
//	ctx.wrap_socket(sock, server_side=True)  (*Context).WrapSocket(conn, WithServerSide())
//	sock.do_handshake()                      (*Socket).Handshake(), HandshakeContext(ctx)
//	sock.recv, sock.send, sock.close         Read, Write, Close: a Socket is a net.Conn
//	sock.setblocking(False)                  (*Socket).SetBlocking(false)
//	sock.unwrap()                            (*Socket).Unwrap()
//	sock.getpeercert()                       (*Socket).PeerCert(), CertInfo.Dict()
//	sock.getpeercert(True)                   (*Socket).PeerCertDER()
//	ctx.verify_flags |= VERIFY_X509_STRICT   (*Context).SetVerifyFlags(f)
//	ctx.set_servername_callback(f)           (*Context).SetServernameCallback(f), which is given a *Hello
//	ctx.get_ca_certs()                       (*Context).CACerts(), CACertsDER()
//	ctx.hostname_checks_common_name = False  (*Context).SetHostnameChecksCommonName(false)
//	ctx.wrap_bio(inc, out), MemoryBIO()      (*Context).WrapBIO(in, out), NewMemoryBIO()
//	sock.cipher(), sock.version()            (*Socket).Cipher(), Version()
//	sock.get_channel_binding(type)           (*Socket).ChannelBinding(type)
//	sock.session, sock.session_reused        (*Socket).Session(), SessionReused()
//	sock.verify_client_post_handshake()      (*Socket).VerifyClientPostHandshake()
//	match_hostname(cert, host)               MatchHostname(cert, host)
//	cert_time_to_seconds(text)               CertTimeToSeconds(text)
//	get_server_certificate((host, port))     FetchServerCertificate(ctx, "host:port")
//	DER_cert_to_PEM_cert, PEM_cert_to_DER_cert   DERCertToPEM, PEMCertToDER
//	RAND_bytes, RAND_add, RAND_status        RandBytes, RandAdd, RandStatus
//	SSLError, e.reason                       *SSLError by errors.As, SSLError.Reason
//	SSLWantReadError                         ErrWantRead by errors.Is
//
// # Errors
//
// Whatever TLS itself does wrong is or wraps a *SSLError, whose Reason is a mnemonic in OpenSSL's spelling and whose
// chain holds the cause: *CertVerificationError for a refused certificate, *CertificateError too when it is for another
// host, the transport's own error when that failed. Errors of dialling, listening and of files come back as they are. The end
// of a stream is io.EOF itself.
//
// A deadline that passes is no end: the connection can be used on. What a Write had sealed goes out with the next call
// that sends, once.
//
// # How it works
//
// The engine (package engine) has two halves, each for one goroutine at a time: a Socket gives each out in turns, and
// holds nothing else while it waits for the transport. What the inbound half owes to the peer the reader sends by itself when
// no writer is at work, and leaves to the writer otherwise. Where the transport is a TCP or Unix socket, a reader waits
// for readiness and takes a buffer only then: an idle connection holds none.
//
// # Reading order
//
//   - what can be chosen: protocol.go, options.go, socketoption.go
//   - the settings: context.go, versions.go, policy.go, load.go, anchors.go, verifyflags.go, keylog.go; freeze.go gives them to
//     the engine
//   - cipher suites: ciphers.go; signature algorithms: sigalgs.go; servers' key exchange: exchange.go; pre-shared keys:
//     psk.go; stapled OCSP responses: stapling.go; encrypted hellos: ech.go
//   - what may stand in a certificate's place: rawkey.go, or sign for it: delegated.go
//   - the system's certificates: trust.go, bundle.go; where they are: trust_unix.go, trust_darwin.go, trust_windows.go,
//     and Windows's stores: stores.go, stores_windows.go, stores_other.go
//   - the socket's state: socket.go, users.go, deadline.go
//   - how a socket begins, and for which host: wrap.go, dial.go, listener.go, hostname.go
//   - who decides on a client's hello: servername.go
//   - what a socket does: handshake.go, read.go, write.go, shutdown.go, close.go, unwrap.go
//   - data before the handshake is done: early.go, falsestart.go; the client's certificate, and other handshakes, after it:
//     postauth.go, together.go, turn.go
//   - the loop between transport and engine: pump.go, raw_unix.go, raw_other.go
//   - connections that wait for long: sleep.go
//   - what a connection leaves for later ones, and what becomes of it: sessions.go, session.go, clientsessions.go
//   - what a socket says when it fails: errors.go, convert.go, verifyerror.go
//   - what it knows: info.go, report.go, binding.go; the messages that it sees: messages.go
//   - the same without I/O: object.go, memorybio.go
//   - the module's functions: hostflags.go, matchhostname.go, certtime.go, pem.go, fetch.go, rand.go, library.go,
//     httpsdefault.go
//   - asking for pass phrases: prompt.go
//   - what programs that come from Python look for: timeout.go, porting.go
//
// # How to add
//
//   - a setting: a field of settings in context.go, a setter beside those of its kind, a line in freeze.go.
//   - an option of one socket: a field of socketSettings and a function in socketoption.go.
//   - a system's place of trusted certificates: a line in trust_unix.go, or a file of its own for its build tag.
//
// # Sources
//
// RFC 8446 (TLS 1.3), RFC 5246 (TLS 1.2), RFC 6066 (extensions), RFC 7301 (ALPN), RFC 5280 (certificates), RFC 6125 and RFC
// 9525 (host names), RFC 9849 (encrypted hellos), and the documentation of Python's ssl module.
package sslsock
