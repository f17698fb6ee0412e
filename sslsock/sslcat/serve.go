package main

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"math"
	"net"
	"os"
	"strings"
	"time"

	"tlsengine/sslsock"
)

var serveCommand = command{
	name:    "serve",
	summary: "serves a status page, files, or an echo",
	about: "Serves a page that shows what was negotiated, the files of a directory, or an echo. Without -cert it makes a\n" +
		"certificate for localhost, 127.0.0.1 and ::1, and writes that of its authority to " + authorityFile + ".",
	examples: []string{
		"sslcat serve -trace",
		"sslcat serve -listen :443 -cert chain.pem -key key.pem -dir public",
	},
	define: func(flags *flag.FlagSet) action {
		o := &serveOptions{}
		flags.StringVar(&o.listen, "listen", "127.0.0.1:8443", "`ADDR` to listen on, 127.0.0.1:8443 if left out")
		o.tls.define(flags, "ask clients for certificates under those in `FILE`")
		flags.StringVar(&o.status, "status", "", "staple the OCSP response in `FILE`, as openssl ocsp -respout writes it")
		flags.BoolVar(&o.requireCert, "require-client-cert", false, "refuse clients without a certificate under -ca")
		flags.StringVar(&o.echKey, "ech-key", "", "open encrypted hellos with the keys in `FILE`, as sslcat ech-key makes them")
		flags.IntVar(&o.earlyData, "early-data", 0,
			"take `BYTES` of early data from clients that resume; it is answered when the handshake is done, which no replay gets to")
		flags.StringVar(&o.dir, "dir", "", "serve the files in `DIR`")
		flags.BoolVar(&o.echo, "echo", false, "send back what comes")
		flags.BoolVar(&o.once, "once", false, "end after the first connection")
		return o.run
	},
}

// authorityFile is where the certificate goes that clients must trust when we made our own.
const authorityFile = "localhost-ca.pem"

// serveOptions are what the flags of serve say.
type serveOptions struct {
	listen      string
	tls         tlsFlags
	requireCert bool
	status      string
	echKey      string
	earlyData   int
	dir         string
	echo        bool
	once        bool
}

func (o *serveOptions) run(ctx context.Context, std stdio, args []string) error {
	switch {
	case len(args) > 0:
		return misused("serve", "serve: %q is no flag", args[0])
	case o.requireCert && o.tls.ca == "":
		return misused("serve", "serve: -require-client-cert needs -ca, which says whose certificates are good")
	case o.status != "" && o.tls.cert == "":
		return misused("serve", "serve: -status needs -cert, which the response is about")
	case o.earlyData < 0 || int64(o.earlyData) > math.MaxUint32:
		return misused("serve", "serve: -early-data is a number of bytes, 0 to %d", uint32(math.MaxUint32))
	case o.dir != "" && o.echo:
		return misused("serve", "serve: -dir and -echo exclude each other")
	}
	c, err := o.context()
	if err != nil {
		return err
	}
	var made *identity
	if o.tls.cert == "" && o.tls.identity.ownKey == "" {
		if made, err = o.makeIdentity(c); err != nil {
			return err
		}
	}
	if _, err := c.NewSocket(sslsock.WithServerSide()); err != nil {
		return err // settings that make no sense together fail now and not with the first client
	}
	service, err := o.service()
	if err != nil {
		return err
	}
	defer service.Close()
	l, err := net.Listen("tcp", o.listen)
	if err != nil {
		return fmt.Errorf("-listen %s: %s", o.listen, plain(err))
	}
	defer l.Close()
	o.welcome(std, l.Addr(), made)
	a := &acceptor{context: c, service: service, log: &log{w: std.out}, draw: o.tls.trace}
	return a.run(ctx, l, o.once)
}

