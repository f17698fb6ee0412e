package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"slices"

	"tlsengine/engine"
	"tlsengine/handshake"
	"tlsengine/sslsock"
	"tlsengine/x509lite"
)

var connectCommand = command{
	name:      "connect",
	arguments: "HOST:PORT",
	summary:   "sends standard input to a TLS server, and its answer to standard output",
	about: "Sends standard input to a TLS server, and what it answers to standard output. What was negotiated goes to standard\n" +
		"error. The server's certificate must lead to one that the system trusts, and be for HOST.",
	examples: []string{
		`printf 'GET / HTTP/1.0\r\n\r\n' | sslcat connect example.org:443`,
		"sslcat connect localhost:8443 -ca " + authorityFile + " -trace",
	},
	define: func(flags *flag.FlagSet) action {
		o := &connectOptions{}
		o.tls.define(flags, "trust the certificates in `FILE` in place of the system's")
		flags.BoolVar(&o.insecure, "insecure", false, "accept any certificate: who can reroute packets can be the server")
		flags.StringVar(&o.serverName, "servername", "",
			"`HOST` to ask for, which the certificate must be for, if not that of the address")
		flags.BoolVar(&o.status, "status", false, "ask for an OCSP response, which must be good if it comes, and print it")
		flags.StringVar(&o.crls, "crl-check", "",
			"the server's certificate must not be in the revocation list of its issuer, in `FILE` or directory")
		flags.BoolVar(&o.showCerts, "showcerts", false, "print the server's certificates, also refused ones, and then all that was tried with them")
		o.sessions.define(flags)
		o.early.define(flags)
		o.falseStart.define(flags)
		o.ech.define(flags)
		return o.run
	},
}

// connectOptions are what the flags of connect say.
type connectOptions struct {
	tls        tlsFlags
	insecure   bool
	serverName string
	showCerts  bool
	status     bool
	crls       string
	sessions   sessionFlags
	ech        echFlags
	early      earlyFlag
	falseStart falseStartFlag
}

func (o *connectOptions) run(ctx context.Context, std stdio, args []string) error {
	if len(args) != 1 {
		return misused("connect", "connect takes one HOST:PORT")
	}
	if o.insecure && o.crls != "" {
		return misused("connect", "connect: -crl-check says whom not to trust, -insecure trusts everybody")
	}
	if o.insecure && o.tls.identity.peerKey != "" {
		return misused("connect", "connect: -rpk says whom to trust, -insecure trusts everybody")
	}
	if o.falseStart.on && o.ech.configs != "" {
		return misused("connect", "connect: -ech takes TLS 1.3, in which there is no -false-start")
	}
	if o.falseStart.on && o.sessions.reconnect {
		return misused("connect", "connect: -reconnect resumes a session, in which there is no -false-start")
	}
	if o.insecure && o.tls.ca != "" {
		return misused("connect", "connect: -ca says whom to trust, -insecure trusts everybody")
	}
	address := args[0]
	if !isAddress(address) {
		return misused("connect", "connect: %q is not HOST:PORT, as example.org:443 is", address)
	}
	c, err := o.context()
	if err != nil {
		return err
	}
	var view *ladder
	if o.tls.trace {
		view = newLadder(std.err, handshake.ClientRole, "")
	}
	c.SetTrace(o.trace(view, std.err))
	err = o.connect(ctx, c, address, view, std)
	if o.showCerts {
		showTried(std.err, err)
	}
	return err
}

// isAddress reports whether somebody can be dialled there, if the host is there.
func isAddress(address string) bool {
	host, port, err := net.SplitHostPort(address)
	if err != nil || host == "" {
		return false
	}
	_, err = net.LookupPort("tcp", port)
	return err == nil
}

