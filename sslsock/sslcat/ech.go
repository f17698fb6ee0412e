package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"os"

	"tlsengine/handshake"
	"tlsengine/sslsock"
)

var echKeyCommand = command{
	name:      "ech-key",
	arguments: "NAME",
	summary:   "makes a key to which clients can encrypt their hellos",
	about: "Makes a key for Encrypted Client Hello (RFC 9849), for a server that has a certificate for NAME: that is what anybody " +
		"sees in place of the host that a client wants. The file is for `sslcat serve -ech-key`; what is printed goes into the " +
		"\"ech\" parameter of the server's HTTPS record, and is what `sslcat connect -ech` takes.",
	define: func(flags *flag.FlagSet) action {
		o := &echKeyOptions{}
		flags.StringVar(&o.out, "out", "ech.pem", "write the private key and its configuration to `FILE`, ech.pem if left out")
		flags.BoolVar(&o.force, "force", false, "overwrite it")
		flags.UintVar(&o.maxName, "max-name", 0, "`LENGTH` of the longest host name of the server, which hides how long others are")
		return o.run
	},
}

// echKeyOptions are what the flags of ech-key say.
type echKeyOptions struct {
	out     string
	force   bool
	maxName uint
}

func (o *echKeyOptions) run(_ context.Context, std stdio, args []string) error {
	if len(args) != 1 {
		return misused("ech-key", "ech-key takes one host name")
	}
	if o.maxName > 255 {
		return misused("ech-key", "ech-key: -max-name %d: no host name is so long", o.maxName)
	}
	var id [1]byte
	_, _ = rand.Read(id[:]) // never fails
	key, err := handshake.GenerateECHKey(args[0], id[0], uint8(o.maxName), nil)
	if err != nil {
		return err
	}
	text, err := key.MarshalPEM()
	if err != nil {
		return err
	}
	list, err := handshake.NewECHConfigList(key.Config())
	if err != nil {
		return err
	}
	how := os.O_WRONLY | os.O_CREATE | os.O_EXCL
	if o.force {
		how = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	}
	f, err := os.OpenFile(o.out, how, 0o600)
	if err != nil {
		return err
	}
	if _, err := f.Write(text); err != nil {
		_ = f.Close()
		return err
	}
	fmt.Fprintln(std.out, base64.StdEncoding.EncodeToString(list.Bytes()))
	return f.Close()
}

// echFlags are the flags of connect about encrypted hellos.
type echFlags struct {
	configs string
	grease  bool
}

func (f *echFlags) define(flags *flag.FlagSet) {
	flags.StringVar(&f.configs, "ech", "", "encrypt the hello to `CONFIGS`: a list in base64, or a file with one, or in PEM")
	flags.BoolVar(&f.grease, "ech-grease", false, "send what looks like an encrypted hello and is none")
}

// options are what a connection is made with.
func (f *echFlags) options(c *sslsock.Context) ([]sslsock.SocketOption, error) {
	c.SetECHGrease(f.grease)
	if f.configs == "" {
		return nil, nil
	}
	list, err := f.list()
	if err != nil {
		return nil, fmt.Errorf("-ech: %w", err)
	}
	c.SetRequireECH(true) // who asks for it doesn't want to be seen without
	return []sslsock.SocketOption{sslsock.WithECHConfigs(list)}, nil
}

// list reads the configurations: a file if there is one of that name.
func (f *echFlags) list() (*sslsock.ECHConfigList, error) {
	text, err := os.ReadFile(f.configs)
	if err != nil {
		text = []byte(f.configs)
	}
	if bytes.Contains(text, []byte("-----BEGIN ")) {
		return handshake.ParseECHConfigListPEM(text)
	}
	list, err := base64.StdEncoding.DecodeString(string(bytes.TrimSpace(text)))
	if err != nil {
		return nil, errors.New("this is neither a file nor a list in base64")
	}
	return sslsock.ParseECHConfigList(list)
}

// dial connects, once more if the server says that it has other keys by now (RFC 9849, Section 6.1.6).
func (f *echFlags) dial(
	ctx context.Context, c *sslsock.Context, address string, opts []sslsock.SocketOption, std stdio,
) (*sslsock.Socket, error) {
	s, err := c.DialContext(ctx, "tcp", address, opts...)
	var rejection *sslsock.ECHRejection
	if !errors.As(err, &rejection) || rejection.RetryConfigs == nil {
		return s, err
	}
	fmt.Fprintf(std.err, "%s: the server has other keys by now: connecting again, with those\n", address)
	return c.DialContext(ctx, "tcp", address, append(opts, sslsock.WithECHConfigs(rejection.RetryConfigs))...)
}

// echFact tells what became of an encrypted hello.
func echFact(i *handshake.Info) fact {
	switch i.ECH {
	case handshake.ECHAccepted:
		return fact{"hello", "encrypted: nobody on the way has seen the server's name"}
	case handshake.ECHNotOpened:
		return fact{"hello", "perhaps encrypted, for a key that is not ours"}
	case handshake.ECHGreased:
		return fact{"hello", "not encrypted, though it looks like it"}
	}
	return fact{}
}
