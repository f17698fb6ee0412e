package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"tlsengine/cipher"
	"tlsengine/handshake"
	"tlsengine/x509lite"
)

var delegateCommand = command{
	name:    "delegate",
	summary: "makes a key that stands in for a certificate's, for some days",
	about: "Makes a delegated credential (RFC 9345): a key that signs handshakes of TLS 1.3 in place of a certificate's, which can " +
		"stay elsewhere. The certificate must say that it may delegate, as those of `sslcat cert -delegates` do. The file is for " +
		"`sslcat serve -delegated` or connect; nobody can revoke it, so that it lasts for at most 7 days.",
	define: func(flags *flag.FlagSet) action {
		o := &delegateOptions{}
		flags.StringVar(&o.cert, "cert", "", "`FILE` with the certificate that delegates")
		flags.StringVar(&o.key, "key", "", "`FILE` with its private key, if not in that of -cert")
		flags.BoolVar(&o.client, "client", false, "for a client; for a server if left out")
		flags.IntVar(&o.days, "days", 7, "good for `N` days from now, at most 7, which it is if left out")
		flags.Var(&o.keyType, "key-type", "`TYPE` of the key: "+strings.Join(delegable, ", ")+"; p256 if left out")
		flags.StringVar(&o.out, "out", "delegated.pem", "write the key and its delegation to `FILE`, delegated.pem if left out")
		flags.BoolVar(&o.force, "force", false, "overwrite the file")
		return o.run
	},
}

// delegable are the types of keys that can be delegated to: RFC 9345, Section 4 leaves out those that also decrypt.
var delegable = []string{"p256", "p384", "p521", "ed25519", "mldsa44", "mldsa65", "mldsa87"}

// delegateOptions are what the flags of delegate say.
type delegateOptions struct {
	cert, key string
	client    bool
	days      int
	keyType   keyType
	out       string
	force     bool
}

func (o *delegateOptions) run(_ context.Context, std stdio, args []string) error {
	switch {
	case len(args) > 0:
		return misused("delegate", "delegate: %q is no flag", args[0])
	case o.cert == "":
		return misused("delegate", "delegate: -cert says which certificate delegates")
	case o.days < 1 || o.days > 7:
		return misused("delegate", "delegate: -days is a number from 1 to 7")
	}
	by, err := o.delegator()
	if err != nil {
		return err
	}
	text, err := o.make(by)
	if err != nil {
		return err
	}
	defer clear(text)
	files := certFiles{out: o.out, force: o.force}
	if err := files.checkFree(); err != nil {
		return err
	}
	if err := files.write(&output{name: o.out, mode: privateMode, contents: text}); err != nil {
		return err
	}
	return printFacts(std.out, []fact{
		{"written to", o.out + " (give it to nobody but the machine that uses it)"},
		{"stands in for", by.Chain()[0].Subject().String()},
		{"good until", o.until().Format(time.DateTime)},
	})
}

// delegator reads the certificate and its key.
func (o *delegateOptions) delegator() (*handshake.Credential, error) {
	if o.key == "" {
		o.key = o.cert
	}
	text, err := os.ReadFile(o.cert)
	if err != nil {
		return nil, fmt.Errorf("-cert: %w", err)
	}
	defer clear(text)
	chain, err := x509lite.ParseCertificatesPEM(text)
	if err != nil {
		return nil, fmt.Errorf("-cert %s: %w", o.cert, err)
	}
	if _, may := chain[0].Extension(handshake.DelegationUsage().ID); !may {
		return nil, fmt.Errorf("-cert %s: the certificate doesn't say that it may delegate: nobody would take it", o.cert)
	}
	keyText, err := os.ReadFile(o.key)
	if err != nil {
		return nil, fmt.Errorf("-key: %w", err)
	}
	defer clear(keyText)
	key, err := x509lite.ParsePrivateKeyPEM(keyText)
	if err == nil {
		err = chain[0].CheckKey(key)
	}
	if err != nil {
		return nil, fmt.Errorf("-key %s: %w", o.key, err)
	}
	return handshake.NewCredential(chain, key, nil)
}

// until is when the delegation ends: a minute early, so that no clock finds it longer than it may be.
func (o *delegateOptions) until() time.Time {
	return time.Now().AddDate(0, 0, o.days).Add(-time.Minute)
}

// make makes the key and its delegation.
func (o *delegateOptions) make(by *handshake.Credential) ([]byte, error) {
	key, err := x509lite.GenerateKey(x509lite.KeyKind(o.keyType), nil)
	if err != nil {
		return nil, err
	}
	role := handshake.ServerRole
	if o.client {
		role = handshake.ClientRole
	}
	seed := make([]byte, cipher.SignSeedSize)
	_, _ = rand.Read(seed) // never fails
	for _, s := range cipher.Schemes() {
		if s.KeyType == cipher.KeyRSA || s.Weak != "" || !s.ID.FitsCurve(key.Public()) || !s.ID.Fits(key.Public()) {
			continue
		}
		made, err := by.Delegate(role, key, s.ID, o.until(), seed)
		if err != nil {
			return nil, err
		}
		return made.MarshalDelegatedPEM()
	}
	return nil, errors.New("-key-type: no delegated key is of this type: take one of " + strings.Join(delegable, ", "))
}