// context returns the settings that the flags ask for.
func (o *connectOptions) context() (*sslsock.Context, error) {
	var opts []sslsock.DefaultContextOption
	if o.tls.ca != "" {
		opts = append(opts, sslsock.WithCAFile(o.tls.ca))
	}
	c, err := sslsock.CreateDefaultContext(sslsock.PurposeServerAuth, opts...)
	if err != nil && o.tls.ca != "" {
		return nil, fmt.Errorf("-ca %s: %w", o.tls.ca, err)
	}
	if err != nil {
		return nil, err
	}
	if o.insecure {
		if err := errors.Join(c.SetCheckHostname(false), c.SetVerifyMode(sslsock.CertNone)); err != nil {
			return nil, err
		}
	}
	if err := o.revocation(c); err != nil {
		return nil, err
	}
	return c, errors.Join(o.tls.apply(c), o.tls.identity.apply(c, o.tls.cert, false))
}

// revocation sets where it is looked up whether the server's certificate was revoked.
func (o *connectOptions) revocation(c *sslsock.Context) error {
	if o.status {
		if err := c.SetStapling(sslsock.StaplingChecked); err != nil {
			return err
		}
	}
	if o.crls == "" {
		return nil
	}
	where := sslsock.VerifyLocations{CAFile: o.crls}
	if info, err := os.Stat(o.crls); err == nil && info.IsDir() {
		where = sslsock.VerifyLocations{CAPath: o.crls}
	}
	if err := c.LoadVerifyLocations(where); err != nil {
		return fmt.Errorf("-crl-check %s: %w", o.crls, err)
	}
	return c.SetVerifyFlags(c.VerifyFlags() | sslsock.VerifyCRLCheckLeaf)
}

// trace returns the functions that draw the ladder, if there is one, and show certificates, if they are wanted.
func (o *connectOptions) trace(view *ladder, w io.Writer) *engine.Trace {
	trace := &engine.Trace{}
	if view != nil {
		trace = view.trace()
	}
	if o.showCerts {
		trace.Operation = func(op handshake.Operation) {
			if v, ok := op.(*handshake.VerifyPeer); ok {
				showChain(w, v.Chain)
			}
		}
	}
	return trace
}

// showChain prints certificates as PEM, with a caption for each.
func showChain(w io.Writer, chain []*x509lite.Certificate) {
	var text []byte
	for i, c := range chain {
		text = fmt.Appendf(text, "%d  subject  %v\n   issuer   %v\n   valid    %s\n", i, c.Subject(), c.Issuer(), validity(c))
		text = append(text, certificatePEM(c)...)
	}
	_, _ = w.Write(text)
}

func (o *connectOptions) connect(ctx context.Context, c *sslsock.Context, address string, view *ladder, std stdio) error {
	opts := []sslsock.SocketOption{sslsock.WithSuppressRaggedEOFs(false)}
	if o.serverName != "" {
		opts = append(opts, sslsock.WithServerHostname(o.serverName))
	}
	sessions, err := o.sessions.options(c)
	if err != nil {
		return err
	}
	ech, err := o.ech.options(c)
	if err != nil {
		return err
	}
	early, err := o.early.options()
	if err != nil {
		return err
	}
	if opts = slices.Concat(opts, sessions, ech, early, o.falseStart.options(c)); o.sessions.reconnect {
		session, err := sessionOf(ctx, c, address, opts)
		if err != nil {
			return err
		}
		opts = append(opts, sslsock.WithSession(session))
	}
	s, err := o.ech.dial(ctx, c, address, opts, std)
	if err != nil {
		return &failure{address, err}
	}
	defer s.Close()
	stop := context.AfterFunc(ctx, func() { _ = s.Close() })
	defer stop()

	ahead, err := o.falseStart.start(s, std.in)
	if err != nil {
		return &failure{address, err}
	}
	fmt.Fprintf(std.err, "connected to %s (%v)\n", address, s.RemoteAddr())
	list := append(facts(s.HandshakeInfo()), ahead...)
	if o.status {
		list = append(list, stapleFacts(s.HandshakeInfo())...)
	}
	if err := printFacts(std.err, append(list, o.early.facts(s)...)); err != nil {
		return err
	}
	err = errors.Join(o.early.catchUp(s), exchange(std, drawn(s, view)), o.sessions.save(s))
	var local *localError
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err == nil, errors.As(err, &local):
		return err
	}
	return &failure{address, err}
}