// context returns the settings that the flags ask for.
func (o *serveOptions) context() (*sslsock.Context, error) {
	c, err := sslsock.CreateDefaultContext(sslsock.PurposeClientAuth)
	if err != nil {
		return nil, err
	}
	if !o.echo {
		// A browser offers h2 too, and curl may offer nothing: both get HTTP/1.1. With -alpn the choice is the user's, and strict.
		c.SetALPNMismatchAllowed(o.tls.alpn == nil)
		if err := c.SetALPNProtocols([]string{"http/1.1"}); err != nil {
			return nil, err
		}
	}
	if err := errors.Join(o.tls.apply(c), o.tls.identity.apply(c, o.tls.cert, true), c.SetMaxEarlyData(o.earlyData)); err != nil {
		return nil, err
	}
	if o.status != "" {
		if err := c.LoadStaple(o.status); err != nil {
			return nil, fmt.Errorf("-status %s: %w", o.status, err)
		}
	}
	if o.echKey != "" {
		if err := c.LoadECHKeys(o.echKey); err != nil {
			return nil, fmt.Errorf("-ech-key %s: %w", o.echKey, err)
		}
	}
	if o.tls.identity.peerKey != "" {
		return c, c.SetVerifyMode(sslsock.CertRequired)
	}
	if o.tls.ca == "" {
		return c, nil
	}
	if err := c.LoadVerifyLocations(sslsock.VerifyLocations{CAFile: o.tls.ca}); err != nil {
		return nil, fmt.Errorf("-ca %s: %w", o.tls.ca, err)
	}
	mode := sslsock.CertOptional
	if o.requireCert {
		mode = sslsock.CertRequired
	}
	return c, c.SetVerifyMode(mode)
}

// makeIdentity gives c a certificate made on the spot, and writes that of its authority to authorityFile.
func (o *serveOptions) makeIdentity(c *sslsock.Context) (*identity, error) {
	a, err := newAuthority(time.Now())
	if err != nil {
		return nil, err
	}
	id, err := a.newIdentity(localhost(), o.tls.policy.keyKind())
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(authorityFile, certificatePEM(a.root), 0o644); err != nil {
		return nil, fmt.Errorf("writing the certificate that clients must trust: %w (or give -cert and -key)", err)
	}
	return &id, id.load(c)
}

// service returns what is done with clients.
func (o *serveOptions) service() (service, error) {
	switch {
	case o.echo:
		return echo{}, nil
	case o.dir != "":
		root, err := os.OpenRoot(o.dir)
		if err != nil {
			return nil, fmt.Errorf("-dir: %w", err)
		}
		return &httpService{files{root}}, nil
	}
	return &httpService{statusPage{}}, nil
}

// welcome prints where we serve, and how to get there.
func (o *serveOptions) welcome(std stdio, addr net.Addr, made *identity) {
	fmt.Fprintf(std.out, "serving on %v\n", addr)
	if made == nil {
		return
	}
	url := "https://localhost" + portOf(addr) + "/"
	curl := "curl --cacert " + authorityFile + " "
	if o.requireCert {
		curl += "--cert FILE --key FILE "
	}
	if host := addr.(*net.TCPAddr); !host.IP.IsLoopback() && !host.IP.IsUnspecified() {
		curl += "--connect-to localhost" + portOf(addr) + ":" + addr.String() + " "
	}
	pin := sha256.Sum256(made.certificate.RawSPKI())
	var b strings.Builder
	fmt.Fprintf(&b, "made a certificate for localhost, 127.0.0.1 and ::1; clients must trust %s:\n\n", authorityFile)
	if o.echo {
		fmt.Fprintf(&b, "    sslcat connect localhost%s -ca %s\n\n", portOf(addr), authorityFile)
	} else {
		fmt.Fprintf(&b, "    %s%s\n", curl, url)
		fmt.Fprintf(&b, "    chromium --user-data-dir=$(mktemp -d) --ignore-certificate-errors-spki-list=%s %s\n\n",
			base64.StdEncoding.EncodeToString(pin[:]), url)
	}
	fmt.Fprint(std.out, b.String())
}

// portOf returns ":port", nothing for the one that URLs don't need.
func portOf(addr net.Addr) string {
	_, port, err := net.SplitHostPort(addr.String())
	if err != nil || port == "443" {
		return ""
	}
	return ":" + port
}
